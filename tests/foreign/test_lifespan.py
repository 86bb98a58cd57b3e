"""The lifespan of a foreign application, run as its server would."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from asgikit.errors import LifespanFailed
from asgikit.foreign.lifespan import Mode, Terms, hosted

pytestmark = pytest.mark.virtual_time

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def speaking(*events: Any, raises: BaseException | None = None, log: list[str] | None = None) -> Any:
    """An application that receives and sends in turn, then raises or returns."""

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        for event in events:
            kind = (await receive())["type"]
            if log is not None:
                log.append(kind)
            await send(event)
        if raises is not None:
            raise raises

    return app


STARTED = {"type": "lifespan.startup.complete"}
STOPPED = {"type": "lifespan.shutdown.complete"}


async def test_an_application_starts_and_stops_around_the_block() -> None:
    """With a state that it fills."""
    log: list[str] = []

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        scope["state"]["db"] = 1
        await speaking(STARTED, STOPPED, log=log)(scope, receive, send)

    state: dict[str, object] = {}
    async with hosted(app, Terms("app"), state) as has_lifespan:
        assert (has_lifespan, state, log) == (True, {"db": 1}, ["lifespan.startup"])
    assert log == ["lifespan.startup", "lifespan.shutdown"]


@pytest.mark.parametrize("app", [speaking(raises=ValueError("only http")), speaking()], ids=["raises", "returns"])
async def test_an_application_without_lifespan_is_fine(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The log says so (lifespan, Scope); one that has to have it fails."""
    with caplog.at_level("INFO", "asgikit"):
        async with hosted(app, Terms("the app"), {}) as has_lifespan:
            assert not has_lifespan
    assert "the app has no lifespan" in caplog.text
    with pytest.raises(LifespanFailed, match="the app has no lifespan"):
        async with hosted(app, Terms("the app", "on"), {}):
            raise AssertionError("it did not start")


async def test_a_failure_that_looks_like_no_lifespan_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """It had received the first event; the specification has it go on all the same."""

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        raise ValueError("no database")

    async with hosted(app, Terms("the app"), {}) as has_lifespan:
        assert not has_lifespan
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ValueError: no database" in caplog.text


async def test_a_lifespan_that_is_off_is_not_asked_for() -> None:
    """The application is not called."""
    log: list[str] = []
    mode: Mode = "off"
    async with hosted(speaking(STARTED, log=log), Terms("app", mode), {}) as has_lifespan:
        assert not has_lifespan
    assert log == []


async def test_what_fails_to_start_says_why_and_by_name() -> None:
    """Its own message, and its name, for there may be many; what it raises behind that is the cause."""
    failed = {"type": "lifespan.startup.failed", "message": "no database"}
    with pytest.raises(LifespanFailed, match=r"^the shop did not start: no database$") as caught:
        async with hosted(speaking(failed, raises=KeyError("db")), Terms("the shop"), {}):
            raise AssertionError("it did not start")
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    ("events", "raises", "reason"),
    [
        ([STARTED, {"type": "lifespan.shutdown.failed", "message": "no goodbye"}], None, "no goodbye"),
        ([STARTED, {"type": "lifespan.nonsense"}], None, "InvalidEvent: app sent 'lifespan.nonsense' in its lifespan"),
    ],
)
async def test_what_fails_to_stop_says_why(events: Any, raises: BaseException | None, reason: str) -> None:
    """Whether it sends or raises."""
    with pytest.raises(LifespanFailed) as caught:
        async with hosted(speaking(*events, raises=raises), Terms("app"), {}):
            pass
    assert str(caught.value) == f"app did not stop: {reason}"


async def test_what_hangs_at_its_end_is_cancelled() -> None:
    """A server that stops must come to an end."""
    cleaned: list[str] = []

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        await speaking(STARTED)(scope, receive, send)
        try:
            await anyio.sleep_forever()
        finally:
            cleaned.append("cleaned")

    with pytest.raises(LifespanFailed, match=r"it was cancelled after 0\.01 seconds"):
        async with hosted(app, Terms("app", stop=0.01), {}):
            pass
    assert cleaned == ["cleaned"]


async def test_what_waits_behind_its_last_event_is_ended() -> None:
    """It asked for a third event, and there is none."""

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        await speaking(STARTED, STOPPED)(scope, receive, send)
        await receive()

    with anyio.fail_after(5):
        async with hosted(app, Terms("app", stop=0.01), {}):
            pass


async def test_an_application_that_dies_while_it_runs_is_reported_then(caplog: pytest.LogCaptureFixture) -> None:
    """Not to the others, which go on; nor at the end, where nobody would know when."""
    async with hosted(speaking(STARTED, raises=ValueError("lost")), Terms("the shop"), {}):
        await anyio.wait_all_tasks_blocked()
        assert "the lifespan of the shop failed while it ran" in caplog.text
        assert "ValueError: lost" in caplog.text


async def test_it_stops_in_order_when_another_fails() -> None:
    """The block raised: it is told of the shutdown all the same."""
    log: list[str] = []
    with pytest.raises(KeyError):
        async with hosted(speaking(STARTED, STOPPED, log=log), Terms("app"), {}):
            raise KeyError
    assert log == ["lifespan.startup", "lifespan.shutdown"]
