"""A report as annotations of a GitHub workflow: commands on its standard output."""

from __future__ import annotations

from typing import Final

from asgikit.conformance.plain import one_line, printable
from asgikit.conformance.report.model import Finding, Report
from asgikit.conformance.report.verdict import by_rule, facts, fails, headline
from asgikit.conformance.rules import Level

MESSAGE: Final = 2000
"""Characters of one annotation."""

_COMMANDS: Final = {"must": "error", "should": "warning", "note": "notice"}


def github(report: Report, *, level: Level = "should", source: str = "") -> str:
    """One annotation a rule, the strongest first, for GitHub shows ten of a kind; then the verdict as a plain line.

    `source` is the file of the target in the repository, if it is known.
    """
    told = [_annotation(report, group, level, source) for group in by_rule(report.findings)]
    for case in report.cases:
        if case.outcome == "crashed":
            title = f"{one_line(case.where)}: {one_line(case.name)} crashed or hung"
            told.append(_command("error", title, one_line(case.detail, MESSAGE), source))
    told += [_command("warning", "asgikit", one_line(warning, MESSAGE), source) for warning in report.warnings]
    told.append(f"asgikit: {one_line(report.target)}: {headline(report, level)} ({', '.join(facts(report))})")
    return "\n".join(told) + "\n"


def _annotation(report: Report, group: tuple[Finding, ...], level: Level, source: str) -> str:
    violation = group[0].violation
    kind = _COMMANDS[violation.level] if fails(group[0], level) else "notice"
    places = ", ".join(sorted({one_line(finding.where) for finding in group}))
    message = f'{violation.message}\n{places}\n"{violation.spec}" ({violation.section}, {violation.where})'
    title = f"{violation.rule} ({violation.level}, {violation.blame}) {one_line(report.target)}"
    return _command(kind, title, printable(message)[:MESSAGE], source)


def _command(kind: str, title: str, message: str, source: str) -> str:
    file = f"file={_property(source)},line=1," if source else ""
    return f"::{kind} {file}title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
