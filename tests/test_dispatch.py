"""From a request to its route."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import App, Request, Response, Router, endpoint, get, header, host, param, post, rest, root, websocket
from asgikit.dispatch import Gate
from asgikit.errors import CompositionError
from asgikit.testing import call, play, websocket_scope


@get(root / "x")
async def fixed(request: Request[object]) -> Response:
    return Response.text("fixed")


async def says_header(request: Request[object], value: str) -> Response:
    return Response.text(value)


async def says_nothing(request: Request[object]) -> Response:
    return Response.empty()


async def any_tail(request: Request[object], tail: str) -> Response:
    return Response.text(tail)


@get(root / "caf\u00e9" / param("n", int))
async def accented(request: Request[object], n: int) -> Response:
    return Response.text(f"{n}")


async def test_the_root_path_is_taken_off() -> None:
    """Whether the server sends it as part of the path or not."""
    app = App(Router(fixed, accented))
    for target in ("/x", "/mnt/x"):
        assert (await call(app, target=target, root_path="/mnt")).text == "fixed"
    assert (await call(app, target="/mnt/caf%C3%A9/3", root_path="/mnt")).text == "3"


async def test_fixed_text_outside_ascii_matches() -> None:
    """With and without a raw path."""
    for omitted in ([], ["raw_path"]):
        assert (await call(App(Router(accented)), target="/caf%C3%A9/3", omit=omitted)).text == "3"


async def test_a_percent_encoding_that_nobody_needs_matches_too() -> None:
    """%78 is x (RFC 3986, 6.2.2.2)."""
    assert (await call(App(Router(fixed)), target="/%78")).text == "fixed"


async def test_absolute_targets_match_by_their_path() -> None:
    """Some servers hand on what a proxy sends (RFC 9112, 3.2.2)."""
    scope: dict[str, Any] = {"path": "http://h/x", "raw_path": b"http://h/x"}
    assert (await call(App(Router(fixed)), **scope)).text == "fixed"


async def test_a_raw_path_that_is_more_than_the_path_leads_to_the_same_route() -> None:
    """Some servers leave the query in it: fixed text beats a parameter all the same."""

    @get(root / param("name", str))
    async def any_name(request: Request[object], name: str) -> Response:
        return Response.text(f"name {name}")

    app = App(Router(fixed, any_name))
    assert (await call(app, target="/x", raw_path=b"/x?y=z")).text == "fixed"
    assert (await call(app, target="/y", raw_path=b"/y?y=z")).text == "name y"


async def test_no_method_reaches_a_handshake() -> None:
    """Its pseudo-method is none that a client could ask for."""

    @websocket(root / "ws")
    async def fixed_socket(request: Request[object]) -> Response:
        raise AssertionError

    @websocket(root / "ws" / param("room", str))
    async def open_socket(request: Request[object], room: str) -> Response:
        raise AssertionError

    for target in ("/ws", "/ws/room", "/%77s"):
        answer = await call(App(Router(fixed_socket, open_socket)), "WEBSOCKET", target)
        assert (answer.status, answer.error) == (404, None)


async def test_a_path_that_was_rewritten_counts() -> None:
    """Middleware of others changes the path and leaves the raw one, which says nothing new without a percent sign."""

    @get(root / "new")
    async def new(request: Request[object]) -> Response:
        return Response.text("new")

    assert (await call(App(Router(fixed, new)), path="/new", raw_path=b"/x")).text == "new"


async def test_a_router_inside_a_handler_starts_afresh() -> None:
    """The values of the outer path are not handed on."""
    inner = Router(get(root / "x").takes(header("x-a", str, default="none"))(says_header))

    @get(root / param("page", str))
    async def outer(request: Request[object], page: str) -> Response:
        return await inner(request)

    assert (await call(App(Router(outer)), target="/x")).text == "none"


@pytest.mark.parametrize("target", ["/u//", "/u///", "/f//"])
async def test_one_slash_too_much_is_no_redirect_to_more_of_them(target: str) -> None:
    """Only a single trailing slash is corrected."""
    app = App(Router(get(root / "u/")(fixed.handler), get(root / "f" / rest("t"))(any_tail)))
    assert (await call(app, target=target)).status == 404


async def test_the_bytes_of_a_query_survive_a_redirect() -> None:
    """Also where a client should have encoded them."""
    answer = await call(App(Router(fixed)), target="/x/", query_string=b"q=\xe9&r=%20")
    assert answer.headers["location"] == "../x?q=%E9&r=%20"


async def test_a_path_that_only_lacks_the_method_is_not_redirected() -> None:
    """405 says more than a redirect to another resource."""
    with_slash, without = get(root / "u/")(fixed.handler), post(root / "u")(fixed.handler)
    answer = await call(App(Router(with_slash, without)), target="/u")
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


async def test_a_request_without_host_has_no_host_routes() -> None:
    """Nor does a malformed one fail."""
    only = get(host("example.com") / "x")(fixed.handler)
    app = App(Router(only))
    assert (await call(app, target="/x")).status == 404
    for name in ("", ":80", "[", "a" * 5000, "example.com:x"):
        answer = await call(app, target="/x", headers={"host": name})
        assert answer.error is None


async def test_a_gate_outside_of_its_router_says_so() -> None:
    """Its middleware cannot know where to go on."""

    def same(handler: Any) -> Any:
        return handler

    answer = await call(App(Gate(same).run))
    assert isinstance(answer.error, CompositionError)


def to(path: str) -> Any:
    """Middleware that gives every request another path."""

    def middleware(handler: Any) -> Any:
        async def moved(request: Request[Any]) -> Response:
            scope: Any = {**request.scope, "path": path, "raw_path": path.encode()}
            return await handler(request.with_scope(scope))

        return moved

    return middleware


def noting(seen: list[str], name: str) -> Any:
    def middleware(handler: Any) -> Any:
        async def noted(request: Request[Any]) -> Response:
            seen.append(name)
            return await handler(request)

        return noted

    return middleware


async def test_another_path_is_another_route() -> None:
    """With its own parameters, behind the same middleware."""
    assert (await call(App(Router(fixed, accented).wrap(to("/caf\u00e9/7"))), target="/x")).text == "7"
    assert (await call(App(to("/caf\u00e9/7")(Router(fixed, accented))), target="/x")).text == "7"


async def test_another_path_can_be_a_miss() -> None:
    """What is around the misses runs once."""
    seen: list[str] = []
    app = App(Router(Router(fixed).wrap(to("/nowhere"))).wrap(noting(seen, "outer")))
    assert ((await call(app, target="/x")).started["status"], seen) == (404, ["outer"])


async def test_no_guard_is_passed_by_another_path() -> None:
    """What is around the new route runs, though the first one was elsewhere."""
    seen: list[str] = []
    guarded = Router(accented).wrap(noting(seen, "guard"))
    app = App(Router(Router(fixed).wrap(to("/caf\u00e9/7")), guarded).wrap(noting(seen, "outer")))
    assert (await call(app, target="/x")).text == "7"
    assert seen == ["outer", "outer", "guard"]


async def test_another_method_is_another_route() -> None:
    """The edge still answers what the client has sent: HEAD has no body."""

    def as_post(handler: Any) -> Any:
        async def moved(request: Request[Any]) -> Response:
            scope: Any = {**request.scope, "method": "POST"}
            return await handler(request.with_scope(scope))

        return moved

    @post(root / "x")
    async def posted(request: Request[object]) -> Response:
        return Response.text(request.method)

    app = App(Router(fixed, posted).wrap(as_post))
    assert (await call(app, "GET", target="/x")).text == "POST"
    answer = await call(app, "HEAD", target="/x")
    assert (answer.body, answer.started["status"]) == (b"", 200)


async def test_a_handshake_finds_its_route_again() -> None:
    """Among those of WebSockets."""

    @websocket(root / "socket")
    async def socket(request: Request[object]) -> Response:
        return Response.text("refused", status=403)

    @websocket(root / "x")
    async def other(request: Request[object]) -> Response:
        raise AssertionError

    app = App(Router(socket, other).wrap(to("/socket")))
    answer = await play(app, websocket_scope("/x", denial=True), [{"type": "websocket.connect"}])
    assert answer.status == 403


def marking(name: str) -> Any:
    def middleware(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Response:
            return (await handler(request)).with_added_header("x-mark", name)

        return inner

    return middleware


OPTIONED = App(
    Router(
        get(root / "x")(says_nothing).wrap(marking("get")),
        Router(
            post(root / "x")(says_nothing).wrap(marking("post")),
            endpoint("PUT", root / "x")(says_nothing),
            endpoint("PATCH", root / "x")(says_nothing),
        ).wrap(marking("changes")),
    ).wrap(marking("all"))
)


@pytest.mark.parametrize(
    ("asked", "marks", "allow"),
    [
        (None, ["all"], "GET, HEAD, POST, PUT, PATCH"),
        ("DELETE", ["all"], "GET, HEAD, POST, PUT, PATCH"),
        ("GET", ["get", "all"], "GET, HEAD"),
        ("HEAD", ["get", "all"], "GET, HEAD"),
        ("POST", ["post", "changes", "all"], "POST"),
        ("PUT", ["changes", "all"], "PUT, PATCH"),
    ],
)
async def test_a_preflight_goes_through_what_is_around_the_route_that_it_asks_about(
    asked: str | None, marks: list[str], allow: str
) -> None:
    """And learns of no method that has something else around it; plain OPTIONS goes through what is around all of them."""
    answer = await call(OPTIONED, "OPTIONS", "/x", headers={"access-control-request-method": asked} if asked else {})
    assert (answer.status, answer.headers["allow"]) == (204, allow)
    assert list(answer.headers.get_all("x-mark")) == marks
