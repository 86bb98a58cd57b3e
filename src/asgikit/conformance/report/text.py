"""A report for people in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from asgikit.conformance.plain import clipped, one_line, printable
from asgikit.conformance.report.again import command
from asgikit.conformance.report.model import Finding, Report
from asgikit.conformance.report.verdict import by_rule, counted, facts, fails, headline
from asgikit.conformance.reproduce import exchange_table
from asgikit.conformance.rules import Level
from asgikit.conformance.transcript import Step

WIDTH: Final = 110

ALSO: Final = 5
"""So many more findings of the same rule are named, each on a line."""

LINES: Final = 8
"""Lines of the text about a crash."""

_COLOURS: Final = {"must": "1;31", "should": "1;33", "note": "1;36", "bold": "1", "dim": "2", "bad": "31", "good": "1;32"}


@dataclass(frozen=True, slots=True)
class _Paint:
    on: bool

    def __call__(self, colour: str, text: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.on else text


def text(report: Report, *, level: Level = "should", colour: bool = False) -> str:
    """The report in words: what fails the run in full, weaker findings on a line each, then the verdict."""
    paint = _Paint(colour)
    strong = by_rule(finding for finding in report.findings if fails(finding, level))
    weak = by_rule(finding for finding in report.findings if not fails(finding, level))
    parts = [line for group in strong for line in _group(report, group, paint)]
    if weak:
        parts += [paint("bold", "Noted, without failing the run:"), *(_brief(group, paint) for group in weak), ""]
    parts += _troubles(report, paint)
    parts.append(paint("bold", one_line(report.target)) + "  " + ", ".join(facts(report)))
    good = headline(report, level).startswith("No rule broken.")
    parts.append(paint("good" if good else "bad", headline(report, level)))
    return "\n".join(parts) + "\n"


def _group(report: Report, group: tuple[Finding, ...], paint: _Paint) -> Iterator[str]:
    first = group[0]
    violation = first.violation
    blame = f"{violation.level}, blame: {violation.blame}"
    yield f"{paint(violation.level, violation.rule)}  {blame}  {paint('bold', one_line(first.where))}"
    yield from _wrapped(printable(violation.message), "  ")
    yield ""
    yield from _wrapped(f'"{printable(violation.spec)}"', "  | ")
    yield f"  | {one_line(violation.section)}; {violation.where}"
    yield ""
    yield from _table(violation.exchange, paint)
    yield from (f"    {row}" for row in printable(first.wire).splitlines())
    found = f"found by the case {one_line(first.case)}" if first.case else "found in passing"
    yield paint("dim", f"  {found}" + (f", {first.count} times" if first.count > 1 else ""))
    again = command(report, first)
    if again:
        yield paint("dim", "  again: ") + again
    if first.reproducer:
        yield paint("dim", "  without asgikit:")
        yield from ("", *printable(first.reproducer).splitlines(), "")  # at the margin, so that it can be pasted
    yield from _also(group[1:])
    yield ""


def _also(rest: tuple[Finding, ...]) -> Iterator[str]:
    for finding in rest[:ALSO]:
        case, message = one_line(finding.case, 60), one_line(finding.violation.message, WIDTH)
        told = message if message.startswith(f"{case}:") else f"{case}: {message}"
        yield f"  also: {one_line(finding.where, 40)}, {told}"
    if len(rest) > ALSO:
        yield f"  and {counted(len(rest) - ALSO, 'finding')} more of this rule"


def _brief(group: tuple[Finding, ...], paint: _Paint) -> str:
    first = group[0]
    more = f" (and {len(group) - 1} more)" if len(group) > 1 else ""
    where = one_line(first.where, 40)
    return f"  {paint(first.violation.level, first.violation.rule)}  {where}: {one_line(first.violation.message, WIDTH)}{more}"


def _troubles(report: Report, paint: _Paint) -> Iterator[str]:
    crashed = [case for case in report.cases if case.outcome == "crashed"]
    if crashed:
        yield paint("bad", "Crashed or hung:")
        for case in crashed:
            first, *rest = _last_lines(printable(case.detail)) or [""]
            yield f"  {one_line(case.where, 40)}, {one_line(case.name, 60)}: {first}"
            yield from (f"    {row}" for row in rest)
            if again := command(report, case):
                yield paint("dim", "  again: ") + again
        yield ""
    for warning in report.warnings:
        yield from _wrapped(f"warning: {printable(warning)}", "")
    if report.warnings:
        yield ""


def _last_lines(detail: str) -> list[str]:
    """The end of what is known of a crash: what a program says last says most."""
    rows = [clipped(row, 2 * WIDTH) for row in detail.splitlines() if row.strip()]
    return rows if len(rows) <= LINES else [rows[0], "...", *rows[1 - LINES :]]


def _table(steps: tuple[Step, ...], paint: _Paint) -> Iterator[str]:
    for row in exchange_table(steps, width=WIDTH - 2).splitlines():
        yield paint("bad", f"  {row}") if row.startswith(">") else f"  {row}"
    if steps:
        yield ""


def _wrapped(words: str, indent: str) -> list[str]:
    return textwrap.wrap(" ".join(words.split()), WIDTH, initial_indent=indent, subsequent_indent=indent) or [indent.rstrip()]
