"""Files: looked at once, opened when they are sent, read chunk by chunk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from asgikit import files
from asgikit.body import File
from asgikit.errors import HTTPError, NotFound
from asgikit.files import CHUNK, Reader, is_whole, look_at, read_chunks, remaining, require_unchanged, unreadable, validators
from asgikit.http.conditional import ETag
from asgikit.http.ranges import Segments, Span

BILLION = 1_000_000_000
NOW = datetime(2020, 1, 2, tzinfo=UTC)


def open_below(directory: Path) -> list[str]:
    """Which files below it this process has open; none where the system does not say."""
    descriptors = Path("/proc/self/fd")
    names = [os.path.realpath(fd) for fd in descriptors.iterdir()] if descriptors.is_dir() else []
    return [name for name in names if name.startswith(str(directory))]


@pytest.fixture(autouse=True)
def all_closed(tmp_path: Path) -> Iterator[None]:
    """Whatever happens, no file stays open."""
    yield
    assert open_below(tmp_path) == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of ten bytes."""
    file = tmp_path / "digits.txt"
    file.write_bytes(b"0123456789")
    return file


def part(file: File, *segments: bytes | tuple[int, int]) -> File:
    """The file in segments."""
    chosen: Segments = tuple(s if isinstance(s, bytes) else Span(*s) for s in segments)
    return replace(file, segments=chosen)


def read_all(reader: Reader) -> list[bytes]:
    """Its chunks."""
    chunks: list[bytes] = []
    while not reader.done:
        chunks.append(reader.read())
    return chunks


def test_a_look_says_what_there_is(path: Path) -> None:
    """Size, date and identity; all of it is the body."""
    file = look_at(path)
    status = path.stat()
    assert file == File(str(path), 10, status.st_mtime_ns, (status.st_dev, status.st_ino), (Span(0, 10),))
    assert (len(file), is_whole(file)) == (10, True)
    assert not is_whole(part(file, (0, 9)))
    assert not is_whole(part(file, b"x", (0, 10)))


def test_the_path_is_made_absolute(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program may be somewhere else when the file is sent, and so is the server that is given the path."""
    monkeypatch.chdir(path.parent)
    file = look_at(path.name)
    assert file.path == str(path)
    monkeypatch.chdir("/")
    assert read_all(Reader(file)) == [b"0123456789"]


def test_a_link_is_what_it_leads_to(path: Path, tmp_path: Path) -> None:
    """And nothing where it leads nowhere, or in a circle."""
    (tmp_path / "link").symlink_to(path)
    assert look_at(tmp_path / "link").inode == look_at(path).inode
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name in ("dangling", "circle"):
        with pytest.raises(NotFound):
            look_at(tmp_path / name)


@pytest.mark.parametrize(
    "name",
    ["missing", "", ".", "a\x00b", "x" * 300, "x/" * 3000, "digits.txt/x", "\ud800", "../" * 50 + "dev/null", "digits.txt/"],
)
def test_what_is_no_file_is_not_found(path: Path, name: str) -> None:
    """Missing, a directory, a NUL, names that are too long or that no file can have, devices; the client learns nothing more."""
    with pytest.raises(NotFound) as caught:
        look_at(f"{path.parent}/{name}")
    assert caught.value.public == "there is no such file"
    assert str(path.parent) not in caught.value.public


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """Looking at it does not wait for a writer."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotFound):
        look_at(tmp_path / "pipe")


def test_what_we_may_not_read_is_not_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a response starts; that it exists is nobody's business."""
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything
        monkeypatch.setattr(files.os, "access", lambda name, mode: False)
    with pytest.raises(NotFound):
        look_at(path)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO])
def test_trouble_of_ours_is_no_404(path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Which caches would keep: too many open files are a 503."""
    file = look_at(path)

    def fail(*args: object, **options: object) -> Any:
        raise OSError(number, "trouble")

    monkeypatch.setattr(files.os, "stat", fail)
    monkeypatch.setattr(files.os, "open", fail)
    for attempt in (lambda: look_at(path), lambda: Reader(file)):
        with pytest.raises(HTTPError) as caught:
            attempt()
        assert (caught.value.status, caught.value.headers["retry-after"]) == (503, "1")
    assert unreadable(ValueError("x")).status == unreadable(PermissionError()).status == 404


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    """There is nothing to read of it, and it is closed at once."""
    (tmp_path / "empty").touch()
    file = look_at(tmp_path / "empty")
    assert (len(file), file.segments, is_whole(file)) == (0, (), True)
    reader = Reader(file)
    assert (reader.done, reader.read(), reader.file.closed) == (True, b"", True)


def test_tag_and_date_are_those_of_the_file(path: Path) -> None:
    """The tag changes with the date, to the nanosecond, and with the size."""
    os.utime(path, ns=(0, 1_500_000_000 * BILLION + 7))
    file = look_at(path)
    current = validators(file, NOW)
    assert current.modified == datetime.fromtimestamp(1_500_000_000, UTC)
    assert current.etag is not None
    assert not current.etag.weak
    assert ETag.parse(str(current.etag)) == current.etag
    for other in (replace(file, modified=file.modified + 1), replace(file, size=11)):
        assert validators(other, NOW).etag != current.etag
    assert validators(look_at(path), NOW) == current


@pytest.mark.parametrize(("age", "weak"), [(-5, True), (0, True), (1.9, True), (2.1, False), (1000, False)])
def test_the_tag_of_a_file_that_has_just_changed_is_weak(path: Path, age: float, weak: bool) -> None:
    """It may change again within the clock's resolution (RFC 9110, 8.8.1); what is in it stays the same later."""
    now = NOW + timedelta(seconds=age)
    file = replace(look_at(path), modified=int(NOW.timestamp()) * BILLION)
    etag, later = validators(file, now).etag, validators(file, NOW + timedelta(days=1)).etag
    assert etag is not None
    assert later is not None
    assert etag.weak is weak
    assert etag.matches(later, strongly=False)


def test_a_date_in_the_future_is_that_of_now(path: Path) -> None:
    """In whole seconds (RFC 9110, 8.8.2.1); and the tag stays weak."""
    now = NOW + timedelta(microseconds=5)
    file = replace(look_at(path), modified=int((NOW + timedelta(days=1)).timestamp()) * BILLION)
    current = validators(file, now)
    assert (current.modified, current.etag is not None and current.etag.weak) == (NOW, True)


@pytest.mark.parametrize(
    ("seconds", "modified"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (10**12, None),
        (-(10**12), None),
    ],
)
def test_odd_dates_are_no_error(path: Path, seconds: int, modified: datetime | None) -> None:
    """Before 1970, and what no date can say; each has a tag that a field can hold."""
    current = validators(replace(look_at(path), modified=seconds * BILLION), NOW)
    assert current.modified == modified
    assert ETag.parse(str(current.etag)) == current.etag


def test_a_date_before_1970_is_that_of_its_second(path: Path) -> None:
    """Rounded down, as after 1970."""
    os.utime(path, ns=(0, -1))
    assert validators(look_at(path), NOW).modified == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)


SEGMENTS: list[tuple[list[bytes | tuple[int, int]], bytes]] = [
    ([(0, 10)], b"0123456789"),
    ([(3, 5)], b"34"),
    ([(9, 10)], b"9"),
    ([b"<", (8, 10), b"|", (0, 2), b">"], b"<89|01>"),
    ([(0, 2), (2, 4)], b"0123"),
    ([(4, 6), (4, 6)], b"4545"),
    ([b"only"], b"only"),
]


@pytest.mark.parametrize(("segments", "expected"), SEGMENTS)
def test_segments_are_read_in_order(path: Path, segments: list[bytes | tuple[int, int]], expected: bytes) -> None:
    """Also backwards, and again; small ones in one chunk."""
    file = part(look_at(path), *segments)
    reader = Reader(file)
    assert read_all(reader) == [expected]
    assert (len(file), reader.done, reader.file.closed) == (len(expected), True, True)


@pytest.mark.parametrize("extra", [-1, 0, 1, CHUNK, CHUNK + 1])
def test_chunks_are_of_one_size(tmp_path: Path, extra: int) -> None:
    """But for the last."""
    data = bytes(n % 251 for n in range(CHUNK + extra))
    (tmp_path / "large").write_bytes(data)
    chunks = read_all(Reader(look_at(tmp_path / "large")))
    assert b"".join(chunks) == data
    assert {len(chunk) for chunk in chunks[:-1]} <= {CHUNK}
    assert 0 < len(chunks[-1]) <= CHUNK


def test_ranges_may_cross_the_borders_of_chunks(tmp_path: Path) -> None:
    """What is read is what was asked for, and no chunk is much larger than CHUNK."""
    data = bytes(n % 251 for n in range(3 * CHUNK))
    (tmp_path / "large").write_bytes(data)
    spans = [(2 * CHUNK - 1, 3 * CHUNK), (0, 1), (CHUNK - 1, 2 * CHUNK + 1), (5, 7)]
    segments = [piece for span in spans for piece in (b"|", span)]
    chunks = read_all(Reader(part(look_at(tmp_path / "large"), *segments)))
    assert b"".join(chunks) == b"".join(b"|" + data[start:stop] for start, stop in spans)
    assert max(map(len, chunks)) <= CHUNK + 1


def test_a_file_system_may_give_less_than_it_was_asked_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is not the end of the file."""
    reader = Reader(part(look_at(path), b"<", (2, 9), b">"))

    class Slow:
        def __init__(self, file: Any) -> None:
            self.close, self.seek, self.read = file.close, file.seek, lambda size: file.read(min(size, 3))

    monkeypatch.setattr(reader, "_file", Slow(reader.file))
    assert b"".join(read_all(reader)) == b"<2345678>"


@pytest.mark.parametrize("change", ["replaced", "shorter", "rewritten", "pipe", "directory"])
def test_what_is_not_what_it_was_is_not_sent(path: Path, change: str) -> None:
    """503: the client has been told, or would be told, of other content; the next look sees what there is now."""
    file = look_at(path)
    if change == "replaced":
        (path.parent / "new").write_bytes(b"0123456789")
        (path.parent / "new").replace(path)
    elif change == "shorter":
        os.truncate(path, 9)
    elif change == "rewritten":
        path.write_bytes(b"9876543210")
        os.utime(path, ns=(0, file.modified + 1))
    else:
        path.unlink()
        os.mkfifo(path) if change == "pipe" else path.mkdir()
    with pytest.raises(HTTPError) as caught:
        Reader(file)
    assert caught.value.status == (404 if change == "directory" else 503)
    with pytest.raises(HTTPError):
        require_unchanged(file, path.stat())


def test_what_is_gone_is_not_found(path: Path) -> None:
    """404, as if it had been gone when it was looked at."""
    file = look_at(path)
    path.unlink()
    with pytest.raises(NotFound):
        Reader(file)


def test_a_file_that_grows_is_sent_as_it_was(path: Path) -> None:
    """A log, say: its beginning is what was promised."""
    file = look_at(path)
    with path.open("ab") as log:
        log.write(b"more")
    assert read_all(Reader(file)) == [b"0123456789"]


def test_a_file_that_is_cut_off_meanwhile_ends_early(tmp_path: Path) -> None:
    """Reading it comes to an end, and whoever sends it counts."""
    (tmp_path / "large").write_bytes(bytes(3 * CHUNK))
    reader = Reader(part(look_at(tmp_path / "large"), (0, 3 * CHUNK), b"tail"))
    assert len(reader.read()) == CHUNK
    os.truncate(tmp_path / "large", CHUNK + 5)
    assert b"".join(read_all(reader)) == bytes(5)
    assert reader.file.closed


def test_a_reader_can_be_closed_at_any_time(path: Path) -> None:
    """Twice, too."""
    reader = Reader(look_at(path))
    assert not reader.file.closed
    assert open_below(path.parent) == ([str(path)] if Path("/proc/self/fd").is_dir() else [])
    reader.close()
    reader.close()
    assert reader.file.closed


async def test_the_chunks_of_a_file_are_an_iterator(tmp_path: Path) -> None:
    """It opens the file for the first, and closes it behind the last."""
    data = bytes(n % 251 for n in range(CHUNK + 5))
    (tmp_path / "large").write_bytes(data)
    chunks = [chunk async for chunk in read_chunks(look_at(tmp_path / "large"))]
    assert ([len(chunk) for chunk in chunks], b"".join(chunks)) == ([CHUNK, 5], data)


async def test_an_iterator_that_is_closed_closes_the_file(tmp_path: Path) -> None:
    """Between two chunks; one that never started has opened none."""
    (tmp_path / "large").write_bytes(bytes(3 * CHUNK))
    reader = Reader(look_at(tmp_path / "large"))
    chunks: Any = remaining(reader)
    await anext(chunks)
    await chunks.aclose()
    assert reader.file.closed
    begun: Any = read_chunks(look_at(tmp_path / "large"))
    await anext(begun)
    await begun.aclose()
    assert open_below(tmp_path) == []
    never: Any = read_chunks(look_at(tmp_path / "large"))
    await never.aclose()


async def test_a_file_that_is_gone_is_an_error_of_the_first_chunk(path: Path) -> None:
    """Nothing is opened before."""
    chunks = read_chunks(look_at(path))
    await anyio.Path(path).unlink()
    with pytest.raises(NotFound):
        await anext(chunks)
