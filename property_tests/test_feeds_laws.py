"""Laws of feeds: what is yielded is what a reader gets, whatever happens between."""

import json as stdlib
from dataclasses import replace

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit import App, Response, json
from asgikit.asgi import response_body
from asgikit.body import Feed, Stream
from asgikit.feeds import BEAT, Chunks
from asgikit.http.sse import EventReader, ServerSentEvent
from asgikit.sending import Outlet, send_stream
from asgikit.stopping import Stopping
from asgikit.testing import call

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


class Wire:
    """Takes one event at a time, each for some steps; something befalls it after some of them."""

    def __init__(self, delays, after, fate):
        self.chunks, self.ended, self.befallen = [], False, False
        self.stopping, self.left = Stopping(), anyio.Event()
        self._delays, self._after, self._fate = list(delays), after, fate
        self._busy = False

    async def send(self, event):
        assert not self._busy
        assert not self.ended
        self._busy = True
        if len(self.chunks) == self._after:
            self.befall()
        await steps(self._delays.pop() if self._delays else 0)
        self._busy = False
        if event["more_body"]:
            self.chunks.append(event["body"])
        else:
            self.ended = True

    def befall(self):
        self.befallen = self._fate is not None
        if self._fate == "stopped":
            self.stopping.tell()
        elif self._fate == "left":
            self.left.set()
        elif self._fate == "broken":
            raise BrokenPipeError


@given(
    st.lists(st.tuples(pauses, events), max_size=8),
    st.lists(pauses, max_size=12),
    st.integers(0, 8),
    st.sampled_from([None, "stopped", "left", "broken"]),
    st.sampled_from([0.00001, 0.0002, 60]),
    backends,
)
def test_a_feed_arrives_whole_as_far_as_it_goes(items, delays, after, fate, every, backend):
    """Beats split no event, nothing follows the last event of the body, and only what is complete or stopped has one."""
    closed: list[bool] = []

    async def run():
        wire = Wire(delays, after, fate)
        chunks = Chunks(yielded(items, closed), ServerSentEvent.encode)
        outlet = Outlet(wire.send, response_body, wire.left.wait, wire.stopping.wait)
        with anyio.fail_after(20):
            return wire, await send_stream(Stream(chunks, Feed(every, BEAT)), None, outlet)

    wire, complete = anyio.run(run, backend=backend)
    written = [item.encode() for _, item in items]
    got = [chunk for chunk in wire.chunks if chunk != BEAT]
    assert got == written[: len(got)]
    assert read(wire.chunks) == told([item for _, item in items[: len(got)]])
    assert complete == wire.ended
    if not wire.befallen:
        assert (complete, got) == (True, written)
    elif fate != "left":
        assert complete == (fate == "stopped")
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
