"""The formats by name."""

import pytest

from asgikit.conformance.report.formats import FORMATS, Output, Style, complete, parse_output, render
from tests.conformance.report.samples import BROKEN

BEGINNINGS = {
    "text": "HTTP-RESP-013",
    "json": '{\n  "version": 1',
    "junit": "<?xml",
    "sarif": '{\n  "$schema"',
    "github": "::error file=a.py",
    "html": "<!DOCTYPE html>",
}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(form):
    """Each in its own way, and ends with a newline."""
    written = render(BROKEN, form, Style(source="a.py"))
    assert written.startswith(BEGINNINGS[form])
    assert written.endswith("\n")


@pytest.mark.parametrize("form", ["text", "json", "junit", "github", "html", "sarif"])
def test_the_level_counts_in_every_format(form):
    """And so does the report, with the same arguments the same text; in SARIF, levels are the rules' own."""
    strict, lax = (render(BROKEN, form, Style(level=level)) for level in ("should", "must"))
    assert (strict == lax) is (form == "sarif")
    assert render(BROKEN, form, Style(level="must")) == lax


def test_colour_and_source_are_handed_on():
    """To those that have them."""
    assert "\x1b[" in render(BROKEN, "text", Style(colour=True))
    assert '"uri": "x.py"' in render(BROKEN, "sarif", Style(source="x.py"))


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("json", Output("json")),
        ("json:-", Output("json")),
        ("html:a/b.html", Output("html", "a/b.html")),
        ("html:C:/b.html", Output("html", "C:/b.html")),
    ],
)
def test_an_output_is_a_format_and_a_file(words, output):
    """Without a file it is the standard output."""
    assert parse_output(words) == output


@pytest.mark.parametrize(
    ("words", "message"), [("yaml", "'yaml' is no format: text, json"), ("", "is no format"), ("html:", "names no file")]
)
def test_what_is_no_output_is_refused(words, message):
    """With the formats that there are."""
    with pytest.raises(ValueError, match=message):
        parse_output(words)


def test_text_goes_to_the_terminal_unless_something_else_does():
    """One wants to see the verdict."""
    html, json = Output("html", "r.html"), Output("json")
    assert complete([]) == (Output("text"),)
    assert complete([html]) == (Output("text"), html)
    assert complete([html, json]) == (html, json)


@pytest.mark.parametrize("outputs", [[Output("json"), Output("text")], [Output("json", "a"), Output("html", "a")]])
def test_two_reports_do_not_go_to_one_place(outputs):
    """The second would destroy the first."""
    with pytest.raises(ValueError, match="two reports go to"):
        complete(outputs)
