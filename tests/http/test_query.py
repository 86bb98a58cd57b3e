"""Query strings and urlencoded forms (WHATWG URL, 5)."""

import pytest

from asgikit.http.query import Query


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"", []),
        (b"a=1", [("a", "1")]),
        (b"a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        (b"a", [("a", "")]),
        (b"a=", [("a", "")]),
        (b"=a", [("", "a")]),
        (b"=", [("", "")]),
        (b"&&a=1&&", [("a", "1")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"a==", [("a", "=")]),
        (b"a+b=c+d", [("a b", "c d")]),
        (b"a%2Bb=%26%3D", [("a+b", "&=")]),
        (b"a;b=1;2", [("a;b", "1;2")]),
        (b"?a=1", [("?a", "1")]),
        (b" a = 1 ", [(" a ", " 1 ")]),
    ],
)
def test_a_query_is_split_as_the_standard_says(raw, pairs):
    """Only "&" separates, the first "=" divides, "+" is a space, empty sequences are dropped (WHATWG URL, 5.1)."""
    assert list(Query.parse(raw)) == pairs


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"%41", "A"),
        (b"%c3%a9", "é"),
        (b"%C3%A9", "é"),
        (b"\xc3\xa9", "é"),
        (b"%", "%"),
        (b"%4", "%4"),
        (b"%zz", "%zz"),
        (b"%%41", "%A"),
        (b"%2541", "%41"),
        (b"%00\x01", "\x00\x01"),
        (b"%EF%BB%BFa", "\ufeffa"),
    ],
)
def test_percent_encoded_bytes_are_utf_8(raw, value):
    """Triples are decoded once, what is no triple stays, and a byte order mark is text."""
    assert Query.parse(b"a=" + raw)["a"] == value


@pytest.mark.parametrize("raw", [b"%FF", b"\xff", b"%E9", b"%C3", b"%80"])
def test_bytes_that_are_not_utf_8_become_the_replacement_character(raw):
    """No query string fails to parse."""
    assert Query.parse(b"a=" + raw)["a"] == "\ufffd"


def test_a_surrogate_encoded_in_utf_8_is_three_errors():
    """CESU bytes are not UTF-8: each is replaced (WHATWG Encoding, 9.1)."""
    assert Query.parse(b"a=%ED%A0%80")["a"] == "\ufffd" * 3


@pytest.mark.parametrize(
    ("text", "value"), [("\ud800", "\ufffd"), ("\udc00x", "\ufffdx"), ("\ud83d\ude00", "\U0001f600"), ("é", "é")]
)
def test_text_is_read_as_scalar_values(text, value):
    """A lone surrogate in text is one U+FFFD, printed or parsed, as in browsers; a pair is its character."""
    assert Query.parse(f"a={text}")["a"] == value
    assert Query.parse(str(Query({"a": text})))["a"] == value


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        ([], ""),
        ([("a", "1"), ("a", "2")], "a=1&a=2"),
        ([("", "")], "="),
        ([("a b", "c+d")], "a+b=c%2Bd"),
        ([("a", "*-._~")], "a=*-._%7E"),
        ([("a", "&=;#?/")], "a=%26%3D%3B%23%3F%2F"),
        ([("é", "\U0001f600")], "%C3%A9=%F0%9F%98%80"),
        ([("a", "\r\n\x00")], "a=%0D%0A%00"),
    ],
)
def test_a_query_is_printed_as_the_standard_says(pairs, text):
    """All but alphanumerics and "*-._" is encoded, and a space is "+" (WHATWG URL, 5.2)."""
    assert str(Query(pairs)) == text


def test_bytes_and_their_text_are_the_same_query():
    """ASCII may come either way."""
    assert Query.parse("a=1&b=%20") == Query.parse(b"a=1&b=%20")


def test_a_hundred_thousand_separators_are_no_pairs():
    """A query of nothing but separators is empty."""
    assert len(Query.parse(b"&" * 100_000)) == 0


def test_a_hundred_thousand_pairs_are_all_kept():
    """Nothing is cut off in silence: how much is read is for the body limit to say."""
    assert len(Query.parse(b"a&" * 100_000)) == 100_000


def test_nothing_can_be_assigned():
    """A query has no attributes to set."""
    with pytest.raises(AttributeError):
        Query().other = 1
