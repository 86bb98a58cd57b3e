"""Start-up and shutdown."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from asgikit import App, Request, Response, lifespans
from asgikit.errors import CompositionError, InvalidEvent, StateMissing
from asgikit.lifespan import States, given, serve_lifespan, serve_nothing
from asgikit.testing import http_scope, lifespan_scope, play, running

SCOPE = lifespan_scope()
BOTH = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


async def handler(request: Request[None]) -> Response:
    return Response.empty()


def failing(where: str) -> App[None]:
    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        if where == "startup":
            raise ValueError("no database")
        yield
        raise ValueError("no goodbye")

    return App(handler, lifespan=lifespan)


@pytest.mark.parametrize(("where", "events"), [("startup", 1), ("shutdown", 2)])
async def test_a_failing_lifespan_is_reported_with_its_reason(where: str, events: int, caplog: pytest.LogCaptureFixture) -> None:
    """To the server as a message, to the log with its traceback; nothing is raised."""
    answer = await play(failing(where), SCOPE, BOTH)
    reason = "ValueError: no database" if where == "startup" else "ValueError: no goodbye"
    assert answer.error is None
    assert len(answer.events) == events
    assert answer.events[-1] == {"type": f"lifespan.{where}.failed", "message": reason}
    assert "Traceback" in caplog.text


async def test_events_out_of_order_are_refused() -> None:
    """A server that does this is broken (lifespan, Startup)."""
    answer = await play(failing("shutdown"), SCOPE, list(reversed(BOTH)))
    assert isinstance(answer.error, InvalidEvent)


async def test_a_cancelled_lifespan_cleans_up() -> None:
    """As when a server does not wait for shutdown."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        try:
            yield
        finally:
            seen.append("closed")

    async with anyio.create_task_group() as group:
        group.start_soon(play, App(handler, lifespan=lifespan), SCOPE, [BOTH[0]])
        await anyio.wait_all_tasks_blocked()
        seen.append("cancelled")
        group.cancel_scope.cancel()
    assert seen == ["cancelled", "closed"]


@asynccontextmanager
async def told(order: list[str]) -> AsyncGenerator[None]:
    order.append("started")
    try:
        yield
    finally:
        order.append("left")


@pytest.mark.parametrize("with_lifespan", [True, False])
async def test_whoever_waits_is_told_before_the_lifespan_is_left(with_lifespan: bool) -> None:
    """Feeds end while what they need is still there."""
    order: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def noted(event: Any) -> None:
            order.append(event["type"].removeprefix("lifespan."))
            await send(event)

        def stop() -> None:
            order.append("stop")

        if with_lifespan:
            await serve_lifespan(lambda: told(order), lambda state: order.append("published"), stop, receive, noted)
        else:
            await serve_nothing(receive, noted, stop)

    async with running(app):
        order.append("block")
    expected = ["startup.complete", "block", "stop", "shutdown.complete"]
    if with_lifespan:
        expected = ["started", "published", "startup.complete", "block", "stop", "left", "shutdown.complete"]
    assert order == expected


async def test_a_lifespan_that_does_not_start_stops_nobody() -> None:
    """Another of the same application may be serving."""

    @asynccontextmanager
    async def failing() -> AsyncGenerator[None]:
        raise ValueError
        yield

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await serve_lifespan(failing, lambda state: None, lambda: stopped.append(None), receive, send)

    stopped: list[None] = []
    answer = await play(app, SCOPE, BOTH)
    assert ([event["type"] for event in answer.events], stopped) == (["lifespan.startup.failed"], [])


def resource(name: str, log: list[str], *, fails: str = "") -> Any:
    @asynccontextmanager
    async def opened(*needs: object) -> AsyncGenerator[str]:
        if fails == "start":
            raise ValueError(f"no {name}")
        log.append(f"{name}{list(needs) or ''} started")
        try:
            yield name
        finally:
            log.append(f"{name} stopped")
        if fails == "stop":
            raise ValueError(f"no end of {name}")

    opened.__qualname__ = f"open_{name}"
    return opened


async def test_several_become_one_in_order() -> None:
    """The last to start is the first to stop; `then` is given what those before it gave."""
    log: list[str] = []
    whole = lifespans(resource("a", log), resource("b", log)).then(resource("c", log)).into(lambda *names: "".join(names))
    async with whole() as state:
        log.append(state)
    assert log == ["a started", "b started", "c['a', 'b'] started", "abc", "c stopped", "b stopped", "a stopped"]


async def test_one_that_does_not_start_stops_those_before_it() -> None:
    """What comes behind it is never begun; the server is told which one it was."""
    log: list[str] = []
    whole = lifespans(resource("a", log), resource("b", log, fails="start"), resource("c", log)).into(lambda *names: None)
    answer = await play(App(handler, lifespan=whole), SCOPE, BOTH)
    reason = "ValueError: no b\nin the lifespan open_b, at its start"
    assert answer.events == [{"type": "lifespan.startup.failed", "message": reason}]
    assert log == ["a started", "a stopped"]


async def test_one_that_does_not_stop_holds_up_no_other() -> None:
    """The others are stopped all the same."""
    log: list[str] = []
    whole = lifespans(resource("a", log), resource("b", log, fails="stop")).into(lambda *names: None)
    answer = await play(App(handler, lifespan=whole), SCOPE, BOTH)
    reason = "ValueError: no end of b\nin the lifespan open_b, at its end"
    assert answer.events[-1] == {"type": "lifespan.shutdown.failed", "message": reason}
    assert log == ["a started", "b started", "b stopped", "a stopped"]


async def test_an_error_that_passes_through_is_nobodys() -> None:
    """It came from the block: no lifespan puts its name to it."""
    with pytest.raises(KeyError) as caught:
        async with lifespans(resource("a", [])).into(lambda *names: None)():
            raise KeyError
    assert not hasattr(caught.value, "__notes__")


class Passing:
    """Raises again what it is given, as plain classes may."""

    async def __aenter__(self) -> None:
        """Nothing to do."""

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Raises it."""
        if error is not None:
            raise error


async def test_an_error_that_is_raised_again_is_nobodys_either() -> None:
    """It is the same one."""
    with pytest.raises(KeyError) as caught:
        async with lifespans(Passing).into(lambda nothing: None)():
            raise KeyError
    assert not hasattr(caught.value, "__notes__")


async def test_a_state_that_cannot_be_made_stops_them() -> None:
    """They have started already."""
    log: list[str] = []
    with pytest.raises(ZeroDivisionError):
        async with lifespans(resource("a", log)).into(lambda name: 1 // 0)():
            raise AssertionError("there is no state")
    assert log == ["a started", "a stopped"]


async def bare() -> AsyncGenerator[None]:
    yield


@pytest.mark.parametrize(("wrong", "text"), [(bare, "write @asynccontextmanager above it"), (5, "5 is no lifespan")])
def test_what_is_no_lifespan_is_refused(wrong: Any, text: str) -> None:
    """When it is put together."""
    for compose in (lifespans, lifespans(resource("a", [])).then):
        with pytest.raises(CompositionError, match=text):
            compose(wrong)


def test_states_belong_to_their_lifespans() -> None:
    """The server hands a token back; where it does not, the latest that runs counts."""
    states: States[str] = States(object())
    first: dict[str, object] = {}
    second: dict[str, object] = {}
    states.publish(1, "first", first)
    states.publish(2, "second", second)
    assert (states.of(http_scope(state=first)), states.of(http_scope(state=second))) == ("first", "second")
    assert states.of(http_scope()) == states.of(http_scope(state={})) == "second"
    states.forget(2)
    states.forget(2)
    assert states.of(http_scope(state=second)) == "first"


def test_a_state_that_is_given_needs_no_lifespan() -> None:
    """It is there before one, and again after it."""
    states = States(object(), "given")
    states.publish(1, "published", None)
    assert states.of(http_scope()) == "published"
    states.forget(1)
    assert states.of(http_scope()) == "given"


def test_the_state_is_one_or_nobodys() -> None:
    """None before a lifespan, one while one runs; of several nobody says which is meant."""
    states: States[str] = States(object())
    with pytest.raises(StateMissing, match="no lifespan has run"):
        states.of(http_scope())
    with pytest.raises(StateMissing, match="no lifespan runs"):
        states.sole()
    states.publish(1, "first", None)
    assert states.sole() == "first"
    states.publish(2, "second", None)
    with pytest.raises(StateMissing, match="2 lifespans run, each with its own"):
        states.sole()
    states.forget(2)
    assert states.sole() == "first"


async def test_the_lifespan_of_a_given_state_does_nothing() -> None:
    """It gives it, as often as it is asked."""
    state = object()
    lifespan = given(state)
    for _ in range(2):
        async with lifespan() as found:
            assert found is state
