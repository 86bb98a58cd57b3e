"""Processes that are ours to end: all of them when we are interrupted, one when it gives no sign of life."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Final, final

KEPT: Final = 1 << 16
"""Bytes of what a process said last that are kept."""


@final
class Tail:
    """The last that comes out of a pipe; whoever writes into it never waits, however much it is."""

    def __init__(self, pipe: IO[bytes], kept: int = KEPT) -> None:
        """Reads the pipe to its end, in a thread, and closes it."""
        self._pipe = pipe
        self._kept = kept
        self._said = bytearray()
        self._lock = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._pipe:
            while data := _some(self._pipe):
                with self._lock:
                    self._said += data
                    del self._said[: -self._kept]
                    self._lock.notify_all()
        with self._lock:
            self._is_over = True
            self._lock.notify_all()

    def has(self, text: str, within: float) -> bool:
        """Whether this is said in so many seconds; False at once when the pipe ends without."""
        wanted = text.encode()
        with self._lock:
            self._lock.wait_for(lambda: self._is_over or wanted in self._said, within)
            return wanted in self._said

    def text(self, within: float = 0.0) -> str:
        """What was said last; so many seconds are waited for the end of it."""
        self._thread.join(within)
        with self._lock:
            return self._said.decode(errors="replace").strip()


def _some(pipe: IO[bytes]) -> bytes:
    read = getattr(pipe, "read1", pipe.read)
    data: bytes = read(KEPT)
    return data


@final
class Watch:
    """Kills a process that gives no sign of life for so many seconds."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Begins with the first stretch of so many seconds."""
        self.has_killed: bool = False
        self.seconds: float = seconds
        self._process = process
        self._sign = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over:
            if not self._sign.wait(self.seconds):
                self.has_killed = True
                self._process.kill()
                return
            self._sign.clear()

    def alive(self, seconds: float | None = None) -> None:
        """A sign of life; from now on, if they are given, with so many seconds until the next."""
        self.seconds = seconds or self.seconds
        self._sign.set()

    def end(self) -> None:
        """The process may be silent for as long as it likes."""
        self._over = True
        self._sign.set()
        self._thread.join()


@final
class Processes:
    """Those of one run. Once it has ended them, no other starts."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_over = False

    @contextmanager
    def started(self, command: Sequence[str], environment: Mapping[str, str] = os.environ) -> Generator[subprocess.Popen[bytes]]:
        """A process with pipes at all its standard streams, killed at the end. Raises OSError if it cannot be started."""
        pipe = subprocess.PIPE
        with self._lock:
            if self._is_over:
                raise InterruptedError("the run is over")
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)  # noqa: S603  # the caller's
            self._running.add(process)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            with self._lock:
                self._running.discard(process)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def end(self) -> None:
        """Kills all that run; from any thread."""
        with self._lock:
            self._is_over = True
            for process in self._running:
                process.kill()
