"""What the pytest plugin is told of an application, by the marker `asgi_app` and the ini options.

The plugin itself is in `asgikit.testing.plugin`. Assertions over whole places are in `properties`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

import pytest

from asgikit.asgi import ForeignApp
from asgikit.conformance.rules import LEVELS, PARTIES, Level, Party, select
from asgikit.conformance.targets import Target, TargetError

_LEVELS: Final = "'must', 'should' or 'note', in the marker also None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Which broken rules fail a test."""

    level: Level | None
    """The weakest one that fails it at its end, whatever has driven the application; None: there is none."""
    check: Level | None
    """The weakest one that fails it where a client of the fixtures meets it."""
    blame: Sequence[Party]
    ignore: frozenset[str]


def misuse(text: str) -> BaseException:
    """The error of a fixture that cannot be made: one line that says what to write, without the way through the plugin."""
    return pytest.fail.Exception(text, pytrace=False)


def marked(request: pytest.FixtureRequest, known: Collection[str]) -> Mapping[str, object]:
    """The keywords of the markers, of each the nearest. Fails for arguments without a name, and for names that are not known."""
    node: pytest.Item = request.node
    chosen: dict[str, object] = {}
    for marker in node.iter_markers("asgi_app"):
        if marker.args:
            raise misuse("the marker takes keywords, as pytest decorates a function that is its argument: asgi_app(app=app)")
        if unknown := [name for name in marker.kwargs if name not in known]:
            raise misuse(f"the marker asgi_app has no {', '.join(unknown)}: it takes {', '.join(known)}")
        chosen = {**marker.kwargs, **chosen}
    return chosen


def judgement(config: pytest.Config, given: Mapping[str, object]) -> Judgement:
    """What the markers say, and where they say nothing, the ini file. Fails with what to write."""
    said = {name: config.getini(f"asgi_{name}") for name in ("level", "blame", "ignore")}
    level, check = (given.get(name, given.get(other, said["level"])) for name, other in (("level", "check"), ("check", "level")))
    blame, ignored = (given.get(name, said[name]) for name in ("blame", "ignore"))
    if not _is_parties(blame):
        raise misuse(f"{_source('blame', given)} is {blame!r}: write some of {', '.join(PARTIES)}")
    if not _is_level(check):
        raise misuse(f"{_source('check' if 'check' in given else 'level', given)} is {check!r}: write {_LEVELS}")
    if not _is_level(level):
        raise misuse(f"{_source('level', given)} is {level!r}: write {_LEVELS}")
    if not is_texts(ignored):
        raise misuse(f"{_source('ignore', given)} is {ignored!r}: write a list of rules")
    try:
        ignore = select(ignored) if ignored else frozenset[str]()
    except ValueError as error:
        raise misuse(f"{_source('ignore', given)}: {error}") from None
    return Judgement(level=level, check=check, blame=blame, ignore=ignore)


def _source(name: str, given: Mapping[str, object]) -> str:
    """Who has said it."""
    return f"{name} of the marker asgi_app" if name in given else f"asgi_{name}"


def named_app(config: pytest.Config, given: Mapping[str, object]) -> ForeignApp | str:
    """The application of the marker, or the name of it there or in the ini file. Fails where there is none."""
    named = given.get("app", config.getini("asgi_app"))
    if not named:
        raise misuse("asgi_app has no application: mark the test with asgi_app(app=app), or set asgi_app = module:attribute")
    if isinstance(named, str) or _is_app(named):
        return named
    raise misuse(f"asgi_app is {named!r}, which cannot be called")


def loaded(named: ForeignApp | str) -> ForeignApp:
    """The application itself. Fails where its name leads nowhere; what its module raises, it raises with a note."""
    if not isinstance(named, str):
        return named
    try:
        return Target(name=named).load()
    except TargetError as error:
        text, cause = f"asgi_app: {error}", error.__cause__
    if cause is None:
        raise misuse(text)
    cause.add_note(text)
    raise cause


def _is_level(value: object) -> TypeGuard[Level | None]:
    return value is None or value in LEVELS


def _is_parties(value: object) -> TypeGuard[Sequence[Party]]:
    return is_texts(value) and set(value) <= set(PARTIES)


def is_texts(value: object) -> TypeGuard[Sequence[str]]:
    """Whether it is a list, a tuple or a set of texts."""
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(item, str) for item in value)  # pyright: ignore[reportUnknownVariableType]  # of objects


def _is_app(value: object) -> TypeGuard[ForeignApp]:
    return callable(value)
