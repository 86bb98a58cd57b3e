"""Own content for error responses, by status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asgikit import App, HTTPError, Request, Response, Router, get, mount, root, websocket
from asgikit.errors import CompositionError
from asgikit.middleware.error_pages import on_status, with_page
from asgikit.testing import call, http_scope, play, websocket_scope


def page(request: Request[object], response: Response) -> Response:
    return Response.html(f"<h1>{response.status}</h1>")


@get(root)
async def home(request: Request[object]) -> Response:
    return Response.text("home")


@get(root / "refused")
async def refused(request: Request[object]) -> Response:
    raise HTTPError(401, "who?", headers={"www-authenticate": "Bearer"})


@get(root / "broken")
async def broken(request: Request[object]) -> Response:
    raise ValueError("a secret of ours")


async def foreign(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"nothing", "more_body": True})
    await send({"type": "http.response.body", "body": b"nothing"})


routes = Router(home, refused, broken, mount(root / "old", foreign)).wrap(on_status(dict.fromkeys((401, 404, 405, 500), page)))


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("GET", "/missing", 404), ("DELETE", "/", 405), ("GET", "/refused", 401), ("GET", "/broken", 500), ("GET", "/old/x", 404)],
)
async def test_an_error_has_the_page_of_its_status(method: str, target: str, status: int) -> None:
    """Misses, refusals, what a mounted application says, and the 500 of the edge; the status is not the page's."""
    answer = await call(App(routes), method, target)
    assert (answer.status, answer.text) == (status, f"<h1>{status}</h1>")
    assert answer.headers.get_all("content-type") == ("text/html; charset=utf-8",)


async def test_the_fields_of_an_error_stay() -> None:
    """Without them a challenge would be none."""
    assert (await call(App(routes), target="/refused")).headers["www-authenticate"] == "Bearer"
    assert (await call(App(routes), "DELETE")).headers["allow"] == "GET, HEAD"


async def test_other_responses_are_left_alone() -> None:
    """And errors with other statuses."""
    answer = await call(App(routes))
    assert (answer.status, answer.text) == (200, "home")
    other = Response.text("tea", status=418)
    request: Any = None
    assert with_page({404: page}, request, other) is other
    assert with_page({418: lambda request, response: response}, request, other) is other


async def test_a_denied_handshake_has_the_page() -> None:
    """Where the server can send one."""

    @websocket(root)
    async def socket(request: Request[object]) -> Response:
        raise HTTPError(403, "who?")

    app = App(Router(socket).wrap(on_status({403: page})))
    answer = await play(app, websocket_scope(denial=True), [{"type": "websocket.connect"}])
    assert answer.events[1]["body"] == b"<h1>403</h1>"


async def test_the_client_may_have_left() -> None:
    """A stream that is replaced does not keep the request open."""
    answer = await play(App(routes), http_scope(target="/old/x"), leaves_after=1)
    assert (answer.status, answer.error) == (404, None)


def test_what_cannot_be_meant_is_refused() -> None:
    """When it is made."""
    untyped: Any = None
    wrong: list[tuple[Callable[[], object], type[Exception], str]] = [
        (lambda: on_status({}), ValueError, "at least"),
        (lambda: on_status({200: page}), ValueError, "200 is not the status of an error"),
        (lambda: on_status({404: untyped}), CompositionError, "on_status\\(\\) for 404 takes a plain function"),
    ]
    for make, kind, text in wrong:
        with pytest.raises(kind, match=text):
            make()
