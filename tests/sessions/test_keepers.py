"""Where sessions are kept."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.config import Secret
from asgikit.sealing import Sealer
from asgikit.sessions.keepers import InCookie, InStore, Keeper
from asgikit.signing import Signer
from asgikit.stores.memory_sessions import MemorySessions

KEY = Secret("a-key-of-a-test-0123456789-abcdef")
KEEPERS = [
    lambda: InCookie(Signer(KEY, purpose="session")),
    lambda: InCookie(Sealer(KEY, purpose="session")),
    lambda: InStore(MemorySessions()),
]
every_keeper = pytest.mark.parametrize("make", KEEPERS)


@every_keeper
async def test_what_is_added_is_loaded(make: Any) -> None:
    """By a token that fits into a cookie."""
    keeper: Keeper = make()
    kept = await keeper.add(b"data", ttl=60, subject=None)
    assert await keeper.load(kept.token) == kept
    assert kept.token.isascii()
    assert await keeper.load(kept.token[:-1] + ("A" if kept.token[-1] != "A" else "E")) is None


@every_keeper
async def test_what_is_replaced_is_another(make: Any) -> None:
    """Under the same token or a new one, which a cookie has in any case."""
    keeper: Keeper = make()
    first = await keeper.add(b"one", ttl=60, subject=None)
    second = await keeper.replace(first, b"two", rotate=False, ttl=60, subject=None)
    assert second is not None
    third = await keeper.replace(second, b"three", rotate=True, ttl=60, subject=None)
    assert third is not None
    assert (third.raw, third.token != second.token, second.token != first.token) == (b"three", True, keeper.needs_cookie)
    assert await keeper.load(third.token) == third


async def test_what_is_in_a_store_is_replaced_by_one() -> None:
    """By whoever was first."""
    keeper = InStore(MemorySessions())
    old = await keeper.add(b"one", ttl=60, subject=None)
    assert await keeper.replace(old, b"two", rotate=True, ttl=60, subject=None) is not None
    assert await keeper.replace(old, b"three", rotate=True, ttl=60, subject=None) is None
    assert await keeper.load(old.token) is None


async def test_what_has_ended_is_gone_from_a_store() -> None:
    """A cookie that was copied is what it is until its time is over."""
    keeper = InStore(MemorySessions())
    old = await keeper.add(b"one", ttl=60, subject=None)
    await keeper.end(old.token)
    await keeper.end("never given out")
    assert await keeper.load(old.token) is None
    in_cookie = InCookie(Signer(KEY, purpose="session"))
    copied = await in_cookie.add(b"one", ttl=60, subject=None)
    await in_cookie.end(copied.token)
    assert await in_cookie.load(copied.token) == copied
    assert in_cookie.key(copied.token) is None


async def test_a_store_is_not_asked_for_what_cannot_be_a_token() -> None:
    """Neither long texts nor odd ones get there."""

    class Asked:
        async def get(self, key: str, /) -> bytes | None:
            raise AssertionError(key)

    store: Any = Asked()
    for token in ("", "A" * 42, "A" * 44, "A" * 42 + "é", "../" * 10, "A" * 43 + "\n"):
        assert await InStore(store).load(token) is None
