"""Cross-origin resource sharing."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from asgikit import App, HTTPError, Request, Response, Router, get, mount, post, put, root, websocket
from asgikit.errors import CompositionError
from asgikit.http.headers import Headers
from asgikit.middleware.cors import CORSPolicy, answer_preflight, cors, share
from asgikit.testing import Answer, call, http_scope, play, websocket_scope

ORIGIN = "https://example.com"


@get(root / "x")
async def read(request: Request[object]) -> Response:
    return Response.text("x", headers={"vary": "Accept"})


@post(root / "x")
async def write(request: Request[object]) -> Response:
    return Response.text("x")


def app(origins: Any = (ORIGIN,), **options: Any) -> App[None]:
    return App(Router(read, write).wrap(cors(origins, **options)))


async def asked(of: App[None], origin: str | None, **headers: str) -> Answer:
    fields = {"access-control-request-method": "POST", **{key.replace("_", "-"): value for key, value in headers.items()}}
    return await call(of, "OPTIONS", "/x", headers=fields | ({"origin": origin} if origin else {}))


async def test_an_allowed_origin_may_read() -> None:
    """The origin itself is named, and Vary says so beside what it says already."""
    answer = await call(app(expose=["X-Total"]), target="/x", headers={"origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-expose-headers"] == "X-Total"
    assert answer.headers["vary"] == "Accept, Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.com", "http://example.com", "https://example.com.evil.com", "null", "https://EXAMPLE.com", ""]
)
async def test_other_origins_may_not(origin: str) -> None:
    """Names that are only alike, other schemes, sandboxed frames."""
    answer = await call(app(), target="/x", headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Accept, Origin"
    assert "access-control-allow-origin" not in (await asked(app(), origin)).headers


async def test_a_request_from_the_same_site_is_left_alone() -> None:
    """But for Vary: caches must not give it to others."""
    answer = await call(app(), target="/x")
    assert (answer.headers["vary"], "access-control-allow-origin" in answer.headers) == ("Accept, Origin", False)


async def test_every_origin_is_a_star() -> None:
    """The same for all, so nothing varies."""
    answer = await call(app("*"), target="/x", headers={"origin": "https://any.org"})
    assert (answer.headers["access-control-allow-origin"], answer.headers["vary"]) == ("*", "Accept")


async def test_null_can_be_named() -> None:
    """On purpose only."""
    answer = await call(app(["null"]), target="/x", headers={"origin": "null"})
    assert answer.headers["access-control-allow-origin"] == "null"


async def test_credentials() -> None:
    """On the response and on the preflight."""
    shared = app(credentials=True)
    for answer in (await call(shared, target="/x", headers={"origin": ORIGIN}), await asked(shared, ORIGIN)):
        assert answer.headers["access-control-allow-credentials"] == "true"


async def test_a_preflight_is_told_the_methods_of_the_path() -> None:
    """The headers that are asked for and allowed, and how long that holds."""
    answer = await asked(app(headers=["X-Token", "X-Other"], max_age=5), ORIGIN, access_control_request_headers="x-token, x-bad")
    assert answer.status == 204
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert answer.headers["access-control-allow-headers"] == "x-token"
    assert answer.headers["access-control-max-age"] == "5"
    assert "Access-Control-Request-Headers" in answer.headers["vary"]


async def test_a_preflight_behind_a_guard_grants_what_is_asked() -> None:
    """The guard refuses the real request by itself."""

    def guard(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Response:
            return Response.text("no", status=401)

        return inner

    def raising(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Response:
            raise HTTPError(401, "no")

        return inner

    for refusing in (guard, raising):
        answer = await asked(App(Router(read).wrap(refusing).wrap(cors([ORIGIN]))), ORIGIN)
        assert (answer.status, answer.headers["access-control-allow-methods"]) == (204, "POST")
        assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_options_without_origin_is_no_preflight() -> None:
    """It gets its Allow."""
    answer = await call(app(), "OPTIONS", "/x")
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("origins", "options"),
    [
        ("*", {"credentials": True}),
        (["example.com"], {}),
        (["https://example.com/"], {}),
        (["https://example.com:443"], {}),
        (["https://Example.com"], {}),
        (["https://a.com/x"], {}),
        ("https://example.com", {}),
        (["*"], {}),
        ([ORIGIN], {"headers": ["not a name"]}),
        ([ORIGIN], {"expose": ["a,b"]}),
        ([ORIGIN], {"expose": "x-total"}),
        ([ORIGIN], {"headers": "authorization"}),
        ([ORIGIN], {"max_age": -1}),
        (["https://*.example.com"], {}),
        ([re.compile(".*")], {"credentials": True}),
        ([re.compile(r"https?://[^/]+")], {"credentials": True}),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(origins: Any, options: Any) -> None:
    """When it is made: browsers would never match it, or it would open the site."""
    with pytest.raises(ValueError):
        cors(origins, **options)


def test_the_policy_is_a_value() -> None:
    """Immutable."""
    policy: Any = CORSPolicy(origins=frozenset([ORIGIN]))
    with pytest.raises(AttributeError):
        policy.max_age = 1


async def test_the_methods_of_a_path_are_those_of_http() -> None:
    """A WebSocket on the same path is none of them."""

    @websocket(root / "x")
    async def socket(request: Request[object]) -> Response:
        return Response.text("no")

    answer = await asked(App(Router(read, socket).wrap(cors([ORIGIN]))), ORIGIN)
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"


SUBDOMAINS = re.compile(r"https://[a-z]+\.example\.com")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://a.example.com", True),
        ("https://example.org", True),
        ("https://a.example.com.evil.com", False),
        ("https://evil.com/https://a.example.com", False),
        ("https://aaexample.com", False),
        ("https://a.example.com\n", False),
        ("https://a.example.com, https://b.example.com", False),
        ("http://a.example.com", False),
        ("null", False),
    ],
)
async def test_a_pattern_matches_the_whole(origin: str, allowed: bool) -> None:
    """So nobody else can take a name that begins or ends like it; origins and patterns stand in one list."""
    policy = CORSPolicy(origins=frozenset([SUBDOMAINS, "https://example.org"]), credentials=True)
    assert policy.allows(origin) is allowed


def test_a_pattern_never_names_null() -> None:
    """Nor does a predicate, whatever it would say: every sandboxed frame has that origin."""
    everything: Any = lambda origin: True  # noqa: E731
    for origins in (frozenset([re.compile(".*")]), everything):
        policy = CORSPolicy(origins=origins)
        assert [policy.allows(origin) for origin in ("null", "", "nonsense", "https://a.org")] == [False, False, False, True]


async def test_a_predicate_decides() -> None:
    """By whatever it knows at that time; only True is yes."""
    known = {"https://a.org"}
    shared = App(Router(read).wrap(cors(lambda origin: origin in known, credentials=True)))
    assert (await call(shared, target="/x", headers={"origin": "https://a.org"})).headers["access-control-allow-origin"]
    known.clear()
    assert "access-control-allow-origin" not in (await call(shared, target="/x", headers={"origin": "https://a.org"})).headers
    truthy: Any = lambda origin: "yes"  # noqa: E731
    assert not CORSPolicy(origins=truthy).allows("https://a.org")


def test_a_coroutine_is_no_predicate() -> None:
    """What it returns would be true for every origin."""

    async def later(origin: str) -> bool:
        return False

    untyped: Any = later
    with pytest.raises(CompositionError, match="plain function"):
        cors(untyped)


async def test_every_origin_is_named_without_an_origin_too() -> None:
    """A cache that has the response to a request of the same site may give it to another one."""
    assert (await call(app("*"), target="/x")).headers["access-control-allow-origin"] == "*"
    answer = await asked(app("*"), "null")
    assert (answer.headers["access-control-allow-origin"], "Origin" in answer.headers["vary"].split(", ")) == ("*", False)


async def test_a_preflight_is_told_the_route_that_it_asks_about() -> None:
    """Though another route on the path comes first; what is not behind the policy is not granted, nor learned from it."""
    public = App(Router(read.wrap(cors([ORIGIN])), write))
    answer = await asked(public, ORIGIN, access_control_request_method="GET")
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
    refused = await asked(public, ORIGIN, access_control_request_method="POST")
    assert (refused.status, "access-control-allow-methods" in refused.headers) == (204, False)
    writing = App(Router(read, write.wrap(cors([ORIGIN]))))
    assert (await asked(writing, ORIGIN)).headers["access-control-allow-methods"] == "POST"


async def test_each_route_has_a_policy_of_its_own() -> None:
    """The one further in has the last word, for responses and preflights; the one around is for what it leaves."""

    @put(root / "x")
    async def open_to_all(request: Request[object]) -> Response:
        return Response.text("x")

    both = App(Router(read, open_to_all.wrap(cors("*"))).wrap(cors([ORIGIN], credentials=True)))
    for origin, method, allowed in (
        (ORIGIN, "GET", ORIGIN),
        (ORIGIN, "PUT", "*"),
        ("https://b.org", "PUT", "*"),
        ("https://b.org", "GET", None),
    ):
        answers = (
            await call(both, method, "/x", headers={"origin": origin}),
            await asked(both, origin, access_control_request_method=method),
        )
        for answer in answers:
            assert answer.headers.get_all("access-control-allow-origin") == (() if allowed is None else (allowed,))
            assert ("access-control-allow-credentials" in answer.headers) == (allowed == ORIGIN)
            assert "Origin" in answer.headers["vary"]


async def test_a_refused_preflight_varies_too() -> None:
    """By all that it was asked; and it is the path's own answer to OPTIONS."""
    answer = await asked(app(), "https://evil.com")
    assert answer.headers["vary"] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, POST")
    assert not [name for name, _ in answer.headers if name.startswith("access-control")]


async def test_a_private_network_is_opened_on_purpose_only() -> None:
    """And only for those who ask for it."""
    asking = {"access_control_request_private_network": "true"}
    assert "access-control-allow-private-network" not in (await asked(app(), ORIGIN, **asking)).headers
    opened = app(private_network=True)
    answer = await asked(opened, ORIGIN, **asking)
    assert answer.headers["access-control-allow-private-network"] == "true"
    assert answer.headers["vary"].endswith("Access-Control-Request-Private-Network")
    for others in (await asked(opened, ORIGIN), await asked(opened, "https://evil.com", **asking)):
        assert "access-control-allow-private-network" not in others.headers


async def test_a_denied_handshake_has_the_fields_an_accepted_one_needs_none() -> None:
    """Browsers read neither, other clients may read the denial."""

    async def session(ws: Any) -> None:
        pass

    async def answering(request: Request[None]) -> Response:
        return Response.upgrade(session) if request.path == "/yes" else Response.text("no", status=403)

    shared = App(cors([ORIGIN])(answering))
    for target, sent in (("/no", True), ("/yes", False)):
        headers = {"origin": ORIGIN, "host": "example.com"}
        scope = websocket_scope(target, headers=headers, denial=True)
        answer = await play(shared, scope, [{"type": "websocket.connect"}])
        fields = Headers.from_raw(answer.events[0].get("headers", ()))
        assert ("access-control-allow-origin" in fields, "vary" in fields) == (sent, sent), answer


async def test_what_answers_options_is_not_left_open() -> None:
    """A stream that the answer to the preflight replaces is closed."""
    closed: list[str] = []

    class Endless:
        def __aiter__(self) -> AsyncIterator[bytes]:
            """Itself."""
            return self

        async def __anext__(self) -> bytes:
            """Never the end."""
            return b"x"

        async def aclose(self) -> None:
            closed.append("closed")

    async def anything(request: Request[None]) -> Response:
        return Response.stream(Endless())

    answer = await asked(App(cors([ORIGIN])(anything)), ORIGIN)
    assert (answer.status, answer.headers["access-control-allow-methods"], closed) == (204, "POST", ["closed"])


async def test_the_policy_of_a_mounted_application_is_its_own() -> None:
    """What it grants is not granted twice."""

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        fields = [(b"access-control-allow-origin", b"https://b.org"), (b"allow", b"GET")]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body"})

    mounted = App(Router(mount(root / "x", foreign, lifespan="off")).wrap(cors([ORIGIN], credentials=True)))
    for answer in (await call(mounted, target="/x/y", headers={"origin": ORIGIN}), await asked(mounted, ORIGIN)):
        assert answer.headers.get_all("access-control-allow-origin") == ("https://b.org",)
        assert "access-control-allow-credentials" not in answer.headers


async def test_several_origins_are_none() -> None:
    """No browser sends two lines; who does gets no grant."""
    answer = await call(app(), target="/x", headers=[("origin", ORIGIN), ("origin", ORIGIN)])
    assert "access-control-allow-origin" not in answer.headers


def test_both_halves_are_pure() -> None:
    """Responses from policies and requests, without an event loop."""
    policy = CORSPolicy(origins=frozenset([ORIGIN]), headers=frozenset(["X-A"]))
    fields = {"origin": ORIGIN, "access-control-request-method": "GET", "access-control-request-headers": "x-a,,x-b"}
    request = Request.of(http_scope("OPTIONS", headers=fields), None)
    assert share(policy, request, Response.text("x")).headers["access-control-allow-origin"] == ORIGIN
    assert answer_preflight(policy, request, Response.empty()).headers["access-control-allow-headers"] == "x-a"


@pytest.mark.parametrize("asking", ["\x00", "GET\r\nx: y", "GET, POST", "", "é"])
async def test_a_preflight_that_asks_for_nonsense_is_granted_nothing_of_it(asking: str) -> None:
    """Where nobody says which methods there are, only a method is."""
    scope = http_scope("OPTIONS", "/x")
    scope["headers"] = [(b"origin", ORIGIN.encode()), (b"access-control-request-method", asking.encode())]

    async def anything(request: Request[None]) -> Response:
        return Response.empty()

    answer = await play(App(cors([ORIGIN])(anything)), scope)
    assert (answer.status, answer.error) == (204, None)
    assert set(answer.headers["access-control-allow-methods"].split(", ")) <= {"", "GET", "POST"}


@pytest.mark.parametrize("wrong", [{"headers": ["*"]}, {"expose": ["*"], "credentials": True}])
def test_no_wildcard_among_headers(wrong: Any) -> None:
    """It would stand for a field of that name."""
    with pytest.raises(ValueError, match="stands for no header"):
        cors(["https://a.example"], **wrong)
