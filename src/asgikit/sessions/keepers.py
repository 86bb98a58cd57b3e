"""Where sessions are kept: in the cookie itself, or in a store that a cookie has the key to."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final, Protocol, TypeGuard, final

from asgikit.functions import has_methods
from asgikit.sealing import Sealer
from asgikit.signing import Signer

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class SessionStore(Protocol):
    """Keeps bytes under keys, each for a time, and knows which belong to whom: memory here, a database or Redis elsewhere.

    The keys are hashes of what clients have, so that who reads the store cannot be any of them. Each method is one step,
    which no other comes between. `ttl` is in seconds.
    """

    async def get(self, key: str, /) -> bytes | None:
        """What is kept; None if there is nothing, or its time is over."""
        ...

    async def add(self, key: str, value: bytes, /, *, ttl: float, subject: str | None) -> None:
        """Keeps it under a new key."""
        ...

    async def replace(self, old: tuple[str, bytes], new: tuple[str, bytes], /, *, ttl: float, subject: str | None) -> bool:
        """Puts a key and its value in the place of others, if these are still there as they were; else changes nothing.

        The key can be the same.
        """
        ...

    async def delete(self, key: str, /) -> None:
        """Keeps it no longer."""
        ...

    async def keys(self, subject: str, /) -> frozenset[str]:
        """The keys of all that belongs to somebody."""
        ...

    async def delete_all(self, subject: str, /) -> None:
        """Keeps nothing of somebody's any longer."""
        ...


def is_store(given: object) -> TypeGuard[SessionStore]:
    """Whether it has what a store has."""
    return has_methods(given, "get", "add", "replace", "delete", "keys", "delete_all")


@final
@dataclass(frozen=True, slots=True)
class Kept:
    """What was found for the cookie of a client."""

    token: str
    raw: bytes


class Keeper(Protocol):
    """What a session needs of the place where it is kept; a token is the value of its cookie."""

    @property
    def needs_cookie(self) -> bool:
        """Whether every change is another cookie."""
        ...

    def key(self, token: str, /) -> str | None:
        """The key in the store."""
        ...

    async def load(self, token: str, /) -> Kept | None:
        """What is kept; None for a token that was never given out, or not any more."""
        ...

    async def add(self, raw: bytes, /, *, ttl: float, subject: str | None) -> Kept:
        """Keeps it under a token that nobody has ever seen."""
        ...

    async def replace(self, old: Kept, raw: bytes, /, *, rotate: bool, ttl: float, subject: str | None) -> Kept | None:
        """Keeps it in the place of what was there; None, and changes nothing, if that has changed."""
        ...

    async def end(self, token: str, /) -> None:
        """Keeps it no longer."""
        ...


@final
class InCookie:
    """Sessions that are their own cookies: nothing to keep here, so nothing that could be revoked."""

    __slots__ = ("_seal",)

    def __init__(self, seal: Signer | Sealer) -> None:
        """Signed, which clients can read, or encrypted."""
        self._seal: Signer | Sealer = seal

    @property
    def needs_cookie(self) -> bool:
        """It is the session."""
        return True

    def key(self, _token: str, /) -> None:
        """There is no store."""

    async def load(self, token: str, /) -> Kept | None:
        """What we have signed or encrypted, None for anything else."""
        raw = self._seal.verify(token) if isinstance(self._seal, Signer) else self._seal.open(token)
        return None if raw is None else Kept(token, raw)

    async def add(self, raw: bytes, /, *, ttl: float, subject: str | None) -> Kept:  # for stores
        """The cookie."""
        return Kept(self._seal.sign(raw) if isinstance(self._seal, Signer) else self._seal.seal(raw), raw)

    async def replace(self, _old: Kept, raw: bytes, /, *, rotate: bool, ttl: float, subject: str | None) -> Kept:  # for stores
        """The cookie: the one that the browser gets last is the one that it keeps."""
        return await self.add(raw, ttl=ttl, subject=subject)

    async def end(self, _token: str, /) -> None:
        """Nothing to do: the cookie is taken away, and whoever has copied it has it until it ends by itself."""


@final
class InStore:
    """Sessions in a store, whose cookies are 256 random bits; the store sees their hash alone."""

    __slots__ = ("_store",)

    def __init__(self, store: SessionStore) -> None:
        """The store."""
        self._store: SessionStore = store

    @property
    def needs_cookie(self) -> bool:
        """The client has its key already."""
        return False

    def key(self, token: str, /) -> str:
        """The hash. Random bits need no salt."""
        return hashlib.sha256(token.encode()).hexdigest()

    async def load(self, token: str, /) -> Kept | None:
        """What is in the store; what cannot be one of our tokens is not looked for."""
        if _TOKEN.fullmatch(token) is None:
            return None
        raw = await self._store.get(self.key(token))
        return None if raw is None else Kept(token, raw)

    async def add(self, raw: bytes, /, *, ttl: float, subject: str | None) -> Kept:
        """Puts it under a new key, never one that came from a client."""
        kept = Kept(secrets.token_urlsafe(32), raw)
        await self._store.add(self.key(kept.token), raw, ttl=ttl, subject=subject)
        return kept

    async def replace(self, old: Kept, raw: bytes, /, *, rotate: bool, ttl: float, subject: str | None) -> Kept | None:
        """Under the same key, or a new one."""
        new = Kept(secrets.token_urlsafe(32) if rotate else old.token, raw)
        done = await self._store.replace((self.key(old.token), old.raw), (self.key(new.token), raw), ttl=ttl, subject=subject)
        return new if done else None

    async def end(self, token: str, /) -> None:
        """Removes it."""
        if _TOKEN.fullmatch(token) is not None:
            await self._store.delete(self.key(token))
