"""Events of a WebSocket, right or wrong."""

from __future__ import annotations

from typing import Any

from tests.conformance.tiny.habits import Habits


def received(kind: str, value: Any, habits: Habits) -> dict[str, Any]:
    """websocket.receive for a "text" or "bytes"; a "ping", which no application should see, as bytes."""
    key = "text" if kind == "text" else "bytes"
    other = "bytes" if key == "text" else "text"
    event: dict[str, Any] = {"type": "websocket.receive", key: value}
    if habits.has("both-keys"):
        event[other] = None
    if habits.breaks("WS-RECV-003"):
        event[other] = "" if other == "text" else b""
    if habits.breaks("WS-RECV-001") and key == "bytes":
        event["bytes"] = bytearray(value)
    if habits.breaks("WS-RECV-002") and key == "text":
        event["text"] = value.encode()
    return event


def disconnect(code: int, reason: str, habits: Habits) -> dict[str, Any]:
    """websocket.disconnect."""
    event: dict[str, Any] = {"type": "websocket.disconnect", "code": code, "reason": reason}
    if habits.breaks("WS-DISC-002"):
        del event["code"]
    if habits.breaks("WS-DISC-004"):
        event["reason"] = reason.encode()
    bare = habits.has("optional-left-out") and not reason
    if habits.breaks("VER-005") or habits.has("old-spec") or bare:
        del event["reason"]
    return event
