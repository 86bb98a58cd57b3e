"""Signed tokens through joserfc: the extra `jwt`, imported in this file alone (RFC 7515, 7517, 7519)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from asgikit.codec import JSON, decode_json, is_mapping
from asgikit.config import Secret
from asgikit.errors import BadRequest, MissingExtra

if TYPE_CHECKING:
    import joserfc.errors
    from joserfc import jwk, jws, jwt
    from joserfc.util import urlsafe_b64decode
else:
    try:
        import joserfc.errors
        from joserfc import jwk, jws, jwt
        from joserfc.util import urlsafe_b64decode
    except ImportError:
        joserfc = jwk = jws = jwt = None

SYMMETRIC: Final = frozenset({"HS256", "HS384", "HS512"})
ASYMMETRIC: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"}
)

MAX_KEYS: Final = 100
"""Keys of a set that are looked at."""

# RFC 7518, 3.3: RSA keys have 2048 bits at least, in Base64. Those over 8192 make every verification slow.
_RSA_DIGITS: Final = range(342, 1367)
_SHORTEST: Final = 32  # RFC 7518, 3.2: a key has the size of the hash at least


def require_joserfc(feature: str) -> None:
    """Raises MissingExtra without joserfc."""
    if jwk is None:
        raise MissingExtra(feature, "jwt")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a token is refused, for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of itself, of which nothing is verified yet."""

    alg: str
    kid: str | None
    typ: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What the claims of a token have to say, `leeway` seconds of a clock that is wrong allowed for."""

    issuer: str
    audience: frozenset[str]
    leeway: int


@final
class KeySet:
    """Public keys, or a shared secret; which of them verify a token says its `kid`, and the algorithm."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Sequence[jwk.Key]) -> None:
        """Use `KeySet.from_jwks`, `from_pem` or `secret`. Raises MissingExtra without joserfc."""
        require_joserfc("KeySet")
        self._keys: tuple[jwk.Key, ...] = tuple(keys)

    @classmethod
    def from_jwks(cls, data: bytes) -> KeySet:
        """The public keys for signatures in a JWK Set; those of other kinds, weak or malformed ones are left out (RFC 7517, 5).

        Raises ValueError for what is no JWK Set.
        """
        require_joserfc("KeySet")
        try:
            found = decode_json(data)
        except BadRequest as error:
            raise ValueError(f"no JWK Set: {error.public}") from None
        keys = found.get("keys") if isinstance(found, Mapping) else None
        if isinstance(keys, list):
            imported = (_imported(key) for key in keys[:MAX_KEYS] if isinstance(key, Mapping))
            return cls([key for key in imported if key is not None])
        raise ValueError("no JWK Set: there is no list of keys")

    @classmethod
    def from_pem(cls, data: str, /, *, kid: str | None = None) -> KeySet:
        """One public key as text between "-----BEGIN PUBLIC KEY-----" and its end. Raises ValueError for what is none."""
        require_joserfc("KeySet")
        for kind in (jwk.RSAKey, jwk.ECKey, jwk.OKPKey):
            try:
                key = kind.import_key(data, None if kid is None else {"kid": kid})
            except (ValueError, TypeError, AttributeError, joserfc.errors.JoseError):
                continue
            made = _imported(key.as_dict(private=False))
            if made is not None:
                return cls([made])
        raise ValueError("this is no public key in PEM, or a weak one")

    @classmethod
    def secret(cls, secret: Secret, /) -> KeySet:
        """A shared secret, for HS256 and its like: whoever can verify can sign. Raises ValueError for one under 32 bytes."""
        require_joserfc("KeySet")
        data = secret.reveal().encode()
        if len(data) < _SHORTEST:
            raise ValueError("a shared secret has 32 bytes at least, as secrets.token_urlsafe(32) makes them (RFC 7518, 3.2)")
        return cls([jwk.OctKey.import_key(data)])

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self._keys)

    def has(self, kid: str) -> bool:
        """Whether there is a key of that name."""
        return any(key.kid == kid for key in self._keys)

    async def key_set(self, kid: str | None, /) -> KeySet:
        """Itself: a KeySource whose keys do not change."""
        return self

    def payload(self, token: str, algorithms: Collection[str]) -> bytes | Wrong:
        """What was signed, if it was signed with one of these keys by one of these algorithms, and why not otherwise."""
        header = read_header(token, algorithms)
        if isinstance(header, Wrong):
            return header
        # A token without a name for its key is verified where there is no choice.
        keys = [key for key in self._keys if header.kid is None or key.kid is None or key.kid == header.kid]
        if not keys or (header.kid is None and len(keys) > 1):
            return Wrong("no key of that name")
        for key in keys:
            signed = _signed(token, header.alg, key)
            if signed is not None:
                return signed
        return Wrong("the signature is not that of the key")


def _signed(token: str, alg: str, key: jwk.Key) -> bytes | None:
    """What was signed with this key. The algorithm has to be one for its type, its curve, its use, and its own "alg"."""
    head, _, signature = token.rpartition(".")
    try:
        # Not through the registry of joserfc, which warns of EdDSA: most tokens do not say Ed25519 yet (RFC 9864, 2.2).
        algorithm = jws.JWSRegistry.algorithms[alg]
        algorithm.check_key(key)
        if algorithm.verify(head.encode(), urlsafe_b64decode(signature.encode()), key):
            return jws.extract_compact(token.encode()).payload
    except (joserfc.errors.JoseError, ValueError, TypeError, AttributeError):
        pass
    return None


def require_algorithms(algorithms: Collection[str]) -> frozenset[str]:
    """The algorithms. Raises ValueError for an unknown one, "none" too, and shared secrets beside public keys (RFC 8725, 3.1)."""
    named: frozenset[str] = frozenset() if isinstance(algorithms, str) else frozenset(algorithms)
    if not named or not (named <= ASYMMETRIC or named <= SYMMETRIC):
        raise ValueError(f"algorithms are some of {sorted(ASYMMETRIC)}, or some of {sorted(SYMMETRIC)}, never of both")
    return named


def read_header(token: str, algorithms: Collection[str]) -> Header | Wrong:
    """What a token says of itself; wrong where the algorithm is none of these, and where there is more to understand."""
    try:
        found = jws.extract_compact(token.encode()).headers()
    except (joserfc.errors.JoseError, ValueError, TypeError, AttributeError, RecursionError):
        return Wrong("no signed token")
    values: Mapping[object, object] = found if is_mapping(found) else {}
    alg, kid, typ = values.get("alg"), values.get("kid"), values.get("typ")
    if not isinstance(alg, str) or alg not in algorithms:
        return Wrong("the algorithm is not allowed")
    if "crit" in values or "b64" in values:  # RFC 7515, 4.1.11: nothing that would have to be understood is
        return Wrong("the header holds what we do not understand")
    if not isinstance(kid, str | None) or not isinstance(typ, str | None):
        return Wrong("the header is malformed")
    return Header(alg, kid, typ)


def check_claims(expected: Expected, claims: Mapping[str, object], now: float) -> Wrong | None:
    """What is wrong with the registered claims: issuer, audience and expiry have to be there (RFC 7519, 4.1; RFC 8725, 3.8)."""
    registry = jwt.JWTClaimsRegistry(
        now=int(now),
        leeway=expected.leeway,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "values": sorted(expected.audience)},
        exp={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except (joserfc.errors.JoseError, ValueError, TypeError, OverflowError) as error:
        return Wrong(str(error))
    return None


def _imported(data: Mapping[str, JSON]) -> jwk.Key | None:
    """A public key for signatures, or None."""
    fields: dict[str, str | list[str]] = {}
    for name, value in data.items():
        if isinstance(value, str):
            fields[name] = value
        elif name == "key_ops" and isinstance(value, list):
            fields[name] = [str(item) for item in value]
    for private in ("d", "p", "q", "dp", "dq", "qi", "x5c", "x5u"):  # nobody's business here, or nothing that we would follow
        fields.pop(private, None)
    modulus = fields.get("n", "")
    if fields.get("kty") not in {"RSA", "EC", "OKP"} or fields.get("use", "sig") != "sig":
        return None
    if fields["kty"] == "RSA" and len(modulus) not in _RSA_DIGITS:
        return None
    try:
        return jwk.JWKRegistry.import_key(fields)
    except (ValueError, TypeError, KeyError, AttributeError, joserfc.errors.JoseError):
        return None
