"""One WebSocket: the handshake, receive() and send() for the application, and the end."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

import anyio

from tests.conformance.tiny.calling import Host, Outcome, call, stolen
from tests.conformance.tiny.frames import Frames, accept_token, close_frame, frame, refusal
from tests.conformance.tiny.framing import Unsendable, checked, lines, plain
from tests.conformance.tiny.head import Head, Reader
from tests.conformance.tiny.messages import Message, headers_of, kind_of
from tests.conformance.tiny.net import ClientGone, Wire
from tests.conformance.tiny.response import Response
from tests.conformance.tiny.scope import Malformed, build, offered, with_state
from tests.conformance.tiny.wsevents import disconnect, received

QUEUE = 16
"""Messages that are read ahead of the application."""

CLOSING = 2.0
"""Seconds that a client has to answer a close frame."""

OWN = {b"upgrade", b"connection", b"sec-websocket-accept", b"sec-websocket-protocol", b"sec-websocket-extensions"}


class WebSocket:
    """A connection from its handshake on."""

    def __init__(self, host: Host, wire: Wire, head: Head, reader: Reader) -> None:
        self._host = host
        self._habits = host.habits
        self._wire = wire
        self._head = head
        self._reader = reader
        self._frames = Frames(host.habits)
        self._response = Response(wire, head, host.habits, keep=False)
        self._changed = wire.changed
        self._queue: list[dict[str, Any]] = []
        self._connects = 2 if host.habits.breaks("WS-CONN-002") else 1
        self._told = 0
        self._state: Literal["connecting", "denying", "open", "closing", "closed"] = "connecting"
        self._end: tuple[int, str] | None = None
        """Code and reason of the end, once it has come."""
        self._first = True
        self._calling = anyio.CancelScope()

    async def run(self) -> None:
        """Calls the application, and sees to it that the connection ends with it."""
        if (status := refusal(self._head)) and not self._habits.breaks("HTTP-SCOPE-030"):
            await self._wire.write(plain(status, (b"sec-websocket-version", b"13")))
            return
        try:
            scope = build(self._head, "websocket", self._wire.ends, self._host.root_path, self._habits)
        except Malformed:
            return
        scope = with_state(scope, self._host.namespace, self._habits)
        self._reader.piece()
        self._reader.release()
        if self._habits.breaks("WS-CONN-004"):
            await self._shake(None, [])
        async with anyio.create_task_group() as group:
            group.start_soon(self._pump)
            outcome: Outcome = "returned"
            with self._calling:
                outcome = await call(self._host, scope, self.receive, self.send)
            with suppress(ClientGone):
                await self._conclude(raised=outcome == "raised")
            group.cancel_scope.cancel()

    def go_away(self) -> None:
        """The server stops: the client is told, and the application sees the end."""
        if self._state == "open":
            self._state = "closing"
            self._host.spawn(self._close, 1012, "")

    async def _conclude(self, *, raised: bool) -> None:
        habits = self._habits
        if self._state == "connecting" and self._end is None:
            if habits.breaks("WS-CONN-009"):
                await anyio.sleep_forever()
            await self._wire.write(plain(500))
        elif self._state == "denying" and not self._response.is_over:
            await self._response.give_up(raised=raised)
        elif self._state == "open":
            if habits.breaks("WS-CLOSE-009") or habits.breaks("WS-SCOPE-011"):
                await anyio.sleep_forever()
            self._state = "closing"
            await self._close(1011, "")
        with anyio.move_on_after(CLOSING):
            while self._state == "closing" and self._end is None:
                await self._changed.wait()

    async def _pump(self) -> None:
        """Reads frames as they come, once the socket is open, a few messages ahead of the application."""
        early = self._habits.breaks("WS-CONN-003")
        while self._end is None:
            if self._state == "connecting" and not early:
                pass  # what a client sends before the handshake is complete waits
            elif len(self._queue) < QUEUE and self._wire.inbox:
                for kind, value in self._frames.feed(self._wire.take()):
                    await self._got(kind, value)
                continue
            if self._wire.eof and (self._state == "connecting" or not self._wire.inbox):
                self._ended(1000 if self._habits.breaks("WS-DISC-006") else 1006, "")
                self._wire.lost = self._wire.lost or self._state != "denying"
                return
            await self._changed.wait()

    def _ended(self, code: int, reason: str) -> None:
        if self._end is None:
            self._end = (code, reason)
        self._changed.notify()

    async def _got(self, kind: str, value: Any) -> None:
        """One message, ping or close of the client."""
        habits = self._habits
        if kind == "ping" and not habits.breaks("WS-RECV-007"):
            await self._wire.write(frame(10, value))
        elif kind == "close":
            await self._closed(*value)
        elif value or not habits.breaks("WS-RECV-010"):
            self._queue.append(received(kind, value, habits))
            self._changed.notify()

    async def _closed(self, code: int, reason: str) -> None:
        """The client's close frame, or its breach of the protocol."""
        if self._frames.failed is not None:
            answer: int | None = self._frames.failed
        else:
            answer = None if code == 1005 else code
        if self._state == "open":
            self._state = "closed"
            with suppress(ClientGone):
                await self._wire.write(close_frame(answer))
        self._state = "closed"
        lost = self._frames.failed is not None
        if self._habits.breaks("WS-DISC-003") or (self._habits.breaks("WS-DISC-005") and code == 1005):
            code = 1000
        self._ended(1006 if lost else code, "" if lost else reason)

    async def receive(self) -> dict[str, Any]:
        """The next event."""
        habits = self._habits
        if habits.breaks("WS-CONN-001") and self._first:
            self._first = False
            return {"type": "websocket.receive", "text": ""}
        if self._connects:
            self._connects -= 1
            return {"type": "websocket.connect"} | ({"tiny.number": 7} if habits.has("unknown-keys") else {})
        if habits.breaks("CANCEL-004"):
            return await stolen(self._host, self._event)
        return await self._event()

    async def _event(self) -> dict[str, Any]:
        early = self._habits.breaks("WS-CONN-003")
        while True:
            if self._queue and (self._state != "connecting" or early) and not self._told:
                event = self._queue.pop(0)
                self._changed.notify()
                return event
            if self._end is not None and self._may_tell():
                return await self._left(*self._end)
            await self._changed.wait()

    def _may_tell(self) -> bool:
        habits = self._habits
        if habits.breaks("WS-DISC-001") or (habits.breaks("WS-CONN-008") and self._state == "connecting"):
            return False
        return not (habits.breaks("EXT-DENY-008") and self._state == "denying")

    async def _left(self, code: int, reason: str) -> dict[str, Any]:
        """The websocket.disconnect."""
        habits = self._habits
        if self._told and habits.has("blocks-on-second-disconnect"):
            await anyio.sleep_forever()
        if self._told and habits.breaks("WS-RECV-005"):
            return {"type": "websocket.receive", "text": "late"}
        self._told += 1
        if self._told > 1 and habits.breaks("WS-DISC-007"):
            code += 1
        return disconnect(code, reason, habits)

    async def send(self, message: Any) -> None:
        """One message of the application. Raises TypeError or ValueError for a wrong one, ClientGone after the end."""
        habits = self._habits
        lenient = habits.has("old-spec") or habits.breaks("WS-DISC-010") or habits.breaks("VER-004")
        if self._state != "denying" and (self._end is not None or self._state in {"closing", "closed"}):
            if lenient:
                return
            raise ClientGone("the websocket is closed")
        kind = kind_of(message, "websocket", habits)
        try:
            await self._do(kind, message)
        except ClientGone:
            if not lenient:
                raise

    async def _do(self, kind: str, message: Message) -> None:
        if kind.startswith("websocket.http.response.") and not self._habits.has("no-extensions"):
            if self._state not in {"connecting", "denying"} or self._habits.breaks("CORE-EXT-005"):
                raise ValueError("the handshake was answered")
            await self._deny(message)
        elif self._state == "denying":
            if not self._habits.breaks("EXT-DENY-007"):
                raise ValueError("a denial response has begun")
        elif kind == "websocket.accept" and self._state == "connecting":
            await self._accept(message)
        elif kind == "websocket.close":
            await self._close_asked(message)
        elif kind == "websocket.send" and self._state == "open":
            await self._say(message)
        elif kind and not self._habits.breaks("WS-ACC-011"):
            raise ValueError(f"{kind} does not fit: the websocket is {self._state}")

    async def _deny(self, message: Message) -> None:
        self._state = "denying"
        if self._habits.breaks("EXT-DENY-006"):
            if not self._response.is_started:
                self._response.is_started = self._response.is_over = True
                await self._wire.write(plain(403))
        else:
            await self._response.send(message, prefix="websocket.")
        if self._response.is_over:
            self._ended(1006, "")

    async def _accept(self, message: Message) -> None:
        habits = self._habits
        fields = checked(headers_of(message, habits), habits)
        chosen = message.get("subprotocol")
        wrong = any(name.lower() in OWN or name.startswith(b":") for name, _ in fields)
        if (wrong or (chosen is not None and chosen not in offered(self._head))) and not habits.breaks("WS-ACC-010"):
            raise Unsendable("a field of the handshake itself, or a subprotocol that was not offered")
        if habits.breaks("WS-ACC-008") or habits.breaks("VER-007"):
            fields = []
        if not habits.breaks("WS-CONN-004"):
            await self._shake(chosen, fields)
        self._state = "open"
        self._changed.notify()

    async def _shake(self, chosen: str | None, fields: list[tuple[bytes, bytes]]) -> None:
        own = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", accept_token(self._head))]
        if chosen is not None:
            own.append((b"sec-websocket-protocol", chosen.encode("latin-1")))
        await self._wire.write(b"HTTP/1.1 101 Switching Protocols\r\n" + lines([*own, *fields]) + b"\r\n")

    async def _say(self, message: Message) -> None:
        habits = self._habits
        text, data = message.get("text"), message.get("bytes")
        if (text is None) == (data is None):
            if habits.breaks("WS-SEND-007"):
                return
            raise ValueError("exactly one of text and bytes is sent")
        payload = data if text is None else text.encode()
        if payload or not habits.breaks("WS-SEND-006"):
            await self._wire.write(frame(2 if text is None or habits.breaks("WS-SEND-008") else 1, payload))
        if habits.breaks("WS-SCOPE-011"):
            self._calling.cancel()

    async def _close_asked(self, message: Message) -> None:
        habits = self._habits
        code, reason = message.get("code", 1000), message.get("reason") or ""
        if self._state == "connecting":
            if habits.breaks("WS-CLOSE-006"):
                await self._shake(None, [])
                await self._wire.write(close_frame(code, reason))
            elif not habits.breaks("WS-CONN-004"):
                await self._wire.write(plain(400 if habits.breaks("WS-CONN-007") else 403))
            self._state = "closed"
            self._ended(1006, "")
            return
        if not (1000 <= code < 5000 and code not in {1004, 1005, 1006, 1015}) and not habits.breaks("WS-CLOSE-011"):
            raise Unsendable(f"{code} cannot be sent")
        code = 1000 if habits.breaks("WS-CLOSE-007") else code & 0xFFFF
        self._state = "closing"
        await self._close(code, "" if habits.breaks("WS-CLOSE-007:reason") else reason)
        if habits.breaks("WS-CLOSE-008"):
            await anyio.sleep_forever()

    async def _close(self, code: int, reason: str) -> None:
        """Sends a close frame; a client that does not answer in time is taken for gone."""
        await self._wire.write(close_frame(code, reason))
        self._host.spawn(self._give_up_waiting)

    async def _give_up_waiting(self) -> None:
        await anyio.sleep(CLOSING)
        self._ended(1006, "")
