"""The servers that tests run under: each as it is by itself, without a limit that only tests would give it."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from asgikit.testing.live import ServerProcess, serve

PATIENCE = 60
"""Seconds that anything may take on a busy machine."""

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

_OPTIONS = {
    "uvicorn-httptools": "uvicorn --port {port} --http httptools",
    "uvicorn-no-lifespan": "uvicorn --port {port} --lifespan off --log-level critical",
    "uvicorn-plain": "uvicorn --port {port} --no-proxy-headers --log-level warning",
    "uvicorn-h11": "uvicorn --port {port} --http h11 --loop asyncio",
    "uvicorn-websockets": "uvicorn --port {port} --ws websockets --log-level warning",
    "uvicorn-sansio": "uvicorn --port {port} --ws websockets-sansio --log-level warning",
    "uvicorn-wsproto": "uvicorn --port {port} --ws wsproto --log-level warning",
    "hypercorn-asyncio": "hypercorn --bind 127.0.0.1:{port}",
    "hypercorn-trio": "hypercorn --bind 127.0.0.1:{port} --worker-class trio",
    "hypercorn-alone": "hypercorn --bind 127.0.0.1:{port} --workers 0",
    "granian": "granian --port {port} --interface asgi",
}
SERVERS = {name: f"{sys.executable} -m {options} {{app}}" for name, options in _OPTIONS.items()}


@contextmanager
def serving(name: str, app: str, *, port: int = 0, directory: Path = ROOT) -> Generator[ServerProcess]:
    """The server, once it listens, with an application from a module below this directory; it is stopped at the end."""
    with serve(app, SERVERS[name], port=port, directory=directory) as server:
        server.name = name
        server.client = partial(server.client, timeout=PATIENCE)  # type: ignore[method-assign]  # no test fails for being slow
        yield server
