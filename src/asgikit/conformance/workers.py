"""Explores an application that is given by its name: each place in a process of its own, which is killed when it hangs."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, Final

from asgikit.conformance.battery import Explored, Progress
from asgikit.conformance.explore import UNITS, ExploreSettings, report_of
from asgikit.conformance.jobs import Discovered, Failed, Finished, Frame, Job, Progressed
from asgikit.conformance.place import Place
from asgikit.conformance.report.model import Case, Report
from asgikit.conformance.targets import Target, TargetError

SILENCE: Final = 30.0
"""Seconds, and ten times the grace, without a sign of life, after which a process is killed."""

TAIL: Final = 2000
"""Bytes of what a process said last on its standard error that a report has."""


class WorkerError(RuntimeError):
    """A process ended, or was killed, before it had done its job."""


def explore_target(
    target: Target,
    places: Sequence[str | Place] = (),
    *,
    settings: ExploreSettings | None = None,
    progress: Progress | None = None,
) -> Report:
    """Explores an application; without places, those that can be found.

    Raises TargetError if it cannot be imported, ValueError for what is no place and for patterns that match no rule.
    A process that hangs or dies makes a case that crashed.
    """
    began = monotonic()
    chosen = settings or ExploreSettings()
    chosen.options()
    parsed = tuple(Place.parse(place) if isinstance(place, str) else place for place in places) or _discovered(target, chosen)
    board = _Board(progress, len(parsed))
    rounds = -(-len(parsed) // max(chosen.workers, 1))
    seconds = None if chosen.seconds is None else max(chosen.seconds - (monotonic() - began), 0.1) / rounds
    jobs = [Job(target=target, place=place, settings=chosen, seconds=seconds) for place in parsed]
    with ThreadPoolExecutor(max_workers=max(chosen.workers, 1)) as pool:
        found = list(pool.map(_explored, jobs, [partial(board.tell, index) for index in range(len(jobs))]))
    versions: dict[str, str] = {}
    for each in found:
        versions.update(each.versions)
    return report_of([each.explored for each in found], target.name, chosen, monotonic() - began, versions)


class _Board:
    """The progress of several processes as that of one run."""

    def __init__(self, progress: Progress | None, places: int) -> None:
        self._progress = progress
        self._done = [0] * places
        self._lock = threading.Lock()

    def tell(self, index: int, done: int, _: int, name: str) -> None:
        """One of them is so far."""
        with self._lock:
            self._done[index] = done
            if self._progress is not None:
                self._progress(sum(self._done), UNITS * len(self._done), name)


def _discovered(target: Target, settings: ExploreSettings) -> tuple[Place, ...]:
    job = Job(target=target, place=None, settings=settings)
    try:
        last = _last(job, partial(_Board(None, 1).tell, 0))
    except WorkerError as error:
        raise TargetError(f"the places of {target.name} cannot be found: {error}") from error
    return last.places if isinstance(last, Discovered) else ()


def _explored(job: Job, progress: Progress) -> Finished:
    """What was found at a place; a case that crashed if the process did."""
    where = job.place.where if job.place is not None else ""
    told: list[str] = []

    def tell(done: int, of: int, name: str) -> None:
        told[:] = [name]
        progress(done, of, name)

    try:
        last = _last(job, tell)
    except WorkerError as error:
        doing = told[0].removeprefix(f"{where}: ") if told else "start"
        case = Case(name=doing, where=where, rules=(), outcome="crashed", detail=str(error))
        return Finished(Explored(cases=(case,)), {})
    return last if isinstance(last, Finished) else Finished(Explored(cases=()), {})


def _last(job: Job, progress: Progress) -> Frame:
    """The frame that says what came of a job. Raises TargetError, and WorkerError for a process that gave none."""
    silence = SILENCE + 10 * job.settings.grace
    with TemporaryFile() as errors, _process(errors) as process, _killed_when_silent(process, silence) as sign:
        if process.stdin is None or process.stdout is None:
            raise WorkerError("it has no standard streams")
        pickle.dump(job, process.stdin)
        process.stdin.close()
        while True:
            try:
                frame: Frame = pickle.load(process.stdout)  # noqa: S301  # from the process that we started
            except (EOFError, OSError, pickle.UnpicklingError):
                raise WorkerError(_why(process, errors, silence)) from None
            sign()
            match frame:
                case Progressed(done, of, name):
                    progress(done, of, name)
                case Failed(reason):
                    raise TargetError(reason)
                case _:
                    return frame


@contextmanager
def _process(errors: IO[bytes]) -> Generator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "asgikit.conformance.worker"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)  # noqa: S603  # this very interpreter
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


@contextmanager
def _killed_when_silent(process: subprocess.Popen[bytes], seconds: float) -> Generator[Callable[[], None]]:
    """Kills the process when it gives no sign for so long; what is yielded is called for each."""
    over = threading.Event()
    alive = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if not alive.wait(seconds):
                process.kill()
                return
            alive.clear()

    def end() -> None:
        over.set()
        alive.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield alive.set
    finally:
        end()
        watcher.join()


def _why(process: subprocess.Popen[bytes], errors: IO[bytes], silence: float) -> str:
    """How the process ended, and the last that it said."""
    try:
        code = process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        code = None
    size = errors.seek(0, 2)
    errors.seek(max(size - TAIL, 0))
    said = errors.read().decode(errors="replace").strip()
    how = f"no sign of life for {silence:.0f} s, so it was killed" if code == -9 else f"its process ended with {code}"
    return f"{how}: {said}" if said else how
