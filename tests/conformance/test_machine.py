"""The machine."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance.machine import State, ended, opened, step

ALL = ("http.response.push", "http.response.zerocopysend", "http.response.pathsend", "http.response.early_hint")
EXTENSIONS: dict[str, Any] = {
    name: {} for name in (*ALL, "http.response.trailers", "http.response.debug", "websocket.http.response")
}

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
BODY: dict[str, Any] = {"type": "http.response.body"}
MORE: dict[str, Any] = {"type": "http.response.body", "more_body": True}


def scope(kind: str = "http", **more: Any) -> dict[str, Any]:
    www = {"http_version": "1.1", "method": "GET", "path": "/", "query_string": b"", "headers": [], "extensions": EXTENSIONS}
    return {"type": kind, "asgi": {"version": "3.0"}, **({} if kind == "lifespan" else www), **more}


def play(first: dict[str, Any], *messages: Any, gone: bool = False) -> list[str]:
    """The rules that an exchange breaks: a message is sent, one in a tuple is received."""
    state, _ = opened(first)
    broken: list[str] = []
    for message in messages:
        received = isinstance(message, tuple)
        state, found = step(state, "receive" if received else "send", message[0] if received else message)
        broken += [finding.rule for finding in found]
    return broken + [finding.rule for finding in ended(state, gone=gone)]


def test_a_state_is_a_value() -> None:
    """A step changes nothing in place."""
    state, _ = opened(scope())
    after, _ = step(state, "send", START)
    assert (state.app, after.app) == ("waiting", "started")
    assert isinstance(after, State)
    assert step(state, "send", START)[0] == after


@pytest.mark.parametrize(
    "messages",
    [
        [START, BODY],
        [START, MORE, MORE, BODY],
        [{"type": "http.response.early_hint", "links": []}, START, BODY],
        [{"type": "http.response.debug", "info": {}}, START, BODY],
        [START, {"type": "http.response.push", "path": "/", "headers": []}, BODY],
        [START, {"type": "http.response.pathsend", "path": "/x"}],
        [{**START, "trailers": True, "headers": [[b"trailer", b"x"]]}, BODY, {"type": "http.response.trailers", "headers": []}],
        [{**START, "headers": [[b"content-length", b"3"]]}, {**MORE, "body": b"ab"}, {**BODY, "body": b"c"}],
        [{**START, "status": 304, "headers": [[b"content-length", b"3"]]}, BODY],
        [({"type": "http.request", "body": b"x", "more_body": True},), ({"type": "http.request"},), START, BODY],
        [({"type": "http.request", "more_body": True},), ({"type": "http.disconnect"},), ({"type": "http.disconnect"},)],
        [({"type": "http.request", "more_body": True},), START, ({"type": "http.disconnect"},)],
    ],
)
def test_a_right_http_exchange_breaks_nothing(messages: list[Any]) -> None:
    """However it is cut."""
    assert play(scope(), *messages) == []


@pytest.mark.parametrize(
    ("messages", "broken"),
    [
        ([], "HTTP-RESP-020"),
        ([START], "HTTP-RESP-010"),
        ([START, MORE], "HTTP-RESP-019"),
        ([BODY], "HTTP-RESP-001"),
        ([START, START, BODY], "HTTP-RESP-002"),
        ([START, BODY, BODY], "HTTP-RESP-017"),
        ([START, MORE, {"type": "http.response.pathsend", "path": "/x"}], "EXT-PATH-001"),
        ([START, BODY, {"type": "http.response.push", "path": "/", "headers": []}], "EXT-PUSH-001"),
        ([{**START, "trailers": True, "headers": [[b"trailer", b"x"]]}, BODY], "EXT-TRAIL-002"),
        ([({"type": "http.disconnect"},)], "HTTP-REQ-016"),
        ([({"type": "http.request"},), ({"type": "http.disconnect"},), ({"type": "http.request"},)], "HTTP-DISC-013"),
        ([START, BODY, {"type": "http.response.trailers", "headers": []}], "EXT-TRAIL-001"),
        ([START, {"type": "http.response.early_hint", "links": []}, BODY], "EXT-HINT-001"),
        ([START, {"type": "http.response.debug", "info": {}}, BODY], "EXT-DEBUG-001"),
        ([{**START, "headers": [[b"content-length", b"3"]]}, BODY], "HTTP-SEM-008"),
        ([{**START, "headers": [[b"content-length", b"1"]]}, {**MORE, "body": b"abc"}, BODY], "HTTP-SEM-008"),
        ([{**START, "status": 204, "headers": [[b"content-length", b"0"]]}, BODY], "HTTP-SEM-009"),
        ([{**START, "status": 304}, {**BODY, "body": b"x"}], "HTTP-SEM-010"),
        ([({"type": "http.request"},), ({"type": "http.request"},), START, BODY], "HTTP-REQ-005"),
        ([{"type": "http.response.unknown"}, START, BODY], "CORE-MSG-002"),
        ([({"type": "http.response.body"},), START, BODY], "CORE-MSG-002"),
        ([{"type": 5}, START, BODY], "CORE-MSG-001"),
        (["x", START, BODY], "CORE-MSG-001"),
    ],
)
def test_a_wrong_http_exchange_breaks_one_rule(messages: list[Any], broken: str) -> None:
    """One mistake is reported once."""
    assert play(scope(), *messages) == [broken]


def test_an_extension_has_to_be_offered() -> None:
    """Each has its message."""
    hint = {"type": "http.response.early_hint", "links": []}
    assert play(scope(extensions={}), hint, START, BODY) == ["CORE-EXT-004"]
    trailers = {"type": "http.response.trailers", "headers": []}
    assert play(scope(extensions={}), {**START, "trailers": True, "headers": [[b"trailer", b"x"]]}, BODY, trailers) == [
        "EXT-TRAIL-001"
    ]
    assert play(scope("websocket", extensions={}), CONNECT, DENY, gone=True) == ["EXT-DENY-001"]


def test_an_unknown_extension_may_bring_unknown_messages() -> None:
    """They keep to the name of their protocol."""
    foreign = scope(extensions={"fullflush": {}})
    assert play(foreign, {"type": "http.response.fullflush"}, START, BODY) == []
    assert play(foreign, {"type": "fullflush.now"}, START, BODY) == ["CORE-MSG-003"]


def test_the_request_is_as_long_as_it_says() -> None:
    """Unless the client leaves."""
    put = scope(method="PUT", headers=[[b"content-length", b"3"]])
    more = {"type": "http.request", "body": b"ab", "more_body": True}
    assert play(put, (more,), ({"type": "http.request", "body": b"c"},), START, BODY) == []
    assert play(put, (more,), ({"type": "http.disconnect"},)) == []
    assert play(put, (more,), ({"type": "http.request"},), START, BODY) == ["HTTP-REQ-011"]
    assert play(put, (more,), (more,), START, BODY) == ["HTTP-REQ-011"]


def test_a_body_in_reply_to_head_is_a_note() -> None:
    """Its length is not compared."""
    head = scope(method="HEAD")
    start = {**START, "headers": [[b"content-length", b"5"]]}
    assert play(head, start, BODY) == []
    assert play(head, start, {**BODY, "body": b"x"}) == ["HTTP-SEM-011"]


@pytest.mark.parametrize("body", [memoryview(b"hello"), bytearray(b"hello"), "hello"])
def test_the_length_of_what_is_no_bytes_is_not_compared(body: object) -> None:
    """That it is none breaks a rule already, and who lets that pass is not to meet another."""
    start = {**START, "headers": [[b"content-length", b"5"]]}
    assert "HTTP-SEM-008" not in play(scope(), start, {**BODY, "body": body})
    assert "HTTP-SEM-008" not in play(scope(), start, {**MORE, "body": body}, BODY)


def test_a_file_counts_where_its_size_is_known() -> None:
    """The caller says so."""
    state, _ = opened(scope())
    state, _ = step(state, "send", {**START, "headers": [[b"content-length", b"5"]]})
    path = {"type": "http.response.pathsend", "path": "/x"}
    assert [finding.rule for finding in step(state, "send", path, 4)[1]] == ["EXT-PATH-003"]
    assert step(state, "send", path, 5)[1] == step(state, "send", path)[1] == ()


CONNECT: Any = ({"type": "websocket.connect"},)
ACCEPT = {"type": "websocket.accept"}
TEXT = {"type": "websocket.send", "text": "x"}
CLOSE = {"type": "websocket.close"}
DENY = {"type": "websocket.http.response.start", "status": 403}
LEFT = ({"type": "websocket.disconnect", "code": 1001},)


@pytest.mark.parametrize(
    ("messages", "broken"),
    [
        ([CONNECT, ACCEPT, TEXT, CLOSE], []),
        ([CONNECT, CLOSE], []),
        ([CONNECT, DENY, {"type": "websocket.http.response.body"}], []),
        ([CONNECT, ACCEPT, ({"type": "websocket.receive", "text": ""},), LEFT, LEFT], []),
        ([CONNECT, LEFT], []),
        ([ACCEPT, CONNECT, CLOSE], ["WS-CONN-006"]),
        ([CONNECT], ["WS-CONN-005"]),
        ([CONNECT, ACCEPT], ["WS-CLOSE-010"]),
        ([CONNECT, DENY], ["EXT-DENY-005"]),
        ([CONNECT, TEXT], ["WS-SEND-001"]),
        ([CONNECT, ACCEPT, CLOSE, TEXT], ["WS-SEND-005"]),
        ([CONNECT, ACCEPT, CLOSE, CLOSE], ["WS-CLOSE-003"]),
        ([CONNECT, ACCEPT, ACCEPT], ["WS-ACC-001"]),
        ([CONNECT, ACCEPT, DENY], ["EXT-DENY-002"]),
        ([CONNECT, DENY, ACCEPT], ["EXT-DENY-003"]),
        ([CONNECT, DENY, DENY], ["EXT-DENY-004"]),
        ([CONNECT, CONNECT, CLOSE], ["WS-CONN-002"]),
        ([({"type": "websocket.receive", "text": ""},), ACCEPT, CLOSE], ["WS-CONN-001", "WS-CONN-003"]),
        ([CONNECT, ({"type": "websocket.receive", "text": ""},), ACCEPT, CLOSE], ["WS-CONN-003"]),
        ([CONNECT, ACCEPT, LEFT, ({"type": "websocket.receive", "text": ""},)], ["WS-RECV-005"]),
        ([CONNECT, ACCEPT, LEFT, ({"type": "websocket.disconnect", "code": 1000},)], ["WS-DISC-007"]),
    ],
)
def test_a_websocket(messages: list[Any], broken: list[str]) -> None:
    """Both sides, and the denial."""
    assert play(scope("websocket"), *messages) == broken


STARTUP = ({"type": "lifespan.startup"},)
SHUTDOWN = ({"type": "lifespan.shutdown"},)


def answer(name: str) -> dict[str, Any]:
    return {"type": f"lifespan.{name}"}


@pytest.mark.parametrize(
    ("messages", "broken"),
    [
        ([STARTUP, answer("startup.complete"), SHUTDOWN, answer("shutdown.complete")], []),
        ([STARTUP, answer("startup.complete"), SHUTDOWN, answer("shutdown.failed")], []),
        ([STARTUP, answer("startup.failed")], []),
        ([], ["LIFE-ORD-006"]),
        ([STARTUP], ["LIFE-ORD-006"]),
        ([STARTUP, answer("startup.complete")], ["LIFE-ORD-005"]),
        ([STARTUP, answer("startup.complete"), SHUTDOWN], ["LIFE-ORD-003"]),
        ([answer("startup.complete")], ["LIFE-ORD-004"]),
        ([STARTUP, answer("shutdown.complete")], ["LIFE-ORD-003"]),
        ([STARTUP, answer("startup.complete"), answer("startup.failed")], ["LIFE-ORD-002"]),
        ([STARTUP, STARTUP, answer("startup.failed")], ["LIFE-ORD-001"]),
        ([SHUTDOWN, STARTUP, answer("startup.failed")], ["LIFE-ORD-001"]),
    ],
)
def test_a_lifespan(messages: list[Any], broken: list[str]) -> None:
    """Each half is answered once."""
    got = play(scope("lifespan"), *messages)
    assert got[: len(broken)] == broken
    assert len(got) - len(broken) <= (broken == ["LIFE-ORD-001"])


def test_who_raises_or_was_left_has_nothing_to_complete() -> None:
    """Only who returns had the time."""
    state, _ = step(opened(scope())[0], "send", START)
    assert [finding.rule for finding in ended(state)] == ["HTTP-RESP-010"]
    assert ended(state, raised=True) == ended(state, gone=True) == ()


def test_a_protocol_that_is_unknown_is_not_judged() -> None:
    """Any message passes."""
    assert play({"type": "mine", "asgi": {"version": "3.0"}}, {"type": "mine.event"}, ({"type": "x"},)) == []
