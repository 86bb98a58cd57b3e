"""Header fields that every response has."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route as StarletteRoute

from asgikit import App, Request, Response, Router, WebSocket, get, mount, root, websocket
from asgikit.http.headers import Headers
from asgikit.middleware.default_headers import DefaultPolicy, default_headers, with_defaults
from asgikit.testing import call, play, websocket_scope
from tests.sockets import CONNECT

DEFAULTS = (("X-Team", "blue"), ("Link", "</a>; rel=a"), ("Link", "</b>; rel=b"))


@get(root / "own")
async def own(request: Request[object]) -> Response:
    return Response.text("own", headers={"X-Team": "red"})


@get(root / "broken")
async def broken(request: Request[object]) -> Response:
    raise LookupError


@websocket(root / "socket")
async def socket(request: Request[object]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        """Ends at once."""

    return Response.upgrade(session)


async def foreign(request: Any) -> PlainTextResponse:
    return PlainTextResponse("foreign", headers={"x-team": "green"})


ROUTES = Router(own, broken, socket, mount(root / "app", Starlette(routes=[StarletteRoute("/x", foreign)])))
APP = App(ROUTES.wrap(default_headers(DEFAULTS)))


def test_what_the_response_says_itself_wins() -> None:
    """Line by line of a name that it lacks, none of one that it has; names in any case."""
    policy = DefaultPolicy(headers=Headers(DEFAULTS))
    response = with_defaults(policy, Response.empty(headers={"link": "</c>; rel=c"}))
    assert response.raw_headers == ((b"link", b"</c>; rel=c"), (b"x-team", b"blue"))
    assert with_defaults(policy, response) is response


async def test_it_is_on_every_response() -> None:
    """On misses and errors, too; several lines of one name stay several."""
    for target, status, team in (("/own", 200, "red"), ("/missing", 404, "blue"), ("/broken", 500, "blue")):
        answer = await call(APP, target=target)
        assert (answer.status, answer.headers["x-team"]) == (status, team)
        assert answer.headers.get_all("link") == ("</a>; rel=a", "</b>; rel=b")


async def test_it_is_on_what_a_mounted_application_answers() -> None:
    """Whose own fields win."""
    answer = await call(APP, target="/app/x")
    assert (answer.text, answer.headers["x-team"], len(answer.headers.get_all("link"))) == ("foreign", "green", 2)


async def test_it_is_on_handshakes() -> None:
    """Accepted and denied ones."""
    accepted = await play(APP, websocket_scope("/socket"), [CONNECT])
    assert (b"x-team", b"blue") in accepted.events[0]["headers"]
    denied = await play(APP, websocket_scope("/nowhere", denial=True), [CONNECT])
    assert (b"x-team", b"blue") in denied.events[0]["headers"]


@pytest.mark.parametrize(
    "fields",
    [
        (),
        {"Content-Length": "1"},
        {"content-type": "a/b"},
        {"connection": "close"},
        {"Sec-WebSocket-Protocol": "x"},
        {"a b": "c"},
    ],
)
def test_what_cannot_be_meant_is_refused(fields: Any) -> None:
    """No field at all, those that describe one message, those that HTTP does not allow."""
    with pytest.raises(ValueError):
        default_headers(fields)
