"""What the probe shall do with one connection, told in data from the client's side.

A script travels in the request's field `x-script` as one line of JSON, so that every request says by itself what
the application will do: `{"id": "case-1", "do": [["body"], ["send", {...}]]}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from asgikit.conformance.server.encoding import Fill, to_text

Action: TypeAlias = tuple[object, ...]
"""The name of an action and its arguments."""

Message: TypeAlias = Mapping[str, object]

FIELD = b"x-script"
"""The field of a request that carries its script."""


@dataclass(frozen=True, slots=True)
class Script:
    """The actions for one connection, under the token by which its records are found."""

    token: str
    actions: tuple[Action, ...]

    @property
    def value(self) -> bytes:
        """The value of the field: ASCII, without line breaks."""
        return to_text({"id": self.token, "do": list(self.actions)}).encode("ascii")

    @property
    def line(self) -> bytes:
        """The line of an HTTP/1.1 head: b"x-script: ...", with its line break."""
        return FIELD + b": " + self.value + b"\r\n"


def send(message: object, *, escape: bool = False) -> Action:
    """One message. What the server raises is recorded; with `escape` it leaves the application, else the script goes on."""
    return ("send", message, escape)


def receive(within: float | None = None) -> Action:
    """Receives one event and records it; with `within`, the call is cancelled after so many seconds."""
    return ("receive", within)


def receive_body(pause: float = 0.0) -> Action:
    """Receives until the body is complete or the client has left, with a pause between two events; records length and SHA-256."""
    return ("body", pause)


def until_gone(within: float = 20.0) -> Action:
    """Receives until a disconnect event comes, for so many seconds at most."""
    return ("gone", within)


def pause(seconds: float) -> Action:
    """Sleeps."""
    return ("pause", seconds)


def mark(text: str) -> Action:
    """Records that the script has come so far."""
    return ("mark", text)


def fail(error: str = "RuntimeError") -> Action:
    """Raises: "RuntimeError", "OSError", "SystemExit", "KeyboardInterrupt", "CancelledError", "BaseException"."""
    return ("fail", error)


def flood(message: Message, times: int, pause: float = 0.0) -> Action:
    """Sends one message so many times, with a pause between two; the records say how often send() has returned."""
    return ("flood", message, times, pause)


def together(*branches: Iterable[Action]) -> Action:
    """Runs scripts beside each other, each in its task; the first that raises cancels the others."""
    return ("together", [list(branch) for branch in branches])


def keep_state(key: str, value: object) -> Action:
    """Sets a key of scope["state"], if there is one."""
    return ("keep", key, value)


def tell_state() -> Action:
    """Records scope["state"]."""
    return ("state",)


def converse() -> Action:
    """Accepts a WebSocket and answers every message with the same one, until the client leaves."""
    return ("converse",)


def start(status: int = 200, *headers: tuple[bytes, bytes], **more: object) -> Action:
    """Sends http.response.start with these headers, and other keys."""
    return send({"type": "http.response.start", "status": status, "headers": [list(pair) for pair in headers], **more})


def piece(body: bytes | Fill = b"", *, more: bool = False) -> Action:
    """Sends http.response.body."""
    return send({"type": "http.response.body", "body": body, "more_body": more})


def respond(body: bytes = b"ok", status: int = 200, *headers: tuple[bytes, bytes]) -> tuple[Action, Action]:
    """A plain whole response, with its content-length."""
    return (start(status, (b"content-length", str(len(body)).encode()), *headers), piece(body))


ECHO: tuple[Action, ...] = (("echo",),)
"""Reads the body and sends it back: what the probe does without a script."""
