"""One spelling for each path."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route as StarletteRoute

from asgikit import App, HTTPError, Request, Response, Router, get, mount, param, post, root, websocket
from asgikit.middleware.normalize_path import PathPolicy, Place, normalize_path, normalized, reference
from asgikit.testing import Answer, call, play, websocket_scope
from tests.sockets import CONNECT


@get(root / "users" / param("name", str))
async def user(request: Request[object], name: str) -> Response:
    return Response.text(f"{name} {request.path} {request.url.path}")


@post(root / "users" / param("name", str))
async def change(request: Request[object], name: str) -> Response:
    return Response.text(f"changed {name}")


@websocket(root / "ws")
async def socket(request: Request[object]) -> Response:
    return Response.text("no", status=418)


ROUTES = Router(user, change, socket)
APP = App(normalize_path()(ROUTES))
REWRITING = App(normalize_path(action="rewrite")(ROUTES))


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("//users/ada", "../../users/ada"),
        ("/users//ada?a=b%20c", "../../users/ada?a=b%20c"),
        ("/users/./ada", "../users/ada"),
        ("/x/../users/ada", "../users/ada"),
        ("/users/ada/.", "../../users/ada/"),
        ("/users/x/..", "../../users/"),
        ("/../users/ada", "/users/ada"),
        ("//", "../"),
        ("/.", "./"),
        ("//evil.com/a", "../../evil.com/a"),
        ("/.//javascript:alert(1)", "../javascript:alert(1)"),
        ("/./javascript:alert(1)", "./javascript:alert(1)"),
        ("//\\evil.com", "../%5Cevil.com"),
        ("//%0d%0aSet-Cookie:x", "../%0d%0aSet-Cookie:x"),
        ("http://evil.com//x", "../x"),
    ],
)
async def test_who_reads_is_told_the_right_path(target: str, location: str) -> None:
    """A relative 308, with the query; never to another host, nor to a scheme."""
    for method in ("GET", "HEAD"):
        answer = await call(APP, method, target)
        assert (answer.status, answer.headers["location"]) == (308, location)


@pytest.mark.parametrize("target", ["/users/ada", "/users/a%2Fb", "/users/...", "/users/a%20b", "http://a.org/users/ada"])
async def test_what_is_right_passes(target: str) -> None:
    """Encoded slashes stay in their segments."""
    assert (await call(APP, target=target)).status == 200


async def test_who_writes_is_served() -> None:
    """As is everybody, where it rewrites: path, raw path and URL are the right ones."""
    assert (await call(APP, "POST", "//users/./ada")).text == "changed ada"
    assert (await call(REWRITING, target="//users/x/../a%2Fb")).text == "a/b /users/a%2Fb /users/a%2Fb"
    assert (await call(REWRITING, target="//users/x/../a", omit=["raw_path"])).text == "a /users/a /users/a"


async def test_inside_a_router_the_route_is_found_again() -> None:
    """Misses are wrapped, too."""
    wrapped = App(ROUTES.wrap(normalize_path(action="rewrite")))
    assert (await call(wrapped, target="//users//ada")).status == 200


@pytest.mark.parametrize("target", ["/users/%2e%2e", "/users/.%2E", "/users/%2E", "/users/a%2F..%2Fb", "/users/..%5cb"])
async def test_encoded_dots_are_refused(target: str) -> None:
    """Whoever decodes them would be led elsewhere."""
    for app in (APP, REWRITING):
        answer = await call(app, target=target)
        assert (answer.status, answer.error) == (400, None)


@pytest.mark.parametrize("omitted", [[], ["raw_path"]])
async def test_backslashes_between_dots_are_refused(omitted: list[str]) -> None:
    """Some take them for slashes, and so does nobody on their way there."""
    assert (await call(APP, target="/users/..\\b", omit=omitted)).status == 400


async def test_encoded_slashes_can_be_refused() -> None:
    """Where frameworks are mounted, which take them for slashes."""
    app = App(normalize_path(encoded_slash="refuse")(ROUTES))
    assert [(await call(app, target=f"/users/{name}")).status for name in ("a%2Fb", "a%5Cb", "a%20b")] == [400, 400, 200]


@pytest.mark.parametrize(
    ("slash", "below", "expected"),
    [
        ("keep", "/a/", "/a/"),
        ("keep", "/a", "/a"),
        ("trim", "/a/", "/a"),
        ("trim", "/a//", "/a"),
        ("trim", "/a", "/a"),
        ("trim", "/a/.", "/a"),
        ("append", "/a", "/a/"),
        ("append", "/a/", "/a/"),
        *((slash, path, "/") for slash in ("keep", "trim", "append") for path in ("/", "//", "/..", "/a/..")),
        ("keep", "/a/b/../c", "/a/c"),
        ("keep", "/a//../c", "/c"),
        ("keep", "/../../a", "/a"),
        ("keep", "/a/...", "/a/..."),
        ("keep", "/%2e", "/%2e"),
    ],
)
def test_the_pure_half(slash: Any, below: str, expected: str) -> None:
    """Empty segments go first, then dots; what climbs out of the root stays there."""
    assert "/" + "/".join(normalized(PathPolicy(slash=slash), below.split("/")[1:])) == expected


async def test_a_slash_at_the_end() -> None:
    """Trimmed or appended."""
    trimming = await call(App(normalize_path(slash="trim")(ROUTES)), target="/users/ada/")
    assert trimming.headers["location"] == "../../users/ada"
    appending = await call(App(normalize_path(slash="append")(ROUTES)), target="/users/ada")
    assert appending.headers["location"] == "../users/ada/"
    assert (await call(App(normalize_path(slash="append")(ROUTES)), "OPTIONS", "*")).status == 404


async def test_below_a_root_path_nothing_climbs_out() -> None:
    """What is above belongs to somebody else; the root path itself keeps its form."""
    for target, location in (("/api/../users/a", "/api/users/a"), ("/api//users/a", "../../users/a"), ("/api/a/..", "../")):
        assert (await call(APP, target=target, root_path="/api")).headers["location"] == location
    rewritten = await call(REWRITING, target="/api/../users/a", root_path="/api")
    assert rewritten.text == "a /users/a /api/users/a"
    trimming = App(normalize_path(slash="trim")(ROUTES))
    assert (await call(trimming, target="/api", root_path="/api")).status == 404


def test_a_reference_leads_there() -> None:
    """From a URL with a prefix that only a proxy knows."""
    before = Place((), ("", "users", "", "ada"))
    assert urljoin("http://a.org/prefix/x/y/ada", reference(Place((), ("x", "y", "ada")), ("ada",))) == "http://a.org/prefix/ada"
    assert reference(before, ("users", "ada")) == "../../../users/ada"


async def test_handshakes_are_served() -> None:
    """A redirect would be no answer."""
    assert (await play(APP, websocket_scope("//ws", denial=True), [CONNECT])).events[0]["status"] == 418


async def leaky(request: Any) -> PlainTextResponse:
    return PlainTextResponse("secret")


@get(root / "api" / "admin")
async def admin(request: Request[object]) -> Response:
    return Response.text("secret")


def guard(handler: Any) -> Any:
    async def inner(request: Request[Any]) -> Response:
        raise HTTPError(401, "who are you?", headers={"www-authenticate": "Basic"})

    return inner


FOREIGN = Starlette(routes=[StarletteRoute("/{path:path}", leaky)])
GUARDED = Router(Router(admin).wrap(guard), mount(root / "api", FOREIGN))
SPELLINGS = ["//admin", "/./admin", "/x/../admin", "/admin/", "/admin//", "/admin/.", "/%61dmin", "//%61dmin", "/x/..//admin/"]


async def reached(app: App[None], target: str) -> Answer:
    answer = await call(app, target=target)
    if answer.status == 308:
        return await call(app, target=urljoin(f"http://h{target}", answer.headers["location"]).removeprefix("http://h"))
    return answer


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("action", ["redirect", "rewrite"])
async def test_a_guard_beside_a_mount_holds(spelling: str, action: Any) -> None:
    """However the path is spelled, around the router as its last middleware; as a handler around it, too."""
    outermost = normalize_path(slash="trim", action=action, encoded_slash="refuse")
    for app in (App(GUARDED.wrap(outermost)), App(outermost(GUARDED))):
        assert (await reached(app, f"/api{spelling}")).status == 401


async def test_without_it_the_guard_does_not_hold() -> None:
    """What is mounted takes every other spelling for its own."""
    answers = [(await call(App(GUARDED), target=f"/api{spelling}")).status for spelling in SPELLINGS]
    assert answers.count(200) == len(SPELLINGS) - 1


@pytest.mark.parametrize("spelling", ["/x/%2e%2e/admin", "/x%2F..%2Fadmin", "/.%2e/api/admin", "/admin%2F", "/%2Fadmin"])
async def test_what_only_another_framework_would_decode_reaches_nobody(spelling: str) -> None:
    """Refused, before anything is matched."""
    app = App(GUARDED.wrap(normalize_path(slash="trim", encoded_slash="refuse")))
    assert (await reached(app, f"/api{spelling}")).status == 400


@pytest.mark.parametrize("options", [{"slash": "x"}, {"action": "x"}, {"encoded_slash": "x"}])
def test_words_that_it_does_not_know_are_refused(options: Any) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match="not 'x'"):
        normalize_path(**options)
