"""Messages as JSON and back: scripts go to the probe, and what it saw comes back, in text that a person can read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from typing_extensions import TypeIs

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

KEPT = 512
"""Bytes or characters of one value that a record of the probe keeps."""


@dataclass(frozen=True, slots=True)
class Fill:
    """So many bytes of one kind, made where the script runs."""

    size: int
    byte: bytes = b"x"


@dataclass(frozen=True, slots=True)
class Once:
    """An iterable that can be iterated once only, made where the script runs."""

    items: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that a message must not hold: an object of no plain type."""

    text: str = "an object"


def is_mapping(value: object) -> TypeIs[Mapping[object, object]]:
    """Whether it is a mapping of whatever."""
    return isinstance(value, Mapping)


def is_sequence(value: object) -> TypeIs[list[object] | tuple[object, ...]]:
    """Whether it is a list or a tuple of whatever."""
    return isinstance(value, list | tuple)


def byte_pairs(value: object) -> list[tuple[bytes, bytes]]:
    """The pairs of bytes among the items of a list or tuple: fields, as far as they are such."""
    found: list[tuple[bytes, bytes]] = []
    for pair in value if is_sequence(value) else ():
        if is_sequence(pair) and len(pair) == 2:
            name, content = pair
            if isinstance(name, bytes) and isinstance(content, bytes):
                found.append((name, content))
    return found


def to_json(value: object, *, kept: int | None = None) -> JSON:
    """The value as JSON; what JSON has not becomes an object with one key that starts with "$".

    With `kept`, bytes and strings are cut there and their length is added. Nothing raises: the unknown is its repr().
    """
    if isinstance(value, bytes | bytearray):
        return _bytes(bytes(value), kept)
    if value is None or type(value) is bool or type(value) is int:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if type(value) is str:
        return value if kept is None or len(value) <= kept else {"$str": value[:kept], "length": len(value)}
    return _mapping(value, kept) if is_mapping(value) else _other(value, kept)


def _bytes(data: bytes, kept: int | None) -> JSON:
    if kept is None or len(data) <= kept:
        return {"$bytes": data.decode("latin-1")}
    return {"$bytes": data[:kept].decode("latin-1"), "length": len(data)}


def _mapping(value: Mapping[object, object], kept: int | None) -> JSON:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {str(key): to_json(item, kept=kept) for key, item in value.items()}
    return {"$dict": [[to_json(key, kept=kept), to_json(item, kept=kept)] for key, item in value.items()]}


def _other(value: object, kept: int | None) -> JSON:
    if is_sequence(value):
        items: list[JSON] = [to_json(item, kept=kept) for item in value]
        return {"$tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, Fill):
        return {"$fill": value.size, "byte": value.byte.decode("latin-1")}
    if isinstance(value, Once):
        return {"$once": [to_json(item) for item in value.items]}
    if isinstance(value, Opaque):
        return {"$opaque": value.text}
    return {"$repr": repr(value)[:KEPT]}


def from_json(value: JSON) -> object:
    """The value that to_json() was given; `Fill` as bytes, `Once` as an iterator."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    for key, make in _MAKERS.items():
        if key in value:
            return make(value)
    return {key: from_json(item) for key, item in value.items()}


def _items(value: JSON) -> list[object]:
    return [from_json(item) for item in value] if isinstance(value, list) else []


def _pairs(value: JSON) -> dict[object, object]:
    pairs = value if isinstance(value, list) else []
    return {from_json(pair[0]): from_json(pair[1]) for pair in pairs if isinstance(pair, list)}


def _number(value: JSON) -> int:
    return value if isinstance(value, int) else 0


_MAKERS: Mapping[str, Callable[[dict[str, JSON]], object]] = {
    "$bytes": lambda value: str(value["$bytes"]).encode("latin-1"),
    "$str": lambda value: str(value["$str"]),
    "$float": lambda value: float(str(value["$float"])),
    "$tuple": lambda value: tuple(_items(value["$tuple"])),
    "$dict": lambda value: _pairs(value["$dict"]),
    "$fill": lambda value: str(value["byte"]).encode("latin-1") * _number(value["$fill"]),
    "$once": lambda value: iter(_items(value["$once"])),
    "$opaque": lambda value: Opaque(str(value["$opaque"])),
    "$repr": lambda value: Opaque(str(value["$repr"])),
}


def to_text(value: object, *, kept: int | None = None) -> str:
    """The value as one line of ASCII JSON."""
    return json.dumps(to_json(value, kept=kept), separators=(",", ":"), ensure_ascii=True)


def from_text(text: str) -> object:
    """The value of to_text(). Raises ValueError for what is no JSON."""
    value: JSON = json.loads(text)
    return from_json(value)
