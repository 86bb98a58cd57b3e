"""What became of a request, on one line."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from asgikit.entries import Entry, as_json, as_text, ending_of, fields_of, level_of
from asgikit.errors import ClientDisconnected, ResponseTimeout
from asgikit.watching import Sent

TIME = datetime(2026, 11, 21, 20, 30, 5, tzinfo=UTC).timestamp()


def entry(**more: Any) -> Entry:
    known = {
        "time": TIME,
        "request_id": "r1",
        "client": "10.0.0.1",
        "method": "GET",
        "path": "/x",
        "query": "",
        "route": "/{name}",
    }
    sent = {"protocol": "HTTP/1.1", "status": 200, "size": 5, "duration": 0.25, "ending": "complete"}
    return Entry(**{**known, **sent, **more})


def test_a_line_of_text() -> None:
    """The combined format, and more behind it."""
    assert as_text(entry(query="a=1", user_agent='x "y"', referer="/z")) == (
        '10.0.0.1 - - [21/Nov/2026:20:30:05 +0000] "GET /x?a=1 HTTP/1.1" 200 5 "/z" "x \\"y\\"" 0.250000 /{name} r1'
    )


def test_a_line_of_text_for_what_went_wrong() -> None:
    """Nothing is left out that was not there."""
    cut = entry(status=None, route=None, client=None, ending="cancelled", error="Cancelled", code=1006, headers={"x-a": "b c"})
    assert as_text(cut) == (
        '- - - [21/Nov/2026:20:30:05 +0000] "GET /x HTTP/1.1" - 5 "-" "-" 0.250000 '
        'cancelled code=1006 error=Cancelled x-a="b c" - r1'
    )


def test_a_line_of_json() -> None:
    """An object that has what there is."""
    found = json.loads(as_json(fields_of(entry(size=0))))
    assert found["time"] == "2026-11-21T20:30:05.000+00:00"
    assert {**found, "time": ""} == {
        "time": "", "request_id": "r1", "client": "10.0.0.1", "method": "GET", "path": "/x", "protocol": "HTTP/1.1",
        "route": "/{name}", "status": 200, "size": 0, "duration": 0.25, "ending": "complete",
    }  # fmt: skip


def test_its_fields_fit_into_a_record() -> None:
    """None has the name of an attribute that records have already."""
    record = logging.makeLogRecord({})
    assert not {name for name in Entry._fields if name in record.__dict__ or name in {"message", "asctime"}}
    assert fields_of(entry(headers={"a": "b"}))["headers"] == {"a": "b"}


@pytest.mark.parametrize(
    ("sent", "error", "ending"),
    [
        (Sent(status=200, complete=True), None, "complete"),
        (Sent(status=200), None, "incomplete"),
        (Sent(status=200, error=RuntimeError()), RuntimeError(), "failed"),
        (Sent(status=101, complete=True, code=1011, error=RuntimeError()), RuntimeError(), "failed"),
        (Sent(status=200), ClientDisconnected("left"), "incomplete"),
        (Sent(status=200), ResponseTimeout("late"), "incomplete"),
        (Sent(), None, "left"),
        (Sent(), ClientDisconnected("left"), "left"),
        (Sent(), RuntimeError(), "failed"),
        (Sent(), BaseException(), "cancelled"),
    ],
)
def test_how_it_ended(sent: Sent, error: BaseException | None, ending: str) -> None:
    """In one word."""
    assert ending_of(sent, error) == ending


@pytest.mark.parametrize(
    ("status", "ending", "level"),
    [
        (200, "complete", logging.INFO),
        (304, "complete", logging.INFO),
        (404, "complete", logging.WARNING),
        (500, "complete", logging.ERROR),
        (200, "failed", logging.ERROR),
        (None, "cancelled", logging.WARNING),
        (None, "left", logging.INFO),
        (200, "incomplete", logging.INFO),
    ],
)
def test_how_much_it_matters(status: int | None, ending: Any, level: int) -> None:
    """Our faults are errors, what clients do wrong is a warning, that they leave is nothing."""
    assert level_of(status, ending) == level
