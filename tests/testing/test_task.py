"""One call of an application, in a task of its own."""

from __future__ import annotations

import traceback
from typing import Any

import anyio
import pytest

from asgikit.conformance import ConformanceError
from asgikit.testing import AsyncClient, NoAnswer, Profile, http_scope
from asgikit.testing.task import Running
from tests.peers import Events, ignored
from tests.testing.apps import App, Receive, Scope, Send, body, sending, start

pytestmark = pytest.mark.virtual_time

QUICK = Profile(timeout=0.05)


def call_of(app: App, profile: Profile = QUICK) -> Running:
    call = Running(app, http_scope(), Events(), ignored, profile)
    call.start()
    return call


async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
    await anyio.sleep_forever()


async def test_it_ends_by_itself() -> None:
    """And nothing is wrong."""
    call = call_of(sending(start(), body()))
    await call.end("goes on")
    call.judge()
    assert call.ended
    assert call.error is None


async def test_what_it_raises_is_kept() -> None:
    """It is the client's to raise."""

    async def raising(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    call = call_of(raising)
    await call.end("goes on")
    assert isinstance(call.error, ZeroDivisionError)


async def test_one_that_hangs_is_cancelled_and_told_of() -> None:
    """With what it has done until then."""
    cancelled: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(start(201))
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append(True)

    call = call_of(app)
    with pytest.raises(NoAnswer, match=r"goes on for 0\.05 seconds; so far:\n(.|\n)*http\.response\.start +status=201"):
        await call.end("goes on")
    assert call.ended
    assert cancelled == [True]


async def test_one_that_gives_signs_has_more_time() -> None:
    """Only silence is waited for: a slow application that works is none that hangs."""
    call = call_of(hanging)
    async with anyio.create_task_group() as group:

        async def signs() -> None:
            for _ in range(20):
                call.activity += 1
                await anyio.sleep(0.01)
            call.ended = True
            call.news.ring()

        group.start_soon(signs)
        await call.end("goes on")
    await call.cancel()


async def test_one_that_catches_its_cancellation_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test hangs for it."""
    monkeypatch.setattr("asgikit.testing.task._CANCELLED", 0.05)
    release = anyio.Event()

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.CancelScope(shield=True):
            await release.wait()

    call = call_of(stubborn)
    await anyio.wait_all_tasks_blocked()
    with anyio.fail_after(5):
        await call.cancel()
    assert not call.ended
    release.set()
    await anyio.wait_all_tasks_blocked()
    assert call.ended


async def test_one_that_is_cancelled_before_it_began_does_not_begin() -> None:
    """The scope is there only when the task runs."""
    call = call_of(hanging)
    with anyio.fail_after(5):
        await call.cancel()
    assert call.ended


async def test_broken_rules_are_judged_with_the_exchange() -> None:
    """The first has the text, all are in the notes."""
    call = call_of(sending(body(), start(99)))
    await call.end("goes on")
    with pytest.raises(ConformanceError, match="HTTP-") as caught:
        call.judge()
    assert "<-- http.response.body" in "".join(caught.value.__notes__)


async def test_a_weaker_check_lets_weaker_rules_pass() -> None:
    """And without one nothing is judged."""
    app = sending(start(200, (b"X-Upper", b"1")), body())
    for check in ("must", None):
        call = call_of(app, Profile(check=check))  # type: ignore[arg-type]  # both are levels
        await call.end("goes on")
        assert [violation for violation in call.violations if violation.level != "must"] == []


async def test_a_rule_that_was_broken_is_told_once() -> None:
    """The first one with the exchange, then the others."""

    async def careless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Tea", b"green")]})
        await send({"type": "http.response.body", "body": "text"})

    async with AsyncClient(careless, lifespan="off") as client:
        with pytest.raises(ConformanceError) as raised:
            await client.get("/")
    text = "".join(traceback.format_exception_only(raised.value))
    assert [text.count(f"{rule} (must, app)") for rule in ("HTTP-RESP-005", "HTTP-RESP-013")] == [1, 1]
    assert ">   2 <-- http.response.start" in text


@pytest.mark.parametrize("how", ["http", "websocket"])
async def test_what_is_no_application_is_told_of_as_such(how: str) -> None:
    """A factory above all: the TypeError of the call says nothing of that."""

    def factory() -> Any:
        """Makes an application."""

    async with AsyncClient(factory, lifespan="off") as client:
        with pytest.raises(ConformanceError, match=r"CORE-APP-001.*if it is a factory, give what it returns"):
            if how == "http":
                await client.get("/")
            else:
                async with client.websocket("/"):
                    pass


@pytest.mark.parametrize("how", ["http", "websocket"])
async def test_an_outcome_of_pytest_comes_out_as_it_is(how: str) -> None:
    """It is no Exception, and is none of the event loop's."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        pytest.fail("not to be called")

    async with AsyncClient(app, lifespan="off") as client:
        with pytest.raises(pytest.fail.Exception, match="not to be called"):
            if how == "http":
                await client.get("/")
            else:
                async with client.websocket("/"):
                    pass
