"""The recorder around an application."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator

import anyio
import pytest

from asgikit.asgi import Receive, Scope, Send
from asgikit.conformance import check_middleware
from asgikit.testing import call, exchanging, talking
from asgikit.testing.recorder import Recorder, record, report


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError("no such thing")
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [[b"content-type", b"text/plain"]]})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


async def wrong(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [[b"X-Upper", b""]]})
    await send({"type": "http.response.body", "body": b"x"})


async def test_the_exchanges_are_kept_in_order() -> None:
    """Each with what came in and what went out."""
    recorder = record(hello)
    await call(recorder, target="/a")
    await call(recorder, target="/b")
    assert [exchange.scope["path"] for exchange in recorder.exchanges] == ["/a", "/b"]
    kinds = [each.step.kind for each in recorder.exchanges[0].steps]
    assert kinds == ["call", "receive", "send", "send", "return"]
    assert [exchange.status for exchange in recorder.exchanges] == [200, 200]


async def test_printed_it_is_a_table_for_each() -> None:
    """Of what happened."""
    recorder = record(hello)
    assert str(recorder) == "(no exchange yet)"
    await call(recorder, target="/a?x=1")
    await call(recorder, target="/b")
    first, second = str(recorder).split("\n\n")
    assert "GET /a?x=1" in first
    assert "200 | content-type: text/plain" in first
    assert "2 B  /b" in second


async def test_only_the_last_ones_are_kept() -> None:
    """However many there are."""
    recorder = record(hello, keep=2)
    for number in range(5):
        await call(recorder, target=f"/{number}")
    assert [exchange.scope["path"] for exchange in recorder.exchanges] == ["/3", "/4"]
    recorder.clear()
    assert recorder.exchanges == ()


def test_it_keeps_one_at_least() -> None:
    """A recorder that keeps nothing is a mistake."""
    with pytest.raises(ValueError, match="keep is 0"):
        record(hello, keep=0)


async def test_a_broken_rule_is_marked() -> None:
    """Beside the step, and it is among the violations; unless it is ignored."""
    recorder = record(wrong)
    await call(recorder, check=None)
    (exchange,) = recorder.exchanges
    assert [each.number for each in exchange.steps if each.broken] == [2]
    assert [violation.rule for violation in recorder.violations] == ["HTTP-RESP-005"]
    assert "HTTP-RESP-005: the header name" in str(recorder)
    recorder = record(wrong, ignore=["HTTP-RESP-*"])
    await call(recorder, check=None)
    assert recorder.exchanges[0].broken == ()


async def test_what_only_the_client_breaks_is_not_marked() -> None:
    """The application is what is tested."""
    recorder = record(hello)
    await call(recorder, "get")
    assert recorder.exchanges[0].broken == ()


async def test_an_exchange_that_goes_on_is_shown_so_far() -> None:
    """A test that fails in the middle of one shows it."""
    recorder = record(hello)

    async def late() -> AsyncIterator[bytes]:
        await anyio.sleep_forever()
        yield b""

    async with exchanging(recorder, "POST", content=late()) as exchange:
        await anyio.wait_all_tasks_blocked()
        assert "(it has not returned)" in str(recorder)
        await exchange.cancel()
    assert "raises  Cancelled" in str(recorder)


async def test_a_client_that_leaves_is_seen() -> None:
    """Its disconnect is a step as any other."""
    recorder = record(hello)
    async with talking(recorder, "/chat", raise_app_exceptions=False) as client:
        client.leave()
    assert "WebSocket /chat" in str(recorder)
    assert "raises  ValueError: no such thing" in str(recorder)


async def test_nothing_changes_for_the_application_and_its_server() -> None:
    """By the laws of a middleware."""
    assert await check_middleware(record) == ()


async def test_exchanges_are_noted_for_a_report() -> None:
    """Where there is one when the recorder is made."""
    noted = report.set(deque())
    try:
        recorder: Recorder = record(hello)
        kept = report.get()
    finally:
        report.reset(noted)
    await call(recorder)
    await call(record(hello))
    assert kept is not None
    assert len(kept) == 1
