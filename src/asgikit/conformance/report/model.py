"""What a run found, as values: every format of report is a function of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from asgikit.conformance.scenario import Scenario
from asgikit.conformance.violations import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A violation, where it was found, and how to see it again."""

    violation: Violation
    where: str
    """"GET /items", "WS /chat", "lifespan"; of a server: the name of the transport, "http/1.1"."""
    case: str
    """The name of the case that found it: "disconnect-mid-upload", "fuzz"."""
    scenario: Scenario | None = None
    """What to replay, for an application."""
    reproducer: str = ""
    """A stand-alone program of at most 15 lines that shows it, without asgikit; empty where none can."""
    wire: str = ""
    """Of a server: the bytes sent and received, as readable text."""
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of the run: what was tried, and how it ended."""

    name: str
    where: str
    rules: tuple[str, ...]
    """The rules that it can find broken."""
    outcome: Literal["passed", "failed", "skipped", "crashed"]
    """Crashed: the target could not be driven to the end (it hung or its process died)."""
    detail: str = ""
    scenario: Scenario | None = None
    """What an application was driven through when it crashed, for all that is known."""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole run."""

    target: str
    """"module:app", or "uvicorn 0.54.0 (h11)"."""
    kind: Literal["application", "server"]
    cases: tuple[Case, ...]
    arguments: tuple[str, ...] = ()
    """What names an application on the command line, beside "module:app"."""
    seed: int | None = None
    examples: int = 0
    """Exchanges that were driven."""
    seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of asgikit, Python and what was checked."""
    warnings: tuple[str, ...] = ()
    """What the run could not do, in sentences."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the cases."""
        return tuple(finding for case in self.cases for finding in case.findings)
