"""A place of an application."""

import pytest

from asgikit.conformance.place import Place


@pytest.mark.parametrize(
    ("where", "type_", "method", "path", "query", "again"),
    [
        ("/items", "http", "GET", "/items", b"", "GET /items"),
        ("post /items?a=1&b=%20", "http", "POST", "/items", b"a=1&b=%20", "POST /items?a=1&b=%20"),
        ("GET /a%20b/é", "http", "GET", "/a b/é", b"", "GET /a%20b/%C3%A9"),
        ("WS /chat", "websocket", "GET", "/chat", b"", "WS /chat"),
        ("websocket /chat?x", "websocket", "GET", "/chat", b"x", "WS /chat?x"),
        ("lifespan", "lifespan", "GET", "/", b"", "lifespan"),
        (" GET   / ", "http", "GET", "/", b"", "GET /"),
    ],
)
def test_a_place_is_read_and_written(where, type_, method, path, query, again):
    """Its path is decoded; its text has one form."""
    place = Place.parse(where)
    assert (place.type, place.method, place.path, place.query) == (type_, method, path, query)
    assert place.where == again
    assert Place.parse(again) == place


@pytest.mark.parametrize(
    "where", ["", "items", "GET items", "GET", "GET / x", "GET /#x", "lifespans", "/a b", "1 /", "http://x/", "/\udcff"]
)
def test_what_is_no_place_is_refused(where):
    """With what to write."""
    with pytest.raises(ValueError, match="is no place: write 'GET /items'"):
        Place.parse(where)


def test_a_plain_scope_has_every_optional_key():
    """So that a variant can lack each."""
    scope = Place.parse("GET /a%20b?c").scope()
    assert scope["raw_path"] == b"/a%20b"
    assert {"scheme", "raw_path", "root_path", "client", "server", "extensions", "state"} <= set(scope)
    assert "method" not in Place.parse("WS /").scope()
    assert set(Place.parse("lifespan").scope()) == {"type", "asgi", "state"}


def test_two_scopes_share_nothing():
    """Each is made anew."""
    place = Place.parse("GET /")
    assert place.scope() == place.scope()
    assert place.scope()["headers"] is not place.scope()["headers"]


def test_a_request_with_a_body_says_how_long_it_is():
    """And the place's own fields go before the usual ones."""
    place = Place(type="http", method="POST", body=b"{}", headers=((b"content-type", b"application/json"), (b"Host", b"x")))
    names = [name for name, _ in place.fields()]
    assert (b"content-length", b"2") in place.fields()
    assert names.count(b"host") == 0
    assert names.count(b"Host") == 1
    assert place.has_body
    assert not Place.parse("GET /").has_body
