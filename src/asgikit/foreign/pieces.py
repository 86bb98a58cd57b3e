"""A body that an application sends in one task, and somebody reads in another."""

from __future__ import annotations

from collections import deque
from typing import Final, final

import anyio.lowlevel
from typing_extensions import Buffer

from asgikit.errors import InvalidEvent, ProtocolError
from asgikit.foreign.call import Flag

AHEAD: Final = 64 * 1024
"""Bytes that an application may be ahead of whoever reads its body; then its send() waits, as it does for a server's buffer."""

_PIECE: Final = 128  # what a piece counts besides its bytes: many small ones take memory too


class Unwanted(OSError):
    """The rest of a response is not wanted any more (www, Disconnected Client)."""


@final
class Pieces:
    """The pieces of one body, between who sends and who reads them.

    The iterator raises what the application raised in the middle, ProtocolError if it ended there.
    """

    __slots__ = (
        "_arrived",
        "_begun",
        "_closed",
        "_ended",
        "_failure",
        "_held",
        "_pieces",
        "_raises",
        "_room",
        "_size",
        "complete",
        "gone",
        "over",
        "raised",
    )

    def __init__(self, *, raises: bool) -> None:
        """Whether `put` raises Unwanted once nobody reads any more, as servers do from spec_version 2.4 on."""
        self.complete: bool = False
        self.gone: bool = False  # whether the sender was told that the client has left, perhaps before the reader was
        self.over: bool = False
        self.raised: bool = False  # whether the reader has got the failure
        self._raises: bool = raises
        self._pieces: deque[bytes] = deque()
        self._size: int = 0
        self._begun: bool = False
        self._ended: bool = False
        self._held: bool = False
        self._failure: BaseException | None = None
        self._arrived: Flag = Flag()
        self._room: Flag = Flag()
        self._closed: Flag = Flag()

    async def put(self, data: object, *, more: bool) -> None:
        """Sends one piece. What comes behind the last is dropped (www, Response Body), and what nobody reads any more.

        Raises InvalidEvent for what is not bytes; servers take other buffers, so we do.
        """
        if self.complete:
            return
        if not isinstance(data, bytes):
            if not isinstance(data, Buffer):
                raise InvalidEvent(f"the body of a response is not bytes but {type(data).__name__}")
            data = bytes(data)
        self.complete = not more
        if not (self.over or self.gone):
            self._pieces.append(data)
            self._size += len(data) + _PIECE
            self._arrived.set()
            if self._size > AHEAD and more:
                self._room = self._room.fresh()
                await self._room.wait()
        else:
            await anyio.lowlevel.checkpoint()  # or an application without an end could not be cancelled
        if (self.over or self.gone) and more and self._raises:
            raise Unwanted("the response is not wanted any more")

    def whole(self) -> bytes | None:
        """The body, if it is one piece and has come already."""
        if not self.complete or self._held or self._begun or len(self._pieces) != 1:
            return None
        self.over = True
        return self._pieces[0]

    def hold(self) -> None:
        """Something follows the body: the iterator ends with the `release`."""
        self._held = True

    def release(self) -> None:
        """What follows the body has come."""
        self._held = False
        self._arrived.set()

    def end(self, failure: BaseException | None) -> None:
        """The application has ended, perhaps with an error."""
        self._ended = True
        self._held = False
        if not self.complete:
            self._failure = failure or ProtocolError("the application ended before its response did")
        self._arrived.set()

    def __aiter__(self) -> Pieces:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next piece, when it comes."""
        self._begun = True
        while not self._pieces or self.over:
            if self.over or (self.complete and not self._held):
                raise StopAsyncIteration
            if self._ended and self._failure is not None:
                self.raised = True
                raise self._failure
            self._arrived = self._arrived.fresh()
            await self._arrived.wait()
        piece = self._pieces.popleft()
        self._size -= len(piece) + _PIECE
        if self._size <= AHEAD:
            self._room.set()
        return piece

    async def aclose(self) -> None:
        """Nobody reads any more."""
        self.close()

    def close(self) -> None:
        """Nobody reads any more."""
        self.over = True
        self._pieces.clear()
        for flag in (self._closed, self._room, self._arrived):
            flag.set()

    async def closed(self) -> None:
        """Returns when nobody reads any more."""
        await self._closed.wait()
