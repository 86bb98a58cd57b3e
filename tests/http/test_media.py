"""Media types, and the choice among them (RFC 9110, 8.3 and 12.5)."""

import itertools

import pytest

from asgikit.http.media import MAX_PREFERENCES, MediaType, Preference, negotiate, negotiate_encoding, parse_accept

JSON = MediaType("application", "json")
HTML = MediaType("text", "html", (("charset", "utf-8"),))
PLAIN = MediaType("text", "plain")


@pytest.mark.parametrize(
    "text",
    [
        "text/html;charset=utf-8",
        'Text/HTML;Charset="utf-8"',
        'text/html; charset="utf-8"',
        "text/html ; charset=utf-8",
        "text/html;;charset=utf-8;",
        '\ttext/html;\tcharset="\\utf-8" ',
    ],
)
def test_one_media_type_can_be_written_in_many_ways(text):
    """Case of names, quotes, blanks and empty parameters say nothing (RFC 9110, 8.3.1 and 5.6.6)."""
    assert MediaType.parse(text) == HTML


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a/b;c=d", "d"),
        ('a/b;c=""', ""),
        ('a/b;c="d;e=f"', "d;e=f"),
        ('a/b;c="\\"\\\\"', '"\\'),
        ('a/b;c="é"', "é"),
        ("a/b;c=D", "D"),
        ("a/b;c=1;C=2", "1"),
        ("a/b;x=y", None),
    ],
)
def test_a_parameter_has_its_value(text, value):
    """Values are unquoted and keep their case; the first of a name counts."""
    assert MediaType.parse(text).param("C") == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "/",
        "text",
        "text/",
        "/html",
        "text/html/x",
        "text html",
        "te xt/html",
        "text/ html",
        "text/html, text/plain",
        ";text/html",
        ";",
        "text/html;charset",
        "text/html;=x",
        "text/html;charset=",
        "text/html;charset =utf-8",
        "text/html;charset= utf-8",
        "text/html;charset=a b",
        'text/html;charset="a',
        'text/html;charset=a"',
        'text/html;charset="a"b',
        'text/html;charset="a\\"',
        "text/html;charset=é",
        'text/html;charset="€"',
        'text/html;charset="a\r\nb"',
        "text/html\r\n",
        "text/html\x00",
        "\u212aext/html",
        "text/\ud800",
        '"text"/html',
    ],
)
def test_what_is_no_media_type_is_refused(text):
    """Anything that the grammar does not give raises ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"media type"):
        MediaType.parse(text)


@pytest.mark.parametrize(
    "parts", [("", "b"), ("a", ""), ("a/b", "c"), ("a", "b;c"), ("a", "b", (("", "x"),)), ("a", "b", (("c d", "x"),))]
)
def test_names_are_tokens(parts):
    """Type, subtype and parameter names are checked when the value is made."""
    with pytest.raises(ValueError, match="is not a token"):
        MediaType(*parts)


@pytest.mark.parametrize("value", ["\r\n", "\x00", "€", "\ud800"])
def test_a_value_that_cannot_be_printed_is_refused(value):
    """No parameter carries a header split (RFC 9110, 5.6.4)."""
    with pytest.raises(ValueError, match="cannot hold"):
        MediaType("a", "b", (("c", value),))


@pytest.mark.parametrize(
    ("media", "text"),
    [
        (JSON, "application/json"),
        (HTML, "text/html; charset=utf-8"),
        (MediaType("A", "B", (("C", 'd"e\\f'), ("g", ""))), 'a/b; c="d\\"e\\\\f"; g=""'),
    ],
)
def test_a_media_type_is_printed(media, text):
    """Names in lower case, values quoted where need be."""
    assert str(media) == text


@pytest.mark.parametrize(("text", "charset"), [("a/b;charset=UTF-8", "utf-8"), ('a/b;Charset="X"', "x"), ("a/b", None)])
def test_a_charset_is_in_lower_case(text, charset):
    """Charset names are compared without their case (RFC 9110, 8.3.2)."""
    assert MediaType.parse(text).charset == charset


@pytest.mark.parametrize(
    ("text", "is_json"),
    [
        ("application/json", True),
        ("text/json", True),
        ("Application/Problem+JSON; a=b", True),
        ("application/jsonl", False),
        ("application/json-seq", False),
        ("text/html", False),
        ("json/application", False),
    ],
)
def test_json_is_known_by_its_name_or_suffix(text, is_json):
    """The suffix +json says that the syntax is JSON (RFC 6839, 3.1)."""
    assert MediaType.parse(text).is_json is is_json


def test_nothing_can_be_assigned():
    """A media type and a preference are frozen values, hashable too."""
    with pytest.raises(AttributeError):
        JSON.type = "text"
    with pytest.raises(AttributeError):
        Preference("gzip", (), 1.0).q = 0.0
    assert len({JSON, MediaType.parse("Application/Json")}) == 1


def test_parameters_given_as_a_list_become_a_tuple():
    """No one else holds a piece of the value."""
    params = [("C", "d")]
    media = MediaType("a", "b", params)
    params.clear()
    assert media.params == (("c", "d"),)


def test_an_accept_value_is_a_list_of_weighted_names():
    """Names in lower case, parameters before the weight kept, 1 the weight of those without (RFC 9110, 12.4.2)."""
    assert parse_accept("Text/HTML;Level=1;Q=0.5;x=y, gzip, *;q=0") == [
        Preference("text/html", (("level", "1"),), 0.5),
        Preference("gzip", (), 1.0),
        Preference("*", (), 0.0),
    ]


@pytest.mark.parametrize(
    "element",
    [
        "",
        " ",
        ";",
        ";q=1",
        "a b",
        "a/b/c",
        "/",
        "é",
        '"gzip"',
        "a;q",
        "a;q=",
        "a;q=2",
        "a;q=-1",
        "a;q=.5",
        "a;q=nan",
        "a;q= 1",
        "a;b",
        'a;b="',
    ],
)
def test_a_malformed_element_is_left_out(element):
    """The elements around it still count."""
    assert [preference.name for preference in parse_accept(f"x, {element}, y")] == ["x", "y"]


def test_a_comma_in_quotes_does_not_end_an_element():
    """Quoted parameters are read whole."""
    assert parse_accept('a/b;c="d,e";q=0.1') == [Preference("a/b", (("c", "d,e"),), 0.1)]


def test_only_so_many_preferences_are_looked_at():
    """A client cannot make us rate a hundred thousand ranges."""
    assert len(parse_accept("a," * 100_000)) == MAX_PREFERENCES
    assert parse_accept("," * 100_000) == []


@pytest.mark.parametrize("accept", [None, "", " \t", ",", " , ,"])
def test_no_accept_field_accepts_everything(accept):
    """The first offer is taken (RFC 9110, 12.5.1)."""
    assert negotiate(accept, [JSON, HTML]) is JSON
    assert negotiate(accept, []) is None


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("text/html", HTML),
        ("TEXT/HTML", HTML),
        ("*/*", JSON),
        ("text/*", HTML),
        ("text/plain, text/html", HTML),
        ("application/json;q=0.5, text/*;q=0.6", HTML),
        ("*/*, application/json;q=0.1", HTML),
        ("application/*;q=0, */*", HTML),
        ("text/html;q=0, text/*", PLAIN),
        ("text/html;charset=utf-8;q=0.1, text/html, application/json;q=0.5", JSON),
        ("text/html;charset=UTF-8", HTML),
        ("text/html;charset=latin-1", None),
        ("application/json;v=1", None),
        ("image/png", None),
        ("*/*;q=0", None),
        ("application/json;q=0.000", None),
        ("application/json;q=0.001", JSON),
        ("*", None),
        ("*/html", None),
        ("garbage garbage", None),
        ("application/jsonx", None),
    ],
)
def test_the_most_specific_range_decides_for_each_offer(accept, best):
    """Then the heaviest offer wins, and of equals the earlier one (RFC 9110, 12.5.1)."""
    assert negotiate(accept, [JSON, HTML, PLAIN]) == best


def test_the_example_of_the_standard():
    """The table of RFC 9110, 12.5.1, as an order: each offer beats those behind it."""
    accept = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"
    ordered = ["text/plain;format=flowed", "text/plain", "image/jpeg", "text/plain;format=fixed", "text/html"]
    offers = [MediaType.parse(text) for text in ordered]
    for better, worse in itertools.pairwise(offers):
        assert negotiate(accept, [worse, better]) is better


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.0", "identity"),
        ("x-gzip, gzip;q=0", "identity"),
        ("notgzip", "identity"),
        ("gzipped, pregzip", "identity"),
        ("gzip;q=2", "identity"),
        ("deflate, gzip;q=0.5", "gzip"),
        ("*", "gzip"),
        ("*;q=0.1", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("*, gzip;q=0", "identity"),
        ("identity;q=0.5, gzip;q=0.4", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("gzip;q=0, gzip", "identity"),
        ("br;q=1, *;q=0, identity", "identity"),
        ("*;q=0", None),
        ("identity;q=0", None),
        ("identity;q=0, gzip;q=0", None),
        ("identity;q=0, *", "gzip"),
        ("*;q=0, br", None),
    ],
)
def test_the_coding_is_one_that_the_client_takes(accept, coding):
    """D7: a coding refused with q=0, or only resembling ours, is not used (RFC 9110, 12.5.3)."""
    assert negotiate_encoding(accept, ["gzip"]) == coding


@pytest.mark.parametrize(
    ("accept", "coding"),
    [("gzip, br", "br"), ("gzip, br;q=0.9", "gzip"), ("*", "br"), ("*;q=0.5, gzip", "gzip"), ("br;q=0, *", "gzip")],
)
def test_the_heaviest_coding_wins_and_then_the_earlier_offer(accept, coding):
    """The server's order decides only among equals."""
    assert negotiate_encoding(accept, ["br", "gzip"]) == coding


def test_without_an_offer_there_is_only_identity():
    """Nothing can be encoded by who offers nothing."""
    assert negotiate_encoding("gzip, *", []) == "identity"
    assert negotiate_encoding("identity;q=0", []) is None
