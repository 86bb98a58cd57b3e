"""Laws of what lets requests in, sends them elsewhere, or changes their method; and of default fields."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asgikit import Response
from asgikit.http.headers import Headers
from asgikit.http.url import URL
from asgikit.middleware.default_headers import DefaultPolicy, with_defaults
from asgikit.middleware.https_redirect import HTTPSPolicy, secured
from asgikit.middleware.ip_allow import IPPolicy, allows
from asgikit.middleware.method_override import overridden
from asgikit.middleware.trusted_hosts import HostPolicy, judge
from asgikit.networks import Networks
from property_tests.strategies import domains, header_pairs, hostile, urls

addresses = st.ip_addresses() | st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="2001:db8::/32")


@st.composite
def networks(draw: st.DrawFn) -> Any:
    address = draw(addresses)
    return ip_network(f"{address}/{draw(st.integers(1, address.max_prefixlen))}", strict=False)


few = st.lists(networks(), max_size=5)


@given(few, addresses)
def test_networks_have_what_one_of_them_has(found: list[Any], address: Any) -> None:
    """As the standard library says it, one by one; an IPv4 address in an IPv6 dress is the IPv4 one."""
    try:
        have = Networks(found)
    except ValueError:
        return  # of IPv4-mapped addresses
    mapped = getattr(address, "ipv4_mapped", None)
    assert have.has(address) == any((mapped or address) in network for network in found)
    if address.version == 4:
        assert have.has(ip_address(f"::ffff:{address}")) == have.has(address)


@given(few, few, st.one_of(addresses.map(str), hostile), st.booleans())
def test_who_is_denied_never_may(allow: list[Any], deny: list[Any], host: str, unknown: bool) -> None:
    """Who is allowed and not denied may; what is no address is unknown."""
    try:
        policy = IPPolicy(allow=Networks(allow) if allow else None, deny=Networks(deny), unknown=unknown)
        address = ip_address(host)
    except ValueError:
        return
    address = getattr(address, "ipv4_mapped", None) or address
    expected = not any(address in each for each in deny) and (not allow or any(address in each for each in allow))
    assert allows(policy, host) is expected


ports = st.none() | st.integers(0, 65535)


@given(st.lists(domains, min_size=1, max_size=3), st.booleans(), domains, ports, st.sampled_from(["", "."]))
def test_a_host_is_ours_if_it_is_named(hosts: list[str], below: bool, host: str, port: int | None, dot: str) -> None:
    """By labels from the right, in any case, on any port: a naive model."""
    policy = HostPolicy(hosts=frozenset(f"*.{each}" if below else each for each in hosts))
    labels = host.lower().split(".")
    known = [each.lower().split(".") for each in hosts]
    expected = any(labels[-len(each) :] == each and (len(labels) > len(each)) is below for each in known)
    field = host + dot + ("" if port is None else f":{port}")
    assert judge(policy, field, "http") == ("ours" if expected else "foreign")


@given(hostile, st.sampled_from(["http", "https", "ws", "wss", ""]))
def test_any_text_is_judged(text: str, scheme: str) -> None:
    """Without an error; and what is ours is one of the two names that are."""
    verdict = judge(HostPolicy(hosts=frozenset(["a.org", "*.b.org"])), text, scheme)
    assert verdict in {"ours", "foreign", "malformed"}


@given(urls().filter(lambda url: bool(url.host)), st.none() | st.integers(1, 65535))
def test_a_secured_url_is_the_same_over_tls(url: URL, port: int | None) -> None:
    """Host, path and query stay; to secure it twice is to secure it once."""
    there = secured(HTTPSPolicy(port=port), url)
    assert (there.scheme, there.host, there.path, there.query) == ("https", url.host, url.path, url.query)
    assert secured(HTTPSPolicy(port=port), there) == there
    assert URL.parse(str(there)) == there


@given(st.lists(hostile | st.sampled_from(["PUT", "put", "PATCH", "Delete", "GET", "HEAD", "POST"]), max_size=3))
def test_an_override_is_never_safe(asked: list[str]) -> None:
    """None, one of three, or refused."""
    try:
        found = overridden(asked)
    except ValueError:
        return
    assert found in {None, "PUT", "PATCH", "DELETE"}
    assert (found is None) is (not asked)


OWN = {"content-encoding", "content-length", "content-range", "content-type", "trailer", "connection", "keep-alive"}
OWN |= {"proxy-connection", "te", "transfer-encoding", "upgrade"}
ordinary = header_pairs.map(lambda pairs: [(name, value) for name, value in pairs if name.lower() not in OWN])


@given(ordinary.filter(bool), ordinary)
def test_defaults_add_and_change_nothing(defaults: list[tuple[str, str]], own: list[tuple[str, str]]) -> None:
    """The response's own lines come first and stay, every name of the defaults is there, and twice is once."""
    policy = DefaultPolicy(headers=Headers(defaults))
    before = Response.empty(headers=own)
    after = with_defaults(policy, before)
    assert after.raw_headers[: len(before.raw_headers)] == before.raw_headers
    for name, _ in defaults:
        expected = before.headers.get_all(name) or Headers(defaults).get_all(name)
        assert after.headers.get_all(name) == expected
    assert with_defaults(policy, after) is after
