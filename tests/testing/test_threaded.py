"""Content that blocks."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from asgikit.testing.threaded import Blocking, length_of


async def test_each_piece_is_read_in_a_worker_thread() -> None:
    """While it blocks, the event loop goes on; at the end the generator is closed."""
    threads: list[threading.Thread] = []
    go_on = threading.Event()

    def pieces() -> Iterator[bytes]:
        for piece in (b"a", b"", b"b"):
            threads.append(threading.current_thread())
            go_on.wait(5)
            yield piece

    async def release() -> None:
        go_on.set()

    async with anyio.create_task_group() as group:
        group.start_soon(release)
        assert [piece async for piece in Blocking(pieces()).each()] == [b"a", b"", b"b"]
    assert threading.current_thread() not in threads


async def test_a_file_is_read_in_pieces() -> None:
    """Not line by line; it stays open, for it is the test's."""
    file = io.BytesIO(b"a\nb\n" + b"x" * 70_000)
    assert [len(piece) async for piece in Blocking(file).each()] == [65_536, 4_468]
    assert not file.closed


async def test_a_generator_that_is_not_read_to_its_end_is_closed() -> None:
    """As an asynchronous one is."""
    closed: list[bool] = []

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append(True)

    reading = Blocking(pieces()).each()
    assert await anext(reading) == b"x"
    await reading.aclose()
    assert closed == [True]


async def test_a_generator_that_blocks_keeps_nobody_waiting() -> None:
    """Given up in the middle of a piece, it is closed by its own thread, behind that."""
    begun, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        try:
            begun.set()
            go_on.wait(5)
            yield b"x"
        finally:
            closed.set()

    reading = Blocking(pieces()).each()

    async def read() -> None:
        await anext(reading)

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        assert await anyio.to_thread.run_sync(begun.wait, 5)
        group.cancel_scope.cancel()
    await reading.aclose()
    assert not closed.is_set()
    go_on.set()
    assert await anyio.to_thread.run_sync(closed.wait, 5)


async def test_what_it_raises_is_raised() -> None:
    """In the event loop."""

    def pieces() -> Iterator[bytes]:
        yield b"x"
        raise ConnectionResetError("the cable is out")

    reading = Blocking(pieces()).each()
    assert await anext(reading) == b"x"
    with pytest.raises(ConnectionResetError):
        await anext(reading)


def test_the_length_of_a_file_is_what_is_left_of_it(tmp_path: Path) -> None:
    """What cannot tell has none."""
    file = io.BytesIO(b"abcde")
    file.seek(2)
    assert (length_of(file), file.tell()) == (3, 2)
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    with path.open("rb") as opened:
        assert length_of(opened) == 3
    assert length_of([b"abc"]) is None

    class Pipe(io.RawIOBase):
        """One that cannot be rewound."""

    assert length_of(Pipe()) is None
