"""The fixtures behind `asgi_app`, `client` and `sync_client`, which `pytest_asgikit` asks for when a test does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any, Final, Literal, TypeGuard

import pytest

from asgikit.conformance.plugin import judgement, loaded, marked, named_app
from asgikit.conformance.rules import at_least
from asgikit.conformance.telling import told
from asgikit.testing.client import AsyncClient
from asgikit.testing.portal import Client
from asgikit.testing.recorder import Recorder
from asgikit.testing.reporting import JUDGED, NAME, Exchanges
from asgikit.testing.settings import ClientOptions

OWN: Final = ("app", "level", "blame", "ignore", "server", "backend")
"""What the marker takes beside options of the clients."""

CLIENT: Final = tuple(sorted(ClientOptions.__optional_keys__ - {"check", "ignore"}))
"""Options of the clients that the marker takes; what they check is said by level and ignore."""

KNOWN: Final = (*OWN, *CLIENT)

INI: Final = ("spec_version", "extensions")
"""Options of the clients that the ini file has."""


def pytest_configure(config: pytest.Config) -> None:
    """From now on exchanges are noted for the reports of this run."""
    config.pluginmanager.register(Exchanges(config), NAME)


@pytest.fixture
def asgikit_asgi_app(request: pytest.FixtureRequest) -> Generator[Recorder]:
    """The application that the marker or the ini file names; at the end the test fails if it broke a rule."""
    given = marked(request, KNOWN)
    by = judgement(request.config, given)
    recorder = Recorder(loaded(named_app(request.config, given)), ignore=by.ignore, blame=by.blame)
    yield recorder
    broken = [violation for violation in recorder.violations if violation.level in at_least(by.level)]
    if broken and not request.node.stash.get(JUDGED, False):
        pytest.fail(told(broken, exchanges=False), pytrace=False)


def client_options(request: pytest.FixtureRequest) -> ClientOptions:
    """What the marker and the ini file say of clients. Raises UsageError for options that there are not."""
    __tracebackhide__ = True
    given = marked(request, KNOWN)
    by = judgement(request.config, given)
    # Whatever the marker has in it: the client checks it.
    options: Any = {name: value for name, value in given.items() if name in CLIENT}
    options |= {"check": by.level, "ignore": by.ignore}
    for name in INI:
        if said := request.config.getini(f"asgi_{name}"):
            options.setdefault(name, said)
    chosen: ClientOptions = options
    return chosen


def recorded_app(request: pytest.FixtureRequest) -> Recorder:
    """What the fixture asgi_app gives, recorded. A conftest may have one of its own."""
    app = request.getfixturevalue("asgi_app")
    return app if isinstance(app, Recorder) else Recorder(app)


def async_client(request: pytest.FixtureRequest) -> AsyncClient:
    """The client of a test. Raises UsageError for options that there are not."""
    __tracebackhide__ = True
    options = client_options(request)
    try:
        return AsyncClient(recorded_app(request), **options)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"asgi_app: {error}") from None


@pytest.fixture
def asgikit_client(request: pytest.FixtureRequest) -> AsyncClient:
    """The client, run by whatever runs the test: anyio's plugin or pytest-asyncio."""
    __tracebackhide__ = True
    request.getfixturevalue("asgi_app")  # here, as it may be an async fixture, which none can ask for
    manager = request.config.pluginmanager
    marker = request.node.get_closest_marker("asyncio")
    if marker is not None and manager.has_plugin("asyncio"):
        manager.import_plugin("asgikit.testing.asyncio_plugin")
        scope = marker.kwargs.get("loop_scope") or request.config.getini("asyncio_default_test_loop_scope")
        made: AsyncClient = request.getfixturevalue(f"asgikit_{scope}_client")
        return made
    if "anyio_backend" in request.fixturenames:
        running: AsyncClient = request.getfixturevalue("asgikit_anyio_client")
        return running
    raise pytest.UsageError(
        "the fixture client is for async tests that anyio's plugin or pytest-asyncio runs: mark the test with pytest.mark.anyio, "
        'or set anyio_mode = "auto"; other tests use sync_client'
    )


@pytest.fixture
async def asgikit_anyio_client(request: pytest.FixtureRequest) -> AsyncGenerator[AsyncClient]:
    """The client, on the backend of the test."""
    __tracebackhide__ = True
    async with async_client(request) as client:
        yield client


@pytest.fixture
def asgikit_sync_client(request: pytest.FixtureRequest) -> Generator[Client]:
    """The client for tests that are not async."""
    __tracebackhide__ = True
    backend = marked(request, KNOWN).get("backend", "asyncio")
    if not _is_backend(backend):
        raise pytest.UsageError(f"asgi_app: backend is {backend!r}: write 'asyncio' or 'trio'")
    options = client_options(request)
    try:
        made: Client = Client(recorded_app(request), backend=backend, **options)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"asgi_app: {error}") from None
    with made as client:
        yield client


def _is_backend(value: object) -> TypeGuard[Literal["asyncio", "trio"]]:
    return value in {"asyncio", "trio"}
