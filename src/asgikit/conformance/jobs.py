"""What passes between a process that explores and the one that started it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from asgikit.conformance.battery import Explored
from asgikit.conformance.copies import evidence
from asgikit.conformance.explore import ExploreSettings
from asgikit.conformance.place import Place
from asgikit.conformance.report.model import Case, Finding
from asgikit.conformance.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a process has to do."""

    target: Target
    place: Place | None
    """Where to explore; None: only to say which places there are."""
    settings: ExploreSettings
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Progressed:
    """A sign of life."""

    done: int
    of: int
    name: str


@dataclass(frozen=True, slots=True)
class Discovered:
    """The places of an application."""

    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """What was found at a place, and the versions of what was loaded."""

    explored: Explored
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why the application cannot be explored at all."""

    reason: str


Frame: TypeAlias = Progressed | Discovered | Finished | Failed
"""What a process tells, one after the other."""


def portable(explored: Explored) -> Explored:
    """The same without values that only mean something in this process: they become their text."""
    return Explored(
        cases=tuple(_portable_case(case) for case in explored.cases), warnings=explored.warnings, exchanges=explored.exchanges
    )


def _portable_case(case: Case) -> Case:
    return replace(case, findings=tuple(_portable_finding(finding) for finding in case.findings))


def _portable_finding(finding: Finding) -> Finding:
    steps = evidence(finding.violation.exchange)
    return replace(finding, violation=replace(finding.violation, exchange=steps))
