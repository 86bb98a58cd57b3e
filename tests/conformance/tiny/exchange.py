"""One HTTP request: receive() and send() for the application, and what becomes of the connection."""

from __future__ import annotations

from typing import Any

import anyio

from tests.conformance.tiny.calling import Host, Outcome, call, stolen
from tests.conformance.tiny.framing import plain
from tests.conformance.tiny.head import Head, Reader
from tests.conformance.tiny.net import ClientGone, Wire
from tests.conformance.tiny.response import Response
from tests.conformance.tiny.scope import Malformed, build, with_state

GONE = {"type": "http.disconnect"}


class Exchange:
    """A request and its response."""

    def __init__(self, host: Host, wire: Wire, head: Head, reader: Reader) -> None:
        self._host = host
        self._habits = host.habits
        self._wire = wire
        self._head = head
        self._reader = reader
        self._response = Response(wire, head, host.habits, keep=not host.is_stopping)
        self._expects = head.version == "1.1" and b"100-continue" in head.options(b"expect")
        self._delivered = False
        """The last http.request has been given."""
        self._told = 0
        """So many times http.disconnect was given."""
        self._pieces: list[bytes] = []
        self._ended = anyio.Event()
        if host.habits.breaks("HTTP-REQ-001") and not {b"content-length", b"transfer-encoding"} & {
            k.lower() for k, _ in head.fields
        }:
            self._delivered = True

    async def run(self) -> bool:
        """Calls the application; whether the connection can be used again."""
        if self._expects and self._habits.breaks("HTTP-REQ-012"):
            await refuse(self._wire, 400)
            return False
        try:
            scope = build(self._head, "http", self._wire.ends, self._host.root_path, self._habits)
        except Malformed:
            return False
        scope = with_state(scope, self._host.namespace, self._habits)
        if self._habits.breaks("CORE-SCOPE-008"):
            self._host.shared.clear()
            self._host.shared |= scope
            scope = self._host.shared
        if self._habits.breaks("CORE-APP-002"):
            await call(self._host, dict(scope), self.receive, self._swallow)
        send: Any = self.send
        if self._habits.breaks("CORE-APP-003"):
            send = self._send_soon
        outcome = await self._called(scope, send)
        self._ended.set()
        try:
            await self._conclude(outcome)
        except ClientGone:
            return False
        return await self._is_reusable()

    async def _called(self, scope: dict[str, Any], send: Any) -> Outcome:
        if not self._habits.has("cancels"):
            return await call(self._host, scope, self.receive, send)
        outcome: Outcome = "cancelled"
        async with anyio.create_task_group() as group:
            group.start_soon(self._cancel_later, group.cancel_scope)
            outcome = await call(self._host, scope, self.receive, send)
            group.cancel_scope.cancel()
        return outcome

    async def _cancel_later(self, scope: anyio.CancelScope) -> None:
        while not self._wire.eof:
            await self._wire.changed.wait()
        await anyio.sleep(0.5)
        scope.cancel()

    async def _swallow(self, message: Any) -> None:
        """The send() of an application that is called once too often."""

    def _send_soon(self, message: Any) -> None:
        self._host.spawn(self.send, message)

    async def _conclude(self, outcome: Outcome) -> None:
        if self._response.is_over or self._wire.lost:
            return
        if outcome == "gone":
            await self._wire.abort()
        else:
            await self._response.give_up(raised=outcome != "returned")

    async def _is_reusable(self) -> bool:
        if self._wire.lost:
            return False
        if not self._response.is_over:  # a client that waits for what never comes: only sabotage leads here
            await anyio.sleep_forever()
        if not (self._reader.is_over or self._drain()) and not self._habits.breaks("HTTP-REQ-014"):
            return False
        self._reader.release()
        return self._response.keeps and not self._host.is_stopping

    def _drain(self) -> bool:
        """Takes the rest of a body that nobody has read, if it is there already."""
        if self._expects or self._habits.breaks("HTTP-REQ-014"):
            return False
        while self._reader.piece():
            pass
        return self._reader.is_over

    async def receive(self) -> dict[str, Any]:
        """The next event."""
        habits = self._habits
        if habits.breaks("CANCEL-004"):
            return await stolen(self._host, self._event)
        event = await self._event()
        if habits.breaks("HTTP-REQ-005") and event["type"] == "http.request" and not event["more_body"] and self._told == 0:
            self._told = -1
            self._delivered = False
            self._reader.is_over = True
        return event | {"tiny.number": 1} if habits.has("unknown-keys") else event

    async def _event(self) -> dict[str, Any]:
        while True:
            if not self._delivered and not self._response.is_over:
                if (event := await self._request()) is not None:
                    return event
                if self._reader.is_broken:
                    return await self._gone()
            elif self._is_gone:
                return await self._gone()
            await self._wire.changed.wait()

    @property
    def _is_gone(self) -> bool:
        habits = self._habits
        if self._response.is_over:
            return not habits.breaks("HTTP-DISC-001")
        return (self._wire.eof and not habits.breaks("HTTP-DISC-002")) or habits.breaks("HTTP-DISC-004") or self._wire.lost

    async def _gone(self) -> dict[str, Any]:
        if self._habits.breaks("HTTP-DISC-002") and not self._response.is_over:
            await anyio.sleep_forever()
        if self._habits.breaks("HTTP-DISC-013") and self._told == 1:
            self._told += 1
            return {"type": "http.request", "body": b"", "more_body": False}
        once = self._habits.breaks("HTTP-DISC-003") or self._habits.has("blocks-on-second-disconnect")
        if once and self._told > 0:
            await anyio.sleep_forever()
        self._told = max(1, self._told + 1)
        return dict(GONE)

    async def _request(self) -> dict[str, Any] | None:
        if self._expects and not self._response.is_started:
            self._expects = False
            if not self._wire.inbox:
                try:
                    await self._wire.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                except ClientGone:
                    self._reader.is_broken = True
                    return None
        if self._pieces:
            return self._shaped(self._pieces.pop(0), more=True)
        if self._reader.is_over:
            data: bytes | None = b""
        elif (data := self._reader.piece()) is None:
            return None
        if self._habits.has("small-pieces") and data:
            self._pieces = [part for at in range(0, len(data), 997) for part in (data[at : at + 997], b"")]
            return self._shaped(b"", more=True)
        return self._shaped(data, more=not self._reader.is_over)

    def _shaped(self, data: bytes, *, more: bool) -> dict[str, Any]:
        """An http.request event."""
        habits = self._habits
        self._delivered = not more
        body: Any = data
        if habits.breaks("HTTP-REQ-011") and b"content-length" in {name.lower() for name, _ in self._head.fields}:
            body = data[:-1] if data else data
        if habits.breaks("HTTP-REQ-002"):
            body = bytearray(data)
        event: dict[str, Any] = {"type": "http.request", "body": body, "more_body": more}
        if habits.breaks("HTTP-REQ-003"):
            event["more_body"] = int(more)
        if habits.has("optional-left-out"):
            event = {key: value for key, value in event.items() if key == "type" or value}
        return event

    async def send(self, message: Any) -> None:
        """One message of the application."""
        if self._habits.breaks("HTTP-DISC-012") and self._wire.eof:
            self._wire.lost = True
        if self._told > 0 and not self._response.is_over:
            self._wire.lost = True  # who has been told that the client left may send nothing more
        try:
            if self._wire.lost and not self._response.is_over:
                raise ClientGone("the client has left")
            await self._response.send(message)
            if self._habits.breaks("CORE-APP-004") and str(message.get("type")).endswith("body"):
                await self._ended.wait()
        except ClientGone:
            if self._habits.has("old-spec") or self._habits.breaks("VER-004"):
                return
            if self._habits.breaks("HTTP-DISC-008"):
                raise BrokenPipeError("the client has left") from None
            if self._habits.breaks("CORE-ERR-006"):
                raise RuntimeError("the client has left") from None
            raise


async def refuse(wire: Wire, status: int) -> None:
    """The server's own answer to what is no request."""
    await wire.write(plain(status))
