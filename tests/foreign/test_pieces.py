"""A body between two tasks."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from asgikit.errors import ProtocolError
from asgikit.foreign.pieces import AHEAD, Pieces, Unwanted


async def settle() -> None:
    await anyio.wait_all_tasks_blocked()


async def test_an_application_is_not_far_ahead_of_the_reader() -> None:
    """So that whoever is behind the reader slows it down; what comes is read at once, in its pieces."""
    pieces, sent = Pieces(raises=True), list[bytes]()
    large = b"x" * AHEAD

    async def send() -> None:
        for data in (b"a", large, b"b"):
            await pieces.put(data, more=True)
            sent.append(data)
        await pieces.put(large, more=False)
        sent.append(b"end")

    async with anyio.create_task_group() as group:
        group.start_soon(send)
        await settle()
        assert sent == [b"a"]
        assert await anext(pieces) == b"a"
        await settle()
        assert sent == [b"a"]
        assert [piece async for piece in pieces] == [large, b"b", large]
    assert sent == [b"a", large, b"b", b"end"]


async def test_small_pieces_count_too() -> None:
    """Each takes more memory than what is in it."""
    pieces = Pieces(raises=True)
    with anyio.move_on_after(0.01) as scope:
        for _ in range(AHEAD):
            await pieces.put(b"", more=True)
    assert scope.cancelled_caught


async def test_a_body_in_one_piece_is_whole() -> None:
    """Nobody waits for a reader, and nothing is sent behind it."""
    pieces = Pieces(raises=True)
    assert pieces.whole() is None
    await pieces.put(b"all", more=False)
    await pieces.put(b"ignored", more=False)
    assert pieces.whole() == b"all"
    with pytest.raises(StopAsyncIteration):
        await anext(pieces)


@pytest.mark.parametrize("raises", [True, False])
async def test_what_nobody_reads_is_dropped(raises: bool) -> None:
    """With an error from spec_version 2.4 on, but never for the last piece, behind which there may be work."""
    pieces = Pieces(raises=raises)
    await pieces.aclose()
    if raises:
        with pytest.raises(Unwanted):
            await pieces.put(b"a", more=True)
    else:
        await pieces.put(b"a", more=True)
    await pieces.put(b"b", more=False)
    assert pieces.complete
    with pytest.raises(StopAsyncIteration):
        await anext(pieces)


@pytest.mark.parametrize("raises", [True, False])
async def test_closing_lets_go_whoever_waits(raises: bool) -> None:
    """In the middle of a body."""
    pieces, ended = Pieces(raises=raises), list[str]()

    async def send() -> None:
        try:
            await pieces.put(b"x" * AHEAD, more=True)
            ended.append("returned")
        except Unwanted:
            ended.append("raised")

    async with anyio.create_task_group() as group:
        group.start_soon(send)
        await settle()
        pieces.close()
        await pieces.closed()
    assert ended == ["raised" if raises else "returned"]


async def test_an_error_in_the_middle_is_raised_where_the_body_is_read() -> None:
    """Behind what was sent before it."""
    pieces = Pieces(raises=True)
    pieces.end(ValueError("no more"))
    with pytest.raises(ValueError, match="no more"):
        await anext(pieces)
    assert pieces.raised


async def test_an_application_that_stops_in_the_middle_breaks_the_protocol() -> None:
    """The response is not whole, and nobody may take it for that."""
    pieces = Pieces(raises=True)
    pieces.end(None)
    with pytest.raises(ProtocolError, match="ended before its response"):
        await anext(pieces)


async def test_a_held_body_ends_when_what_follows_has_come() -> None:
    """Trailers."""
    pieces, ended = Pieces(raises=True), list[str]()
    pieces.hold()
    await pieces.put(b"all", more=False)
    assert pieces.whole() is None

    async def read() -> None:
        assert [piece async for piece in pieces] == [b"all"]
        ended.append("end")

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        await settle()
        assert ended == []
        pieces.release()


async def test_who_was_told_that_the_client_has_left_sends_in_vain() -> None:
    """Also if the reader does not know of it yet."""
    pieces = Pieces(raises=True)
    pieces.gone = True
    with pytest.raises(Unwanted):
        await pieces.put(b"a", more=True)
