"""BlackSheep: typed route parameters, its own `text` and `json` responses, function middlewares."""

from collections.abc import Awaitable, Callable

from blacksheep import Application, Request, Response, Router, json, text

from benchmarks.scenarios import ADDED, HELLO, NAME


async def _home() -> Response:
    return text(HELLO)


async def _show(id: int) -> Response:
    return json({"id": id, "name": NAME})


def _one() -> Callable[[int], Awaitable[Response]]:
    async def one(id: int) -> Response:
        return text(str(id))

    return one


def _adding(name: bytes, value: bytes) -> Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]:
    async def middleware(request: Request, handler: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await handler(request)
        response.headers.add(name, value)
        return response

    return middleware


def _app() -> Application:
    # A router of its own: the default one is shared by all applications of a process.
    return Application(router=Router(), show_error_details=False)


def plain() -> Application:
    """One route."""
    app = _app()
    app.router.add_get("/", _home)
    return app


def user() -> Application:
    """One route with a parameter."""
    app = _app()
    app.router.add_get("/users/{int:id}", _show)
    return app


def numbered(count: int) -> Application:
    """Many routes with a parameter."""
    app = _app()
    for number in range(count):
        app.router.add_get(f"/r{number}/{{int:id}}/x", _one())
    return app


def wrapped() -> Application:
    """One route under five middlewares."""
    app = plain()
    app.middlewares.extend(_adding(name.encode(), value.encode()) for name, value in ADDED.items())
    return app
