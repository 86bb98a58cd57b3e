"""Cookies that a test sets: where a response would, and only those that the client sends back."""

from __future__ import annotations

import pytest

from asgikit import App, Request, Response
from asgikit.http.cookies import SetCookie
from asgikit.testing import AsyncClient, Client


async def show(request: Request[object]) -> Response:
    """What the client sends; a session is renewed, as applications do."""
    response = Response.text("; ".join(request.headers.get_all("cookie")))
    return response.with_cookie(SetCookie("session", "new")) if "session" in request.cookies else response


app = App(show)
HTTPS = [
    "https://testserver",
    "https://example.com",
    "https://example.com:8443",
    "https://[::1]:8443",
    "https://example.com/below",
]


@pytest.mark.parametrize("base_url", HTTPS)
async def test_a_response_replaces_what_a_test_has_set(base_url: str) -> None:
    """There is one cookie of the name, for one host, whatever is set after what."""
    async with AsyncClient(app, base_url=base_url) as client:
        for old in ("old", "older"):
            client.set_cookie(SetCookie("session", old))
            assert (await client.get("/")).text == f"session={old}"
            assert (await client.get("/")).text == "session=new"
        assert (client.cookies["session"], len(client.cookies)) == ("new", 1)


async def test_a_cookie_is_for_its_path() -> None:
    """And a `__Host-` one for all."""
    async with AsyncClient(app, base_url="https://testserver") as client:
        client.set_cookie(SetCookie("a", "1", path="/below"))
        client.set_cookie(SetCookie("__Host-b", "2"))
        assert [(await client.get(path)).text for path in ("/", "/below/x")] == ["__Host-b=2", "a=1; __Host-b=2"]


async def test_a_secure_cookie_needs_https() -> None:
    """What would never be sent is an error of the test, which says what to write."""
    async with AsyncClient(app) as client:
        with pytest.raises(ValueError, match="write base_url='https://testserver'"):
            client.set_cookie(SetCookie("a", "1"))
        client.set_cookie(SetCookie("a", "1", secure=False))
        assert (await client.get("/")).text == "a=1"


async def test_a_cookie_of_another_domain_is_none_of_ours() -> None:
    """As a browser would take none from us."""
    async with AsyncClient(app, base_url="https://www.example.com") as client:
        client.set_cookie(SetCookie("a", "1", domain="example.com"))
        with pytest.raises(ValueError, match="its domain is another"):
            client.set_cookie(SetCookie("b", "1", domain="example.org"))
        assert (await client.get("/")).text == "a=1"


async def test_a_cookie_can_be_taken_away() -> None:
    """By one that is over."""
    async with AsyncClient(app, base_url="https://testserver") as client:
        cookie = SetCookie("a", "1")
        client.set_cookie(cookie)
        client.set_cookie(SetCookie.deleting(cookie))
        assert (await client.get("/")).text == ""


def test_the_synchronous_client_has_them_too() -> None:
    """Set as there, and sent."""
    with Client(app, base_url="https://testserver") as client:
        client.set_cookie(SetCookie("a", "1"))
        assert client.get("/").text == "a=1"
