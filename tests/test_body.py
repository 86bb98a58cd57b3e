"""What a response can hold."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from asgikit.body import Derived, File
from asgikit.http.ranges import Span


def test_a_file_is_as_long_as_what_is_sent_of_it() -> None:
    """All of it, or spans with bytes between them."""
    file = File("/x", 10, 0, (1, 2), (Span(0, 10),))
    assert len(file) == 10
    assert len(replace(file, segments=(b"abc", Span(2, 4), b"", Span(9, 10)))) == 6
    assert len(replace(file, segments=())) == 0


class Source:
    """A stream that notes how often it is closed."""

    def __init__(self) -> None:
        self.closed = 0

    async def aclose(self) -> None:
        self.closed += 1


async def made() -> AsyncGenerator[bytes, None]:
    yield b"a"
    yield b"b"


async def test_what_is_derived_closes_its_source() -> None:
    """Also if nobody has ever asked it for a chunk; a source that cannot be closed is left alone."""
    source = Source()
    await Derived(made(), source).aclose()
    assert source.closed == 1
    begun = Derived(made(), source)
    assert [chunk async for chunk in begun] == [b"a", b"b"]
    await begun.aclose()
    assert source.closed == 2
    await Derived(made(), object()).aclose()
