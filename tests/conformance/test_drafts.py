"""Scopes in the making."""

import pytest

from asgikit.conformance.drafts import Draft, Quirk, apply, omit, parse_target, plain, put
from asgikit.conformance.drawing import drawn
from asgikit.conformance.machine import opened
from tests.conformance.sampling import samples


@pytest.mark.parametrize(
    ("where", "parts"),
    [
        ("GET /items", ("http", "GET", "/items", b"/items", b"")),
        ("get /?a=1&b=%20", ("http", "GET", "/", b"/", b"a=1&b=%20")),
        ("POST /é x", ("http", "POST", "/é x", b"/%C3%A9%20x", b"")),
        ("GET /a%2Fb?q=é", ("http", "GET", "/a/b", b"/a%2Fb", b"q=%C3%A9")),
        ("OPTIONS *", ("http", "OPTIONS", "*", b"*", b"")),
        (" WS /chat ", ("websocket", "WS", "/chat", b"/chat", b"")),
        ("lifespan", ("lifespan", "", "", b"", b"")),
    ],
)
def test_a_place_has_its_parts(where, parts):
    """Method, path in both forms, and query."""
    assert parse_target(where) == parts


@pytest.mark.parametrize("where", ["", "GET", "/items", "GET items", "lifespan /x", "GET\t/", "É /", "1 /", "GET http://a/"])
def test_what_is_no_place_is_refused(where):
    """With a message that shows what one looks like."""
    with pytest.raises(ValueError, match="is no place: write 'GET /items'"):
        parse_target(where)


@pytest.mark.parametrize("where", ["GET /", "POST /é?a=1", "OPTIONS *", "WS /chat", "lifespan"])
def test_the_plain_scope_breaks_nothing(where):
    """Not even a note."""
    assert opened(plain(parse_target(where)).finished())[1] == ()


def test_the_plain_scope_is_full():
    """It has every key that the text knows, and the fields that are asked for."""
    scope = plain(parse_target("GET /"), [(b"accept", b"*/*")]).finished()
    keys = "type asgi http_version method scheme path raw_path query_string root_path headers client server extensions state"
    assert set(scope) == set(keys.split())
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.5"}
    assert scope["headers"] == [[b"host", b"127.0.0.1:8000"], [b"accept", b"*/*"]]


def test_finished_scopes_share_nothing():
    """What an application does to one is not seen in the next."""
    draft = Draft({"type": "http", "asgi": {"version": "3.0"}, "extensions": {"a": [1]}}, "")
    first, second = draft.finished(), draft.finished()
    first["extensions"]["a"].append(2)
    first["asgi"]["version"] = "2.0"
    assert second == {"type": "http", "asgi": {"version": "3.0"}, "extensions": {"a": [1]}}


def test_quirks_of_one_key_exclude_each_other():
    """The first one that fits is done, and marked; one that does not fit is neither."""
    quirks = [
        Quirk(("x",), put("x", 1), ("A",)),
        Quirk(("x",), put("x", 2), ("B",)),
        Quirk(("y",), lambda draft, choose: False, ("C",)),
        Quirk(("z",), omit("z"), ("D",)),
    ] * 10

    def build(choose):
        draft = Draft({"type": "lifespan", "asgi": {}, "x": 0, "z": 0}, "")
        apply(draft, quirks, choose)
        return draft

    for draft in samples(drawn(build)):
        assert draft.scope["x"] == {("A",): 1, ("B",): 2}.get(tuple(draft.marks.keys() & {"A", "B"}), 0)
        assert "C" not in draft.marks
        assert ("z" in draft.scope) == ("D" not in draft.marks)
