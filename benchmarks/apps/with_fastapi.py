"""FastAPI: annotated parameters, a pydantic model as the return type, Starlette's middleware; no OpenAPI and no telemetry."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from benchmarks.apps.with_starlette import AddHeader
from benchmarks.scenarios import ADDED, HELLO, NAME, ASGIApp


class User(BaseModel):
    """What the JSON holds."""

    id: int
    name: str


async def _home() -> PlainTextResponse:
    return PlainTextResponse(HELLO)


async def _show(id: int) -> User:
    return User(id=id, name=NAME)


async def _one(id: int) -> PlainTextResponse:
    return PlainTextResponse(str(id))


def _app() -> FastAPI:
    return FastAPI(openapi_url=None, telemetry={"tracing": False, "metrics": False, "logs": False})


def plain() -> ASGIApp:
    """One route."""
    app = _app()
    app.get("/")(_home)
    return app


def user() -> ASGIApp:
    """One route with a parameter."""
    app = _app()
    app.get("/users/{id}")(_show)
    return app


def numbered(count: int) -> ASGIApp:
    """Many routes with a parameter."""
    app = _app()
    for number in range(count):
        app.get(f"/r{number}/{{id}}/x")(_one)
    return app


def wrapped() -> ASGIApp:
    """One route under five middlewares."""
    app = _app()
    app.get("/")(_home)
    for name, value in ADDED.items():
        app.add_middleware(AddHeader, name=name, value=value)
    return app
