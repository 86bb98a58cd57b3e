"""Values as chunks, and the beats between them."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from asgikit import json
from asgikit.codec import JSONValues
from asgikit.feeds import BEAT, NO_BEAT, Chunks, beats, in_event, on_line
from asgikit.http.sse import EventReader, ServerSentEvent


async def numbers() -> AsyncIterator[int]:
    for number in range(3):
        yield number


def written(number: int) -> bytes:
    return b"%d" % number


async def test_each_value_is_a_chunk() -> None:
    """Encoded one by one, in order."""
    assert [chunk async for chunk in Chunks(numbers(), written)] == [b"0", b"1", b"2"]


async def test_a_value_is_encoded_when_it_comes() -> None:
    """None is taken ahead of the one who asks."""
    seen: list[int] = []

    def note(number: int) -> bytes:
        seen.append(number)
        return b""

    chunks = Chunks(numbers(), note)
    await anext(chunks)
    await chunks.aclose()
    assert seen == [0]


async def test_the_iterable_is_started_once() -> None:
    """Asking for an iterator may be what subscribes to something."""
    started = []

    class Topic:
        def __aiter__(self) -> AsyncIterator[int]:
            started.append(1)
            return numbers()

    chunks = aiter(Chunks(Topic(), written))
    assert started == []
    assert [chunk async for chunk in chunks] == [b"0", b"1", b"2"]
    assert len(started) == 1


async def test_closing_ends_the_iterable() -> None:
    """The iterator that it has given, or itself before that; what cannot be closed is left alone."""
    closed: list[str] = []

    class Rows:
        async def __aiter__(self) -> AsyncIterator[int]:
            try:
                yield 1
            finally:
                closed.append("iterator")

        async def aclose(self) -> None:
            closed.append("rows")

    chunks = Chunks(Rows(), written)
    await chunks.aclose()
    assert closed == ["rows"]
    await anext(chunks)
    await chunks.aclose()
    assert closed == ["rows", "iterator"]

    class Bare:
        def __aiter__(self) -> Bare:
            return self

        async def __anext__(self) -> int:
            return 1

    await Chunks(Bare(), written).aclose()


async def test_a_generator_that_never_started_is_closed() -> None:
    """So that nothing is left to the garbage collector."""
    generator: Any = numbers()
    await Chunks(generator, written).aclose()
    assert [value async for value in generator] == []


def test_only_asynchronous_iterables_are_taken() -> None:
    """Not the function that makes them, nor a list."""
    untyped: Any = Chunks
    for values in (numbers, [1, 2]):
        with pytest.raises(TypeError, match="asynchronous iterable"):
            untyped(values, written)


@pytest.mark.parametrize("seconds", [0, -1, math.nan])
def test_the_time_between_beats_is_positive(seconds: float) -> None:
    """Anything else is a mistake that would cost a whole core."""
    with pytest.raises(ValueError, match="keep_alive"):
        beats(seconds)


def test_a_feed_can_do_without_beats() -> None:
    """It is one all the same, and ends when the server stops."""
    assert beats(None).every == NO_BEAT == math.inf
    assert (beats(2.5).every, beats(2.5).beat) == (2.5, BEAT)


def test_a_beat_is_nothing_to_a_reader() -> None:
    """Neither alone nor between two events."""
    assert EventReader().feed(BEAT + ServerSentEvent("x").encode() + BEAT) == [ServerSentEvent("x")]


def test_a_value_is_the_data_of_an_event() -> None:
    """As its codec writes it, on as many lines as that has."""

    class Lines:
        def encode(self, value: str) -> bytes:
            return value.encode()

    assert in_event(json(dict[str, int]))({"a": 1}) == b'data: {"a":1}\n\n'
    assert in_event(Lines())("a\nb") == b"data: a\ndata: b\n\n"


def test_a_value_is_on_one_line() -> None:
    """Also if its codec likes to indent; a line break in a string is an escape in any case."""

    class Indented:
        def encode(self, value: object) -> bytes:
            return b'{\n  "a": 1\n}'

    assert on_line(JSONValues())({"a": "x\ny"}) == b'{"a":"x\\ny"}\n'
    assert on_line(Indented())(None) == b'{   "a": 1 }\n'


async def test_values_may_come_from_a_stream_of_objects() -> None:
    """As other tasks send them."""
    give, take = anyio.create_memory_object_stream[int](3)
    async with give:
        for number in range(3):
            await give.send(number)
    chunks = Chunks(take, written)
    assert [chunk async for chunk in chunks] == [b"0", b"1", b"2"]
    await chunks.aclose()
    assert take.statistics().open_receive_streams == 0
