"""What a path segment can be: text to a typed value and back, one spelling for each value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final, Generic, Literal, Protocol, get_args, get_origin
from uuid import UUID

from typing_extensions import TypeVar

from asgikit.errors import CompositionError

T = TypeVar("T")

# One spelling for a number: no plus, no leading zeros, no minus zero, no underscores, ASCII digits only.
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
MAX_NUMBER: Final = 400  # characters; the longest finite float in positional notation has 327
INT64: Final = (-(2**63), 2**63 - 1)


class Converter(Protocol[T]):
    """Reads a value from the decoded text of one path segment, and prints it.

    `parse` raises ValueError for text that is no value; `print` for a value that is no text. What `print` gives,
    `parse` takes, and what `parse` takes, `print` gives back: one resource has one URL.
    """

    def parse(self, text: str, /) -> T:
        """The value of the text."""
        ...

    def print(self, value: T, /) -> str:
        """The text of the value."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """Any text but the empty one, "." and "..", which clients take for steps in the path (RFC 3986, 5.2.4)."""

    def parse(self, text: str, /) -> str:
        """The text itself."""
        if text in {"", ".", ".."}:
            raise ValueError("a path segment cannot be empty, '.' or '..'")
        text.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
        return text

    def print(self, value: str, /) -> str:
        """The text itself."""
        return self.parse(value)


class AnyText:
    """Any text at all, as it is: what a header field or a cookie holds."""

    def parse(self, text: str, /) -> str:
        """The text itself."""
        return text

    def print(self, value: str, /) -> str:
        """The text itself."""
        return value


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer between two bounds, both included; by default those of a signed 64-bit number."""

    minimum: int = INT64[0]
    maximum: int = INT64[1]

    def __post_init__(self) -> None:
        """Raises CompositionError where the bounds leave nothing, or numbers of over 400 digits."""
        if not -(10**MAX_NUMBER) < self.minimum <= self.maximum < 10**MAX_NUMBER:
            raise CompositionError(f"no integer of at most {MAX_NUMBER} digits lies from {self.minimum} to {self.maximum}")

    def parse(self, text: str, /) -> int:
        """The number, if it lies between the bounds."""
        value = int(text) if len(text) <= MAX_NUMBER else None
        # One spelling: int() alone takes plus signs, leading zeros, underscores, spaces and other scripts' digits.
        if value is None or str(value) != text:
            raise ValueError("not an integer")
        if not self.minimum <= value <= self.maximum:
            raise ValueError("out of bounds")
        return value

    def print(self, value: int, /) -> str:
        """The digits, if the number lies between the bounds."""
        if not self.minimum <= value <= self.maximum or value != int(value):
            raise ValueError(f"{value} is no integer from {self.minimum} to {self.maximum}")
        return str(int(value))


@dataclass(frozen=True, slots=True)
class Float:
    """A finite float in positional notation, the shortest that reads back; whole numbers have no point, as in JSON."""

    def parse(self, text: str, /) -> float:
        """The number, if the text is its one spelling."""
        if len(text) > MAX_NUMBER or _DECIMAL.fullmatch(text) is None:
            raise ValueError("not a number")
        value = float(text)
        if self.print(value) != text:
            raise ValueError("not the shortest spelling of a float")
        return value

    def print(self, value: float, /) -> str:
        """The shortest positional notation. Raises ValueError for infinities and NaN."""
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{value} is not a finite number")
        if number == 0:
            return "0"
        return f"{Decimal(repr(number)):f}".removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Fixed:
    """A finite Decimal in positional notation, its trailing zeros kept, at most 100 characters."""

    def parse(self, text: str, /) -> Decimal:
        """The number."""
        if len(text) > 100 or _DECIMAL.fullmatch(text) is None:
            raise ValueError("not a decimal number")
        return Decimal(text)

    def print(self, value: Decimal, /) -> str:
        """The positional notation. Raises ValueError for infinities, NaN, and over 100 characters."""
        if not value.is_finite() or abs(value.adjusted()) > 100:  # before a huge exponent becomes that many zeros
            raise ValueError(f"a path cannot hold {value}")
        text = f"{value:f}"
        self.parse(text)
        return text


@dataclass(frozen=True, slots=True)
class Identifier:
    """A UUID in lower case with hyphens (RFC 9562, 4)."""

    def parse(self, text: str, /) -> UUID:
        """The UUID."""
        value = UUID(text) if len(text) == 36 else None
        if value is None or str(value) != text:
            raise ValueError("not a UUID in lower case with hyphens")
        return value

    def print(self, value: UUID, /) -> str:
        """The UUID in lower case with hyphens."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Day:
    """A date as YYYY-MM-DD (RFC 3339, full-date)."""

    def parse(self, text: str, /) -> date:
        """The date."""
        value = date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
        if value is None or value.isoformat() != text:
            raise ValueError("not a date as YYYY-MM-DD")
        return value

    def print(self, value: date, /) -> str:
        """The date as YYYY-MM-DD; the date of a datetime is refused, for it would lose the time."""
        if isinstance(value, datetime):
            raise ValueError("a datetime is not a date: take its .date()")  # noqa: TRY004  # print() promises it
        return value.isoformat()


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time as `datetime.isoformat` prints it, with or without an offset."""

    def parse(self, text: str, /) -> datetime:
        """The moment."""
        value = datetime.fromisoformat(text) if len(text) <= 40 and text.isascii() else None
        if value is None or value.isoformat() != text:
            raise ValueError("not a date and time in ISO format")
        return value

    def print(self, value: datetime, /) -> str:
        """The moment in ISO format. Raises ValueError for an offset that does not read back."""
        text = value.isoformat()
        if datetime.fromisoformat(text) != value:
            raise ValueError(f"a path cannot hold {value!r}")
        return text


@dataclass(frozen=True)
class Choice(Generic[T]):
    """One of finitely many values, each with its text."""

    texts: tuple[str, ...]
    values: tuple[T, ...]

    @classmethod
    def of(cls, options: Mapping[str, T]) -> Choice[T]:
        """A choice between the values, by their texts."""
        for text in options:
            Text().parse(text)
        return cls(tuple(options), tuple(options.values()))

    def parse(self, text: str, /) -> T:
        """The value of the text."""
        return self.values[self.texts.index(text)]

    def print(self, value: T, /) -> str:
        """The text of the value. Raises ValueError for any other value."""
        for text, known in zip(self.texts, self.values, strict=True):
            if known == value and type(known) is type(value):
                return text
        raise ValueError(f"{value!r} is none of {', '.join(self.texts)}")


def integer(minimum: int = INT64[0], maximum: int = INT64[1]) -> Integer:
    """Integers from `minimum` to `maximum`, both included."""
    return Integer(minimum, maximum)


def _scalar(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int():
            return str(value)
        case _:
            raise CompositionError(f"a path cannot hold {value!r}: use str, int or bool values, or a Converter")


def _choice(values: list[object], raw: list[object]) -> Choice[object]:
    options: dict[str, object] = {}
    for value, plain in zip(values, raw, strict=True):
        text = _scalar(plain)
        if text in options:
            raise CompositionError(f"{value!r} and {options[text]!r} have the same text {text!r}")
        options[text] = value
    if not options:
        raise CompositionError("a choice between no values matches nothing")
    try:
        return Choice[object].of(options)
    except ValueError as error:
        raise CompositionError(str(error)) from None


def converter_for(form: object) -> object:
    """The converter of a type: str, int, float, bool, UUID, date, datetime, Decimal, an Enum or a Literal; itself of one.

    Raises CompositionError for any other type, naming what to write instead.
    """
    if not isinstance(form, type) and callable(getattr(form, "parse", None)):
        return form
    simple: dict[object, object] = {
        str: Text(),
        int: Integer(),
        float: Float(),
        bool: Choice[bool].of({"true": True, "false": False}),
        UUID: Identifier(),
        date: Day(),
        datetime: Moment(),
        Decimal: Fixed(),
    }
    if (found := simple.get(form)) is not None:
        return found
    if get_origin(form) is Literal:
        options = list(get_args(form))
        return _choice(options, options)
    if isinstance(form, type) and issubclass(form, Enum):
        members: list[Enum] = list(form)
        return _choice([*members], [member.value for member in members])
    raise CompositionError(f"no converter for {form!r}: give param() an object with parse(text) and print(value)")


def specificity(converter: object) -> tuple[int, int]:
    """The order in which parameters are tried: what takes fewer texts comes first; text takes everything."""
    match converter:
        case Choice():
            return 0, len(converter.texts)
        case Integer():
            return 1, converter.maximum - converter.minimum
        case Float():
            return 2, 0
        case Fixed():
            return 3, 0
        case Text():
            return 9, 0
        case _:
            return 4, 0
