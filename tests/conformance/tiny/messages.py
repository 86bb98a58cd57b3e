"""What applications send: whether it is what the specification asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.conformance.tiny.framing import Unsendable
from tests.conformance.tiny.habits import Habits

Message = dict[str, Any]

_KEYS: dict[str, dict[str, tuple[type | None, ...]]] = {
    "http.response.start": {"status": (int,), "trailers": (bool, None)},
    "http.response.body": {"body": (bytes, None), "more_body": (bool, None)},
    "http.response.trailers": {"more_trailers": (bool, None)},
    "http.response.early_hint": {},
    "http.response.pathsend": {"path": (str,)},
    "http.response.zerocopysend": {"offset": (int, None), "count": (int, None), "more_body": (bool, None)},
    "websocket.accept": {"subprotocol": (str, type(None), None)},
    "websocket.send": {"text": (str, type(None), None), "bytes": (bytes, type(None), None)},
    "websocket.close": {"code": (int, None), "reason": (str, type(None), None)},
    "websocket.http.response.start": {"status": (int,)},
    "websocket.http.response.body": {"body": (bytes, None), "more_body": (bool, None)},
    "lifespan.startup.complete": {},
    "lifespan.startup.failed": {"message": (str, None)},
    "lifespan.shutdown.complete": {},
    "lifespan.shutdown.failed": {"message": (str, None)},
}
"""The types that each key may have; None says that it may be absent."""


def kind_of(message: Any, scope_type: str, habits: Habits) -> str:
    """The type of a message that is as it should be; "" for one that this server ignores. Raises TypeError or ValueError."""
    try:
        _check(message, scope_type, habits)
    except (TypeError, ValueError):
        if habits.breaks("CORE-ERR-001"):
            return ""
        raise
    return str(message["type"])


def _check(message: Any, scope_type: str, habits: Habits) -> None:
    if not isinstance(message, dict):
        raise TypeError(f"a message is a dict, not {type(message).__name__}")
    kind = message.get("type")
    if not isinstance(kind, str):
        raise TypeError(f"the type of a message is a str, not {kind!r}")
    keys = _KEYS.get(kind)
    if keys is None or not kind.startswith(scope_type + "."):
        raise ValueError(f"{kind!r} is no message of {scope_type}")
    for key, types in keys.items():
        if key not in message:
            if None not in types:
                raise ValueError(f"{kind} lacks {key}")
        elif not any(kind_ is not None and _is(message[key], kind_) for kind_ in types):
            raise TypeError(f"{key} of {kind} is {message[key]!r}")
    known = {"type", "headers", "links", "file", *keys}
    if habits.breaks("CORE-MSG-010") and not known >= set(message):
        raise ValueError(f"unknown keys: {set(message) - known}")


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def headers_of(message: Message, habits: Habits) -> Iterable[Any]:
    """The headers, none if there are none. Raises TypeError for what cannot be iterated."""
    if habits.breaks("HTTP-RESP-007"):
        return message["headers"]  # type: ignore[no-any-return]
    found = message.get("headers", ())
    if isinstance(found, bytes | str | dict):
        raise TypeError(f"headers is {found!r}")
    return list(found)


def links_of(message: Message) -> list[bytes]:
    """The links of early hints. Raises TypeError."""
    links = list(message["links"])
    if not all(type(link) is bytes for link in links):
        raise TypeError(f"links is {links!r}")
    if any(b"\n" in link or b"\r" in link for link in links):
        raise Unsendable("a line break in a link")
    return links
