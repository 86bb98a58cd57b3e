"""The body of a request, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import anyio.lowlevel
import pytest

from asgikit.testing.content import Content


async def several(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def taken(content: Content) -> list[tuple[bytes, bool]]:
    found: list[tuple[bytes, bool]] = []
    content.want()
    with anyio.fail_after(5):
        while not found or found[-1][1]:
            while not content.has_next:
                await content.news.wait()
            found.append(content.next())
    return found


async def test_bytes_are_one_piece() -> None:
    """What is there is given at once."""
    assert await taken(Content(b"abc")) == [(b"abc", False)]


async def test_no_body_is_one_empty_piece() -> None:
    """The application is told that nothing comes."""
    assert await taken(Content(b"")) == [(b"", False)]


async def test_bytes_are_cut_by_choice() -> None:
    """No piece is longer than asked for, and the last one says that it is the last."""
    assert await taken(Content(b"abcde", size=2)) == [(b"ab", True), (b"cd", True), (b"e", False)]


async def test_an_iterator_of_unknown_length_ends_in_an_empty_piece() -> None:
    """Nobody knows before the end that it is the end, as with chunked bodies."""
    assert await taken(Content(several(b"a", b"b"))) == [(b"a", True), (b"b", True), (b"", False)]


async def test_an_iterator_of_declared_length_ends_with_its_last_piece() -> None:
    """As a server counts Content-Length."""
    assert await taken(Content(several(b"ab", b"c"), length=3)) == [(b"ab", True), (b"c", False)]


async def test_an_iterator_is_cut_too() -> None:
    """What it gives is no longer than asked for."""
    assert await taken(Content(several(b"abc"), size=2)) == [(b"ab", True), (b"c", True), (b"", False)]


async def test_an_iterator_is_read_no_faster_than_asked() -> None:
    """One piece waits, no more: an endless body costs no memory."""
    given: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            given.append(1)
            yield b"x"

    content = Content(endless())
    content.want()
    await anyio.wait_all_tasks_blocked()
    assert len(given) == 1
    assert content.next() == (b"x", True)
    await anyio.wait_all_tasks_blocked()
    assert len(given) == 2
    content.stop()
    await anyio.wait_all_tasks_blocked()


async def test_what_nobody_asks_for_is_not_read() -> None:
    """An application that does not read leaves the source alone."""
    given: list[int] = []

    async def source() -> AsyncIterator[bytes]:
        given.append(1)
        yield b"x"

    Content(source())
    await anyio.wait_all_tasks_blocked()
    assert not given


async def test_a_source_that_raises_breaks_the_body_off() -> None:
    """The error is kept for the client."""

    async def source() -> AsyncIterator[bytes]:
        yield b"x"
        raise ValueError("the disk is gone")

    content = Content(source())
    content.want()
    await anyio.wait_all_tasks_blocked()
    assert content.next() == (b"x", True)
    await anyio.wait_all_tasks_blocked()
    assert content.is_broken
    assert not content.has_next
    assert isinstance(content.error, ValueError)


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_nothing_is_lost(size: int) -> None:
    """The pieces together are the body."""
    pieces = await taken(Content(several(b"ab", b"", b"cdefg"), size=size))
    assert b"".join(piece for piece, _ in pieces) == b"abcdefg"


class Outcome(BaseException):
    """As `pytest.fail` raises one."""


async def test_what_is_no_exception_breaks_off_as_well() -> None:
    """And keeps nobody waiting."""

    async def failing() -> AsyncIterator[bytes]:
        yield b"a"
        raise Outcome

    content = Content(failing())
    content.want()
    with anyio.fail_after(5):
        while not content.is_broken:
            await content.news.wait()
            if content.has_next:
                content.next()
        await content.aclose()
    assert isinstance(content.error, Outcome)


@pytest.mark.parametrize(
    ("pieces", "said"), [((b"abc",), "7 bytes shorter"), ((b"abcdefghij", b"kl"), "longer"), (("abc",), "str")]
)
async def test_content_that_no_client_could_send_is_an_error(pieces: tuple[bytes, ...], said: str) -> None:
    """Of the test, and not one that the application has to answer for."""
    content = Content(several(*pieces), length=10)
    content.want()
    with anyio.fail_after(5):
        while not content.is_broken:
            await content.news.wait()
            if content.has_next:
                content.next()
    assert said in str(content.error)


@pytest.mark.parametrize("given", [bytearray(b"abc"), memoryview(b"abc")])
async def test_what_is_like_bytes_is_bytes(given: bytearray | memoryview) -> None:
    """As they are at the beginning: who changes them later changes nothing."""
    content = Content(given, size=2)
    assert await taken(content) == [(b"ab", True), (b"c", False)]


async def test_a_source_that_gives_nothing_for_ever_lets_others_have_their_turn() -> None:
    """Else the time would stand still, and no limit would end it."""

    async def nothing() -> AsyncIterator[bytes]:
        while True:
            yield b""

    content = Content(nothing())
    content.want()
    for _ in range(3):
        await anyio.lowlevel.checkpoint()
    await content.aclose()
    assert not content.has_next
