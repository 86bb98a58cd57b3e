"""Which hosts an application answers for."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette

from asgikit import App, Request, Response, Router, get, mount, root, websocket
from asgikit.middleware.proxies import proxies
from asgikit.middleware.trusted_hosts import HostPolicy, judge, trusted_hosts
from asgikit.testing import call, play, websocket_scope
from tests.sockets import CONNECT


@get(root / "x")
async def page(request: Request[object]) -> Response:
    return Response.text("page")


@websocket(root / "ws")
async def socket(request: Request[object]) -> Response:
    return Response.text("no", status=418)


ROUTES = Router(page, socket, mount(root / "app", Starlette()))
APP = App(ROUTES.wrap(trusted_hosts(["example.com", "*.example.org", "dev.local:8000", "[2001:db8::1]"])))


async def status(*hosts: str, target: str = "/x", **scope: Any) -> int:
    return (await call(APP, target=target, headers=[("host", host) for host in hosts], **scope)).status


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "EXAMPLE.com",
        "example.com.",
        "example.com:8000",
        "example.com:",
        "a.example.org",
        "a.b.example.org.:1",
        "dev.local:8000",
        "[2001:db8::1]",
        "[2001:DB8:0:0::1]:80",
    ],
)
async def test_hosts_that_are_ours(host: str) -> None:
    """In any case, with a dot at the end, on any port unless one was said, an address in any spelling."""
    assert await status(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "example.org",
        "evilexample.org",
        "example.com.evil.com",
        "evil.com.example.com",
        "dev.local",
        "dev.local:8001",
        "[2001:db8::2]",
        "127.0.0.1",
    ],
)
async def test_hosts_of_others(host: str) -> None:
    """421: another server may answer for them."""
    assert await status(host) == 421


@pytest.mark.parametrize(
    "host",
    [
        *("", ":80", "a b", "example.com/", "example.com,evil.com", "u@example.com", "example.com:99999999", "[::1", "a..b"),
        *(".", "*", "a" * 70_000, "\u00e9.example.org", "xn--.example.org:x"),
    ],
)
async def test_what_is_no_host(host: str) -> None:
    """400, as for anything that is malformed."""
    assert await status(host) == 400


async def test_there_has_to_be_one_host() -> None:
    """None is 400, and two are, be they the same (RFC 9112, 3.2)."""
    assert (await status(), await status("example.com", "example.com"), await status("example.com", "evil.com")) == (
        400,
        400,
        400,
    )


async def test_a_port_that_is_left_out_is_that_of_the_scheme() -> None:
    """On both sides."""
    policy = HostPolicy(hosts=frozenset(["a.org:443"]))
    assert [judge(policy, host, "https") for host in ("a.org", "a.org:443", "a.org:80")] == ["ours", "ours", "foreign"]
    assert [judge(policy, host, "wss") for host in ("a.org", "a.org:8443")] == ["ours", "foreign"]
    assert judge(policy, "a.org", "http") == "foreign"


async def test_what_is_mounted_and_what_is_missing_is_ours_alone() -> None:
    """Nobody learns there what is behind another name."""
    assert [await status("evil.com", target=target) for target in ("/app/x", "/missing")] == [421, 421]


async def test_handshakes_are_requests() -> None:
    """Denied for other hosts, or without one."""
    for host, expected in (("example.com", 418), ("evil.com", 421), ("", 400)):
        scope = websocket_scope("/ws", denial=True, headers={"host": host} if host else {})
        assert (await play(APP, scope, [CONNECT])).events[0]["status"] == expected


async def test_a_name_without_www_can_be_redirected() -> None:
    """To the one that is trusted, if that was said; never another, and no handshake."""
    app = App(ROUTES.wrap(trusted_hosts(["www.example.com"], www_redirect=True)))
    moved = await call(app, target="/x?a=b", headers={"host": "Example.com:8000"})
    assert (moved.status, moved.headers["location"]) == (308, "http://www.Example.com:8000/x?a=b")
    assert (await call(app, target="/x", headers={"host": "www.example.com"})).status == 200
    assert (await call(app, target="/x", headers={"host": "evil.com"})).status == 421
    scope = websocket_scope("/ws", denial=True, headers={"host": "example.com"})
    assert (await play(app, scope, [CONNECT])).events[0]["status"] == 421
    assert (await call(APP, target="/x", headers={"host": "www.example.com"})).status == 421


async def test_behind_a_proxy_it_is_the_host_that_the_client_asked_for() -> None:
    """Where `proxies` is further out, and believes the peer."""
    proxied = proxies(["10.0.0.1"], fields="x-forwarded", also=["host"])
    app = App(proxied(trusted_hosts(["example.com"])(ROUTES)))
    headers = {"host": "backend:8000", "x-forwarded-host": "example.com"}
    assert (await call(app, target="/x", headers=headers, client=("10.0.0.1", 1))).status == 200
    assert (await call(app, target="/x", headers=headers, client=("10.0.0.2", 1))).status == 421


@pytest.mark.parametrize(
    "hosts", ["example.com", [], ["*"], [""], ["https://a.org"], ["a.org/x"], ["*.*.org"], ["::1"], ["b\u00fccher.de"]]
)
def test_what_is_no_host_is_refused(hosts: Any) -> None:
    """A text in place of a list, no host at all, all of them, URLs, names that are not in their xn-- form."""
    with pytest.raises(ValueError):
        trusted_hosts(hosts)
