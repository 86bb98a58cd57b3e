"""The authorization code flow, as values."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from asgikit.auth.code_flow import (
    Departure,
    OIDCClient,
    arrival,
    authorization_url,
    check_id_token,
    end_session_url,
    parse_tokens,
    token_request,
)
from asgikit.auth.provider import Metadata
from asgikit.config import Secret
from asgikit.errors import BadRequest, Forbidden
from asgikit.http.query import Query
from tests.auth.provider_app import ISSUER, claims

METADATA = Metadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize?tenant=1",
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/jwks",
    end_session_endpoint=f"{ISSUER}/end",
)
NAMED = Metadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize",
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/jwks",
    token_methods=frozenset({"client_secret_post"}),
    names_itself=True,
)
BACK = "https://us.example/callback"
CLIENT = OIDCClient(client_id="us & them", redirect_uri=BACK, client_secret=Secret("s: &"), parameters={"prompt": "login"})
STATE = "s" * 43


def test_the_challenge_is_the_one_of_the_rfc() -> None:
    """RFC 7636, appendix B."""
    departure = Departure("s", "n", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert departure.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_departure_comes_back_as_it_was() -> None:
    """If the state is its own; it leads to a place on this site."""
    departure = Departure.new("/a?b=c")
    assert Departure.decode(departure.encode(), departure.state) == departure
    assert Departure.decode(departure.encode(), STATE) is None
    assert Departure.new("//evil.example").return_to == "/"
    assert len({departure.state, departure.nonce, departure.verifier}) == 3
    assert departure.verifier not in repr(departure)
    for data in (None, b"", b"{}", b"[]", b"[1,2,3,4]", b"\xff", b'["' + STATE.encode() + b'"]'):
        assert Departure.decode(data, STATE) is None


def test_the_way_to_the_provider() -> None:
    """Its own query is kept, ours is added, and nothing of ours can be replaced."""
    departure = Departure.new("/")
    url = authorization_url(CLIENT, METADATA, departure)
    assert url.startswith(f"{ISSUER}/authorize?tenant=1&")
    assert {name: values[0] for name, values in parse_qs(url.partition("?")[2]).items()} == {
        "tenant": "1",
        "prompt": "login",
        "response_type": "code",
        "client_id": "us & them",
        "redirect_uri": BACK,
        "scope": "openid",
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": departure.challenge,
        "code_challenge_method": "S256",
    }


def test_the_way_out() -> None:
    """Where there is one."""
    url = end_session_url(CLIENT, METADATA, "t", "https://us.example/")
    assert url == f"{ISSUER}/end?client_id=us+%26+them&id_token_hint=t&post_logout_redirect_uri=https%3A%2F%2Fus.example%2F"
    assert end_session_url(CLIENT, METADATA, None, None) == f"{ISSUER}/end?client_id=us+%26+them"
    assert end_session_url(CLIENT, NAMED, "t", None) is None


def test_an_arrival() -> None:
    """The provider names itself, or need not."""
    assert arrival(Query({"state": STATE, "code": "c"}), METADATA).code == "c"
    for metadata in (METADATA, NAMED):
        found = arrival(Query({"state": STATE, "code": "c", "iss": ISSUER}), metadata)
        assert (found.state, found.code) == (STATE, "c")
        assert "'c'" not in repr(found)


@pytest.mark.parametrize(
    "pairs",
    [
        [], [("state", STATE)], [("code", "c")], [("state", "short"), ("code", "c")], [("state", STATE), ("code", "c\n")],
        [("state", STATE), ("code", "c"), ("code", "d")], [("state", STATE), ("state", STATE), ("code", "c")],
        [("state", STATE), ("code", "x" * 5000)], [("state", STATE), ("code", "c"), ("iss", "https://evil.example")],
        [("state", "ä" * 43), ("code", "c")],
    ],
)  # fmt: skip
def test_a_malformed_arrival_is_400(pairs: list[tuple[str, str]]) -> None:
    """So is one from another provider (RFC 9207, 2.4)."""
    with pytest.raises(BadRequest):
        arrival(Query(pairs), METADATA)


def test_a_provider_that_names_itself_always_does() -> None:
    """RFC 9207, 2.4."""
    with pytest.raises(BadRequest):
        arrival(Query({"state": STATE, "code": "c"}), NAMED)


def test_a_refusal_of_the_provider_is_403() -> None:
    """Its words, which anybody can write, are for the log."""
    with pytest.raises(Forbidden) as error:
        arrival(Query({"state": STATE, "error": "<script>\n"}), METADATA)
    assert "script" not in error.value.public
    assert "\n" not in str(error.value)


def test_a_client_proves_who_it_is() -> None:
    """By the scheme that the provider knows (RFC 6749, 2.3.1); without a secret it only says so."""
    form, fields = token_request(CLIENT, METADATA, "c", "v")
    assert form == {"grant_type": "authorization_code", "code": "c", "redirect_uri": BACK, "code_verifier": "v"}
    assert base64.b64decode(dict(fields)["authorization"][6:]) == b"us+%26+them:s%3A+%26"
    form, fields = token_request(CLIENT, NAMED, "c", "v")
    assert (form["client_id"], form["client_secret"], fields) == ("us & them", "s: &", ())
    form, fields = token_request(OIDCClient(client_id="us", redirect_uri=BACK), METADATA, "c", "v")
    assert (form["client_id"], "client_secret" in form, fields) == ("us", False, ())


def test_tokens() -> None:
    """None of which is shown."""
    found = parse_tokens(json.dumps({"id_token": "i1", "access_token": "a1", "refresh_token": "r1", "expires_in": 5}).encode())
    assert (found.id_token, found.access_token, found.refresh_token, found.expires_in) == ("i1", "a1", "r1", 5)
    assert not any(token in repr(found) for token in ("i1", "a1", "r1"))
    least = parse_tokens(b'{"id_token": "i", "access_token": "a", "expires_in": true}')
    assert (least.refresh_token, least.expires_in) == (None, None)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"id_token": "i"}', b'{"id_token": 5, "access_token": "a"}', b"\xff"])
def test_no_tokens(data: bytes) -> None:
    """A ValueError."""
    with pytest.raises(ValueError):
        parse_tokens(data)


US = OIDCClient(client_id="us", redirect_uri=BACK)
DEPARTURE = Departure(STATE, "n", "v")


@pytest.mark.parametrize(
    "more", [{}, {"azp": "us"}, {"aud": ["us", "them"], "azp": "us"}, {"aud": ["us"]}, {"at_hash": "ungWv48Bz-pBQUDeXa4iIw"}]
)
def test_an_id_token_for_us(more: dict[str, Any]) -> None:
    """With our nonce, for us as the authorized party, of this access token."""
    assert check_id_token(US, claims(nonce="n", **more), DEPARTURE, "abc") is None


@pytest.mark.parametrize(
    "more",
    [
        {"nonce": "m"}, {"nonce": None}, {"nonce": "ä"}, {"nonce": "\ud800"}, {"sub": ""}, {"sub": 5}, {"sub": None}, {"azp": "them"},
        {"aud": ["us", "them"]}, {"azp": None}, {"at_hash": "x" * 22},
    ],
)  # fmt: skip
def test_an_id_token_that_is_not_for_us(more: dict[str, Any]) -> None:
    """OpenID Connect Core 1.0, 3.1.3.7."""
    assert check_id_token(US, {**claims(nonce="n"), **more}, DEPARTURE, "abc") is not None


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": ""}, {"redirect_uri": "http://us.example/callback"}, {"redirect_uri": "https://us.example"},
        {"redirect_uri": "https://us.example/"}, {"scopes": ("email",)}, {"parameters": {"state": "x"}}, {"redirect_uri": "/callback"},
    ],
)  # fmt: skip
def test_a_client_that_cannot_be_meant_is_refused(more: dict[str, Any]) -> None:
    """When it is made."""
    with pytest.raises(ValueError):
        OIDCClient(**{"client_id": "us", "redirect_uri": BACK, **more})
