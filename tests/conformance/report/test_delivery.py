"""The end of a run."""

import io
import os
from dataclasses import replace

import pytest

from asgikit.conformance.report.baseline import known_by, read, write
from asgikit.conformance.report.delivery import Delivery, DeliveryError, wants_colour, write_stream
from asgikit.conformance.report.formats import Output, Style
from tests.conformance.report.samples import BROKEN, CLEAN, HOSTILE, SERVER, case, replace_cases

TEXT = (Output("text"),)
FAILED = replace_cases(BROKEN, *BROKEN.cases[:4])


def delivered(delivery, report):
    out, err = io.StringIO(), io.StringIO()
    code = delivery.deliver(report, delivery.check(), out, err)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(("report", "code"), [(CLEAN, 0), (FAILED, 1), (BROKEN, 3)])
def test_the_exit_code_is_that_of_the_report(report, code):
    """And nothing is told beside it."""
    given, out, err = delivered(Delivery(outputs=TEXT), report)
    assert given == code
    assert report.target in out
    assert err == ""


def test_the_level_decides():
    """As in the reports."""
    lax = replace_cases(BROKEN, *(replace(each, findings=each.findings[:1]) for each in BROKEN.cases[2:4]))
    assert delivered(Delivery(outputs=TEXT), lax)[0] == 1
    assert delivered(Delivery(outputs=TEXT, style=Style(level="must")), lax)[0] == 0


def test_every_report_goes_where_it_is_wanted(tmp_path):
    """Files without colours, in UTF-8."""
    outputs = (Output("text"), Output("html", str(tmp_path / "r.html")), Output("text", str(tmp_path / "r.txt")))
    _, out, _ = delivered(Delivery(outputs=outputs, style=Style(colour=True)), HOSTILE)
    assert "\x1b[" in out
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "\x1b" not in (tmp_path / "r.txt").read_text(encoding="utf-8")


def test_known_violations_do_not_fail(tmp_path):
    """They are counted, and those that are gone are named."""
    file = tmp_path / "known.json"
    file.write_text(write([*(known_by(each) for each in FAILED.findings), known_by(FAILED.findings[0])._replace(rule="X-1")]))
    code, out, err = delivered(Delivery(outputs=TEXT, baseline=str(file)), FAILED)
    assert code == 0
    assert "No rule broken." in out
    assert "4 findings known\n" in err
    assert "not found any more: X-1 at POST /items in baseline; --update-baseline takes it out" in err


def test_a_new_violation_fails(tmp_path):
    """Beside known ones."""
    file = tmp_path / "known.json"
    file.write_text(write([known_by(FAILED.findings[0])]))
    code, out, _ = delivered(Delivery(outputs=TEXT, baseline=str(file)), FAILED)
    assert code == 1
    assert "status[401]" in out


def test_a_baseline_is_written_anew(tmp_path):
    """The run is clean then, unless something crashed."""
    file = tmp_path / "known.json"
    delivery = Delivery(outputs=TEXT, baseline=str(file), update=True)
    assert delivered(delivery, FAILED)[::2] == (0, f"{file}: 3 known violations\n{file}: 3 findings known\n")
    assert len(read(file.read_text())) == 3
    assert delivered(delivery, CLEAN)[0] == 0
    assert {entry.case for entry in read(file.read_text())} == {"status"}
    assert delivered(delivery, BROKEN)[0] == 3


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outputs": (Output("html", "/no/such/folder/r.html"),)}, "is no directory"),
        ({"update": True}, "needs --baseline FILE"),
        ({"baseline": "/no/such/file"}, "there is no /no/such/file: --update-baseline writes one"),
        ({"baseline": os.sep}, "directory"),
    ],
)
def test_what_cannot_work_is_told_before_the_run(fields, message):
    """For that may be long."""
    with pytest.raises(DeliveryError, match=message):
        Delivery(**{"outputs": TEXT, **fields}).check()


@pytest.mark.parametrize("content", [b"{}", b"\xff", b"[" * 100_000])
def test_a_baseline_that_is_none_is_an_error(tmp_path, content):
    """Also when it is to be written: it may be another file."""
    file = tmp_path / "x.json"
    file.write_bytes(content)
    for update in (False, True):
        with pytest.raises(DeliveryError, match=r"x\.json: "):
            Delivery(outputs=TEXT, baseline=str(file), update=update).check()


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    """Not a traceback."""
    with pytest.raises(DeliveryError, match="cannot be written"):
        delivered(Delivery(outputs=(Output("json", str(tmp_path)),)), SERVER)


@pytest.mark.parametrize(
    ("encoding", "text"), [("ascii", b"a\\xe9\\u6f22"), ("latin-1", b"a\xe9\\u6f22"), ("utf-8", "aé漢".encode())]
)
def test_a_stream_gets_what_its_encoding_has(encoding, text):
    """The rest is escaped."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    write_stream(stream, "aé漢")
    assert raw.getvalue() == text


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colours_are_for_terminals(stream, environment, wanted):
    """Unless NO_COLOR says no."""
    assert wants_colour(stream, environment) is wanted


def test_a_case_without_a_place_in_the_baseline_stays(tmp_path):
    """A clean run needs no entry."""
    file = tmp_path / "known.json"
    delivered(Delivery(outputs=TEXT, baseline=str(file), update=True), replace_cases(CLEAN, case()))
    assert file.read_text() == '{\n  "version": 1,\n  "known": []\n}\n'
