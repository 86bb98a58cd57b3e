"""The callables between server and application."""

from __future__ import annotations

import inspect

from asgikit import App, Request, Response
from asgikit.asgi import ASGIApp


async def test_an_app_is_an_asgi_application() -> None:
    """Called with three positional arguments, under the names that servers use."""

    async def handler(request: Request[None]) -> Response:
        return Response.empty()

    app: ASGIApp = App(handler)
    assert list(inspect.signature(app).parameters) == ["scope", "receive", "send"]
    assert inspect.iscoroutinefunction(type(app).__call__)
