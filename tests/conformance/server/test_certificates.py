"""A throw-away authority and its certificates."""

import socket
import ssl
import threading

import pytest

from asgikit.conformance.server.certificates import CLIENT_NAME, make_certificates, same_certificate, same_name


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def handshake(made, *, with_client, alpn=()):
    """Both ends over a pair of sockets: the server's certificate as the client saw it, and the reverse."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(made.server, made.server_key)
    server_context.load_verify_locations(made.authority)
    server_context.verify_mode = ssl.CERT_OPTIONAL
    server_context.set_alpn_protocols(["h2"])
    ours, theirs = socket.socketpair()
    seen = {}

    def serve():
        with server_context.wrap_socket(theirs, server_side=True) as tls:
            seen["client"] = tls.getpeercert()
            tls.sendall(b"x")

    thread = threading.Thread(target=serve)
    thread.start()
    with made.context(*alpn, with_client=with_client).wrap_socket(ours, server_hostname="localhost") as tls:
        seen["server"], seen["alpn"] = tls.getpeercert(), tls.selected_alpn_protocol()
        tls.recv(1)
    thread.join(10)
    return seen


def test_a_client_trusts_the_server(made):
    """For localhost and 127.0.0.1; without a certificate of its own it shows none."""
    seen = handshake(made, with_client=False)
    assert ("DNS", "localhost") in seen["server"]["subjectAltName"]
    assert ("IP Address", "127.0.0.1") in seen["server"]["subjectAltName"]
    assert not seen["client"]
    assert seen["alpn"] is None


def test_a_client_shows_its_certificate(made):
    """A server that asks for it can verify it, and protocols are agreed by ALPN."""
    seen = handshake(made, with_client=True, alpn=("h2", "http/1.1"))
    assert (("commonName", "client, the"),) in seen["client"]["subject"]
    assert seen["alpn"] == "h2"


def test_a_key_is_private(made, tmp_path):
    """Its file is readable for its owner alone."""
    fresh = make_certificates(tmp_path)
    for path in (fresh.server_key, fresh.client_key):
        assert (tmp_path / path).stat().st_mode & 0o077 == 0


def test_a_certificate_is_recognised(made):
    """As PEM text, whatever its line breaks, or by its beginning; other text is not it."""
    with open(made.client) as file:
        text = file.read()
    assert same_certificate(text, made.client)
    assert same_certificate(text.strip(), made.client)
    assert same_certificate(text.replace("\n", "\r\n"), made.client)
    assert same_certificate(text[:512], made.client)
    assert not same_certificate(text, made.server)
    assert not same_certificate(text[:512], made.server)
    assert not same_certificate(text[:100], made.client)
    assert not same_certificate(text.replace("BEGIN CERT", "BEGIN X509 CERT"), made.client)
    assert not same_certificate("", made.client)
    assert not same_certificate("no certificate", made.client)
    assert not same_certificate("\ud800", made.client)


def test_a_name_is_recognised(made):
    """As RFC 4514 writes it, with its comma escaped in one of the two ways; other text is not it."""
    assert same_name(CLIENT_NAME, made.client)
    assert same_name("CN=client\\2c the,O=asgikit", made.client)
    assert not same_name("O=asgikit,CN=client\\, the", made.client)
    assert not same_name("CN=client, the,O=asgikit", made.client)
    assert not same_name("/O=asgikit/CN=client, the", made.client)
    assert not same_name("", made.client)
