"""Where to go after signing in."""

from __future__ import annotations

import pytest

from asgikit import App, Request, Response, catch, get, rest, root, websocket
from asgikit.auth.return_path import return_path, to_sign_in
from asgikit.errors import Unauthorized
from asgikit.testing import call, play, websocket_scope


@pytest.mark.parametrize("path", ["/", "/a/b?c=d&e=%2F", "/a//b", "/@x:y"])
def test_places_on_this_site(path: str) -> None:
    """With their queries."""
    assert return_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None, "", "//evil.example", "///evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "a/b",
        "/a\r\nset-cookie: b", "/a b", "/ä", "/a#b", "/\t/evil.example", "/%", "/" + "a" * 3000, "\\/evil.example", " /a", "/a\x00",
    ],
)  # fmt: skip
def test_other_places(path: str | None) -> None:
    """And what only looks like a place on this site."""
    assert return_path(path) == "/"
    assert return_path(path, "/home") == "/home"


@get(root / rest("path"))
async def closed(request: Request[object], path: str) -> Response:
    raise Unauthorized("sign in first", headers={"www-authenticate": "Cookie"})


@websocket(root / "ws")
async def socket(request: Request[object]) -> Response:
    raise Unauthorized("sign in first", headers={"www-authenticate": "Cookie"})


APP = App(closed.wrap(catch(Unauthorized, to_sign_in("/sign-in"))))
PAGE = {"accept": "text/html,*/*;q=0.8", "host": "a.example"}


async def test_people_who_look_at_a_page_are_sent_to_sign_in() -> None:
    """And back, afterwards."""
    answer = await call(APP, target="/a/b?c=d", headers=PAGE)
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in?next=%2Fa%2Fb%3Fc%3Dd")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"accept": "application/json"}),
        ("GET", {"accept": "*/*"}),
        ("GET", {}),
        ("GET", {**PAGE, "sec-fetch-mode": "cors"}),
        ("GET", {"accept": "text/html;q=0"}),
    ],
)
async def test_other_clients_get_the_401(method: str, headers: dict[str, str]) -> None:
    """With its challenge."""
    answer = await call(APP, method, "/a", headers=headers)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Cookie")


async def test_a_handshake_gets_the_401() -> None:
    """A socket cannot look at a page."""
    app = App(socket.wrap(catch(Unauthorized, to_sign_in("/sign-in"))))
    denied = await play(app, websocket_scope("/ws", denial=True, headers=PAGE), [{"type": "websocket.connect"}])
    assert denied.events[0]["status"] == 401


@pytest.mark.parametrize("path", ["", "sign-in", "//evil.example", "https://id.example/", "/sign-in?a=b"])
def test_what_is_no_path_is_refused(path: str) -> None:
    """When it is given."""
    with pytest.raises(ValueError):
        to_sign_in(path)
