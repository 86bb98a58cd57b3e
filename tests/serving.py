"""Applications under real servers: processes of their own on free ports of the loopback interface."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

SERVERS = {
    "uvicorn-httptools": ["uvicorn", "{app}", "--port", "{port}", "--http", "httptools"],
    "uvicorn-plain": ["uvicorn", "{app}", "--port", "{port}", "--no-proxy-headers", "--log-level", "warning"],
    "uvicorn-no-lifespan": ["uvicorn", "{app}", "--port", "{port}", "--lifespan", "off", "--log-level", "critical"],
    "uvicorn-h11": ["uvicorn", "{app}", "--port", "{port}", "--http", "h11", "--loop", "asyncio"],
    "uvicorn-websockets": ["uvicorn", "{app}", "--port", "{port}", "--ws", "websockets", "--log-level", "warning"],
    "uvicorn-sansio": ["uvicorn", "{app}", "--port", "{port}", "--ws", "websockets-sansio", "--log-level", "warning"],
    "uvicorn-wsproto": ["uvicorn", "{app}", "--port", "{port}", "--ws", "wsproto", "--log-level", "warning"],
    "hypercorn-asyncio": ["hypercorn", "{app}", "--bind", "127.0.0.1:{port}"],
    "hypercorn-trio": ["hypercorn", "{app}", "--bind", "127.0.0.1:{port}", "--worker-class", "trio"],
    "hypercorn-alone": ["hypercorn", "{app}", "--bind", "127.0.0.1:{port}", "--workers", "0"],
    "granian": ["granian", "{app}", "--interface", "asgi", "--port", "{port}"],
}


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=10, trust_env=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(name: str, app: str, *, port: int | None = None, directory: Path = ROOT) -> Iterator[Server]:
    """The server, once it listens, with an application from a module below this directory; it is stopped at the end."""
    at = free_port() if port is None else port
    command = [part.format(app=app, port=at) for part in SERVERS[name]]
    process = subprocess.Popen(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    server = Server(name, at, process)
    try:
        wait_until_it_answers(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait_until_it_answers(server: Server) -> None:
    for _ in range(300):
        assert server.process.poll() is None, server.process.communicate()[0]
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{server.name} does not listen")
