"""The Forwarded field."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest

from asgikit.http.forwarded import Forwarded, Node, check_host, parse_forwarded

V4 = IPv4Address("192.0.2.43")
V6 = IPv6Address("2001:db8:cafe::17")


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('for="_gazonk"', [Forwarded(client=Node("_gazonk"))]),
        ('For="[2001:db8:cafe::17]:4711"', [Forwarded(client=Node(V6, 4711))]),
        ("for=192.0.2.43;proto=http;by=_x", [Forwarded(client=Node(V4), proto="http", by=Node("_x"))]),
        ('for=192.0.2.43, for="[2001:db8:cafe::17]"', [Forwarded(client=Node(V4)), Forwarded(client=Node(V6))]),
        ('for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown', [Forwarded(client=Node(each)) for each in (V4, V6, "unknown")]),
        ('for="_mdn:_port"', [Forwarded(client=Node("_mdn", "_port"))]),
        ("for=UNKNOWN", [Forwarded(client=Node("unknown"))]),
        ('host="a.org:80";x="a, b;\\"c"', [Forwarded(host="a.org:80", extensions=(("x", 'a, b;"c'),))]),
        ("for=192.0.2.43; proto=https;", [Forwarded(client=Node(V4), proto="https")]),
        (" , for=192.0.2.43 ,", [Forwarded(client=Node(V4))]),
        ("", []),
    ],
)
def test_elements(text: str, elements: list[Forwarded]) -> None:
    """Those of RFC 7239, 4 and 6, and more: quotes, ports, made-up words, empty elements."""
    assert list(parse_forwarded(text)) == elements


@pytest.mark.parametrize(
    "text",
    [
        "for",
        "for=",
        "for = 192.0.2.43",
        "for=192.0.2.43;for=192.0.2.44",
        "for=192.0.2.43;For=192.0.2.43",
        "for=2001:db8::1",
        'for="2001:db8::1"',
        "for=[2001:db8::1]",
        'for="[192.0.2.1]"',
        'for="[fe80::1%eth0]"',
        "for=256.0.0.1",
        "for=example.com",
        'for="192.0.2.1:65536"',
        'for="192.0.2.1:-1"',
        "for=_",
        'for="1.1.1.1',
        'for=1.1.1.1;x=", for="[2001:db8::1]"',
        'proto="ht tp"',
        'host="a b"',
        'host=""',
        'host="u@h"',
        "x=1;X=1",
    ],
)
def test_what_is_malformed_is_refused(text: str) -> None:
    """Also a quote that a client leaves open, so that it runs over what its proxy adds."""
    with pytest.raises(ValueError):
        parse_forwarded(text)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("192.0.2.43", Node(V4)),
        ("192.0.2.43:80", Node(V4, 80)),
        ("2001:db8:cafe::17", Node(V6)),
        ("[2001:db8:cafe::17]", Node(V6)),
        ("[2001:db8:cafe::17]:80", Node(V6, 80)),
        ("unknown", Node("unknown")),
    ],
)
def test_nodes_of_the_older_field(text: str, node: Node) -> None:
    """There IPv6 addresses may have no brackets."""
    assert Node.parse_bare(text) == node


@pytest.mark.parametrize("text", ["", "a", "1.2.3", "::1%lo", "::1::", "1:2:3", "[::1", "[::1]x"])
def test_what_is_no_node_is_refused(text: str) -> None:
    """Zones too, which mean nothing on another machine."""
    with pytest.raises(ValueError):
        Node.parse_bare(text)


def test_an_element_is_printed() -> None:
    """Quoted where a token would not do."""
    element = Forwarded(client=Node(V6, 80), by=Node("_me"), host="a.org:80", proto="https", extensions=(("x", ""),))
    assert str(element) == 'for="[2001:db8:cafe::17]:80";by=_me;host="a.org:80";proto=https;x=""'


@pytest.mark.parametrize(
    "make",
    [
        lambda: Node("name"),
        lambda: Node(V4, 65536),
        lambda: Node(V4, "port"),
        lambda: Forwarded(extensions=(("for", "x"),)),
        lambda: Forwarded(extensions=(("X", "x"),)),
        lambda: Forwarded(extensions=(("x", "\n"),)),
    ],
)
def test_a_value_that_cannot_be_printed_is_not_made(make: Any) -> None:
    """It would not be read back."""
    with pytest.raises(ValueError):
        make()


def test_hosts() -> None:
    """What a Host field can hold."""
    for host in ("a.org", "a.org:80", "[::1]:80", "xn--a"):
        check_host(host)
    for host in ("", ":80", "a/b", "[::1", "a:b"):
        with pytest.raises(ValueError):
            check_host(host)
