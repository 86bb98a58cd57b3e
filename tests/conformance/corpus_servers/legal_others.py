"""Servers that are unusual but legal: WebSocket, lifespan, TLS, and protocols that nobody knows."""

from __future__ import annotations

from typing import Any

import anyio

from tests.conformance.corpus_servers.honest import fail, hang_up, hesitate, refuse
from tests.conformance.corpus_servers.legal_http import HOST, legal
from tests.conformance.corpus_servers.model import (
    ABSENT,
    CONNECT,
    DATA,
    LEFT,
    PEM,
    SHUTDOWN,
    STARTUP,
    TEXT,
    App,
    LegalServer,
    Session,
    asgi,
    gives,
    http,
    lifespan,
    tls,
    websocket,
)
from tests.conformance.corpus_servers.wrong_lifespan_tls import after_lifespan
from tests.conformance.corpus_servers.wrong_websocket import left, offers, receive

BUNDLE = "subject=CN = a\n" + PEM.replace("\n", "\r\n")
MINIMAL = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "headers": []}


def conversations(name: str, *plans: list[Any], repeats: bool = True, app: App | None = None) -> list[LegalServer]:
    """One server for each list of events after the opening."""
    made = [(f"{name} {n}", gives(websocket(), [CONNECT, *plan], repeats=repeats)) for n, plan in enumerate(plans, 1)]
    return [LegalServer(label, serve) if app is None else LegalServer(label, serve, app) for label, serve in made]


async def cut_off(app: App) -> list[Any]:
    """A lifespan that the server ends without shutdown, by cancelling it."""
    session = Session(scope := lifespan(), [STARTUP, SHUTDOWN])
    with anyio.CancelScope() as ending:

        async def receive() -> Any:
            if session.sent:
                ending.cancel()
                await anyio.sleep_forever()
            return await session.receive()

        await app(scope, receive, session.send)
    return session.sent


def unknown(kind: str) -> LegalServer:
    """A protocol that neither the application nor the checker knows."""
    scope = {"type": kind, "asgi": {"version": "3.0"}, "host": b"\x00", "example": object()}

    async def serve(app: App) -> list[Any]:
        session = Session(scope, [{"type": f"{kind}.open"}])
        try:
            await app(dict(scope), session.receive, session.send)
        except NotImplementedError:
            return ["refused"]
        return session.sent

    return LegalServer(f"unknown protocol {kind}", serve)


async def talk(scope: Any, receive: Any, send: Any) -> None:
    """An application for the protocol "telnet"."""
    assert (await receive())["type"] == "telnet.open"
    await send({"type": "telnet.line", "line": b"hello"})


SCOPES = [
    *legal("minimal websocket", MINIMAL, MINIMAL | {"query_string": None}, MINIMAL | {"asgi": {"version": "3.0", "spec_version": "2.0"}}),
    *legal("websocket spec_version", *(websocket(asgi=asgi(v)) for v in ("2.0", "2.1", "2.2", "2.3", "2.4", ABSENT))),
    *legal("websocket http_version", *(websocket(http_version=v) for v in (ABSENT, "2", "3"))),
    *legal("websocket scheme", websocket(scheme=ABSENT), websocket(scheme="wss")),
    *legal("websocket path", websocket(raw_path=None), websocket(raw_path=ABSENT), websocket(path="/é", raw_path=b"/%C3%A9"), websocket(path="/\udcff", raw_path=b"/%FF")),
    *legal("websocket query_string", websocket(query_string=ABSENT), websocket(query_string=None), websocket(query_string=b"a=%FF")),
    *legal("websocket root_path", websocket(root_path=ABSENT), websocket(root_path="/chat")),
    *legal("websocket ends", websocket(client=None, server=None), websocket(client=ABSENT, server=ABSENT), websocket(server=["/run/a.sock", None]), websocket(client=["::1", 9])),
    *legal("websocket state and extensions", websocket(state={"db": object()}), websocket(extensions={"websocket.http.response": {}}), websocket(extensions={"example.x": {}})),
    *legal("no subprotocols", websocket(headers=[HOST], subprotocols=ABSENT), websocket(headers=[HOST], subprotocols=[]), websocket(headers=[HOST], subprotocols=())),
    *legal("subprotocols", websocket(subprotocols=("one", "two")), lambda: websocket(subprotocols=iter(["one", "two"])), websocket(headers=[HOST], subprotocols=["one"])),
    *legal("offers", offers(b"one", b"two, three", subprotocols=["one", "two", "three"]), offers(b"one ,\ttwo,,", subprotocols=["one", "two"]), offers(b"One", subprotocols=["One"]), offers(b"", subprotocols=[])),
    *legal("websocket headers", lambda: websocket(headers=iter([HOST]), subprotocols=[]), websocket(headers=[[b"Sec-WebSocket-Protocol", b"one,two"]]), websocket(headers=[(b"a", b"1"), (b"a", b"2")], subprotocols=[])),
    *legal("websocket unknown keys", websocket(extra={"example.x": object()})),
]  # fmt: skip

CONVERSATIONS = [
    *conversations("text and bytes", [receive(text="a", bytes=None), LEFT], [receive(text=None, bytes=b"a"), LEFT], [TEXT, DATA, TEXT, LEFT]),
    *conversations("empty messages", [receive(text=""), LEFT], [receive(bytes=b""), LEFT], [receive(text="", bytes=None), receive(text=None, bytes=b""), LEFT]),
    *conversations("long messages", [receive(text="é" * 100_000), LEFT], [receive(bytes=b"\x00" * 100_000), LEFT]),
    *conversations("odd text", [receive(text="\x00\u2028😀\ufeff"), LEFT], [receive(text="\r\n"), LEFT]),
    *conversations("unknown keys of messages", [TEXT | {"opcode": 1, "compressed": False, "lag": 0.5}, left(code=1000, reason="", clean=True)]),
    *conversations("codes", *([left(code=code)] for code in (1000, 1001, 1005, 1006, 1012, 1015, 3000, 4999))),
    *conversations("reasons", [left(code=1000, reason=None)], [left(code=4000, reason="é" * 60)], [left(code=1005, reason="")]),
    *conversations("the end again and again", [LEFT, LEFT, LEFT], [left(code=1001, reason="x")] * 2),
    *conversations("the end once", [LEFT], [TEXT, LEFT], repeats=False),
    *conversations("the end after a refusal", [left(code=1006)], [left(code=1008, reason=None)], app=refuse),
    *conversations("messages on their way at the close", [TEXT, left(code=1000)], [DATA, TEXT], app=hang_up),
    *conversations("the end before the answer", [left(code=1006)], [left(code=1001)], app=refuse),
    *conversations("the end while the application makes up its mind", [left(code=1006)], app=hesitate),
    LegalServer("a quiet websocket", gives(websocket(), [CONNECT, left(code=1001, reason="")])),
]  # fmt: skip

LIFESPANS = [
    *legal("lifespan", lifespan(state=ABSENT), lifespan(asgi=asgi("1.0")), lifespan(asgi=asgi(ABSENT)), lifespan(extra={"example.worker": 3}), lifespan(extensions={})),
    LegalServer("lifespan that could not start", gives(lifespan(), [STARTUP]), fail),
    LegalServer("lifespan with unknown keys", gives(lifespan(), [STARTUP | {"worker": 1}, SHUTDOWN | {"signal": "SIGTERM"}])),
    LegalServer("lifespan without shutdown", cut_off),
    LegalServer("every connection has a copy of the namespace", after_lifespan(*[lambda s: http(state={**s})] * 3, lambda s: websocket(state={**s}))),
    LegalServer("the namespace of a single request is a copy", after_lifespan(lambda s: http(state=dict(s)))),
    unknown("telnet"),
    unknown("mqtt"),
    unknown("x"),
    LegalServer("a protocol of one's own", gives({"type": "telnet", "asgi": {"version": "3.0"}}, [{"type": "telnet.open", "bytes": 3}]), talk),
]  # fmt: skip

TLS = [
    *legal("tls of which nothing is known", tls(server_cert=None, tls_version=None, cipher_suite=None)),
    *legal("tls_version", *(tls(tls_version=v) for v in (0x0300, 0x0301, 0x0303, 0x7F1C))),
    *legal("cipher_suite", tls(cipher_suite=0), tls(cipher_suite=0xFFFF), tls(cipher_suite=0xC02F)),
    *legal("client_cert_chain", *(tls(client_cert_chain=v) for v in ([], ()))),
    *legal("client_cert_chain and name", *(tls(client_cert_chain=v, client_cert_name="CN=a,O=b") for v in ([PEM], (PEM, PEM)))),
    *legal("one-shot chain", lambda: tls(client_cert_chain=iter([PEM]), client_cert_name="CN=a"), lambda: tls(client_cert_chain=iter(()))),
    *legal("client_cert_name", tls(client_cert_name="CN=a"), tls(client_cert_name=None), tls(client_cert_chain=[PEM], client_cert_name="")),
    *legal("client_cert_error", tls(client_cert_error=None), tls(client_cert_error="expired"), tls(client_cert_error="10", client_cert_chain=[PEM], client_cert_name="CN=é")),
    *legal("certificates as text", tls(server_cert=BUNDLE), tls(server_cert=PEM.rstrip())),
    *legal("unknown keys of tls", tls(alpn="h2", sni="example.org", peer=object())),
    *legal("tls on websocket", websocket(scheme="wss", extensions={"tls": {"server_cert": None, "tls_version": 0x0304, "cipher_suite": None}})),
]  # fmt: skip

SERVERS = [*SCOPES, *CONVERSATIONS, *LIFESPANS, *TLS]
