"""A report as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

from asgikit.conformance.plain import one_line, printable
from asgikit.conformance.report.baseline import known_by
from asgikit.conformance.report.model import Finding, Report
from asgikit.conformance.report.verdict import CRASHED, exit_code
from asgikit.conformance.reproduce import exchange_table
from asgikit.conformance.rules import Level, Rule, rule

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

LEVELS: Final[Mapping[Level, str]] = {"must": "error", "should": "warning", "note": "note"}


def sarif(report: Report, *, level: Level = "should", source: str = "") -> str:
    """The report as a SARIF log of one run; `source` is the file of the target, by default what its name says.

    A result has the fingerprint of its rule, place and kind of case, so it stays the same over changes of lines.
    """
    code = exit_code(report, level)
    uri = _uri(source) if source else file_of(report)
    rules = sorted({finding.violation.rule for finding in report.findings})
    driver: dict[str, object] = {"name": "asgikit", "rules": [_rule(rule(id_)) for id_ in rules]}
    if version := report.versions.get("asgikit"):
        driver["version"] = version
    invocation = {
        "executionSuccessful": code != CRASHED,
        "exitCode": code,
        "toolExecutionNotifications": [*_notifications(report)],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "results": [_result(finding, rules, report.target, uri) for finding in report.findings],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def file_of(report: Report) -> str:
    """The file that the target's name says: "shop/asgi.py" of "shop.asgi:app"; of a server no more than its name."""
    if report.kind == "server":
        return _uri(report.target.split(" ", 1)[0].replace("/", "_"))
    return _uri(report.target.partition(":")[0].replace(".", "/") + ".py")


def _uri(file: str) -> str:
    return quote(file, errors="replace")


def _rule(found: Rule) -> dict[str, object]:
    return {
        "id": found.id,
        "shortDescription": {"text": found.text},
        "fullDescription": {"text": f'"{found.quote}" ({found.section})'},
        "help": {"text": f"Broken by: {found.example}\nChecked: {found.how}\n{found.ambiguity}".rstrip()},
        "helpUri": found.spec_url,
        "defaultConfiguration": {"level": LEVELS[found.level]},
        "properties": {"tags": ["asgi", found.group, *(f"binds-{party}" for party in found.binds)]},
    }


def _result(finding: Finding, rules: list[str], target: str, source: str) -> dict[str, object]:
    violation = finding.violation
    known = known_by(finding)
    place = {"fullyQualifiedName": f"{one_line(target)} {one_line(finding.where)}", "kind": "function"}
    return {
        "ruleId": violation.rule,
        "ruleIndex": rules.index(violation.rule),
        "level": LEVELS[violation.level],
        "message": {"text": printable(f"{finding.where}: {violation.message}")},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": source}, "region": {"startLine": 1}},
                "logicalLocations": [place],
            }
        ],
        "partialFingerprints": {"asgikit/v1": known.fingerprint},
        "occurrenceCount": max(finding.count, 1),
        "properties": {
            "blame": violation.blame,
            "case": one_line(finding.case),
            "exchange": exchange_table(violation.exchange).splitlines(),
            "reproducer": printable(finding.reproducer),
        },
    }


def _notifications(report: Report) -> Iterable[dict[str, object]]:
    for case in report.cases:
        if case.outcome == "crashed":
            words = f"{one_line(case.where)}, {one_line(case.name)}: {one_line(case.detail)}"
            yield {"level": "error", "message": {"text": words}}
    for warning in report.warnings:
        yield {"level": "warning", "message": {"text": one_line(warning)}}
