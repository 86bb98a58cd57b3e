"""What a run comes to: which findings fail it, how many there are of each level, the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from asgikit.conformance.report.model import Finding, Report
from asgikit.conformance.rules import LEVELS, Level

CLEAN: Final = 0
VIOLATIONS: Final = 1
USAGE: Final = 2
CRASHED: Final = 3


def fails(finding: Finding, level: Level) -> bool:
    """Whether a finding fails a run that asks for this level or a stronger one; a note never does."""
    found = finding.violation.level
    return found != "note" and LEVELS.index(found) <= LEVELS.index(level)


def failing(report: Report, level: Level = "should") -> tuple[Finding, ...]:
    """The findings that fail the run."""
    return tuple(finding for finding in report.findings if fails(finding, level))


def exit_code(report: Report, level: Level = "should") -> int:
    """3 if the target crashed or hung in a case, for then the run is not complete; else 1 if a rule was broken; else 0."""
    if any(case.outcome == "crashed" for case in report.cases):
        return CRASHED
    return VIOLATIONS if failing(report, level) else CLEAN


def tally(findings: Iterable[Finding]) -> Mapping[Level, int]:
    """How many findings there are of each level."""
    levels = [finding.violation.level for finding in findings]
    return {level: levels.count(level) for level in LEVELS}


def by_rule(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """The findings, those of one rule together: the strongest level first, then by id."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.violation.rule, []).append(finding)
    ordered = sorted(groups.values(), key=lambda group: (LEVELS.index(group[0].violation.level), group[0].violation.rule))
    return tuple(tuple(group) for group in ordered)


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 case", "2 cases"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def headline(report: Report, level: Level = "should") -> str:
    """The verdict in one sentence."""
    crashed = sum(case.outcome == "crashed" for case in report.cases)
    groups = by_rule(failing(report, level))
    none = "Not complete" if crashed else "No rule broken"
    parts = [f"{counted(len(groups), 'rule')} broken" if groups else none]
    if groups:
        of = tally(group[0] for group in groups)
        parts.append(", ".join(f"{of[each]} {each}" for each in LEVELS if of[each]))
    text = ": ".join(parts)
    if crashed:
        text += f"; {counted(crashed, 'case')} crashed or hung"
    return text + "."


def facts(report: Report) -> tuple[str, ...]:
    """What was done: "31 cases", "1,284 exchanges", "4.2 s", "seed 0"."""
    made = [counted(len(report.cases), "case")]
    skipped = sum(case.outcome == "skipped" for case in report.cases)
    if skipped:
        made.append(f"{skipped} skipped")
    if report.examples:
        made.append(counted(report.examples, "exchange"))
    made.append(f"{report.seconds:.1f} s")
    if report.seed is not None:
        made.append(f"seed {report.seed}")
    return tuple(made)
