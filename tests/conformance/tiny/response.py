"""The application's side of a response: http.response.* (or a denial), from send() to the wire."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio

from tests.conformance.tiny.framing import Framing, Unsendable, checked, lines, status_line
from tests.conformance.tiny.habits import Habits
from tests.conformance.tiny.head import Head
from tests.conformance.tiny.messages import Message, headers_of, kind_of, links_of
from tests.conformance.tiny.net import Wire

EXTENSIONS = {"http.response.early_hint", "http.response.trailers", "http.response.pathsend", "http.response.zerocopysend"}


class Response:
    """One response: nothing yet, started, its body complete, over."""

    def __init__(self, wire: Wire, head: Head, habits: Habits, *, keep: bool = True) -> None:
        self._wire = wire
        self._head = head
        self._habits = habits
        self._framing = Framing(head, habits, keep=keep)
        self._held = b""
        self._pieces: list[bytes] = []
        self._kinds: set[str] = set()
        self._trailers: list[tuple[bytes, bytes]] = []
        self.wants_trailers = False
        self.is_started = False
        self.has_body = False
        """Its body is complete."""
        self.is_over = False

    @property
    def keeps(self) -> bool:
        """Whether another request may follow on the connection."""
        return self._framing.keeps

    @property
    def hides_truncation(self) -> bool:
        """Whether only a reset shows that the end is missing."""
        return self._framing.is_until_close

    async def send(self, message: Any, prefix: str = "") -> None:
        """One message. Raises TypeError or ValueError for a wrong one, ClientGone for a client that has left."""
        if self.is_over:
            if self._habits.breaks("HTTP-RESP-018"):
                await self._wire.write(message.get("body", b""))
            return
        kind = kind_of(message, "websocket" if prefix else "http", self._habits).removeprefix(prefix)
        if not kind:
            return
        if kind in EXTENSIONS and (self._habits.has("no-extensions") or self._habits.breaks("CORE-EXT-005")):
            raise ValueError(f"{kind} is not known here")
        match kind:
            case "http.response.start":
                await self._start(message)
            case "http.response.early_hint":
                await self._hint(message)
            case "http.response.trailers":
                await self._trail(message)
            case _:
                await self._content(kind, message)

    async def _start(self, message: Message) -> None:
        if self.is_started:
            if self._habits.breaks("HTTP-RESP-027"):
                return
            raise ValueError("the response has started")
        fields = checked(headers_of(message, self._habits), self._habits)
        wants = bool(message.get("trailers", False))
        self._held = self._framing.start(message["status"], fields, trailers=wants)
        self.is_started = True
        self.wants_trailers = wants
        if not (self._habits.has("deferred-start") or self._habits.breaks("HTTP-RESP-015")):
            await self._write(b"")

    async def _write(self, data: bytes) -> None:
        held, self._held = self._held, b""
        await self._wire.write(held + data)

    async def _hint(self, message: Message) -> None:
        if self.is_started:
            raise ValueError("early hints come before the response")
        links = [(b"link", link) for link in links_of(message)]
        if self._habits.breaks("EXT-HINT-003"):
            await self._wire.write(status_line(200) + lines([*links, (b"content-length", b"0")]) + b"\r\n")
        elif self._head.version == "1.1":
            await self._wire.write(status_line(103) + lines(links) + b"\r\n")

    async def _content(self, kind: str, message: Message) -> None:
        if not self.is_started:
            if self._habits.breaks("HTTP-RESP-027"):
                return
            raise ValueError("the response has not started")
        if self.has_body:
            return
        if (kind.endswith("pathsend") and self._kinds) or "http.response.pathsend" in self._kinds:
            raise ValueError("pathsend is the only message of a body")
        self._kinds.add(kind)
        more = message.get("more_body", False)
        data = await self._data(kind, message)
        await self._piece(data, more=bool(more) and not kind.endswith("pathsend"))

    async def _data(self, kind: str, message: Message) -> bytes:
        if kind == "http.response.pathsend":
            path = Path(message["path"])
            if not path.is_absolute():
                raise ValueError(f"{path} is not absolute")
            if self._habits.breaks("EXT-PATH-004") and not await anyio.Path(path).is_file():
                return b" " * (self._framing.left or 0)
            return await anyio.Path(path).read_bytes()
        if kind == "http.response.zerocopysend":
            return self._of_file(message)
        return message.get("body", b"")  # type: ignore[no-any-return]

    def _of_file(self, message: Message) -> bytes:
        file = message["file"]
        number = file if isinstance(file, int) else file.fileno()
        if self._habits.breaks("EXT-ZCS-004"):
            data = os.pread(number, 1 << 24, 0)
            os.close(number) if isinstance(file, int) else file.close()
            return data
        count = message.get("count", 1 << 24)
        if "offset" in message:
            return os.pread(number, count, message["offset"])
        parts = []
        while count and (data := os.read(number, count)):
            parts.append(data)
            count -= len(data)
        return b"".join(parts)

    async def _piece(self, data: bytes, *, more: bool) -> None:
        habits = self._habits
        if habits.breaks("HTTP-RESP-015") or habits.breaks("HTTP-RESP-016"):
            self._pieces.append(data)
            if more:
                return
            data = b"".join(self._pieces if habits.breaks("HTTP-RESP-015") else self._pieces[::-1])
        out = self._framing.body(data)
        if more:
            await self._write(out)
            return
        self.has_body = True
        if self.wants_trailers and not habits.breaks("EXT-TRAIL-006"):
            await self._write(out)
            return
        await self._end(out)

    async def _end(self, out: bytes) -> None:
        """Ends the response; one that is short of its content-length cannot be."""
        short = self._framing.is_short and not self._habits.breaks("HTTP-SEM-018")
        self.is_over = True
        if short:
            self._framing.keeps = False
            await self._write(out)
            await self._wire.abort()
            raise Unsendable("the body is shorter than its content-length")
        asks = b"trailers" in self._head.options(b"te") or self._habits.breaks("EXT-TRAIL-007")
        try:
            await self._write(out + self._framing.end(self._trailers if asks else []))
        finally:
            self._wire.changed.notify()

    async def _trail(self, message: Message) -> None:
        if not (self.wants_trailers and self.has_body):
            raise ValueError("trailers were not announced, or come before the body is complete")
        self._trailers += checked(headers_of(message, self._habits), self._habits)
        if not message.get("more_trailers", False):
            await self._end(b"")

    async def give_up(self, *, raised: bool) -> None:
        """The application has ended before its response: an error, or a visible cut."""
        habits = self._habits
        if not self.is_started or self._held:
            if raised and habits.breaks("HTTP-RESP-021"):
                return
            if not raised and habits.breaks("HTTP-RESP-023"):
                await anyio.sleep_forever()
            self._framing.keeps = False
            self.is_over = True
            await self._wire.write(status_line(500) + lines([(b"content-length", b"0"), (b"connection", b"close")]) + b"\r\n")
            return
        self.is_over = True
        self._framing.keeps = False
        if raised and habits.breaks("CORE-ERR-003"):
            await anyio.sleep_forever()
        if habits.breaks("HTTP-RESP-022"):
            await self._wire.write(self._framing.end([]))
            return
        if not raised and habits.breaks("HTTP-RESP-023"):
            await anyio.sleep_forever()
        await self._wire.abort()
