"""Which clients may ask."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette

from asgikit import App, HTTPError, Request, Response, Router, WebSocket, get, mount, root, some, websocket
from asgikit.middleware.ip_allow import IPPolicy, allows, ip_allow
from asgikit.networks import Networks
from asgikit.testing import call, play, websocket_scope
from tests.sockets import CONNECT


@get(root / "x")
async def page(request: Request[object]) -> Response:
    return Response.text("page")


@websocket(root / "ws")
async def socket(request: Request[object]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        """Ends at once."""

    return Response.upgrade(session)


ROUTES = Router(page, socket, mount(root / "app", Starlette()))


def app(*allow: str, deny: tuple[str, ...] = (), unknown: bool = False) -> App[None]:
    return App(ROUTES.wrap(ip_allow(list(allow) or None, deny=deny, unknown=unknown)))


async def status(of: App[None], client: Any, target: str = "/x") -> int:
    return (await call(of, target=target, client=client)).status


async def test_who_is_in_a_network_may_ask() -> None:
    """Others may not, wherever they ask for."""
    inside = app("10.0.0.0/8", "::1")
    assert [await status(inside, (host, 1)) for host in ("10.1.1.1", "::1", "::ffff:10.1.1.1")] == [200] * 3
    assert [await status(inside, (host, 1)) for host in ("11.0.0.1", "::2", "::ffff:11.0.0.1")] == [403] * 3
    assert [await status(inside, ("11.0.0.1", 1), target) for target in ("/app/x", "/missing")] == [403] * 2


async def test_who_is_denied_may_not_though_allowed() -> None:
    """And with nobody named, all others may."""
    for given in (app("10.0.0.0/8", deny=("10.0.0.66",)), app(deny=("10.0.0.66",))):
        assert (await status(given, ("10.0.0.1", 1)), await status(given, ["10.0.0.66", 1])) == (200, 403)


@pytest.mark.parametrize("client", [None, ("testclient", 50000), ("", 0)])
async def test_a_client_without_an_address_is_unknown(client: Any) -> None:
    """It may only if that was said: also where only some are denied."""
    assert [await status(each, client) for each in (app("10.0.0.0/8"), app(deny=("10.0.0.0/8",)))] == [403, 403]
    assert [await status(app("10.0.0.0/8", unknown=True), client)] == [200]


async def test_a_refusal_says_nothing() -> None:
    """Neither the address nor the networks."""
    answer = await call(app("10.0.0.0/8"), target="/x", client=("192.0.2.1", 1))
    assert (answer.text, answer.error) == ("Forbidden", None)


async def test_handshakes_are_requests() -> None:
    """Denied before they are accepted."""
    for client, kind in ((("10.0.0.1", 1), "websocket.accept"), (("11.0.0.1", 1), "websocket.close")):
        answer = await play(app("10.0.0.0/8"), websocket_scope("/ws", client=client), [CONNECT])
        assert answer.events[0]["type"] == kind


async def test_an_alternative_is_tried() -> None:
    """An internal network, or a password."""

    def password(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Response:
            if "authorization" not in request.headers:
                raise HTTPError(401, "who are you?", headers={"www-authenticate": "Basic"})
            return await handler(request)

        return inner

    either = App(ROUTES.wrap(some(ip_allow(["10.0.0.0/8"]), password)))
    assert (await status(either, ("10.0.0.1", 1)), await status(either, ("11.0.0.1", 1))) == (200, 401)
    assert (await call(either, target="/x", client=("11.0.0.1", 1), headers={"authorization": "x"})).status == 200


def test_the_policy_is_pure() -> None:
    """An address, or anything at all, to yes or no."""
    policy = IPPolicy(allow=Networks(["::1"]), deny=Networks())
    assert (allows(policy, "::1"), allows(policy, None), allows(policy, 7)) == (True, False, False)


@pytest.mark.parametrize(
    "make",
    [
        ip_allow,
        lambda: ip_allow([]),
        lambda: ip_allow(["nonsense"]),
        lambda: ip_allow("10.0.0.0/8"),
        lambda: ip_allow(deny="10.0.0.1"),
        lambda: ip_allow(["10.0.0.1/8"]),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any) -> None:
    """Everybody, nobody, and what is no network."""
    with pytest.raises(ValueError):
        make()
