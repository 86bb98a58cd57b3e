"""Laws of URLs (RFC 3986)."""

import re
from urllib.parse import unquote, urlsplit

from hypothesis import assume, given
from hypothesis import strategies as st

from asgikit.http.url import DEFAULT_PORTS, URL, encode_path, encode_segment
from property_tests.strategies import domains, hostile, markup, queries, scalar_text, urls, work

# RFC 3986, appendix B
APPENDIX_B = re.compile(r"(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?", re.DOTALL)


def accepted(make):
    """What is made, or None if it is refused with ValueError; any other error is the test's."""
    try:
        return make()
    except ValueError:
        return None


@given(urls())
def test_a_printed_url_is_parsed_back(url):
    """Every part comes back, absent and empty ones told apart."""
    assert URL.parse(str(url)) == url


@given(
    st.sampled_from(["", "http", "HTTPS", "a+b"]) | hostile,
    st.none() | domains | hostile,
    st.none() | st.integers(-1, 70_000),
    hostile | hostile.map(lambda text: f"/{text}"),
    st.none() | hostile,
    st.none() | hostile,
)
def test_what_could_not_be_parsed_back_is_not_made(scheme, host, port, path, query, fragment):
    """Arbitrary parts are refused with ValueError, or survive printing and parsing."""
    url = accepted(lambda: URL(scheme=scheme, host=host, port=port, path=path, query=query, fragment=fragment))
    if url is not None:
        assert URL.parse(str(url)) == url


@given(hostile | hostile.map(lambda text: f"http://{text}") | hostile.map(lambda text: f"//a.b{text}"))
def test_parsing_raises_value_error_or_nothing(text):
    """Any text is refused, or is a URL whose print is parsed to the same URL."""
    url = accepted(lambda: URL.parse(text))
    if url is not None:
        assert URL.parse(str(url)) == url
        assert re.search(r"[\x00-\x20\x7f\\]", str(url)) is None


@given(urls())
def test_the_parts_are_those_of_the_standard(url):
    """The expression of RFC 3986, appendix B, finds the same five parts."""
    found = APPENDIX_B.fullmatch(str(url))
    assert found.group(2, 5, 7, 9) == (url.scheme or None, url.path, url.query, url.fragment)
    assert found[4] == (None if url.host is None else url.netloc)


@given(urls())
def test_the_standard_library_sees_the_same_host(url):
    """No part of the path, the query or the fragment is read as a host, nor the other way round."""
    parts = urlsplit(str(url))
    assert (parts.scheme, parts.netloc, parts.path) == (url.scheme, url.netloc, url.path)
    assert parts.port == url.port


@given(urls())
def test_an_origin_is_its_own_origin(url):
    """Taking the origin twice is taking it once, and it holds no default port."""
    assume(url.scheme and url.host)
    origin = URL.parse(url.origin)
    assert origin.origin == url.origin == url.origin.lower()
    assert origin.port is None or origin.port != DEFAULT_PORTS.get(origin.scheme)
    assert (origin.path, origin.query, origin.fragment) == ("", None, None)


@given(urls(), queries)
def test_with_query_is_what_params_gives(url, query):
    """Pairs go in and come out, and the other parts stay."""
    after = url.with_query(query)
    assert after.params == query
    assert after.with_query(url.params).params == url.params
    assert (after.netloc, after.path, after.fragment) == (url.netloc, url.path, url.fragment)


@given(scalar_text)
def test_encoding_is_undone_by_decoding(text):
    """A percent sign is a character like any other: decoding gives the text back."""
    assert unquote(encode_path(text)) == unquote(encode_segment(text)) == text


@given(scalar_text)
def test_an_encoded_segment_is_one_segment(text):
    """It has only what RFC 3986, 3.3 calls pchar, so it ends neither the segment nor the path."""
    encoded = encode_segment(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-F]{2})*", encoded) is not None
    assert URL.parse(f"/a/{encoded}").path.split("/") == ["", "a", encoded]


@given(st.lists(scalar_text, max_size=5))
def test_a_path_is_its_segments_joined(segments):
    """Encoding a path is encoding what stands between its slashes."""
    path = "/".join(segments)
    assert encode_path(path) == "/".join(encode_segment(segment) for segment in path.split("/"))


@given(markup)
def test_parsing_is_linear(text):
    """Ten times the text is about ten times the work."""
    assert work(URL.parse, f"http://h/{text * 200}") <= 11 * work(URL.parse, f"http://h/{text * 20}") + 100
