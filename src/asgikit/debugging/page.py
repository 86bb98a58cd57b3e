"""A report as a page: pure, all of it text but for what is written here, without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from asgikit.debugging.report import FIRST_CALLS, Failure, Frame, Line, Report, Row, as_text
from asgikit.debugging.style import STYLE
from asgikit.http.markup import escape

_INTRODUCED: Final = {"first": "", "cause": "Caused by ", "context": "While handling ", "member": "In the group: "}
_HEAD: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
)


def debug_page(report: Report) -> str:
    """The page: the exception that came last first, of each the latest call first; open is where the application's code is."""
    first = report.failures[0]
    title = escape(f"{first.kind}: {first.message}"[:200])
    parts = [_HEAD, f"<title>{title}</title><style>{STYLE}</style></head><body>", _header(report), "<main>"]
    for failure in report.failures:
        parts.extend(_section(failure))
    parts.extend(_asked(report))
    parts.append(f'<details><summary>The traceback as text</summary><pre class="text">{escape(as_text(report))}</pre></details>')
    parts.append("</main></body></html>")
    return "".join(parts)


def _header(report: Report) -> str:
    first, asked = report.failures[0], report.asked
    route = f", route <code>{escape(asked.route)}</code>" if asked.route else ""
    return (
        f"<header><h1>{_named(first)}</h1><p><code>{escape(asked.line)}</code>{route}</p>"
        "<p>This page is here because of <code>debug=True</code>, which is for development alone.</p></header>"
    )


def _named(failure: Failure) -> str:
    message = f": {escape(failure.message)}" if failure.message else ""
    return f"<b>{escape(failure.kind)}</b>{message}"


def _section(failure: Failure) -> Iterator[str]:
    title = "Calls, the latest first" if failure.relation == "first" else _INTRODUCED[failure.relation] + _named(failure)
    yield f"<section><h2>{title}</h2>"
    for note in failure.notes:
        yield f'<p class="words">{escape(note)}</p>'
    if not failure.frames:
        yield "<p>It has not been raised by itself.</p>"
    shown = opened(failure.frames)
    for index, frame in enumerate(failure.frames):
        if failure.left_out and index == len(failure.frames) - FIRST_CALLS:
            yield f"<p>{failure.left_out} calls are left out.</p>"
        yield from _frame(frame, index == shown)
    yield "</section>"


def opened(frames: tuple[Frame, ...]) -> int:
    """Which call is open at first: the latest in the application's own code, else the latest."""
    return next((index for index, frame in enumerate(frames) if frame.is_own), 0)


def _frame(frame: Frame, is_open: bool) -> Iterator[str]:
    yield f"<details{' open' if is_open else ''}><summary><b>{escape(frame.function)}</b> "
    yield f'<span title="{escape(frame.file)}">{escape(frame.place)}:{frame.line}</span></summary>'
    if frame.source:
        yield f'<pre tabindex="0" aria-label="Source">{"".join(_line(line, frame.line) for line in frame.source)}</pre>'
    yield from _table("Variables", frame.variables)
    yield "</details>"


def _line(line: Line, current: int) -> str:
    text = escape(line.text) or " "
    if line.running is not None:
        first, last = line.running
        before, middle, after = line.text[:first], line.text[first:last], line.text[last:]
        text = f"{escape(before)}<mark>{escape(middle)}</mark>{escape(after)}"
    running = ' class="running"' if line.number == current else ""
    return f"<i{running}><s>{line.number}</s>{text}</i>"


def _table(caption: str, rows: Iterable[Row]) -> Iterator[str]:
    cells = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in rows)
    if cells:
        yield f'<table aria-label="{caption}"><tbody>{cells}</tbody></table>'


def _asked(report: Report) -> Iterator[str]:
    yield "<section><h2>The request</h2>"
    for caption, rows in (("Query", report.asked.query), ("Header fields", report.asked.headers)):
        if rows:
            yield f"<details><summary>{caption} <span>({len(rows)})</span></summary>"
            yield from _table(caption, rows)
            yield "</details>"
    yield "</section>"
