"""Options that are lists of texts: a single text would be taken for its letters."""

from __future__ import annotations

from collections.abc import Iterable

from typing_extensions import TypeVar

T = TypeVar("T")


def listed(given: Iterable[T], option: str, /) -> tuple[T, ...]:
    """What the option of this name lists. Raises ValueError for a text."""
    if isinstance(given, str):
        raise ValueError(f"{option} is a list of texts: write [{given!r}]")  # noqa: TRY004  # as all that cannot be meant
    return tuple(given)
