"""Laws of links (RFC 8288)."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.headers import Headers
from asgikit.http.links import Link, parse_links
from property_tests.strategies import hostile, scalar_text, tokens, urls, work

OWN = {"rel", "as", "type", "media", "crossorigin", "fetchpriority", "anchor", "title"}

ascii_text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
texts = ascii_text | st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\t"), max_size=12)
names = tokens.filter(lambda name: name.lower() not in OWN and not name.endswith("*"))
targets = urls().map(str) | scalar_text.map(lambda text: "/." + text)
links = st.builds(
    Link,
    targets,
    rel=ascii_text.filter(str.strip),
    as_=st.none() | tokens,
    type=st.sampled_from([None, "text/css", "text/css;charset=utf-8", 'a/b; c="d,e"']),
    media=st.none() | ascii_text,
    crossorigin=st.sampled_from([None, "anonymous", "use-credentials"]),
    fetchpriority=st.sampled_from([None, "high", "low", "auto"]),
    anchor=st.none() | targets,
    title=st.none() | texts,
    params=st.lists(st.tuples(names, st.none() | texts), max_size=3).map(tuple),
)
markup = st.text("<>,;=\"\\/* \trelas%'\r\u00e9", max_size=30)
fields = st.lists(links.map(str) | markup | hostile | st.just("</a>; rel=b"), max_size=4).map(", ".join)


@given(st.lists(links, max_size=4), st.sampled_from([",", ", ", " ,\t, "]))
def test_printed_links_are_parsed_back(some, comma):
    """Every one, whatever is in its parts."""
    assert parse_links(comma.join(map(str, some))) == some


@given(links)
def test_a_printed_link_fits_in_a_header(link):
    """In ASCII: what was checked as a link needs no second check."""
    assert str(link).isascii()
    assert Headers({"link": str(link)})["link"] == str(link)


@given(fields | markup)
def test_reading_links_never_fails(value):
    """Whatever comes, each link could have been made, and prints to its like."""
    for link in parse_links(value):
        assert replace(link) == link
        assert parse_links(str(link)) == [link]


@given(st.lists(links, max_size=2), markup.map(lambda text: text.replace('"', "").replace("<", "")), st.lists(links, max_size=2))
def test_what_is_malformed_takes_no_link_with_it(before, between, after):
    """Unless it opens a quote or a target."""
    value = ", ".join([*map(str, before), between, *map(str, after)])
    assert parse_links(value) == before + after


@given(markup | st.sampled_from(["<", "<>", '"', '<>;"', "<>;a", '<>;a="', ",", ';"\\', "<>,", '<>;rel="a b",', "<>;rel=x;a=b;"]))
def test_parsing_is_linear(text):
    """Ten times the text is about ten times the work."""
    for start in ("", "</a>; rel=b;"):
        assert work(parse_links, start + text * 200) <= 11 * work(parse_links, start + text * 20) + 600
