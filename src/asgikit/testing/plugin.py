"""The fixtures behind `asgi_app`, `client` and `sync_client`, which `pytest_asgikit` asks for when a test does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import partial
from typing import Any, Final, Literal, TypeGuard, TypeVar

import pytest

from asgikit.conformance.plugin import judgement, loaded, marked, misuse, named_app
from asgikit.conformance.rules import at_least
from asgikit.conformance.telling import told
from asgikit.testing.client import AsyncClient
from asgikit.testing.portal import Client
from asgikit.testing.recorder import Recorder
from asgikit.testing.reporting import JUDGED, NAME, Exchanges, judging, judging_at_once
from asgikit.testing.settings import ClientOptions

T = TypeVar("T")

OWN: Final = ("app", "check", "ignore", "level", "blame", "server", "backend", "library")
"""What the marker takes beside options of the clients."""

CLIENT: Final = tuple(sorted(ClientOptions.__optional_keys__ - {"check", "ignore"}))
"""The other options of the clients."""

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
    fatal = () if by.level is None else at_least(by.level)
    found = {(violation.rule, violation.message): violation for violation in recorder.violations if violation.level in fatal}
    if found and not request.node.stash.get(JUDGED, False):
        pytest.fail(told([*found.values()], exchanges=False), pytrace=False)


def client_options(request: pytest.FixtureRequest) -> ClientOptions:
    """What the marker and the ini file say of clients. Fails for options that there are not."""
    given = marked(request, KNOWN)
    by = judgement(request.config, given)
    # Whatever the marker has in it: the client checks it.
    options: Any = {name: value for name, value in given.items() if name in CLIENT}
    options |= {"check": by.check, "ignore": by.ignore}
    for name in INI:
        if said := request.config.getini(f"asgi_{name}"):
            options.setdefault(name, said)
    chosen: ClientOptions = options
    return chosen


def recorded_app(request: pytest.FixtureRequest) -> Recorder:
    """What the fixture asgi_app gives, recorded. A conftest may have one of its own."""
    app = request.getfixturevalue("asgi_app")
    return app if isinstance(app, Recorder) else Recorder(app)


@pytest.fixture
def asgikit_idle_client(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[AsyncClient]:
    """What runs the client. Fails for options that there are not, and where the extra is not installed."""
    idle: AsyncClient = _idle(request, AsyncClient)
    return judging(idle, request.node)


def _idle(request: pytest.FixtureRequest, make: Callable[..., T]) -> T:
    """A client of the application, before it runs."""
    options, app = client_options(request), recorded_app(request)
    library = marked(request, KNOWN).get("library")  # the client checks it, too
    try:
        return make(app, library=library, **options)
    except (ImportError, TypeError, ValueError) as error:
        raise misuse(f"asgi_app: {error}") from None


@pytest.fixture
def asgikit_client(request: pytest.FixtureRequest) -> AsyncClient:
    """The client, run by whatever runs the test: anyio's plugin or pytest-asyncio."""
    request.getfixturevalue("asgi_app")  # here, as it may be an async fixture, which none can ask for
    if "backend" in marked(request, KNOWN):
        raise misuse(
            "backend is where a sync_client runs its application; an async test chooses where it runs itself: "
            "pytest.mark.parametrize('anyio_backend', ['trio'])"
        )
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
    raise misuse(
        "the fixture client is for async tests that anyio's plugin or pytest-asyncio runs: mark the test with pytest.mark.anyio, "
        'or set anyio_mode = "auto"; other tests use sync_client'
    )


def _under_asyncio(request: pytest.FixtureRequest) -> None:
    """Fails where anyio's plugin runs the test as well, and not on asyncio."""
    if "anyio_backend" not in request.fixturenames or request.getfixturevalue("anyio_backend_name") == "asyncio":
        return
    of_anyio, of_asyncio = (_choice(request.config, name) for name in ("anyio", "asyncio"))
    instead = 'asyncio_mode = "strict"' if "mode" in of_asyncio else 'anyio_mode = "strict"'
    raise misuse(
        f"pytest-asyncio takes the test by {of_asyncio}, and anyio's plugin runs it on trio besides, by {of_anyio}: leave out "
        f"one of the two; with {instead} each plugin has the tests with its mark, pytest.mark.asyncio or pytest.mark.anyio"
    )


def _choice(config: pytest.Config, plugin: str) -> str:
    """By what a plugin comes to run a test."""
    name = f"{plugin}_mode"
    mode: object = config.getoption(name, None) or config.getini(name)
    return f'{name} = "auto"' if mode == "auto" else f"pytest.mark.{plugin}"


@pytest.fixture
async def asgikit_anyio_client(asgikit_idle_client: AbstractAsyncContextManager[AsyncClient]) -> AsyncGenerator[AsyncClient]:
    """The client, on the backend of the test."""
    async with asgikit_idle_client as client:
        yield client


@pytest.fixture
def asgikit_idle_sync_client(request: pytest.FixtureRequest) -> AbstractContextManager[Client]:
    """What runs the client of tests that are not async. Fails as the other one does."""
    backend = marked(request, KNOWN).get("backend", "asyncio")
    if not _is_backend(backend):
        raise misuse(f"asgi_app: backend is {backend!r}: write 'asyncio' or 'trio'")
    idle: Client = _idle(request, partial(Client, backend=backend))
    return judging_at_once(idle, request.node)


@pytest.fixture
def asgikit_sync_client(asgikit_idle_sync_client: AbstractContextManager[Client]) -> Generator[Client]:
    """The client for tests that are not async."""
    with asgikit_idle_sync_client as client:
        yield client


def _is_backend(value: object) -> TypeGuard[Literal["asyncio", "trio"]]:
    return value in {"asyncio", "trio"}
