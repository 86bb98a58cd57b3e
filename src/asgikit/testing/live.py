"""Applications under real servers on the loopback interface: in a process of their own, or in a thread of this one."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio
from typing_extensions import Unpack

from asgikit.asgi import ASGIApp, ForeignApp
from asgikit.conformance.server.launch import STARTUP, Exit, LaunchError, Options, Running, ServerTarget, launched
from asgikit.conformance.server.servers import known_server, server_from_command
from asgikit.testing.client import AsyncClient
from asgikit.testing.noting import note_in, report
from asgikit.testing.portal import Client
from asgikit.testing.settings import NetworkOptions

if TYPE_CHECKING:
    import uvicorn
else:
    try:
        import uvicorn
    except ImportError:
        uvicorn = None

HOST: Final = "127.0.0.1"

LINES: Final = 500
"""Lines that are kept of what a server in a thread logs."""

_SHUTDOWN: Final = 5
"""Seconds for the shutdown of the lifespan."""


class LiveServer:
    """A server that listens on a port of the loopback interface."""

    def __init__(self, name: str, port: int) -> None:
        """The server of this name on this port."""
        self.name: str = name
        self.port: int = port

    @property
    def url(self) -> str:
        """The URL of its root, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    def client(self, **options: Unpack[NetworkOptions]) -> Client:
        """A client of it for synchronous tests: `with server.client() as client:`."""
        return Client(self.url, **_direct(options))

    def async_client(self, **options: Unpack[NetworkOptions]) -> AsyncClient:
        """A client of it for async tests: `async with server.async_client() as client:`."""
        return AsyncClient(self.url, **_direct(options))

    def output(self) -> str:
        """The end of what it has printed and logged."""
        return ""


def _direct(options: NetworkOptions) -> NetworkOptions:
    """No proxy of the environment's is between us and the loopback interface."""
    return {"trust_env": False, **options}


class ServerProcess(LiveServer):
    """A server in a process of its own."""

    def __init__(self, name: str, running: Running) -> None:
        """The server that this process is."""
        super().__init__(name, running.port)
        self._running = running

    @property
    def pid(self) -> int:
        """The process that was started; servers may have workers beside it."""
        return self._running.pid

    @property
    def is_alive(self) -> bool:
        """Whether that process still runs."""
        return self._running.is_alive

    def output(self) -> str:
        """The last MiB of what it has printed and logged; once it has ended, all of that."""
        return self._running.output()

    def says(self, text: str, within: float = 10.0) -> bool:
        """Waits until its output has this text; whether it has, at the latest after so many seconds or with its end."""
        return self._running.says(text, within)

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Sends a signal to the process."""
        self._running.signal(number)

    def exit(self, within: float = 10.0) -> Exit | None:
        """Waits for its end, and gives its exit code; None if it still runs so many seconds later."""
        return self._running.exit(within)

    def ended(self, within: float = 10.0) -> str:
        """Waits for its end, and gives all that it has said. Raises TimeoutError if it still runs so many seconds later."""
        if self.exit(within) is None:
            raise TimeoutError(f"{self.name} still runs after {within:g} s:\n{self.output()}")
        return self.output()

    def kill(self) -> None:
        """Ends it and its workers at once, without a word."""
        self._running.kill()
        self._running.exit(10.0)


@contextmanager
def serve(
    app: str, server: str = "uvicorn", *, port: int = 0, directory: str | Path = ".", grace: float = 10.0
) -> Generator[ServerProcess]:
    """The application "module:attribute" under a server in a process of its own, from when it listens to the end of the block.

    server: "uvicorn", "hypercorn", "granian", "daphne" or "gunicorn", run by this interpreter, with further arguments if need be:
    "uvicorn --http h11". Any other one by its command line with `{app}` and `{port}`. directory: where modules are looked for,
    before what this process looks through. grace: seconds that it has to stop, before it is killed. Raises LaunchError with its
    output if it does not start.
    """
    _require_name(app)
    target = _target(server)
    others = sys.path if target.version else os.environ.get("PYTHONPATH", "").split(os.pathsep)  # of this interpreter, or any
    environment = {"PYTHONPATH": os.pathsep.join([str(Path(directory).resolve()), *filter(None, others)])}
    target = replace(target, directory=target.directory or str(Path.cwd()), environment=environment)
    with launched(target, Options(app=app, port=port), grace=grace) as running:
        yield ServerProcess(server, running)


def _require_name(app: object) -> None:
    if not isinstance(app, str):
        raise TypeError(f'serve takes the name of an application, "module:attribute", not {app!r}: that is for serve_in_thread')


def _target(server: str) -> ServerTarget:
    if "{app}" in server:
        return server_from_command(server)
    try:
        name, *more = shlex.split(server)
    except ValueError as error:
        raise LaunchError(f"{server!r} names no server: {error}") from None
    target = known_server(name)
    return replace(target, command=(*target.command, *more))


@contextmanager
def serve_in_thread(app: ASGIApp | ForeignApp, *, grace: int = 3) -> Generator[LiveServer]:
    """The application itself under uvicorn in a thread, on asyncio, on a free port: what a test changes, it sees.

    grace: seconds that exchanges which go on have at the end of the block; then they are cancelled. Raises LaunchError if the
    application does not start, or the server does not stop; ImportError without uvicorn.
    """
    if uvicorn is None:
        raise ImportError("a server in a thread is uvicorn: install typed-asgikit[server]")
    if not callable(app):
        raise TypeError(f"serve_in_thread takes the application itself, not {app!r}: a name is for serve")
    with socket.socket() as listener, _logged() as log:
        listener.bind((HOST, 0))
        listener.listen(128)
        thread = _Thread(app, listener, grace)
        thread.start()
        if not thread.settled.wait(STARTUP):
            thread.cancel()
            raise LaunchError(f"the application has not started within {STARTUP:g} s\n{log.text()}")
        if thread.error is not None:
            raise LaunchError(f"the application did not start: {thread.error!r}\n{log.text()}") from thread.error
        try:
            yield _ThreadServer(listener.getsockname()[1], log)
        finally:
            thread.stop(grace)


class _ThreadServer(LiveServer):
    def __init__(self, port: int, log: _Log) -> None:
        super().__init__("uvicorn", port)
        self._log = log

    def output(self) -> str:
        return self._log.text()


class _Thread(threading.Thread):
    """uvicorn on an event loop of its own."""

    def __init__(self, app: ForeignApp, listener: socket.socket, grace: int) -> None:
        super().__init__(name="asgikit live server", daemon=True)
        self.settled = threading.Event()
        self.error: BaseException | None = None
        self._listener = listener
        self._notes = report.get()
        self._cancel: Callable[[], object] | None = None
        self._is_given_up = False
        # log_config: uvicorn's own would change logging for the whole process.
        config = uvicorn.Config(
            app,
            interface="asgi3",
            loop="asyncio",
            log_config=None,
            timeout_graceful_shutdown=grace,
            callback_notify=self._ready,
        )
        self._server = uvicorn.Server(config)

    async def _ready(self) -> None:
        """Called by uvicorn once it serves, and every half a minute from then on."""
        self.settled.set()

    def run(self) -> None:
        note_in(self._notes)
        try:
            anyio.run(self._serve)
        except BaseException as error:  # noqa: BLE001  # SystemExit too, with which uvicorn ends where an application does not start
            self.error = error
        finally:
            self.settled.set()

    async def _serve(self) -> None:
        with anyio.CancelScope() as scope:
            loop = asyncio.get_running_loop()
            self._cancel = lambda: loop.call_soon_threadsafe(scope.cancel)
            if self._is_given_up:  # before it could be told so
                scope.cancel()
            await self._server.serve([self._listener])

    def cancel(self) -> None:
        """Ends what has not started yet; it has a while for that, and is left alone then."""
        self._is_given_up = True
        if self._cancel is not None:
            self._cancel()
        self.join(_SHUTDOWN)

    def stop(self, grace: int) -> None:
        self._server.should_exit = True
        self.join(grace + _SHUTDOWN)
        if self.is_alive():
            raise LaunchError(
                f"the server has not stopped within {grace + _SHUTDOWN} s: its event loop is blocked, or its lifespan hangs"
            )


class _Log(logging.Handler):
    """The last lines of a logger."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[str] = deque(maxlen=LINES)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))

    def text(self) -> str:
        return "\n".join(tuple(self._lines))


@contextmanager
def _logged() -> Generator[_Log]:
    log = _Log()
    loggers: Sequence[logging.Logger] = [logging.getLogger(f"uvicorn.{name}") for name in ("error", "access", "asgi")]
    for logger in loggers:
        logger.addHandler(log)
    try:
        yield log
    finally:
        for logger in loggers:
            logger.removeHandler(log)
