"""Groups of exceptions, as types see them: what task groups make of one error, and of many."""

from __future__ import annotations

from typing import TypeGuard


def sole(error: Exception) -> Exception:
    """The one exception in a group, however deep: task groups wrap what their tasks raise. Any other as it is."""
    while is_group(error) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def is_group(error: Exception) -> TypeGuard[ExceptionGroup[Exception]]:
    """Whether it stands for several; `isinstance` leaves checkers without their type."""
    return isinstance(error, ExceptionGroup)


def is_base_group(error: BaseException) -> TypeGuard[BaseExceptionGroup[BaseException]]:
    """Whether it stands for several, of which some may be none of a program's errors."""
    return isinstance(error, BaseExceptionGroup)
