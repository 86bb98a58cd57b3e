"""A picture of rules and projects, as SVG: one square for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from asgikit.conformance.rules import rule
from benchmarks.conformance.projects import FRAMEWORKS, SERVERS
from benchmarks.conformance.verdicts import Judged

CELL: Final = 18
LEFT: Final = 130
TOP: Final = 170
LOOK: Final = 'font-family="sans-serif" font-size="11" role="img" aria-label="Rules and projects: what was found where"'
GAP: Final = 14
"""Between frameworks and servers."""

COLOURS: Final = {"must": "#c0392b", "should": "#e08e2b", "note": "#9fb3c8"}
LEVELS: Final = ("must", "should", "note")


def picture(judged: Sequence[Judged]) -> str:
    """A row for each rule, a column for each project; ambiguous findings are outlines."""
    rows = sorted(
        {found.rule for each in judged for found in each.found}, key=lambda each: (LEVELS.index(rule(each).level), each)
    )
    columns = [project.key for project in (*FRAMEWORKS, *SERVERS)]
    width = LEFT + CELL * len(columns) + GAP + 70
    height = TOP + CELL * len(rows) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {LOOK}>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_heads(columns),
        *(part for index, each in enumerate(rows) for part in _row(each, index, len(columns))),
        *_cells(judged, rows, columns),
        *_key(height - 18),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(column: int) -> int:
    return LEFT + CELL * column + (GAP if column >= len(FRAMEWORKS) else 0)


def _heads(columns: Sequence[str]) -> Iterator[str]:
    names = {project.key: project.name for project in (*FRAMEWORKS, *SERVERS)}
    for index, key in enumerate(columns):
        x = _x(index) + CELL / 2 + 4
        yield f'<text transform="translate({x} {TOP - 8}) rotate(-60)">{escape(names[key])}</text>'


def _row(name: str, index: int, columns: int) -> Iterator[str]:
    y = TOP + CELL * index
    if index % 2 == 0:
        yield f'<rect x="0" y="{y}" width="{_x(columns)}" height="{CELL}" fill="#f4f6f8"/>'
    yield f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>'


def _cells(judged: Sequence[Judged], rows: Sequence[str], columns: Sequence[str]) -> Iterator[str]:
    seen: dict[tuple[str, str], bool] = {}
    for each in judged:
        for found in each.found:
            key = found.rule, found.project
            seen[key] = seen.get(key, False) or each.verdict.verdict == "real"
    for (broken, project), is_real in seen.items():
        x, y = _x(columns.index(project)) + 3, TOP + CELL * rows.index(broken) + 3
        colour = COLOURS[rule(broken).level]
        fill = f'fill="{colour}"' if is_real else f'fill="#ffffff" stroke="{colour}" stroke-width="2"'
        inset = 0 if is_real else 1
        side = CELL - 6 - 2 * inset
        title = f"<title>{escape(broken)}, {escape(project)}{'' if is_real else ': ambiguous'}</title>"
        yield f'<rect x="{x + inset}" y="{y + inset}" width="{side}" height="{side}" rx="2" {fill}>{title}</rect>'


def _key(y: int) -> Iterator[str]:
    x = LEFT
    for level in LEVELS:
        yield f'<rect x="{x}" y="{y}" width="12" height="12" rx="2" fill="{COLOURS[level]}"/>'
        yield f'<text x="{x + 17}" y="{y + 10}">{level}</text>'
        x += 75
    yield f'<rect x="{x + 1}" y="{y + 1}" width="10" height="10" rx="2" fill="#ffffff" stroke="#555555" stroke-width="2"/>'
    yield f'<text x="{x + 17}" y="{y + 10}">ambiguous</text>'
