"""Passwords as hashes, by scrypt of the standard library (RFC 7914)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio
from anyio import to_thread
from anyio.lowlevel import RunVar

MAX_PASSWORD: Final = 1024
"""Bytes of a password; whoever sends more has none."""

_MEMORY: Final = 256 * 1024 * 1024
# What others write, too: $scrypt$ln=14,r=8,p=5$salt$hash, in Base64 without its padding.
_STORED: Final = re.compile(r"\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)")
_SALT: Final = 16
_SIZE: Final = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Passwords:
    """How passwords are hashed: 2**`ln` blocks of `r` times 128 bytes, `p` times, in a worker thread.

    By default 16 MiB and some tenths of a second for each, as the Password Storage Cheat Sheet of OWASP has it, and four of
    them at once; another `limiter` allows more. Raises ValueError for what costs less than 4 MiB, more than 256 MiB, or nothing.
    """

    ln: int = 14
    r: int = 8
    p: int = 5
    limiter: anyio.CapacityLimiter | None = None

    def __post_init__(self) -> None:
        """Checks the cost."""
        if not (1 <= self.ln <= 20 and 1 <= self.r <= 32 and 1 <= self.p <= 16):
            raise ValueError("ln is from 1 to 20, r from 1 to 32, p from 1 to 16")
        if not 4 * 1024 * 1024 <= 128 * self.r * 2**self.ln <= _MEMORY:
            raise ValueError("128 * r * 2**ln is the memory that a guess costs: 4 MiB to 256 MiB")

    async def hash(self, password: str, /) -> str:
        """What to keep of the password: text with a new salt. Raises ValueError for one that is empty or over 1,024 bytes."""
        data = _prepared(password)
        if not data:
            raise ValueError(f"a password has 1 to {MAX_PASSWORD} bytes of UTF-8")
        salt = secrets.token_bytes(_SALT)
        made = await self._derived(data, _Cost(self.ln, self.r, self.p, salt))
        return f"$scrypt$ln={self.ln},r={self.r},p={self.p}${_text(salt)}${_text(made)}"

    async def verify(self, password: str, stored: str | None, /) -> bool:
        """Whether the password is the one that was hashed; None is for a user who does not exist, and takes as long.

        What is stored in another form is nobody's password.
        """
        data = _prepared(password)
        known = _parsed(stored or "")
        if not data:
            return False
        if known is None:
            await self._derived(data, _Cost(self.ln, self.r, self.p, bytes(_SALT)))
            return False
        cost, expected = known
        return hmac.compare_digest(await self._derived(data, cost), expected)

    def is_outdated(self, stored: str, /) -> bool:
        """Whether it was hashed at another cost: hash the password again once it is verified."""
        known = _parsed(stored)
        return known is None or (known[0].ln, known[0].r, known[0].p) != (self.ln, self.r, self.p)

    async def _derived(self, data: bytes, cost: _Cost) -> bytes:
        return await to_thread.run_sync(partial(_scrypt, data, cost), limiter=self.limiter or _limiter())


# Apart from the threads that serve files, so that guesses keep nobody else waiting. One for each event loop.
_LIMITER: Final = RunVar[anyio.CapacityLimiter]("asgikit.auth.passwords")


def _limiter() -> anyio.CapacityLimiter:
    limiter = _LIMITER.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(4)
        _LIMITER.set(limiter)
    return limiter


@dataclass(frozen=True, slots=True)
class _Cost:
    ln: int
    r: int
    p: int
    salt: bytes


def _scrypt(data: bytes, cost: _Cost) -> bytes:
    n = 2**cost.ln
    return hashlib.scrypt(data, salt=cost.salt, n=n, r=cost.r, p=cost.p, maxmem=2 * _MEMORY, dklen=_SIZE)


def _prepared(password: str) -> bytes:
    """One spelling for what looks alike (RFC 8265, 4.2); nothing for what is too long or no text."""
    if len(password) > MAX_PASSWORD:
        return b""
    try:
        data = unicodedata.normalize("NFC", password).encode()
    except UnicodeEncodeError:
        return b""
    return data if len(data) <= MAX_PASSWORD else b""


def _parsed(stored: str) -> tuple[_Cost, bytes] | None:
    found = _STORED.fullmatch(stored)
    if found is None:
        return None
    ln, r, p = int(found[1]), int(found[2]), int(found[3])
    try:
        salt, made = _bytes(found[4]), _bytes(found[5])
    except binascii.Error:
        return None
    if not (1 <= ln <= 20 and r >= 1 and 1 <= p <= 16 and 128 * r * 2**ln <= _MEMORY and len(made) == _SIZE):
        return None
    return _Cost(ln, r, p, salt), made


def _text(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
