"""One HTTP request that a foreign application answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, final

import anyio

from asgikit.asgi import ForeignApp, HTTPScope, WebSocketScope
from asgikit.body import Feed, Stream
from asgikit.errors import ClientDisconnected, HTTPError, InvalidEvent, ProtocolError
from asgikit.feeds import NO_BEAT
from asgikit.foreign.call import CLEAN_UP, Call, Flag, is_cancelled
from asgikit.foreign.pieces import Pieces, Unwanted
from asgikit.groups import is_base_group
from asgikit.http.content import BODILESS
from asgikit.http.headers import Headers
from asgikit.reply import Push, Trailers
from asgikit.request import Request
from asgikit.response import Response

KEPT: Final = frozenset({"http.response.trailers", "http.response.push", "http.response.early_hint", "http.response.debug"})
"""The extensions whose events a response can hold, or that can go out before it. Paths and files are sent as bytes."""


def spec_version(scope: HTTPScope | WebSocketScope) -> tuple[int, ...]:
    """The version of the specification that the server follows (asgi, Applications)."""
    text = scope["asgi"].get("spec_version", "2.0")
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def fields_of(raw: Iterable[Sequence[bytes]]) -> Headers:
    """Header fields as an application sends them, checked; without white space around values, and transfer-encoding.

    Raises ValueError for fields that HTTP does not allow.
    """
    lines = ((name.decode("latin-1"), value.decode("latin-1").strip(" \t")) for name, value in raw)
    return Headers((name, value) for name, value in lines if name.lower() != "transfer-encoding")


def stems_from(error: BaseException, cause: type[BaseException] | tuple[type[BaseException], ...]) -> bool:
    """Whether an error is of this kind, comes from one, or is a group of such alone."""
    if is_base_group(error):
        return all(stems_from(member, cause) for member in error.exceptions)
    found: BaseException | None = error
    seen: set[int] = set()
    while found is not None and id(found) not in seen:
        if isinstance(found, cause):
            return True
        seen.add(id(found))
        found = found.__cause__ or found.__context__
    return False


@final
class HTTPCall:
    """Runs an application for one request, and makes a Response of what it sends."""

    __slots__ = (
        "_begun",
        "_call",
        "_debug",
        "_late",
        "_name",
        "_pieces",
        "_pushes",
        "_reading",
        "_request",
        "_start",
        "_trailers",
    )

    def __init__(self, name: str, request: Request[object]) -> None:
        """The request, as middleware has left it."""
        self._name: str = name
        self._request: Request[object] = request
        self._call: Call = Call(name)
        # A server swallows the body of a response to HEAD, and raises nothing.
        self._pieces: Pieces = Pieces(raises=spec_version(request.scope) >= (2, 4) and request.method != "HEAD")
        self._begun: Flag = Flag()
        self._reading: bool | None = None  # whether more of the body is to come; None before the first look
        self._late: HTTPError | None = None
        self._start: Mapping[str, Any] | None = None
        self._trailers: list[tuple[str, str]] = []
        self._pushes: list[Push] = []
        self._debug: Mapping[str, object] | None = None

    async def respond(self, app: ForeignApp, scope: Mapping[str, object]) -> Response:
        """The response, once it has begun. Raises what the application raises before that."""
        self._request.connection.finish_later(self._finish)
        self._call.start(lambda: app(scope, self._receive, self._send), self._ended)
        try:
            await self._begun.wait()
        except BaseException:
            self._pieces.close()
            await self._call.end(0)
            raise
        if self._start is None or self._late is not None:
            self._pieces.raised = True
            raise self._late or self._call.error or ProtocolError(f"{self._name} returned without a response")
        return self._response(self._start)

    def _ended(self) -> None:
        self._pieces.end(self._call.error)
        self._begun.set()

    def _response(self, start: Mapping[str, Any]) -> Response:
        status, fields = start["status"], fields_of(start.get("headers", ()))
        # HEAD, 204 and 304 keep the length of what is not sent: as a stream, which is never read.
        whole = None if self._request.method == "HEAD" or status in BODILESS else self._pieces.whole()
        # An event stream without an end ends when the server stops; its beats are its own.
        feed = Feed(NO_BEAT, b"") if (fields.get("content-type") or "").lower().startswith("text/event-stream") else None
        response = Response(Stream(self._pieces, feed) if whole is None else whole, status=status, headers=fields)
        trailers = Trailers((), lambda: self._trailers) if start.get("trailers") else None
        if trailers is None and not self._pushes and self._debug is None:
            return response
        extras = replace(response.extras, trailers=trailers, pushes=tuple(self._pushes), debug=self._debug)
        return response.with_extras(extras)

    async def _finish(self) -> None:
        """At the end of the request: what it does after its response is awaited, a response that nobody wants is not."""
        self._pieces.close()
        if self._pieces.complete:
            await self._call.outlast()
        else:
            await self._call.end(0 if is_cancelled() else CLEAN_UP)
        error = self._call.error
        if error is not None and not self._pieces.raised and not stems_from(error, (Unwanted, ClientDisconnected)):
            raise error

    async def _receive(self) -> Mapping[str, object]:
        if self._pieces.over:
            return {"type": "http.disconnect"}
        inbox = self._request.connection.inbox
        try:
            if self._reading is None:
                kept = inbox.begin()
                self._reading = kept is None
                if kept is not None:
                    return {"type": "http.request", "body": kept, "more_body": False}
            if self._reading:
                chunk = await inbox.patiently(None, None)()
                self._reading = chunk is not None and not inbox.is_at_end
                return {"type": "http.request", "body": chunk or b"", "more_body": self._reading}
        except ClientDisconnected:
            self._reading = False
            self._pieces.gone = True
            return {"type": "http.disconnect"}
        except HTTPError as error:
            # Ours to answer; an application would make a 500 of it, and knows what a client is that has left.
            self._reading = False
            if self._start is None:
                self._late = error
                self._pieces.gone = True
                self._begun.set()
            return {"type": "http.disconnect"}
        async with anyio.create_task_group() as group:
            for ending in (inbox.disconnected, self._pieces.closed):
                group.start_soon(_until, ending, group.cancel_scope)
        self._pieces.gone = True
        return {"type": "http.disconnect"}

    async def _send(self, event: Mapping[str, Any]) -> None:
        kind = event["type"]
        if self._start is None:
            await self._before(kind, event)
        elif kind == "http.response.body":
            await self._pieces.put(event.get("body", b""), more=event.get("more_body", False))
        elif kind == "http.response.trailers" and self._start.get("trailers"):
            self._trailers.extend(fields_of(event["headers"]))
            if not event.get("more_trailers", False):
                self._pieces.release()
        elif kind == "http.response.push":
            self._pushes.append(Push(event["path"], fields_of(event["headers"])))
        else:
            raise InvalidEvent(f"{self._name} sent {kind!r} after its response had begun")

    async def _before(self, kind: str, event: Mapping[str, Any]) -> None:
        if kind == "http.response.start":
            self._start = event
            if event.get("trailers"):
                self._pieces.hold()
            self._begun.set()
        elif kind == "http.response.debug":
            self._debug = event["info"]
        elif kind == "http.response.early_hint" and kind in self._request.connection.extensions:
            await self._request.connection.send(event)
        else:
            raise InvalidEvent(f"{self._name} sent {kind!r} where a response has to begin with http.response.start")


async def _until(ending: Callable[[], Awaitable[None]], scope: anyio.CancelScope) -> None:
    await ending()
    scope.cancel()
