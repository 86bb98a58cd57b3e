"""One text as a typed value: what a variable of the environment can be, through msgspec (the extra `schema`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from enum import Enum
from itertools import cycle
from typing import Final, TypeAlias, TypeGuard, final

from asgikit.errors import CompositionError
from asgikit.schema import LenientCodec

Reader: TypeAlias = Callable[[type[object]], Callable[[str], object] | None]
"""How values of a class are made of text: a function that raises ValueError, or None where they are not."""

_SCALARS: Final = {
    "StrType": "text",
    "BytesType": "base64",
    "BoolType": "one of 1, true, yes, on, 0, false, no, off",
    "IntType": "an integer",
    "FloatType": "a finite number",
    "DecimalType": "a finite number",
    "DateTimeType": "a date and time as 2026-01-31T12:00:00Z",
    "DateType": "a date as 2026-01-31",
    "TimeType": "a time as 12:00:00",
    "TimeDeltaType": "seconds or a duration as PT30S",
    "UUIDType": "a UUID",
    "EnumType": "one of ",
    "LiteralType": "one of ",
}
_ALONE: Final = {"StrType", "BytesType", "BoolType"}  # beside another type, which of them a text is would be a guess
_BOUNDS: Final = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "tz")
_WORDS: Final = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_CONTAINERS: Final[Mapping[str, Callable[[Sequence[object]], object]]] = {
    "ListType": list,
    "SetType": set,
    "FrozenSetType": frozenset,
    "VarTupleType": tuple,
    "TupleType": tuple,
}


_IMPOSSIBLE: Final = "no text becomes that; use plain types, or classes with a classmethod parse(text), or flat lists of them"


@final
class TextCodec:
    """A value from one text: plain types, Enums, Literals, classes that a `Reader` knows, and lists of these with commas.

    The empty text is the empty list, and None where None is allowed. Raises MissingExtra without msgspec, CompositionError
    for a type that text cannot become, or could become in two ways, as `int | str`.
    """

    __slots__ = ("_bools", "_codec", "_container", "_optional", "_parse", "expected", "made")

    def __init__(self, form: object, reader: Reader) -> None:
        """The codec of this type; `reader` is asked about every class that msgspec does not make of text."""
        self._codec: LenientCodec = LenientCodec(form, "load(Settings)")
        every = _kinds(self._codec.info)
        kinds = [kind for kind in every if _name(kind) != "NoneType"]
        self._optional: bool = len(kinds) < len(every) or any(None in _values(kind) for kind in kinds)
        self._container: Callable[[Sequence[object]], object] | None = None
        positions, bounds = [kinds], ""
        if len(kinds) == 1 and _name(kinds[0]) in _CONTAINERS:
            self._container = _CONTAINERS[_name(kinds[0])]
            positions, bounds = _items(kinds[0]), _bounds(kinds[0])
        self.made: type[object] | None = _class(positions)
        """The class that the reader makes, if it does."""
        self._parse: Callable[[str], object] | None = None if self.made is None else reader(self.made)
        if self._parse is None:
            self.made = None
            problem = next(filter(None, map(_problem, positions)), None) if positions else _IMPOSSIBLE
        else:
            problem = "a list of these has no bounds" if bounds else None
        if problem is not None:
            raise CompositionError(f"{form!r}: {problem}")
        self._bools: list[bool] = [_name(position[0]) == "BoolType" for position in positions]
        words = " and ".join(" or ".join(map(_words, position)) for position in positions)
        commas = f" (a list: commas between, none empty){bounds}" if self._container is not None else ""
        self.expected: str = words + commas + (", or nothing" if self._optional else "")
        """What text there should be, in words."""

    def decode(self, text: str, /) -> object:
        """The value. Raises ValueError, which says what is expected and does not repeat the text."""
        with suppress(ValueError):  # whose own text may repeat a secret
            return self._decode(text)
        raise ValueError(f"expected {self.expected}" if text else f"empty; expected {self.expected}")

    def _decode(self, text: str) -> object:
        if self._optional and not text:
            return self._codec.convert(None)
        parts = [text] if self._container is None else _split(text)
        if self._parse is not None:
            made = [self._parse(part) for part in parts]
            return made[0] if self._container is None else self._container(made)
        plain = [_truth(part) if is_bool else part for part, is_bool in zip(parts, cycle(self._bools), strict=False)]
        value = self._codec.convert(plain[0] if self._container is None else plain)
        if value is None or not _is_finite(value):  # msgspec takes "null" for None, and "nan" for a number
            raise ValueError
        return value


def _name(kind: object) -> str:
    return type(kind).__name__


def _kinds(info: object) -> list[object]:
    """The types of a union, or the one there is, without what annotations say of them."""
    match _name(info):
        case "Metadata":
            return _kinds(getattr(info, "type", None))
        case "UnionType":
            return [kind for option in getattr(info, "types", ()) for kind in _kinds(option)]
        case _:
            return [info]


def _items(container: object) -> list[list[object]]:
    """The types of what is in it: of each place of a tuple that has places, else of all."""
    places: Sequence[object] | None = getattr(container, "item_types", None)
    return [_kinds(place) for place in ((getattr(container, "item_type", None),) if places is None else places)]


def _class(positions: list[list[object]]) -> type[object] | None:
    kinds = positions[0] if len(positions) == 1 else []
    if len(kinds) != 1 or _name(kinds[0]) not in {"CustomType", "DataclassType"}:
        return None
    found: type[object] = getattr(kinds[0], "cls", object)
    return found


def _problem(kinds: list[object]) -> str | None:
    names = {_name(kind) for kind in kinds}
    if not names or not names <= _SCALARS.keys():
        return _IMPOSSIBLE
    if len(kinds) > 1 and names & _ALONE:
        return "which of these types a text is would be a guess; use one of them"
    return None


def _words(kind: object) -> str:
    name = _name(kind)
    if (text := _SCALARS.get(name)) is None:
        return f"a {getattr(getattr(kind, 'cls', kind), '__name__', name)}"
    return text + ", ".join(str(value) for value in _values(kind) if value is not None) + _bounds(kind)


def _values(kind: object) -> Sequence[object]:
    """All that it can be, of an Enum or a Literal."""
    found: Sequence[object] = getattr(kind, "values", ())
    cls: object = getattr(kind, "cls", None)
    if isinstance(cls, type) and issubclass(cls, Enum):
        members: list[Enum] = list(cls)
        return [member.value for member in members]
    return found


def _bounds(kind: object) -> str:
    found = [f"{name}={value!r}" for name in _BOUNDS if (value := getattr(kind, name, None)) is not None]
    return f" ({', '.join(found)})" if found else ""


def _split(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    if "" in parts:
        raise ValueError
    return parts


def _truth(text: str) -> bool:
    if (found := _WORDS.get(text.lower())) is None:
        raise ValueError
    return found


def _is_finite(value: object) -> bool:
    if _is_collection(value):
        return all(map(_is_finite, value))
    return value.is_finite() if isinstance(value, Decimal) else not isinstance(value, float) or math.isfinite(value)


def _is_collection(value: object) -> TypeGuard[Collection[object]]:
    return isinstance(value, list | tuple | set | frozenset)
