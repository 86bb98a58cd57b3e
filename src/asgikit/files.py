"""Files as bodies: looked at once, opened when they are sent, read in worker threads."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from stat import S_ISREG
from typing import BinaryIO, Final, final

from anyio import to_thread

from asgikit.body import File
from asgikit.errors import HTTPError, NotFound
from asgikit.http.conditional import ETag, Validators
from asgikit.http.ranges import Span

CHUNK: Final = 256 * 1024
"""Bytes that are read at once: fewer trips to a worker thread for each megabyte, and little memory."""

_OURS: Final = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})

_SETTLED: Final = 2_000_000_000  # nanoseconds: what changed later than this before now may change again with the same date


def look_at(path: str | os.PathLike[str]) -> File:
    """The file at a path, as a body. Waits for the disk: call it in a worker thread.

    Raises NotFound if there is none, or no regular file, or none that we may read; an HTTPError (503) for trouble of ours.
    """
    name = os.fspath(path)
    try:
        status = os.stat(name)  # noqa: PTH116  # a Path is made of every name otherwise
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    file = file_of(os.path.abspath(name), status)  # noqa: PTH100  # the same
    if file is None:
        raise NotFound("there is no such file", log=f"{name!r} is no regular file that we may read")
    return file


def file_of(path: str, status: os.stat_result) -> File | None:
    """The whole of what the system says this of; None if it is no regular file that we may read."""
    if not S_ISREG(status.st_mode) or not os.access(path, os.R_OK):
        return None
    size = status.st_size
    return File(path, size, status.st_mtime_ns, (status.st_dev, status.st_ino), (Span(0, size),) if size else ())


def validators(file: File, now: datetime) -> Validators:
    """Tag and date of a file; the tag is weak if the file has just changed, for it may do so again (RFC 9110, 8.8.1)."""
    fresh = int(now.timestamp() * 1_000_000_000) - file.modified < _SETTLED
    try:
        date = datetime.fromtimestamp(file.modified // 1_000_000_000, UTC)
    except (OverflowError, ValueError, OSError):
        return Validators(ETag(f"{file.modified:x}-{file.size:x}", fresh), None)
    # A date in the future is no date that a client may rely on (RFC 9110, 8.8.2.1).
    return Validators(ETag(f"{file.modified:x}-{file.size:x}", fresh), min(date, now.replace(microsecond=0)))


def is_whole(file: File) -> bool:
    """Whether all of it is sent, as it is."""
    return file.segments == ((Span(0, file.size),) if file.size else ())


def unreadable(error: OSError | ValueError) -> HTTPError:
    """What a client is told of a file that cannot be opened: 404, but 503 if it is our trouble and may pass."""
    if isinstance(error, OSError) and error.errno in _OURS:
        return HTTPError(503, "the file cannot be read now; ask again", log=str(error), headers={"retry-after": "1"})
    return NotFound("there is no such file", log=str(error))


def require_unchanged(file: File, status: os.stat_result) -> None:
    """Raises an HTTPError (503) if the path has another file now, or other content; one that has grown is the same."""
    same = (status.st_dev, status.st_ino) == file.inode and S_ISREG(status.st_mode)
    if not same or status.st_size < file.size or (status.st_size == file.size and status.st_mtime_ns != file.modified):
        raise HTTPError(503, "the file is being replaced; ask again", log=file.path, headers={"retry-after": "1"})


@final
class Reader:
    """Reads the segments of one file; every method waits for the disk. Closes the file when it has read all of it."""

    __slots__ = ("_at", "_file", "_segments")

    def __init__(self, file: File) -> None:
        """Opens it. Raises NotFound if it is gone, an HTTPError if it is not what it was."""
        self._segments: list[bytes | Span] = [*reversed(file.segments)]
        self._at = 0
        try:
            # Without waiting, should somebody have put a pipe into its place.
            self._file: BinaryIO = open(file.path, "rb", buffering=0, opener=_open)  # noqa: SIM115  # closed by close()
        except (OSError, ValueError) as error:
            raise unreadable(error) from None
        try:
            require_unchanged(file, os.fstat(self._file.fileno()))
        except HTTPError:
            self._file.close()
            raise
        if not self._segments:
            self._file.close()

    @property
    def file(self) -> BinaryIO:
        """The open file."""
        return self._file

    @property
    def done(self) -> bool:
        """Whether everything has been read."""
        return not self._segments

    def read(self) -> bytes:
        """The next chunk, up to about CHUNK bytes; shorter than it should be if the file has been cut off meanwhile."""
        chunks: list[bytes] = []
        room = CHUNK
        while self._segments and room > 0:
            segment = self._segments.pop()
            if isinstance(segment, Span):
                span = Span(segment.start, min(segment.stop, segment.start + room))
                chunk = self._span(span)
                at = span.start + len(chunk)  # a file system may give less than it was asked for
                if not chunk:
                    self._segments.clear()  # cut off: what is sent will not have its announced length
                elif at < segment.stop:
                    self._segments.append(Span(at, segment.stop))
            else:
                chunk = segment
            chunks.append(chunk)
            room -= len(chunk)
        if not self._segments:
            self._file.close()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _span(self, span: Span) -> bytes:
        if self._at != span.start:
            self._file.seek(span.start)
        chunk = self._file.read(span.stop - span.start)
        self._at = span.start + len(chunk)
        return chunk

    def close(self) -> None:
        """Closes the file, the second time too."""
        self._file.close()


def _open(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


async def read_chunks(file: File) -> AsyncIterator[bytes]:
    """The content in chunks; the file is opened for the first. Raises what Reader raises."""
    reader = await to_thread.run_sync(Reader, file)
    async with aclosing(remaining(reader)) as chunks:  # nobody else would end it in time: not the garbage collector
        async for chunk in chunks:
            yield chunk


async def remaining(reader: Reader, first: bytes = b"") -> AsyncGenerator[bytes, None]:
    """What has not been read yet, after what has; the file is closed behind it."""
    try:
        if first:
            yield first
        while not reader.done:
            yield await to_thread.run_sync(reader.read)
    finally:
        reader.close()
