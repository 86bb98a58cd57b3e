"""A browser loads files, keeps what it may, and asks for parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from asgikit.testing.live import ServerProcess

SITE = Path(__file__).parent / "site"
[STYLE] = [file.name for file in SITE.glob("style.*.css")]
Record = Callable[[str], list[dict[str, Any]]]

RANGE = """async ([url, range]) => {
  const answer = await fetch(url, { headers: { range }, cache: "no-store" });
  return [answer.status, answer.headers.get("content-range"), await answer.text()];
}"""

LOAD = """new Promise(done => {
  window.audio = new Audio("/tone.wav");
  audio.onloadedmetadata = () => done(audio.duration);
})"""


def test_a_page_has_its_style_and_its_script(page: Page, site: ServerProcess) -> None:
    """With types that a browser goes by where `nosniff` forbids it to guess."""
    page.goto(f"{site.url}/upload.html")
    assert page.evaluate("getComputedStyle(document.querySelector('dl')).display") == "grid"
    assert page.evaluate("typeof show") == "function"


def test_the_second_time_a_hashed_file_is_not_asked_for(context: BrowserContext, site: ServerProcess, record: Record) -> None:
    """It comes from the cache; all others are asked for by their tag, and are still the same."""
    for _ in range(2):
        page = context.new_page()
        page.goto(f"{site.url}/upload.html")
        assert page.evaluate("getComputedStyle(document.querySelector('dl')).display") == "grid"
        assert page.evaluate("typeof show") == "function"
        page.close()
    assert [entry["status"] for entry in record(f"GET /{STYLE}")] == [200]
    for name in ("upload.html", "upload.js"):
        first, second = record(f"GET /{name}")
        assert (first["status"], "if-none-match" in first["fields"]) == (200, False)
        assert (second["status"], "if-none-match" in second["fields"]) == (304, True)


def test_a_script_asks_for_a_part_of_a_file(page: Page, site: ServerProcess) -> None:
    """206 with these bytes, 416 for what lies behind the end."""
    text = (SITE / "upload.js").read_text()
    page.goto(f"{site.url}/upload.html")
    url = f"{site.url}/upload.js"
    assert page.evaluate(RANGE, [url, "bytes=4-12"]) == [206, f"bytes 4-12/{len(text)}", text[4:13]]
    assert page.evaluate(RANGE, [url, "bytes=-5"])[2] == text[-5:]
    assert page.evaluate(RANGE, [url, f"bytes={len(text)}-"])[:2] == [416, f"bytes */{len(text)}"]


def test_a_media_element_seeks(page: Page, site: ServerProcess, record: Record) -> None:
    """It asks for all of it from the first byte on, as a range, and then from near where it is sent to."""
    page.goto(f"{site.url}/upload.html")
    assert page.evaluate(LOAD) == 600
    page.evaluate("new Promise(done => { audio.onseeked = done; audio.currentTime = 590 }).then(() => null)")
    ranges = [(entry["fields"].get("range"), entry["status"]) for entry in record("GET /tone.wav")]
    assert ranges[0] == ("bytes=0-", 206)
    assert {status for _, status in ranges} <= {206, 304}  # 304: it asks whether what it has kept still holds
    assert any(value not in {None, "bytes=0-"} for value, _ in ranges), ranges
