"""Servers as processes: started with the probe on a free port of the loopback interface, watched, and stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from asgikit.conformance.processes import Tail
from asgikit.conformance.server.encoding import to_text
from asgikit.conformance.server.patience import Patience
from asgikit.conformance.server.ports import HOST, claimed_port, is_taken
from asgikit.conformance.server.probelog import ProbeLog
from asgikit.conformance.server.script import Action

PROBE = "asgikit.conformance.server.probe:app"
"""The application that servers run."""

LOG_VARIABLE = "ASGIKIT_PROBE_LOG"
"""The environment variable with the path of the probe's log."""

LIFESPAN_VARIABLE = "ASGIKIT_PROBE_LIFESPAN"
"""The environment variable with the actions of the probe's lifespan, as JSON; unset: startup and shutdown are answered."""

STARTUP = 20.0
"""Seconds that a server has until it listens."""

LAST_WORDS = 5.0
"""Seconds that the last words of a server that has ended may take to arrive; past them a process that it has left writes on."""

MAX_OUTPUT = 1 << 20
"""Bytes of the server's own output that are read, from its end."""


class LaunchError(Exception):
    """The server does not start: it is not installed, exits, or does not listen in time. The text ends with its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTarget:
    """A server to check: its name, and the command line with `{app}` and `{port}`."""

    name: str
    """"uvicorn (h11)"."""
    command: tuple[str, ...]
    plain: tuple[str, ...] = ()
    """Further arguments without TLS."""
    tls: tuple[str, ...] = ()
    """Further arguments for TLS, with `{certfile}` and `{keyfile}`; empty: it has none."""
    client_ca: tuple[str, ...] = ()
    """Further arguments to ask for client certificates of the authority in `{cafile}`."""
    root_path: tuple[str, ...] = ()
    """Further arguments to mount the application at `{root_path}`."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    directory: str = ""
    """Where it is started; empty: in a new directory of its own."""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a server is started for one case."""

    app: str = PROBE
    """The application, "module:attribute"."""
    port: int = 0
    """The port; 0: a free one."""
    lifespan: tuple[Action, ...] | None = None
    """What the probe does with the lifespan, instead of answering startup and shutdown."""
    certfile: str = ""
    """With `keyfile`: the server speaks TLS."""
    keyfile: str = ""
    cafile: str = ""
    """The authority of client certificates, which the server then asks for."""
    root_path: str = ""
    wait: bool = True
    """Wait until it listens; without, the case looks for itself."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a server has ended: its exit code (negative: by a signal), and whether it had to be killed."""

    code: int
    killed: bool


class Running:
    """A server that runs, or has run."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, directory: Path) -> None:
        """Takes over a process that leads its own group, and whose output goes into a pipe."""
        self._process = process
        self._said = None if process.stdout is None else Tail(process.stdout, MAX_OUTPUT)
        self.port = port
        self.log: ProbeLog = ProbeLog(directory / "probe.log", is_over=lambda: process.poll() is not None)

    def watched_with(self, patience: Patience) -> Running:
        """The same server, whose log is waited for with this patience."""
        found = copy(self)
        found.log = self.log.read_with(patience)
        return found

    @property
    def is_alive(self) -> bool:
        """Whether the process that was started still runs; its workers are another matter (`log.pids()`)."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    def output(self) -> str:
        """The end of what the server has printed and logged."""
        return "" if self._said is None else self._said.text(within=0.1 if self.is_alive else LAST_WORDS)

    def says(self, text: str, within: float) -> bool:
        """Whether its output has this text within so many seconds; False at once when the process ends without."""
        return self._said is not None and self._said.has(text, within)

    def listens(self, within: float = STARTUP) -> bool:
        """Whether its port answers in so many seconds; False at once when the process ends."""
        deadline = time.monotonic() + within
        while self.is_alive and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
                return True
            time.sleep(0.02)
        return False

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Sends a signal to the process that was started."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def exit(self, within: float) -> Exit | None:
        """How it has ended, once it has; None if it still runs so many seconds later."""
        try:
            return Exit(self._process.wait(within), killed=False)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, within: float = 8.0) -> Exit:
        """Ends it by SIGTERM, after so many seconds by SIGKILL; what is left of its group of processes too."""
        self.signal()
        ended = self.exit(within)
        self.kill()
        return ended or Exit(self._process.wait(), killed=True)

    def kill(self) -> None:
        """Ends it and its group of processes at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


@final
class Fleet:
    """The servers of one run. Once it has ended them, no other starts."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._running: set[Running] = set()
        self._is_over = False

    def add(self, running: Running) -> None:
        """One more. Raises LaunchError, and ends it, when the run is over."""
        with self._lock:
            self._running.add(running)
        if self._is_over:
            running.stop(0.0)
            raise LaunchError("the run is over")

    def discard(self, running: Running) -> None:
        """One that is stopped."""
        with self._lock:
            self._running.discard(running)

    def end(self) -> None:
        """Ends all of them at once; from any thread."""
        with self._lock:
            self._is_over = True
            for running in self._running:
                running.stop(0.0)


def command_line(target: ServerTarget, options: Options, port: int) -> list[str]:
    """The words of the command, with everything put in. Raises LaunchError for what the target cannot do."""
    words = [*target.command, *(() if options.certfile else target.plain)]
    for wanted, extra, what in (
        (options.certfile, target.tls, "TLS"),
        (options.cafile, target.client_ca, "client certificates"),
        (options.root_path, target.root_path, "a root path"),
    ):
        if wanted and not extra:
            raise LaunchError(f"no arguments are known that give {target.name} {what}")
        words += extra if wanted else ()
    values = {
        "{app}": options.app,
        "{port}": str(port),
        "{certfile}": options.certfile,
        "{keyfile}": options.keyfile,
        "{cafile}": options.cafile,
        "{root_path}": options.root_path,
    }
    for name, value in values.items():
        words = [word.replace(name, value) for word in words]
    return words


def start(target: ServerTarget, options: Options, directory: Path, fleet: Fleet, held: ExitStack) -> Running:
    """Starts the server, its files in this directory. Raises LaunchError; a port that was taken meanwhile is tried again.

    What is held of ports is for the time that it runs.
    """
    if options.port and is_taken(options.port):
        raise LaunchError(f"port {options.port} is taken")
    for attempt in range(3):
        port = options.port or held.enter_context(claimed_port())
        words = command_line(target, options, port)
        running = _spawn(words, target, options, directory / str(attempt), port)
        fleet.add(running)
        if not options.wait or running.listens():
            return running
        how = "not in time" if running.is_alive else f"it ended with exit code {running.stop().code}"
        running.stop()
        fleet.discard(running)
        output = running.output()
        if "address already in use" not in output.lower():
            raise LaunchError(f"{words[0]} does not listen, {how}:\n{output[-4000:]}")
    raise LaunchError(f"{target.name} found no free port")


def _spawn(words: list[str], target: ServerTarget, options: Options, directory: Path, port: int) -> Running:
    directory.mkdir()
    environment = os.environ | dict(target.environment) | {LOG_VARIABLE: str(directory / "probe.log")}
    if options.lifespan is not None:
        environment[LIFESPAN_VARIABLE] = to_text(list(options.lifespan))
    try:
        process = subprocess.Popen(  # noqa: S603  # the command is the user's
            words,
            cwd=target.directory or directory,
            env=environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise LaunchError(f"{words[0]} cannot be started: {error}") from error
    return Running(process, port, directory)


@contextmanager
def launched(target: ServerTarget, options: Options, *, grace: float = 8.0, fleet: Fleet | None = None) -> Generator[Running]:
    """The server, stopped at the end, for which it has so many seconds. Raises LaunchError."""
    fleet = fleet or Fleet()
    directory = Path(tempfile.mkdtemp(prefix="asgikit-"))
    running: Running | None = None
    with ExitStack() as held:
        try:
            running = start(target, options, directory, fleet, held)
            yield running
        finally:
            if running is not None:
                running.stop(grace)
                fleet.discard(running)
            shutil.rmtree(directory, ignore_errors=True)
