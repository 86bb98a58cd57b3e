"""What a shared cache may keep, for how long and for whom (RFC 9111, 3 and 4.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from asgikit.http.cache import MAX_SECONDS, CacheControl
from asgikit.http.dates import parse_date
from asgikit.http.grammar import OWS, is_token, split_list
from asgikit.http.headers import Headers

CREDENTIALS: Final = frozenset({"authorization", "cookie"})
"""The request fields that say whose a request is."""

# Those whose meaning does not depend on the request beyond its URL (RFC 9110, 15.1), but for partial content, and redirects
# that say how long they hold.
_STATUSES: Final = frozenset({200, 203, 204, 300, 301, 302, 307, 308, 404, 405, 410, 414, 501})
_HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
    | {b"proxy-authenticate", b"proxy-authentication-info", b"proxy-authorization"}
)
_SECONDS: Final = 10  # digits of MAX_SECONDS


class Terms(NamedTuple):
    """On which terms a response is kept: its time, the request fields that it depends on, whether it is shared.

    It is if it says that it is for everybody. After its time it may be used for more seconds while it is made anew, and
    where that fails.
    """

    lifetime: int
    vary: tuple[str, ...] = ()
    shared: bool = False
    while_revalidate: int = 0
    if_error: int = 0

    def is_for(self, request: Headers, credentials: Iterable[str] = CREDENTIALS) -> bool:
        """Whether a request with these fields may have it: its own or nobody's, unless it is for everybody."""
        return self.shared or all(name in self.vary or name not in request for name in credentials)


def terms_of(
    request: Headers, status: int, response: Headers, default: int | None = None, credentials: Iterable[str] = CREDENTIALS
) -> Terms | None:
    """On which terms the response to a GET may be kept; None if it may not, or says nothing and there is no `default`.

    Stricter than RFC 9111, 3: what answers a request with credentials is kept only if it says `public` or `s-maxage`, or
    varies with them; what sets a cookie never; nor what would have to be asked about before each use.
    """
    if status not in _STATUSES or "set-cookie" in response or "content-range" in response:
        return None
    said = response.get("cache-control") or ""
    policy, vary = CacheControl.parse(said), varies(response)
    if not _is_clear(said) or policy.no_store or policy.private or policy.no_cache or vary is None:
        return None
    lifetime = _lifetime(policy, response, default if status == 200 else None)
    if not lifetime or lifetime < 0:
        return None
    strict = policy.must_revalidate or policy.proxy_revalidate or policy.s_maxage is not None  # RFC 9111, 5.2.2.10
    terms = Terms(
        lifetime=lifetime,
        vary=vary,
        shared=policy.public or policy.s_maxage is not None,
        while_revalidate=0 if strict else policy.stale_while_revalidate or 0,
        if_error=0 if strict else policy.stale_if_error or 0,
    )
    return terms if terms.is_for(request, credentials) else None


def _is_clear(said: str) -> bool:
    """Whether each directive has a name: "private; max-age=9" is none that a parser knows, and was not meant for everybody."""
    return all(is_token(element.partition("=")[0].rstrip(OWS)) for element in split_list(said))


def varies(response: Headers) -> tuple[str, ...] | None:
    """The request fields that it depends on, once each, in order; None if on more than those, or malformed (RFC 9110, 12.5.5)."""
    names = {name.lower() for name in split_list(response.get("vary") or "")}
    return tuple(sorted(names)) if "*" not in names and all(map(is_token, names)) else None


def _lifetime(policy: CacheControl, response: Headers, default: int | None) -> int | None:
    """The time that it is fresh in a shared cache, the first that is said (RFC 9111, 4.2.1)."""
    if policy.s_maxage is not None:
        return policy.s_maxage
    if policy.max_age is not None:
        return policy.max_age
    if (expires := response.get("expires")) is None:
        return default
    end, begin = parse_date(expires), parse_date(response.get("date") or "")
    if end is None or begin is None:
        return 0  # what is no date has passed (RFC 9111, 5.3); without a beginning we do not guess
    return min(int((end - begin).total_seconds()), MAX_SECONDS)


def age_of(response: Headers) -> int:
    """How many seconds old it came to us, 0 if it does not say (RFC 9111, 5.1)."""
    value = response.get("age") or ""
    return min(int(value[: _SECONDS + 1]), MAX_SECONDS) if value.isascii() and value.isdigit() else 0


def lasting(response: Headers) -> tuple[tuple[bytes, bytes], ...]:
    """The fields that are kept with it: not its age, nor those of one connection (RFC 9110, 7.6.1; RFC 9111, 3.1)."""
    named = {name.lower().encode("latin-1") for name in split_list(response.get("connection") or "")}
    dropped = _HOP_BY_HOP | named | {b"age"}
    return tuple(line for line in response.raw if line[0].lower() not in dropped)


def is_acceptable(asked: CacheControl, age: int, lifetime: int) -> bool:
    """Whether who asks like this takes a response of this age, that is fresh for so long (RFC 9111, 5.2.1)."""
    if asked.no_cache or asked.max_age == 0 or (asked.max_age is not None and age > asked.max_age):
        return False  # who says 0 means "now", not "in this second"
    return lifetime - age > (asked.min_fresh or 0)
