"""A request in the hands of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from asgikit.conformance import ConformanceError
from asgikit.testing import NoAnswer, exchanging
from tests.testing.apps import body, echo, sending, start

pytestmark = pytest.mark.virtual_time


async def test_a_request_is_answered() -> None:
    """Without a client, and without a library."""
    async with exchanging(echo, "POST", "/", content=b"hello") as exchange:
        assert await exchange.read() == b"hello"
        assert (exchange.status, exchange.headers["content-length"]) == (200, "5")
        assert await exchange.read() is None


async def test_the_client_leaves_when_the_test_says_so() -> None:
    """In the middle of its upload, for one."""
    seen: list[str] = []
    gate = anyio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b"half"
        await gate.wait()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while "http.disconnect" not in seen:
            seen.append((await receive())["type"])

    async with exchanging(app, "POST", "/", content=half()) as exchange:
        await anyio.wait_all_tasks_blocked()
        assert seen == ["http.request"]
        exchange.leave()
        await exchange.end()
    assert seen == ["http.request", "http.disconnect"]


async def test_the_end_of_the_block_judges() -> None:
    """Broken rules, and applications that do not end."""
    with pytest.raises(ConformanceError, match="HTTP-"):
        async with exchanging(sending(body())):
            pass

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        await anyio.sleep_forever()

    with pytest.raises(NoAnswer):
        async with exchanging(deaf, timeout=0.05):
            pass


async def test_what_the_application_raises_can_be_kept() -> None:
    """For a test of what becomes of it; else it is raised."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        async with exchanging(broken):
            pass
    async with exchanging(broken, raise_app_exceptions=False) as exchange:
        await exchange.end()
    assert isinstance(exchange.error, KeyError)


async def test_a_failed_test_is_not_hidden() -> None:
    """The application is cancelled, and nothing else is raised."""
    with pytest.raises(ZeroDivisionError):
        async with exchanging(sending(body())):
            raise ZeroDivisionError


async def test_options_are_those_of_a_scope_and_of_a_server() -> None:
    """Each by its name; without a level the server is of the first, which raises nothing when the client has left."""
    async with exchanging(
        sending(start(), body()), spec_version="2.3", extensions=["http.response.trailers"], scheme="https"
    ) as exchange:
        assert exchange.scope["scheme"] == "https"
        assert exchange.scope["extensions"] == {"http.response.trailers": {}}
        assert exchange.scope["asgi"] == {"version": "3.0", "spec_version": "2.3"}


async def test_what_send_raises_is_an_option() -> None:
    """In place of what the level of the specification says."""
    with pytest.raises(RuntimeError, match="of the server"):
        async with exchanging(sending(start(), body()), raises=RuntimeError("of the server")) as exchange:
            exchange.leave()


async def test_a_test_that_is_cancelled_at_the_end_of_the_block_leaves_nothing_running() -> None:
    """The application ends with the block, in any case."""
    ended: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)

    with anyio.CancelScope() as scope:
        async with exchanging(app):
            await anyio.wait_all_tasks_blocked()
            scope.cancel()
    assert ended == [True]


async def test_a_body_comes_in_pieces_of_a_chosen_size() -> None:
    """And a server that tells no level has none in the scope."""
    seen: list[object] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.extend([(await receive())["body"], (await receive())["body"], scope["asgi"]])
        await sending(start(), body())(scope, receive, send)

    async with exchanging(app, "POST", content=b"abcd", chunk_size=2, spec_version=None) as exchange:
        await exchange.started()
    assert seen == [b"ab", b"cd", {"version": "3.0"}]


@pytest.mark.parametrize(("wrong", "error"), [({"sheme": "https"}, TypeError), ({"spec_version": "2.6"}, ValueError)])
async def test_options_that_there_are_not_are_refused(wrong: Any, error: type[Exception]) -> None:
    """Before anything runs."""
    with pytest.raises(error):
        async with exchanging(sending(start(), body()), **wrong):
            pass


async def test_what_was_wrong_before_the_test_was_cancelled_is_raised() -> None:
    """Nobody would hear of it else; one that was at work is cancelled, and is nobody's fault."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await sending(body())(scope, receive, send)

    with pytest.raises(ConformanceError), anyio.move_on_after(1):
        async with exchanging(app):
            await anyio.sleep_forever()
    with anyio.move_on_after(1) as over:
        async with exchanging(lambda *given: anyio.sleep_forever()):
            await anyio.sleep_forever()
    assert over.cancelled_caught
