"""OpenID providers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asgikit.auth import jose
from asgikit.auth.provider import OpenIDProvider, parse_metadata
from asgikit.errors import MissingExtra, ServiceUnavailable
from tests.auth.provider_app import ISSUER, FakeProvider


def document(**more: Any) -> bytes:
    return json.dumps({name: value for name, value in {**FakeProvider().metadata, **more}.items() if value is not None}).encode()


def test_what_a_provider_says_of_itself() -> None:
    """With what it may leave out."""
    found = parse_metadata(ISSUER, document())
    assert (found.token_endpoint, found.names_itself) == (f"{ISSUER}/token", True)
    assert found.token_methods == {"client_secret_basic"}
    found = parse_metadata(
        ISSUER,
        document(
            end_session_endpoint=None,
            authorization_response_iss_parameter_supported=None,
            token_endpoint_auth_methods_supported=["client_secret_post"],
        ),
    )
    assert (found.end_session_endpoint, found.names_itself, found.token_methods) == (None, False, {"client_secret_post"})


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"null", b"<html>", document(issuer="https://evil.example"), document(issuer=f"{ISSUER}/"), document(issuer=None),
        document(token_endpoint=None), document(token_endpoint=5), document(jwks_uri="http://id.example/jwks"),
        document(authorization_endpoint="javascript:alert(1)"), document(end_session_endpoint="//x"),
    ],
)  # fmt: skip
def test_what_is_not_its_document_is_refused(data: bytes) -> None:
    """Another issuer's above all (OpenID Connect Discovery 1.0, 4.3)."""
    with pytest.raises(ValueError):
        parse_metadata(ISSUER, data)


async def test_it_is_asked_once() -> None:
    """For its document, and for its keys."""
    fake = FakeProvider()
    provider = OpenIDProvider(ISSUER, fake.fetch)
    for _ in range(2):
        assert (await provider.metadata()).jwks_uri == f"{ISSUER}/jwks"
        assert (await provider.key_set("rsa")).has("rsa")
    assert fake.requests == ["discovery", "jwks"]


@pytest.mark.parametrize("broken", ["discovery", "jwks"])
async def test_a_provider_that_is_down_is_503(broken: str) -> None:
    """Nobody can be verified."""
    fake = FakeProvider()
    fake.broken = {broken}
    with pytest.raises(ServiceUnavailable):
        await OpenIDProvider(ISSUER, fake.fetch).key_set(None)


async def test_the_document_of_another_is_503() -> None:
    """What is wrong with it is for the log."""
    fake = FakeProvider()
    fake.metadata = {**fake.metadata, "issuer": "https://evil.example"}
    with pytest.raises(ServiceUnavailable) as error:
        await OpenIDProvider(ISSUER, fake.fetch).metadata()
    assert "identity provider" in str(error.value) or ISSUER in str(error.value)


def test_mistakes_are_refused_when_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """An issuer over http, no joserfc."""
    with pytest.raises(ValueError):
        OpenIDProvider("http://id.example", FakeProvider().fetch)
    monkeypatch.setattr(jose, "jwk", None)
    with pytest.raises(MissingExtra, match="jwt"):
        OpenIDProvider(ISSUER, FakeProvider().fetch)
