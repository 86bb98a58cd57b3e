"""Plain values of events."""

from __future__ import annotations

import enum
from http import HTTPStatus

import pytest

from asgikit.conformance.values import DEPTH, TOLD, a_kind, is_iterable, is_one_shot, shown, told, value_findings


class Mode(enum.IntEnum):
    ON = 1


class Text(str):
    __slots__ = ()


def rules(value: object) -> list[str]:
    return [finding.rule for finding in value_findings(value, "key")]


@pytest.mark.parametrize(
    "value", [b"", "", 0, -(2**63), 2**63 - 1, 1.5, True, None, [], {}, [1, {"a": [b"x"]}], {"a": {"b": None}}]
)
def test_the_values_of_the_text_are_fine(value: object) -> None:
    """Bytes, str, int, float, bool, None, lists and dicts of them."""
    assert rules(value) == []


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (object(), "CORE-MSG-004"),
        ({1}, "CORE-MSG-004"),
        (bytearray(b"x"), "CORE-MSG-004"),
        (1j, "CORE-MSG-004"),
        ([[object()]], "CORE-MSG-004"),
        (2**63, "CORE-MSG-005"),
        (-(2**63) - 1, "CORE-MSG-005"),
        ({"a": [2**64]}, "CORE-MSG-005"),
        (float("nan"), "CORE-MSG-006"),
        (float("-inf"), "CORE-MSG-006"),
        ({1: 2}, "CORE-MSG-007"),
        ({"a": {b"b": 1}}, "CORE-MSG-007"),
        ((1, 2), "CORE-MSG-008"),
        (Mode.ON, "CORE-MSG-009"),
        (HTTPStatus.OK, "CORE-MSG-009"),
        (Text("x"), "CORE-MSG-009"),
    ],
)
def test_others_break_the_rule_of_their_kind(value: object, rule: str) -> None:
    """At any depth."""
    assert rules(value) == [rule]


def test_a_cycle_ends() -> None:
    """Nothing is followed for ever."""
    loop: list[object] = []
    loop.append(loop)
    assert rules(loop) == ["CORE-MSG-004"]
    deep: list[object] = []
    for _ in range(DEPTH):
        deep = [deep]
    assert rules(deep) == []


def test_shared_nesting_ends_soon() -> None:
    """Each level holds the next one twice: a tree of a billion leaves in thirty lists."""
    value: list[object] = [object()]
    for _ in range(30):
        value = [value, value]
    assert len(rules(value)) <= 100


def test_a_message_shows_the_beginning_of_a_long_value() -> None:
    """Its length is told."""
    assert shown(b"x" * 100) == f"{b'x' * 60!r}... (100 bytes)"
    assert shown("é" * 61).endswith("... (61 characters)")
    assert len(shown(list(range(1000)))) < 130


def test_a_repr_that_fails_does_no_harm() -> None:
    """The type is shown."""

    class Bad:
        def __repr__(self) -> str:
            raise RuntimeError

    assert shown(Bad()) == "<Bad>"


def test_of_a_long_text_of_an_exception_the_beginning_is_told() -> None:
    """An application may raise what it likes."""
    assert told(ValueError("x" * 10_000)) == "ValueError: " + "x" * TOLD


def test_kinds_have_their_article() -> None:
    """As a sentence needs it."""
    assert [a_kind(value) for value in (1, "x", None, [])] == ["an int", "a str", "None", "a list"]


def test_text_and_bytes_are_no_list_of_anything() -> None:
    """Though Python iterates them."""
    assert [is_iterable(value) for value in ("ab", b"ab", {}, [], (), iter([]))] == [False, False, False, True, True, True]
    assert [is_one_shot(value) for value in ([], (), iter([]), (x for x in ""))] == [False, False, True, True]
