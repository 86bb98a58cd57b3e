"""What is served behind nginx: it says what it knows of a request."""

from __future__ import annotations

from asgikit import App, Middleware, Request, Response, Router, WebSocket, get, mount, root, websocket
from asgikit.middleware.normalize_path import normalize_path
from asgikit.middleware.proxies import proxies
from asgikit.middleware.trusted_hosts import trusted_hosts
from tests.interop.proxied_foreign import foreign


@get(root / "users")
async def users(request: Request[object]) -> Response:
    host = None if request.client is None else request.client.host
    return Response.json({"client": host, "url": str(request.url), "path": request.path})


@websocket(root / "echo")
async def echo(request: Request[object]) -> Response:
    async def session(ws: WebSocket[str | bytes, str | bytes]) -> None:
        await ws.send(f"{request.client.host if request.client else None} {request.url}")

    return Response.upgrade(session)


def app(believed: Middleware) -> App[None]:
    routes = Router(users, echo, mount(root / "app", foreign))
    return App(routes.wrap(normalize_path()).wrap(trusted_hosts(["127.0.0.1"])).wrap(believed))


# 127.0.0.1 is nginx, other addresses of the loopback network are clients.
older = app(proxies(["127.0.0.1"], fields="x-forwarded", also=["host", "prefix"]))
standard = app(proxies(["127.0.0.1"], fields="forwarded"))
