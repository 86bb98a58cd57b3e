"""Values to bytes and back: the Codec protocols, and JSON values on the standard library."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, Protocol, SupportsIndex, TypeAlias, TypeGuard, final

from typing_extensions import TypeVar

from asgikit.errors import BadRequest

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class Decoder(Protocol[T_co]):
    """Reads a value from bytes."""

    def decode(self, data: bytes, /) -> T_co:
        """The value. Raises BadRequest for malformed bytes, UnprocessableContent for a value that does not fit."""
        ...


class Encoder(Protocol[T_contra]):
    """Writes a value as bytes."""

    def encode(self, value: T_contra, /) -> bytes:
        """The bytes of the value."""
        ...


class Codec(Decoder[T], Encoder[T], Protocol[T]):
    """Both directions, and the media type of the bytes."""

    @property
    def media_type(self) -> str:
        """What to write into Content-Type."""
        ...


class JSONArray(Protocol[T_co]):
    """A list, read-only and so covariant: `sort` tells it from bytes, sets and other sequences."""

    @property
    def sort(self) -> object:
        """Only lists have it."""
        ...

    def __getitem__(self, index: SupportsIndex, /) -> T_co:
        """The element at the index."""
        ...

    def __iter__(self) -> Iterator[T_co]:
        """Every element."""
        ...


MAX_DEPTH: Final = 500
"""How deep JSON values may nest: half of what Python's own recursion limit leaves."""

# A string that nothing closes is taken whole, and once: no JSON, whatever is behind its quote.
_BRACKETS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)

JSON: TypeAlias = "bool | int | float | str | JSONArray[JSON] | tuple[JSON, ...] | Mapping[str, JSON] | None"
"""What JSON can hold. A variable of type `list[dict[str, str]]` is one; bytes, sets and objects are not."""


@final
class JSONValues:
    """The encoder of JSON values: no spaces, UTF-8."""

    __slots__ = ()

    def encode(self, value: JSON, /) -> bytes:
        """JSON text. Raises ValueError for NaN and infinities, TypeError for objects that JSON does not have."""
        try:
            return _COMPACT.encode(value).encode()
        except UnicodeEncodeError:
            # A lone surrogate has no UTF-8 but has an escape: what a client could send us we can send back.
            return _ESCAPED.encode(value).encode()


def decode_json(data: bytes) -> JSON:
    """The value of JSON text (RFC 8259). Raises BadRequest for anything else, NaN, infinities and deep nesting included."""
    if _is_deep(data):
        raise BadRequest("the JSON is nested too deeply")
    try:
        return _parsed(data.decode())
    except RecursionError:
        raise BadRequest("the JSON is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise BadRequest(f"the JSON is not UTF-8: byte {error.start} cannot be decoded") from None
    except json.JSONDecodeError as error:
        raise BadRequest(f"malformed JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError:
        raise BadRequest("the JSON holds a number that is too long, NaN or an infinity") from None


def _is_deep(data: bytes) -> bool:
    """Whether arrays and objects nest deeper than we could write them back."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for token in _BRACKETS.finditer(data):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[0], 0)
        if depth > MAX_DEPTH:
            return True
    return False


def _parsed(text: str) -> JSON:
    value: JSON = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError("out of range")
    return value


def is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    """Whether it is a mapping, of whatever."""
    return isinstance(value, Mapping)


def _mapping(value: object) -> dict[object, object]:
    if is_mapping(value):
        return dict(value)
    raise TypeError(f"{value!r} is not a JSON value: give its codec, as in Response.json(value, json(Model))")


_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_mapping)
_ESCAPED: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"), default=_mapping)
