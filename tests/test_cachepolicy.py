"""What a cache keeps of which response, and what it answers with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from asgikit import Response
from asgikit.cachepolicy import ANYTHING, CachePolicy, also_changed, answered, asked_for, from_store, key_of, to_store
from asgikit.http.cache import CacheControl
from asgikit.http.headers import Headers
from asgikit.testing import http_scope

POLICY = CachePolicy(clock=lambda: 1000.9)
FRESH = {"cache-control": "max-age=9"}


def key(target: str = "/", host: str = "a.example", **scope: Any) -> str:
    return key_of(http_scope(target=target, **scope), Headers({"host": host}))


@pytest.mark.parametrize("options", [{"default_ttl": 0}, {"max_body": -1}, {"credentials": frozenset({"no name"})}])
def test_a_policy_that_cannot_be_meant_is_refused(options: dict[str, Any]) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match=r"default_ttl|not a header name"):
        CachePolicy(**options)


def test_a_policy_knows_the_usual_credentials() -> None:
    """And those that are named."""
    assert CachePolicy(credentials=frozenset({"X-Key"})).credentials == {"authorization", "cookie", "x-key"}


def test_what_is_asked_for_is_the_url() -> None:
    """As it was written; hosts in any case; with a server that does not say how it was written, too."""
    assert key() == key(host="A.Example") == key(omit=["raw_path"])
    others = [
        key("/b"),
        key("/?"),
        key("/?a=1"),
        key("/?a=2"),
        key("/?a=1&b"),
        key("/%62"),
        key(host="b.example"),
        key(scheme="https"),
    ]
    assert len({key("/b"), *others, key()}) == 8  # an empty query is none
    assert key("/" + "a" * 500) != key("/" + "a" * 501)


def test_no_host_reads_like_a_path() -> None:
    """Or one site could be made to answer for another."""
    assert key("/c", host="a.example/b") != key("/b/c", host="a.example")
    assert key("/", host="a.example") != key("/", host="")


@pytest.mark.parametrize(
    ("location", "target"),
    [("/new", "/new"), ("https://A.example/new?q", "/new?q"), ("sub", "/x/sub"), ("//a.example/new", "/new"), ("?q", "/x/old?q")],
)
@pytest.mark.parametrize("name", ["location", "content-location"])
def test_what_a_change_names_has_changed_too(name: str, location: str, target: str) -> None:
    """On the same host."""
    scope, headers = http_scope("POST", "/x/old", scheme="https"), Headers({"host": "a.example"})
    assert list(also_changed(scope, headers, Headers({name: location}))) == [key(target, scheme="https")]


@pytest.mark.parametrize("location", ["https://b.example/new", "http://a.example/new", "https://[", "https://a.example:8/new"])
def test_what_is_elsewhere_is_not_ours_to_forget(location: str) -> None:
    """Nor what is no URL."""
    scope, headers = http_scope("POST", "/x/old", scheme="https"), Headers({"host": "a.example"})
    assert list(also_changed(scope, headers, Headers({"location": location}))) == []


async def chunks() -> AsyncIterator[str]:
    yield "x"


@pytest.mark.parametrize(
    "response",
    [
        Response.text("x"),
        Response.stream(chunks(), content_type="text/plain", headers=FRESH),
        Response.text("x" * (1024 * 1024 + 1), headers=FRESH),
        Response.text("x", headers=FRESH).with_trailers(dict, "x-sum"),
        Response.text("x", headers={**FRESH, "age": "9"}),
    ],
)
def test_what_says_nothing_or_is_no_bytes_is_not_kept(response: Response) -> None:
    """Nor what is too large, has more behind it, or is too old already."""
    assert to_store(POLICY, Headers(), response) is None


def test_what_is_kept_comes_back_with_its_age() -> None:
    """Counted from where it was made."""
    stored = to_store(POLICY, Headers(), Response.text("x", status=404, headers={**FRESH, "age": "4"}))
    assert stored is not None
    assert stored.made == 996
    response = from_store(stored, 7)
    assert (response.status, response.body, response.headers.get_all("age")) == (404, b"x", ("7",))
    assert (response.headers["cache-control"], response.headers["content-length"]) == ("max-age=9", "1")


def test_clients_have_a_say_or_not() -> None:
    """In the words of today, or of long ago."""
    reload, old = Headers({"cache-control": "no-cache"}), Headers({"pragma": "no-cache"})
    assert asked_for(POLICY, reload) == asked_for(POLICY, old) == CacheControl(no_cache=True)
    assert asked_for(POLICY, Headers()) is ANYTHING
    assert asked_for(CachePolicy(client_directives=False), reload) is ANYTHING


def test_conditions_and_ranges_are_answered() -> None:
    """What asks for neither is left alone."""
    whole = Response.text("abc").with_etag()
    assert answered(http_scope(), Headers(), whole) is whole
    assert answered(http_scope(), Headers({"if-none-match": "*"}), whole).status == 304
    assert answered(http_scope(), Headers({"range": "bytes=0-1"}), whole).body == b"ab"
