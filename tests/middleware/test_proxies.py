"""What trusted proxies say of a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route as StarletteRoute

from asgikit import App, Request, Response, Router, WebSocket, after, get, mount, param, root, websocket
from asgikit.middleware.proxies import Facts, ProxyPolicy, corrected, proxies, read
from asgikit.networks import Networks
from asgikit.testing import Answer, call, http_scope, play, websocket_scope
from tests.sockets import CONNECT

PROXY = ("10.0.0.1", 4000)
DIRECT = ("192.0.2.9", 5000)


@get(root / "seen" / param("name", str))
async def seen(request: Request[object], name: str) -> Response:
    client = None if request.client is None else [request.client.host, request.client.port]
    return Response.json({"client": client, "url": str(request.url), "name": name, "root": request.scope.get("root_path") or ""})


@websocket(root / "ws")
async def socket(request: Request[object]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        """Ends at once."""

    return Response.upgrade(session).with_header("x-url", str(request.url))


async def foreign(request: Any) -> JSONResponse:
    return JSONResponse({"client": list(request.client), "url": str(request.url), "root": request.scope["root_path"]})


ROUTES = Router(seen, socket, mount(root / "app", Starlette(routes=[StarletteRoute("/seen", foreign)])))
X = App(proxies(["10.0.0.0/8"], fields="x-forwarded", also=["host", "port", "prefix"])(ROUTES))
PLAIN = App(proxies(["10.0.0.0/8"], fields="x-forwarded")(ROUTES))
STANDARD = App(proxies(["10.0.0.0/8", "2001:db8::/32"], fields="forwarded")(ROUTES))


async def asked(app: App[None], fields: Mapping[str, str] | list[tuple[str, str]], **scope: Any) -> Answer:
    lines = [*(fields.items() if isinstance(fields, Mapping) else fields)]
    lines = [
        ("host", "backend:8000"),
        *((f"x-forwarded-{name}" if name != "forwarded" else name, value) for name, value in lines),
    ]
    return await call(app, target=scope.pop("target", "/seen/a"), headers=lines, **{"client": PROXY} | scope)


async def found(app: App[None], fields: Any, **scope: Any) -> dict[str, Any]:
    answer = await asked(app, fields, **scope)
    assert answer.status == 200, answer
    facts: dict[str, Any] = json.loads(answer.body)
    return facts


async def client(app: App[None], value: str, **scope: Any) -> Any:
    name = "forwarded" if app is STANDARD else "for"
    return (await found(app, {name: value}, **scope))["client"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("192.0.2.1", ["192.0.2.1", 0]),
        ("192.0.2.1:99", ["192.0.2.1", 99]),
        ("6.6.6.6, 192.0.2.1", ["192.0.2.1", 0]),
        ('garbage\\", 192.0.2.1', ["192.0.2.1", 0]),
        ("6.6.6.6, 192.0.2.1, 10.0.0.7", ["192.0.2.1", 0]),
        ("10.0.0.9, 10.0.0.8, 10.0.0.7", ["10.0.0.9", 0]),
        ("2001:db8::1", ["2001:db8::1", 0]),
        ("[2001:DB8:0::1]:7", ["2001:db8::1", 7]),
        ("::ffff:192.0.2.1", ["192.0.2.1", 0]),
        ("6.6.6.6, ::ffff:10.0.0.7", ["6.6.6.6", 0]),
        ("6.6.6.6, unknown", None),
        ('"6.6.6.6, x", 192.0.2.1', ["192.0.2.1", 0]),
        (",", list(PROXY)),
    ],
)
async def test_the_client_is_the_first_address_that_is_no_proxy(value: str, expected: Any) -> None:
    """From the right, so that what a client writes itself is never reached; one that nobody names is none."""
    assert await client(X, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("for=192.0.2.1", ["192.0.2.1", 0]),
        ('for="192.0.2.1:99";proto=https', ["192.0.2.1", 99]),
        ('for=6.6.6.6, for="[2001:db9::1]:7", for="[2001:db8::2]", for=10.0.0.3', ["2001:db9::1", 7]),
        ("for=6.6.6.6, for=unknown", None),
        ("for=6.6.6.6, for=_hidden", None),
        ('for="192.0.2.1:_p"', ["192.0.2.1", 0]),
        ("for=6.6.6.6, proto=https", None),
    ],
)
async def test_the_same_by_the_standard(value: str, expected: Any) -> None:
    """With made-up words, and elements that name nobody."""
    assert await client(STANDARD, value) == expected


async def test_lines_are_one_list() -> None:
    """However a proxy adds its own."""
    assert (await found(X, [("for", "6.6.6.6"), ("for", "192.0.2.1"), ("for", "10.0.0.2")]))["client"] == ["192.0.2.1", 0]


async def test_whoever_is_not_trusted_is_not_believed() -> None:
    """Nor is the other family of fields, ever."""
    everything = {"for": "1.1.1.1", "proto": "https", "host": "evil.com", "port": "1", "prefix": "/p", "forwarded": "for=1.1.1.1"}
    direct = {"client": list(DIRECT), "url": "http://backend:8000/seen/a", "name": "a", "root": ""}
    for app in (X, STANDARD):
        assert await found(app, everything, client=DIRECT) == direct
    assert (await found(X, {"forwarded": "for=1.1.1.1;proto=https"}))["client"] == list(PROXY)
    assert (await found(STANDARD, {"for": "1.1.1.1", "proto": "https"}))["client"] == list(PROXY)


async def test_hosts_ports_and_prefixes_are_believed_on_demand() -> None:
    """Most proxies pass on what the client has sent there."""
    facts = await found(PLAIN, {"for": "192.0.2.1", "proto": "https", "host": "evil.com", "port": "1", "prefix": "/p"})
    assert facts == {"client": ["192.0.2.1", 0], "url": "https://backend:8000/seen/a", "name": "a", "root": ""}


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"proto": "https"}, "https://backend:8000/seen/a"),
        ({"proto": "HTTPS", "host": "a.org"}, "https://a.org/seen/a"),
        ({"host": "a.org:81", "port": "82"}, "http://a.org:81/seen/a"),
        ({"host": "a.org", "port": "8443", "proto": "https"}, "https://a.org:8443/seen/a"),
        ({"host": "a.org", "port": "443", "proto": "https"}, "https://a.org/seen/a"),
        ({"port": "81"}, "http://backend:8000/seen/a"),
        ({"host": "[::1]", "port": "81"}, "http://[::1]:81/seen/a"),
        ({"prefix": "/api"}, "http://backend:8000/api/seen/a"),
        ({"prefix": "/api/"}, "http://backend:8000/api/seen/a"),
        ({"prefix": "/"}, "http://backend:8000/seen/a"),
        ({"forwarded": "host=evil.com"}, "http://backend:8000/seen/a"),
    ],
)
async def test_the_url_is_the_one_that_the_client_asked_for(fields: dict[str, str], url: str) -> None:
    """A port counts where the host has none, and shows where it is not the default; a prefix is put back."""
    facts = await found(X, fields)
    assert (facts["url"], facts["name"]) == (url, "a")


async def test_the_standard_has_host_and_scheme_too() -> None:
    """Those of the outermost proxy that is believed, and that says something of it."""
    value = "for=6.6.6.6;host=evil.com;proto=http, for=192.0.2.1;host=a.org;proto=https, for=10.0.0.7;host=inner;proto=http"
    assert (await found(STANDARD, {"forwarded": value}))["url"] == "https://a.org/seen/a"
    assert (await found(STANDARD, {"forwarded": "for=192.0.2.1, for=10.0.0.7;host=b.org"}))["url"] == "http://b.org/seen/a"


async def test_lists_go_by_the_proxies_that_are_believed() -> None:
    """Each has added its own; what a client has put in front of them is not reached."""
    fields = {"for": "6.6.6.6, 192.0.2.1, 10.0.0.7", "proto": "http, https, http", "host": "evil.com, a.org, inner"}
    assert (await found(X, fields))["url"] == "https://a.org/seen/a"
    assert (await found(X, {"for": "192.0.2.1, 10.0.0.7", "prefix": "/x, /outer, /inner"}))["root"] == "/outer/inner"


async def test_hops_end_the_walk() -> None:
    """Where the addresses of proxies are not known, but their number is."""
    everywhere = App(proxies(["0.0.0.0/0", "::/0"], fields="x-forwarded", hops=2)(ROUTES))
    assert await client(everywhere, "6.6.6.6, 192.0.2.1, 10.0.0.7") == ["192.0.2.1", 0]
    assert await client(everywhere, "192.0.2.1", client=DIRECT) == ["192.0.2.1", 0]
    assert await client(App(proxies(["10.0.0.0/8"], fields="x-forwarded", hops=1)(ROUTES)), "6.6.6.6, 10.0.0.7") == [
        "10.0.0.7",
        0,
    ]


async def test_a_unix_socket_is_trusted_if_that_was_said() -> None:
    """A peer without an address is no proxy otherwise, nor is one whose address is a word."""
    unix = App(proxies([], fields="x-forwarded", unix=True)(ROUTES))
    for peer in (None, ("", "0")):  # the latter is granian's
        assert await client(unix, "192.0.2.1", client=peer) == ["192.0.2.1", 0]
    assert await client(unix, "192.0.2.1", client=("testclient", 1)) == ["testclient", 1]
    assert await client(X, "192.0.2.1", client=None) is None


@pytest.mark.parametrize(
    ("app", "fields"),
    [
        (X, {"for": "192.0.2.1, nonsense"}),
        (X, {"for": '6.6.6.6, "192.0.2.1, 192.0.2.2"'}),
        (X, {"for": "192.0.2.1, fe80::1%eth0"}),
        (X, {"proto": "gopher"}),
        (X, {"host": "a b"}),
        (X, {"host": "u@h"}),
        (X, {"host": "/evil"}),
        (X, {"port": "0"}),
        (X, {"port": "65536"}),
        (X, {"port": "x"}),
        (X, {"prefix": "api"}),
        (X, {"prefix": "//evil.com"}),
        (X, {"prefix": "/a/../b"}),
        (X, {"prefix": "/a%2Fb"}),
        (X, {"prefix": "/a?b"}),
        (STANDARD, {"forwarded": "nonsense"}),
        (STANDARD, {"forwarded": 'for=1.1.1.1;x=", for="[2001:db8::1]"'}),
        (STANDARD, {"forwarded": "for=1.1.1.1;proto=gopher"}),
    ],
)
async def test_what_a_trusted_proxy_says_has_to_be_well_formed(app: App[None], fields: dict[str, str]) -> None:
    """400, for to ignore it would take a proxy for the client; from others it is not even looked at."""
    answer = await asked(app, fields)
    assert (answer.status, answer.error) == (400, None)
    assert (await asked(app, fields, client=DIRECT)).status == 200


async def test_a_prefix_comes_before_a_root_path() -> None:
    """Once, though the server was told the same; whether the server's path has its root path or not."""
    for path, root_path, expected in (
        ("/seen/a", "", "/api"),
        ("/seen/a", "/api", "/api"),
        ("/api/seen/a", "/api", "/api"),
        ("/seen/a", "/api/v1", "/api/v1"),
        ("/inner/seen/a", "/inner", "/api/inner"),
        ("/seen/a", "/inner", "/api/inner"),
    ):
        facts = await found(X, {"prefix": "/api"}, target=path, root_path=root_path)
        assert (facts["root"], facts["url"], facts["name"]) == (expected, f"http://backend:8000{expected}/seen/a", "a")


async def test_a_prefix_is_put_before_encoded_paths() -> None:
    """In both spellings of the path."""
    facts = await found(X, {"prefix": "/api"}, target="/seen/a%2Fb")
    assert (facts["name"], facts["url"]) == ("a/b", "http://backend:8000/api/seen/a%2Fb")
    assert (await found(X, {"prefix": "/api"}, omit=["raw_path"]))["url"] == "http://backend:8000/api/seen/a"


async def test_inside_a_router_the_route_is_found_again() -> None:
    """Where it wraps the router itself."""
    app = App(ROUTES.wrap(proxies(["10.0.0.0/8"], fields="x-forwarded", also=["prefix"])))
    assert (await found(app, {"prefix": "/api", "for": "192.0.2.1"}))["client"] == ["192.0.2.1", 0]


async def test_a_mounted_application_sees_the_same() -> None:
    """In its scope."""
    fields = {"for": "192.0.2.1", "proto": "https", "host": "a.org", "prefix": "/api"}
    facts = await found(X, fields, target="/app/seen")
    assert facts == {"client": ["192.0.2.1", 0], "url": "https://a.org/api/app/seen", "root": "/api/app"}


async def test_logs_further_out_see_the_same() -> None:
    """Who stands around it asks the same connection, when it is over."""
    told: list[object] = []

    def log(request: Request[object], response: Response) -> Response:
        told.append((request.client, request.url.scheme, request.scope["client"]))
        return response

    app = App(after(log)(proxies(["10.0.0.0/8"], fields="x-forwarded")(ROUTES)))
    await found(app, {"for": "192.0.2.1:7", "proto": "https"})
    assert told == [(("192.0.2.1", 7), "https", ("192.0.2.1", 7))]


@pytest.mark.parametrize(
    ("proto", "origin", "accepted"), [("https", "https", True), ("wss", "https", True), ("https", "http", False)]
)
async def test_handshakes_know_their_origin(proto: str, origin: str, accepted: bool) -> None:
    """The page of the site itself may open a socket, over the host and the scheme that the client sees."""
    fields = {"host": "backend:8000", "origin": f"{origin}://a.org", "x-forwarded-proto": proto, "x-forwarded-host": "a.org"}
    answer = await play(X, websocket_scope("/ws", headers=fields, client=PROXY), [CONNECT])
    assert (answer.events[0]["type"] == "websocket.accept") is accepted
    if accepted:
        assert (b"x-url", b"wss://a.org/ws") in answer.events[0]["headers"]


def test_the_pure_half() -> None:
    """From a policy and fields to facts, from facts and a scope to a scope; the old one stays as it was."""
    policy = ProxyPolicy(trusted=Networks(["10.0.0.0/8"]), fields="x-forwarded")
    facts = read(policy, [(b"x-forwarded-for", b"192.0.2.1"), (b"x-forwarded-proto", b"https")])
    assert facts == Facts(client=("192.0.2.1", 0), scheme="https")
    scope = http_scope(client=PROXY)
    before = dict(scope)
    after_ = corrected(scope, facts)
    assert (after_.get("client"), after_.get("scheme"), dict(scope)) == (("192.0.2.1", 0), "https", before)
    assert corrected(scope, Facts()) is scope
    assert corrected(websocket_scope(), Facts(scheme="https")).get("scheme") == "wss"


@pytest.mark.parametrize(
    ("trusted", "options"),
    [
        ([], {"fields": "forwarded"}),
        ("10.0.0.0/8", {"fields": "forwarded"}),
        (["10.0.0.1/8"], {"fields": "forwarded"}),
        (["0.0.0.0/0"], {"fields": "x-forwarded"}),
        (["::/0"], {"fields": "forwarded"}),
        (["10.0.0.0/8"], {"fields": "both"}),
        (["10.0.0.0/8"], {"fields": "x-forwarded", "hops": 0}),
        (["10.0.0.0/8"], {"fields": "x-forwarded", "also": ["for"]}),
        (["10.0.0.0/8"], {"fields": "x-forwarded", "also": "host"}),
        (["10.0.0.0/8"], {"fields": "forwarded", "also": ["host"]}),
    ],
)
def test_what_would_believe_clients_is_refused(trusted: Any, options: Any) -> None:
    """And what cannot be meant: nobody, no network, both families."""
    with pytest.raises(ValueError):
        proxies(trusted, **options)
