"""A report as a page."""

from __future__ import annotations

import re

from asgikit.debugging.page import debug_page, opened
from asgikit.debugging.report import FIRST_CALLS, Asked, Failure, Frame, Line, Report
from tests.markup import Shape, shape_of


def frame(number: int = 1, *, is_own: bool = True, source: tuple[Line, ...] = ()) -> Frame:
    return Frame(f"/app/f{number}.py", f"f{number}.py", "run", number, source, (("x", "1"),), is_own)


def page_of(*failures: Failure) -> str:
    return debug_page(Report(failures, Asked("GET /a", "/{x}", (("q", "1"),), (("host", "h"),))))


def words(page: str) -> str:
    shape = Shape()
    shape.feed(page)
    return re.sub(r"\s+", " ", " ".join(shape.texts))


def test_a_page_says_what_happened_and_where() -> None:
    """The exception, the request, the source, the variables."""
    source = (Line(1, "a = 1"), Line(2, "b = a / 0", (4, 9)), Line(3, ""))
    page = page_of(Failure("ValueError", "no good", notes=("a note",), frames=(frame(2, source=source),)))
    assert "<h1><b>ValueError</b>: no good</h1>" in page
    assert "<code>GET /a</code>, route <code>/{x}</code>" in page
    assert '<p class="words">a note</p>' in page
    assert '<i class="running"><s>2</s>b = <mark>a / 0</mark></i>' in page
    assert '<th scope="row">x</th><td>1</td>' in page
    assert "The request Query (1) q 1 Header fields (1) host h" in words(page)
    assert "ValueError: no good\na note\n</pre>" in page


def test_the_call_in_the_applications_code_is_open() -> None:
    """The latest of those; the latest of all where there is none."""
    ours, theirs = frame(1), frame(2, is_own=False)
    assert (opened((theirs, theirs, ours, ours)), opened((theirs, theirs)), opened(())) == (2, 0, 0)
    page = page_of(Failure("E", "", frames=(theirs, ours)))
    assert re.findall(r"<details( open)?><summary><b>run</b>", page) == ["", " open"]


def test_other_exceptions_say_how_they_come_in() -> None:
    """And one that was not raised that it was not."""
    page = page_of(
        Failure("A", "a", frames=(frame(),)),
        Failure("B", "b", "cause"),
        Failure("C", "c", "context"),
        Failure("D", "d", "member"),
    )
    text = words(page)
    for heading in ("Caused by B : b", "While handling C : c", "In the group: D : d"):
        assert heading in text
    assert text.count("It has not been raised by itself.") == 3


def test_calls_that_are_left_out_are_counted() -> None:
    """Between the latest and the earliest."""
    frames = tuple(frame(n) for n in range(FIRST_CALLS + 2))
    text = words(page_of(Failure("E", "", frames=frames, left_out=7)))
    assert text.index("f1.py:1") < text.index("7 calls are left out.") < text.index("f2.py:2")


def test_headings_are_in_order() -> None:
    """One first heading, and no level left out; the page has a language and a title."""
    page = page_of(Failure("A", "a", frames=(frame(),)), Failure("B", "b", "cause"))
    assert [tag for tag, _ in shape_of(page) if re.fullmatch(r"h\d", tag)] == ["h1", "h2", "h2", "h2"]
    assert '<html lang="en">' in page
    assert "<title>A: a</title>" in page


def test_there_are_no_scripts_and_no_other_resources() -> None:
    """Nor links."""
    names = {name for name, _ in shape_of(page_of(Failure("A", "a", frames=(frame(),))))}
    assert not names & {"script", "link", "img", "a", "iframe", "form"}
