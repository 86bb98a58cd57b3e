"""The news that the server stops: told from anywhere, at signals ahead of the server."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import anyio
import anyio.to_thread
import pytest

from asgikit import App, Request, Response
from asgikit.http.sse import ServerSentEvent
from asgikit.stopping import SIGNALS, Stopping
from asgikit.testing import exchanging, running

pytestmark = pytest.mark.virtual_time

Handler = Callable[[int, FrameType | None], None]


@pytest.fixture(params=SIGNALS, ids=lambda number: number.name)
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal, whose handler is put back afterwards."""
    given: signal.Signals = request.param
    earlier = signal.getsignal(given)
    yield given
    signal.signal(given, earlier)


@pytest.fixture
def caught(number: signal.Signals) -> list[int]:
    """What the handler of a server was called with."""
    seen: list[int] = []

    def handle(signal_number: int, frame: FrameType | None) -> None:
        assert frame is not None
        seen.append(signal_number)

    signal.signal(number, handle)
    return seen


async def test_all_who_wait_are_told() -> None:
    """Each of them, and who comes later at once; after a new start nobody, and nobody after the end of the last lifespan."""
    stopping = Stopping()
    woken: list[int] = []

    async def wait(number: int) -> None:
        await stopping.wait()
        woken.append(number)

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            for number in range(3):
                group.start_soon(wait, number)
            await anyio.wait_all_tasks_blocked()
            assert woken == []
            stopping.tell()
        await wait(3)
    assert sorted(woken) == [0, 1, 2, 3]
    with stopping.lifespan(None, signals=False):
        assert not await is_told(stopping)
        stopping.tell()
        assert await is_told(stopping)
    assert not await is_told(stopping)


async def is_told(stopping: Stopping) -> bool:
    with anyio.move_on_after(0.02):
        await stopping.wait()
        return True
    return False


async def test_the_end_of_one_lifespan_is_not_the_end_of_another() -> None:
    """Whoever belongs to neither is told when both are."""
    whole, one, two = Stopping(), dict[str, object](), dict[str, object]()
    with whole.lifespan(one, signals=False) as first:
        with whole.lifespan(two, signals=False) as second:
            assert (whole.of(one), whole.of(two), whole.of(None), whole.of({})) == (first, second, whole, whole)
            first.tell()
            assert [stopping.is_told for stopping in (first, second, whole)] == [True, False, False]
            assert whole.is_partly_told
            second.tell()
            assert [stopping.is_told for stopping in (first, second, whole)] == [True, True, True]
        assert (whole.is_told, whole.of(two)) == (True, whole)
    assert not whole.is_partly_told


async def test_another_lifespan_is_served_while_one_ends() -> None:
    """And after its end, too."""
    whole = Stopping()
    with whole.lifespan(None, signals=False) as first:
        first.tell()
        with whole.lifespan(None, signals=False) as second:
            assert [stopping.is_told for stopping in (first, second, whole)] == [True, False, False]
            whole.tell()
            assert second.is_told


def test_whoever_asks_is_called_when_something_changes() -> None:
    """So that nobody has to look."""
    seen: list[bool] = []
    whole = Stopping(lambda: seen.append(whole.is_partly_told))
    with whole.lifespan(None, signals=False) as part:
        part.tell()
    whole.tell()
    assert seen == [False, True, False, True]


def test_what_others_put_into_the_namespace_is_no_lifespan() -> None:
    """Nor is one that has ended."""
    whole, namespace = Stopping(), dict[str, object]()
    with whole.lifespan(namespace, signals=False):
        pass
    assert whole.of(namespace) is whole
    assert whole.of(dict.fromkeys(namespace, 3)) is whole


async def test_lifespans_of_two_applications_share_a_namespace() -> None:
    """As where one runs the other."""
    outer, inner, namespace = Stopping(), Stopping(), dict[str, object]()
    with outer.lifespan(namespace, signals=False) as one, inner.lifespan(namespace, signals=False) as two:
        assert (outer.of(namespace), inner.of(namespace)) == (one, two)


async def test_who_gives_up_waiting_is_forgotten() -> None:
    """Nothing of a response stays behind."""
    stopping = Stopping()
    with anyio.move_on_after(0.01):
        await stopping.wait()
    assert stopping._waiting == set()
    stopping.tell()


@pytest.mark.virtual_time(False)  # a thread has work to do
async def test_it_can_be_told_from_another_thread() -> None:
    """As by the lifespan of another event loop."""
    stopping = Stopping()
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(stopping.wait)
            await anyio.wait_all_tasks_blocked()
            await anyio.to_thread.run_sync(stopping.tell)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_event_loop_that_is_gone_harms_nobody(backend: str) -> None:
    """Though it has left somebody waiting."""
    stopping = Stopping()

    async def leave() -> None:
        waiting = stopping.wait()
        async with anyio.create_task_group() as group:
            group.start_soon(stopping.wait)
            await anyio.wait_all_tasks_blocked()
            stale.extend(stopping._waiting)
            group.cancel_scope.cancel()
        waiting.close()

    stale: list[Callable[[], object]] = []
    anyio.run(leave, backend=backend)
    stopping._waiting.update(stale)
    stopping.tell()
    assert len(stale) == 1


async def test_a_signal_tells_and_then_goes_where_it_went(number: signal.Signals, caught: list[int]) -> None:
    """The handler of the server is called with what the signal came with, once."""
    stopping = Stopping()
    with stopping.at_signals(), anyio.fail_after(5):
        signal.raise_signal(number)
        await stopping.wait()
    assert caught == [number]


async def test_we_tell_before_the_server_is_called(number: signal.Signals) -> None:
    """Its handler may raise, as Python's own does at SIGINT."""
    stopping = Stopping()

    def interrupt(signal_number: int, frame: FrameType | None) -> None:
        raise KeyError(signal_number)

    signal.signal(number, interrupt)
    with stopping.at_signals(), anyio.fail_after(5):
        with pytest.raises(KeyError):
            signal.raise_signal(number)
        await stopping.wait()


@pytest.mark.usefixtures("caught")
def test_handlers_are_put_back(number: signal.Signals) -> None:
    """The very same, also after an error."""
    before = signal.getsignal(number)
    with pytest.raises(ValueError, match="mine"), Stopping().at_signals():
        assert signal.getsignal(number) is not before
        raise ValueError("mine")
    assert signal.getsignal(number) is before


@pytest.mark.usefixtures("caught")
def test_a_handler_that_came_later_stays(number: signal.Signals) -> None:
    """Whoever put it there has the say."""

    def theirs(signal_number: int, frame: FrameType | None) -> None: ...

    with Stopping().at_signals():
        signal.signal(number, theirs)
    assert signal.getsignal(number) is theirs


def test_after_the_end_a_chained_handler_only_passes_on(number: signal.Signals, caught: list[int]) -> None:
    """Somebody who came later may call it for ever."""
    first, second = Stopping(), Stopping()
    with first.at_signals():
        later = second.at_signals()
        later.__enter__()
    signal.raise_signal(number)
    later.__exit__(None, None, None)
    assert (first._told, second._told, caught) == (False, True, [number])


@pytest.mark.parametrize("earlier", [signal.SIG_DFL, signal.SIG_IGN])
def test_where_nobody_handles_a_signal_we_do_not_either(number: signal.Signals, earlier: signal.Handlers) -> None:
    """It ends the process, or is ignored, as before."""
    signal.signal(number, earlier)
    with Stopping().at_signals():
        assert signal.getsignal(number) is earlier
    assert signal.getsignal(number) is earlier


def test_a_handler_that_is_not_pythons_is_left_alone(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python says None to it, and could not put it back."""
    installed: list[Any] = []
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    monkeypatch.setattr(signal, "signal", lambda *args: installed.append(args))
    with Stopping().at_signals():
        pass
    assert installed == []


@pytest.mark.usefixtures("caught")
def test_another_thread_installs_nothing(number: signal.Signals) -> None:
    """Python would not let it."""
    before = signal.getsignal(number)
    during: list[Any] = []

    def live() -> None:
        with Stopping().at_signals():
            during.append(signal.getsignal(number))

    thread = threading.Thread(target=live)
    thread.start()
    thread.join(5)
    assert during == [before]


async def endless(request: Request[None]) -> Response:
    async def events() -> Any:
        while True:
            yield ServerSentEvent("tick")
            await anyio.sleep(0.001)

    return Response.sse(events())


async def test_a_feed_ends_at_a_signal(number: signal.Signals, caught: list[int]) -> None:
    """With its last event, and the server hears of the signal too."""
    before = signal.getsignal(number)
    app = App(endless)
    async with running(app):
        assert signal.getsignal(number) is not before
        async with exchanging(app) as exchange:
            assert await exchange.read()
            assert await exchange.read()
            signal.raise_signal(number)
            with anyio.fail_after(5):
                while await exchange.read() is not None:
                    pass
            await exchange.end()
    last = [step.message for step in exchange.steps if step.kind == "send"][-1]
    assert (last["body"], last["more_body"], caught) == (b"", False, [number])
    assert signal.getsignal(number) is before


@pytest.mark.usefixtures("caught")
async def test_signals_can_be_left_alone(number: signal.Signals) -> None:
    """By saying so to the App."""
    before = signal.getsignal(number)
    async with running(App(endless, signals=False)):
        assert signal.getsignal(number) is before


@pytest.mark.virtual_time(False)  # a thread has work to do
async def test_a_function_is_called_when_it_is_told() -> None:
    """From any thread, in the event loop that asked for it; not once that is called off, and at once if it was told before."""
    stopping, called, news = Stopping(), [], anyio.Event()

    def note() -> None:
        called.append(threading.current_thread())
        news.set()

    stopping.call(lambda: called.append(None))()
    stopping.call(note)
    await anyio.to_thread.run_sync(stopping.tell)
    with anyio.fail_after(5):
        await news.wait()
    assert called == [threading.current_thread()]
    news = anyio.Event()
    stopping.call(note)
    with anyio.fail_after(5):
        await news.wait()
