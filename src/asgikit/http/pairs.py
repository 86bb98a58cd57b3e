"""Names with values, in order, names repeated where need be: what queries and cookies are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Self, TypeAlias

from typing_extensions import TypeIs

PairItems: TypeAlias = Iterable[tuple[str, str]] | Mapping[str, str]
"""Pairs, or a mapping with one value for each name."""


def _is_mapping(items: PairItems) -> TypeIs[Mapping[str, str]]:
    return isinstance(items, Mapping)


def pairs_of(items: PairItems) -> Iterable[tuple[str, str]]:
    """The pairs of a mapping, or the pairs themselves."""
    return items.items() if _is_mapping(items) else items


class Pairs:
    """An ordered, immutable list of (name, value) pairs, both text; names are compared exactly."""

    __slots__ = ("_first", "_index", "_pairs")

    def __init__(self, pairs: PairItems = ()) -> None:
        """Pairs or a mapping."""
        self._pairs: tuple[tuple[str, str], ...] = tuple([(name, value) for name, value in pairs_of(pairs)])
        self._index: dict[str, list[str]] | None = None
        self._first: dict[str, str] | None = None

    def _firsts(self) -> dict[str, str]:
        first = self._first
        if first is None:  # all that most programs ask for, and a fifth of the index in time
            first = self._first = dict(reversed(self._pairs))
        return first

    def _values(self, name: str) -> list[str]:
        index = self._index
        if index is None:
            index = self._index = {}
            for key, value in self._pairs:
                index.setdefault(key, []).append(value)
        return index.get(name, [])

    def get(self, name: str) -> str | None:
        """The first value of that name, None if there is none."""
        return self._firsts().get(name)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Every value of that name, in order."""
        return tuple(self._values(name))

    def grouped(self) -> dict[str, tuple[str, ...]]:
        """Every name with all its values, names in the order of their first value."""
        return {name: self.get_all(name) for name in dict.fromkeys([name for name, _ in self._pairs])}

    def with_value(self, name: str, value: str) -> Self:
        """With this one value for the name, at the place of the first one it replaces, or at the end."""
        if name not in self:
            return self.with_added(name, value)
        first = next(i for i, (key, _) in enumerate(self._pairs) if key == name)
        tail = (pair for pair in self._pairs[first + 1 :] if pair[0] != name)
        return type(self)((*self._pairs[:first], (name, value), *tail))

    def with_added(self, name: str, value: str) -> Self:
        """With one more pair at the end."""
        return type(self)((*self._pairs, (name, value)))

    def without(self, name: str) -> Self:
        """Without any value of that name."""
        return type(self)(pair for pair in self._pairs if pair[0] != name)

    def __add__(self, other: Self) -> Self:
        """The pairs of both, in order."""
        return type(self)((*self, *other))

    def __getitem__(self, name: str) -> str:
        """The first value of that name; KeyError if there is none."""
        return self._firsts()[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a value of that name."""
        return isinstance(name, str) and name in self._firsts()

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every pair, in order."""
        return iter(self._pairs)

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        """The same pairs in the same order."""
        return self._pairs == other._pairs if isinstance(other, Pairs) and type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        """By the pairs."""
        return hash(self._pairs)

    def __repr__(self) -> str:
        """The pairs."""
        return f"{type(self).__name__}({list(self._pairs)!r})"
