"""Signed tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from asgikit.auth import jose
from asgikit.auth.jose import Expected, KeySet, Wrong, check_claims, read_header, require_algorithms
from asgikit.config import Secret
from asgikit.errors import MissingExtra
from tests.auth.provider_app import EC, ED, ISSUER, NOW, RSA, SHARED, claims, jwks, signed

KEYS = KeySet.from_jwks(json.dumps(jwks(RSA, EC, ED)).encode())
ALL = ["RS256", "ES256", "Ed25519", "EdDSA"]


def segment(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize(("alg", "key"), [("RS256", RSA), ("ES256", EC), ("Ed25519", ED), ("EdDSA", ED)])
def test_what_is_signed_with_a_known_key_is_read(alg: str, key: Any) -> None:
    """By each kind of algorithm, without a warning on the console."""
    payload = KEYS.payload(signed(alg=alg, key=key), ALL)
    assert isinstance(payload, bytes)
    assert json.loads(payload)["sub"] == "ada"


def test_the_algorithm_none_is_refused() -> None:
    """RFC 8725, 2.1; in any spelling, and even if somebody allows it."""
    for name in ("none", "None", "NONE", "nOnE"):
        token = f"{segment({'alg': name})}.{segment(claims())}."
        assert isinstance(KEYS.payload(token, [*ALL, name]), Wrong)
        with pytest.raises(ValueError):
            require_algorithms([name])


def test_a_public_key_is_no_shared_secret() -> None:
    """RFC 8725, 2.1: the key that everybody knows would sign."""
    for form in (RSA.as_pem(private=False), json.dumps(RSA.as_dict(private=False)).encode()):
        head = f"{segment({'alg': 'HS256', 'kid': 'rsa'})}.{segment(claims())}"
        token = f"{head}.{segment(hmac.digest(form, head.encode(), hashlib.sha256))}"
        assert isinstance(KEYS.payload(token, ALL), Wrong)
        assert isinstance(KEYS.payload(token, ["HS256"]), Wrong)
    with pytest.raises(ValueError):
        require_algorithms(["RS256", "HS256"])


def test_the_key_decides_together_with_the_algorithm() -> None:
    """A key for one algorithm is none for another (RFC 7517, 4.4); nor one for encryption, or of another curve."""
    only = RSAKey.import_key({**RSA.as_dict(private=True), "alg": "RS512"})
    assert isinstance(KeySet.from_jwks(json.dumps(jwks(only)).encode()).payload(signed(), ALL), Wrong)
    enc = {"keys": [{**RSA.as_dict(private=False), "use": "enc"}]}
    assert len(KeySet.from_jwks(json.dumps(enc).encode())) == 0
    large = ECKey.generate_key("P-384", {"kid": "ec"})
    assert isinstance(KeySet.from_jwks(json.dumps(jwks(large)).encode()).payload(signed(alg="ES256", key=EC), ALL), Wrong)
    assert isinstance(KEYS.payload(signed(alg="RS256", kid="ec"), ALL), Wrong)


def test_keys_in_the_token_are_not_believed() -> None:
    """Nobody brings their own (RFC 8725, 3.10)."""
    own = RSAKey.generate_key(2048, {"kid": "rsa"})
    for more in ({"jwk": own.as_dict(private=False)}, {"jku": "https://evil.example/jwks"}):
        assert isinstance(KEYS.payload(signed(key=own, **more), ALL), Wrong)


def test_what_has_to_be_understood_and_is_not_is_refused() -> None:
    """RFC 7515, 4.1.11."""
    for more in ({"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": False}, {"crit": []}, {"b64": True}):
        head = f"{segment({'alg': 'RS256', 'kid': 'rsa', **more})}.{segment(claims())}"
        signature = JWSRegistry.algorithms["RS256"].sign(head.encode(), RSA)
        assert isinstance(KEYS.payload(f"{head}.{segment(signature)}", ALL), Wrong)
    assert isinstance(KEYS.payload(signed(nonce="of some provider"), ALL), bytes)  # unknown and not critical


def test_a_token_without_a_name_for_its_key_is_read_where_there_is_no_choice() -> None:
    """Among several keys nobody knows which is meant."""
    token = signed(kid=None)
    assert isinstance(KeySet.from_jwks(json.dumps(jwks(RSA)).encode()).payload(token, ALL), bytes)
    assert isinstance(KEYS.payload(token, ALL), Wrong)


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "...", "a.b.c", "ä.ö.ü", "\ud800.a.b", f"{segment([])}.a.b", f"{segment('alg')}.a.b", f"{segment(None)}.a.b",
        f"{segment({})}.a.b", f"{segment({'alg': None})}.a.b", f"{segment({'alg': ['RS256']})}.a.b", f"{segment({'alg': {}})}.a.b",
        f"{segment({'alg': 'RS256', 'kid': 5})}.a.b", f"{segment({'alg': 'RS256', 'typ': []})}.a.b", f"{segment(b'[' * 400)}.a.b",
        f"{segment({'alg': 'RS256', 'x': 'y' * 1000})}.a.b", f"{segment({'alg': 'RS256'})}.!!.b", f"{segment({'alg': 'RS256'})}..",
        "e30.e30.e30.e30.e30", f"{segment(b'{')}.a.b", f"{segment(b'NaN')}.a.b", f"{segment(5)}.a.b",
    ],
)  # fmt: skip
def test_what_is_no_token_is_refused(token: str) -> None:
    """Without an exception."""
    assert isinstance(KEYS.payload(token, ALL), Wrong)
    header = read_header(token, ALL)
    assert isinstance(header, Wrong) or header.alg == "RS256"


def test_altered_tokens_are_refused() -> None:
    """Every character of it, and every other way to write its signature."""
    token = signed(alg="Ed25519", key=ED)
    for at in range(0, len(token), 7):
        for other in "AZ_":
            if token[at] not in {other, "."}:
                assert isinstance(KEYS.payload(token[:at] + other + token[at + 1 :], ALL), Wrong)
    for more in ("=", "==", "\n", " ", "A", "."):
        assert isinstance(KEYS.payload(token + more, ALL), Wrong)
    last = token[-1]
    for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if other != last:
            assert isinstance(KEYS.payload(token[:-1] + other, ALL), Wrong)


def test_a_shared_secret_signs_by_its_own_algorithms() -> None:
    """It has 32 bytes at least."""
    secret = base64.urlsafe_b64encode(b"0123456789abcdef01234567").decode()
    key = OctKey.import_key(secret)
    keys = KeySet.secret(Secret(secret))
    assert isinstance(keys.payload(signed(alg="HS256", key=key, kid=None), ["HS256"]), bytes)
    assert isinstance(keys.payload(signed(alg="RS256", kid=None), ["HS256", "RS256"]), Wrong)
    with pytest.raises(ValueError):
        KeySet.secret(Secret("short"))


def test_keys_of_a_set_that_are_no_use_are_left_out() -> None:
    """Shared secrets, weak keys, huge ones, malformed ones (RFC 7517, 5)."""
    weak = {**RSA.as_dict(private=False), "n": "AQAB" * 20}
    huge = {**RSA.as_dict(private=False), "n": "AQAB" * 1000}
    odd: list[Any] = [
        5,
        None,
        [],
        {},
        {"kty": "RSA"},
        {"kty": 5},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "OKP", "crv": "x", "x": ""},
    ]
    data = {"keys": [*jwks(SHARED)["keys"], weak, huge, *odd, {**EC.as_dict(private=False), "x": "AA"}, *jwks(ED)["keys"]]}
    found = KeySet.from_jwks(json.dumps(data).encode())
    assert (len(found), found.has("ed"), found.has("shared")) == (1, True, False)


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": null}', b"[" * 100_000, b"\xff"])
def test_what_is_no_key_set_is_refused(data: bytes) -> None:
    """With a ValueError."""
    with pytest.raises(ValueError):
        KeySet.from_jwks(data)


async def test_keys_from_pem() -> None:
    """Of each kind; a private key is kept as the public one; a KeySet is a source of keys by itself."""
    for key, alg in ((RSA, "RS256"), (EC, "ES256"), (ED, "Ed25519")):
        for private in (False, True):
            keys = await KeySet.from_pem(key.as_pem(private=private).decode(), kid=key.kid).key_set(None)
            assert isinstance(keys.payload(signed(alg=alg, key=key), ALL), bytes)
    for text in ("", "-----BEGIN PUBLIC KEY-----", "x" * 1000, json.dumps(RSA.as_dict(private=False))[:50]):
        with pytest.raises(ValueError):
            KeySet.from_pem(text)


EXPECTED = Expected(issuer=ISSUER, audience=frozenset({"us", "them"}), leeway=30)


@pytest.mark.parametrize(
    "more",
    [
        {}, {"aud": ["x", "us"]}, {"aud": "them"}, {"exp": NOW - 29.5}, {"nbf": NOW + 30}, {"iat": NOW + 30}, {"exp": 1e300},
    ],
)  # fmt: skip
def test_claims_that_are_right(more: dict[str, Any]) -> None:
    """Clocks may differ by the leeway."""
    assert check_claims(EXPECTED, claims(**more), NOW) is None


@pytest.mark.parametrize(
    "more",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"iss": [ISSUER]}, {"aud": "other"}, {"aud": []}, {"aud": None}, {"aud": [5]},
        {"aud": {"us": 1}}, {"exp": NOW - 30}, {"exp": None}, {"exp": "9999999999"}, {"exp": True}, {"exp": []}, {"nbf": NOW + 31},
        {"nbf": "x"}, {"iat": NOW + 31}, {"exp": -1},
    ],
)  # fmt: skip
def test_claims_that_are_wrong(more: dict[str, Any]) -> None:
    """Other issuers, other audiences, other times, other types."""
    assert isinstance(check_claims(EXPECTED, claims(**more), NOW), Wrong)


@pytest.mark.parametrize("name", ["iss", "aud", "exp"])
def test_claims_that_have_to_be_there(name: str) -> None:
    """Issuer, audience and expiry."""
    given = {key: value for key, value in claims().items() if key != name}
    assert isinstance(check_claims(EXPECTED, given, NOW), Wrong)


@pytest.mark.parametrize("wrong", [[], "RS256", ["HS256", "ES256"], ["rs256"], ["RS1"]])
def test_algorithms_that_cannot_be_meant(wrong: Any) -> None:
    """None, unknown ones, a text."""
    with pytest.raises(ValueError):
        require_algorithms(wrong)


def test_without_joserfc_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """When keys are made."""
    monkeypatch.setattr(jose, "jwk", None)
    for make in (
        lambda: KeySet.from_jwks(b""),
        lambda: KeySet.from_pem(""),
        lambda: KeySet.secret(Secret("")),
        lambda: KeySet([]),
    ):
        with pytest.raises(MissingExtra, match="jwt"):
            make()


def test_a_curve_of_its_own_kind() -> None:
    """X25519 keys agree on secrets, and sign nothing."""
    exchange = OKPKey.generate_key("X25519", {"kid": "ed"})
    keys = KeySet.from_jwks(json.dumps(jwks(exchange)).encode())
    assert isinstance(keys.payload(signed(alg="EdDSA", key=ED), ALL), Wrong)
    assert isinstance(keys.payload(signed(alg="Ed25519", key=ED), ALL), Wrong)
