"""A body that an application sends in one task, and somebody reads in another."""

from __future__ import annotations

from typing import final

import anyio
import anyio.lowlevel

from asgikit.errors import ProtocolError


class Unwanted(OSError):
    """The rest of a response is not wanted any more (www, Disconnected Client)."""


@final
class Pieces:
    """The pieces of one body, never more than one at a time: `put` returns when the reader comes for the next.

    The iterator raises what the application raised in the middle, ProtocolError if it ended there.
    """

    __slots__ = (
        "_arrived",
        "_closed",
        "_ended",
        "_held",
        "_out",
        "_piece",
        "_raises",
        "_sending",
        "_taken",
        "complete",
        "failure",
        "over",
        "raised",
    )

    def __init__(self, *, raises: bool) -> None:
        """Whether `put` raises Unwanted once nobody reads any more, as servers do from spec_version 2.4 on."""
        self.complete: bool = False
        self.over: bool = False
        self.failure: BaseException | None = None
        self.raised: bool = False  # whether the reader has got the failure
        self._raises: bool = raises
        self._piece: bytes | None = None
        self._out: bool = False  # whether the reader has a piece that it has not come back from
        self._ended: bool = False
        self._held: bool = False
        self._arrived: anyio.Event = anyio.Event()
        self._taken: anyio.Event = anyio.Event()
        self._closed: anyio.Event = anyio.Event()
        self._sending: anyio.Lock = anyio.Lock(fast_acquire=True)

    async def put(self, data: bytes, *, more: bool) -> None:
        """Sends one piece. What comes behind the last is dropped (www, Response Body), and what nobody reads any more."""
        async with self._sending:
            if self.complete:
                return
            self.complete = not more
            if not self.over:
                self._piece = data
                self._arrived.set()
                if not more:
                    return  # it is all that is left: nobody has to wait until it is gone
                self._taken = anyio.Event()
                await self._taken.wait()
                if not self.over:
                    return
            else:
                await anyio.lowlevel.checkpoint()  # or an application without an end could not be cancelled
        if more and self._raises:
            raise Unwanted("the response is not wanted any more")

    def whole(self) -> bytes | None:
        """The body, if its first piece was its last, and has come already."""
        if not self.complete or self._held or self._piece is None or self._out:
            return None
        self.over = True
        return self._piece

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
            self.failure = failure or ProtocolError("the application ended before its response did")
        self._arrived.set()

    def __aiter__(self) -> Pieces:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next piece, when it comes."""
        if self._out:
            self._out = False
            self._taken.set()
        while self._piece is None or self.over:
            if self.over or (self.complete and not self._held):
                raise StopAsyncIteration
            if self._ended and self.failure is not None:
                self.raised = True
                raise self.failure
            self._arrived = anyio.Event()
            await self._arrived.wait()
        piece, self._piece = self._piece, None
        self._out = True
        return piece

    async def aclose(self) -> None:
        """Nobody reads any more."""
        self.close()

    def close(self) -> None:
        """Nobody reads any more."""
        self.over = True
        self._piece = None
        self._closed.set()
        self._taken.set()
        self._arrived.set()

    async def closed(self) -> None:
        """Returns when nobody reads any more."""
        await self._closed.wait()
