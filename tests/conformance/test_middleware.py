"""The laws of a middleware."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asgikit.asgi import ForeignApp
from asgikit.conformance.middleware import check_middleware

Wrap = Callable[[ForeignApp], ForeignApp]


def nothing(app: ForeignApp) -> ForeignApp:
    return app


def adds_a_header(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), [b"x-added", b"1"]]}
            await send(message)

        await app({**scope, "mine": 1}, receive, sending)

    return wrapped


def answers_itself(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body"})

    return wrapped


@pytest.mark.parametrize("wrap", [nothing, adds_a_header, answers_itself])
async def test_a_lawful_middleware_breaks_nothing(wrap: Wrap) -> None:
    """Whether it does nothing, something, or all by itself."""
    assert await check_middleware(wrap) == ()


def changes_the_scope(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        scope["mine"] = 1
        await app(scope, receive, send)

    return wrapped


def changes_the_scope_later(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        copy = {**scope}

        async def receiving() -> Any:
            copy["late"] = 1
            return await receive()

        await app(copy, receiving, send)

    return wrapped


def appends_to_the_headers(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if "headers" in scope:
            scope["headers"].append([b"x-mine", b"1"])
        await app(scope, receive, send)

    return wrapped


def refuses_the_unknown(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in {"http", "websocket", "lifespan"}:
            raise ValueError
        await app(scope, receive, send)

    return wrapped


def swallows_messages(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if "unknown" not in message["type"] or scope["type"] != "http":
                await send(message)

        await app(scope, receive, sending)

    return wrapped


def rebuilds_the_start(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {"type": message["type"], "status": message["status"], "headers": [*message.get("headers", [])]}
            await send(message)

        await app(scope, receive, sending)

    return wrapped


def reads_headers_twice(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            len([*message.get("headers", ())])
            await send(message)

        await app(scope, receive, sending)

    return wrapped


def forgets_the_end(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "more_body": True}
            await send(message)

        await app(scope, receive, sending)

    return wrapped


def lies_about_the_request(app: ForeignApp) -> ForeignApp:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def receiving() -> Any:
            message = await receive()
            return {**message, "body": "text"} if message["type"] == "http.request" else message

        await app(scope, receiving, send)

    return wrapped


@pytest.mark.parametrize(
    ("wrap", "rule"),
    [
        (changes_the_scope, "CORE-MW-001"),
        (appends_to_the_headers, "CORE-MW-001"),
        (changes_the_scope_later, "CORE-MW-002"),
        (refuses_the_unknown, "CORE-MW-004"),
        (swallows_messages, "CORE-MW-004"),
        (rebuilds_the_start, "CORE-MW-004"),
        (reads_headers_twice, "CORE-MW-005"),
        (forgets_the_end, "HTTP-RESP-019"),
        (lies_about_the_request, "HTTP-REQ-002"),
    ],
)
async def test_a_middleware_that_breaks_a_law_is_to_blame(wrap: Wrap, rule: str) -> None:
    """For the law, and for nothing else that matters."""
    found = await check_middleware(wrap)
    assert [violation.rule for violation in found if violation.level != "note"] == [rule]
    assert {violation.blame for violation in found} == {"middleware"}
    assert await check_middleware(wrap, ignore={rule}) == ()
