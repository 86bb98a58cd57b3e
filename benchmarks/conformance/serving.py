"""Serves an application with a real server for a few seconds, sends bytes to it, and tells what came of it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

COMMANDS: Final[Mapping[str, str]] = {
    "uvicorn-httptools": "uvicorn app:app --port 8000 --http httptools --ws websockets",
    "uvicorn-h11": "uvicorn app:app --port 8000 --http h11 --ws wsproto",
    "hypercorn": "hypercorn app:app --bind 127.0.0.1:8000",
    "hypercorn-trio": "hypercorn app:app --bind 127.0.0.1:8000 --worker-class trio",
    "granian": "granian app:app --interface asgi --port 8000",
    "daphne": "daphne app:app --port 8000",
    "gunicorn": "gunicorn app:app --bind 127.0.0.1:8000 --worker-class asgi",
}
"""As one would type them."""

HANDSHAKE: Final = (
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

STARTS: Final = 20.0
READS: Final = 1.5
"""Seconds for an answer to each piece that is sent."""


def serve(project: str, app: str, pieces: Sequence[str], arguments: str = "") -> str:
    """What the client got, and what the server and the application printed. An empty piece closes our half."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "app.py").write_text(app)
        port = _free_port()
        with _running(project, port, directory, arguments):
            got = _talk(port, pieces) if pieces else b""
            time.sleep(0.3)
        return f"client got: {_shown(got)}\nserver printed:\n{(directory / 'log.txt').read_text(errors='replace')}"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def _running(project: str, port: int, directory: Path, arguments: str) -> Iterator[None]:
    words = [*COMMANDS[project].replace("8000", str(port)).split(), *arguments.split()]
    if project == "gunicorn":
        words.append("--no-control-socket")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(directory), "PYTHONWARNINGS": "ignore"}
    with (directory / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=directory, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(6)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            time.sleep(0.2)
            return
        time.sleep(0.05)


def _talk(port: int, pieces: Sequence[str]) -> bytes:
    got = b""
    try:
        client = socket.create_connection(("127.0.0.1", port), 5)
    except OSError as error:
        return f"[{error}]".encode()
    with client:
        client.settimeout(READS)
        for index, piece in enumerate(pieces):
            data = piece.replace("$HANDSHAKE", HANDSHAKE).encode("latin-1")
            with contextlib.suppress(OSError):
                if data:
                    client.sendall(data)
                else:
                    client.shutdown(socket.SHUT_WR)
            if index + 1 == len(pieces) or pieces[index + 1]:
                got += _read(client)
    return got


def _read(client: socket.socket) -> bytes:
    got = b""
    with contextlib.suppress(OSError):
        while data := client.recv(65536):
            got += data
        return got + b"[closed]"
    return got


def _shown(got: bytes) -> str:
    return got.decode("latin-1").replace("\r\n", "\n").encode("unicode_escape").decode().replace("\\n", "\n")
