"""What people found out about the findings: data that they wrote, matched with what the kit has found."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal, get_args

from asgikit.conformance.rules import catalogue

Kind = Literal["real", "ambiguous", "withheld", "mistaken"]
"""Withheld: reported to its maintainers first. Mistaken: a false alarm of the kit, until it is repaired."""

FOLDER: Final = Path(__file__).parent / "verdicts"
"""Their files."""


def verdict_files() -> tuple[Path, ...]:
    """All that are in the repository."""
    return tuple(sorted(FOLDER.glob("*.toml")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One violation of one project at one place."""

    project: str
    place: str
    rule: str
    blame: str
    message: str
    case: str
    steps: int
    exchange: str = ""
    wire: str = ""

    def __str__(self) -> str:
        return f"{self.project}, {self.place}, {self.rule}, case {self.case}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of some findings: of each that has one of the projects, the rule, and all of the patterns."""

    name: str
    """Its anchor on the page."""
    title: str
    projects: tuple[str, ...]
    rules: tuple[str, ...]
    verdict: Kind
    sentence: str
    """Why; one sentence or two, for its maintainers."""
    places: tuple[str, ...] = ("*",)
    cases: tuple[str, ...] = ("*",)
    message: str = "*"
    reproducer: str = ""
    """A program that shows it with the project alone."""
    app: str = ""
    """Instead, for servers: an application, that is served by each of the projects,"""
    send: tuple[str, ...] = ()
    """and what a client sends: pieces of Latin-1, each after the answer to the one before; $HANDSHAKE opens a WebSocket."""
    arguments: str = ""
    """Further arguments for the servers."""
    prints: tuple[str, ...] = ()
    """Texts that are in what comes of it, if the finding is still there."""
    lacks: tuple[str, ...] = ()
    """Texts that are not in it."""
    like: str = ""
    """The name of the verdict behind which it is told in short, being the same in another project."""
    seen: str = ""
    """Found by hand alone: what happens. The kit need not have found it."""

    def covers(self, found: Found) -> bool:
        """Whether it speaks of this finding."""
        return (
            found.project in self.projects
            and any(fnmatchcase(found.rule, pattern) for pattern in self.rules)
            and any(fnmatchcase(found.place, pattern) for pattern in self.places)
            and any(fnmatchcase(found.case, pattern) for pattern in self.cases)
            and fnmatchcase(found.message, self.message)
        )


_LISTS: Final = frozenset({"projects", "rules", "places", "cases", "send", "prints", "lacks"})


def read_verdicts(*paths: Path) -> tuple[Verdict, ...]:
    """The verdicts of these files. Raises ValueError that names the one which is wrong."""
    found = tuple(_verdict(path, table) for path in paths for table in tomllib.loads(path.read_text())["verdict"])
    names = [verdict.name for verdict in found]
    if len(set(names)) != len(names):
        raise ValueError(f"two verdicts have one name: {sorted(name for name in set(names) if names.count(name) > 1)}")
    return found


def _verdict(path: Path, table: Mapping[str, object]) -> Verdict:
    where = f"{path.name}, {table.get('name', table)}"
    unknown = table.keys() - {field.name for field in fields(Verdict)}
    if unknown:
        raise ValueError(f"{where}: there is no {sorted(unknown)}")
    made = Verdict(**{key: tuple(value) if key in _LISTS else value for key, value in table.items()})
    if made.verdict not in get_args(Kind):
        raise ValueError(f"{where}: a verdict is one of {get_args(Kind)}")
    if not made.sentence.strip().endswith("."):
        raise ValueError(f"{where}: a verdict has a sentence")
    for rule in made.rules:
        if rule not in catalogue() and not (rule == "*" and made.verdict == "mistaken"):
            raise ValueError(f"{where}: there is no rule {rule}")
    return made


class NotVerifiedError(Exception):
    """Something was found of which nobody has said whether it is real."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with all that it speaks of."""

    verdict: Verdict
    found: tuple[Found, ...]

    @property
    def smallest(self) -> Found:
        """The finding with the shortest exchange."""
        return min(self.found, key=lambda found: (found.steps, found.project, found.place))

    @property
    def projects(self) -> tuple[str, ...]:
        """Those in which it was found, in the order of the verdict."""
        seen = {found.project for found in self.found}
        return tuple(project for project in self.verdict.projects if project in seen)


def judge(found: Iterable[Found], verdicts: Sequence[Verdict]) -> tuple[Judged, ...]:
    """Every verdict that something was found for, with it. Raises NotVerifiedError for findings without a verdict."""
    groups: dict[str, list[Found]] = {verdict.name: [] for verdict in verdicts}
    for verdict in verdicts:
        groups[verdict.name] += _by_hand(verdict)
    open_: list[Found] = []
    for each in found:
        verdict = next((verdict for verdict in verdicts if verdict.covers(each)), None)
        if verdict is None:
            open_.append(each)
        else:
            groups[verdict.name].append(each)
    if open_:
        raise NotVerifiedError("not yet verified:\n" + "\n".join(f"  {each}" for each in open_))
    return tuple(Judged(verdict, tuple(groups[verdict.name])) for verdict in verdicts if groups[verdict.name])


def _by_hand(verdict: Verdict) -> list[Found]:
    if not verdict.seen:
        return []
    place, rule = verdict.places[0], verdict.rules[0]
    return [
        Found(project=project, place=place, rule=rule, blame="", message=verdict.seen, case="by hand", steps=0)
        for project in verdict.projects
    ]


def stale(judged: Sequence[Judged], verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The names of verdicts that nothing was found for: fixed, or no longer looked for."""
    used = {each.verdict.name for each in judged}
    return tuple(verdict.name for verdict in verdicts if verdict.name not in used)
