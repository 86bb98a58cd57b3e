"""A report as one HTML page: nothing loaded from elsewhere, no script, every exchange drawn."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib.resources import files
from typing import Final

from asgikit.conformance.plain import one_line, printable
from asgikit.conformance.report.again import command
from asgikit.conformance.report.diagram import sequence_diagram, styles
from asgikit.conformance.report.model import Case, Finding, Report
from asgikit.conformance.report.verdict import by_rule, exit_code, facts, headline, tally
from asgikit.conformance.rules import LEVELS, Level, rule
from asgikit.conformance.steps import in_full

DRAWN: Final = 200
"""Findings whose exchange is drawn; of those behind them the sentence is enough, and the page stays readable."""

_VERDICTS: Final[Mapping[int, str]] = {0: "clean", 1: "broken", 3: "crashed"}


def html_page(report: Report, *, level: Level = "should") -> str:
    """The report as a page that is complete in itself."""
    css = styles() + files("asgikit.conformance.report").joinpath("page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    groups = by_rule(report.findings)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">',
        f"<title>{_text(report.target)}: ASGI conformance</title>",
        f"<style>{css}</style></head><body>",
        *_head(report, level),
        *_filters(report),
        "<main>",
        *_troubles(report),
        *_matrix(groups),
        *_groups(report, groups),
        *_cases(report.cases),
        "</main>",
        f"<footer>{_text(', '.join(f'{name} {version}' for name, version in report.versions.items()))}</footer>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _text(text: str) -> str:
    return escape(printable(text))


def _head(report: Report, level: Level) -> Iterator[str]:
    verdict = _VERDICTS[exit_code(report, level)]
    yield f'<header><p class="over">ASGI conformance of {"a server" if report.kind == "server" else "an application"}</p>'
    yield f"<h1>{_text(one_line(report.target))}</h1>"
    yield f'<p class="verdict {verdict}">{_text(headline(report, level))}</p>'
    yield f'<ul class="facts">{"".join(f"<li>{_text(fact)}</li>" for fact in facts(report))}</ul></header>'


def _filters(report: Report) -> Iterator[str]:
    """The boxes stand before what they filter: the style sheet does it, by what follows a box that is not checked."""
    if not report.findings:
        return
    counts = tally(report.findings)
    for level in LEVELS:
        yield f'<input class="filter" type="checkbox" id="show-{level}" checked>'
    labels = (f'<label class="{level}" for="show-{level}">{level} <b>{counts[level]}</b></label>' for level in LEVELS)
    yield f'<p class="filters"><span>Show findings:</span> {"".join(labels)}</p>'


def _troubles(report: Report) -> Iterator[str]:
    for case in report.cases:
        if case.outcome == "crashed":
            place = f"<b>{_text(one_line(case.where))}, {_text(one_line(case.name))}</b>"
            yield f'<p class="trouble crashed">Crashed or hung: {place}: {_text(one_line(case.detail))}</p>'
    for warning in report.warnings:
        yield f'<p class="trouble">{_text(one_line(warning, 1000))}</p>'


def _matrix(groups: tuple[tuple[Finding, ...], ...]) -> Iterator[str]:
    """Rules in rows, places in columns, the number of findings where they meet."""
    if not groups:
        return
    places = sorted({finding.where for group in groups for finding in group})
    yield '<section><h2>Rules and places</h2><div class="wide" tabindex="0"><table class="matrix">'
    yield '<thead><tr><th scope="col">rule</th>'
    yield "".join(f'<th scope="col">{_text(one_line(place, 60))}</th>' for place in places) + "</tr></thead><tbody>"
    for group in groups:
        first = group[0].violation
        cells = (sum(finding.where == place for finding in group) for place in places)
        counted = "".join(f'<td class="hit">{cell}</td>' if cell else '<td class="miss">·</td>' for cell in cells)
        link = f'<a href="#{_text(first.rule)}">{_text(first.rule)}</a>'
        yield f'<tr class="{first.level}"><th scope="row">{link} <span class="level">{first.level}</span></th>{counted}</tr>'
    yield "</tbody></table></div></section>"


def _groups(report: Report, groups: tuple[tuple[Finding, ...], ...]) -> Iterator[str]:
    number = 0
    for group in groups:
        violation = group[0].violation
        found = rule(violation.rule)
        yield f'<section class="rule {violation.level}" id="{_text(found.id)}">'
        yield f'<h2>{_text(found.id)} <span class="level">{violation.level}</span></h2><p class="says">{_text(found.text)}</p>'
        yield f'<blockquote cite="{_text(found.spec_url)}"><p>{_text(found.quote)}</p>'
        yield f'<footer><a href="{_text(found.spec_url)}" rel="noreferrer">{_text(found.section)}</a></footer></blockquote>'
        if found.ambiguity:
            yield f'<p class="ambiguity">{_text(found.ambiguity)}</p>'
        for finding in group:
            number += 1
            yield from _finding(report, finding, number, is_open=finding is group[0])
        yield "</section>"


def _finding(report: Report, finding: Finding, number: int, *, is_open: bool) -> Iterator[str]:
    violation = finding.violation
    times = f' <span class="times">{finding.count} times</span>' if finding.count > 1 else ""
    yield f'<details class="finding"{" open" if is_open else ""}><summary><b>{_text(one_line(finding.where))}</b>'
    yield f'<span class="case">{_text(one_line(finding.case))}</span>{times}<span class="blame">blame: {violation.blame}</span>'
    yield f'<span class="message">{_text(one_line(violation.message, 600))}</span></summary>'
    if number <= DRAWN:
        diagram = sequence_diagram(violation.exchange, blame=violation.blame, name=f"exchange-{number}", styled=False)
        yield f'<div class="wide" tabindex="0">{diagram}</div>' if diagram else ""
        if violation.exchange:
            messages = f'<pre tabindex="0">{_text(in_full(violation.exchange))}</pre>'
            yield f'<details class="full"><summary>Every message in full</summary>{messages}</details>'
        yield from _block("Bytes on the wire", finding.wire)
        yield from _block("Replay", command(report, finding))
        yield from _block("Without asgikit", finding.reproducer)
    yield "</details>"


def _block(title: str, text: str) -> Iterable[str]:
    return (f'<h3>{title}</h3><pre tabindex="0">{_text(text.strip())}</pre>',) if text.strip() else ()


def _cases(cases: tuple[Case, ...]) -> Iterator[str]:
    """Every case by its place, the places folded."""
    places: dict[str, list[Case]] = {}
    for case in cases:
        places.setdefault(case.where, []).append(case)
    yield f"<section><h2>Cases</h2>{'' if cases else '<p>None was run.</p>'}"
    for place, there in places.items():
        passed = sum(case.outcome == "passed" for case in there)
        summary = f"<b>{_text(one_line(place))}</b><span>{passed} of {len(there)} passed</span>"
        yield f'<details class="place"><summary>{summary}</summary>'
        yield '<div class="wide" tabindex="0"><table><tbody>'
        for case in there:
            outcome = case.outcome
            yield f'<tr class="{outcome}"><th scope="row">{_text(one_line(case.name))}</th><td>{outcome}</td>'
            yield f"<td>{case.seconds:.2f} s</td><td>{_text(one_line(case.detail))}</td></tr>"
        yield "</tbody></table></div></details>"
    yield "</section>"
