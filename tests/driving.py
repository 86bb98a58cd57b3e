"""Drives an application in process, one exchange at a time, as a server would."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import anyio

from asgikit.asgi import ASGIApp, HTTPScope, WebSocketScope
from asgikit.http.headers import Headers

Fields = Mapping[str, str] | Sequence[tuple[str, str]]


def http_scope(
    method: str = "GET",
    target: str = "/",
    *,
    headers: Fields = (),
    spec_version: str | None = "2.5",
    raw: bool = True,
    **more: Any,
) -> HTTPScope:
    """The scope of a request for a percent-encoded target; `raw=False` for a server without raw_path."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"} | ({"spec_version": spec_version} if spec_version else {}),
        "http_version": "1.1",
        "method": method,
        "path": unquote(path, errors="surrogateescape"),
        "query_string": query.encode(),
        "headers": list(Headers(headers).raw),
    }
    if raw:
        scope["raw_path"] = path.encode()
    return {**scope, **more}  # type: ignore[return-value]  # built key by key


def websocket_scope(target: str = "/", *, headers: Fields = (), denial: bool = False, **more: Any) -> WebSocketScope:
    """The scope of a handshake; `denial` for a server that can send an HTTP response to it."""
    scope: Any = http_scope("GET", target, headers=headers, **more)
    del scope["method"]
    return {**scope, "type": "websocket", "subprotocols": [], "extensions": {"websocket.http.response": {}} if denial else {}}


@dataclass
class Answer:
    """What an application sent, and the exception that came out of it."""

    events: list[Any] = field(default_factory=list[Any])
    error: BaseException | None = None

    @property
    def started(self) -> Any:
        starts = [event for event in self.events if event["type"] == "http.response.start"]
        assert len(starts) == 1, self
        return starts[0]

    @property
    def status(self) -> int:
        status: int = self.started["status"]
        return status

    @property
    def headers(self) -> Headers:
        return Headers.from_raw(self.started["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(event.get("body", b"") for event in self.events if event["type"] == "http.response.body")

    @property
    def text(self) -> str:
        return self.body.decode()


async def exchange(
    app: ASGIApp, scope: Mapping[str, Any], incoming: Sequence[Mapping[str, Any]] = (), *, leaves_after: int | None = None
) -> Answer:
    """Runs one connection. After `incoming` the client is silent; it leaves when `leaves_after` events were sent to it."""
    answer = Answer()
    waiting = list(incoming)
    left = anyio.Event()

    async def receive() -> Mapping[str, Any]:
        if waiting:
            return waiting.pop(0)
        await left.wait()
        return {"type": f"{scope['type']}.disconnect"}

    async def send(event: Any) -> None:
        answer.events.append(event)
        if leaves_after is not None and len(answer.events) >= leaves_after:
            left.set()

    try:
        with anyio.fail_after(5):
            await app(scope, receive, send)
    except Exception as error:
        answer.error = error
    return answer


async def call(
    app: ASGIApp,
    method: str = "GET",
    target: str = "/",
    *,
    body: bytes | Sequence[bytes] = b"",
    leaves_after: int | None = None,
    **scope: Any,
) -> Answer:
    """One HTTP request; a body in several chunks if it is a sequence."""
    chunks = [body] if isinstance(body, bytes) else list(body)
    incoming = [{"type": "http.request", "body": c, "more_body": i < len(chunks) - 1} for i, c in enumerate(chunks)]
    return await exchange(app, http_scope(method, target, **scope), incoming, leaves_after=leaves_after)


@asynccontextmanager
async def running(app: ASGIApp, *, state: dict[str, Any] | None = None) -> AsyncGenerator[list[Any]]:
    """Runs the lifespan around the block; gives the events that the application sent."""
    sent: list[Any] = []
    stopping = anyio.Event()
    answered = anyio.Event()
    scope: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
    if state is not None:
        scope["state"] = state
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Mapping[str, Any]:
        event = next(events)
        if event["type"] == "lifespan.shutdown":
            await stopping.wait()
        return event

    async def send(event: Any) -> None:
        sent.append(event)
        answered.set()

    async with anyio.create_task_group() as group:
        group.start_soon(app, scope, receive, send)
        with anyio.fail_after(5):
            await answered.wait()
        yield sent
        stopping.set()
