"""Signed values through itsdangerous: the extra `sessions`, imported in this file alone."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, final

from asgikit.errors import MissingExtra
from asgikit.keys import Keys, derive

if TYPE_CHECKING:
    import itsdangerous
else:
    try:
        import itsdangerous
    except ImportError:
        itsdangerous = None

# Data, the time, 32 bytes of signature: the last character of these has two bits that mean nothing, and are 0 in one way only.
_SIGNED: Final = re.compile(r"([A-Za-z0-9_-]*\.([0-9a-f]{1,12}))\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])")


@final
class Signer:
    """Short values that everybody can read and nobody can alter: HMAC-SHA256, with the time of the signature.

    A value that is signed for one purpose is none for another. Raises MissingExtra without itsdangerous, ValueError for
    keys that can be guessed and for no purpose.
    """

    __slots__ = ("_clock", "_signer")

    def __init__(self, keys: Keys, /, *, purpose: str, clock: Callable[[], float] = time.time) -> None:
        """The first of the keys signs, all of them verify; `clock` gives seconds since 1970."""
        if itsdangerous is None:
            raise MissingExtra("a signed value", "sessions")
        # Derived here, once for each key; itsdangerous has the oldest first.
        derived = [*reversed(derive(keys, purpose, "signing"))]
        self._signer: itsdangerous.Signer = itsdangerous.Signer(derived, key_derivation="none", digest_method=hashlib.sha256)
        self._clock: Callable[[], float] = clock

    def sign(self, data: bytes, /) -> str:
        """The data with a signature: text that fits into cookies, URLs and fields, by a third longer and 53 characters."""
        text = base64.urlsafe_b64encode(data).rstrip(b"=")
        return self._signer.sign(b"%s.%x" % (text, max(0, int(self._clock())))).decode()

    def verify(self, text: str, /, *, max_age: float | None = None) -> bytes | None:
        """The data, if it was signed with one of the keys, and not over `max_age` seconds ago; None for anything else."""
        found = _SIGNED.fullmatch(text)
        if found is None or not self._signer.verify_signature(found[1], found[3]):
            return None
        if max_age is not None and self._clock() - int(found[2], 16) > max_age:
            return None
        data = found[1].partition(".")[0]
        return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
