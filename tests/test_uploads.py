"""Files of a form, in memory or on disk."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import pytest

from asgikit.http.headers import Headers
from asgikit.uploads import CHUNK, FLUSH, SPOOL_SIZE, Spool, Upload
from tests.forming import on_disk


async def spooled(*data: bytes, limit: int = SPOOL_SIZE) -> Spool:
    spool = Spool(limit)
    for piece in data:
        await spool.write(piece)
    await spool.flush()
    return spool


async def upload(content: bytes = b"", filename: str = "x", *, limit: int = SPOOL_SIZE, kind: str | None = None) -> Upload:
    headers = Headers({} if kind is None else {"content-type": kind})
    return Upload("file", filename, headers, await spooled(content, limit=limit))


def numbered(size: int) -> bytes:
    """Content in which no place looks like another."""
    return b"".join(b"%08d" % n for n in range(size // 8 + 1))[:size]


SIZES = [0, 1, 10, 11, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("limit", [0, 10, CHUNK, 10 * CHUNK])
async def test_what_is_written_is_read(size: int, limit: int) -> None:
    """Whole, in pieces, and again, whether it stays in memory or not."""
    content = numbered(size)
    spool = await spooled(*[content[at : at + 100_000] for at in range(0, size, 100_000)], limit=limit)
    file = Upload("file", "x", Headers(), spool)
    assert file.size == size
    for _ in range(2):
        assert await file.read() == content
        chunks = [chunk async for chunk in file.chunks()]
        assert b"".join(chunks) == content
        assert all(0 < len(chunk) <= CHUNK for chunk in chunks)
    spool.close()


@pytest.mark.parametrize(("size", "files"), [(0, 0), (10, 0), (11, 1)])
async def test_only_what_is_past_the_limit_is_on_disk(size: int, files: int) -> None:
    """In a file without a name, until it is closed."""
    before = on_disk()
    spool = await spooled(b"x" * size, limit=10)
    assert on_disk() - before == files
    spool.close()
    spool.close()
    assert on_disk() == before


async def test_what_was_in_memory_goes_to_disk_with_the_rest() -> None:
    """Also if it was readable before."""
    spool = await spooled(b"12345", limit=5)
    assert spool.slice(0, 10) == b"12345"
    for more in (b"678", b"9"):
        await spool.write(more)
        await spool.flush()
    assert spool.slice(0, 10) == b"123456789"
    spool.close()


async def test_little_stays_in_memory_past_the_limit() -> None:
    """A file of any size is written some chunks at a time."""
    spool = Spool(1000)
    for _ in range(100):
        await spool.write(b"x" * 50_000)
        assert spool._pending_size < FLUSH + 50_000
    assert spool.size == 5_000_000
    spool.close()


async def test_readers_do_not_disturb_each_other() -> None:
    """Many at once in worker threads, each from its own place."""
    content = numbered(3 * CHUNK + 5)
    file = await upload(content, limit=0)
    read: list[bool] = []

    async def check() -> None:
        read.append(b"".join([chunk async for chunk in file.chunks()]) == content)
        read.append(await file.read() == content)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(check)
    assert read == [True] * 40
    file._content.close()


async def test_chunks_may_be_left_before_their_end() -> None:
    """Nothing has to be closed: no warning from the event loop, which would be an error here."""
    file = await upload(b"x" * (2 * CHUNK), limit=0)
    async for chunk in file.chunks():
        assert len(chunk) == CHUNK
        break
    gc.collect()
    await anyio.lowlevel.checkpoint()
    file._content.close()


@pytest.mark.parametrize("limit", [0, SPOOL_SIZE])
async def test_after_the_request_a_file_is_closed(limit: int, tmp_path: Path) -> None:
    """Reading it is an error, and saving it leaves no file."""
    file = await upload(b"abc", limit=limit)
    file._content.close()
    with pytest.raises(ValueError, match="closed file"):
        await file.read()
    with pytest.raises(ValueError, match="closed file"):
        await file.save(tmp_path / "x")
    assert not await anyio.Path(tmp_path / "x").exists()


@pytest.mark.parametrize("limit", [0, SPOOL_SIZE])
async def test_a_file_can_be_saved(limit: int, tmp_path: Path) -> None:
    """Under any path, as often as one likes; it can still be read."""
    content = numbered(CHUNK + 1)
    file = await upload(content, limit=limit)
    for path in (tmp_path / "a", str(tmp_path / "b")):
        await file.save(path)
        assert await anyio.Path(path).read_bytes() == content
    assert await file.read() == content
    file._content.close()


async def test_saving_replaces_nothing(tmp_path: Path) -> None:
    """A file that is there stays as it is, and a link is not followed."""
    taken, link = tmp_path / "taken", tmp_path / "link"
    taken.write_text("mine")
    link.symlink_to(tmp_path / "elsewhere")
    file = await upload(b"abc")
    for path in (taken, link):
        with pytest.raises(FileExistsError):
            await file.save(path)
    with pytest.raises(FileNotFoundError):
        await file.save(tmp_path / "no" / "folder")
    assert taken.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("filename", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Übung 1-a_b.tar.gz", "Übung 1-a_b.tar.gz"),
        ("U\u0308bung", "Übung"),
        ("/etc/passwd", "passwd"),
        ("../../x", "x"),
        ("a/b/", "b"),
        (r"C:\dir\x.txt", "x.txt"),
        (r"\\server\share\x", "x"),
        ("C:x", "x"),
        ("x.txt:stream", "x.txt_stream"),
        ("a\x00b\nc", "a_b_c"),
        ('<>"|?*', "______"),
        (".htaccess", "htaccess"),
        ("x.. . ", "x"),
        ("", "file"),
        (".", "file"),
        ("..", "file"),
        ("a/..", "file"),
        ("...", "file"),
        (" ", "file"),
        ("/", "file"),
        ("\\", "file"),
        ("con", "_con"),
        ("NUL.tar.gz", "_NUL.tar.gz"),
        ("Com1 .txt", "_Com1 .txt"),
        ("LPT³", "_LPT³"),
        ("console.txt", "console.txt"),
        ("com.txt", "com.txt"),
        ("x.con", "x.con"),
        ("a" * 300, "a" * 200),
        ("é" * 300, "é" * 100),
        ("a" * 199 + ".txt", "a" * 196 + ".txt"),
        ("-rf", "_-rf"),
        ("a." + "b" * 300, ("a." + "b" * 300)[:200]),
    ],
)
async def test_a_safe_name_is_no_path(filename: str, safe: str) -> None:
    """Nor a device, nor hidden, nor longer than a name may be; the client's own name stays as it is."""
    file = await upload(filename=filename)
    assert (file.filename, file.safe_filename) == (filename, safe)


@pytest.mark.parametrize(("kind", "known"), [(None, None), ("", None), ("nonsense", None), ("image/PNG; q=1", "image/png")])
async def test_the_type_is_what_the_client_says(kind: str | None, known: str | None) -> None:
    """None where that is nothing."""
    said = (await upload(kind=kind)).content_type
    assert (None if said is None else said.essence) == known


async def test_an_upload_shows_no_content() -> None:
    """Its names and its size."""
    assert repr(await upload(b"secret", "x.txt")) == "<Upload 'file' 'x.txt', 6 bytes>"


def test_a_task_that_is_killed_in_a_worker_thread_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asyncio can cancel what waits for a thread; the thread then finds that the request is over, and opens nothing."""
    entered, closed = Event(), Event()
    store: Callable[[Spool], None] = Spool._store

    def late(self: Spool) -> None:
        entered.set()
        closed.wait(5)
        store(self)

    async def main() -> int:
        before = on_disk()
        spool = Spool(0)
        await spool.write(b"x")
        task = asyncio.create_task(spool.flush())
        await asyncio.to_thread(entered.wait, 5)
        task.cancel()
        await asyncio.wait([task])
        spool.close()
        closed.set()
        await anyio.to_thread.run_sync(Event().wait, 0.05)
        untyped: Any = spool._file
        assert untyped.closed
        return on_disk() - before

    monkeypatch.setattr(Spool, "_store", late)
    assert asyncio.run(main()) == 0


async def test_a_file_to_send_is_made_of_bytes() -> None:
    """In memory; read as often as one that was received."""
    file = Upload.of("a.png", b"\x89PNG", "image/png")
    assert (file.filename, file.size, str(file.content_type)) == ("a.png", 4, "image/png")
    assert [await file.read(), file.read_now(), b"".join([piece async for piece in file.chunks()])] == [b"\x89PNG"] * 3
    assert str(Upload.of("a", b"").content_type) == "application/octet-stream"
    with pytest.raises(ValueError, match="media type"):
        Upload.of("a", b"", "nonsense")


async def test_a_file_on_disk_is_read_at_once_too() -> None:
    """For who sends it on; once it is closed it is gone."""
    spool = await spooled(numbered(5000), limit=10)
    file = Upload("f", "x", Headers(), spool)
    assert file.read_now() == numbered(5000)
    spool.close()
    with pytest.raises(ValueError, match="closed"):
        file.read_now()
