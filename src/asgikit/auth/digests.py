"""Secrets compared in constant time, and kept as digests."""

from __future__ import annotations

import hashlib
import hmac


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal; how long that takes tells nothing about where they differ, nor how long they are."""
    return hmac.compare_digest(_sha256(given), _sha256(expected))


def digest(key: str) -> str:
    """What to keep of an API key or a token of 128 random bits or more: SHA-256 in hexadecimal digits, to look it up by.

    Passwords are guessable: they need `asgikit.auth.passwords`.
    """
    return _sha256(key).hex()


def _sha256(text: str) -> bytes:
    # Lone surrogates too: whatever a client sends has a digest.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
