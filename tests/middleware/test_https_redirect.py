"""From http to https."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette

from asgikit import App, Request, Response, Router, except_for, get, mount, post, root, websocket
from asgikit.http.url import URL
from asgikit.middleware.https_redirect import HTTPSPolicy, https_redirect, secured
from asgikit.testing import call, play, websocket_scope
from tests.sockets import CONNECT

HOST = {"host": "example.com"}


@get(root / "x")
async def read(request: Request[object]) -> Response:
    return Response.text("read")


@post(root / "x")
async def write(request: Request[object]) -> Response:
    return Response.text("written")


@websocket(root / "ws")
async def socket(request: Request[object]) -> Response:
    return Response.text("no", status=418)


ROUTES = Router(read, write, socket, mount(root / "app", Starlette()))
APP = App(ROUTES.wrap(https_redirect()))


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("example.com", None, "https://example.com/x?a=%20b"),
        ("example.com:80", None, "https://example.com/x?a=%20b"),
        ("localhost:8000", 8443, "https://localhost:8443/x?a=%20b"),
        ("example.com", 443, "https://example.com/x?a=%20b"),
        ("[::1]:8000", None, "https://[::1]/x?a=%20b"),
    ],
)
async def test_it_sends_to_the_same_url(host: str, port: int | None, expected: str) -> None:
    """With its query; the port is that of https, or the one that was said."""
    answer = await call(App(https_redirect(port=port)(ROUTES)), target="/x?a=%20b", headers={"host": host})
    assert (answer.status, answer.headers["location"]) == (308, expected)


async def test_methods_are_kept() -> None:
    """By 308 and by 307 alike."""
    for app, status in ((APP, 308), (App(https_redirect(permanent=False)(ROUTES)), 307)):
        assert (await call(app, "POST", "/x", headers=HOST)).status == status


async def test_https_passes() -> None:
    """Whoever said so: the server, or a proxy."""
    assert (await call(APP, target="/x", headers=HOST, scheme="https")).text == "read"


async def test_what_is_mounted_and_what_is_missing_is_for_https_too() -> None:
    """Nothing of it is told in the clear."""
    for target in ("/app/anything", "/missing"):
        assert (await call(APP, target=target, headers=HOST)).status == 308


async def test_a_path_is_never_a_host() -> None:
    """Two slashes at its beginning stay behind our own host."""
    answer = await call(App(https_redirect()(ROUTES)), target="//evil.com/x", headers=HOST)
    assert answer.headers["location"] == "https://example.com//evil.com/x"


@pytest.mark.parametrize("fields", [{"host": "a b"}, {"host": ""}, {"host": "u@h"}, [("host", "a"), ("host", "b")]])
async def test_without_a_host_there_is_nowhere_to_go(fields: Any) -> None:
    """400, and no redirect."""
    answer = await call(APP, target="/x", headers=fields)
    assert (answer.status, "location" in answer.headers, answer.error) == (400, False, None)


async def test_handshakes_over_ws_are_refused() -> None:
    """A redirect would be no answer; over wss they pass."""
    plain = await play(APP, websocket_scope("/ws", denial=True, headers=HOST, scheme="ws"), [CONNECT])
    assert plain.events[0]["status"] == 403
    secure = await play(APP, websocket_scope("/ws", denial=True, headers=HOST, scheme="wss"), [CONNECT])
    assert secure.events[0]["status"] == 418


async def test_a_health_check_is_left_out_with_except_for() -> None:
    """As everywhere."""
    app = App(ROUTES.wrap(except_for(lambda request: request.path == "/x", https_redirect())))
    assert (await call(app, target="/x", headers=HOST)).text == "read"


def test_a_url_is_secured() -> None:
    """Purely. Raises ValueError where there is no host."""
    assert str(secured(HTTPSPolicy(), URL.parse("http://a.org:80/b?c"))) == "https://a.org/b?c"
    with pytest.raises(ValueError, match="no host"):
        secured(HTTPSPolicy(), URL(path="/b"))


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match="port"):
        https_redirect(port=port)
