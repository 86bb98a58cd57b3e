"""A report as JSON, for programs: versioned, everything in it, `docs/conformance-report.schema.json` says how."""

from __future__ import annotations

import json
import math
from typing import Final

from asgikit.conformance.plain import clipped, is_items, is_mapping, safe_repr
from asgikit.conformance.replay import to_json
from asgikit.conformance.report.again import replay_case
from asgikit.conformance.report.baseline import known_by
from asgikit.conformance.report.model import Case, Finding, Report
from asgikit.conformance.report.verdict import CLEAN, CRASHED, VIOLATIONS, exit_code, tally
from asgikit.conformance.rules import Level
from asgikit.conformance.transcript import Step

VERSION: Final = 1
"""Of the form: a new key does not change it, everything else does."""

DEPTH: Final = 8
ITEMS: Final = 200
"""So deep, and so many items of one list, a message is written; the rest as {"$repr": "..."}."""

_REPR: Final = 200
_OBJECTS: Final = frozenset({dict})
_WHOLE: Final = 2**53  # what other languages read as the same number (RFC 8259, 6)


def json_report(report: Report, *, level: Level = "should") -> str:
    """The report as a JSON document of ASCII characters."""
    return json.dumps(_document(report, level), indent=2, allow_nan=False) + "\n"


def _document(report: Report, level: Level) -> dict[str, object]:
    code = exit_code(report, level)
    return {
        "version": VERSION,
        "kind": report.kind,
        "target": report.target,
        "verdict": {CLEAN: "clean", VIOLATIONS: "violations", CRASHED: "crashed"}[code],
        "level": level,
        "seed": report.seed,
        "examples": report.examples,
        "seconds": round(report.seconds, 3),
        "versions": dict(report.versions),
        "warnings": list(report.warnings),
        "counts": dict(tally(report.findings)),
        "cases": [_case(case) for case in report.cases],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _case(case: Case) -> dict[str, object]:
    return {
        "name": case.name,
        "where": case.where,
        "rules": list(case.rules),
        "outcome": case.outcome,
        "detail": case.detail,
        "seconds": round(case.seconds, 3),
        "fingerprints": [known_by(finding).fingerprint for finding in case.findings],
    }


def _finding(finding: Finding) -> dict[str, object]:
    violation = finding.violation
    return {
        "fingerprint": known_by(finding).fingerprint,
        "rule": violation.rule,
        "level": violation.level,
        "blame": violation.blame,
        "message": violation.message,
        "spec": violation.spec,
        "section": violation.section,
        "url": violation.url,
        "where": finding.where,
        "case": finding.case,
        "count": finding.count,
        "exchange": [_step(step) for step in violation.exchange],
        "wire": finding.wire,
        "replay": replay_case(finding),
        "scenario": _scenario(finding),
        "reproducer": finding.reproducer,
    }


def _scenario(finding: Finding) -> object:
    """What a file for `--replay` holds, where the word would be too long too."""
    try:
        return None if finding.scenario is None else json.loads(to_json(finding.scenario))
    except ValueError:
        return None


def _step(step: Step) -> dict[str, object]:
    return {"kind": step.kind, "message": json_value(dict(step.message))}


def json_value(value: object, depth: int = DEPTH) -> object:
    """Any value in JSON: bytes as {"$bytes": text of the same code points}, what JSON does not have as {"$repr": text}."""
    if _is_plain(value):
        return value
    if type(value) is bytes:
        return {"$bytes": value.decode("latin-1")}
    if depth and type(value) in {list, tuple} and is_items(value):
        items = [json_value(item, depth - 1) for item in value[:ITEMS]]
        return items if len(value) <= ITEMS else [*items, {"$repr": f"... ({len(value)} items)"}]
    if depth and type(value) in _OBJECTS and is_mapping(value):
        pairs = list(value.items())
        made = {key if type(key) is str else safe_repr(key): json_value(item, depth - 1) for key, item in pairs[:ITEMS]}
        return made if len(pairs) <= ITEMS else {**made, "...": {"$repr": f"... ({len(pairs)} items)"}}
    return {"$repr": clipped(safe_repr(value), _REPR)}


def _is_plain(value: object) -> bool:
    """Whether JSON has it: no subclass of these types, no number that another language would read as another one."""
    if type(value) is int:
        return abs(value) < _WHOLE
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) is bool or type(value) is str
