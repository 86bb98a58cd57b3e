"""Groups of exceptions."""

from __future__ import annotations

from asgikit.groups import is_base_group, is_group, sole


def test_a_group_of_one_is_that_one() -> None:
    """However deep; a group of two is itself."""
    one, two = ValueError(), KeyError()
    pair = ExceptionGroup("", [one, two])
    assert sole(one) is one
    assert sole(ExceptionGroup("", [ExceptionGroup("", [one])])) is one
    assert sole(pair) is pair


def test_a_group_is_told_from_an_error() -> None:
    """One that may hold a cancellation is not one of errors alone."""
    wide = BaseExceptionGroup("", [KeyboardInterrupt()])
    assert is_group(ExceptionGroup("", [ValueError()]))
    assert not is_group(ValueError())
    assert is_base_group(wide)
    assert not is_base_group(KeyboardInterrupt())
