"""The steps of an exchange in words: one line each, the way they go, and the details of their messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from asgikit.conformance.plain import is_items, one_line, shown
from asgikit.conformance.transcript import Message, Step

_FIRST: Final = (
    *("error", "status", "code", "reason", "subprotocol", "text", "bytes", "body", "more_body", "trailers", "more_trailers"),
    *("query_string", "headers", "subprotocols", "http_version", "extensions"),
)
"""What one wants to read of a message or a scope before anything else."""

ENDS: Final = frozenset({"return", "raise"})
"""The kinds of steps that end an exchange: their title says it all."""

_FROM_SERVER: Final = frozenset({"call", "receive"})


@dataclass(frozen=True, slots=True)
class Line:
    """A step as one line of a table, or one arrow of a diagram."""

    number: int
    """From 1; steps that were not kept count."""
    kind: str
    """Of the step: "call", "receive", "send", "return", "raise" or "skipped"."""
    way: Literal["in", "out", "none"]
    """Into the application, out of it, or neither."""
    title: str
    """The type of the message, the request line, or what the application does at its end: "returns", "raises"."""
    detail: str
    """Its values, the telling ones first; may be empty."""
    failed: bool
    """Whether the step raised."""


def lines(steps: tuple[Step, ...], width: int = 80) -> tuple[Line, ...]:
    """Every step as a line; details in at most so many characters."""
    made: list[Line] = []
    number = 0
    for step in steps:
        skipped = step.message.get("steps", 0) if step.kind == "skipped" else 1
        number += skipped if isinstance(skipped, int) else 1
        made.append(_line(number, step, width))
    return tuple(made)


def _line(number: int, step: Step, width: int) -> Line:
    if step.kind == "skipped":
        return Line(number, step.kind, "none", f"{shown(step.message.get('steps', 0))} steps more", "", failed=False)
    failed = "error" in step.message and "type" not in step.message
    if failed:
        title, detail = _ERRORS.get(step.kind, "raises"), one_line(str(step.message["error"]), width)
    elif step.kind == "call":
        title, detail = _request(step.message), _details(step.message, width)
    elif step.kind == "return":
        title, detail = "returns", ""
    else:
        type_ = step.message.get("type")
        title = one_line(type_, 60) if isinstance(type_, str) else f"type {shown(type_, 40)}"
        detail = _details(step.message, width)
    return Line(number, step.kind, "in" if step.kind in _FROM_SERVER else "out", title, detail, failed=failed)


_ERRORS: Final = {"send": "send() raises", "receive": "receive() raises"}


def _request(scope: Message) -> str:
    """A scope as one thinks of it: "GET /items", "WebSocket /chat", "lifespan"."""
    type_ = scope.get("type")
    path = scope.get("path")
    place = one_line(path, 60) if isinstance(path, str) else shown(path)
    if type_ == "http":
        method = scope.get("method")
        return f"{one_line(method, 20) if isinstance(method, str) else shown(method)} {place}"
    if type_ == "websocket":
        return f"WebSocket {place}"
    return one_line(type_, 60) if isinstance(type_, str) else f"scope type {shown(type_, 40)}"


_IN_REQUEST: Final = frozenset({"type", "method", "path", "state", "app"})


def _details(message: Message, width: int) -> str:
    left_out = _IN_REQUEST if "path" in message or message.get("type") == "lifespan" else {"type"}
    keys = [key for key in _FIRST if key in message]
    keys += [key for key in message if key not in _FIRST and key not in left_out]
    parts = [f"{key}={_value(message[key])}" for key in keys]
    return one_line(" ".join(parts), width)


def _value(value: object) -> str:
    if is_items(value) and value and all(is_items(item) and len(item) == 2 for item in value):
        return shown(value, 120)
    return shown(value, 48)


def in_full(steps: tuple[Step, ...]) -> str:
    """Every message with all its keys, a line each; values of more than 1,000 characters are cut off."""
    parts: list[str] = []
    for line, step in zip(lines(steps), steps, strict=True):
        parts.append(f"{line.number} {line.title}" if step.kind in ENDS else f"{line.number} {line.kind} {line.title}")
        parts += [f"    {shown(key)}: {shown(value, 1000)}" for key, value in step.message.items()]
    return "\n".join(parts)
