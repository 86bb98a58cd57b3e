"""Transfer: a file on its way out; by its path or its descriptor where the server offers that, in chunks elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final, final

from asgikit.asgi import path_send, zero_copy_send
from asgikit.body import File
from asgikit.files import Reader, is_whole, require_unchanged, unreadable
from asgikit.http.ranges import Span
from asgikit.sending import Outlet, send_file, sent

PATH_SEND: Final = "http.response.pathsend"
ZERO_COPY_SEND: Final = "http.response.zerocopysend"


@final
class Transfer:
    """A file that is about to be sent: open, unless the server opens it."""

    __slots__ = ("_by_descriptor", "_file", "_first", "_reader")

    def __init__(self, file: File, extensions: Collection[str] = ()) -> None:
        """Waits for the disk. Raises an HTTPError if the file is not what it was: while the client can still be told."""
        self._file: File = file
        self._reader: Reader | None = None
        self._by_descriptor: bool = ZERO_COPY_SEND in extensions and len(file) > 0
        self._first = b""
        try:
            if PATH_SEND in extensions and is_whole(file):
                require_unchanged(file, Path(file.path).stat())
                return
            self._reader = Reader(file)
            if not self._by_descriptor:
                self._first = self._reader.read()
        except OSError as error:
            self.close()
            raise unreadable(error) from None

    async def send(self, outlet: Outlet) -> bool:
        """Sends all of it; False if the client has left. Raises IncorrectLength if the file has been cut off meanwhile."""
        if self._reader is None:
            return await sent(outlet.send, path_send(self._file.path))
        if self._by_descriptor:
            return await self._send_descriptor(self._reader, outlet)
        return await send_file(self._reader, self._first, len(self._file), outlet)

    async def _send_descriptor(self, reader: Reader, outlet: Outlet) -> bool:
        last = len(self._file.segments) - 1
        for index, segment in enumerate(self._file.segments):
            more = index < last
            if isinstance(segment, Span):
                start, stop = segment
                event = zero_copy_send(reader.file, offset=start, count=stop - start, more_body=more)
                if not await sent(outlet.send, event):
                    return False
            elif not await outlet.say(segment, more=more):
                return False
        return True

    def close(self) -> None:
        """Closes the file, if it is open: the server does not (extensions, Zero Copy Send)."""
        if self._reader is not None:
            self._reader.close()
