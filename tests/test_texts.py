"""One text as a typed value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, TypedDict
from uuid import UUID

import msgspec
import pytest

from asgikit.errors import CompositionError
from asgikit.texts import TextCodec


class Mood(Enum):
    HAPPY = "happy"
    SAD = "sad"


class Level(IntEnum):
    LOW = 1


class Mixed(Enum):
    A = "a"
    B = 1


class Point(NamedTuple):
    x: int


class Shape(TypedDict):
    x: int


@dataclass(frozen=True)
class Colour:
    name: str

    @classmethod
    def parse(cls, text: str) -> Colour:
        """What begins with a hash."""
        if not text.startswith("#"):
            raise ValueError(f"{text} has no hash")
        return cls(text[1:])


class Other:
    """No text becomes this."""


Number = NewType("Number", int)


def reader(cls: type[object]) -> Any:
    return {Path: Path, Colour: Colour.parse}.get(cls)


def codec(form: object) -> TextCodec:
    return TextCodec(form, reader)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (str, "", ""),
        (str, " a,b ", " a,b "),
        (str, "null", "null"),
        (str | None, " ", " "),
        (bytes, "AGE=", b"\0a"),
        (int, "-3", -3),
        (Number, "3", 3),
        (float, "1e3", 1000.0),
        (Decimal, "1.50", Decimal("1.50")),
        (date, "2026-01-31", date(2026, 1, 31)),
        (time, "12:00:00", time(12)),
        (datetime, "2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (timedelta, "PT30S", timedelta(seconds=30)),
        (timedelta, "1.5", timedelta(seconds=1.5)),
        (timedelta | float, "1.5", 1.5),
        (UUID, "12345678-1234-5678-1234-567812345678", UUID("12345678-1234-5678-1234-567812345678")),
        (Mood, "sad", Mood.SAD),
        (Level, "1", Level.LOW),
        (Literal["a", 1], "1", 1),
        (int | Literal["auto"], "auto", "auto"),
        (int | Literal["auto"], "2", 2),
        (Annotated[int, msgspec.Meta(ge=1)], "1", 1),
        (Path, "/a", Path("/a")),
        (Colour, "#red", Colour("red")),
        (Colour | None, "#red", Colour("red")),
    ],
)
def test_a_text_becomes_a_value(form: object, text: str, value: object) -> None:
    """Of the very type."""
    found = codec(form).decode(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["1", "true", "True", "YES", "on"])
def test_true_has_four_words(text: str) -> None:
    """In any case."""
    assert codec(bool).decode(text) is True


@pytest.mark.parametrize("text", ["0", "false", "FALSE", "no", "oFF"])
def test_false_has_four_words(text: str) -> None:
    """In any case."""
    assert codec(bool).decode(text) is False


@pytest.mark.parametrize("text", ["", "2", "y", "t", " true", "nope", "null", "ﬀ"])
def test_other_words_are_neither(text: str) -> None:
    """A switch that is misspelt is a mistake."""
    with pytest.raises(ValueError, match="expected one of 1, true"):
        codec(bool).decode(text)


@pytest.mark.parametrize(
    "form",
    [int | None, str | None, bool | None, Mood | None, list[int] | None, Colour | None, Literal["a", None]],  # noqa: PYI061  # another spelling
)
def test_the_empty_text_is_none_where_none_is_allowed(form: object) -> None:
    """And the word null is no text of it."""
    assert codec(form).decode("") is None
    if form != str | None:
        with pytest.raises(ValueError, match="or nothing"):
            codec(form).decode("null")


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (list[int], "1,2", [1, 2]),
        (tuple[str, ...], " a b ,c\t", ("a b", "c")),
        (tuple[str, ...], "", ()),
        (tuple[str, ...], "  ", ()),
        (set[bool], "on,1,no", {True, False}),
        (frozenset[Path], "a,b", frozenset({Path("a"), Path("b")})),
        (tuple[Colour, ...], "#a, #b", (Colour("a"), Colour("b"))),
        (tuple[int, bool, str], "1,on,x", (1, True, "x")),
        (Annotated[list[int], msgspec.Meta(min_length=1)], "1", [1]),
        (list[Mood] | None, "sad", [Mood.SAD]),
    ],
)
def test_a_list_has_commas_between(form: object, text: str, value: object) -> None:
    """Blanks around what is between them play no part."""
    found = codec(form).decode(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (int, ""),
        (int, "x"),
        (int, " 1"),
        (int, "1_0"),
        (int, "9" * 10_000),
        (int, "\ud800"),
        (float, "nan"),
        (float, "-inf"),
        (float, "1e400"),
        (Decimal, "NaN"),
        (Decimal, "sNaN"),
        (Decimal, "Infinity"),
        (list[float], "1,nan"),
        (date, "2026-02-30"),
        (timedelta, "1e30"),
        (UUID, "1"),
        (bytes, "?"),
        (Mood, "SAD"),
        (Literal[1, 2], "3"),
        (Annotated[int, msgspec.Meta(ge=1)], "0"),
        (Annotated[str, msgspec.Meta(pattern="^a$")], "b"),
        (Annotated[list[int], msgspec.Meta(min_length=1)], ""),
        (list[str], "a,,b"),
        (list[str], "a,"),
        (list[str], ","),
        (list[bool], "1,2"),
        (tuple[int, str], "1"),
        (tuple[int, str], "1,a,b"),
        (Colour, "red"),
        (list[Colour], "#a,red"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(form: object, text: str) -> None:
    """The error says what is expected, and holds nothing of the text, not even in what came before it."""
    with pytest.raises(ValueError, match="expected") as caught:
        codec(form).decode(text)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert str(caught.value).removeprefix("empty; ") == f"expected {codec(form).expected}"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (str, "text"),
        (Annotated[int, msgspec.Meta(ge=1, le=9)] | None, "an integer (ge=1, le=9), or nothing"),
        (Mood, "one of happy, sad"),
        (Literal["a", 1, None], "one of 1, a, or nothing"),  # noqa: PYI061  # another spelling
        (timedelta | float, "a finite number or seconds or a duration as PT30S"),
        (Colour, "a Colour"),
        (Annotated[list[str], msgspec.Meta(max_length=3)], "text (a list: commas between, none empty) (max_length=3)"),
        (tuple[int, str], "an integer and text (a list: commas between, none empty)"),
    ],
)
def test_what_is_expected_is_said_in_words(form: object, expected: str) -> None:
    """With its bounds."""
    assert sorted(codec(form).expected.split()) == sorted(expected.split())


@pytest.mark.parametrize(
    "form",
    [
        Any,
        object,
        None,
        dict[str, str],
        Point,
        Shape,
        Other,
        Mixed,
        list,
        list[list[int]],
        list[int | None],
        tuple[()],
        tuple[Path, int],
        Path | str,
        type,
        complex,
    ],
)
def test_a_type_that_text_cannot_become_is_refused(form: object) -> None:
    """When the codec is made."""
    with pytest.raises(CompositionError):
        codec(form)


@pytest.mark.parametrize("form", [int | str, str | bytes, bool | int, bool | float | None, list[int | str], list[int] | int])
def test_a_text_that_could_be_two_things_is_refused(form: object) -> None:
    """Whichever it became would surprise somebody."""
    with pytest.raises(CompositionError):
        codec(form)


def test_a_list_of_classes_has_no_bounds() -> None:
    """They would not be looked at."""
    with pytest.raises(CompositionError, match="no bounds"):
        codec(Annotated[list[Path], msgspec.Meta(min_length=1)])


def test_the_class_that_the_reader_makes_is_known() -> None:
    """In a list, and where it may be missing."""
    assert [codec(form).made for form in (Path, list[Path], Path | None, str)] == [Path, Path, Path, None]
