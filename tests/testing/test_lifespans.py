"""The life of an application around its tests."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from asgikit.conformance import ConformanceError
from asgikit.testing import LifespanFailed, NoAnswer, running
from tests.testing.apps import App, Receive, Scope, Send, echo

pytestmark = pytest.mark.virtual_time


def living(log: list[str], *, startup: str = "complete", shutdown: str = "complete", **state: object) -> App:
    """An application that says these at its start and its end."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for half, outcome in (("startup", startup), ("shutdown", shutdown)):
            log.append((await receive())["type"])
            if half == "startup" and "state" in scope:
                scope["state"].update(state)
            if outcome == "raise":
                raise ValueError("no database")
            if outcome == "return":
                return
            message = {"message": "no database"} if outcome == "failed" else {}
            await send({"type": f"lifespan.{half}.{outcome}", **message})
            if outcome == "failed":
                return

    return app


async def test_the_lifespan_runs_around_the_block() -> None:
    """It starts before it, and ends after it; what it has said is kept."""
    log: list[str] = []
    async with running(living(log)) as life:
        log.append("block")
        assert (life.has_started, life.asked) == (True, 1)
    assert log == ["lifespan.startup", "block", "lifespan.shutdown"]
    assert life.messages == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]


async def test_the_state_is_what_the_application_has_put_there() -> None:
    """In the namespace of its scope."""
    async with running(living([], db="one")) as life:
        assert life.state == {"db": "one"}


async def test_a_server_may_keep_no_state() -> None:
    """Then the scope has no namespace."""
    async with running(living([], db="one"), keeps_state=False) as life:
        assert (life.state, "state" in life.scope) == ({}, False)


@pytest.mark.parametrize("half", ["startup", "shutdown"])
@pytest.mark.parametrize(
    ("outcome", "text"),
    [("failed", "failed: no database"), ("raise", r"raised ValueError\('no database'\)"), ("return", "ended before its")],
)
async def test_a_half_that_fails_fails_the_test(half: Any, outcome: str, text: str) -> None:
    """With what the application says of it, or raised."""
    outcomes: dict[str, Any] = {half: outcome}
    with pytest.raises(LifespanFailed, match=f"{half}.*{text}|{text} {half}"):
        async with running(living([], **outcomes)):
            assert half == "shutdown"


async def test_an_application_without_the_protocol_is_refused() -> None:
    """Unless that is allowed: then nothing is stopped."""
    with pytest.raises(LifespanFailed, match="NotImplementedError"):
        async with running(echo):
            pytest.fail("it has not started")
    async with running(echo, mode="auto") as life:
        assert (life.has_started, life.messages) == (False, [])


async def test_what_raises_when_it_was_asked_has_failed() -> None:
    """It knows the protocol."""
    with pytest.raises(LifespanFailed, match="no database"):
        async with running(living([], startup="raise"), mode="auto"):
            pytest.fail("it has not started")


@pytest.mark.parametrize("half", ["startup", "shutdown"])
async def test_a_half_that_does_not_end_fails_the_test(half: str) -> None:
    """It is cancelled."""
    log: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if half == "shutdown":
            await send({"type": "lifespan.startup.complete"})
            await receive()
        try:
            await anyio.sleep_forever()
        finally:
            log.append("cancelled")

    with pytest.raises(NoAnswer, match=r"has not s.* seconds"):
        async with running(app, timeout=0.05):
            assert half == "shutdown"
    assert log == ["cancelled"]


async def test_a_rule_of_the_lifespan_is_checked() -> None:
    """As those of requests."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for half in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{half}.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    with pytest.raises(ConformanceError, match="LIFE-"):
        async with running(app):
            pass
    async with running(app, check=None, timeout=0.1):
        pass


async def test_a_test_that_fails_is_not_hidden() -> None:
    """By a shutdown that fails too: that is a note. One that does not is run all the same."""
    log: list[str] = []
    with pytest.raises(KeyError) as failed:
        async with running(living(log, shutdown="failed")):
            raise KeyError("the test")
    assert log == ["lifespan.startup", "lifespan.shutdown"]
    assert "no database" in failed.value.__notes__[0]


async def test_a_test_that_is_cancelled_takes_the_application_with_it() -> None:
    """Nothing is left running."""
    log: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        try:
            await anyio.sleep_forever()
        finally:
            log.append("cancelled")

    with anyio.CancelScope() as scope:
        async with running(app):
            scope.cancel()
            await anyio.sleep_forever()
    assert log == ["cancelled"]


@pytest.mark.parametrize("outcome", [SystemExit(3), pytest.fail.Exception("no")])
async def test_only_exceptions_say_that_the_protocol_is_not_known(outcome: BaseException) -> None:
    """An application that exits, or a test that fails in it, has not started."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise outcome

    with pytest.raises(LifespanFailed):
        async with running(app, mode="auto"):
            pass


@pytest.mark.parametrize("half", ["startup", "shutdown"])
async def test_a_half_that_takes_too_long_says_how_to_give_it_longer(half: str) -> None:
    """With the name of the option."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if half == "shutdown":
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await anyio.sleep_forever()

    with pytest.raises(NoAnswer) as raised:
        async with running(app, timeout=0.01):
            pass
    assert "timeout=30" in raised.value.__notes__[-1]


@pytest.mark.parametrize("half", ["startup", "shutdown"])
async def test_a_broken_rule_is_why_a_half_is_not_complete(half: str) -> None:
    """An event that there is not is told first, and once."""
    outcomes: dict[str, Any] = {half: "done"}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await living([], **outcomes)(scope, receive, send)

    with pytest.raises(
        LifespanFailed, match=f"ended before its {half} was complete: it broke [A-Z]+-.*lifespan.{half}.done"
    ) as error:
        async with running(app):
            pass
    assert not any("lifespan.startup.done" in note for note in getattr(error.value, "__notes__", ()))


async def test_what_comes_out_of_an_application_behind_its_shutdown_fails_the_test() -> None:
    """It has said that it is complete, and then it has failed."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await living([])(scope, receive, send)
        raise ValueError("the pool does not close")

    with pytest.raises(LifespanFailed, match=r"the shutdown of the application raised ValueError\('the pool") as told:
        async with running(app):
            pass
    assert isinstance(told.value.__cause__, ValueError)


@pytest.mark.virtual_time(False)
async def test_a_lifespan_that_sends_without_an_end_is_told_of() -> None:
    """Though it never waits: it lets the time pass."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        while True:
            await send({"type": "lifespan.startup.complete"})

    with pytest.raises(NoAnswer, match="has not shut down"):
        async with running(app, check=None, timeout=0.1):
            pass
