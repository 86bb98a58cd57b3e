"""Authentication over real connections: keys that are fetched, handshakes that are denied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import asgikit
from asgikit.auth.fetching import HTTPXFetch
from asgikit.auth.jwt import JWT, JWTPolicy, RemoteKeys
from asgikit.auth.scheme import Verified
from asgikit.errors import ServiceUnavailable
from asgikit.testing.live import ServerProcess
from tests.auth.asking import asking
from tests.serving import serving


@dataclass(frozen=True)
class Claims:
    sub: str


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with serving("uvicorn-sansio", "tests.interop.guarded_app:app") as running:
        yield running


async def test_keys_are_fetched_over_the_network(server: ServerProcess) -> None:
    """Once; a token that they have signed is right, on both event loops."""
    async with httpx.AsyncClient(trust_env=False) as client:
        token = (await client.get(f"{server.url}/token")).text
        keys = RemoteKeys(f"{server.url}/jwks", HTTPXFetch(client))
        scheme = JWT(keys, asgikit.json(Claims), JWTPolicy(issuer="here", audience="us"))
        for _ in range(2):
            outcome = await scheme.authenticate(asking({"authorization": f"Bearer {token}"}))
            assert isinstance(outcome, Verified)
            assert outcome.user == Claims("ada")


async def test_what_is_no_key_set_is_503(server: ServerProcess) -> None:
    """A page that says 404, say."""
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(ServiceUnavailable):
            await RemoteKeys(f"{server.url}/missing", HTTPXFetch(client)).key_set(None)


def test_a_handshake_is_denied_with_its_challenge(server: ServerProcess) -> None:
    """And accepted with the token."""
    url = server.url.replace("http", "ws") + "/ws"
    with pytest.raises(InvalidStatus) as refused, connect(url, proxy=None):
        pass
    assert refused.value.response.status_code == 401
    assert refused.value.response.headers["www-authenticate"] == "Bearer"
    with connect(url, additional_headers={"authorization": "Bearer ada"}, proxy=None) as socket:
        assert socket.recv() == "ada"
