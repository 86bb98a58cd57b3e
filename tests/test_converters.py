"""What a path segment can be."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, Literal
from uuid import UUID

import pytest

from asgikit.converters import Choice, Integer, converter_for, integer, specificity
from asgikit.errors import CompositionError


class Mood(Enum):
    HAPPY = "happy"
    GRUMPY = "grumpy"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


GOOD: list[tuple[Any, str, Any]] = [
    (str, "ada", "ada"),
    (str, "a/b", "a/b"),
    (int, "0", 0),
    (int, "-12", -12),
    (int, "9223372036854775807", 2**63 - 1),
    (float, "1", 1.0),
    (float, "-2.75", -2.75),
    (float, "0.1", 0.1),
    (bool, "true", True),
    (UUID, "12345678-1234-5678-1234-567812345678", UUID("12345678-1234-5678-1234-567812345678")),
    (date, "2026-02-28", date(2026, 2, 28)),
    (datetime, "2026-02-28T12:30:00+00:00", datetime(2026, 2, 28, 12, 30, tzinfo=UTC)),
    (Decimal, "1.50", Decimal("1.50")),
    (Mood, "grumpy", Mood.GRUMPY),
    (Size, "2", Size.LARGE),
    (Literal["a", "b"], "b", "b"),
    (Literal[1, True], "true", True),
]


@pytest.mark.parametrize(("form", "text", "value"), GOOD)
def test_a_text_and_its_value_convert_both_ways(form: Any, text: str, value: object) -> None:
    """Parsing gives the value, with its type, and printing gives the text back."""
    converter: Any = converter_for(form)
    parsed = converter.parse(text)
    assert parsed == value
    assert type(parsed) is type(value)
    assert converter.print(value) == text


BAD = [
    (str, ["", ".", "..", "\ud800"]),
    (int, ["", "+1", "01", "-0", "1_000", "٣", "²", " 1", "1\n", "0x1", "9" * 19, "1" * 5000, "1e3", "--1", "1.0"]),
    (float, ["1.0", "1.50", "nan", "inf", "1e3", "٣.5", "9" * 400, "-0", ".5", "5.", "1_0.5", "0.1\n", "1" + "0" * 399]),
    (bool, ["True", "1", "yes", "true\n", ""]),
    (
        UUID,
        ["12345678123456781234567812345678", "{12345678-1234-5678-1234-567812345678}", "ABCDEF78-1234-5678-1234-567812345678"],
    ),
    (date, ["2026-02-30", "20260228", "2026-2-8", "2026-W01-1", "٢٠٢٦-٠٢-٢٨"]),
    (datetime, ["2026-02-28", "2026-02-28 12:30:00", "2026-02-28T12:30:00Z", "2026-02-28T12:30", "x" * 50]),
    (Decimal, ["NaN", "Infinity", "1e5", "+1", "01", "1_0", "1." + "0" * 200, "1" * 5000]),
    (Mood, ["HAPPY", "happy ", ""]),
    (Literal["a", "b"], ["c", "A", "'a'"]),
]


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in BAD for text in texts])
def test_a_text_that_is_no_value_is_a_value_error(form: Any, text: str) -> None:
    """Other spellings, other scripts' digits, newlines and endless numbers are no values."""
    converter: Any = converter_for(form)
    with pytest.raises(ValueError):
        converter.parse(text)


UNPRINTABLE: list[tuple[Any, Any]] = [
    (str, ""),
    (str, ".."),
    (str, "\udcff"),
    (int, 2**63),
    (int, 3.5),
    (int, float("nan")),
    (float, float("inf")),
    (float, float("nan")),
    (date, datetime(2026, 1, 1)),
    (Decimal, Decimal("NaN")),
    (Decimal, Decimal("1e999999")),
    (Decimal, Decimal("1e-999999")),
    (Literal["a"], "b"),
    (Literal[1], True),
]


@pytest.mark.parametrize(("form", "value"), UNPRINTABLE)
def test_a_value_that_a_path_cannot_hold_is_a_value_error(form: Any, value: object) -> None:
    """Printing refuses what parsing would not give back."""
    converter: Any = converter_for(form)
    with pytest.raises(ValueError):
        converter.print(value)


def test_integers_have_bounds() -> None:
    """Both bounds are included, when reading and when printing."""
    converter = integer(1, 10)
    assert [converter.parse("1"), converter.parse("10")] == [1, 10]
    for text in ("0", "11", "-1"):
        with pytest.raises(ValueError, match="bounds"):
            converter.parse(text)
    with pytest.raises(ValueError, match="from 1 to 10"):
        converter.print(11)


def test_the_digits_of_an_integer_are_counted_before_it_is_made() -> None:
    """Also where Python's own limit is off: making a number of a million digits takes long."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        with pytest.raises(ValueError, match="not an integer"):
            integer(0, 10**399).parse("1" * 401)
    finally:
        sys.set_int_max_str_digits(limit)


def test_wide_integers_are_asked_for() -> None:
    """Numbers past 64 bits match where the bounds say so."""
    assert integer(0, 10**30).parse("9" * 30) == 10**30 - 1


@pytest.mark.parametrize("bounds", [(2, 1), (0, 10**500)])
def test_bounds_that_leave_nothing_are_refused(bounds: tuple[int, int]) -> None:
    """An empty or an endless range is a mistake of the program."""
    with pytest.raises(CompositionError):
        Integer(*bounds)


class Halves(Enum):
    ONE = 0.5


class Twins(Enum):
    A = 1
    B = "1"


class Nothing(Enum):
    pass


class Dots(Enum):
    UP = ".."


@pytest.mark.parametrize("form", [bytes, list[int], object, Halves, Twins, Nothing, Dots, int | str])
def test_a_type_without_converter_is_refused_at_composition(form: Any) -> None:
    """The text of the error says what to write instead, or what is ambiguous."""
    with pytest.raises(CompositionError, match=r"converter|hold|same text|no values|cannot be"):
        converter_for(form)


def test_narrow_parameters_are_tried_before_wide_ones() -> None:
    """Choices, integers, floats, decimals, others, text: that is the order."""
    forms: list[Any] = [bool, int, float, Decimal, UUID, str]
    ranks = [specificity(converter_for(form)) for form in forms]
    assert ranks == sorted(ranks)
    assert specificity(integer(1, 9)) < specificity(integer())
    assert specificity(Choice(("a",), ("a",))) < specificity(Choice(("a", "b"), ("a", "b")))
