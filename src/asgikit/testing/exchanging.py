"""One request in the hands of the test: it decides when what is sent, what is read, and when the client leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager
from typing import Any

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.testing.content import Content, closed
from asgikit.testing.exchange import Exchange
from asgikit.testing.profile import Profile
from asgikit.testing.scopes import Fields, http_scope


@asynccontextmanager
async def exchanging(  # noqa: PLR0913  # all but three by name, with defaults
    app: ASGIApp | ForeignApp,
    method: str = "GET",
    target: str = "/",
    *,
    content: bytes | AsyncIterable[bytes] = b"",
    headers: Fields = (),
    profile: Profile | None = None,
    **scope: object,
) -> AsyncGenerator[Exchange]:
    """A request that has begun, without a client: `read()` its response as slowly as you like, and `leave()` when you like.

    `content` is read as the application asks for it; more keywords are keys of the scope. At the end of the block the client
    leaves; the application has to end, and is judged: raises what came out of it, NoAnswer, and ConformanceError.
    """
    server = profile or Profile()
    keys: dict[str, Any] = {"spec_version": server.spec_version, "http_version": server.http_version}
    if offered := server.offers("http"):
        keys["extensions"] = offered
    keys.update(scope)
    exchange = Exchange(
        app, http_scope(method, target, headers=headers, **keys), Content(content, size=server.chunk_size), server
    )
    exchange.start()
    try:
        try:
            yield exchange
            exchange.leave()
            await exchange.end()
        except BaseException:
            exchange.leave()
            await exchange.cancel()
            raise
    finally:
        await closed(content)
    exchange.judge()
