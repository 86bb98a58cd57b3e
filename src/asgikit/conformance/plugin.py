"""What the pytest plugin is told of an application, by the marker `asgi_app` and the ini options.

The plugin itself is in `asgikit.testing.plugin`. Assertions over whole places are in `properties`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

import pytest

from asgikit.asgi import ForeignApp
from asgikit.conformance.rules import PARTIES, Level, Party, select
from asgikit.conformance.targets import Target, TargetError

OPTIONS: Final = ("level", "blame", "ignore")
"""What both the marker and, with "asgi_" before it, the ini file say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Which broken rules fail a test."""

    level: Level
    """The weakest one."""
    blame: Sequence[Party]
    ignore: frozenset[str]


def marked(request: pytest.FixtureRequest, known: Collection[str]) -> Mapping[str, object]:
    """The keywords of the marker. Raises UsageError for arguments without a name, and for names that are not known."""
    __tracebackhide__ = True
    node: pytest.Item = request.node
    marker = node.get_closest_marker("asgi_app")
    if marker is None:
        return {}
    if marker.args:
        raise pytest.UsageError(
            "the marker takes keywords, as pytest decorates a function that is its argument: asgi_app(app=app)"
        )
    if unknown := [name for name in marker.kwargs if name not in known]:
        raise pytest.UsageError(f"the marker asgi_app has no {', '.join(unknown)}: it takes {', '.join(known)}")
    return marker.kwargs


def judgement(config: pytest.Config, given: Mapping[str, object]) -> Judgement:
    """What the marker says, and where it says nothing, the ini file. Raises UsageError that says what to write."""
    __tracebackhide__ = True
    level, blame, ignored = (given.get(name, config.getini(f"asgi_{name}")) for name in OPTIONS)
    if not _is_parties(blame):
        raise pytest.UsageError(f"asgi_blame is {blame!r}: write some of {', '.join(PARTIES)}")
    if not _is_level(level):
        raise pytest.UsageError(f"asgi_level is {level!r}: write 'must' or 'should'")
    if not is_texts(ignored):
        raise pytest.UsageError(f"asgi_ignore is {ignored!r}: write a list of rules")
    try:
        ignore = select(ignored) if ignored else frozenset[str]()
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error
    return Judgement(level=level, blame=blame, ignore=ignore)


def named_app(config: pytest.Config, given: Mapping[str, object]) -> ForeignApp | str:
    """The application of the marker, or the name of it there or in the ini file. Raises UsageError where there is none."""
    __tracebackhide__ = True
    named = given.get("app", config.getini("asgi_app"))
    if not named:
        raise pytest.UsageError(
            "asgi_app has no application: mark the test with asgi_app(app=app), or set asgi_app = module:attribute"
        )
    if isinstance(named, str) or _is_app(named):
        return named
    raise pytest.UsageError(f"asgi_app is {named!r}, which cannot be called")


def loaded(named: ForeignApp | str) -> ForeignApp:
    """The application itself. Raises UsageError where its name leads nowhere."""
    __tracebackhide__ = True
    if not isinstance(named, str):
        return named
    try:
        return Target(name=named).load()
    except TargetError as error:
        raise pytest.UsageError(str(error)) from error.__cause__  # what the module raised, if it did


def _is_level(value: object) -> TypeGuard[Level]:
    return value in {"must", "should"}


def _is_parties(value: object) -> TypeGuard[Sequence[Party]]:
    return is_texts(value) and set(value) <= set(PARTIES)


def is_texts(value: object) -> TypeGuard[Sequence[str]]:
    """Whether it is a list, a tuple or a set of texts."""
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(item, str) for item in value)  # pyright: ignore[reportUnknownVariableType]  # of objects


def _is_app(value: object) -> TypeGuard[ForeignApp]:
    return callable(value)
