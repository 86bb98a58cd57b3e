"""The receiving side of a request."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit.errors import BodyConsumed, ClientDisconnected, ContentTooLarge, InvalidEvent, RequestTimeout
from asgikit.inbox import READ_AHEAD, SMALL, Inbox
from tests.peers import Events, Turn


def inbox(*events: Turn) -> Inbox:
    return Inbox(Events(*events))


def chunk(body: bytes, more: bool = True) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


async def test_chunks_become_one_body_that_is_kept() -> None:
    """Read once from the server, as often as asked from us."""
    box = inbox(chunk(b"a"), chunk(b""), chunk(b"b", more=False))
    assert await box.read(10, None) == b"ab"
    assert await box.read(10, None) == b"ab"
    assert [part async for part in box.stream()] == [b"ab"]


async def test_a_bare_event_is_an_empty_body() -> None:
    """Both keys have defaults."""
    assert await inbox({"type": "http.request"}).read(10, None) == b""
    assert [part async for part in inbox({"type": "http.request"}).stream()] == []


@pytest.mark.parametrize("chunks", [(), (b"",), (b"a",), (b"", b"a", b"")])
async def test_it_knows_whether_there_was_a_body(chunks: tuple[bytes, ...]) -> None:
    """However it was read, once somebody has looked."""
    box = inbox(*map(chunk, chunks), chunk(b"", more=False))
    assert not box.has_content
    body = await box.read(10, None)
    assert box.has_content is bool(body)


async def test_past_the_limit_nothing_more_is_read() -> None:
    """Before reading if the length is announced; later calls say the same."""
    with pytest.raises(ContentTooLarge):
        await inbox().read(10, 11)
    box = inbox(chunk(b"x" * 11))
    for _ in range(2):
        with pytest.raises(ContentTooLarge):
            await box.read(10, None)
    with pytest.raises(BodyConsumed), anyio.fail_after(5):
        await anext(box.stream())


async def test_two_tasks_can_ask_for_the_body_at_once() -> None:
    """Both get all of it."""
    box = inbox(chunk(b"a"), chunk(b"b", more=False))
    got: list[bytes] = []

    async def ask() -> None:
        got.append(await box.read(10, None))

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(ask)
    assert got == [b"ab", b"ab"]


async def test_a_lower_limit_counts_for_a_kept_body_too() -> None:
    """Whoever asks later for less is told."""
    box = inbox(chunk(b"x" * 10, more=False))
    assert len(await box.read(10, None)) == 10
    with pytest.raises(ContentTooLarge):
        await box.read(5, None)


async def test_a_client_that_leaves_is_an_error_of_its_own() -> None:
    """Half a body is none."""
    with pytest.raises(ClientDisconnected):
        await inbox(chunk(b"a"), GONE).read(10, None)


async def test_a_stream_comes_once() -> None:
    """Empty chunks are left out."""
    box = inbox(chunk(b"a"), chunk(b""), chunk(b"b", more=False))
    assert [part async for part in box.stream()] == [b"a", b"b"]
    with pytest.raises(BodyConsumed):
        await anext(box.stream())
    with pytest.raises(BodyConsumed):
        await box.read(10, None)


@pytest.mark.parametrize("event", [{"type": "http.request", "body": "text"}, {"type": "websocket.receive"}])
async def test_an_event_that_the_protocol_does_not_have_is_refused(event: Any) -> None:
    """Text for bytes, or another protocol's event (asgi, Error Handling)."""
    with pytest.raises(InvalidEvent):
        await inbox(event).read(10, None)


async def test_watching_and_reading_share_one_receive() -> None:
    """Nothing is lost, and never two receives at a time."""
    box = inbox(*[chunk(b"%d" % n) for n in range(9)], chunk(b"9", more=False), GONE)
    parts: list[bytes] = []
    async with anyio.create_task_group() as group:
        group.start_soon(box.disconnected)
        async for part in box.stream():
            parts.append(part)
            await anyio.lowlevel.checkpoint()
    assert b"".join(parts) == b"0123456789"


async def test_a_cancelled_read_loses_nothing() -> None:
    """Who asks again gets the whole body; who streams is told that some of it was taken."""
    late = anyio.Event()
    box = inbox(chunk(b"early"), late.wait, chunk(b"late", more=False))
    async with anyio.create_task_group() as group:
        group.start_soon(box.read, 10, None)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(BodyConsumed), anyio.fail_after(5):
            await anext(box.stream())
        group.cancel_scope.cancel()
    late.set()
    assert await box.read(10, None) == b"earlylate"


async def test_empty_chunks_are_not_kept() -> None:
    """HTTP/2 lets a client send any number of them, outside of flow control."""
    box = inbox(*[chunk(b"") for _ in range(1000)], GONE)
    await box.disconnected()
    assert len(box._ahead) == 0


async def test_two_can_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both learn that the client has left, as soon as somebody has read what was held."""
    monkeypatch.setattr("asgikit.inbox.UNREAD", 1000)
    box = inbox(chunk(b"x" * READ_AHEAD), chunk(b"", more=False), GONE)
    with anyio.fail_after(5):
        await watched_twice(box)


async def watched_twice(box: Inbox) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(box.disconnected)
        group.start_soon(box.disconnected)
        await anyio.wait_all_tasks_blocked()
        assert [len(part) async for part in box.stream()] == [READ_AHEAD]


async def test_a_body_that_nobody_reads_is_dropped_to_see_the_client_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that left behind a large upload does not keep a stream running."""
    monkeypatch.setattr("asgikit.inbox.UNREAD", 0.01)
    box = inbox(*[chunk(b"x" * READ_AHEAD) for _ in range(5)], GONE)
    with anyio.fail_after(5):
        await box.disconnected()
    with pytest.raises(ContentTooLarge):
        await box.read(10**9, None)
    with pytest.raises(BodyConsumed):
        await anext(box.stream())


async def test_watching_holds_no_more_than_it_may() -> None:
    """An upload that nobody reads is not taken into memory; it goes on when somebody does."""
    big = b"x" * (READ_AHEAD // 2)
    receive = Events(*[chunk(big)] * 9, chunk(big, more=False))
    box = Inbox(receive)
    async with anyio.create_task_group() as group:
        group.start_soon(box.disconnected)
        await anyio.wait_all_tasks_blocked()
        assert receive.taken == 2, "an upload that nobody reads"
        assert sum([len(part) async for part in box.stream()]) == 10 * len(big)
        group.cancel_scope.cancel()


@pytest.mark.parametrize(("idle", "total"), [(0, None), (None, 0), (-1, 1), (1, -1)])
async def test_times_are_above_zero(idle: float | None, total: float | None) -> None:
    """Else nobody could send anything."""
    with pytest.raises(ValueError, match="above 0"):
        inbox().stream(idle, total)
    with pytest.raises(ValueError, match="above 0"):
        await inbox().read(10, None, idle, total)


async def test_a_body_that_is_kept_can_be_waited_for_in_vain() -> None:
    """And goes on where it was, for who asks again."""
    box = inbox(chunk(b"a"))
    for _ in range(2):
        with pytest.raises(RequestTimeout):
            await box.read(10, None, 0.01)


async def test_small_chunks_are_kept_together() -> None:
    """Each by itself would take more memory than what is in it."""
    box = inbox(*[chunk(b"ab")] * 999, chunk(b"x" * SMALL), chunk(b"c"), chunk(b"", more=False))
    assert await box.read(10**6, None) == b"ab" * 999 + b"x" * SMALL + b"c"
    assert len(box._parts) == 2


async def test_the_last_chunk_is_known_to_be_the_last() -> None:
    """For who hands it on, and has to say so; read through a decoder, it may not be."""
    box = inbox(chunk(b"a"), chunk(b"b", more=False))
    assert (await box.next(), box.is_at_end) == (b"a", False)
    assert (await box.next(), box.is_at_end) == (b"b", True)
