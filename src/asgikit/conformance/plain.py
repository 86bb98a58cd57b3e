"""Values of an exchange as text that is safe in a terminal, in XML and in HTML: short, printable, whatever the value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeGuard

DEPTH: Final = 6
"""So deep a value is looked into; what lies below is "..."."""

ITEMS: Final = 12
"""So many items of one list or mapping are shown."""

# What XML 1.0 cannot hold (2.2, Char), what steers a terminal, and what turns the direction of text.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    """The text with control characters, lone surrogates and marks of direction escaped; newlines and tabs stay."""
    return _UNPRINTABLE.sub(lambda match: _escaped(ord(match[0])), text)


def _escaped(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, its end cut off past so many characters."""
    return clipped(printable(" ".join(text.split())), limit)


def clipped(text: str, limit: int) -> str:
    """The text, or its beginning and "..." in so many characters."""
    return text if len(text) <= limit else text[: max(limit - 3, 0)] + "..."


def is_items(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    """Whether it is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether it is a mapping."""
    return isinstance(value, Mapping)


def shown(value: object, limit: int = 60) -> str:
    """A value as Python would write it, in at most so many characters, on one line; never raises."""
    return clipped(printable(_shown(value, limit, DEPTH)), limit)


def _shown(value: object, limit: int, depth: int) -> str:
    if isinstance(value, str | bytes) and len(value) > limit:
        return safe_repr(value[:limit])[:-1] + "..."
    if type(value) in {list, tuple, dict}:
        return _container(value, limit, depth) if depth else "..."
    return safe_repr(value)


def _container(value: object, limit: int, depth: int) -> str:
    if is_items(value):
        parts = [_shown(item, limit, depth - 1) for item in value[:ITEMS]]
        opening, closing = ("[", "]") if isinstance(value, list) else ("(", ",)" if len(value) == 1 else ")")
        size = len(value)
    elif is_mapping(value):
        pairs = [pair for _, pair in zip(range(ITEMS), value.items(), strict=False)]
        parts = [f"{_shown(key, limit, depth - 1)}: {_shown(item, limit, depth - 1)}" for key, item in pairs]
        opening, closing, size = "{", "}", len(value)
    else:
        return safe_repr(value)
    if size > ITEMS:
        parts.append("...")
    return opening + ", ".join(parts) + closing


def safe_repr(value: object) -> str:
    """The repr of any object; of one whose repr raises, its class."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  # the object is the application's, and so is its __repr__
        return f"<{type(value).__name__} object>"
