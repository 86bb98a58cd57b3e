"""Signed double-submit tokens: a secret in a cookie, and values that belong to it, under another mask each time."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from secrets import token_bytes, token_urlsafe
from typing import Final, final

from asgikit.http.cookies import Cookies, SetCookie
from asgikit.http.grammar import is_token
from asgikit.keys import Keys, derive

_SIZE: Final = 24  # bytes of a secret, a mask and a value: 192 bits, and base64 has no bits left over for them
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{32}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{64}")


@final
@dataclass(frozen=True, kw_only=True, slots=True)
class CSRFTokens:
    """Tokens where a browser says nothing about where a request comes from; with `always`, besides what it says.

    The first key signs, all of them verify. Tokens are sent in the header or the form field of these names, and belong to a
    cookie, which is called `__Host-` and its name over https, and lives for `max_age` seconds, None for as long as the browser
    runs. Raises ValueError for no key, one that can be guessed, and for names that cannot be; TypeError for a key that
    is no Secret.
    """

    keys: Keys
    cookie: str = "csrf"
    header: str = "x-csrf-token"
    field: str = "csrf_token"
    max_age: int | None = None
    always: bool = False

    def __post_init__(self) -> None:
        """Checks the keys and the names."""
        _derived(self.keys)
        if not is_token(self.header) or not self.field or (self.max_age is not None and self.max_age <= 0):
            raise ValueError("header is the name of a field, field that of an input, max_age a number of seconds above 0")
        if self.cookie.startswith("__"):
            raise ValueError(f"cookie {self.cookie!r}: the prefix is added where it can be, over https")
        SetCookie(self.cookie, "")


def mask(value: bytes, pad: bytes) -> str:
    """The value under a pad that is used once: its text is always another, and its compressed size tells nothing (BREACH)."""
    hidden = int.from_bytes(value, "big") ^ int.from_bytes(pad, "big")
    return base64.urlsafe_b64encode(pad + hidden.to_bytes(_SIZE, "big")).decode()


def unmask(token: str) -> bytes | None:
    """The value of a token, None for what is no token."""
    if _TOKEN.fullmatch(token) is None:
        return None
    data = base64.urlsafe_b64decode(token)
    return (int.from_bytes(data[:_SIZE], "big") ^ int.from_bytes(data[_SIZE:], "big")).to_bytes(_SIZE, "big")


@final
class Mint:
    """Makes secrets and tokens, and knows them again."""

    __slots__ = ("_keys", "_policy")

    def __init__(self, policy: CSRFTokens) -> None:
        """With keys that are derived once."""
        self._policy: CSRFTokens = policy
        self._keys: tuple[bytes, ...] = _derived(policy.keys)

    def new_secret(self) -> str:
        """A secret that nobody else has."""
        return token_urlsafe(_SIZE)

    def secret_in(self, cookies: Cookies, *, secure: bool) -> str | None:
        """The secret of a client, None if it has none. Over https no cookie of a subdomain will do, nor one set without TLS."""
        secret = cookies.get(self._name(secure)) or ""
        return secret if _SECRET.fullmatch(secret) else None

    def cookie(self, secret: str, *, secure: bool) -> SetCookie:
        """The cookie with this secret."""
        # Not strict: a link on another site would come without it, and replace the one that open pages need.
        return SetCookie(self._name(secure), secret, secure=secure, max_age=self._policy.max_age, samesite="lax")

    def _name(self, secure: bool) -> str:
        return f"__Host-{self._policy.cookie}" if secure else self._policy.cookie

    def token(self, secret: str) -> str:
        """A token for this secret, another one each time."""
        return mask(_value(self._keys[0], secret), token_bytes(_SIZE))

    def knows(self, token: str, secret: str) -> bool:
        """Whether this is a token for this secret, made with any of the keys; how long that takes tells nothing of the value."""
        value = unmask(token)
        return value is not None and any(hmac.compare_digest(value, _value(key, secret)) for key in self._keys)


def _value(key: bytes, secret: str) -> bytes:
    return hmac.digest(key, secret.encode(), "sha256")[:_SIZE]


def _derived(keys: Keys) -> tuple[bytes, ...]:
    return derive(keys, "csrf", "tokens")
