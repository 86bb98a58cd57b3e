"""Cross-origin resource sharing."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import App, HTTPError, Request, Response, Router, get, post, root, websocket
from asgikit.middleware.cors import CORSPolicy, cors
from tests.driving import Answer, call

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
