"""Signing in with OpenID Connect, against a provider in this process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

import asgikit
from asgikit import App, Request, Response, Router, get, root
from asgikit.auth.code_flow import OIDCClient
from asgikit.auth.oidc import OpenIDConnect, SignedIn
from asgikit.auth.provider import OpenIDProvider
from asgikit.config import Secret
from asgikit.errors import CompositionError
from asgikit.signing import Signer
from asgikit.testing import AsyncClient
from tests.auth.provider_app import ISSUER, NOW, RSA, FakeProvider, signed

KEY = Secret("0123456789abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class Claims:
    sub: str
    email: str


async def welcome(request: Request[object], who: SignedIn[Claims]) -> Response:
    return Response.redirect(who.return_to, headers={"x-who": f"{who.subject} {who.claims.email} {who.tokens.access_token}"})


class Site:
    """Our application, with a browser that keeps its cookies."""

    def __init__(self) -> None:
        self.now = NOW
        self.provider = FakeProvider()
        self.oidc = OpenIDConnect(
            OpenIDProvider(ISSUER, self.provider.fetch, clock=lambda: self.now),
            OIDCClient(client_id="us", redirect_uri="https://us.example/callback", client_secret=Secret("s3cret")),
            asgikit.json(Claims),
            welcome,
            signer=Signer(KEY, purpose="oidc", clock=lambda: self.now),
        )
        routes = Router(get(root / "sign-in")(self.oidc.sign_in), get(root / "callback")(self.oidc.callback))
        self.browser = AsyncClient(App(routes), base_url="https://us.example")

    async def depart(self, query: str = "") -> str:
        """Sets out, and gives the query that the provider sends back."""
        answer = await self.browser.get(f"/sign-in{query}")
        assert answer.status_code == 303, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return self.provider.authorize(answer.headers["location"])

    async def arrive(self, query: str) -> httpx.Response:
        return await self.browser.get(f"/callback?{query}")


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    site = Site()
    async with site.browser:
        yield site


async def test_somebody_signs_in_and_goes_on_where_they_were(site: Site) -> None:
    """The cookie that knew them is gone afterwards."""
    query = await site.depart("?next=/cart%3Fa%3Db")
    assert len(site.browser.cookies) == 1
    answer = await site.arrive(query)
    assert (answer.status_code, answer.headers["location"]) == (303, "/cart?a=b")
    assert answer.headers["x-who"] == "ada ada@example.com access"
    assert answer.headers["cache-control"] == "no-store"
    assert len(site.browser.cookies) == 0
    assert site.provider.requests == ["discovery", "token", "jwks"]


async def test_the_cookie_is_for_this_site_alone(site: Site) -> None:
    """No script reads it, no other host sets it."""
    answer = await site.browser.get("/sign-in")
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name.startswith("__Host-oidc-")
    assert rest.partition("; ")[2] == "Max-Age=600; Path=/; SameSite=Lax; Secure; HttpOnly"


async def test_two_tabs_do_not_get_into_each_others_way(site: Site) -> None:
    """But not many are remembered: the latest ones."""
    queries = [await site.depart(f"?next=/{n}") for n in range(6)]
    assert len(site.browser.cookies) == 4
    assert [(await site.arrive(query)).status_code for query in queries] == [400, 400, 303, 303, 303, 303]


@pytest.mark.parametrize("name", ["\xe9", "a b", "x" * 5000])
async def test_cookies_that_only_begin_like_ours_are_left_alone(site: Site, name: str) -> None:
    """A name that no cookie can be given is nothing to take away."""
    cookies = "; ".join(f"__Host-oidc-{name}{number}=1" for number in range(6)).encode("latin-1")
    answer = await site.browser.get("/sign-in", headers=[(b"cookie", cookies)])
    assert (answer.status_code, len(answer.headers.get_list("set-cookie"))) == (303, 1)


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example/", "/%5Cevil.example", "/a%0D%0Ab"])
async def test_nobody_is_sent_to_another_site(site: Site, place: str) -> None:
    """Whatever the link said."""
    query = await site.depart(f"?next={place}")
    assert (await site.arrive(query)).headers["location"] == "/"


async def test_a_callback_in_another_browser_is_400(site: Site) -> None:
    """Or somebody could sign others in as themselves."""
    query = await site.depart()
    site.browser.cookies.clear()
    assert (await site.arrive(query)).status_code == 400
    assert "token" not in site.provider.requests


async def test_a_callback_counts_once_and_for_ten_minutes(site: Site) -> None:
    """The code would not do a second time either."""
    query = await site.depart()
    assert (await site.arrive(query)).status_code == 303
    assert (await site.arrive(query)).status_code == 400
    query = await site.depart()
    site.now += 601
    assert (await site.arrive(query)).status_code == 400


async def test_an_altered_cookie_is_400(site: Site) -> None:
    """Every part of it is signed."""
    query = await site.depart()
    ((name, value),) = site.browser.cookies.items()
    for altered in (value[:-1], "x" + value, value.replace(".", "", 1), "", "null", Signer(KEY, purpose="oidc").sign(b"5")):
        site.browser.cookies.clear()
        answer = await site.browser.get(f"/callback?{query}", headers={"cookie": f"{name}={altered}"})
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=x&code=y",
        "code=y",
        f"state={'s' * 43}&code=y&iss={ISSUER}",
        "state=%00&code=%ff",
        "error=x&iss=https://evil.example",
    ],
)
async def test_garbage_is_400(site: Site, query: str) -> None:
    """And the provider is not asked."""
    assert (await site.arrive(query)).status_code == 400
    assert site.provider.requests == ["discovery"]


async def test_a_refusal_of_the_provider_is_403(site: Site) -> None:
    """Nothing that the query says is in the answer."""
    answer = await site.arrive(f"error=access_denied&error_description=evil&iss={ISSUER}")
    assert answer.status_code == 403
    assert "evil" not in answer.text
    assert "access_denied" not in answer.text


async def test_a_code_that_the_provider_does_not_know_is_400(site: Site) -> None:
    """Somebody made it up, or it was used."""
    query = await site.depart()
    site.provider.codes.clear()
    assert (await site.arrive(query)).status_code == 400


@pytest.mark.parametrize(
    "more",
    [
        {"nonce": "x"},
        {"aud": "them"},
        {"iss": "https://evil.example"},
        {"exp": NOW - 31},
        {"sub": ""},
        {"email": 5},
        {"at_hash": "x" * 22},
    ],
)
async def test_an_id_token_that_cannot_be_verified_is_502(
    site: Site, more: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The log says why, the answer does not."""
    query = await site.depart()
    site.provider.more = more
    answer = await site.arrive(query)
    assert (answer.status_code, answer.text) == (502, "signing in has failed: start again")
    assert "id_token" in caplog.text


async def test_a_provider_that_is_down_is_503(site: Site) -> None:
    """On the way there."""
    site.provider.broken = {"discovery"}
    assert (await site.browser.get("/sign-in")).status_code == 503


async def test_a_provider_that_goes_down_meanwhile_is_503(site: Site) -> None:
    """On the way back."""
    query = await site.depart()
    site.provider.broken = {"jwks"}
    assert (await site.arrive(query)).status_code == 503


async def test_head_does_not_use_the_code_up(site: Site) -> None:
    """Whatever looks at links before people do."""
    query = await site.depart()
    assert (await site.browser.head(f"/callback?{query}")).status_code == 405
    assert (await site.arrive(query)).status_code == 303


async def test_signing_out_there_too() -> None:
    """Where there is a place for it."""
    site = Site()
    token = signed(key=RSA)
    url = await site.oidc.sign_out_url(id_token=token, return_to="https://us.example/")
    assert url is not None
    assert url.startswith(f"{ISSUER}/end?client_id=us&id_token_hint=")
    site = Site()
    del site.provider.metadata["end_session_endpoint"]
    assert await site.oidc.sign_out_url() is None


def test_a_function_that_is_not_asynchronous_is_refused() -> None:
    """When it is given."""
    site = Site()
    plain: Any = lambda request, who: Response.text("x")  # noqa: E731
    client = OIDCClient(client_id="us", redirect_uri="https://us.example/callback")
    with pytest.raises(CompositionError):
        OpenIDConnect(
            OpenIDProvider(ISSUER, site.provider.fetch), client, asgikit.json(Claims), plain, signer=Signer(KEY, purpose="x")
        )
