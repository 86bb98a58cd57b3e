"""The fixture behind `live_server`."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from asgikit.conformance.plugin import marked, misuse, named_app
from asgikit.conformance.server.launch import LaunchError
from asgikit.testing.live import LiveServer, serve, serve_in_thread
from asgikit.testing.plugin import KNOWN
from asgikit.testing.reporting import SERVER


@pytest.fixture
def asgikit_live_server(request: pytest.FixtureRequest) -> Generator[LiveServer]:
    """The application under the server that the marker or the ini file names, else under uvicorn in a thread."""
    given = marked(request, KNOWN)
    server = given.get("server", request.config.getini("asgi_server"))
    if not isinstance(server, str):
        raise misuse(f"asgi_server is {server!r}: write the name of a server, 'granian'")
    app = None if server else request.getfixturevalue("asgi_app")
    try:
        if app is not None:
            with serve_in_thread(app) as running:
                yield running
            return
        named = named_app(request.config, given)
        if not isinstance(named, str):
            raise misuse(f"{server} imports the application in a process of its own: name it, app='module:attribute'")
        with serve(named, server, directory=request.config.rootpath) as process:
            request.node.stash[SERVER] = process
            yield process
    except (ImportError, LaunchError) as error:
        raise misuse(str(error)) from None
