"""The violations that a project knows of: a JSON file, sorted, one on each line, so that a change of it reads well."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from asgikit.conformance.plain import is_items, is_mapping, safe_repr
from asgikit.conformance.report.model import Case, Finding, Report

VERSION: Final = 1

MAX_FILE: Final = 2**24
"""Characters of a baseline that are read."""

_VARIANT: Final = re.compile(r"(?:\[.*\]|[-_ #]?\d+)$", re.DOTALL)
"""What ends the name of a case and tells it from others of its kind: "cut-at-17", "disconnect[raise]"."""


class Known(NamedTuple):
    """What a finding is known by: the rule, the place and the kind of the case, but no line and no value."""

    rule: str
    where: str
    case: str

    @property
    def fingerprint(self) -> str:
        """The same three as 16 hexadecimal digits."""
        return hashlib.sha256("\n".join(self).encode(errors="backslashreplace")).hexdigest()[:16]


class Split(NamedTuple):
    """A report against a baseline."""

    report: Report
    """The report with its new findings only; a case that has no other has passed."""
    known: tuple[Finding, ...]
    gone: tuple[Known, ...]
    """What was looked for again and not found. Of "fuzz" cases: it may still be there."""


def kind_of(case: str) -> str:
    """The kind of a case: its name without what tells it from others of its kind."""
    while (short := _VARIANT.sub("", case)) not in {case, ""}:
        case = short
    return case


def known_by(finding: Finding) -> Known:
    """What the finding is known by."""
    return Known(finding.violation.rule, finding.where, kind_of(finding.case))


def split(report: Report, baseline: Collection[Known]) -> Split:
    """Tells new findings from known ones, and names the known ones that are gone."""
    there = {known_by(finding) for finding in report.findings}
    tried = _tried(report)
    gone = sorted(entry for entry in set(baseline) - there if (entry.where, entry.case) in tried)
    known = tuple(finding for finding in report.findings if known_by(finding) in baseline)
    cases = tuple(_without(case, baseline) for case in report.cases)
    return Split(replace(report, cases=cases), known, tuple(gone))


def _tried(report: Report) -> set[tuple[str, str]]:
    return {(case.where, kind_of(case.name)) for case in report.cases if case.outcome in {"passed", "failed"}}


def _without(case: Case, baseline: Collection[Known]) -> Case:
    new = tuple(finding for finding in case.findings if known_by(finding) not in baseline)
    if len(new) == len(case.findings):
        return case
    return replace(case, findings=new, outcome="passed" if case.outcome == "failed" and not new else case.outcome)


def update(report: Report, baseline: Collection[Known]) -> tuple[Known, ...]:
    """The baseline after this run: what it found, and of the old entries those that it did not look for."""
    tried = _tried(report)
    kept = {entry for entry in baseline if (entry.where, entry.case) not in tried}
    return tuple(sorted(kept | {known_by(finding) for finding in report.findings if finding.violation.level != "note"}))


def write(known: Iterable[Known]) -> str:
    """The text of a baseline file."""
    entries = [json.dumps(entry._asdict()) for entry in sorted(set(known))]
    listed = "".join(f"\n    {entry}," for entry in entries)[:-1] + ("\n  " if entries else "")
    return f'{{\n  "version": {VERSION},\n  "known": [{listed}]\n}}\n'


def read(text: str) -> tuple[Known, ...]:
    """The entries of a baseline file. Raises ValueError for what is none."""
    if len(text) > MAX_FILE:
        raise ValueError(f"a baseline has at most {MAX_FILE:,} characters")
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not is_mapping(data) or set(data) != {"version", "known"}:
        raise ValueError('a baseline is an object of "version" and "known"')
    if data["version"] != VERSION or isinstance(data["version"], bool):
        raise ValueError(f"version {safe_repr(data['version'])} is not {VERSION}: write it anew with --update-baseline")
    known = data["known"]
    if not is_items(known):
        raise ValueError('"known" is a list')
    return tuple(sorted({_entry(number, item) for number, item in enumerate(known, 1)}))


def _entry(number: int, item: object) -> Known:
    if is_mapping(item) and set(item) == set(Known._fields):
        rule, where, case = (item[name] for name in Known._fields)
        if isinstance(rule, str) and isinstance(where, str) and isinstance(case, str):
            return Known(rule, where, case)
    raise ValueError(f'entry {number} is not an object of the texts "rule", "where" and "case"')
