"""PUT, PATCH and DELETE for clients that can only POST."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route as StarletteRoute

from asgikit import App, Request, Response, Router, delete, get, mount, post, put, root, websocket
from asgikit.middleware.csrf import csrf
from asgikit.middleware.decompress import decompress
from asgikit.middleware.method_override import method_override, overridden
from asgikit.testing import Answer, call, play, websocket_scope
from tests.sockets import CONNECT

FORM = {"content-type": "application/x-www-form-urlencoded"}


@get(root / "x")
async def read(request: Request[object]) -> Response:
    return Response.text("read")


@post(root / "x")
async def write(request: Request[object]) -> Response:
    return Response.text("written")


@put(root / "x")
async def replace(request: Request[object]) -> Response:
    return Response.text(f"replaced {request.method} {(await request.body()).decode()}")


@delete(root / "only")
async def remove(request: Request[object]) -> Response:
    return Response.text("removed")


@websocket(root / "ws")
async def socket(request: Request[object]) -> Response:
    return Response.text("no", status=418)


async def foreign(request: Any) -> PlainTextResponse:
    return PlainTextResponse(f"foreign {request.method} {(await request.body()).decode()}")


STARLETTE = Starlette(routes=[StarletteRoute("/x", foreign, methods=["PUT"])])
ROUTES = Router(read, write, replace, remove, socket, mount(root / "app", STARLETTE))
APP = App(method_override()(ROUTES))
FORMS = App(method_override(field="_method")(ROUTES))


async def asked(override: str, method: str = "POST", target: str = "/x", app: App[None] = APP) -> Answer:
    return await call(app, method, target, headers={"x-http-method-override": override}, body=b"b")


async def test_a_post_becomes_what_it_asks_for() -> None:
    """Routed again, with its body, in any case."""
    assert (await asked("PUT")).text == "replaced PUT b"
    assert (await asked("put")).text == "replaced PUT b"
    assert (await asked("DELETE", target="/only")).text == "removed"
    assert (await call(APP, "POST", "/x")).text == "written"


async def test_inside_a_router_the_route_is_found_again() -> None:
    """Where it wraps the router itself."""
    wrapped = App(ROUTES.wrap(method_override()))
    assert (await asked("PUT", app=wrapped)).text == "replaced PUT b"
    assert (await asked("DELETE", target="/only", app=wrapped)).text == "removed"


@pytest.mark.parametrize(
    "override", ["GET", "HEAD", "OPTIONS", "POST", "CONNECT", "TRACE", "WEBSOCKET", "*", "", "PUT, DELETE", "PUT x"]
)
async def test_other_methods_are_refused(override: str) -> None:
    """A safe one would get past what guards unsafe ones."""
    answer = await asked(override)
    assert (answer.status, answer.error) == (400, None)


@pytest.mark.parametrize(("method", "expected"), [("GET", 200), ("PUT", 200), ("DELETE", 405)])
async def test_other_methods_cannot_be_overridden(method: str, expected: int) -> None:
    """The field is nothing there, whatever it says."""
    assert (await asked("DELETE", method)).status == expected


async def test_a_form_can_ask() -> None:
    """If that was said; what reads the form further in reads all of it."""
    assert (await call(FORMS, "POST", "/x", headers=FORM, body=b"a=b&_method=put")).text == "replaced PUT a=b&_method=put"
    assert (await call(FORMS, "POST", "/x", headers=FORM, body=b"a=b")).text == "written"
    assert (await call(APP, "POST", "/x", headers=FORM, body=b"_method=put")).text == "written"
    assert (await call(FORMS, "POST", "/x", headers={"content-type": "text/plain"}, body=b"_method=put")).text == "written"


async def test_a_mounted_application_gets_the_method_and_the_form() -> None:
    """Though the form was read before."""
    answer = await call(FORMS, "POST", "/app/x", headers=FORM, body=b"a=b&_method=PUT")
    assert answer.text == "foreign PUT a=b&_method=PUT"


async def test_a_form_that_asks_twice_is_refused() -> None:
    """Unless it asks for the same; the same goes for form and header."""
    for body, header, status in ((b"_method=put&_method=delete", {}, 400), (b"_method=put&_method=PUT", {}, 200)):
        assert (await call(FORMS, "POST", "/x", headers=FORM | header, body=body)).status == status
    both = FORM | {"x-http-method-override": "DELETE"}
    assert (await call(FORMS, "POST", "/x", headers=both, body=b"_method=put")).status == 400


async def test_a_form_that_cannot_be_read_is_the_client_s_fault() -> None:
    """Too large, malformed, or of a type that is none."""
    small = App(method_override(field="_method")(ROUTES), body_limit=10)
    assert (await call(small, "POST", "/x", headers=FORM, body=b"_method=put" * 10)).status == 413
    assert (await call(FORMS, "POST", "/x", headers={"content-type": "x"}, body=b"_method=put")).status == 400


async def test_a_form_that_is_encoded_still_is_refused() -> None:
    """What would decode it is further in, and nobody may read of a body before."""
    app = App(method_override(field="_method")(decompress()(ROUTES)))
    answer = await call(app, "POST", "/x", headers=FORM | {"content-encoding": "gzip"}, body=gzip.compress(b"_method=put"))
    assert (answer.status, answer.error) == (415, None)
    inside = App(decompress()(method_override(field="_method")(ROUTES)))
    encoded = FORM | {"content-encoding": "gzip"}
    assert (
        await call(inside, "POST", "/x", headers=encoded, body=gzip.compress(b"_method=put"))
    ).text == "replaced PUT _method=put"


async def test_handshakes_are_left_alone() -> None:
    """They have no method to override."""
    scope = websocket_scope("/ws", denial=True, headers={"x-http-method-override": "DELETE"})
    assert (await play(APP, scope, [CONNECT])).events[0]["status"] == 418


def test_what_is_asked_for() -> None:
    """Purely: nothing, or one of three."""
    assert overridden([]) is None
    assert overridden(["patch"]) == "PATCH"
    with pytest.raises(ValueError, match="only"):
        overridden(["get"])


def test_a_field_without_a_name_is_refused() -> None:
    """When it is made."""
    with pytest.raises(ValueError, match="field"):
        method_override(field="")


async def test_a_post_that_is_exempt_is_no_exempt_delete() -> None:
    """To what looks for requests of other sites further in."""

    @post(root / "only")
    async def hook(request: Request[object]) -> Response:
        return Response.text("taken")

    app = App(Router(hook, remove).wrap(csrf(exempt=[hook])).wrap(method_override(field="_method")))
    foreign = {**FORM, "sec-fetch-site": "cross-site", "origin": "https://evil.example", "host": "us.example"}
    assert (await call(app, "POST", "/only", body=b"a=1", headers=foreign)).text == "taken"
    assert (await call(app, "POST", "/only", body=b"_method=DELETE", headers=foreign)).status == 403
