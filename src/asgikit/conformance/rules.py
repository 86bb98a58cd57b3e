"""The rules of the ASGI specification: a catalogue, kept as data beside this file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias, TypeGuard, get_args

Level: TypeAlias = Literal["must", "should", "note"]
"""A note is reported but never fails a run: the text is ambiguous there, or practice is against it."""

LEVELS: Final[tuple[Level, ...]] = ("must", "should", "note")
"""From the strongest."""


def at_least(level: Level) -> tuple[Level, ...]:
    """That level and the stronger ones."""
    return LEVELS[: LEVELS.index(level) + 1]


Party: TypeAlias = Literal["app", "server", "middleware"]

PARTIES: Final[tuple[Party, ...]] = ("app", "server", "middleware")

Basis: TypeAlias = Literal["spec", "implied", "rfc"]
"""Stated by the ASGI specification, needed for its text to make sense, or stated by an RFC on HTTP or WebSocket."""

Check: TypeAlias = Literal["passive", "driven", "server", "none"]
"""By watching an exchange, by an in-process driver that provokes it, at a real server, or by no program."""

GROUPS: Final = ("core", "version", "http", "semantics", "websocket", "lifespan", "extensions", "tls", "cancellation", "wsgi")
"""The files of the catalogue, `catalogue/<group>.toml`, in the order of the documentation."""

DOCS: Final = "docs/rules.md"
"""The page of all rules, in the repository and the source distribution; `asgikit rules ID` prints one without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: whom it binds, how strongly, what it says in plain words and in the specification's."""

    id: str
    """"HTTP-RESP-005"."""
    group: str
    binds: tuple[Party, ...]
    level: Level
    basis: Basis
    section: str
    """"www, Response Start - send event" or "RFC 9110, 8.6"."""
    text: str
    """The rule in plain words: one sentence."""
    quote: str
    """The sentence of the specification or RFC that says or implies it, literally."""
    example: str
    """How it is broken, in a line or two of Python or in words."""
    how: str
    """How it is checked, in plain words."""
    checks: tuple[Check, ...]
    since: str = ""
    """The spec_version that brought it, "2.4"; empty when it always held."""
    ambiguity: str = ""
    """What the text leaves open and how servers differ, if it does."""

    @property
    def url(self) -> str:
        """Its anchor in the documentation."""
        return f"{DOCS}#{self.id.lower()}"

    @property
    def spec_url(self) -> str:
        """Where its section can be read, as published."""
        return section_url(self.section)


_SPEC: Final = "https://asgi.readthedocs.io/en/latest/"
_PAGES: Final = {
    "asgi": "specs/main.html",
    "www": "specs/www.html",
    "lifespan": "specs/lifespan.html",
    "tls": "specs/tls.html",
    "extensions": "extensions.html",
}
_ANCHORS: Final = {  # headings that a page has twice
    "Disconnect - receive event (ws)": "disconnect-receive-event-ws",
    "Disconnected Client - send exception (ws)": "id2",
}
_RFC: Final = re.compile(r"RFC (\d+), (\d+(?:\.\d+)*)")
_PEP: Final = re.compile(r"PEP (\d+)")


def section_url(section: str) -> str:
    """The published text of a section, "www, Response Start - send event" or "RFC 9110, 8.6"; ValueError for any other."""
    if (rfc := _RFC.match(section)) is not None:
        return f"https://www.rfc-editor.org/rfc/rfc{rfc[1]}#section-{rfc[2]}"
    if (pep := _PEP.match(section)) is not None:
        return f"https://peps.python.org/pep-{int(pep[1]):04}/"
    page, _, heading = section.partition(", ")
    if page not in _PAGES:
        raise ValueError(f"the section {section!r} is in no document that is known: {', '.join(_PAGES)}, RFC n, PEP n")
    anchor = _ANCHORS.get(heading) or re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
    return f"{_SPEC}{_PAGES[page]}#{anchor}" if anchor else f"{_SPEC}{_PAGES[page]}"


_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {"level": get_args(Level), "basis": get_args(Basis)}
_LISTS: Final[Mapping[str, tuple[str, ...]]] = {"binds": get_args(Party), "checks": get_args(Check)}
_KEYS: Final = {field.name: field.default is MISSING for field in fields(Rule) if field.name not in {"id", "group"}}


def parse_rules(group: str, text: str) -> dict[str, Rule]:
    """The rules in the text of one file of the catalogue: a TOML table for each, named by its id.

    Raises ValueError that names the rule and the key, for a key that is unknown or missing and for a wrong value.
    """
    return {rule_id: _parse(rule_id, group, table) for rule_id, table in tomllib.loads(text).items()}


def _parse(rule_id: str, group: str, table: object) -> Rule:
    if not _is_table(table):
        raise ValueError(f"{rule_id} is a value, not a table")
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"{rule_id} has the key {key!r}: a rule has {', '.join(_KEYS)}")
    for key, required in _KEYS.items():
        if required and key not in table:
            raise ValueError(f"{rule_id} lacks the key {key!r}")
    rule = Rule(id=rule_id, group=group, **{key: _checked(rule_id, key, value) for key, value in table.items()})
    section_url(rule.section)
    return rule


def _checked(rule_id: str, key: str, value: object) -> Any:  # noqa: ANN401  # of the type that the field has
    if key in _LISTS:
        if not _is_list(value) or not value or any(item not in _LISTS[key] for item in value):
            raise ValueError(f"{key!r} of {rule_id} is {value!r}: write a list of {', '.join(_LISTS[key])}")
        return tuple(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key!r} of {rule_id} is {value!r}: write a text")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise ValueError(f"{key!r} of {rule_id} is {value!r}: write {' or '.join(_CHOICES[key])}")
    return value


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


@cache
def catalogue() -> Mapping[str, Rule]:
    """All rules by id, in the order of the documentation; read from the package at the first call."""
    folder = files("asgikit.conformance").joinpath("catalogue")
    found: dict[str, Rule] = {}
    for group in GROUPS:
        found |= parse_rules(group, folder.joinpath(f"{group}.toml").read_text(encoding="utf-8"))
    return MappingProxyType(found)


def rule(rule_id: str) -> Rule:
    """The rule of this id. Raises KeyError that names the ids nearest to an unknown one."""
    try:
        return catalogue()[rule_id]
    except KeyError:
        raise KeyError(f"there is no rule {_advice(rule_id)}") from None


def select(patterns: Iterable[str]) -> frozenset[str]:
    """The ids that match any of the patterns: "WS-SEND-004", "HTTP-*", in any case.

    Raises ValueError for a pattern that matches none, with the ids nearest to it.
    """
    found: set[str] = set()
    for pattern in patterns:
        matching = [rule_id for rule_id in catalogue() if fnmatchcase(rule_id, pattern.strip().upper())]
        if not matching:
            raise ValueError(f"no rule matches {_advice(pattern)}")
        found.update(matching)
    return frozenset(found)


_LONGEST: Final = 40
"""Characters of an unknown id that an error repeats and looks for; more than any id has."""


def _advice(text: str) -> str:
    shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    near = get_close_matches(shown.strip(" *?").upper(), catalogue(), n=3, cutoff=0.6)
    if near:
        return f"{shown!r}: did you mean {' or '.join(near)}?"
    prefixes = dict.fromkeys(f"{rule_id.rpartition('-')[0]}-*" for rule_id in catalogue())
    return f"{shown!r}: the ids are {', '.join(prefixes)}"
