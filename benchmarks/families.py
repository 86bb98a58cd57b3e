"""The families of scenarios: requests that carry nothing, bodies, and middleware."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.apps import BUILDERS
from benchmarks.bodies import BODY_BUILDERS
from benchmarks.bodies import report as bodies
from benchmarks.bodies.scenarios import body_scenarios
from benchmarks.report import Results, Target
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.shelf import SHELF_BUILDERS
from benchmarks.shelf import report as shelf
from benchmarks.shelf.scenarios import SHELF


@dataclass(frozen=True)
class Family:
    """Scenarios that are measured and shown together; the share of rounds and of time that they have."""

    name: str
    scenarios: tuple[Scenario[Any], ...]
    builders: Mapping[str, Any]
    text: Callable[[Results], str]
    targets: Callable[[Results], tuple[Target, ...]]
    rounds: float = 1
    time: float = 1


def families(directory: Path) -> tuple[Family, ...]:
    """All, in the order in which they run; there is a directory for files."""
    return (
        Family("requests", SCENARIOS, BUILDERS, report.text, report.targets),
        Family("bodies", body_scenarios(directory), BODY_BUILDERS, bodies.text, bodies.targets, rounds=0.3, time=0.7),
        Family("shelf", SHELF, SHELF_BUILDERS, shelf.text, shelf.targets, time=0.5),
    )
