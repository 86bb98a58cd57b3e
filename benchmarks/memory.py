"""`python -m benchmarks.memory`: the memory of a real server while a gigabyte goes through asgikit, over time. Needs Linux."""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from benchmarks.bodies.payloads import END, MULTIPART, part_head
from benchmarks.report import table
from benchmarks.streamer import CHUNK, SIZE

_ROOT: Final = Path(__file__).resolve().parent.parent
_PLOT: Final = _ROOT / "docs" / "memory.svg"
_MEGABYTE: Final = 1024 * 1024
_EVERY: Final = 0.02
"""Seconds from sample to sample."""

_START: Final = 30
"""Seconds that the server has to start."""

TARGET: Final = 20
"""Megabytes above idle that a gigabyte may take at most."""

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Transfer: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[int]]


class Failure(Exception):
    """The server did not do what is measured."""


@dataclass(frozen=True)
class Run:
    """One gigabyte: megabytes of the idle server, the most while it went through and behind it, and seconds with megabytes."""

    title: str
    idle: float
    peak: float
    samples: tuple[tuple[float, float], ...]

    @property
    def above(self) -> float:
        """Megabytes above idle, at most."""
        return self.peak - self.idle

    @property
    def drift(self) -> float:
        """How much more there is in the last third than in the second: flat is about zero."""
        third = len(self.samples) // 3
        middle, last = self.samples[third : 2 * third], self.samples[2 * third :]
        return max(size for _, size in last) - max(size for _, size in middle)


def resident(process: int, field: str = "VmRSS") -> float:
    """The resident memory of a process in megabytes, now, or at its highest (VmHWM)."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) / 1024
    raise Failure(f"there is no {field} of {process}")


def _forget_peak(process: int) -> None:
    """What the start has taken does not count."""
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")


async def _request(streams: Streams, head: str, *more: str) -> None:
    streams[1].write("\r\n".join([head, "Host: localhost", "Connection: close", *more, "\r\n"]).encode())
    await streams[1].drain()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The body of a small answer."""
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise Failure(f"the server answers {head!r}")
    return body


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    await _request((reader, writer), "GET /out HTTP/1.1")
    await reader.readuntil(b"\r\n\r\n")
    size = 0
    while chunk := await reader.read(4 * CHUNK):
        size += len(chunk)
    return size


async def _send(streams: Streams, path: str, content_type: str, ends: tuple[bytes, bytes]) -> int:
    reader, writer = streams
    first, last = ends
    length = f"Content-Length: {len(first) + SIZE + len(last)}"
    await _request(streams, f"POST {path} HTTP/1.1", length, f"Content-Type: {content_type}")
    writer.write(first)
    chunk = bytes(range(256)) * (CHUNK // 256)
    for _ in range(SIZE // CHUNK):
        writer.write(chunk)
        await writer.drain()
    writer.write(last)
    await writer.drain()
    return int(await _answer(reader))


async def _post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    return await _send((reader, writer), "/in", "application/octet-stream", (b"", b""))


async def _parts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    return await _send((reader, writer), "/parts", MULTIPART, (part_head("file", "large.bin"), END))


TRANSFERS: Final[dict[str, Transfer]] = {
    "1 GB out: Response.stream": _get,
    "1 GB in: request.stream": _post,
    "1 GB in: request.parts, one file": _parts,
}


async def _connected(socket: Path, process: asyncio.subprocess.Process, deadline: float) -> Streams:
    while True:
        try:
            return await asyncio.open_unix_connection(str(socket), limit=4 * CHUNK)
        except (FileNotFoundError, ConnectionRefusedError):
            if process.returncode is not None or time.monotonic() > deadline:
                raise Failure("uvicorn does not start") from None
            await asyncio.sleep(_EVERY)


@asynccontextmanager
async def _server(socket: Path) -> AsyncIterator[int]:
    """Runs uvicorn on a socket, and gives its process once it answers. Raises Failure if it does not."""
    command = ("-m", "uvicorn", "benchmarks.streamer:app", "--uds", str(socket), "--log-level", "warning")
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=_ROOT)
    try:
        deadline = time.monotonic() + _START
        for _ in range(10):  # what is imported or made once, is there then
            reader, writer = await _connected(socket, process, deadline)
            await _request((reader, writer), "GET / HTTP/1.1")
            if await _answer(reader) != b"ready":
                raise Failure("uvicorn has another application")
            writer.close()
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _watch(process: int, samples: list[tuple[float, float]]) -> None:
    began = time.monotonic()
    while True:
        samples.append((time.monotonic() - began, resident(process)))
        await asyncio.sleep(_EVERY)


async def measure(title: str, transfer: Transfer) -> Run:
    """One transfer with a server of its own."""
    with TemporaryDirectory() as directory:
        socket = Path(directory) / "socket"
        async with _server(socket) as process:
            await asyncio.sleep(0.3)
            idle = resident(process)
            _forget_peak(process)
            samples: list[tuple[float, float]] = []
            watcher = asyncio.create_task(_watch(process, samples))
            reader, writer = await asyncio.open_unix_connection(str(socket), limit=4 * CHUNK)
            size = await transfer(reader, writer)
            writer.close()
            watcher.cancel()
            if size != SIZE:
                raise Failure(f"{title}: {size} bytes in place of {SIZE}")
            return Run(title, idle, resident(process, "VmHWM"), tuple(samples))


def caption() -> str:
    """What was measured."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"asgikit {version('typed-asgikit')}, uvicorn {version('uvicorn')}, {python}"


def text(runs: list[Run]) -> str:
    """The table, for a terminal."""
    header = ["megabytes, resident", "idle", "above idle, at most", "drift", "seconds", f"under {TARGET}"]
    rows = [
        [run.title, f"{run.idle:.1f}", f"{run.above:.1f}", f"{run.drift:+.1f}", f"{run.samples[-1][0]:.1f}", _verdict(run)]
        for run in runs
    ]
    return f"{caption()}\n\n{table(header, rows)}"


def _verdict(run: Run) -> str:
    return "holds" if run.above < TARGET else "MISSED"


async def _all() -> list[Run]:
    return [await measure(title, transfer) for title, transfer in TRANSFERS.items()]


def main() -> int:
    """One run; 1 if `--check` is given and the target is missed."""
    parser = argparse.ArgumentParser("benchmarks.memory", description="The memory of a server while it streams 1 GB.")
    parser.add_argument("--plot", type=Path, default=_PLOT, metavar="FILE", help="where the SVG goes, a PNG beside it")
    parser.add_argument("--no-plot", action="store_true", help="draw nothing")
    parser.add_argument("--check", action="store_true", help="exit with 1 if the target is missed")
    options = parser.parse_args()
    runs = asyncio.run(_all())
    print(text(runs))
    if not options.no_plot:
        from benchmarks.plot import draw_memory

        svg, png = draw_memory(runs, options.plot)
        print(f"\nThe plot is in {svg} and {png}.")
    return 1 if options.check and any(run.above >= TARGET for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
