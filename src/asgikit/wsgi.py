"""WSGI applications, their environ made by a2wsgi: the extra `wsgi`, imported in this file alone (PEP 3333).

Of a2wsgi only the environ is used. What moves data in it knows asyncio alone, takes a body that breaks off for whole, and
leaves a thread waiting for ever when the client goes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from io import BufferedReader, RawIOBase
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final

import anyio
from anyio import from_thread, to_thread
from anyio.lowlevel import RunVar
from typing_extensions import Buffer

from asgikit.asgi import AnyReceive, AnySend, ASGIApp, HTTPOutbound, response_body, response_start, websocket_close
from asgikit.errors import ClientDisconnected, MissingExtra, ProtocolError, UnknownScope

if TYPE_CHECKING:
    from a2wsgi.wsgi import build_environ
else:
    try:
        from a2wsgi.wsgi import build_environ
    except ImportError:
        build_environ = None

ExceptionInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

WSGIApp: TypeAlias = Callable[[dict[str, Any], Callable[..., Callable[[bytes], object]]], Iterable[bytes]]
"""A WSGI application: a function of the environ and `start_response`."""

THREADS: Final = 40
"""Requests of one application that are in its threads at a time by default; others wait."""


@final
class _Input(RawIOBase):
    """The request body, read by the thread of the application piece by piece (PEP 3333, Input and Error Streams)."""

    def __init__(self, receive: AnyReceive) -> None:
        self._receive: AnyReceive = receive
        self._receiving: anyio.Lock = anyio.Lock()
        self._taken: anyio.Event = anyio.Event()
        self._rest: bytes = b""
        self._more: bool = True
        self.left: bool = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        if not self._rest:
            from_thread.run(self._fill)
        view = memoryview(buffer)
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    async def _fill(self) -> None:
        self._taken.set()
        while self._wants():
            if self.left:
                raise ClientDisconnected("the client left before the end of the request body")
            async with self._receiving:
                if self._wants():
                    await self._next()

    def _wants(self) -> bool:
        return self._more and not self._rest

    async def _next(self) -> None:
        event: Mapping[str, Any] = await self._receive()
        self.left = event["type"] == "http.disconnect"
        if not self.left:
            self._rest = event.get("body", b"")
            self._more = event.get("more_body", False)

    async def watch(self) -> None:
        """Sees the client leave, which a server may tell in no other way. No more than one piece is read ahead for that."""
        while not self.left:
            if self._more and self._rest:
                self._taken = anyio.Event()
                await self._taken.wait()
            async with self._receiving:
                if not (self._more and self._rest):
                    await self._next_or_end()

    async def _next_or_end(self) -> None:
        if self._more:
            await self._next()
        else:
            self.left = (await self._receive())["type"] == "http.disconnect"


@final
class _Answer:
    """The response of one request, as the thread of the application gives it (PEP 3333, The start_response Callable)."""

    def __init__(self, send: AnySend, body: _Input) -> None:
        self._send: AnySend = send
        self._body: _Input = body
        self._start: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self._sent: bool = False

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExceptionInfo | None = None, /
    ) -> Callable[[bytes], object]:
        if exc_info is not None and exc_info[1] is not None and self._sent:
            raise exc_info[1]
        if exc_info is None and self._start is not None:
            raise ProtocolError("start_response was called twice, without an exception that would explain it")
        fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._start = int(status[:3]), fields
        return self.write

    def write(self, data: bytes, *, more: bool = True) -> None:
        if self._start is None:
            raise ProtocolError("the application sent a body before it had called start_response")
        body = response_body(data, more_body=more)
        if self._sent:
            from_thread.run(self._forward, body)
        elif data or not more:  # until then the start may be taken back
            self._sent = True
            from_thread.run(self._forward, response_start(*self._start), body)

    async def _forward(self, *events: HTTPOutbound) -> None:
        for event in events:
            if self._body.left:
                raise ClientDisconnected("the client left before the end of the response")
            await self._send(event)


def _serve(app: WSGIApp, environ: dict[str, Any], answer: _Answer) -> None:
    """Runs in a thread. What it sends is awaited there, so the thread ends when the request does."""
    chunks = app(environ, answer.start_response)
    try:
        # The body of nearly every application is a list of one chunk, which needs no second event.
        if isinstance(chunks, list | tuple) and len(chunks) == 1:
            answer.write(chunks[0], more=False)
            return
        for chunk in chunks:
            answer.write(chunk)
        answer.write(b"", more=False)
    finally:
        if (close := getattr(chunks, "close", None)) is not None:
            close()


def _environ(scope: Mapping[str, Any], body: BufferedReader) -> dict[str, Any]:
    fields: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        key = name.lower()
        # "_" is for names that would become another's, a "Proxy" field would be read as a setting (CVE-2016-5385).
        if b"_" not in key and key != b"proxy":
            fields[key] = fields[key] + (b"; " if key == b"cookie" else b",") + value if key in fields else value
    query = (scope.get("query_string") or b"").decode("latin-1")
    safe = "".join(c if c.isascii() else f"%{ord(c):02X}" for c in query)
    untyped: Any = {**scope, "headers": list(fields.items()), "query_string": safe.encode()}
    stream: Any = body
    environ: dict[str, Any] = dict(build_environ(untyped, stream))
    # The environment of the process is nobody's mount point, and what goes to stdout is no error.
    root = scope.get("root_path", "").encode().decode("latin-1")
    return {**environ, "SCRIPT_NAME": root, "wsgi.errors": sys.stderr, "wsgi.input_terminated": True}


def from_wsgi(app: WSGIApp, /, *, threads: int = THREADS) -> ASGIApp:
    """A WSGI application as one for ASGI, which can be mounted.

    It has so many threads of its own, one for each request; bodies pass in pieces, and its thread waits for each. Where
    the request is called off, what it sends or reads next raises in its thread. It has no WebSockets and no lifespan.
    Raises MissingExtra without a2wsgi, ValueError for no threads at all.
    """
    if build_environ is None:
        raise MissingExtra("a WSGI application", "wsgi")
    if threads < 1:
        raise ValueError(f"threads is how many requests are served at a time, not {threads}")
    return _WSGIApplication(app, threads)


@final
class _WSGIApplication:
    def __init__(self, app: WSGIApp, threads: int) -> None:
        self._app = app
        self._threads = threads
        self._limiter: RunVar[anyio.CapacityLimiter] = RunVar(f"asgikit.wsgi.{id(self):x}")  # each event loop has its own
        self.__name__ = str(getattr(app, "__name__", type(app).__name__))

    async def __call__(self, scope: Mapping[str, object], receive: AnyReceive, send: AnySend) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send(websocket_close())
            return
        if scope["type"] != "http":
            raise UnknownScope("a WSGI application has no lifespan")
        limiter = self._limiter.get(None)
        if limiter is None:
            limiter = anyio.CapacityLimiter(self._threads)
            self._limiter.set(limiter)
        body = _Input(receive)
        environ = _environ(scope, BufferedReader(body))
        error: Exception | None = None
        async with anyio.create_task_group() as group:
            group.start_soon(body.watch)
            try:
                await to_thread.run_sync(partial(_serve, self._app, environ, _Answer(send, body)), limiter=limiter)
            except Exception as raised:  # noqa: BLE001  # raised again below, where no group wraps it
                error = raised
            group.cancel_scope.cancel()
        if error is not None:
            raise error
