"""How strategies draw: a few kinds of choices over Hypothesis, of the extra `conformance`, each shrinking to the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias, TypeVar, final

from asgikit.conformance.hypotheses import st

T = TypeVar("T")

Strategy: TypeAlias = st.SearchStrategy[T]
"""A strategy of Hypothesis."""


@cache
def _index(count: int) -> Strategy[int]:
    return st.integers(0, count - 1)


@cache
def _indices(count: int, most: int) -> Strategy[list[int]]:
    return st.lists(_index(count), max_size=min(count, most), unique=True)


@cache
def _places(length: int, most: int) -> Strategy[list[int]]:
    return st.lists(st.integers(0, length), max_size=most)


@cache
def _bytes(most: int) -> Strategy[bytes]:
    return st.binary(max_size=most)


@cache
def _text(most: int) -> Strategy[str]:
    return st.text(max_size=most)


@final
class Choose:
    """Draws for one example; everything shrinks towards the first, the fewest, the shortest and False."""

    __slots__ = ("_draw",)

    def __init__(self, draw: st.DrawFn) -> None:
        """Draws by the function that a composite strategy is given."""
        self._draw = draw

    def below(self, count: int) -> int:
        """A number from 0 to `count` - 1."""
        return self._draw(_index(count)) if count > 1 else 0

    def one_of(self, items: Sequence[T]) -> T:
        """One of the items, of which there is one at least."""
        return items[self.below(len(items))]

    def once_in(self, times: int) -> bool:
        """Whether the one of so many times is now."""
        return self.below(times) == times - 1

    def several(self, items: Sequence[T], most: int) -> list[T]:
        """Some of the items, none twice, in their order; at most so many."""
        return [items[index] for index in sorted(self._draw(_indices(len(items), most)))]

    def places(self, length: int, most: int) -> list[int]:
        """Numbers from 0 to `length` in ascending order, perhaps some of them twice; at most so many."""
        return sorted(self._draw(_places(length, most)))

    def octets(self, most: int) -> bytes:
        """Any bytes, at most so many."""
        return self._draw(_bytes(most))

    def value(self, strategy: Strategy[T]) -> T:
        """A value of any strategy."""
        return self._draw(strategy)

    def words(self, most: int) -> str:
        """Any text that UTF-8 can encode, in at most so many characters."""
        return self._draw(_text(most))


def drawn(build: Callable[[Choose], T]) -> Strategy[T]:
    """The strategy of what a function builds by choices."""

    @st.composite
    def built(draw: st.DrawFn) -> T:
        return build(Choose(draw))

    return built()
