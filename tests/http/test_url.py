"""URLs as values (RFC 3986)."""

import pytest

from asgikit.http.query import Query
from asgikit.http.url import URL, encode_path, encode_segment, split_authority

WHOLE = URL(scheme="https", host="example.com", port=8443, path="/a", query="b=c", fragment="d")


def test_a_whole_url_has_five_parts():
    """Scheme, authority, path, query and fragment are told apart (RFC 3986, 3)."""
    assert URL.parse("https://example.com:8443/a?b=c#d") == WHOLE
    assert str(WHOLE) == "https://example.com:8443/a?b=c#d"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", {}),
        ("/", {"path": "/"}),
        ("a/b", {"path": "a/b"}),
        ("./a:b", {"path": "./a:b"}),
        ("?", {"query": ""}),
        ("?a?b", {"query": "a?b"}),
        ("#", {"fragment": ""}),
        ("#a?b", {"fragment": "a?b"}),
        ("//h", {"host": "h"}),
        ("//h?a", {"host": "h", "query": "a"}),
        ("///p", {"host": "", "path": "/p"}),
        ("mailto:a@b", {"scheme": "mailto", "path": "a@b"}),
        ("urn:a:b", {"scheme": "urn", "path": "a:b"}),
        ("/a//b", {"path": "/a//b"}),
        ("http://[::1]:80/", {"scheme": "http", "host": "[::1]", "port": 80, "path": "/"}),
        ("//[fe80::1%25eth0]", {"host": "[fe80::1%25eth0]"}),
        ("//%41.b", {"host": "%41.b"}),
        ("/%2F%zz", {"path": "/%2F%zz"}),
        ("http:?a#b", {"scheme": "http", "query": "a", "fragment": "b"}),
    ],
)
def test_a_reference_is_parsed_and_printed_back(text, parts):
    """Absent and empty parts are different, and the text comes back as it was (RFC 3986, 5.3)."""
    assert URL.parse(text) == URL(**parts)
    assert str(URL.parse(text)) == text


@pytest.mark.parametrize(("text", "printed"), [("HTTP://h", "http://h"), ("//h:", "//h"), ("//h:0080", "//h:80")])
def test_what_may_be_written_in_two_ways_is_printed_in_one(text, printed):
    """The scheme becomes lower case, an empty port goes, and a port has no zeros in front (RFC 3986, 6.2)."""
    assert str(URL.parse(text)) == printed


@pytest.mark.parametrize("character", [" ", "\t", "\r", "\n", "\x00", "\x1f", "\x7f", "\\"])
@pytest.mark.parametrize("template", ["{}/a", "/a{}", "/a{}b", "http://h{}/", "/?a{}", "/#a{}", "ht{}tp://h"])
def test_controls_blanks_and_backslashes_are_in_no_url(character, template):
    """What browsers strip, or read as a slash, is refused wherever it stands."""
    with pytest.raises(ValueError, match="cannot hold"):
        URL.parse(template.format(character))


@pytest.mark.parametrize(
    "text",
    [
        "http://user@h/",
        "http://user:pw@h/",
        "//@h",
        "http://h:a/",
        "http://h:-1/",
        "http://h:65536/",
        "http://h:99999999999/",
        "http://h:٣/",
        "http://a:b:1/",
        "http://[::1/",
        "http://::1/",
        "http://[zz]/",
        "http://[]/",
        "http://[::1]x/",
        "http://[1.2.3.4]/",
        "http://a%zz/",
        "http://a%/",
        "http://é/",
        "http://ⓔxample.com/",
        'http://a"b/',
        "http://a|b/",
        "1a:b",
        "a b",
        ":",
        "é:b",
    ],
)
def test_what_is_no_url_is_refused(text):
    """Credentials, impossible ports, hosts and first segments raise ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"\S"):
        URL.parse(text)


@pytest.mark.parametrize(
    "parts",
    [
        {"scheme": "1a"},
        {"scheme": "a b"},
        {"scheme": "é"},
        {"host": "a/b"},
        {"host": "a:1"},
        {"host": "a@b"},
        {"host": "a\r\nb"},
        {"host": "[::1"},
        {"host": "[zz]"},
        {"port": 80},
        {"host": "h", "port": -1},
        {"host": "h", "port": 65536},
        {"host": "h", "path": "a"},
        {"path": "//evil.example"},
        {"scheme": "http", "path": "//evil.example"},
        {"path": "javascript:alert(1)"},
        {"path": "/a?b"},
        {"path": "/a#b"},
        {"query": "a#b"},
        {"path": "/a b"},
        {"query": "a\nb"},
        {"fragment": "a\\b"},
    ],
)
def test_parts_that_would_be_read_as_others_are_refused(parts):
    """A URL that could not be printed and parsed back is not made."""
    with pytest.raises(ValueError, match=r"\S"):
        URL(**parts)


def test_a_scheme_is_in_lower_case():
    """Schemes are case-insensitive, and lower case is produced (RFC 3986, 3.1)."""
    assert URL(scheme="HTTP", host="h", port=80).origin == "http://h"


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://h/a?b#c", "http://h"),
        ("http://h:80", "http://h"),
        ("https://h:443", "https://h"),
        ("wss://h:443", "wss://h"),
        ("https://h:80", "https://h:80"),
        ("http://EXAMPLE.com:8000", "http://example.com:8000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_the_origin_is_scheme_host_and_port(text, origin):
    """Lower case, the default port left out (RFC 6454, 6.2)."""
    assert URL.parse(text).origin == origin


@pytest.mark.parametrize(("text", "netloc"), [("//h:1/", "h:1"), ("//[::1]:1", "[::1]:1"), ("//h", "h"), ("/a", "")])
def test_the_netloc_is_host_and_port(text, netloc):
    """As a Host field has them."""
    assert URL.parse(text).netloc == netloc


@pytest.mark.parametrize(
    ("text", "parts"),
    [("h", ("h", None)), ("h:1", ("h", 1)), ("h:", ("h", None)), ("[::1]", ("[::1]", None)), ("[::1]:1", ("[::1]", 1))],
)
def test_an_authority_is_host_and_port(text, parts):
    """The last colon outside brackets begins the port (RFC 3986, 3.2)."""
    assert split_authority(text) == parts


@pytest.mark.parametrize("text", ["u@h", "u:p@h", "h:a", "h:-1", "h:999999", "h:٣"])
def test_an_authority_with_credentials_or_no_port_is_refused(text):
    """Neither a user nor a port that is no number passes."""
    with pytest.raises(ValueError, match=r"\S"):
        split_authority(text)


def test_the_query_is_read_as_pairs():
    """The pairs of the query, none if there is no query."""
    assert WHOLE.params == Query({"b": "c"})
    assert URL().params == Query()


def test_a_query_can_be_replaced():
    """New pairs are encoded, and no pairs leave no question mark."""
    assert str(WHOLE.with_query(Query({"x": "a b&#"}))) == "https://example.com:8443/a?x=a+b%26%23#d"
    assert str(WHOLE.with_query(Query())) == "https://example.com:8443/a#d"


def test_a_path_can_be_replaced():
    """The other parts stay; an illegal path is refused as in the constructor."""
    assert str(WHOLE.with_path("/x")) == "https://example.com:8443/x?b=c#d"
    with pytest.raises(ValueError, match="starts with a slash"):
        WHOLE.with_path("x")


@pytest.mark.parametrize(
    ("path", "encoded"),
    [("/a/b", "/a/b"), ("/a b", "/a%20b"), ("/é", "/%C3%A9"), ("/?#%", "/%3F%23%25"), ("/\r\n\x00\\", "/%0D%0A%00%5C")],
)
def test_a_path_is_encoded_with_its_slashes(path, encoded):
    """Everything that a path cannot hold is percent-encoded; a percent sign is a character."""
    assert encode_path(path) == encoded


@pytest.mark.parametrize(
    ("segment", "encoded"), [("a/b", "a%2Fb"), ("", ""), ("a:b@c", "a:b@c"), ("~!$&'()*+,;=", "~!$&'()*+,;=")]
)
def test_a_segment_is_encoded_without_slashes(segment, encoded):
    """A slash inside a segment is not the end of it, and pchar stays (RFC 3986, 3.3)."""
    assert encode_segment(segment) == encoded


@pytest.mark.parametrize("encode", [encode_path, encode_segment])
def test_a_lone_surrogate_is_not_encoded(encode):
    """There are no bytes for it."""
    with pytest.raises(ValueError, match="surrogates not allowed"):
        encode("\ud800")


def test_nothing_can_be_assigned():
    """A URL is a frozen value."""
    with pytest.raises(AttributeError):
        WHOLE.path = "/"


def test_a_path_of_a_hundred_thousand_slashes_is_a_path():
    """Long paths are kept whole behind a host, and refused without one."""
    path = "/" * 100_000
    assert URL.parse(f"http://h{path}").path == path
    with pytest.raises(ValueError, match="read as a host"):
        URL(path=path)
