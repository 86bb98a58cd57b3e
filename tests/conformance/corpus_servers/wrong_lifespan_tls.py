"""Servers that break the rules of lifespan and of the TLS extension."""

from __future__ import annotations

from typing import Any

import anyio

from tests.conformance.corpus_servers.honest import fail, hesitate
from tests.conformance.corpus_servers.model import (
    ABSENT,
    PEM,
    SHUTDOWN,
    STARTUP,
    App,
    Serve,
    Session,
    WrongServer,
    asgi,
    gives,
    http,
    lifespan,
    tls,
    websocket,
)
from tests.conformance.corpus_servers.wrong_core import scopes


def order(name: str, *events: Any, app: Any = None, also: frozenset[str] = frozenset()) -> WrongServer:
    """A server that gives lifespan events in a wrong order."""
    serve = gives(lifespan(), list(events))
    return WrongServer(name, "LIFE-ORD-001", serve, also) if app is None else WrongServer(name, "LIFE-ORD-001", serve, also, app)


def after_lifespan(*requests: Any) -> Serve:
    """A server that starts the application with a namespace, then has requests, made from that namespace."""

    async def serve(app: App) -> list[Any]:
        namespace: dict[str, Any] = {}
        life = Session(lifespan(), [STARTUP, SHUTDOWN])
        started, ended = anyio.Event(), anyio.Event()

        async def receive() -> Any:
            if life.sent and not ended.is_set():
                started.set()
                await ended.wait()
            return await life.receive()

        async with anyio.create_task_group() as group:
            group.start_soon(app, lifespan(state=namespace), receive, life.send)
            await started.wait()
            namespace["db"] = object()
            for request in requests:
                session = Session(scope := request(namespace), None)
                await app(scope, session.receive, session.send)
            ended.set()
        return []

    return serve


LIFESPAN = [
    WrongServer("a request has the namespace itself", "LIFE-STATE-002", after_lifespan(lambda state: http(state=state))),
    WrongServer("a websocket has the namespace itself", "LIFE-STATE-002", after_lifespan(lambda state: websocket(state=state))),
    WrongServer(
        "a later request has the namespace itself",
        "LIFE-STATE-002",
        after_lifespan(lambda s: http(state={**s}), lambda s: http(state=s)),
    ),
    WrongServer("a request has no namespace", "LIFE-STATE-004", after_lifespan(lambda _: http())),
    WrongServer(
        "a websocket has no namespace", "LIFE-STATE-004", after_lifespan(lambda s: http(state={**s}), lambda _: websocket())
    ),
    *scopes(
        "lifespan spec_version",
        "LIFE-SCOPE-002",
        *(lifespan(asgi=asgi(v)) for v in (2.0, "2.3", "2.5", None, b"2.0", "3.0")),
        also=frozenset({"CORE-SCOPE-004"}),
    ),
    order("shutdown comes first", SHUTDOWN, STARTUP),
    order("startup twice", STARTUP, STARTUP),
    order("startup twice before the answer", STARTUP, STARTUP, SHUTDOWN, app=hesitate),
    order("shutdown before the answer", STARTUP, SHUTDOWN, SHUTDOWN, app=hesitate),
    order("shutdown twice", STARTUP, SHUTDOWN, SHUTDOWN),
    order("startup after shutdown", STARTUP, SHUTDOWN, STARTUP),
    order("shutdown after a failed startup", STARTUP, SHUTDOWN, app=fail),
    order("startup after a failed startup", STARTUP, STARTUP, app=fail),
    *scopes("lifespan state", "LIFE-STATE-001", *(lifespan(state=v) for v in ({"server": "tiny"}, [], None, "state", object()))),
]

TLS = [
    *scopes(
        "tls without TLS",
        "EXT-TLS-001",
        http(extensions={"tls": {"server_cert": None, "tls_version": 0x0304, "cipher_suite": 0x1301}}),
    ),
    *scopes(
        "tls without TLS on websocket",
        "EXT-TLS-001",
        websocket(extensions={"tls": {"server_cert": PEM, "tls_version": 0x0303, "cipher_suite": 1}}),
    ),
    *scopes("server_cert", "EXT-TLS-002", *(tls(server_cert=v) for v in (ABSENT, PEM.encode(), 0, "cert.pem", [PEM], ""))),
    *scopes(
        "tls_version", "EXT-TLS-003", *(tls(tls_version=v) for v in (ABSENT, "TLSv1.3", 1.3, "0x0304", b"\x03\x04", -1, (3, 4)))
    ),
    *scopes(
        "cipher_suite",
        "EXT-TLS-004",
        *(tls(cipher_suite=v) for v in (ABSENT, "TLS_AES_128_GCM_SHA256", 0x10000, -1, (0x13, 0x01), b"\x13\x01")),
    ),
    *scopes(
        "client_cert_chain",
        "EXT-TLS-005",
        *(tls(client_cert_chain=v, client_cert_name="CN=a") for v in (PEM, [PEM.encode()], None, 0, [None], ["cert.pem"])),
    ),
    *scopes(
        "client_cert_name",
        "EXT-TLS-006",
        tls(client_cert_chain=[PEM]),
        tls(client_cert_chain=(PEM, PEM), client_cert_name=None),
        tls(client_cert_name=b"CN=a"),
        tls(client_cert_name=1),
        tls(client_cert_name=[("CN", "a")]),
    ),
    *scopes("client_cert_error", "EXT-TLS-007", *(tls(client_cert_error=v) for v in ("", b"expired", 10, False))),
]

SERVERS = [*LIFESPAN, *TLS]
