"""The checks of the TLS extension (TLS extension 0.2, TLS Connection Scope)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asgikit.conformance.values import Finding, is_iterable, shown

_ABSENT = object()
_PEM = "-----BEGIN CERTIFICATE-----"


def tls_findings(tls: Mapping[object, object], scheme: object) -> Iterator[Finding]:
    """What is wrong with `extensions["tls"]` of a scope with that scheme."""
    if scheme in {"http", "ws"}:
        yield Finding("EXT-TLS-001", f"the scope has the TLS extension and scheme {scheme!r}")
    certificate = tls.get("server_cert", _ABSENT)
    if certificate is not None and not _is_pem(certificate):
        yield Finding("EXT-TLS-002", _given("server_cert", certificate))
    yield from _number(tls, "tls_version", "EXT-TLS-003")
    yield from _number(tls, "cipher_suite", "EXT-TLS-004")
    chain = tls.get("client_cert_chain", ())
    certificates = list(chain) if is_iterable(chain) else [chain]
    if not is_iterable(chain) or not all(_is_pem(item) for item in certificates):
        yield Finding("EXT-TLS-005", _given("client_cert_chain", chain))
    name = tls.get("client_cert_name")
    if name is not None and not isinstance(name, str):
        yield Finding("EXT-TLS-006", _given("client_cert_name", name))
    elif name is None and is_iterable(chain) and certificates:
        yield Finding("EXT-TLS-006", "client_cert_chain is given without client_cert_name")
    error = tls.get("client_cert_error")
    if error is not None and (not isinstance(error, str) or not error):
        yield Finding("EXT-TLS-007", _given("client_cert_error", error))


def _given(key: str, value: object) -> str:
    return f"{key} is missing" if value is _ABSENT else f"{key} is {shown(value)}"


def _is_pem(value: object) -> bool:
    return isinstance(value, str) and _PEM in value


def _number(tls: Mapping[object, object], key: str, rule: str) -> Iterator[Finding]:
    """An unsigned number of 16 bits, or None; it has to be there."""
    value = tls.get(key, _ABSENT)
    if value is not None and (type(value) is not int or not 0 <= value <= 0xFFFF):
        yield Finding(rule, _given(key, value))
