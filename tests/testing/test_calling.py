"""One call of an application, and what comes of it."""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from asgikit import json
from asgikit.conformance import ConformanceError
from asgikit.errors import UnprocessableContent
from asgikit.testing import Answer, ClientLeft, Incomplete, NoAnswer, call, calling, http_scope, play, websocket_scope
from asgikit.testing.failures import AppFailure
from tests.testing.apps import Receive, Scope, Send, body, echo, keeping, read, sending, start

pytestmark = pytest.mark.virtual_time


async def test_a_call_is_a_request_and_its_answer() -> None:
    """Status, fields and body, as they were sent."""
    answer = await call(echo, "POST", "/", body=b"hello")
    assert (answer.status, answer.headers["content-length"], answer.text, answer.error) == (200, "5", "hello", None)
    assert [event["type"] for event in answer.events] == ["http.response.start", "http.response.body"]


async def test_a_body_comes_in_the_pieces_that_are_given() -> None:
    """Each is an event; the last one says that it is."""
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([await receive() for _ in range(3)])
        await sending(start(204), body())(scope, receive, send)

    await call(app, "POST", body=[b"a", b"", b"c"])
    assert [(event["body"], event["more_body"]) for event in seen] == [(b"a", True), (b"", True), (b"c", False)]  # type: ignore[index]  # events


async def test_a_body_of_no_pieces_is_an_end() -> None:
    """An application that reads is not kept waiting."""
    assert (await call(echo, "POST", body=[])).body == b""


async def test_keys_of_the_scope_are_options_of_a_call() -> None:
    """With its fields; nothing else goes into the scope."""
    scopes: list[Scope] = []
    await call(
        keeping(scopes), "PUT", "/a?b", headers={"X-A": "1"}, root_path="/x", spec_version="2.1", omit=["client"], timeout=9
    )
    expected = http_scope("PUT", "/a?b", headers={"x-a": "1"}, root_path="/x", spec_version="2.1", omit=["client"])
    assert scopes == [expected]


async def test_a_client_may_have_left_before_anything_is_sent() -> None:
    """Behind its events there is the disconnect."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([(await receive())["type"], (await receive())["type"]])

    await call(app, leaves_after=0)
    assert seen == ["http.request", "http.disconnect"]


async def test_the_client_leaves_when_it_has_had_enough() -> None:
    """And not before: the application is told then."""
    told: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        await send(start())
        await send(body(b"a", more=True))
        told.append(await receive())

    answer = await call(app, leaves_after=2)
    assert (answer.body, told) == (b"a", [{"type": "http.disconnect"}])


@pytest.mark.parametrize("level", [None, "2.3", "2.4"])
async def test_send_raises_behind_a_client_that_has_left_since_2_4(level: Any) -> None:
    """And says nothing before; what was not sent is not in the answer."""
    answer = await call(sending(start(), body(b"a", more=True), body(b"b")), leaves_after=2, spec_version=level)
    raises = level == "2.4"
    assert (answer.body, type(answer.error)) == ((b"a", ClientLeft) if raises else (b"ab", type(None)))


async def test_what_comes_out_of_the_application_is_in_the_answer() -> None:
    """With what it had sent before."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(500))
        raise ValueError("broken")

    answer = await call(app)
    assert (answer.status, str(answer.error)) == (500, "broken")


async def test_a_cancellation_is_not_kept() -> None:
    """It is the test that is cancelled."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        group.cancel_scope.cancel()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        await call(app)
        pytest.fail("the test goes on")
    assert group.cancel_scope.cancelled_caught


async def test_an_application_that_breaks_a_rule_fails_the_test() -> None:
    """With the rule, and what came out of the application as its cause."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(body(b"early"))
        raise ValueError("broken")

    with pytest.raises(ConformanceError, match="HTTP-RESP") as broken:
        await call(app)
    assert str(broken.value.__cause__) == "broken"


async def test_rules_can_be_left_out() -> None:
    """One of them, the weaker ones, or all."""
    app = sending(start(401), body())
    with pytest.raises(ConformanceError, match="HTTP-SEM-022"):
        await call(app)
    for answer in (await call(app, ignore=["HTTP-SEM-022"]), await call(app, check="must"), await call(app, check=None)):
        assert answer.status == 401
    with pytest.raises(ConformanceError, match="HTTP-RESP-020"):
        await call(sending(), check="must")


async def test_an_application_that_does_not_end_is_told_of() -> None:
    """With what it has done, however it waits."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(202))
        await receive()
        await receive()

    with pytest.raises(NoAnswer, match=r"0\.05 seconds[^$]*status=202"):
        await call(app, timeout=0.05)


async def test_an_application_that_catches_its_cancellation_does_not_keep_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a while to end, and is left alone then."""
    monkeypatch.setattr("asgikit.testing.task._CANCELLED", 0.05)
    released = anyio.Event()

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.CancelScope(shield=True):
            await released.wait()

    with pytest.raises(NoAnswer):
        await call(stubborn, timeout=0.05)
    released.set()


async def test_an_application_runs_in_a_task_of_its_own() -> None:
    """As under a server: what it sets in the context is not there behind it."""
    said: ContextVar[str] = ContextVar("said", default="nothing")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert said.get() == "by the test"
        said.set("by the application")
        await echo(scope, receive, send)

    said.set("by the test")
    assert (await call(app)).status == 200
    assert said.get() == "by the test"


async def test_a_call_that_is_cancelled_cancels_the_application() -> None:
    """Which has cleaned up by then."""
    ended: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)

    async with anyio.create_task_group() as group:
        group.start_soon(call, app)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert ended == [True]


async def test_what_is_told_of_silence_has_no_credentials() -> None:
    """As everywhere else in the kit."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await receive()

    with pytest.raises(NoAnswer) as caught:
        await call(app, headers={"authorization": "Bearer t0ps3cret"}, timeout=0.05)
    assert "authorization" in str(caught.value)
    assert "t0ps3cret" not in str(caught.value)


async def test_any_scope_can_be_played_with_any_events() -> None:
    """In their order; then the client is silent."""
    events = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "a"},
        {"type": "websocket.disconnect", "code": 1001},
    ]
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend([scope["path"], await receive()])
        await send({"type": "websocket.accept"})
        seen.extend([await receive(), await receive()])

    answer = await play(app, websocket_scope("/chat"), events)
    assert (seen, answer.events) == (["/chat", *events], [{"type": "websocket.accept"}])


async def test_a_denial_is_an_answer_like_a_response() -> None:
    """Its status, fields and body."""
    denial = [
        {"type": "websocket.http.response.start", "status": 403, "headers": [(b"x-a", b"1")]},
        {"type": "websocket.http.response.body", "body": b"no"},
    ]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await sending(*denial)(scope, receive, send)

    answer = await play(app, websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert (answer.status, answer.headers["x-a"], answer.text) == (403, "1", "no")


def test_an_answer_without_a_response_has_no_status() -> None:
    """Nor has one with two."""
    with pytest.raises(Incomplete, match="started 0 responses"):
        print(Answer().status)
    with pytest.raises(Incomplete, match="started 2 responses"):
        print(Answer([start(), start()]).status)
    with pytest.raises(AppFailure, match="'200'"):
        print(Answer([{"type": "http.response.start", "status": "200"}]).status)


def test_the_body_of_an_answer_is_put_together() -> None:
    """As text and as JSON, too; an event without a body has none."""
    answer = Answer([start(), body(b'{"a":', more=True), {"type": "http.response.body", "more_body": True}, body(b"1}")])
    assert (answer.body, answer.text, answer.json()) == (b'{"a":1}', '{"a":1}', {"a": 1})


async def test_an_application_that_is_late_and_shrugs_its_cancellation_off_is_late() -> None:
    """Although it answers then."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(0.05):
            await anyio.sleep_forever()
        await sending(start(), body())(scope, receive, send)

    with pytest.raises(NoAnswer):
        await call(app, timeout=0.01)


async def test_what_is_told_of_a_call_that_is_late_has_no_secret() -> None:
    """As everywhere."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await anyio.sleep_forever()

    with pytest.raises(NoAnswer) as caught:
        await call(app, headers={"cookie": "sid=5ecret"}, timeout=0.01)
    assert "5ecret" not in str(caught.value)


async def test_json_can_be_of_a_type() -> None:
    """What the codec reads; else nobody knows of what type it is."""
    answer = await call(sending(start(), body(b"[1]")))
    assert answer.json() == [1]
    assert answer.json(json(list[int]))[0] == 1
    with pytest.raises(UnprocessableContent):
        answer.json(json(list[str]))


@pytest.mark.virtual_time(False)
async def test_an_application_that_sends_without_an_end_is_told_of() -> None:
    """Though it never waits: it lets the time pass, whether its client is there or not."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        while True:
            with suppress(ClientLeft):
                await send(body(b"x", more=True))

    for leaves_after in (None, 3):
        with pytest.raises(NoAnswer, match=r"has not ended for 0\.1 seconds"):
            await call(app, leaves_after=leaves_after, timeout=0.1)


async def test_an_application_that_sends_too_much_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has sent is kept, and the memory has an end."""
    monkeypatch.setattr(calling, "_KEPT", 10)
    sent: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start())
        while True:
            await send(body(b"abcd", more=True))
            sent.append(4)

    with pytest.raises(NoAnswer):
        await call(app)
    assert sum(sent) == 8


async def test_what_is_told_of_too_many_responses_has_no_secret() -> None:
    """Types of events, not what is in them; and what came out of the application."""
    answer = await call(sending(start(200, (b"set-cookie", b"a=s3cret")), start()), check=None)
    with pytest.raises(
        Incomplete, match=r"started 2 responses: it has sent http\.response\.start, http\.response\.start$"
    ) as told:
        _ = answer.status
    assert "s3cret" not in str(told.value)
    answer.error = ValueError("no database")
    with pytest.raises(Incomplete, match="; ValueError came out of it") as told:
        _ = answer.status
    assert told.value.__cause__ is answer.error


async def test_who_needs_more_time_is_told_how() -> None:
    """An application that is slow is not always wrong."""
    with pytest.raises(NoAnswer) as told:
        await call(lambda *given: anyio.sleep_forever())
    assert told.value.__notes__ == ["if it needs longer, say so: timeout=30, in seconds, or None for no limit"]
