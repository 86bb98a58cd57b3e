"""Laws of feeds: what is yielded is what a reader gets, whatever happens between."""

import json as stdlib
import math
from dataclasses import replace

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, Response, json
from asgikit.body import Feed, Stream
from asgikit.feeds import BEAT, Chunks
from asgikit.http.sse import EventReader, ServerSentEvent
from asgikit.testing import Incomplete, call, exchanging

texts = st.text("ab \r\n:é\u2028\x85\0", max_size=8) | st.sampled_from(["data: x", "\n\nid: 1\n\n", ":", ""])
names = st.none() | st.text("ab: ", min_size=1, max_size=4)
ids = st.none() | st.text("12 ", max_size=3)
events = st.builds(ServerSentEvent, texts, event=names, id=ids, retry=st.none() | st.integers(0, 9))
pauses = st.sampled_from([0, 0, 0, 1, 2, 5])
backends = st.sampled_from(["asyncio", "trio"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


async def steps(number):
    """Lets the others go first so many times."""
    for _ in range(number):
        await anyio.lowlevel.checkpoint()


async def yielded(items, closed=None):
    """The items after their pauses."""
    try:
        for pause, item in items:
            await steps(pause)
            yield item
    finally:
        if closed is not None:
            closed.append(True)


def read(chunks):
    reader = EventReader()
    return [event for chunk in chunks for event in reader.feed(chunk)]


def told(written):
    """What a reader is told of these events."""
    found, last_id = [], None
    for event in written:
        last_id = last_id if event.id is None else event.id
        data = event.data.replace("\r\n", "\n").replace("\r", "\n")
        found.append(replace(event, data=data, id=last_id))
    return found


async def read_on(exchange, got, count, delays):
    """Reads up to so many pieces, each after a while; whether there may be more."""
    while len(got) < count:
        await steps(delays.pop() if delays else 0)
        try:
            piece = await exchange.read()
        except Incomplete:
            return False
        if piece is None:
            return False
        got.append(piece)
    return True


def befall(fate, app, exchange):
    """What happens in the middle of a response."""
    if fate == "stopped":
        app.stop()
    elif fate == "left":
        exchange.leave()
    elif fate == "vanished":
        exchange.vanish()


@given(
    st.lists(st.tuples(pauses, events), max_size=8),
    st.lists(pauses, max_size=12),
    st.integers(0, 8),
    st.sampled_from([None, "stopped", "left", "vanished"]),
    st.sampled_from([0.00001, 0.0002, 60]),
    backends,
)
def test_a_feed_arrives_whole_as_far_as_it_goes(items, delays, after, fate, every, backend):
    """Beats split no event, nothing follows the last event of the body, and only what is complete or stopped has one."""
    closed: list[bool] = []

    async def handler(request):
        return Response(Stream(Chunks(yielded(items, closed), ServerSentEvent.encode), Feed(every, BEAT)))

    async def run():
        app, pieces, waits = App(handler), [], delays.copy()
        async with exchanging(app, buffer_size=0, check="note") as exchange:  # two events at a time are but a note
            await exchange.started()
            befallen = await read_on(exchange, pieces, after, waits) and not exchange.complete and fate is not None
            befall(fate, app, exchange)
            await read_on(exchange, pieces, math.inf, waits)
            await exchange.end()
            refused = [step for step in exchange.steps if step.kind == "send" and "error" in step.message]
            assert (exchange.error, refused[1:]) == (None, [])
            return pieces, befallen, exchange.complete

    pieces, befallen, complete = anyio.run(run, backend=backend)
    written = [item.encode() for _, item in items]
    got = [piece for piece in pieces if piece != BEAT]
    assert got == written[: len(got)]
    assert read(pieces) == told([item for _, item in items[: len(got)]])
    assert complete == (not befallen or fate == "stopped")
    if not befallen:
        assert got == written
    assert closed == [True] or not got


@given(st.lists(st.tuples(pauses, events), max_size=8), backends)
def test_what_an_app_sends_is_what_was_yielded(items, backend):
    """All of it, through the edge, as one body."""

    async def handler(request):
        return Response.sse(yielded(items), keep_alive=0.00001)

    answer = anyio.run(call, App(handler), backend=backend)
    assert answer.error is None
    assert read(event.get("body", b"") for event in answer.events) == told([item for _, item in items])
    assert [event["more_body"] for event in answer.events[1:]] == [True] * (len(answer.events) - 2) + [False]


@pytest.mark.parametrize("codec", [None, json(object)])
@given(items=st.lists(values, max_size=8))
def test_lines_are_read_back_as_they_were(codec, items):
    """By any reader of JSON, a line for each value."""
    pairs = [(0, item) for item in items]
    made = Response.json_lines(yielded(pairs)) if codec is None else Response.json_lines(yielded(pairs), codec)

    async def collect():
        return b"".join([chunk async for chunk in made.body.chunks])

    lines = anyio.run(collect).split(b"\n")
    assert lines.pop() == b""
    assert [stdlib.loads(line) for line in lines] == items
