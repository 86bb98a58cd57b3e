"""A browser follows feeds, and comes back when they break off."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from asgikit.conformance.server.ports import claimed_port
from asgikit.testing.live import ServerProcess
from tests.serving import serving

HERE = Path(__file__).parent
Record = Callable[[str], list[dict[str, Any]]]


def numbers(to: int) -> list[dict[str, str]]:
    """What a reader of /count has in the end: no gap, nothing twice."""
    return [{"type": "message", "data": f"event {n} of {to}", "id": str(n)} for n in range(1, to + 1)]


def test_a_feed_that_breaks_off_goes_on_where_it_was(page: Page, site: ServerProcess, record: Record) -> None:
    """By Last-Event-ID, connection after connection, until 204 tells the browser not to come again."""
    page.goto(f"{site.url}/feed.html?to=20&cut=6&retry=20")
    page.wait_for_selector("body[data-state=closed]")
    assert page.evaluate("got") == numbers(20)
    asked = record("GET /count")
    assert [entry["fields"].get("last-event-id") for entry in asked] == [None, "6", "12", "18", "20"]
    assert [entry["status"] for entry in asked] == [200, 200, 200, 200, 204]


def test_the_browser_waits_as_long_as_it_is_told(page: Page, site: ServerProcess, record: Record) -> None:
    """The retry time, which is longer than the three seconds that the browser waits otherwise."""
    page.goto(f"{site.url}/feed.html?to=1&retry=4000")
    page.wait_for_selector("body[data-state=closed]")
    [ended] = record("END /count")
    again = record("GET /count")[1]
    assert again["at"] - ended["at"] >= 4.0


def test_every_kind_of_event_arrives_intact(page: Page, site: ServerProcess, record: Record) -> None:
    """Lines, names, ids and text of all scripts; the last id comes back as the text that it was."""
    page.goto(f"{site.url}/feed.html?source=/samples")
    page.wait_for_selector("body[data-state=closed]")
    assert page.evaluate("got") == [
        {"type": "message", "data": "one\ntwo\n\n three", "id": "α 1"},
        {"type": "weather", "data": "12 °C ☂ 🌧", "id": "β\u20282"},
        {"type": "message", "data": "", "id": "β\u20282"},
        {"type": "weather", "data": "id: no\ndata: field", "id": "β\u20282"},
    ]
    assert [entry["what"] for entry in record("AFTER")] == ["AFTER β\u20282"]


def test_a_feed_survives_the_death_of_its_server(page: Page) -> None:
    """Killed in the middle, started again on the same port: the reader has every event, and each of them once."""
    with claimed_port() as port:
        with serving("uvicorn-httptools", "app:app", port=port, directory=HERE) as first:
            page.goto(f"{first.url}/feed.html?to=60&halt=30&retry=50")
            page.wait_for_function("got.length === 30")
            first.kill()
        page.wait_for_selector("body[data-state=connecting]")
        with serving("uvicorn-httptools", "app:app", port=port, directory=HERE):
            page.wait_for_selector("body[data-state=closed]")
            assert page.evaluate("got") == numbers(60)
            assert page.evaluate("opens") == 2


def test_a_server_that_is_told_to_stop_lets_its_readers_go(page: Page) -> None:
    """It exits by itself with the feed at its proper end, which the browser takes for a reason to come again."""
    with serving("uvicorn-httptools", "app:app", directory=HERE) as server:
        page.goto(f"{server.url}/feed.html?to=100000&pause=0.02")
        page.wait_for_function("got.length >= 3")
        server.signal(signal.SIGTERM)
        console = server.ended(60)
    assert "Finished server process" in console
    assert "Traceback" not in console
    page.wait_for_selector("body[data-state=connecting]")
