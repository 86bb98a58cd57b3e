"""Steps as lines."""

import pytest

from asgikit.conformance.steps import in_full, lines
from asgikit.conformance.transcript import Step
from tests.conformance.report.samples import EXCHANGE, SCOPE


def test_an_exchange_is_numbered_and_has_ways():
    """Calls and receives go into the application, sends come out."""
    made = lines(EXCHANGE)
    assert [(line.number, line.kind, line.way) for line in made] == [
        (1, "call", "in"),
        (2, "receive", "in"),
        (3, "send", "out"),
        (4, "send", "out"),
    ]
    assert [line.title for line in made] == ["POST /items", "http.request", "http.response.start", "http.response.body"]


def test_the_telling_values_come_first():
    """The status before the headers, in Python's notation."""
    assert lines(EXCHANGE)[2].detail == "status=200 headers=[(b'content-length', b'2')]"
    assert lines(EXCHANGE)[1].detail == """body=b'{"a": 1}' more_body=False"""


def test_a_call_does_not_repeat_its_request_line():
    """Nor its type."""
    detail = lines(EXCHANGE, 500)[0].detail
    assert "asgi=" in detail
    assert "method=" not in detail
    assert "type=" not in detail


@pytest.mark.parametrize(
    ("scope", "title"),
    [
        (SCOPE, "POST /items"),
        ({"type": "websocket", "path": "/chat"}, "WebSocket /chat"),
        ({"type": "lifespan"}, "lifespan"),
        ({"type": "http", "method": b"GET", "path": None}, "b'GET' None"),
        ({"type": 3}, "scope type 3"),
        ({}, "scope type None"),
        ({"type": "http", "method": "G\nT", "path": "/\x1b"}, "G T /\\x1b"),
    ],
)
def test_a_scope_is_called_by_what_is_asked(scope, title):
    """Whatever it holds."""
    assert lines((Step("call", scope),))[0].title == title


def test_skipped_steps_are_counted():
    """The number of the next step is its number in the exchange."""
    made = lines((*EXCHANGE[:2], Step("skipped", {"steps": 10}), EXCHANGE[2]))
    assert made[2].title == "10 steps more"
    assert made[2].way == "none"
    assert [line.number for line in made] == [1, 2, 12, 13]


@pytest.mark.parametrize(("kind", "title"), [("raise", "raises"), ("send", "send() raises"), ("receive", "receive() raises")])
def test_a_step_that_raised_says_so(kind, title):
    """With the error as its detail."""
    (line,) = lines((Step(kind, {"error": "OSError: gone"}),))
    assert (line.title, line.detail, line.failed) == (title, "OSError: gone", True)


def test_a_message_may_have_an_error_besides():
    """What came of it at a server; it is told first, and the message stays one."""
    (line,) = lines((Step("send", {"type": "http.response.body", "body": b"", "error": "OSError"}),))
    assert (line.title, line.detail, line.failed) == ("http.response.body", "error='OSError' body=b''", False)


def test_a_return_has_no_detail():
    """It is the end."""
    (line,) = lines((Step("return", {}),))
    assert (line.title, line.detail, line.way) == ("returns", "", "out")


@pytest.mark.parametrize("message", [{}, {"type": 3}, {"type": None}])
def test_a_message_without_a_type_is_shown(message):
    """It is what the rule is about."""
    assert lines((Step("send", message),))[0].title == f"type {message.get('type')!r}"


def test_details_have_a_limit():
    """However many keys a message has."""
    (line,) = lines((Step("send", {"type": "x", **{f"key{n}": n for n in range(1000)}}),), 70)
    assert len(line.detail) == 70


def test_messages_are_told_in_full():
    """Every key on a line of its own, which no value leaves."""
    steps = (EXCHANGE[1], Step("send", {"type": "a\nb", "x": b"y" * 9000, "\x1b": 1}), Step("return", {}))
    assert in_full(steps[:1]) == "\n".join(
        ["1 receive http.request", "    'type': 'http.request'", "    'body': b'{\"a\": 1}'", "    'more_body': False"]
    )
    assert in_full(steps).endswith("\n3 returns")
    assert len(in_full(steps).splitlines()) == 4 + 4 + 1
    assert max(map(len, in_full(steps).splitlines())) < 1100
