"""What a scope says of TLS: its scheme, and the extension where the server has it (TLS extension, TLS Connection Scope)."""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from asgikit.conformance.server.case import Context, ServerCase
from asgikit.conformance.server.certificates import Certificates, make_certificates, same_certificate, same_name
from asgikit.conformance.server.dialogue import CONVERSE, Dialogue
from asgikit.conformance.server.encoding import is_mapping, is_sequence
from asgikit.conformance.server.exchange import Seen, request, seen
from asgikit.conformance.server.frames import text
from asgikit.conformance.server.launch import Options, Running
from asgikit.conformance.server.script import receive_body, respond
from asgikit.conformance.server.wire import Wire
from asgikit.conformance.server.wsclient import opening

VERSIONS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}

SUITES = {
    "TLS_AES_128_GCM_SHA256": 0x1301,
    "TLS_AES_256_GCM_SHA384": 0x1302,
    "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
    "ECDHE-ECDSA-AES128-GCM-SHA256": 0xC02B,
    "ECDHE-ECDSA-AES256-GCM-SHA384": 0xC02C,
    "ECDHE-ECDSA-CHACHA20-POLY1305": 0xCCA9,
}
"""By the names of OpenSSL; of others nothing is said."""


@contextmanager
def served(context: Context, certificates: Certificates, *, clients: bool = False) -> Generator[Running]:
    """A server with TLS, which asks for client certificates if told so. Raises Skipped if it has no arguments for that."""
    if not context.target.tls:
        context.skip(f"no arguments are known that give {context.target.name} TLS")
    if clients and not context.target.client_ca:
        context.skip(f"no arguments are known with which {context.target.name} asks for client certificates")
    options = Options(
        certfile=certificates.server,
        keyfile=certificates.server_key,
        cafile=certificates.authority if clients else "",
    )
    with context.fresh(options) as server:
        yield server


def secure(server: Running, settings: ssl.SSLContext) -> tuple[Wire, ssl.SSLSocket]:
    """A new connection with TLS, and its socket. Raises OSError, of which ssl.SSLError is one."""
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=5.0)
    try:
        secured = settings.wrap_socket(plain, server_hostname="localhost")
    except BaseException:
        plain.close()
        raise
    return Wire(secured), secured


def _extension(scope: Mapping[object, object]) -> Mapping[object, object] | None:
    extensions = scope.get("extensions")
    found = extensions.get("tls") if is_mapping(extensions) else None
    return found if is_mapping(found) else None


def schemes(context: Context) -> None:
    """Over TLS the scheme is https and wss; what the extension says of the connection is true."""
    with tempfile.TemporaryDirectory(prefix="asgikit-") as directory:
        certificates = make_certificates(Path(directory))
        with served(context, certificates) as server:
            for version in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
                settings = certificates.context("http/1.1")
                settings.maximum_version = version
                _http(context, server, settings, certificates)
            _websocket(context, server, certificates.context("http/1.1"))


def _http(context: Context, server: Running, settings: ssl.SSLContext, certificates: Certificates) -> None:
    try:
        wire, secured = secure(server, settings)
    except ssl.SSLError:
        return  # it does not have this version of TLS
    with wire:
        script = context.script(receive_body(), *respond())
        wire.send(request(script))
        found = seen(context, script, wire.answer(), wire, server=server)
        if not found.was_called:
            context.skip(f"over TLS a request was answered with {found.answer.status} without a call of the application")
        _told(found, secured, certificates)


def _told(found: Seen, secured: ssl.SSLSocket, certificates: Certificates) -> None:
    scheme, tls = found.scope.get("scheme"), _extension(found.scope)
    found.expect(scheme == "https", "HTTP-SCOPE-004", f"over TLS scope['scheme'] is {scheme!r}, not 'https'")
    if tls is None:
        return
    certificate, version, suite = tls.get("server_cert"), tls.get("tls_version"), tls.get("cipher_suite")
    if isinstance(certificate, str) and not same_certificate(certificate, certificates.server):
        found.expect(False, "EXT-TLS-002", f"server_cert is not the certificate of the server: {certificate:.80}")
    if isinstance(version, int) and version != VERSIONS.get(secured.version() or "", version):
        found.expect(False, "EXT-TLS-003", f"the connection has {secured.version()}, tls_version is {version:#x}")
    name = (secured.cipher() or ("",))[0]
    if isinstance(suite, int) and suite != SUITES.get(name, suite):
        found.expect(False, "EXT-TLS-004", f"the connection has {name}, cipher_suite is {suite:#x}")
    if list(_chain(tls)) or tls.get("client_cert_name") is not None:
        found.expect(
            False, "EXT-TLS-005", f"the client showed no certificate, and the extension has {tls.get('client_cert_name')!r}"
        )


def _chain(tls: Mapping[object, object]) -> list[object]:
    chain = tls.get("client_cert_chain")
    return list(chain) if is_sequence(chain) else []


def _websocket(context: Context, server: Running, settings: ssl.SSLContext) -> None:
    script = context.script(*CONVERSE)
    wire, _ = secure(server, settings)
    with wire:
        wire.send(opening(fields=((b"X-Script", script.value),)))
        if wire.answer().status != 101:
            return  # it has no WebSockets, or other cases tell why
        dialogue = Dialogue(context, server, wire, script)
        scheme = dialogue.scope.get("scheme")
        dialogue.expect(scheme == "wss", "WS-SCOPE-003", f"over TLS scope['scheme'] is {scheme!r}, not 'wss'")
        dialogue.client.send(text("x" * 20_000))
        got = dialogue.client.next()
        dialogue.expect(got == "x" * 20_000, "WS-SEND-008", f"a message over TLS came back as {got!r:.80}")


def in_the_clear(context: Context) -> None:
    """Without TLS there is no extension of it."""
    script = context.script(receive_body(), *respond())
    with context.connect() as wire:
        wire.send(request(script))
        found = seen(context, script, wire.answer(), wire)
        found.expect(_extension(found.scope) is None, "EXT-TLS-001", "a scope without TLS has the extension")


def client_certificate(context: Context) -> None:
    """The client's certificate and its name are told as they are; without a certificate there are none."""
    with tempfile.TemporaryDirectory(prefix="asgikit-") as directory:
        certificates = make_certificates(Path(directory))
        with served(context, certificates, clients=True) as server:
            script = context.script(receive_body(), *respond())
            wire, _ = secure(server, certificates.context("http/1.1", with_client=True))
            with wire:
                wire.send(request(script))
                found = seen(context, script, wire.answer(), wire, server=server)
        tls = _extension(found.scope)
        if tls is None:
            context.skip("the server does not have the TLS extension")
            return
        chain, name = _chain(tls), tls.get("client_cert_name")
        right = not chain or (isinstance(chain[0], str) and same_certificate(chain[0], certificates.client))
        found.expect(right, "EXT-TLS-005", f"client_cert_chain does not begin with the client's certificate: {chain[:1]!r:.90}")
        named = name is None or (isinstance(name, str) and same_name(name, certificates.client))
        found.expect(named, "EXT-TLS-006", f"client_cert_name is {name!r}, not the subject as RFC 4514 writes it")


CASES: tuple[ServerCase, ...] = (
    ServerCase("tls-in-the-clear", ("EXT-TLS-001",), "tls", in_the_clear),
    ServerCase(
        "tls-scope", ("HTTP-SCOPE-004", "WS-SCOPE-003", "EXT-TLS-002", "EXT-TLS-003", "EXT-TLS-004"), "tls", schemes, alone=True
    ),
    ServerCase("tls-client-certificate", ("EXT-TLS-005", "EXT-TLS-006"), "tls", client_certificate, alone=True),
)
