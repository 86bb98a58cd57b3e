"""Near-misses: one fault in what is otherwise plain and legal, with the rule that it breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias, final

from asgikit.conformance.drafts import copied
from asgikit.conformance.drawing import Choose
from asgikit.conformance.foreign import Foreign
from asgikit.conformance.scenario import Once

Dict: TypeAlias = dict[str, object]


@final
class Absent:
    """The key is taken away."""


ABSENT: Final = Absent()


class Fault(NamedTuple):
    """Values for one key, each of which breaks one rule; `beside` are keys that it needs to be nothing worse."""

    rule: str
    key: str
    values: tuple[object, ...]
    beside: Mapping[str, object] = {}

    def in_(self, choose: Choose, message: Mapping[str, object]) -> Dict:
        """A copy of the message with one of the values."""
        broken = {key: copied(value) for key, value in {**message, **self.beside}.items()}
        value = choose.one_of(self.values)
        if value is ABSENT:
            broken.pop(self.key, None)
        else:
            broken[self.key] = copied(value)
        return broken


PAIRS: tuple[object, ...] = (
    "ab",
    b"ab",
    None,
    1,
    [1],
    ["ab"],
    [[b"a"]],
    [[b"a", b"b", b"c"]],
    [["a", b"b"]],
    [[b"a", "b"]],
    [[b"a", None]],
)
"""What is no iterable of pairs of bytes."""

NO_BYTES: Final = ("a", 1, ["a"], True)

NO_TEXT: Final = (b"a", 1, ["a"], True)

NO_BOOL: Final = (1, 0, None, "true", b"")


def no_values(type_: str) -> Iterator[Fault]:
    """What no event may hold, under a key that nothing else is known of (asgi, Events)."""
    key = "x-unknown"
    beside = {"type": type_}
    yield Fault("CORE-MSG-004", key, (Foreign(), [Foreign()], {"a": Foreign()}, Once((1,))), beside)
    yield Fault("CORE-MSG-005", key, (2**63, -(2**63) - 1, [10**30]), beside)
    yield Fault("CORE-MSG-006", key, (float("nan"), float("inf"), {"a": float("-inf")}), beside)
    yield Fault("CORE-MSG-007", key, ({1: 2}, {b"a": 1}, [{None: 1}]), beside)
