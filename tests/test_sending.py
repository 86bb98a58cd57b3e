"""Streams and feeds on their way out: beats between chunks, and every way to end."""

from __future__ import annotations

import math
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import pytest

from asgikit import App, Request, Response
from asgikit.asgi import response_body
from asgikit.body import Feed, Stream
from asgikit.codings.coding import THREAD_SIZE, Coding
from asgikit.codings.installed import codings, decoders
from asgikit.errors import IncorrectLength
from asgikit.sending import Outlet, close_chunks, send_stream
from asgikit.stopping import Stopping
from asgikit.testing import call

pytestmark = pytest.mark.virtual_time

SHORT = 0.005


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """One time for all: that of the event loop."""
    monkeypatch.setattr("asgikit.sending.monotonic", anyio.current_time)


class Wire:
    """The other side: what it got, and what befalls it."""

    def __init__(self, *, hold: Callable[[bytes], Awaitable[None]] | None = None) -> None:
        self.events: list[Any] = []
        self.left = anyio.Event()
        self.stopping = Stopping()
        self.sending = 0
        self._hold = hold
        self._news = anyio.Event()

    @property
    def chunks(self) -> list[bytes]:
        return [event["body"] for event in self.events if event["more_body"]]

    @property
    def ended(self) -> bool:
        return bool(self.events) and not self.events[-1]["more_body"]

    async def send(self, event: Any) -> None:
        assert self.sending == 0, "two events at a time"
        assert not self.ended, "an event after the last one"
        self.sending += 1
        self._tell()
        try:
            if self._hold is not None:
                await self._hold(event["body"])
            self.events.append(event)
            self._tell()
        finally:
            self.sending -= 1

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()

    async def got(self, chunk: bytes, times: int = 1) -> None:
        with anyio.fail_after(5):
            while self.chunks.count(chunk) < times:
                await self._news.wait()

    async def heard(self, events: int) -> None:
        with anyio.fail_after(5):
            while len(self.events) < events:
                await self._news.wait()

    async def stuck(self, after: int) -> None:
        with anyio.fail_after(5):
            while not (self.sending and len(self.events) >= after):
                await self._news.wait()

    async def take(self, body: Stream, length: int | None = None) -> bool:
        outlet = Outlet(self.send, response_body, self.left.wait, self.stopping.wait)
        with anyio.fail_after(10):
            return await send_stream(body, length, outlet)


class Source:
    """Chunks that tell what happened to them; after the last one it waits for what never comes."""

    def __init__(self, *chunks: bytes, ends: bool = False) -> None:
        self.closed = 0
        self.cleaned = False
        self._chunks, self._ends = chunks, ends

    async def __call__(self) -> AsyncIterator[bytes]:
        try:
            for chunk in self._chunks:
                yield chunk
            if not self._ends:
                await anyio.sleep_forever()
        finally:
            self.closed += 1
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
            self.cleaned = True


async def idle() -> None:
    await anyio.sleep(10 * SHORT)


async def test_a_beat_is_sent_in_silence() -> None:
    """Again and again, for as long as it lasts."""
    wire, source = Wire(), Source(b"a")
    async with anyio.create_task_group() as group:
        group.start_soon(wire.take, Stream(source(), Feed(SHORT, b"beat")))
        await wire.got(b"beat", 3)
        wire.left.set()
    assert wire.chunks[:3] == [b"a", b"beat", b"beat"]
    assert (wire.ended, source.closed) == (False, 1)


async def test_no_beat_is_sent_while_chunks_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time runs from the latest chunk."""
    now = 0.0

    async def flowing() -> AsyncIterator[bytes]:
        nonlocal now
        for _ in range(20):
            now += 1
            yield b"a"
            await anyio.sleep(SHORT)

    monkeypatch.setattr("asgikit.sending.monotonic", lambda: now)
    wire = Wire()
    assert await wire.take(Stream(flowing(), Feed(SHORT, b"beat")))
    assert (set(wire.chunks), wire.ended) == ({b"a"}, True)


async def test_a_feed_without_beats_is_silent() -> None:
    """And still ends when it is told to."""
    wire, source = Wire(), Source(b"a")
    async with anyio.create_task_group() as group:
        group.start_soon(wire.take, Stream(source(), Feed(math.inf, b"beat")))
        await anyio.wait_all_tasks_blocked()
        await idle()
        wire.stopping.tell()
    assert (wire.chunks, wire.ended, source.closed) == ([b"a"], True, 1)


async def test_a_beat_waits_for_the_chunk_that_is_on_its_way() -> None:
    """However long that takes: the wire fails where two events meet."""

    async def hold(body: bytes) -> None:
        await anyio.sleep(SHORT * 4 if body == b"a" else 0)

    wire = Wire(hold=hold)
    assert await wire.take(Stream(Source(*[b"a"] * 5, ends=True)(), Feed(SHORT, b"beat")))
    assert (wire.chunks.count(b"a"), wire.ended) == (5, True)


async def test_a_chunk_waits_for_the_beat_that_is_on_its_way() -> None:
    """So does the end of the stream."""

    async def hold(body: bytes) -> None:
        await anyio.sleep(SHORT * 4 if body == b"beat" else 0)

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(5):
            await anyio.sleep(SHORT * 2)
            yield b"a"
        await anyio.sleep(SHORT * 2)

    wire = Wire(hold=hold)
    assert await wire.take(Stream(slow(), Feed(SHORT, b"beat")))
    assert (wire.chunks.count(b"a"), b"beat" in wire.chunks, wire.ended) == (5, True, True)


@pytest.mark.parametrize("waiting", [True, False])
async def test_a_feed_ends_when_the_server_stops(waiting: bool) -> None:
    """With its last event, whether it waits for something or has always more to say."""

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"a"
                await anyio.lowlevel.checkpoint()
        finally:
            source.closed += 1

    wire, source = Wire(), Source(b"a")
    async with anyio.create_task_group() as group:
        group.start_soon(wire.take, Stream(source() if waiting else endless(), Feed(60, b"beat")))
        await wire.got(b"a")
        assert source.closed == 0
        wire.stopping.tell()
    assert (wire.ended, source.closed) == (True, 1)


async def test_a_stop_waits_for_the_chunk_that_is_on_its_way() -> None:
    """It arrives whole, and is the last."""
    release = anyio.Event()

    async def hold(body: bytes) -> None:
        if body == b"b":
            await release.wait()

    wire, source = Wire(hold=hold), Source(b"a", b"b", b"c")
    async with anyio.create_task_group() as group:
        group.start_soon(wire.take, Stream(source(), Feed(60, b"beat")))
        await wire.stuck(after=1)
        wire.stopping.tell()
        await anyio.wait_all_tasks_blocked()
        assert (wire.chunks, source.closed) == ([b"a"], 0)
        release.set()
    assert (wire.chunks, wire.ended, source.cleaned) == ([b"a", b"b"], True, True)


async def test_a_stop_waits_for_the_beat_that_is_on_its_way() -> None:
    """As for a chunk."""
    release = anyio.Event()

    async def hold(body: bytes) -> None:
        if body == b"beat":
            await release.wait()

    wire, source = Wire(hold=hold), Source(b"a")
    async with anyio.create_task_group() as group:
        group.start_soon(wire.take, Stream(source(), Feed(SHORT, b"beat")))
        await wire.stuck(after=1)
        wire.stopping.tell()
        await anyio.wait_all_tasks_blocked()
        assert (wire.ended, source.closed) == (False, 0)
        release.set()
    assert (wire.chunks, wire.ended, source.closed) == ([b"a", b"beat"], True, 1)


@pytest.mark.parametrize("stuck", [b"b", b"beat"])
async def test_an_event_that_gets_stuck_is_no_end(stuck: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing follows an event that may have gone out in part, and the server can stop nevertheless."""
    monkeypatch.setattr("asgikit.sending.CLEAN_UP", 0.05)

    async def hold(body: bytes) -> None:
        if body == stuck:
            await anyio.sleep_forever()

    wire, source = Wire(hold=hold), Source(*[b"a", b"b"][: 1 + (stuck == b"b")])
    async with anyio.create_task_group() as group:
        group.start_soon(wire.take, Stream(source(), Feed(SHORT, b"beat")))
        await wire.stuck(after=1)
        wire.stopping.tell()
    assert (wire.chunks, wire.ended, source.closed) == ([b"a"], False, 1)


async def test_a_stream_that_is_no_feed_goes_on() -> None:
    """A download is worth waiting for."""
    wire = Wire()
    wire.stopping.tell()
    assert await wire.take(Stream(Source(b"a", b"b", ends=True)()))
    assert (wire.chunks, wire.ended) == ([b"a", b"b"], True)


async def test_a_feed_that_starts_too_late_ends_at_once() -> None:
    """The server waits for it already."""
    wire, source = Wire(), Source(b"a")
    wire.stopping.tell()
    assert await wire.take(Stream(source(), Feed(60, b"beat")))
    assert wire.ended


async def test_the_last_event_is_sent_once() -> None:
    """Also if the server stops just when the feed ends by itself."""

    async def hold(body: bytes) -> None:
        if body == b"":
            wire.stopping.tell()
            await idle()

    wire = Wire(hold=hold)
    assert await wire.take(Stream(Source(b"a", ends=True)(), Feed(SHORT, b"beat")))
    assert (wire.chunks, len(wire.events)) == ([b"a"], 2)


@pytest.mark.parametrize("feed", [None, Feed(60, b"beat")])
async def test_a_client_that_leaves_ends_it_without_a_last_event(feed: Feed | None) -> None:
    """There is nobody to read it."""
    wire, source = Wire(), Source(b"a")
    results: list[bool] = []

    async def take() -> None:
        results.append(await wire.take(Stream(source(), feed)))

    async with anyio.create_task_group() as group:
        group.start_soon(take)
        await anyio.wait_all_tasks_blocked()
        wire.left.set()
    assert (wire.chunks, wire.ended, source.closed, results) == ([b"a"], False, 1, [False])


@pytest.mark.parametrize("how", ["left", "broken"])
async def test_a_client_that_leaves_while_the_server_stops_gets_no_last_event(how: str) -> None:
    """Nothing is sent to who has left."""

    async def hold(body: bytes) -> None:
        wire.stopping.tell()
        if how == "left":
            wire.left.set()
        await anyio.sleep(SHORT)
        if how == "broken" and body:
            raise BrokenPipeError

    wire, source = Wire(hold=hold), Source(b"a", b"b")
    assert not await wire.take(Stream(source(), Feed(60, b"beat")))
    assert (wire.ended, source.closed) == (False, 1)


@pytest.mark.parametrize("failing", [b"a", b"beat"])
async def test_a_client_whose_connection_breaks_ends_it(failing: bytes) -> None:
    """At a chunk or at a beat: that is no error (www, Disconnected Client)."""

    async def hold(body: bytes) -> None:
        if body == failing:
            raise BrokenPipeError

    wire, source = Wire(hold=hold), Source(b"a", b"b")
    assert not await wire.take(Stream(source(), Feed(SHORT, b"beat")))
    assert (wire.ended, source.closed) == (False, 1)


async def test_a_last_event_that_cannot_be_sent_is_no_error() -> None:
    """It only was not all of it."""

    async def hold(body: bytes) -> None:
        if body == b"":
            raise BrokenPipeError

    assert not await Wire(hold=hold).take(Stream(Source(b"a", ends=True)()))


@pytest.mark.parametrize("failing", [b"a", b"beat"])
async def test_an_error_of_the_server_is_raised_as_itself(failing: bytes) -> None:
    """Not in a group, whoever met with it."""

    async def hold(body: bytes) -> None:
        if body == failing:
            raise LookupError(body)

    wire, source = Wire(hold=hold), Source(b"a")
    with pytest.raises(LookupError):
        await wire.take(Stream(source(), Feed(SHORT, b"beat")))
    assert (wire.ended, source.closed) == (False, 1)


@pytest.mark.parametrize("when", ["between", "cleaning up"])
async def test_a_feed_that_fails_is_not_ended_as_if_complete(when: str) -> None:
    """Its error is raised as itself."""

    async def failing() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            if when == "between":
                raise ValueError(when)
            await anyio.sleep_forever()
        finally:
            if when == "cleaning up":
                raise ValueError(when)

    wire = Wire()

    async def stop() -> None:
        await anyio.wait_all_tasks_blocked()
        wire.stopping.tell()

    async with anyio.create_task_group() as group:
        group.start_soon(stop)
        with pytest.raises(ValueError, match=when):
            await wire.take(Stream(failing(), Feed(60, b"beat")))
    assert (wire.chunks, wire.ended) == ([b"a"], False)


async def test_a_chunk_that_is_none_is_an_error() -> None:
    """Of whoever made it, not of the server that would get it."""

    async def wrong() -> AsyncIterator[Any]:
        yield None

    wire = Wire()
    with pytest.raises(TypeError):
        await wire.take(Stream(wrong()))
    assert wire.events == []


async def test_the_length_is_as_announced() -> None:
    """Neither more nor less."""
    for length in (1, 3):
        wire = Wire()
        with pytest.raises(IncorrectLength):
            await wire.take(Stream(Source(b"a", b"b", ends=True)()), length)
        assert (len(b"".join(wire.chunks)) <= length, wire.ended) == (True, False)
    assert await Wire().take(Stream(Source(b"a", b"b", ends=True)()), 2)


@asynccontextmanager
async def producing() -> AsyncIterator[AsyncIterator[bytes]]:
    give, take = anyio.create_memory_object_stream[bytes](1)

    async def produce() -> None:
        while True:
            await give.send(b"a")

    async with give, take, anyio.create_task_group() as group:
        group.start_soon(produce)
        yield take
        group.cancel_scope.cancel()


async def merged(closed: list[bool]) -> AsyncIterator[bytes]:
    try:
        async with producing() as source:
            async for chunk in source:
                yield chunk
    finally:
        closed.append(True)


@pytest.mark.parametrize("ending", ["broken", "left while sending", "stopped", "stopped while sending"])
async def test_a_generator_may_have_a_task_group_around_its_yields(ending: str) -> None:
    """It ends in good order, in the scope where it began, whatever ends it."""

    async def hold(body: bytes) -> None:
        if body != b"a" or len(wire.chunks) != 3:
            await anyio.lowlevel.checkpoint()
            return
        if ending == "broken":
            raise BrokenPipeError
        if ending.startswith("left"):
            wire.left.set()
        else:
            wire.stopping.tell()
        if ending.endswith("sending"):
            await idle()

    closed: list[bool] = []
    wire = Wire(hold=hold)
    await wire.take(Stream(merged(closed), Feed(60, b"beat")))
    assert (closed, wire.ended) == ([True], ending.startswith("stopped"))


@pytest.mark.parametrize("told", [True, False])
async def test_clean_up_has_its_time_when_a_client_leaves(told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can wait, but not for ever."""
    steps: list[str] = []

    async def careful() -> AsyncIterator[bytes]:
        try:
            yield b"a"
        finally:
            await anyio.sleep(SHORT)
            steps.append("waited")
            try:
                await anyio.sleep_forever()
            finally:
                steps.append("cut short")

    async def hold(body: bytes) -> None:
        if told:
            wire.left.set()
        await anyio.sleep(SHORT)
        raise BrokenPipeError

    monkeypatch.setattr("asgikit.sending.CLEAN_UP", 0.1)
    wire = Wire(hold=hold)
    assert not await wire.take(Stream(careful()))
    assert steps == ["waited", "cut short"]


async def test_who_yields_when_cancelled_is_not_heard() -> None:
    """It is closed as any other, and has its time."""
    steps: list[str] = []

    async def stubborn() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            try:
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                yield b"b"
        finally:
            await anyio.sleep(SHORT)
            steps.append("waited")

    wire = Wire()
    async with anyio.create_task_group() as group:
        group.start_soon(wire.take, Stream(stubborn(), Feed(60, b"beat")))
        await wire.got(b"a")
        await anyio.wait_all_tasks_blocked()
        wire.stopping.tell()
    assert (wire.chunks, wire.ended, steps) == ([b"a"], True, ["waited"])


async def test_clean_up_is_done_while_we_are_being_cancelled() -> None:
    """As when a server does not wait for its responses."""
    steps: list[str] = []

    async def careful() -> AsyncIterator[bytes]:
        try:
            yield b"a"
        finally:
            await anyio.sleep(SHORT)
            steps.append("waited")

    async def hold(body: bytes) -> None:
        await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        group.start_soon(Wire(hold=hold).take, Stream(careful(), Feed(60, b"beat")))
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert steps == ["waited"]


async def test_closing_ends_what_never_started() -> None:
    """And takes anything."""
    generator = Source(b"a")()
    await close_chunks(generator)
    assert [chunk async for chunk in generator] == []
    await close_chunks(object())


def read_at_once(coding: Coding, chunks: list[bytes]) -> tuple[list[bytes], bool]:
    """What a reader has of each chunk when it comes, and whether it has seen the end."""
    member, seen = decoders()[coding.name](), list[bytes]()
    for chunk in chunks:
        seen.append(member.decode(chunk))
        while not member.hungry and not member.ended:
            seen[-1] += member.decode(b"")
    return seen, member.ended


@pytest.mark.parametrize("coding", codings(), ids=str)
async def test_what_an_encoded_feed_sends_can_be_read_at_once(coding: Coding) -> None:
    """Chunks and beats alike, in one coding; it is whole also where the server stops it."""
    wire, source = Wire(), Source(b"a" * 50, b"b")
    async with anyio.create_task_group() as group:
        group.start_soon(wire.take, Stream(source(), Feed(SHORT, b"beat", coding.encoder(flushed=True))))
        await wire.heard(5)
        wire.stopping.tell()
    seen, ended = read_at_once(coding, [event["body"] for event in wire.events])
    assert (seen[:5], ended, wire.ended) == ([b"a" * 50, b"b", b"beat", b"beat", b"beat"], True, True)
    assert set(seen[5:]) <= {b"beat", b""}


class Halting:
    """An encoder during whose work something happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens = happens
        self.threads: list[threading.Thread] = []

    def encode(self, data: bytes) -> bytes:
        self.threads.append(threading.current_thread())
        if len(data) >= THREAD_SIZE:
            anyio.from_thread.run_sync(self.happens)
        return data[:1]

    def finish(self) -> bytes:
        return b"."


@pytest.mark.virtual_time(False)  # a thread encodes
async def test_what_was_encoded_is_sent_though_the_server_stops() -> None:
    """For what follows builds on it; and large chunks are encoded beside the event loop, with no beat between."""
    wire = Wire()
    encoder = Halting(wire.stopping.tell)
    large = b"x" * THREAD_SIZE
    assert await wire.take(Stream(Source(b"small", large)(), Feed(60, b"beat", encoder)))
    assert [event["body"] for event in wire.events] == [b"s", b"x", b"."]
    assert [thread is threading.current_thread() for thread in encoder.threads] == [True, False]


@pytest.mark.virtual_time(False)  # a thread encodes
async def test_an_encoded_feed_that_is_cut_off_is_not_ended() -> None:
    """The client would take it for whole."""
    wire = Wire()
    encoder = Halting(wire.left.set)
    assert not await wire.take(Stream(Source(b"x" * THREAD_SIZE)(), Feed(60, b"beat", encoder)))
    assert b"." not in [event["body"] for event in wire.events]


@pytest.mark.virtual_time(False)  # nothing ever rests
async def test_a_stream_that_never_waits_ends_when_the_client_leaves() -> None:
    """Though the server takes every chunk at once, and goes on taking them, as uvicorn does."""
    last, closed = 3_000_000, False

    async def long() -> AsyncGenerator[bytes, None]:
        nonlocal last, closed
        try:
            while last:
                last -= 1
                yield b"x"
        finally:
            closed = True

    async def handle(request: Request[object]) -> Response:
        return Response.stream(long(), content_type="text/plain")

    answer = await call(App(handle), leaves_after=3)
    assert (answer.error, closed, last > 0) == (None, True, True)
    assert answer.events[-1]["more_body"]
