"""One request in the hands of the test: it decides when what is sent, what is read, and when the client leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager
from typing import Any, Unpack

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.testing.content import Content, closed
from asgikit.testing.exchange import Exchange
from asgikit.testing.failures import is_cancellation
from asgikit.testing.scopes import Fields, ServedOptions, http_scope, served


class ExchangeOptions(ServedOptions, total=False):
    """What a request in the hands of the test can have besides."""

    raises: Exception | None
    """What `send()` raises when the client has left, in place of what the level of the specification says."""
    chunk_size: int | None
    """The most bytes of a body that one `http.request` event has; None, the default, leaves bodies as they are given."""
    raise_app_exceptions: bool
    """Whether what comes out of the application is raised at the end, true; else it is the `error` of the exchange alone."""


@asynccontextmanager
async def exchanging(  # all but three by name, with defaults
    app: ASGIApp | ForeignApp,
    method: str = "GET",
    target: str = "/",
    *,
    content: bytes | bytearray | memoryview | AsyncIterable[bytes] = b"",
    headers: Fields = (),
    **options: Unpack[ExchangeOptions],
) -> AsyncGenerator[Exchange]:
    """A request that has begun, without a client: `read()` its response as slowly as you like, and `leave()` when you like.

    `content` is read as the application asks for it. At the end of the block the client leaves; the application has to end,
    and is judged: raises what came out of it, NoAnswer, and ConformanceError.
    """
    raised, parting = options.pop("raise_app_exceptions", True), options.pop("raises", None)
    profile, chosen = served("http", {**options})
    keys: Any = chosen
    scope = http_scope(method, target, headers=headers, **keys)
    exchange = Exchange(app, scope, Content(content, size=profile.chunk_size), profile)
    exchange.raises, exchange.parting = raised, parting
    exchange.start()
    try:
        try:
            yield exchange
            exchange.leave()
            await exchange.end()
        except BaseException as failure:
            has_ended = exchange.has_ended
            exchange.leave()
            await exchange.cancel()
            if has_ended and is_cancellation(failure):
                exchange.judge()  # what had gone wrong by then, nobody would hear of
            raise
    finally:
        await closed(content)
    exchange.judge()
