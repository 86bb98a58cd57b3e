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

OWN: Final = ("app", "level", "blame", "ignore", "server", "backend", "library")
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
    __tracebackhide__ = True
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
    __tracebackhide__ = True
    app = request.getfixturevalue("asgi_app")
    return app if isinstance(app, Recorder) else Recorder(app)


@pytest.fixture
def asgikit_idle_client(request: pytest.FixtureRequest) -> AsyncClient:
    """The client before it runs. Raises UsageError for options that there are not, and where the extra is not installed."""
    __tracebackhide__ = True
    options, app = client_options(request), recorded_app(request)
    library: Any = marked(request, KNOWN).get("library")  # the client checks it, too
    try:
        idle: AsyncClient = AsyncClient(app, library=library, **options)
    except (ImportError, TypeError, ValueError) as error:
        raise pytest.UsageError(f"asgi_app: {error}") from None
    return idle


@pytest.fixture
def asgikit_client(request: pytest.FixtureRequest) -> AsyncClient:
    """The client, run by whatever runs the test: anyio's plugin or pytest-asyncio."""
    __tracebackhide__ = True
    request.getfixturevalue("asgi_app")  # here, as it may be an async fixture, which none can ask for
    manager = request.config.pluginmanager
    marker = request.node.get_closest_marker("asyncio")
    request.getfixturevalue("asgikit_idle_client")
    if marker is not None and manager.has_plugin("asyncio"):
        _under_asyncio(request)
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


def _under_asyncio(request: pytest.FixtureRequest) -> None:
    __tracebackhide__ = True
    if "anyio_backend" in request.fixturenames and request.getfixturevalue("anyio_backend_name") != "asyncio":
        raise pytest.UsageError(
            'the test is marked for pytest-asyncio, and anyio_mode = "auto" runs it on trio besides: remove pytest.mark.asyncio, '
            "or that line, and mark the tests for anyio with pytest.mark.anyio"
        )


@pytest.fixture
async def asgikit_anyio_client(asgikit_idle_client: AsyncClient) -> AsyncGenerator[AsyncClient]:
    """The client, on the backend of the test."""
    __tracebackhide__ = True
    async with asgikit_idle_client as client:
        yield client


@pytest.fixture
def asgikit_sync_client(request: pytest.FixtureRequest) -> Generator[Client]:
    """The client for tests that are not async."""
    __tracebackhide__ = True
    backend = marked(request, KNOWN).get("backend", "asyncio")
    if not _is_backend(backend):
        raise pytest.UsageError(f"asgi_app: backend is {backend!r}: write 'asyncio' or 'trio'")
    options, app = client_options(request), recorded_app(request)
    library: Any = marked(request, KNOWN).get("library")  # the client checks it, too
    try:
        made: Client = Client(app, library=library, backend=backend, **options)
    except (ImportError, TypeError, ValueError) as error:
        raise pytest.UsageError(f"asgi_app: {error}") from None
    with made as client:
        yield client


def _is_backend(value: object) -> TypeGuard[Literal["asyncio", "trio"]]:
    return value in {"asyncio", "trio"}
