"""What passes between a process that explores and the one that started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from typing_extensions import TypeIs

from asgikit.conformance.copies import evidence
from asgikit.conformance.explore import ExploreSettings
from asgikit.conformance.place import Place
from asgikit.conformance.report.model import Case, Finding
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a process has to do."""

    target: Target
    place: Place | None
    """Where to explore; None: only to say which places there are."""
    settings: ExploreSettings
    """Their seconds are those of this place."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The application is imported."""


@dataclass(frozen=True, slots=True)
class Progressed:
    """A sign of life."""

    done: int
    of: int
    name: str


@dataclass(frozen=True, slots=True)
class Trying:
    """What the application is driven through next: its last, perhaps."""

    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Found:
    """A case that is done."""

    case: Case


@dataclass(frozen=True, slots=True)
class Discovered:
    """The places of an application; none where it does not tell them."""

    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """A place is explored: what there is to say beside its cases, and the versions of what was loaded."""

    warnings: tuple[str, ...]
    exchanges: int
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why the application cannot be explored at all."""

    reason: str


Frame: TypeAlias = Loaded | Progressed | Trying | Found | Discovered | Finished | Failed
"""What a process tells, one after the other; the last is one of the last three."""


def is_frame(value: object) -> TypeIs[Frame]:
    """Whether it is one: what comes through a pipe may be anything."""
    return isinstance(value, Loaded | Progressed | Trying | Found | Discovered | Finished | Failed)


def portable(case: Case) -> Case:
    """The same without values that only mean something in this process: they become their text."""
    return replace(case, findings=tuple(_portable_finding(finding) for finding in case.findings))


def _portable_finding(finding: Finding) -> Finding:
    steps = evidence(finding.violation.exchange)
    return replace(finding, violation=replace(finding.violation, exchange=steps))
