"""The floor: ASGI callables written by hand; there is none for what takes a parser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.apps.with_nothing import live
from benchmarks.bodies.payloads import EVENTS, value
from benchmarks.scenarios import ASGIApp

_encode = msgspec.json.Encoder().encode


def upload() -> None:
    """Takes a parser."""


def parts() -> None:
    """Takes a parser."""


def form() -> None:
    """Takes a parser."""


def file(file: Path) -> ASGIApp:
    """The file, read in one piece by a worker thread."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        body = await asyncio.to_thread(file.read_bytes)
        headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def static(directory: Path) -> None:
    """Takes more than a few lines."""


def ranged(directory: Path) -> None:
    """Takes a parser."""


def _streaming(chunks: Callable[[], AsyncIterator[bytes]]) -> ASGIApp:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        async for chunk in chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


async def _named() -> AsyncIterator[bytes]:
    for number in range(EVENTS):
        yield f"event: tick\nid: {number}\ndata: this is event {number}\n\n".encode()


async def _valued() -> AsyncIterator[bytes]:
    for number in range(EVENTS):
        yield b"data: %b\n\n" % _encode(value(number))


async def _plain() -> AsyncIterator[bytes]:
    for number in range(EVENTS):
        yield f"data: this is event {number}\n\n".encode()


def events() -> ASGIApp:
    """Bytes, formatted by hand."""
    return _streaming(_named)


def values() -> ASGIApp:
    """The same, encoded by msgspec."""
    return _streaming(_valued)


def chunks() -> ASGIApp:
    """The same, without anything else."""
    return _streaming(_plain)
