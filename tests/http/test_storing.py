"""What a shared cache may keep, for how long and for whom."""

from __future__ import annotations

import pytest

from asgikit.http.cache import CacheControl
from asgikit.http.headers import Headers
from asgikit.http.storing import Terms, age_of, is_acceptable, lasting, terms_of, varies

DATE = "Sat, 21 Nov 2026 20:00:00 GMT"
LATER = "Sat, 21 Nov 2026 20:01:00 GMT"


def lifetime(cache_control: str | None = None, status: int = 200, default: int | None = None, **fields: str) -> int | None:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    if cache_control is not None:
        headers["cache-control"] = cache_control
    terms = terms_of(Headers(), status, Headers(headers), default)
    return None if terms is None else terms.lifetime


def test_the_first_time_that_is_said_counts() -> None:
    """For shared caches before for all, in seconds before as a date, said before assumed."""
    assert lifetime("max-age=5, s-maxage=9", 200, 7) == 9
    assert lifetime("max-age=5", 200, 7, expires=LATER, date=DATE) == 5
    assert lifetime(None, 200, 7, expires=LATER, date=DATE) == 60
    assert (lifetime(None, 200, 7), lifetime("public", 200, 7), lifetime(None)) == (7, 7, None)


@pytest.mark.parametrize(
    "value", ["no-store", "private", "no-cache", 'no-cache="x-a"', 'private="x-a"', "max-age=0", "s-maxage=0"]
)
def test_what_may_not_be_used_is_not_kept(value: str) -> None:
    """Whatever else is said."""
    assert lifetime(f"max-age=5, {value}" if "age" not in value else value, default=7) is None


@pytest.mark.parametrize(
    "value", ["private; max-age=5", "no-store; no-cache", "public, no-store; max-age=5", 'max-age=5, "private"']
)
def test_what_is_malformed_is_not_kept(value: str) -> None:
    """Whoever separates directives by semicolons means something, and mostly not this."""
    assert lifetime(value, default=7) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"set_cookie": "a=b"},
        {"vary": "*"},
        {"vary": "Accept, *"},
        {"content_range": "bytes 0-1/2"},
        {"cache_control": None, "expires": "0"},
        {"cache_control": None, "expires": DATE, "date": DATE},
        {"cache_control": None, "expires": LATER},
    ],
)
def test_what_is_for_one_alone_or_unclear_is_not_kept(fields: dict[str, str]) -> None:
    """Cookies that are set, what depends on anything, parts, times that have passed or cannot be told."""
    assert lifetime(**{"cache_control": "public, max-age=5", "default": 7, **fields}) is None  # type: ignore[arg-type]  # by name


def test_only_some_statuses_are_kept() -> None:
    """Those that mean the same to all; without a time said, only 200."""
    kept = {status for status in range(200, 600) if lifetime("max-age=5", status) is not None}
    assert kept == {200, 203, 204, 300, 301, 302, 307, 308, 404, 405, 410, 414, 501}
    assert [lifetime(None, status, 7) for status in (200, 404, 301)] == [7, None, None]


@pytest.mark.parametrize("name", ["Cookie", "Authorization", "X-Key"])
def test_what_answers_credentials_is_kept_only_if_it_says_so(name: str) -> None:
    """It is for everybody, or varies with them."""
    who, credentials = Headers({name: "ada"}), {"authorization", "cookie", "x-key"}

    def kept(**fields: str) -> bool:
        response = Headers((name.replace("_", "-"), value) for name, value in fields.items())
        return terms_of(who, 200, response, 7, credentials) is not None

    assert not kept()
    assert not kept(cache_control="max-age=5, must-revalidate")
    assert not kept(cache_control="max-age=5", vary="Accept")
    assert kept(cache_control="max-age=5", vary=f"Accept, {name}")
    assert kept(cache_control="public, max-age=5")
    assert kept(cache_control="s-maxage=5")


def test_terms_say_whom_a_response_is_for() -> None:
    """Who has no credentials, or those that it varies with; everybody, if it is shared."""
    both = Headers({"cookie": "a=b", "authorization": "Bearer x"})
    assert Terms(lifetime=1).is_for(Headers())
    assert not Terms(lifetime=1, vary=("cookie",)).is_for(both)
    assert Terms(lifetime=1, vary=("authorization", "cookie")).is_for(both)
    assert Terms(lifetime=1, shared=True).is_for(both)


def test_what_it_varies_with_is_a_set_in_order() -> None:
    """Over all lines."""
    assert varies(Headers([("vary", "B, a"), ("vary", "A")])) == ("a", "b")
    assert varies(Headers()) == ()
    assert varies(Headers({"vary": "a; b"})) is varies(Headers({"vary": "a, *"})) is None


def test_staleness_is_allowed_or_not() -> None:
    """What has to be asked about once it is old, may not be used then."""

    def stale(value: str) -> tuple[int, int]:
        terms = terms_of(Headers(), 200, Headers({"cache-control": value}))
        assert terms is not None
        return terms.while_revalidate, terms.if_error

    assert stale("max-age=1, stale-while-revalidate=2, stale-if-error=3") == (2, 3)
    for strict in ("must-revalidate", "proxy-revalidate", "s-maxage=1"):
        assert stale(f"max-age=1, stale-while-revalidate=2, stale-if-error=3, {strict}") == (0, 0)


def test_an_age_that_is_none_is_zero() -> None:
    """And a long one is long."""
    assert [age_of(Headers({"age": value})) for value in ("7", "x", "-1", "9" * 500)] == [7, 0, 0, 2**31]
    assert age_of(Headers()) == 0


def test_fields_of_one_connection_do_not_last() -> None:
    """Nor the age, nor what the connection names."""
    given = Headers({"connection": "x-hop", "x-hop": "1", "age": "5", "upgrade": "h2c", "x-a": "b", "etag": '"e"'})
    assert lasting(given) == ((b"x-a", b"b"), (b"etag", b'"e"'))


@pytest.mark.parametrize(
    ("asked", "fresh"),
    [("", True), ("no-cache", False), ("max-age=3", True), ("max-age=2", False), ("min-fresh=1", True), ("min-fresh=2", False)],
)
def test_who_asks_says_what_is_fresh_enough(asked: str, fresh: bool) -> None:
    """Of what is 3 seconds old, and fresh for 5."""
    assert is_acceptable(CacheControl.parse(asked), 3, 5) is fresh
    assert not is_acceptable(CacheControl(), 5, 5)
    assert not is_acceptable(CacheControl(max_age=0), 0, 5)
