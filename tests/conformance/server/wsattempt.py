"""Runs a case on a small server in a thread, right or wrong, and says what it finds."""

import asyncio
import threading
from contextlib import contextmanager, suppress
from types import SimpleNamespace

from asgikit.conformance.server.case import Context
from asgikit.conformance.server.launch import LOG_VARIABLE, ServerTarget
from asgikit.conformance.server.probe import Probe
from asgikit.conformance.server.probelog import ProbeLog
from tests.conformance.server.miniserver import Connection


class MiniServer:
    """The server in a thread of its own; `defects` are what it does wrong."""

    def __init__(self, log, defects, wanted=None):
        self.log = ProbeLog(log)
        self._defects = defects
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))

    def __enter__(self):
        """It listens."""
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *error):
        """It is stopped."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _main(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app, tasks, others = Probe(), set(), []

        async def connected(reader, writer):
            connection = Connection(reader, writer, self._defects, others)
            tasks.add((asyncio.current_task(), connection))
            with suppress(asyncio.CancelledError):  # at the end of the test
                await connection.serve(app)

        server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=1 << 22)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task, connection in tasks:
            connection.state = "stopped"
            if connection.reading is not None:
                connection.reading.cancel()
            task.cancel()
            connection.writer.transport.abort()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)


def attempt(case, tmp_path, monkeypatch, *defects, kind=MiniServer, **options):
    """What a case finds at a server with these defects: rules and messages."""
    monkeypatch.setenv(LOG_VARIABLE, str(tmp_path / "probe.log"))

    @contextmanager
    def fresh(wanted=None):
        with kind(tmp_path / "probe.log", frozenset(defects), **options, wanted=wanted) as server:
            yield SimpleNamespace(port=server.port, log=server.log, stop=lambda: None, output=lambda: "")

    target = ServerTarget(name="mini", command=("mini",), tls=("tls",), client_ca=("ca",))
    with fresh() as server:
        context = Context(case, target, None if case.alone else server)
        context.fresh = fresh
        case.run(context)
    return [(finding.violation.rule, finding.violation.message) for finding in context.findings]
