"""What a content coding is: how content is encoded, whole or piece by piece, and decoded again in bounded memory."""

from __future__ import annotations

from typing import Final, Protocol


class Encoder(Protocol):
    """Encodes content that comes in pieces."""

    def encode(self, data: bytes, /) -> bytes:
        """What there is to send of it, perhaps nothing yet."""
        ...

    def finish(self) -> bytes:
        """The end."""
        ...


class Member(Protocol):
    """One member of gzip, one frame of Zstandard, or all there is of the others, on its way back to what it was."""

    def decode(self, data: bytes, /) -> bytes:
        """A piece of it, of bounded size. Data is given to one that is hungry, else none. Raises ValueError if malformed."""
        ...

    @property
    def hungry(self) -> bool:
        """Whether it needs more data to go on."""
        ...

    @property
    def ended(self) -> bool:
        """Whether this was its end."""
        ...

    @property
    def rest(self) -> bytes:
        """What was given to it from behind its end."""
        ...


class Coding(Protocol):
    """A content coding with its settings."""

    @property
    def name(self) -> str:
        """Its name in Accept-Encoding and Content-Encoding."""
        ...

    def encode(self, data: bytes, /) -> bytes:
        """The whole content, encoded; the same content gives the same bytes."""
        ...

    def encoder(self, *, flushed: bool) -> Encoder:
        """For content in pieces. If `flushed`, each can be read when it comes, in little memory: many are open for long."""
        ...


PIECE: Final = 64 * 1024
"""Bytes that are decoded at once, however well they were encoded."""

THREAD_SIZE: Final = 128 * 1024
"""Bytes from which on a piece is encoded in a worker thread, so that the event loop goes on."""
