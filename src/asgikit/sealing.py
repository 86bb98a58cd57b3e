"""Encrypted values through cryptography: the extra `encryption`, imported in this file alone."""

from __future__ import annotations

import base64
import hmac
import re
import time
from collections.abc import Callable
from os import urandom
from typing import TYPE_CHECKING, Final, final

from asgikit.errors import MissingExtra
from asgikit.keys import Keys, derive

if TYPE_CHECKING:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
else:
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        AESGCM = InvalidTag = None

_TEXT: Final = re.compile(r"[A-Za-z0-9_-]+")
_TIME: Final = 6  # bytes: the year 8,900,000
_SALT: Final = 20
_NONCE: Final = 12
_TAG: Final = 16
_HEAD: Final = _TIME + _SALT + _NONCE


@final
class Sealer:
    """Short values that nobody can read or alter: AES-256-GCM, with the time of the encryption.

    A value that is sealed for one purpose is none for another. Raises MissingExtra without cryptography, ValueError for
    keys that can be guessed and for no purpose.
    """

    __slots__ = ("_clock", "_keys")

    def __init__(self, keys: Keys, /, *, purpose: str, clock: Callable[[], float] = time.time) -> None:
        """The first of the keys encrypts, all of them decrypt; `clock` gives seconds since 1970."""
        if AESGCM is None:
            raise MissingExtra("an encrypted value", "encryption")
        self._keys: tuple[bytes, ...] = derive(keys, purpose, "sealing")
        self._clock: Callable[[], float] = clock

    def seal(self, data: bytes, /) -> str:
        """The data encrypted: text that fits into cookies, URLs and fields, by a third longer and 72 characters."""
        head = max(0, int(self._clock())).to_bytes(_TIME, "big") + urandom(_SALT + _NONCE)
        sealed = _cipher(self._keys[0], head).encrypt(head[-_NONCE:], data, head)
        return base64.urlsafe_b64encode(head + sealed).rstrip(b"=").decode()

    def open(self, text: str, /, *, max_age: float | None = None) -> bytes | None:
        """The data, if it was sealed with one of the keys, and not over `max_age` seconds ago; None for anything else."""
        raw = _decoded(text)
        if raw is None or len(raw) < _HEAD + _TAG:
            return None
        head = raw[:_HEAD]
        for key in self._keys:
            try:
                data = _cipher(key, head).decrypt(head[-_NONCE:], raw[_HEAD:], head)
            except InvalidTag:
                continue
            is_stale = max_age is not None and self._clock() - int.from_bytes(head[:_TIME], "big") > max_age
            return None if is_stale else data
        return None


def _cipher(key: bytes, head: bytes) -> AESGCM:
    # A key for each value: with one for all, their random nonces would begin to repeat after some billions.
    return AESGCM(hmac.digest(key, head[_TIME:-_NONCE], "sha256"))


def _decoded(text: str) -> bytes | None:
    """The bytes of base64url as we write it; None for anything else, the same bytes written in another way included."""
    if _TEXT.fullmatch(text) is None or len(text) % 4 == 1:
        return None
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text else None
