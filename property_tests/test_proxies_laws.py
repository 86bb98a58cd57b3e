"""Laws of proxies: what a client writes is never taken for what a trusted proxy says."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import anyio
from hypothesis import example, given
from hypothesis import strategies as st

from asgikit import App, Request, Response
from asgikit.middleware.proxies import Fields, ProxyPolicy, corrected, proxies, read
from asgikit.networks import Networks, address_of
from asgikit.testing import call, http_scope
from property_tests.strategies import header_values, hostile

TRUSTED = ["10.0.0.0/8", "2001:db8::/32"]
trusted = st.one_of(st.ip_addresses(network=TRUSTED[0]), st.ip_addresses(network=TRUSTED[1])).map(str)
strangers = st.ip_addresses().filter(lambda ip: not Networks(TRUSTED).has(ip)).map(lambda ip: str(address_of(str(ip))))
names = st.sampled_from(["for", "proto", "host", "port", "prefix"]).map("x-forwarded-{}".format) | st.just("forwarded")
claims = st.sampled_from(["for=10.0.0.1", "for=10.0.0.1;proto=https;host=evil.com", "10.0.0.1", "https", "evil.com", "/p", "1"])
lines = st.lists(st.tuples(names, claims | header_values), max_size=5)
families: st.SearchStrategy[Fields] = st.sampled_from(["forwarded", "x-forwarded"])


def policy(fields: Fields, hops: int | None = None) -> ProxyPolicy:
    also: Any = frozenset() if fields == "forwarded" else frozenset({"host", "port", "prefix"})
    return ProxyPolicy(trusted=Networks(TRUSTED), fields=fields, hops=hops, also=also)


def element(fields: Fields, address: str) -> str:
    """What a proxy writes of whoever has asked it."""
    if fields == "x-forwarded":
        return address
    return f'for="[{address}]"' if ":" in address else f"for={address}"


async def ask(fields: Fields, client: Any, given: list[tuple[str, str]]) -> tuple[int, Any]:
    """The status, and the scope that the handler has seen."""
    seen: list[Any] = []

    async def handler(request: Request[None]) -> Response:
        seen.append(request.scope)
        return Response.text(f"{request.url} {request.client} {request.path}")

    also: Any = () if fields == "forwarded" else ("host", "port", "prefix")
    app = App(proxies(TRUSTED, fields=fields, also=also)(handler))
    answer = await call(app, headers=[("host", "own"), *given], client=client)
    return answer.status, seen[0] if seen else None


@given(families, lines, strangers | st.just("testclient") | st.just(""))
def test_whoever_is_not_trusted_changes_nothing(fields: Fields, given_: list[tuple[str, str]], peer: str) -> None:
    """The handler sees the very scope that the server has made."""
    for client in ((peer, 1), None):
        status, scope = anyio.run(ask, fields, client, given_)
        assert status == 200
        assert scope == http_scope(headers=[("host", "own"), *given_], client=client)


@given(families, trusted, lines)
@example("x-forwarded", "10.0.0.1", [("x-forwarded-host", "\xff")])
def test_whatever_a_trusted_proxy_says_is_understood_or_refused(fields: Fields, peer: str, given_: list[tuple[str, str]]) -> None:
    """200 with a scope that has a URL, or 400: never our fault."""
    status, _ = anyio.run(ask, fields, (peer, 1), given_)
    assert status in {200, 400}


@given(families, st.lists(hostile | strangers | trusted, max_size=4), strangers, st.lists(trusted, max_size=4))
def test_a_client_never_appears_as_what_it_writes(fields: Fields, written: list[str], client: str, inner: list[str]) -> None:
    """The first proxy adds whom it was asked by, all others behind it a proxy: it is that one, or the request is refused."""
    own = [text.encode("latin-1", "ignore").decode("latin-1") for text in written]
    value = ", ".join([*own, *(element(fields, address) for address in [client, *inner])])
    name = b"forwarded" if fields == "forwarded" else b"x-forwarded-for"
    try:
        facts = read(policy(fields), [(name, value.encode("latin-1"))])
    except ValueError:
        assert fields == "forwarded"  # which is parsed whole; of the other one nothing is read that a client could break
        return
    assert facts.client == (client, 0)


@given(families, st.lists(strangers | trusted, min_size=1, max_size=6), st.none() | st.integers(1, 6))
def test_the_client_is_that_of_a_naive_walk(fields: Fields, chain: list[str], hops: int | None) -> None:
    """From the right, over addresses that are in a network, one by one, as the standard library says it."""
    networks = [ip_network(each) for each in TRUSTED]
    left = list(chain)
    client = left.pop()
    taken = 1
    while left and taken != hops and any(ip_address(client) in network for network in networks):
        client = left.pop()
        taken += 1
    name = b"forwarded" if fields == "forwarded" else b"x-forwarded-for"
    value = ", ".join(element(fields, address) for address in chain)
    assert read(policy(fields, hops), [(name, value.encode())]).client == (client, 0)


@given(st.lists(st.tuples(strangers | trusted, st.sampled_from(["http", "https"])), min_size=1, max_size=5))
def test_both_families_say_the_same(chain: list[tuple[str, str]]) -> None:
    """Where the proxies write the same, as lists."""
    value = ", ".join(f"{element('forwarded', address)};proto={proto}" for address, proto in chain)
    older = [
        (b"x-forwarded-for", ", ".join(address for address, _ in chain).encode()),
        (b"x-forwarded-proto", ", ".join(proto for _, proto in chain).encode()),
    ]
    assert read(policy("forwarded"), [(b"forwarded", value.encode())]) == read(policy("x-forwarded"), older)


prefixes = st.lists(st.sampled_from(["a", "b~c", "v1"]), min_size=1, max_size=3).map(
    lambda found: "".join(f"/{each}" for each in found)
)


@given(prefixes, st.sampled_from(["", "/", "/x", "/x/y%2Fz", "//x"]), st.sampled_from(["", "/inner", "/a"]), st.booleans())
def test_a_prefix_is_put_back_once(prefix: str, below: str, root: str, raw: bool) -> None:
    """Path, raw path and root path begin with it; to say it again changes nothing."""
    path = (root if raw else "") + below
    scope = http_scope(target=path or "/", root_path=root, omit=[] if raw else ["raw_path"])
    once: Any = corrected(scope, read(policy("x-forwarded"), [(b"x-forwarded-prefix", prefix.encode())]))
    assert once["root_path"].startswith(prefix)
    if once is not scope and not (root + "/").startswith(prefix + "/"):
        assert once["path"].startswith(prefix + root)
        assert not raw or once["raw_path"].startswith((prefix + root).encode())
    again: Any = corrected(once, read(policy("x-forwarded"), [(b"x-forwarded-prefix", prefix.encode())]))
    assert again == once
