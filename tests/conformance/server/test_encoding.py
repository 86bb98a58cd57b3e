"""Messages as JSON and back."""

import json
import math

import pytest

from asgikit.conformance.server.encoding import Fill, Once, Opaque, byte_pairs, from_text, to_json, to_text


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**70),
        1.5,
        "é\ud800\n",
        b"\x00\xff",
        [],
        (),
        {},
        [1, (b"a", "a"), {"a": None}],
        {b"a": 1, 2: "b"},
        {"$bytes": "not bytes"},
        {"type": "http.request", "body": b"", "more_body": False},
    ],
)
def test_a_value_comes_back(value):
    """Type and all: bytes are not text, and a tuple is no list."""
    text = to_text(value)
    assert text.isascii()
    assert "\n" not in text
    back = from_text(text)
    assert (back, type(back)) == (value, type(value))


def test_what_has_no_json_comes_back_too():
    """Floats that JSON lacks, many bytes in few, and iterators."""
    assert math.isnan(from_text(to_text(math.nan)))
    assert from_text(to_text(-math.inf)) == -math.inf
    assert from_text(to_text(Fill(5, b"y"))) == b"yyyyy"
    once = from_text(to_text(Once(([b"a", b"b"],))))
    assert (list(once), list(once)) == ([[b"a", b"b"]], [])
    assert from_text(to_text(Opaque("x"))) == Opaque("x")


def test_an_unknown_object_is_its_repr():
    """A record never fails for what a server has put into a scope."""
    assert "object object" in from_text(to_text(object())).text


def test_long_values_are_cut_in_records():
    """With their length beside."""
    assert to_json(b"x" * 9, kept=4) == {"$bytes": "xxxx", "length": 9}
    assert to_json({"a": "y" * 9}, kept=4) == {"a": {"$str": "yyyy", "length": 9}}


def test_subclasses_are_not_taken_for_plain_values():
    """What a server gives is recorded as what it is."""

    class Status(int):
        pass

    assert set(to_json(Status(200))) == {"$repr"}


@pytest.mark.parametrize("text", ["", "{", "[1,"])
def test_text_that_is_no_json_is_refused(text):
    """By a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        from_text(text)


def test_only_pairs_of_bytes_are_fields():
    """Whatever else is in the list."""
    assert byte_pairs([(b"a", b"b"), [b"c", b"d"], ("e", b"f"), b"gh", (b"i",), None]) == [(b"a", b"b"), (b"c", b"d")]
    assert byte_pairs(None) == []
    assert json.loads(to_text([1])) == [1]
