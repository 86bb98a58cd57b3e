"""Middleware made of middleware: all of them, the first that lets the request through, all but some requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass

from typing_extensions import TypeVar

from asgikit.errors import CompositionError
from asgikit.functions import require_sync
from asgikit.handler import Handler, Middleware, require_handler, when
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")


def every(*middlewares: Middleware) -> Middleware:
    """All of them, the first one outermost; none at all changes nothing."""

    def middleware(handler: Handler[S], /) -> Handler[S]:
        for inner in reversed(middlewares):
            handler = require_handler(inner(handler), inner)
        return handler

    return middleware


def except_for(predicate: Callable[[Request[object]], bool], middleware: Middleware, /) -> Middleware:
    """The middleware for all requests but those that fulfil the predicate."""
    require_sync(predicate, "except_for()")
    return when(lambda request: not predicate(request), middleware)


@dataclass(slots=True)
class _Attempt:
    """Whether the middleware on trial has let the request through; `outer` is the attempt it is part of, if any."""

    outer: _Attempt | None
    passed: bool = False


_attempt: ContextVar[_Attempt | None] = ContextVar("asgikit.some", default=None)


def some(*middlewares: Middleware) -> Middleware:
    """The first of them that lets the request through; if none does, the answer is the last one's.

    For alternatives: a session or a token, an internal network or a password. A middleware that raises has not let
    the request through, unless the handler behind it raised. Raises CompositionError without any middleware.
    """
    if not middlewares:
        raise CompositionError("some() needs at least one middleware")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def probe(request: Request[S]) -> Response:
            attempt = _attempt.get()
            if attempt is None:
                return await handler(request)
            attempt.passed = True
            # What runs further in belongs to the attempt around this one.
            token = _attempt.set(attempt.outer)
            try:
                return await handler(request)
            finally:
                _attempt.reset(token)

        return _first([require_handler(inner(probe), inner) for inner in middlewares])

    return middleware


def _first(alternatives: list[Handler[S]]) -> Callable[[Request[S]], Awaitable[Response]]:
    async def first(request: Request[S]) -> Response:
        for alternative in alternatives[:-1]:
            attempt = _Attempt(_attempt.get())
            try:
                response = await _tried(alternative, request, attempt)
            except Exception:
                if attempt.passed:
                    raise
                continue
            if attempt.passed:
                return response
        # The last one answers in any case. It is an attempt too, or it would speak for the one around it.
        return await _tried(alternatives[-1], request, _Attempt(_attempt.get()))

    return first


async def _tried(alternative: Handler[S], request: Request[S], attempt: _Attempt) -> Response:
    token = _attempt.set(attempt)
    try:
        return await alternative(request)
    finally:
        _attempt.reset(token)
