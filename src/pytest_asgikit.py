"""What pytest loads at its start where asgikit is installed: the names of its options, its marker and its fixtures.

It stands outside of the package, whose root imports all of it: what fixtures are made of is imported when a test asks for one.
"""

from __future__ import annotations

import sys

import pytest

PLUGIN = "asgikit.testing.plugin"
LIVE = "asgikit.testing.live_plugin"
NOTING = "asgikit.testing.noting"

MARKER = (
    "asgi_app(*, app, check, ignore, level, blame, server, backend, library, spec_version, extensions, ...): the application of "
    "the fixtures asgi_app, client, sync_client and live_server, or its 'module:attribute'; which broken rules fail the test, in "
    "a client and at its end; what live_server runs; and options of asgikit.testing.AsyncClient. Of several markers, the nearest "
    "counts for each keyword"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini options."""
    parser.addini("asgi_app", "module:attribute of the application of the fixtures asgi_app, client, sync_client, live_server")
    parser.addini("asgi_level", "the weakest level of broken rules that fails a test: must, should or note", default="should")
    who = ["app", "middleware"]
    parser.addini("asgi_blame", "whose violations fail a test: some of app, middleware, server", type="args", default=who)
    parser.addini("asgi_ignore", "patterns of rules that fail no test: HTTP-RESP-*", type="args")
    parser.addini("asgi_spec_version", "the level of the specification that the clients have: 2.0 to 2.5")
    parser.addini("asgi_extensions", "extensions that the clients offer: http.response.trailers", type="args")
    parser.addini(
        "asgi_server", "what live_server runs in a process: granian, 'uvicorn --http h11'; default: uvicorn in a thread"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests with clients and recorders of their own have their exchanges in the report, too."""
    _note(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """The same where a fixture was the first to import the testing kit."""
    _note(item)


def _note(item: pytest.Item) -> None:
    if NOTING in sys.modules:
        item.config.pluginmanager.import_plugin(PLUGIN)


@pytest.fixture
def asgi_app(request: pytest.FixtureRequest) -> object:
    """The application that the marker or the ini option asgi_app names, an asgikit.testing.recorder.Recorder around it.

    Whatever drives it, the test fails at its end if a rule was broken, and the report shows the exchanges of a test that fails.
    """
    __tracebackhide__ = True
    return _made(request, "asgi_app")


@pytest.fixture
def client(request: pytest.FixtureRequest) -> object:
    """An asgikit.testing.client.AsyncClient of the application of asgi_app, whose lifespan runs around the test."""
    __tracebackhide__ = True
    return _made(request, "client")


@pytest.fixture
def sync_client(request: pytest.FixtureRequest) -> object:
    """An asgikit.testing.client.Client of the application of asgi_app, for tests that are not async."""
    __tracebackhide__ = True
    return _made(request, "sync_client")


@pytest.fixture
def live_server(request: pytest.FixtureRequest) -> object:
    """The application of asgi_app under a real server on a free port: an asgikit.testing.live.LiveServer."""
    __tracebackhide__ = True
    return _made(request, "live_server")


def _made(request: pytest.FixtureRequest, name: str) -> object:
    """Another plugin's fixture of this name, else ours: pytest-django has a client and a live_server, too."""
    __tracebackhide__ = True
    try:
        return request.getfixturevalue(name)
    except pytest.FixtureLookupError as error:
        if error.argname != name:
            raise
    request.config.pluginmanager.import_plugin(PLUGIN)
    if name == "live_server":
        request.config.pluginmanager.import_plugin(LIVE)
    return request.getfixturevalue(f"asgikit_{name}")
