"""An exchange as a table: what is in a row, and what is never in one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from asgikit.conformance.transcript import Step, StepKind, shortened
from asgikit.conformance.values import Finding
from asgikit.testing.table import BELOW, LINES, RecordedStep, exchange_table

SCOPE = {"type": "http", "method": "POST", "path": "/users", "query_string": b"token=tomato&page=2", "headers": []}


def row(kind: StepKind, message: Mapping[str, object], *, width: int = 120) -> str:
    return exchange_table([RecordedStep(1, Step(kind, message), 0.0123)], width=width)


def fields(*pairs: object) -> str:
    return row("send", {"type": "http.response.start", "status": 200, "headers": list(pairs)}, width=1000)


def test_a_row_has_the_way_the_time_and_what_it_is() -> None:
    """In this order."""
    assert row("receive", {"type": "http.request"}) == "  -->    12.3 ms  http.request"
    assert row("send", {"type": "http.response.start", "status": 201}) == "  <--    12.3 ms  http.response.start  201"
    assert row("return", {}) == "  <--    12.3 ms  returns"
    assert row("raise", {"error": "ValueError: no"}) == "  <--    12.3 ms  raises  ValueError: no"


def test_times_and_titles_are_columns() -> None:
    """The request line is as long as it is."""
    table = exchange_table(
        [
            RecordedStep(1, Step("call", SCOPE), 0.0),
            RecordedStep(2, Step("send", {"type": "http.response.start", "status": 200}), 0.002),
            RecordedStep(3, Step("send", {"type": "http.response.body", "body": b"hi"}), 0.1),
        ]
    )
    assert table.splitlines() == [
        "  -->     0.0 ms  POST /users?token=REDACTED&page=2",
        "  <--     2.0 ms  http.response.start  200",
        "  <--   100.0 ms  http.response.body   2 B  hi",
    ]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ({"type": "http.request", "body": b'{"a": 1}', "more_body": True}, '8 B, more  {"a": 1}'),
        ({"type": "http.response.body", "body": b"", "more_body": False}, "0 B"),
        ({"type": "http.response.body", "body": b"\xff\x00"}, r"2 B  b'\xff\x00'"),
        ({"type": "http.response.body", "body": b"<p>\n\x1b[31mred</p>"}, r"16 B  <p> \x1b[31mred</p>"),
        ({"type": "http.response.body", "body": "no bytes"}, "text no bytes"),
        ({"type": "http.response.body", "body": 1}, "body=1"),
        ({"type": "websocket.receive", "text": "hello", "bytes": None}, "text hello"),
        ({"type": "websocket.send", "bytes": b"abc"}, "bytes 3 B  abc"),
        ({"type": "websocket.close", "code": 1011, "reason": "broken"}, "code=1011 | reason='broken'"),
        ({"type": "lifespan.startup.failed", "message": "no database"}, "message='no database'"),
        ({"type": "http.response.pathsend", "path": "/a"}, "path='/a'"),
        ({"type": "http.response.trailers", "headers": [], "more_trailers": False}, "more_trailers=False"),
    ],
)
def test_a_message_shows_its_telling_values(message: dict[str, object], shown: str) -> None:
    """Bodies as text where they are text, on one line, harmless to a terminal."""
    assert row("send", message).split(str(message["type"]))[1].strip() == shown


def test_a_long_body_tells_its_size() -> None:
    """Though only its beginning was kept; a character that was cut in two is left out."""
    body = shortened(b"x" * 255 + "é".encode() * 300)
    shown = row("send", {"type": "http.response.body", "body": body}, width=500)
    assert "855 B  xxx" in shown
    assert shown.endswith("xx...")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        (b"authorization", b"Bearer tomato", "authorization: Bearer REDACTED"),
        (b"Authorization", b"tomato", "Authorization: REDACTED"),
        (b"proxy-authorization", b"Basic tomato", "proxy-authorization: Basic REDACTED"),
        (b"cookie", b"sid=tomato; tomato", "cookie: sid=REDACTED; REDACTED"),
        (b"set-cookie", b"sid=tomato; Path=/; HttpOnly", "set-cookie: sid=REDACTED; Path=/; HttpOnly"),
        (b"set-cookie", b"tomato", "set-cookie: REDACTED"),
        (b"x-api-key", b"tomato", "x-api-key: REDACTED"),
        (b"location", b"https://me:tomato@x/?code=tomato&a=b#tomato", "location: https://x/?code=REDACTED&a=b"),
        (b"content-type", b"text/html", "content-type: text/html"),
    ],
)
def test_secrets_are_not_shown(name: bytes, value: bytes, shown: str) -> None:
    """Names of cookies and schemes of credentials are."""
    assert fields([name, value]).endswith(f"| {shown}")
    assert "tomato" not in fields([name, value], (name.decode(), value.decode()), [name, value, value])


def test_fields_that_every_request_has_come_last() -> None:
    """What is cut off is what tells least."""
    assert fields([b"host", b"a"], [b"x-b", b"c"]).endswith("| x-b: c | host: a")


def test_what_is_no_list_of_fields_is_shown_as_it_is() -> None:
    """Broken applications are what tables are for."""
    assert row("send", {"type": "http.response.start", "headers": "none"}).endswith("headers='none'")
    assert fields(1, [b"a"], ["x", "y"], [b"n", b"v", b"w"]).endswith("field 1 | field [b'a'] | field ['x', 'y'] | field [b'n']")


def test_a_broken_rule_stands_beside_its_step() -> None:
    """And in words below; the row is as wide as the others."""
    start = {"type": "http.response.start", "status": 200, "headers": [[b"X", b"y" * 200]]}
    broken = (Finding("HTTP-RESP-005", "in upper case"),)
    step = RecordedStep(1, Step("send", start), 0.0, broken)
    first, second = exchange_table([step], width=100).splitlines()
    assert first.startswith("> <--     0.0 ms  http.response.start  200 | X: yyy")
    assert first.endswith("...  HTTP-RESP-005")
    assert len(first) == 100
    assert second == "  HTTP-RESP-005: in upper case"
    assert exchange_table([step], colour=True).startswith("\x1b[31m> ")


def test_steps_that_were_not_kept_are_counted() -> None:
    """In a row of their own."""
    assert row("skipped", {"steps": 12}) == "        12 steps more"


def answer(status: int, body: bytes, *, width: int = 80) -> list[str]:
    steps = ({"type": "http.response.start", "status": status}, {"type": "http.response.body", "body": body, "more_body": True})
    rows = [RecordedStep(number, Step("send", step), 0.0) for number, step in enumerate(steps, 1)]
    return exchange_table(rows, width=width).splitlines()[1:]


def test_the_body_of_an_error_is_told_whole() -> None:
    """Below its row: its end is what tells why."""
    reason = b'{"detail":[' + b'{"msg":"a valid integer"},' * 15 + b'{"msg":"the reason"}]}'
    row, *below = answer(422, reason)
    assert row == f"  <--     0.0 ms  http.response.body   {len(reason)} B, more"
    assert all(len(line) <= 80 and line.startswith(BELOW) for line in below)
    assert "".join(line[8:] for line in below).replace(" ", "") == reason.decode().replace(" ", "")
    assert len(answer(200, reason)) == 1


@pytest.mark.parametrize("body", [b"no such lamp", b"\xff" * 200, b""])
def test_a_body_that_needs_no_lines_of_its_own_has_none(body: bytes) -> None:
    """What is short stands in its row, and what is no text tells nothing."""
    assert len(answer(404, body)) == 1


def test_lines_of_a_body_stay_lines() -> None:
    """Harmless to a terminal, and not too many of them."""
    _, *below = answer(500, b"Traceback\n  File\r\n\n" + b"\x1b[31mred\n" * 200)
    assert below[:3] == ["      | Traceback", "      |   File", r"      | \x1b[31mred"]
    assert (len(below), below[-1]) == (LINES + 1, "      | ...")
