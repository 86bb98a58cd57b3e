"""Falcon on ASGI: resources, field converters, `resp.media`, middleware components."""

from __future__ import annotations

from typing import TypeAlias

import falcon
import falcon.asgi

from benchmarks.scenarios import ADDED, HELLO, NAME

App: TypeAlias = "falcon.asgi.App[falcon.asgi.Request, falcon.asgi.Response]"


class Home:
    """Plain text."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Answers GET."""
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = HELLO


class User:
    """A user."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, id: int) -> None:
        """Answers GET."""
        resp.media = {"id": id, "name": NAME}


class One:
    """One of many routes."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, id: int) -> None:
        """Answers GET."""
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = str(id)


class AddHeader:
    """Adds one header to every response."""

    def __init__(self, name: str, value: str) -> None:
        """With this value."""
        self.name = name
        self.value = value

    async def process_response(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, resource: object, req_succeeded: bool
    ) -> None:
        """Changes the response."""
        resp.set_header(self.name, self.value)


def plain() -> App:
    """One route."""
    app = falcon.asgi.App()
    app.add_route("/", Home())
    return app


def user() -> App:
    """One route with a parameter."""
    app = falcon.asgi.App()
    app.add_route("/users/{id:int}", User())
    return app


def numbered(count: int) -> App:
    """Many routes with a parameter."""
    app = falcon.asgi.App()
    for number in range(count):
        app.add_route(f"/r{number}/{{id:int}}/x", One())
    return app


def wrapped() -> App:
    """One route under five middlewares."""
    app = falcon.asgi.App(middleware=[AddHeader(name, value) for name, value in ADDED.items()])
    app.add_route("/", Home())
    return app
