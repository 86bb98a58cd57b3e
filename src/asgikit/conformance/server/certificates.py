"""A throw-away certificate authority, and certificates of a server and a client, as files for one run.

`cryptography` makes them: an extra, imported here alone.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
except ImportError as _error:
    raise ImportError("certificates for TLS need cryptography: install the extra typed-asgikit[conformance]") from _error

LIFETIME = dt.timedelta(days=2)
"""Before and after now; clocks of one machine agree."""

CLIENT_NAME = "CN=client\\, the,O=asgikit"
"""The subject of the client's certificate as RFC 4514 writes it; its comma has to be escaped."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Paths of PEM files: the authority, and certificate and key of the server and of the client."""

    authority: str
    server: str
    server_key: str
    client: str
    client_key: str

    def context(self, *alpn: str, with_client: bool = False) -> ssl.SSLContext:
        """What a client trusts and offers: only this authority; protocols for ALPN; the client's certificate if asked for."""
        context = ssl.create_default_context(cafile=self.authority)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if with_client:
            context.load_cert_chain(self.client, self.client_key)
        return context


@dataclass(frozen=True, slots=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificates(directory: Path) -> Certificates:
    """Makes them anew, for localhost and 127.0.0.1. Raises OSError where the directory cannot be written."""
    authority = _signed(_name("asgikit test authority"), None)
    server = _signed(_name("localhost"), authority)
    client = _signed(_name("client, the"), authority)
    paths = {name: str(directory / f"{name}.pem") for name in ("authority", "server", "server_key", "client", "client_key")}
    for name, pair in (("server", server), ("client", client)):
        Path(paths[name]).write_bytes(pair.certificate.public_bytes(serialization.Encoding.PEM))
        key = Path(paths[f"{name}_key"])
        key.touch(mode=0o600)
        key.write_bytes(_key_bytes(pair.key))
    Path(paths["authority"]).write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    return Certificates(**paths)


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    # PKCS #8, for some servers read no other form.
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "asgikit"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _signed(subject: x509.Name, issuer: _Pair | None) -> _Pair:
    """A certificate and its key; with no issuer, of an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = key if issuer is None else issuer.key
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFETIME)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    for extension in _uses(authority=issuer is None):
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.KeyUsage))
    return _Pair(builder.sign(signer, hashes.SHA256()), key)


def _uses(*, authority: bool) -> tuple[x509.ExtensionType, ...]:
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    if authority:
        return (usage,)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (usage, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), names)


def same_certificate(text: str, path: str) -> bool:
    """Whether this PEM text is the certificate in that file, or, of 500 characters and more, its beginning."""
    given, _, rest = "".join(text.split()).removeprefix(_HEAD).partition("-----END")
    whole = "".join(Path(path).read_text("ascii").split()).removeprefix(_HEAD).partition("-----END")[0]
    if "".join(text.split()).startswith(_HEAD) and (rest or len(text) >= 500):
        return whole == given if rest else whole.startswith(given)
    return False


_HEAD = "-----BEGINCERTIFICATE-----"


def same_name(text: str, path: str) -> bool:
    """Whether this is the subject of the certificate in that file, as RFC 4514 writes it; False for text that is no such name."""
    try:
        found = x509.Name.from_rfc4514_string(text)
    except ValueError:
        return False
    subject = x509.load_pem_x509_certificate(Path(path).read_bytes()).subject
    return found == subject
