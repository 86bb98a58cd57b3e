"""A browser opens WebSockets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from asgikit.testing.live import ServerProcess
from tests.serving import serving

TALK = """
([url, protocols, messages]) => new Promise((resolve) => {
  const got = [];
  const ws = new WebSocket(url, protocols);
  ws.binaryType = "arraybuffer";
  ws.onopen = () => { for (const message of messages) ws.send(typeof message === "string" ? message : new Uint8Array(message)); };
  ws.onmessage = ({data}) => got.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
  ws.onclose = ({code, reason, wasClean}) => resolve({got, code, reason, wasClean, protocol: ws.protocol});
})
"""


def talk(
    page: Page, port: int, *messages: str | list[int], host: str = "127.0.0.1", protocols: tuple[str, ...] = ("echo.v1",)
) -> Any:
    """What a page gets that says all of this and waits for the end."""
    return page.evaluate(TALK, [f"ws://{host}:{port}/socket", list(protocols), list(messages)])


def test_a_page_talks(page: Page, site: ServerProcess) -> None:
    """Text of all scripts and bytes; the close arrives whole, and the subprotocol is the server's favourite."""
    page.goto(f"{site.url}/cookies/echo")
    end = talk(page, site.port, "α ☂ 🌧", [0, 255, 128], "close", protocols=("echo.v1", "echo.v2"))
    assert end == {
        "got": ["α ☂ 🌧", [0, 255, 128]],
        "code": 4001,
        "reason": "as you wish ☂",
        "wasClean": True,
        "protocol": "echo.v2",
    }


def test_a_page_of_another_site_cannot_talk(page: Page, site: ServerProcess) -> None:
    """Its origin is another, by name or by port: the browser learns nothing but that there is no connection."""
    page.goto(f"http://localhost:{site.port}/cookies/echo")
    assert talk(page, site.port, "close")["code"] == 1006
    assert talk(page, site.port, "close", host="localhost")["code"] == 4001
    with serving("uvicorn-httptools", "app:app", directory=Path(__file__).parent) as other:
        assert talk(page, other.port, "close", host="localhost")["code"] == 1006


def test_a_page_that_is_left_is_noticed(page: Page, site: ServerProcess, record: Callable[[str], list[dict[str, Any]]]) -> None:
    """With the code that browsers send then (RFC 6455, 7.4.1)."""
    page.goto(f"{site.url}/cookies/echo")
    page.evaluate(
        "url => new Promise(done => { window.ws = new WebSocket(url, 'echo.v1'); ws.onopen = done; })",
        f"ws://127.0.0.1:{site.port}/socket",
    )
    page.goto("about:blank")
    for _ in range(600):
        if ends := record("END /socket"):
            break
        page.wait_for_timeout(50)
    assert [end["status"] for end in ends] == [1001]
