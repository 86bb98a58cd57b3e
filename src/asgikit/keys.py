"""Keys: what signs and encrypts, the newest first, so that they can be changed without anybody's session ending."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final, TypeAlias

from asgikit.config import Secret

Keys: TypeAlias = Secret | Sequence[Secret]
"""One key or several, the newest first: it signs and encrypts, all of them verify and decrypt."""

SHORTEST: Final = 32
"""Characters that a key has at least: 128 bits, if they are hexadecimal."""

_KINDS: Final = 8  # fewer different characters than a random key of that length ever has: repeated, or typed by hand
_ADVICE: Final = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


def derive(keys: Keys, purpose: str, use: str) -> tuple[bytes, ...]:
    """A key of 32 bytes from each, for this purpose and use alone: what is signed for one thing says nothing about another.

    Raises ValueError for no key at all, a key that can be guessed (under 32 characters, or of a few different ones), and
    an empty purpose; TypeError for what is no Secret.
    """
    given = (keys,) if isinstance(keys, Secret) else tuple(keys)
    if not given:
        raise ValueError(f"there is no key: {_ADVICE}")
    if not purpose:
        raise ValueError('say what the values are for, as in purpose="session": a value for one purpose must not do for another')
    return tuple(hmac.digest(_checked(key), f"asgikit {use} {purpose}".encode(), "sha256") for key in given)


def _checked(key: object) -> bytes:
    if not isinstance(key, Secret):
        raise TypeError("a key is a Secret, which is never printed: Secret(text), or a field of the settings")
    text = key.reveal()
    if len(text) < SHORTEST or len(set(text)) < _KINDS:
        raise ValueError(f"a key of {len(text)} characters, {len(set(text))} of them different, can be guessed: {_ADVICE}")
    return text.encode("utf-8", "surrogatepass")
