"""A value in a few words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from asgikit.config import Secret
from asgikit.debugging.glance import MAX_ITEMS, MAX_VALUE, Glances, kind_of, parts_of
from asgikit.debugging.secrecy import HIDDEN, Secrets


@dataclass
class User:
    name: str
    password: str = "x"
    hidden: int = field(default=1, repr=False)


@dataclass
class Own:
    name: str

    def __repr__(self) -> str:
        """As it likes."""
        return f"Own {self.name}"


class Words(list[int]):
    def __repr__(self) -> str:
        """Never called."""
        raise AssertionError("not asked")

    def __len__(self) -> int:
        """A lie."""
        return 0


class Raising:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __repr__(self) -> str:
        """Never comes back."""
        raise self.error


class Sly(str):
    __slots__ = ()

    def __getitem__(self, key: Any) -> str:
        """A lie."""
        return "<script>" * 100_000

    def __repr__(self) -> str:
        """A str that is none."""
        return Sly("sly")


class NoName(type):
    def __getattribute__(cls, name: str) -> Any:
        """Not even a name."""
        raise RuntimeError("no name")


class Nameless(metaclass=NoName):
    pass


class Lying:
    def __repr__(self) -> Any:
        """No text."""
        return 3


def show(value: object, name: str = "value") -> str:
    return Glances(Secrets()).show(name, value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (1.5, "1.5"),
        ("é<'", '"é<\'"'),
        (b"a\xff", "b'a\\xff'"),
        ([1, "a", (2,)], "[1, 'a', (2,)]"),
        ((), "()"),
        (set(), "set()"),
        ({1}, "{1}"),
        (frozenset(), "frozenset()"),
        (frozenset({1}), "frozenset({1})"),
        ({"a": {"b": [1]}}, "{'a': {'b': [1]}}"),
        ([[[[1]]]], "[[[[…]]]]"),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …]"),
        (User("a"), f"User(name='a', password={HIDDEN})"),
        (Own("a"), "Own a"),
        (1 << 3_000, "<int of 3001 bits>"),
        (Words(range(2_000)), f"<{__name__}.Words of 2000 elements>"),
        (Secret("a"), "Secret('**********')"),
    ],
)
def test_a_value_in_a_few_words(value: object, shown: str) -> None:
    """As Python writes it, so far as there is room; dataclasses field by field, if they print so."""
    assert show(value) == shown


def test_what_is_long_is_cut() -> None:
    """A text, a collection of long texts, a repr, one that holds itself."""
    assert show("x" * 300) == f"'{'x' * 199}… (300 in all)"
    assert len(show(["x" * 300] * MAX_ITEMS)) == MAX_VALUE + 1
    assert len(show(Own("x" * 1_000_000))) < MAX_VALUE
    endless: list[object] = []
    endless.append(endless)
    assert show(endless).startswith("[[[")
    wide = [[[1] * 12] * 12] * 12
    assert show(wide).count("1") <= 100


@pytest.mark.parametrize("error", [ValueError("<b>"), RecursionError(), SystemExit(1), KeyboardInterrupt()])
def test_a_repr_may_raise_anything(error: BaseException) -> None:
    """Only the value is not shown."""
    name = type(error).__name__
    assert show(Raising(error)) == f"<{__name__}.Raising whose repr raises {name}>"
    assert name in show([Raising(error)])


def test_a_repr_may_lie() -> None:
    """By a str that is none, by what is no text, by a class without a name."""
    assert show(Sly("a")) == "sly"
    assert show(Lying()).startswith("<")
    assert (show(Nameless()), kind_of(Nameless())) == ("<object whose repr raises RuntimeError>", "object")
    assert (kind_of(1), kind_of(User("a"))) == ("int", f"{__name__}.User")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("password", "x", HIDDEN),
        ("session", {"a": 1}, HIDDEN),
        ("api_key", 3, HIDDEN),
        ("token", None, "None"),
        ("secret", "", "''"),
        ("is_token", True, "True"),
        ("headers", [(b"cookie", b"a=b"), (b"host", b"a")], f"[(b'cookie', {HIDDEN}), (b'host', b'a')]"),
        ("settings", {"db": {"password": "x"}, b"token": b"y"}, f"{{'db': {{'password': {HIDDEN}}}, b'token': {HIDDEN}}}"),
        ("url", "redis://:pa55word@host", f"'redis://:{HIDDEN}@host'"),
        ("query", b"token=abc&x=1", f"b'token={HIDDEN}&x=1'"),
        ("error", ValueError("password='abc'"), f'ValueError("password={HIDDEN}")'),
    ],
)
def test_secrets_are_not_shown(name: str, value: object, shown: str) -> None:
    """By the name of a variable, of a key, of a field, of a pair; but whether there is one."""
    assert show(value, name) == shown


def test_a_secret_is_known_under_other_names_too() -> None:
    """One that has been met: a Secret that was revealed, a password, in bytes or in a collection."""
    glances = Glances(Secrets())
    glances.learn("settings", {"key": Secret("revealed-text"), "password": b"password-text", "n": User("a", "user-password")})
    shown = glances.show("value", ["revealed-text", "a password-text b", ("user-password",), "key"])
    assert shown == f"['{HIDDEN}', 'a {HIDDEN} b', ('{HIDDEN}',), 'key']"


def test_learning_stops_for_nothing() -> None:
    """Whatever a value does when it is looked at, and however much there is of it."""

    class Hostile(User):
        def __getattribute__(self, name: str) -> Any:
            if name == "password":
                raise SystemExit
            return super().__getattribute__(name)

    endless: list[object] = []
    endless.extend([endless] * 20)
    glances = Glances(Secrets())
    for value in (Hostile("a"), endless, Nameless()):
        glances.learn("value", value)
        assert glances.show("value", value)


def test_a_collection_that_changes_has_no_parts() -> None:
    """Another thread may be at work on it."""
    changing: dict[Any, Any] = {}

    class Key:
        def __hash__(self) -> int:
            return 0

        def __eq__(self, other: object) -> bool:
            changing.clear()
            return False

    changing[Key()] = 1
    changing[Key()] = 2
    assert len(list(parts_of(changing))) <= 2
