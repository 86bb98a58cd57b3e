"""Laws of Forwarded (RFC 7239)."""

from __future__ import annotations

import string
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from asgikit.http.forwarded import Forwarded, Node, parse_forwarded
from property_tests.strategies import hostile, markup, schemes, tokens, work

words = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=8).map("_{}".format)
names = st.one_of(st.ip_addresses(), words, st.just("unknown"))
nodes = st.builds(Node, names, st.none() | st.integers(0, 65535) | words)
texts = st.text([chr(n) for n in range(0x20, 0x100) if n != 0x7F] + ["\t"], max_size=10)
own = {"for", "by", "host", "proto"}
extensions = st.dictionaries(tokens.map(str.lower).filter(lambda name: name not in own), texts, max_size=2)
host_names = st.sampled_from(["a.org", "a.org:80", "[::1]:1", "A_b"])
elements = st.builds(
    Forwarded,
    client=st.none() | nodes,
    by=st.none() | nodes,
    host=st.none() | host_names,
    proto=st.none() | schemes,
    extensions=extensions.map(lambda found: tuple(found.items())),
)
said = elements.filter(lambda element: str(element) != "")


@given(st.lists(said, max_size=4), st.sampled_from([",", ", ", " ,, "]))
def test_what_is_printed_is_parsed_back(found: list[Forwarded], comma: str) -> None:
    """A list of elements, its commas written in any way."""
    assert list(parse_forwarded(comma.join(map(str, found)))) == found


@given(nodes)
def test_a_node_is_parsed_back(node: Node) -> None:
    """In both grammars: the older one takes brackets, too."""
    assert Node.parse(str(node)) == Node.parse_bare(str(node)) == node


@given(hostile | markup.map(lambda text: f"for={text}"))
def test_any_text_is_refused_or_understood(text: str) -> None:
    """With ValueError alone; what is understood is printed and parsed to the same."""
    for parse in (Node.parse, Node.parse_bare):
        with suppress(ValueError):
            parse(text)
    try:
        found = parse_forwarded(text)
    except ValueError:
        return
    assert parse_forwarded(", ".join(map(str, found))) == tuple(each for each in found if str(each))


@given(hostile | st.text('for=1.;,"\\ ', max_size=30), said)
@example('for=1.1.1.1;x="', Forwarded(client=Node.parse("[2001:db8::1]")))
@example('for=1.1.1.1;x="\\', Forwarded(host="[::1]:80"))
def test_nothing_that_a_client_writes_swallows_what_its_proxy_adds(written: str, added: Forwarded) -> None:
    """The last element is the proxy's, or all of it is refused."""
    try:
        found = parse_forwarded(f"{written}, {added}")
    except ValueError:
        return
    assert found[-1] == added


@given(markup)
def test_parsing_is_linear(text: str) -> None:
    """Ten times the text is about ten times the work."""
    assert work(parse_forwarded, f"for={text * 200}") <= 11 * work(parse_forwarded, f"for={text * 20}") + 100
