"""Starlette: path convertors, JSONResponse, pure ASGI middleware."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.scenarios import ADDED, HELLO, NAME


class AddHeader:
    """Adds one header to every response."""

    def __init__(self, app: ASGIApp, name: str, value: str) -> None:
        """Around `app`."""
        self.app = app
        self.name = name
        self.value = value

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append(self.name, self.value)
            await send(message)

        await self.app(scope, receive, send_with_header)


async def _home(request: Request) -> PlainTextResponse:
    return PlainTextResponse(HELLO)


async def _show(request: Request) -> JSONResponse:
    return JSONResponse({"id": request.path_params["id"], "name": NAME})


async def _one(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(request.path_params["id"]))


def plain() -> ASGIApp:
    """One route."""
    return Starlette(routes=[Route("/", _home)])


def user() -> ASGIApp:
    """One route with a parameter."""
    return Starlette(routes=[Route("/users/{id:int}", _show)])


def numbered(count: int) -> ASGIApp:
    """Many routes with a parameter."""
    return Starlette(routes=[Route(f"/r{number}/{{id:int}}/x", _one) for number in range(count)])


def wrapped() -> ASGIApp:
    """One route under five middlewares."""
    middleware = [Middleware(AddHeader, name=name, value=value) for name, value in ADDED.items()]
    return Starlette(routes=[Route("/", _home)], middleware=middleware)
