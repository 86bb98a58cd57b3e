"""What an application has sent on one connection, and what state that puts the connection in."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import Final, TypeGuard, final

from asgikit.conformance.copies import ITEMS_KEPT, fresh_message, is_message, kept
from asgikit.conformance.transcript import Message

SENT_KEPT: Final = 1000
"""Messages of one connection that are kept; of those behind them only the bytes are counted."""

BYTES_KEPT: Final = 1024 * 1024
"""Bytes of bodies that are kept whole; those behind them are shortened."""

_CONTENT: Final = frozenset({"http.response.body", "http.response.zerocopysend", "websocket.http.response.body"})


@final
class Answer:
    """What the application has sent so far, and what state that puts the connection in."""

    __slots__ = (
        "_digest",
        "_trailers",
        "accepted",
        "code",
        "count",
        "failed",
        "finished",
        "over",
        "ready",
        "sent",
        "size",
        "status",
    )

    def __init__(self) -> None:
        """Nothing was sent."""
        self.sent: list[Message] = []
        self.count: int = 0
        self.size: int = 0
        self.status: int | None = None
        self.accepted: bool = False
        self.code: int | None = None
        """The code with which the application closed an accepted WebSocket."""
        self.over: bool = False
        """Whether the response is complete, or the WebSocket is closed or refused."""
        self.ready: bool = False
        self.failed: bool = False
        self.finished: bool = False
        """Of a lifespan: whether startup succeeded, startup failed, shutdown was answered."""
        self._trailers = False
        self._digest = sha256()

    @property
    def digest(self) -> str:
        """The SHA-256 of all bodies and messages."""
        return self._digest.hexdigest()

    def take(self, message: object) -> None:
        """One more message. What breaks the protocol is kept and otherwise ignored."""
        self._keep(message)
        if not is_message(message):
            return
        kind = message.get("type")
        if isinstance(kind, str):
            self._step(kind, message)

    def _keep(self, message: object) -> None:
        bodies = [message.get(key) for key in ("body", "bytes", "text")] if is_message(message) else []
        for body in bodies:
            data = body.encode(errors="surrogatepass") if isinstance(body, str) else body
            if isinstance(data, (bytes, bytearray)):
                self.size += len(data)
                self._digest.update(data)
        self.count += 1
        if len(self.sent) < SENT_KEPT:
            whole = is_message(message) and self.size <= BYTES_KEPT
            self.sent.append(_read(fresh_message(message)) if whole and is_message(message) else kept(message))

    def _step(self, kind: str, message: Message) -> None:
        if kind in {"http.response.start", "websocket.http.response.start"}:
            self._start(message)
        elif kind in _CONTENT:
            self.over = self.over or not (message.get("more_body") or self._trailers)
        elif kind == "http.response.pathsend":
            self.over = self.over or not self._trailers
        elif kind == "http.response.trailers":
            self.over = self.over or not message.get("more_trailers")
        elif kind == "websocket.accept":
            self.accepted = True
        elif kind == "websocket.close":
            self._close(message.get("code", 1000))
        elif kind.startswith("lifespan."):
            self.ready = self.ready or kind == "lifespan.startup.complete"
            self.failed = self.failed or kind == "lifespan.startup.failed"
            self.finished = self.finished or kind.startswith("lifespan.shutdown.")

    def _start(self, message: Message) -> None:
        status = message.get("status")
        if self.status is None and isinstance(status, int):
            self.status = status
            self._trailers = bool(message.get("trailers"))

    def _close(self, code: object) -> None:
        if not self.over and self.accepted:
            self.code = code if isinstance(code, int) else 1000
        self.over = True


def _read(message: Message) -> Message:
    """The message with a list where it has an iterator, which a server reads once too."""
    if not any(_is_iterator(value) for value in message.values()):
        return message
    return {key: list(islice(value, ITEMS_KEPT)) if _is_iterator(value) else value for key, value in message.items()}


def _is_iterator(value: object) -> TypeGuard[Iterator[object]]:
    return isinstance(value, Iterator)
