"""Uploads: files of a form, in memory while they are small, on disk past that, and closed with the request."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from os import PathLike
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, Final, TypeVarTuple, final
from unicodedata import normalize

from anyio import to_thread
from typing_extensions import TypeVar

from asgikit.http.headers import Headers
from asgikit.http.media import MediaType

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SPOOL_SIZE: Final = 1024 * 1024
"""Bytes of an upload that stay in memory by default."""

CHUNK: Final = 256 * 1024
"""Bytes that are read or written at once."""

FLUSH: Final = 1024 * 1024
"""Bytes of an upload that wait for the disk, past those that stay in memory: fewer trips to a worker thread."""

_ODD: Final = re.compile(r"[^\w.\- ]")
# Windows takes these for devices, whatever follows a dot.
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)


@final
class Upload:
    """A file that was sent with a form; readable any number of times until the request ends, its background work included.

    `filename` is what the client sent: data, never a path. `size` is in bytes.
    """

    __slots__ = ("_content", "_filename", "_headers", "_name", "_size")

    def __init__(self, name: str, filename: str, headers: Headers, content: Spool) -> None:
        """Made while a form is read."""
        self._name: str = name
        self._filename: str = filename
        self._headers: Headers = headers
        self._size: int = content.size
        self._content: Spool = content

    @classmethod
    def of(cls, filename: str, content: bytes, content_type: str = "application/octet-stream") -> Upload:
        """A file for a client to send, in memory; the field that it is in names it. Raises ValueError for no media type."""
        return cls("", filename, Headers({"content-type": str(MediaType.parse(content_type))}), Spool.of(content))

    @property
    def name(self) -> str:
        """The name of its field."""
        return self._name

    @property
    def filename(self) -> str:
        """What the client calls it."""
        return self._filename

    @property
    def headers(self) -> Headers:
        """The header fields of its part."""
        return self._headers

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._size

    @property
    def safe_filename(self) -> str:
        """A name that no system takes for a path or for more than a name; "file" if nothing is left of the client's."""
        last = PureWindowsPath(PurePosixPath(self.filename).name).name
        plain = _ODD.sub("_", normalize("NFC", last)).strip(". ")
        stem, dot, ending = plain.rpartition(".") if len(plain.rpartition(".")[2]) <= 16 else (plain, "", "")
        room = 200 - len((dot + ending).encode())  # bytes: a file system takes 255
        short = (stem.encode()[:room].decode(errors="ignore") + dot + ending).strip(". ")
        return ("_" if _DEVICE.match(short) or short.startswith("-") else "") + short or "file"

    @property
    def content_type(self) -> MediaType | None:
        """What the client says that it is, None if it says nothing that can be read."""
        try:
            return MediaType.parse(self.headers.get("content-type") or "")
        except ValueError:
            return None

    async def read(self) -> bytes:
        """All of it."""
        return await self._content.run(self._content.slice, 0, self.size)

    def read_now(self) -> bytes:
        """All of it, without leaving the event loop to others while it is read, from disk if it is large."""
        return self._content.slice(0, self.size)

    def chunks(self) -> AsyncIterator[bytes]:
        """All of it, in pieces."""
        return _Slices(self._content)

    async def save(self, path: str | PathLike[str]) -> None:
        """Writes it to a file of yours, which must not exist yet. Raises OSError as `open` does."""
        await to_thread.run_sync(self._content.copy_to, Path(path))

    def __repr__(self) -> str:
        """Name, file name and size."""
        return f"<Upload {self.name!r} {self.filename!r}, {self.size} bytes>"


class _Slices:
    """Not a generator: nothing has to be closed if it is left before its end."""

    __slots__ = ("_content", "_starts")

    def __init__(self, content: Spool) -> None:
        self._content = content
        self._starts = iter(range(0, content.size, CHUNK))

    def __aiter__(self) -> _Slices:
        return self

    async def __anext__(self) -> bytes:
        start = next(self._starts, None)
        if start is None:
            raise StopAsyncIteration
        return await self._content.run(self._content.slice, start, CHUNK)


@final
class Spool:
    """Bytes that go to a nameless temporary file once there are more of them than should stay in memory."""

    __slots__ = ("_file", "_held", "_limit", "_pending", "_pending_size", "_place", "size")

    def __init__(self, limit: int) -> None:
        """Empty. Up to `limit` bytes stay in memory."""
        self._file: IO[bytes] = BytesIO()
        self._held = True
        self._limit = limit
        self._place: Lock = Lock()
        self._pending: list[bytes] = []
        self._pending_size = 0
        self.size: int = 0

    @classmethod
    def of(cls, data: bytes) -> Spool:
        """These bytes, in memory."""
        spool = cls(len(data))
        spool._file = BytesIO(data)
        spool.size = len(data)
        return spool

    async def write(self, data: bytes) -> None:
        """Adds some bytes; they reach the disk some chunks at a time."""
        self.size += len(data)
        self._pending.append(data)
        self._pending_size += len(data)
        if self._pending_size >= FLUSH and self.size > self._limit:
            await self.flush()

    async def flush(self) -> None:
        """Puts what was written where it is read from."""
        if self._held and self.size <= self._limit:
            self._store()
        elif self._pending:
            await to_thread.run_sync(self._store)

    def _store(self) -> None:
        with self._place:
            if self._file.closed:
                return  # the request has ended while a worker thread was on its way here
            if self._held and self.size > self._limit:
                earlier = self._file
                self._file = TemporaryFile(prefix="asgikit-")  # noqa: SIM115  # closed with the request
                self._held = False
                earlier.seek(0)
                shutil.copyfileobj(earlier, self._file)
            self._file.writelines(self._pending)  # not joined: that would be one more copy of all of it
            self._pending.clear()
            self._pending_size = 0

    async def run(self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Calls what touches the file: here, if it is in memory, else in a worker thread."""
        return function(*args) if self._held else await to_thread.run_sync(function, *args)

    def slice(self, start: int, size: int) -> bytes:
        """Up to so many bytes from a place. Raises ValueError once it is closed."""
        with self._place:  # worker threads share it
            self._file.seek(start)
            return self._file.read(size)

    def copy_to(self, path: Path) -> None:
        """Writes all of it to a new file, which is gone again if that fails."""
        target = path.open("xb")
        try:
            with target:
                for start in range(0, self.size, CHUNK):
                    target.write(self.slice(start, CHUNK))
        except BaseException:
            path.unlink()
            raise

    def close(self) -> None:
        """Forgets everything; a temporary file is gone with that."""
        with self._place:
            self._pending.clear()
            self._file.close()
