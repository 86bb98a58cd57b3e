"""Routers: matching, misses, slashes, nesting, conflicts."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal
from urllib.parse import unquote

import pytest

from asgikit import (
    App,
    Request,
    Response,
    Route,
    Router,
    delete,
    endpoint,
    get,
    head,
    host,
    options,
    param,
    post,
    put,
    rest,
    root,
)
from asgikit.converters import integer
from asgikit.errors import CompositionError, RouteConflict
from asgikit.path import TailPath
from asgikit.testing import call


def says(path: TailPath[*tuple[Any, ...]], text: str, method: str = "GET", **options: Any) -> Route[object]:
    """A route that answers with this text and the values of its parameters."""

    async def handler(request: Request[object], *args: object) -> Response:
        return Response.text(" ".join([text, *map(repr, args)]))

    return endpoint(method, path, **options)(handler)


async def test_fixed_text_beats_parameters_and_narrow_beats_wide() -> None:
    """The order of the routes plays no part."""
    app = App(
        Router(
            says(root / rest("tail"), "tail"),
            says(root / param("x", str), "text"),
            says(root / param("x", int), "number"),
            says(root / param("x", Literal["a", "b"]), "choice"),
            says(root / "me", "fixed"),
        )
    )
    answers = [(await call(app, target=target)).text for target in ("/me", "/a", "/7", "/x", "/x/y", "/")]
    assert answers == ["fixed", "choice 'a'", "number 7", "text 'x'", "tail 'x/y'", "tail ''"]


async def test_a_dead_end_falls_back_to_another_branch() -> None:
    """The most specific first segment does not hide a longer path."""
    app = App(Router(says(root / "a" / "b", "fixed"), says(root / param("x", str) / "c", "other")))
    assert (await call(app, target="/a/c")).text == "other 'a'"


async def test_what_has_no_route_for_a_method_falls_through() -> None:
    """DELETE /users/me is the parametrised route where /users/me only has GET, and Allow names both."""
    users = root / "users"
    app = App(Router(says(users / "me", "me"), says(users / param("name", str), "gone", "DELETE")))
    assert (await call(app, "DELETE", "/users/me")).text == "gone 'me'"
    refused = await call(app, "PUT", "/users/me")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, DELETE")


async def test_allow_is_complete_and_stable() -> None:
    """D4: every method of every route of the path, in one order."""
    app = App(Router(says(root / "x", "2", "POST"), says(root / "x", "1"), says(root / "x", "3", "PURGE")))
    assert (await call(app, "PUT", "/x")).headers["allow"] == "GET, HEAD, POST, PURGE"


async def test_options_answers_with_allow() -> None:
    """D5: 204 with Allow, unless a route says otherwise."""
    app = App(Router(says(root / "x", "get"), says(root / "y", "own", "OPTIONS")))
    answer = await call(app, "OPTIONS", "/x")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD", b"")
    assert (await call(app, "OPTIONS", "/y")).text == "own"
    assert (await call(app, "OPTIONS", "/z")).status == 404


async def test_head_is_answered_wherever_get_is() -> None:
    """With the fields of GET and no body; a HEAD route of its own comes first."""
    app = App(Router(says(root / "x", "get"), says(root / "y", "get"), says(root / "y", "head", "HEAD")))
    answer = await call(app, "HEAD", "/x")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "3", b"")
    assert (await call(app, "HEAD", "/y")).headers["content-length"] == "4"


async def test_every_method_has_a_constructor() -> None:
    """QUERY and any other through endpoint()."""

    async def handler(request: Request[object]) -> Response:
        return Response.text(request.method)

    made = [get, head, post, put, delete, options]
    app = App(Router(*(make(root / "x")(handler) for make in made), endpoint("QUERY", root / "x")(handler)))
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "QUERY"):
        assert (await call(app, method, "/x")).text == method


async def test_a_slash_too_much_or_missing_is_a_relative_redirect() -> None:
    """D17: 308 to a relative place, so that scheme, host and prefix stay, and so does the query."""
    app = App(Router(says(root / "a" / "b", "x"), says(root / "c/", "y")))
    answer = await call(app, target="/a/b/?q=1")
    assert (answer.status, answer.headers["location"]) == (308, "../b?q=1")
    assert (await call(app, target="/c")).headers["location"] == "./c/"


@pytest.mark.parametrize(("slash", "status"), [("strict", 404), ("redirect", 308), ("match", 200)])
async def test_the_slash_policy_is_a_choice(slash: Any, status: int) -> None:
    """D19: strict, redirect, or an answer all the same."""
    app = App(Router(says(root / "u", "x"), slash=slash))
    assert (await call(app, target="/u/")).status == status
    assert (await call(app, target="/u")).status == 200


def test_a_slash_policy_that_there_is_not_is_refused() -> None:
    """At composition."""
    policy: Any = "sometimes"
    with pytest.raises(CompositionError, match="'strict', 'redirect' or 'match'"):
        Router(slash=policy)


async def test_fixed_text_with_slashes_is_several_segments() -> None:
    """A leading slash changes nothing."""
    app = App(Router(says(root / "/feed", "feed"), says(root / "a/b", "ab")))
    assert [(await call(app, target=target)).text for target in ("/feed", "/a/b")] == ["feed", "ab"]


async def test_the_innermost_router_decides_about_slashes() -> None:
    """A router without a policy takes the one around it."""
    app = App(Router(Router(says(root / "a", "x"), slash="match"), Router(says(root / "b", "x")), slash="strict"))
    assert [(await call(app, target=target)).status for target in ("/a/", "/b/")] == [200, 404]


@pytest.mark.parametrize("target", ["//", "///", "//evil.com/", "//x", "/%2F", "/x//", "/%2F%2Fevil.com/", "/../x", "/./"])
async def test_odd_slashes_are_not_found(target: str) -> None:
    """Nothing of it is a redirect to another host, and nothing fails."""
    app = App(Router(says(root, "root"), says(root / "x", "x")))
    answer = await call(app, target=target)
    assert answer.status == 404
    assert answer.error is None


async def test_a_redirect_cannot_leave_the_site() -> None:
    """A first segment that looks like a host stays a segment."""
    app = App(Router(says(root / param("x", str), "x")))
    answer = await call(app, target="/%2Fevil.com/")
    assert answer.headers["location"] == "../%2Fevil.com"
    assert (await call(app, target="/javascript:alert(1)/")).headers["location"] == "../javascript:alert(1)"


async def test_encoded_slashes_stay_in_their_segment() -> None:
    """The raw path decides where there is one."""
    app = App(Router(says(root / "f" / param("name", str), "one"), says(root / "f" / "a" / "b", "two")))
    assert (await call(app, target="/f/a%2Fb")).text == "one 'a/b'"
    assert (await call(app, target="/f/a/b")).text == "two"
    assert (await call(app, target="/f/a%2Fb", omit=["raw_path"])).text == "two"


@pytest.mark.parametrize("target", ["/f/%FF", "/f/%ED%A0%80", "/f/%C0%AF"])
async def test_bytes_that_are_not_utf_8_are_not_found(target: str) -> None:
    """Neither with a raw path nor without one do they fail, on a server that shows such bytes as they are."""
    app = App(Router(says(root / "f" / param("name", str), "x")))
    path = unquote(target, errors="surrogateescape")
    for omitted in ([], ["raw_path"]):
        answer = await call(app, target=target, path=path, omit=omitted)
        assert (answer.status, answer.error) == (404, None)


@pytest.mark.parametrize("target", ["/i/" + "9" * 5000, "/i/5%0A", "/i/1_000", "/i/%D9%A3", "/about%0A", "/f/" + "9" * 400])
async def test_what_is_no_number_and_no_route_is_not_found(target: str) -> None:
    """D1, D2, D3: endless numbers, trailing newlines, underscores and other scripts' digits."""
    app = App(
        Router(says(root / "i" / param("n", int), "x"), says(root / "f" / param("n", float), "x"), says(root / "about", "x"))
    )
    for omitted in ([], ["raw_path"]):
        answer = await call(app, target=target, omit=omitted)
        assert (answer.status, answer.error) == (404, None)


async def test_nested_routers_never_swallow_later_routes() -> None:
    """D18: what the inner router does not have, the outer one answers."""
    app = App(Router(Router(says(root / "u" / "x", "inner")), says(root / "u" / "y", "outer")))
    assert (await call(app, target="/u/y")).text == "outer"


async def test_the_same_router_serves_a_function_of_its_base() -> None:
    """A reusable group of routes is a function from a path to a router."""

    def blog(base: TailPath[*tuple[Any, ...]]) -> Router[object]:
        assert not base.params
        return Router(says(root / str(base.parts[0]) / "posts", str(base)))

    app = App(Router(blog(root / "a"), blog(root / "b")))
    assert [(await call(app, target=f"/{name}/posts")).text for name in "ab"] == ["/a", "/b"]


async def test_hosts_route_requests() -> None:
    """Host routes come first, subdomains give a typed value, and what they lack falls through."""
    tenant = host(param("tenant", Literal["acme", "initech"]), "example.com")
    app = App(
        Router(
            says(host("api.example.com") / "x", "api"),
            says(tenant / "x" / param("n", int), "tenant"),
            says(root / "x", "any"),
        )
    )

    async def at(name: str, target: str) -> str:
        return (await call(app, target=target, headers={"host": name})).text

    assert await at("api.example.com", "/x") == "api"
    assert await at("API.Example.com:8000", "/x") == "api"
    assert await at("api.example.com.", "/x") == "api"
    assert await at("acme.example.com", "/x/3") == "tenant 'acme' 3"
    assert await at("acme.example.com", "/x") == "any"
    assert await at("other.example.com", "/x/3") == "Not Found"
    assert await at("[::1]:80", "/x") == "any"
    assert (await call(app, target="/x")).text == "any"


class Kind(Enum):
    A = "a"
    B = "b"


@pytest.mark.parametrize(
    "paths",
    [
        (root / "x", root / "x"),
        (root / param("a", int), root / param("b", int)),
        (root / rest("a"), root / rest("b")),
        (root / param("a", Literal["a", "b"]), root / param("b", Kind)),
        (root / param("a", Literal["a", "b"]), root / "a", root / "b"),
        (root / param("a", bool), root / param("b", Literal["true", "false"])),
        (root / param("n", integer(1, 2)), root / "1", root / "2"),
        (host("a.com") / "x", host("A.com") / "x"),
    ],
)
def test_routes_that_conflict_are_refused_at_composition(paths: Any) -> None:
    """The same requests twice, or a route that can never be reached."""
    with pytest.raises(RouteConflict, match=r"the same requests|never be reached"):
        Router(*(says(path, "x") for path in paths))


def test_routes_that_only_overlap_are_fine() -> None:
    """Each of these is reached by some request."""
    router = Router(
        says(root / param("a", Literal["a", "b"]), "x"),
        says(root / "a", "x"),
        says(root / param("n", int), "x"),
        says(root / param("n", integer(1, 5)), "x"),
        says(root / param("n", float), "x"),
        says(root / param("t", str), "x"),
        says(root / "a", "x", "POST"),
        says(root / "a/", "x"),
        says(root / rest("t"), "x"),
    )
    assert len(router.routes) == 9


def test_a_name_given_twice_is_refused() -> None:
    """Names of functions may repeat, names that were given may not."""
    Router(says(root / "a", "x"), says(root / "b", "x"))
    with pytest.raises(RouteConflict, match="name 'user'"):
        Router(says(root / "a", "x", name="user"), says(root / "b", "x", name="user"))


def test_what_is_no_route_is_refused() -> None:
    """A bare function has no path."""

    async def bare(request: Request[object]) -> Response:
        return Response.empty()

    untyped: Any = bare
    with pytest.raises(CompositionError, match="bare is no route"):
        Router(untyped)


async def test_wrapping_covers_routes_when_nested_and_misses_when_outermost() -> None:
    """The inner middleware sees its own routes only, the outer one everything; the last one wrapped is the outermost."""

    def mark(name: str) -> Any:
        def middleware(handler: Any) -> Any:
            async def inner(request: Request[Any]) -> Response:
                return (await handler(request)).with_added_header("x-mark", name)

            return inner

        return middleware

    inner = Router(says(root / "in", "x")).wrap(mark("inner"))
    app = App(Router(inner, says(root / "out", "x")).wrap(mark("first")).wrap(mark("last")))
    marks = {t: (await call(app, target=t)).headers.get_all("x-mark") for t in ("/in", "/out", "/missing")}
    assert marks == {"/in": ("inner", "first", "last"), "/out": ("first", "last"), "/missing": ("first", "last")}
    assert (await call(app, "PUT", "/in")).headers.get_all("x-mark") == ("first", "last")
    assert (await call(app, "OPTIONS", "/in")).headers.get_all("x-mark") == ("inner", "first", "last")


async def test_a_middleware_is_applied_once_however_often_its_router_is_nested() -> None:
    """What it keeps in its closure is shared by all the routes it is around."""
    applied = []

    def middleware(handler: Any) -> Any:
        applied.append(handler)
        return handler

    inner = Router(says(root / "a", "x"), says(root / "b", "x")).wrap(middleware)
    App(Router(Router(inner), says(root / "c", "x")))
    assert len(applied) == 1


async def test_middleware_knows_the_route() -> None:
    """The pattern, for metrics; nothing for a miss."""
    seen: list[Any] = []

    def middleware(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Response:
            seen.append(request.route and (request.route.pattern, request.route.name, request.args))
            response: Response = await handler(request)
            return response

        return inner

    app = App(Router(says(root / "u" / param("id", int), "x", name="user")).wrap(middleware))
    await call(app, target="/u/3")
    await call(app, target="/nothing")
    assert seen == [("/u/{id}", "user", (3,)), ("", "", ())]


def test_a_middleware_that_returns_no_handler_is_refused() -> None:
    """At composition, on a router and on a route alike."""

    def forgetful(handler: Any) -> Any:
        return None

    for wrapped in (Router(says(root, "x")), says(root, "x")):
        with pytest.raises(CompositionError, match="has to return a handler"):
            wrapped.wrap(forgetful)


async def test_otherwise_answers_what_has_no_route() -> None:
    """Not what only has no route for the method; wraps are around it."""

    async def lost(request: Request[object]) -> Response:
        return Response.text(f"no {request.path}", status=404)

    app = App(Router(says(root / "x", "x")).otherwise(lost))
    assert (await call(app, target="/y")).text == "no /y"
    assert (await call(app, "PUT", "/x")).status == 405


async def test_a_router_is_a_handler() -> None:
    """Called by a handler of another router, it answers by itself, and leaves the other's match alone."""
    inner = Router(says(root / "x" / param("n", int), "inner"))
    seen: list[Any] = []

    @get(root / "x" / rest("tail"))
    async def outer(request: Request[object], tail: str) -> Response:
        response = await inner(request)
        seen.append((request.route and request.route.pattern, request.args))
        return response

    assert (await call(App(Router(outer)), target="/x/3")).text == "inner 3"
    assert seen == [("/x/{tail...}", ("3",))]


def test_a_router_shows_its_routes() -> None:
    """Nested ones included, in order."""
    router = Router(says(root / "a", "x"), Router(says(root / "b", "x", "POST")))
    assert [(route.method, route.pattern) for route in router.routes] == [("GET", "/a"), ("POST", "/b")]
    assert repr(router) == "<Router of 2 routes>"
