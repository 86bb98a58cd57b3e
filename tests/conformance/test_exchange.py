"""One connection under a checker."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit.conformance.check import Checker

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
SCOPE: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [],
}


async def receive() -> dict[str, Any]:
    return {"type": "http.request"}


async def play(app: Any, *, receive: Any = receive, send: Any = None, **more: Any) -> tuple[Checker, list[Any]]:
    sent: list[Any] = []

    async def kept(message: Any) -> None:
        sent.append(message)

    checker = Checker(app, mode="collect")
    await checker({**SCOPE, **more}, receive, send or kept)
    return checker, sent


def rules(checker: Checker) -> list[str]:
    return [violation.rule for violation in checker.violations]


async def test_what_is_sent_is_handed_on_as_it_is() -> None:
    """The very object, whether it takes the short way or the long one."""
    messages = [{**START, "unknown": 1}, {"type": "http.response.body", "body": b"x"}]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    _, sent = await play(app)
    assert [id(message) for message in sent] == [id(message) for message in messages]


async def test_what_is_received_is_handed_on_as_it_is() -> None:
    """Even if it is no event."""
    given: list[Any] = [{"type": "http.request", "body": b"", "more_body": True}, {"type": "http.request", "x": 1}, 5]
    got: list[Any] = []

    async def gives() -> Any:
        return given[len(got)]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        got.extend([await receive()])
        got.extend([await receive()])
        got.extend([await receive()])
        await send(START)
        await send({"type": "http.response.body"})

    checker, _ = await play(app, receive=gives)
    assert all(one is other for one, other in zip(got, given, strict=True))
    assert rules(checker) == ["CORE-MSG-012", "CORE-MSG-001"]


async def test_one_shot_headers_are_replayed() -> None:
    """For the application and for the server, as iterators."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert isinstance(scope["headers"], Iterator)
        assert [*scope["headers"]] == [(b"host", b"x")]
        await send({**START, "headers": (pair for pair in [[b"x-a", b"b"]])})
        await send({"type": "http.response.body"})

    checker, sent = await play(app, headers=iter([(b"host", b"x")]))
    assert isinstance(sent[0]["headers"], Iterator)
    assert [*sent[0]["headers"]] == [[b"x-a", b"b"]]
    assert checker.violations == []


async def test_the_scope_is_the_object_that_the_server_has() -> None:
    """A server may look at it afterwards."""
    scope = {**SCOPE, "headers": iter([])}
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        await send(START)
        await send({"type": "http.response.body"})

    async def nothing(message: Any) -> None:
        pass

    await Checker(app)(scope, receive, nothing)
    assert seen[0] is scope


async def test_a_message_that_is_changed_afterwards_is_kept_as_it_was() -> None:
    """The transcript has copies."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = {"type": "http.response.body", "body": b"first"}
        await send(message)
        message["body"] = b"second"

    checker, _ = await play(app)
    assert checker.violations[0].exchange[-1].message["body"] == b"first"


async def test_receive_is_not_called_by_two_tasks_at_once() -> None:
    """Nobody can say which of them gets the event."""

    async def waits() -> Any:
        await anyio.lowlevel.checkpoint()
        return {"type": "http.disconnect"}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(receive)
            group.start_soon(receive)

    checker, _ = await play(app, receive=waits)
    assert rules(checker)[0] == "CANCEL-005"


async def test_send_is_not_called_by_two_tasks_at_once() -> None:
    """Nobody can say which of the messages is first."""

    async def slow(message: Any) -> None:
        await anyio.lowlevel.checkpoint()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        async with anyio.create_task_group() as group:
            group.start_soon(send, {"type": "http.response.body", "body": b"a", "more_body": True})
            group.start_soon(send, {"type": "http.response.body", "body": b"b", "more_body": True})
        await send({"type": "http.response.body"})

    checker, _ = await play(app, send=slow)
    assert rules(checker) == ["CANCEL-006"]


@pytest.mark.parametrize("bad", [lambda: None, lambda one: None, 5])
async def test_a_receive_that_cannot_be_awaited_is_the_servers_fault(bad: Any) -> None:
    """The TypeError comes out as it would without the checker."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    checker = Checker(app, mode="collect")
    with pytest.raises(TypeError):
        await checker(SCOPE, bad, receive)
    assert [(violation.rule, violation.blame) for violation in checker.violations] == [("CORE-APP-003", "server")]


async def test_a_type_error_from_inside_of_send_is_not_about_its_shape() -> None:
    """A server may raise it for a wrong message."""

    async def strict(message: Any) -> None:
        raise TypeError

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)

    checker = Checker(app, mode="collect")
    with pytest.raises(TypeError):
        await checker(SCOPE, receive, strict)
    assert checker.violations == []


async def test_a_message_that_was_not_sent_is_not_counted() -> None:
    """The next start is no second one, where the server has refused the first."""
    fails = [ValueError()]

    async def refuses_the_first(message: Any) -> None:
        if fails:
            raise fails.pop()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with contextlib.suppress(ValueError, OSError):
            await send(START)
        await send(START)
        await send({"type": "http.response.body"})

    checker, _ = await play(app, send=refuses_the_first)
    assert checker.violations == []


async def test_no_order_is_judged_when_the_client_has_left() -> None:
    """Nothing more is sent; that an application goes on is another rule's."""

    async def gone(message: Any) -> None:
        raise OSError

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in (START, {"type": "http.response.body"}, START):
            with contextlib.suppress(OSError):
                await send(message)

    checker, _ = await play(app, send=gone)
    assert checker.violations == []


async def test_an_exception_that_cannot_be_printed_comes_out_as_it_is() -> None:
    """The checker tells its class alone."""

    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise Silent

    with pytest.raises(Silent):
        await play(app)


async def test_who_learns_that_the_client_has_left_owes_it_nothing() -> None:
    """A body that is ended short of its length goes nowhere."""
    events = [{"type": "http.request", "more_body": True}, {"type": "http.disconnect"}]

    async def leaves() -> Any:
        return events.pop(0)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({**START, "headers": [[b"content-length", b"5"]]})
        await receive()
        await send({"type": "http.response.body", "body": b"x"})

    checker, _ = await play(app, receive=leaves)
    assert checker.violations == []


async def test_long_values_of_any_kind_are_not_kept() -> None:
    """Nor shown in full."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({**START, "x": bytearray(100_000)})
        await send({"type": "http.response.body", "body": bytearray(100_000)})

    checker, _ = await play(app)
    assert all(len(repr(step)) < 1000 for violation in checker.violations for step in violation.exchange)


@pytest.mark.parametrize("path", ["/a\0b", "/\ud800"])
async def test_a_path_that_is_none_of_a_file_is_let_pass(path: str) -> None:
    """It is the server that has to open it."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send({"type": "http.response.pathsend", "path": path})

    await play(app, extensions={"http.response.pathsend": {}})


async def test_the_size_of_a_file_is_compared_with_the_length(tmp_path: Any) -> None:
    """Of a path that is sent."""
    (tmp_path / "file").write_bytes(b"12345")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({**START, "headers": [[b"content-length", b"4"]]})
        await send({"type": "http.response.pathsend", "path": str(tmp_path / "file")})

    checker, _ = await play(app, extensions={"http.response.pathsend": {}})
    assert rules(checker) == ["EXT-PATH-003"]
