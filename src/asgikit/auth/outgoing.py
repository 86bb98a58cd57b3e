"""Requests to identity providers, apart from who sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from asgikit.http.cache import CacheControl
from asgikit.http.pairs import PairItems
from asgikit.http.url import URL

MAX_ANSWER: Final = 1024 * 1024
"""Bytes that an answer of a provider has at most."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer of a provider; `max_age` are the seconds for which it may be kept, if it says so (RFC 9111, 5.2.2.1)."""

    status: int
    body: bytes
    max_age: float | None = None


class Fetch(Protocol):
    """Who sends requests to providers: `HTTPXFetch`, or something of your own with a proxy, say.

    Bodies are limited to MAX_ANSWER, redirects are not followed. Raises ServiceUnavailable if there is no answer.
    """

    async def get(self, url: str, /) -> Fetched:
        """The answer to a GET request."""
        ...

    async def post(self, url: str, form: Mapping[str, str], /, *, headers: PairItems = ()) -> Fetched:
        """The answer to a form."""
        ...


def require_secure(url: object, what: str) -> str:
    """The URL, if it is https, or http on this machine. Raises ValueError for any other: whoever is on the way could answer."""
    if isinstance(url, str) and _is_secure(url):
        return url
    raise ValueError(f"{what} is an https URL, not {url!r}")


def _is_secure(text: str) -> bool:
    try:
        url = URL.parse(text)
    except ValueError:
        return False
    if not url.host or url.fragment is not None:
        return False
    return url.scheme == "https" or (url.scheme == "http" and url.host.lower() in _LOOPBACK)


def max_age(cache_control: str | None) -> float | None:
    """The seconds for which an answer may be kept; None where its Cache-Control field does not say (RFC 9111, 5.2.2)."""
    try:
        age = CacheControl.parse(cache_control or "").max_age
    except ValueError:
        return None
    return None if age is None else float(age)
