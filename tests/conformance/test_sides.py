"""A middleware from both sides."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.asgi import ForeignApp
from asgikit.conformance.sides import MiddlewareChecker, checked_middleware
from asgikit.conformance.violations import ConformanceError

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
BODY: dict[str, Any] = {"type": "http.response.body", "body": b"x"}


def scope(**more: Any) -> dict[str, Any]:
    base = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": "/", "query_string": b""}
    return {**base, "headers": [], **more}


async def receive() -> dict[str, Any]:
    return {"type": "http.request"}


async def send(message: Any) -> None:
    assert message


async def right(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send(START)
    await send(BODY)


async def wrong(scope: Any, receive: Any, send: Any) -> None:
    await send(BODY)


def passes(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return wrapped


def doubles(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            await send(message)
            await send(message)

        await app(scope, receive, sending)

    return wrapped


def corrupts(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def receiving() -> Any:
            return {**(await receive()), "body": "text"}

        await app({**scope, "path": b"/"}, receiving, send)

    return wrapped


async def blames(middleware: Any, app: Any, *, receive: Any = receive, **more: Any) -> list[tuple[str, str]]:
    checker = MiddlewareChecker(middleware, app, mode="collect")
    await checker(scope(**more), receive, send)
    return [(violation.rule, violation.blame) for violation in checker.violations]


async def test_who_breaks_the_rule_is_to_blame() -> None:
    """The application, its middleware, or nobody."""
    assert await blames(passes, right) == []
    assert await blames(passes, wrong) == [("HTTP-RESP-001", "app")]
    assert await blames(doubles, right) == [("HTTP-RESP-002", "middleware")]


async def test_what_the_middleware_gives_to_the_application_is_its_fault() -> None:
    """It is the server of what is inside."""
    assert await blames(corrupts, right) == [("HTTP-SCOPE-005", "middleware"), ("HTTP-REQ-002", "middleware")]


async def test_what_the_server_gives_is_the_servers_fault() -> None:
    """It is found outside, and once."""

    async def bad() -> dict[str, Any]:
        return {"type": "http.request", "body": "text"}

    assert await blames(passes, right, receive=bad) == [("HTTP-REQ-002", "server")]
    assert await blames(passes, right, path=b"/") == [("HTTP-SCOPE-005", "server")]


async def test_garbage_in_excuses_garbage_out() -> None:
    """A middleware over a broken application is not judged for what comes of it."""
    assert await blames(doubles, wrong) == [("HTTP-RESP-001", "app")]


async def test_another_fault_excuses_nothing() -> None:
    """Neither the server's, nor the application's."""

    async def shouts(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({**START, "headers": [(b"X-Upper", b"")]})
        await send(BODY)

    def loses(app: ForeignApp) -> ForeignApp:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            async def sending(message: Any) -> None:
                if message["type"] != "http.response.body":
                    await send(message)

            await app({key: value for key, value in scope.items() if key != "method"}, receive, sending)

        return wrapped

    checker = MiddlewareChecker(loses, shouts, mode="collect", ignore={"CORE-MSG-008"})
    await checker({key: value for key, value in scope().items() if key != "asgi"}, receive, send)
    assert [(violation.rule, violation.blame) for violation in checker.violations] == [
        ("CORE-SCOPE-003", "server"),
        ("HTTP-SCOPE-003", "middleware"),
        ("HTTP-RESP-005", "app"),
        ("HTTP-RESP-010", "middleware"),
    ]


async def test_a_scope_changed_in_place_is_the_middlewares_fault() -> None:
    """Its headers, too; the state is there to be changed."""

    def changes(key: str) -> Any:
        def middleware(app: ForeignApp) -> ForeignApp:
            async def wrapped(scope: Any, receive: Any, send: Any) -> None:
                scope[key].append((b"x", b"y")) if key == "headers" else scope[key].update(more={})
                await app(scope, receive, send)

            return wrapped

        return middleware

    assert await blames(changes("headers"), right) == [("CORE-MW-001", "middleware")]
    assert await blames(changes("extensions"), right, extensions={"mine": {}}) == [("CORE-MW-001", "middleware")]
    assert await blames(changes("state"), right, state={}) == []


async def test_a_violation_is_raised_at_its_await() -> None:
    """On either side."""
    with pytest.raises(ConformanceError, match=r"HTTP-RESP-002 \(must, middleware\)"):
        await MiddlewareChecker(doubles, right)(scope(), receive, send)
    with pytest.raises(ConformanceError, match=r"HTTP-RESP-001 \(must, app\)"):
        await MiddlewareChecker(doubles, wrong)(scope(), receive, send)


async def test_the_namespace_of_a_lifespan_is_there_for_middleware_too() -> None:
    """What it puts there is not what the server left there."""

    async def lives(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed"})

    def shares(app: ForeignApp) -> ForeignApp:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            scope["state"]["mine"] = 1
            await app(scope, receive, send)

        return wrapped

    async def startup() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    checker = MiddlewareChecker(shares, lives)
    await checker({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, startup, send)
    assert checker.violations == []


async def test_a_checked_middleware_is_a_middleware() -> None:
    """It takes an application and gives one."""
    with pytest.raises(ConformanceError, match="middleware"):
        await checked_middleware(doubles)(right)(scope(), receive, send)
    checker = checked_middleware(doubles, mode="collect", ignore={"HTTP-RESP-002"})(right)
    await checker(scope(), receive, send)
    assert checker.violations == []


async def test_a_rule_is_ignored_on_both_sides() -> None:
    """And a note is kept once."""
    checker = MiddlewareChecker(doubles, right, mode="collect", ignore={"HTTP-RESP-002"})
    await checker(scope(headers=[(b"Host", b"x")]), receive, send)
    await checker(scope(headers=[(b"Host", b"x")]), receive, send)
    assert [violation.rule for violation in checker.violations] == ["HTTP-SCOPE-016"]
