"""How much of a body there may be."""

from __future__ import annotations

import pytest

from asgikit.allowance import Allowance
from asgikit.errors import ContentTooLarge


async def taken(allowance: Allowance, *chunks: bytes) -> list[bytes | None]:
    waiting = list(chunks)

    async def following() -> bytes | None:
        return waiting.pop(0) if waiting else None

    return [await allowance.take(following) for _ in range(len(chunks) + 1)]


async def test_what_is_within_the_cap_passes() -> None:
    """To the last byte, and its end."""
    assert await taken(Allowance(4, None), b"ab", b"", b"cd") == [b"ab", b"", b"cd", None]


async def test_what_goes_past_it_is_refused_for_good() -> None:
    """Nobody takes what came before for all of it."""
    allowance = Allowance(3, None)
    with pytest.raises(ContentTooLarge, match="over 3 bytes"):
        await taken(allowance, b"ab", b"cd")

    async def unread() -> bytes | None:
        raise AssertionError

    with pytest.raises(ContentTooLarge, match="over 3 bytes"):
        await allowance.take(unread)


async def test_what_decodes_to_nothing_counts_as_it_came() -> None:
    """For good, too."""
    allowance = Allowance(3, None)
    allowance.count_encoded(3)
    with pytest.raises(ContentTooLarge, match="over 3 bytes"):
        allowance.count_encoded(1)
    with pytest.raises(ContentTooLarge, match="over 3 bytes"):
        await taken(allowance, b"")


@pytest.mark.parametrize(
    ("declared", "kept", "fits"), [(3, None, True), (4, None, False), (None, b"abcd", False), (None, b"abc", True)]
)
def test_what_is_known_beforehand_is_refused_beforehand(declared: int | None, kept: bytes | None, fits: bool) -> None:
    """By the length that is declared, or that of what was kept."""
    allowance = Allowance(3, declared)
    if fits:
        allowance.check(kept)
    else:
        with pytest.raises(ContentTooLarge):
            allowance.check(kept)
