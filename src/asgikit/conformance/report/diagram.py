"""The exchange as a sequence diagram in SVG: the server's lifeline, the application's, an arrow a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Final

from asgikit.conformance.plain import clipped, printable
from asgikit.conformance.steps import ENDS, Line, lines
from asgikit.conformance.transcript import Step
from asgikit.conformance.violations import Blame

WIDTH: Final = 760
_SERVER: Final = 76
_APP: Final = 684
_TOP: Final = 58
"""Where the first row begins, under the names."""
_ROW: Final = 50
_SHORT: Final = 32
"""The height of a row without an arrow's details, and of one that stands for skipped steps."""

TITLE_CHARS: Final = 66
DETAIL_CHARS: Final = 88
"""So much text lies between the lifelines, in 13 and 11 pixels of a monospaced font."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: Line
    y: int
    """Where its arrow is."""
    height: int
    bad: bool


def styles() -> str:
    """The style sheet of all diagrams, for light and for dark."""
    return files("asgikit.conformance.report").joinpath("diagram.css").read_text(encoding="utf-8")


def sequence_diagram(steps: tuple[Step, ...], *, blame: Blame | None = None, name: str = "exchange", styled: bool = True) -> str:
    """The exchange as an SVG element, its last step, the offending one, in red; without steps, an empty text.

    `name` begins the ids in it, which have to differ on one page. `styled`: with its style sheet in it, as a file of its
    own needs it; a page has `styles()` once instead.
    """
    if not steps:
        return ""
    rows = tuple(_rows(lines(steps, DETAIL_CHARS)))
    height = rows[-1].y + rows[-1].height // 2 + 18
    label = escape(name, quote=True)
    labels = f"{label}-title {label}-desc"
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" {size} role="img" aria-labelledby="{labels}">',
        f'<title id="{label}-title">{_text(_title(rows))}</title>',
        f'<desc id="{label}-desc">{_text(_description(rows))}</desc>',
        f"<style>{styles()}</style>" if styled else "",
        *(_band(row) for row in rows if row.bad),
        *_lifelines(height, blame),
        _activation(rows),
        *(part for row in rows for part in _drawn(row)),
        "</svg>",
    ]
    return "\n".join(filter(None, parts))


def _rows(all_lines: tuple[Line, ...]) -> Iterator[_Row]:
    y = _TOP
    for line in all_lines:
        height = _ROW if line.detail else _SHORT
        yield _Row(line, y + height - 14, height, bad=line is all_lines[-1])
        y += height


def _title(rows: tuple[_Row, ...]) -> str:
    return f"{rows[0].line.title}: exchange of {rows[-1].line.number} steps between server and application"


_SPOKEN: Final[Mapping[str, str]] = {
    "in": "server to application",
    "out": "application to server",
    "none": "left out",
}


def _description(rows: tuple[_Row, ...]) -> str:
    told = [f"{row.line.number}. {_SPOKEN[row.line.way]}: {row.line.title} {row.line.detail}".rstrip() for row in rows]
    return "; ".join(told) + " (here a rule is broken)."


def _lifelines(height: int, blame: Blame | None) -> Iterator[str]:
    for x, name, party in ((_SERVER, "Server", "server"), (_APP, "Application", "app")):
        guilty = " guilty" if blame == party or (blame == "middleware" and party == "app") else ""
        shown = "Middleware" if blame == "middleware" and party == "app" else name
        yield f'<line class="life{guilty}" x1="{x}" y1="34" x2="{x}" y2="{height - 6}"/>'
        yield f'<rect class="party{guilty}" x="{x - 60}" y="8" width="120" height="28" rx="6"/>'
        yield f'<text class="name{guilty}" x="{x}" y="27">{shown}</text>'


def _activation(rows: tuple[_Row, ...]) -> str:
    """The bar on the application's lifeline while it runs."""
    top, bottom = rows[0].y, rows[-1].y
    return f'<rect class="active" x="{_APP - 4}" y="{top}" width="8" height="{max(bottom - top, 4)}" rx="2"/>'


def _band(row: _Row) -> str:
    return f'<rect class="band" x="6" y="{row.y - row.height + 7}" width="{WIDTH - 12}" height="{row.height + 5}" rx="6"/>'


def _drawn(row: _Row) -> Iterator[str]:
    line = row.line
    bad = " bad" if row.bad else ""
    if line.way == "none":
        yield f'<text class="gap" x="{WIDTH // 2}" y="{row.y - 2}">{_text(line.title)}</text>'
        return
    kind = "" if line.kind in ENDS else f'<tspan class="kind">{line.kind}</tspan> '
    text_y = row.y - 8 - (16 if line.detail else 0)
    yield f'<text class="number{bad}" x="26" y="{row.y + 4}">{line.number}</text>'
    yield (f'<text class="title{bad}" x="{WIDTH // 2}" y="{text_y}">{kind}{_text(clipped(line.title, TITLE_CHARS))}</text>')
    if line.detail:
        yield f'<text class="detail{bad}" x="{WIDTH // 2}" y="{row.y - 8}">{_text(line.detail)}</text>'
    yield from _arrow(row, bad)


def _arrow(row: _Row, bad: str) -> Iterator[str]:
    to_app = row.line.way == "in"
    start, tip = (_SERVER, _APP - 4) if to_app else (_APP - 4, _SERVER)
    back = -9 if to_app else 9
    ending = " ending" if row.line.kind in {"return", "raise"} else ""
    y = row.y
    yield f'<line class="arrow{ending}{bad}" x1="{start}" y1="{y}" x2="{tip + back // 3}" y2="{y}"/>'
    if row.line.failed:
        yield f'<path class="cross{bad}" d="M{tip - 6} {y - 6}l12 12m0-12l-12 12"/>'
    else:
        yield f'<path class="tip{bad}" d="M{tip} {y}l{back} -5v10z"/>'


def _text(text: str) -> str:
    return escape(printable(text), quote=False)
