"""JSON Web Tokens as bearer tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from joserfc.jws import serialize_compact

import asgikit
from asgikit.auth import jose
from asgikit.auth.jose import KeySet
from asgikit.auth.jwt import JWT, JWTPolicy, RemoteKeys
from asgikit.auth.outgoing import Fetched
from asgikit.auth.scheme import Outcome, Rejected, Verified
from asgikit.errors import MissingExtra, ServiceUnavailable
from tests.auth.asking import asking
from tests.auth.provider_app import EC, ISSUER, NOW, RSA, FakeProvider, claims, jwks, signed


@dataclass(frozen=True)
class Claims:
    sub: str
    scope: str = ""


POLICY = JWTPolicy(issuer=ISSUER, audience="us")
KEYS = KeySet.from_jwks(json.dumps(jwks(RSA, EC)).encode())
SCHEME = JWT(KEYS, asgikit.json(Claims), POLICY, realm="api", clock=lambda: NOW)


async def outcome(token: str, scheme: JWT[Claims] = SCHEME) -> Outcome[Claims]:
    return await scheme.authenticate(asking({"authorization": f"Bearer {token}"}))


async def test_the_user_is_what_the_token_claims() -> None:
    """As a model of the application's own."""
    found = await outcome(signed(claims(scope="read")))
    assert isinstance(found, Verified)
    assert found.user == Claims("ada", "read")


@pytest.mark.parametrize(
    "token",
    [
        signed(claims(exp=NOW - 31)),
        signed(claims(aud="them")),
        signed(claims(iss="https://evil.example")),
        signed(claims(sub=5)),
        signed(claims(), alg="RS512"),
        signed(key=RSAKey.generate_key(2048, {"kid": "rsa"})),
        signed(kid="unknown"),
        "x",
    ],
)
async def test_every_other_token_is_invalid(token: str, caplog: pytest.LogCaptureFixture) -> None:
    """The client is not told why, and nobody finds the token in the log."""
    found = await outcome(token)
    assert isinstance(found, Rejected)
    assert (found.status, str(found.challenge)) == (401, 'Bearer realm="api", error="invalid_token"')
    assert found.public == "the token is not valid"
    assert token.rpartition(".")[2][:20] not in found.log or token == "x"


@pytest.mark.parametrize("payload", ["[]", "5", "null", '{"a": NaN}', '"x"'])
async def test_claims_that_are_no_object_are_invalid(payload: str) -> None:
    """Though they are signed."""
    token = serialize_compact({"alg": "RS256", "kid": "rsa"}, payload, RSA)
    assert isinstance(await outcome(token), Rejected)


async def test_no_token_is_none_and_a_malformed_one_400() -> None:
    """As for any bearer token."""
    assert await SCHEME.authenticate(asking()) is None
    assert [str(challenge) for challenge in SCHEME.challenges] == ['Bearer realm="api"']
    found = await outcome("a b")
    assert isinstance(found, Rejected)
    assert found.status == 400


async def test_a_token_of_another_type_is_refused_where_a_type_is_asked_for() -> None:
    """An id_token is no access token (RFC 9068, 4)."""
    strict = JWT(KEYS, asgikit.json(Claims), JWTPolicy(issuer=ISSUER, audience="us", typ="at+jwt"), clock=lambda: NOW)
    for typ, right in (("at+jwt", True), ("application/AT+JWT", True), ("JWT", False), (None, False)):
        assert isinstance(await outcome(signed(typ=typ), strict), Verified) is right


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_new_key_is_fetched_when_a_token_names_it() -> None:
    """And no more than once a minute, whatever names there are."""
    provider, clock = FakeProvider(), Clock()
    remote = JWT(RemoteKeys(f"{ISSUER}/jwks", provider.fetch, clock=clock), asgikit.json(Claims), POLICY, clock=lambda: NOW)
    assert isinstance(await outcome(signed(), remote), Verified)
    provider.keys = [RSA, EC]
    for _ in range(3):
        assert isinstance(await outcome(signed(alg="ES256", key=EC), remote), Rejected)
    assert provider.requests == ["jwks"]
    clock.now = 60
    assert isinstance(await outcome(signed(alg="ES256", key=EC), remote), Verified)
    for number in range(10):
        assert isinstance(await outcome(signed(kid=f"made-up-{number}"), remote), Rejected)
    assert provider.requests == ["jwks", "jwks"]


async def test_tokens_that_cannot_be_right_cause_no_fetch() -> None:
    """Another algorithm, or none."""
    provider = FakeProvider()
    remote = JWT(RemoteKeys(f"{ISSUER}/jwks", provider.fetch), asgikit.json(Claims), POLICY)
    for token in ("x", signed(alg="HS256", key=jose.jwk.OctKey.generate_key(256)), "e30.e30.e30"):
        assert isinstance(await outcome(token, remote), Rejected)
    assert provider.requests == []


@pytest.mark.parametrize("answer", [Fetched(500, b""), Fetched(200, b"<html>"), Fetched(302, b'{"keys": []}')])
async def test_keys_that_are_not_to_be_had_are_503(answer: Fetched) -> None:
    """Nobody can be verified, and nobody is refused."""

    class Broken:
        async def get(self, url: str, /) -> Fetched:
            return answer

        async def post(self, url: str, form: Any, /, *, headers: Any = ()) -> Fetched:
            return answer

    remote = JWT(RemoteKeys(f"{ISSUER}/jwks", Broken()), asgikit.json(Claims), POLICY, clock=lambda: NOW)
    with pytest.raises(ServiceUnavailable):
        await outcome(signed(), remote)


@pytest.mark.parametrize(
    "more",
    [
        {"issuer": ""},
        {"audience": ""},
        {"audience": []},
        {"audience": ["us", ""]},
        {"algorithms": ["none"]},
        {"leeway": -1},
        {"leeway": 301},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(more: dict[str, Any]) -> None:
    """When it is made."""
    with pytest.raises(ValueError):
        JWTPolicy(**{"issuer": ISSUER, "audience": "us", **more})


def test_other_mistakes_are_refused_when_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys over http, a realm that no field can hold, no joserfc."""
    with pytest.raises(ValueError):
        RemoteKeys("http://id.example/jwks", FakeProvider().fetch)
    with pytest.raises(ValueError):
        JWT(KEYS, asgikit.json(Claims), POLICY, realm="\n")
    monkeypatch.setattr(jose, "jwk", None)
    with pytest.raises(MissingExtra, match="jwt"):
        RemoteKeys("https://id.example/jwks", FakeProvider().fetch)
    with pytest.raises(MissingExtra, match="jwt"):
        JWT(KEYS, asgikit.json(Claims), POLICY)
