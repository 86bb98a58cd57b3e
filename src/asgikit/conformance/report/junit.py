"""A report as JUnit XML: one test case a case and place, so that a CI shows "n of m"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET

from asgikit.conformance.plain import one_line, printable
from asgikit.conformance.report.model import Case, Finding, Report
from asgikit.conformance.report.verdict import fails
from asgikit.conformance.reproduce import exchange_table
from asgikit.conformance.rules import Level

_OUTCOMES: Final = ("failures", "errors", "skipped")


def junit(report: Report, *, level: Level = "should") -> str:
    """The report as an XML document; findings that do not fail the run are output of their test case."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in report.cases:
        groups.setdefault((case.where, case.name), []).append(case)
    suite = ET.Element("testsuite", name=one_line(report.target))
    suite.append(_properties(report))
    suite.extend(_case(cases, level) for cases in groups.values())
    counts = {"tests": len(groups)} | {name: len(suite.findall(f"testcase/{_TAGS[name]}")) for name in _OUTCOMES}
    for element in (root := ET.Element("testsuites", name="asgikit")), suite:
        for name, count in counts.items():
            element.set(name, str(count))
        element.set("time", f"{report.seconds:.3f}")
    root.append(suite)
    if report.warnings:
        ET.SubElement(suite, "system-err").text = printable("\n".join(report.warnings))
    ET.indent(root)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + ET.tostring(root, encoding="unicode") + "\n"


_TAGS: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _properties(report: Report) -> ET.Element:
    facts = {"kind": report.kind, "examples": str(report.examples), **report.versions}
    if report.seed is not None:
        facts["seed"] = str(report.seed)
    element = ET.Element("properties")
    for name, value in facts.items():
        ET.SubElement(element, "property", name=one_line(name), value=one_line(value))
    return element


def _case(cases: list[Case], level: Level) -> ET.Element:
    seconds = sum(case.seconds for case in cases)
    element = ET.Element("testcase", classname=one_line(cases[0].where), name=one_line(cases[0].name), time=f"{seconds:.3f}")
    outcomes = {case.outcome for case in cases}
    findings = [finding for case in cases for finding in case.findings]
    strong = [finding for finding in findings if fails(finding, level)]
    if "crashed" in outcomes:
        details = [case.detail for case in cases if case.outcome == "crashed"]
        ET.SubElement(element, "error", type="crashed", message=one_line(details[0])).text = _told(strong)
    elif strong:
        first = strong[0].violation
        ET.SubElement(element, "failure", type=first.rule, message=one_line(str(first))).text = _told(strong)
    elif outcomes == {"skipped"}:
        ET.SubElement(element, "skipped", message=one_line(cases[0].detail))
    weak = [finding for finding in findings if not fails(finding, level)]
    if weak:
        ET.SubElement(element, "system-out").text = _told(weak)
    return element


def _told(findings: Iterable[Finding]) -> str:
    return "\n".join(_finding(finding) for finding in findings)


def _finding(finding: Finding) -> str:
    violation = finding.violation
    told = [str(violation), f'"{violation.spec}"', f"{violation.section}; {violation.where}", ""]
    exchange = exchange_table(violation.exchange) + "\n"
    return printable("\n".join([*told, exchange, finding.wire, finding.reproducer]).rstrip() + "\n")
