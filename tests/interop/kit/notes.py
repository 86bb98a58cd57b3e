"""What the applications of the kit's tests write down: read and emptied by each test."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from anyio.lowlevel import checkpoint

NOTES: list[str] = []

PIECES = (b"one", b"two", b"three")
EVENTS = b"id: 1\nevent: tick\ndata: a\n\ndata: b\ndata: c\n\n"


def noted(text: str) -> None:
    NOTES.append(text)


async def pieces() -> AsyncGenerator[bytes]:
    """Three, each noted when it is asked for."""
    for piece in PIECES:
        noted(piece.decode())
        yield piece
        await checkpoint()


async def endless() -> AsyncGenerator[bytes]:
    """Until nobody wants more, which is noted."""
    try:
        while True:
            yield b"x" * 1000
            await checkpoint()
    finally:
        noted("over")


async def events() -> AsyncGenerator[bytes]:
    """Two, cut where no event ends."""
    yield EVENTS[:12]
    yield EVENTS[12:]
