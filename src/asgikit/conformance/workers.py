"""Explores an application that is given by its name: each place in a process of its own, which is killed when it hangs."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from tempfile import TemporaryDirectory
from time import monotonic
from typing import IO, Final, final

from asgikit.conformance.battery import Explored
from asgikit.conformance.discovery import DEFAULT
from asgikit.conformance.explore import UNITS, ExploreSettings, not_tried, report_of
from asgikit.conformance.jobs import Discovered, Failed, Finished, Found, Job, Loaded, Progressed, Trying, is_frame
from asgikit.conformance.place import Place
from asgikit.conformance.processes import Processes, Tail, Watch
from asgikit.conformance.progress import Progress
from asgikit.conformance.report.model import Case, Report
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.targets import Target, TargetError

WORKER: Final = (sys.executable, "-m", "asgikit.conformance.worker")

STORAGE: Final = "HYPOTHESIS_STORAGE_DIRECTORY"
"""The environment variable that says where Hypothesis keeps files."""

IMPORTING: Final = 60.0
"""Seconds in which an application has to be imported."""

SILENCE: Final = 30.0
"""Seconds, and ten times the grace, without a sign of life, after which a process is killed."""

TAIL: Final = 2000
"""Characters of what a process said last on its standard error that a report has."""


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
    chosen = settings or ExploreSettings()
    chosen.options()
    parsed = tuple(Place.parse(place) if isinstance(place, str) else place for place in places)
    with TemporaryDirectory(prefix="asgikit-") as folder:
        return _Run(target, chosen, progress, folder).report(parsed)


@dataclass(slots=True)
class _Heard:
    """What a process has told of its job."""

    is_loaded: bool = False
    doing: str = "start"
    trying: Scenario | None = None
    cases: list[Case] = field(default_factory=list[Case])
    places: tuple[Place, ...] = ()
    warnings: tuple[str, ...] = ()
    exchanges: int = 0
    versions: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def explored(self) -> Explored:
        return Explored(cases=tuple(self.cases), warnings=self.warnings, exchanges=self.exchanges)


@final
class _Run:
    """One run over the places of an application."""

    def __init__(self, target: Target, settings: ExploreSettings, progress: Progress | None, folder: str) -> None:
        self._processes = Processes()
        # Hypothesis keeps tables of characters there, else in the working directory, which is the user's.
        self._environment = {STORAGE: folder, **os.environ}
        self._began = monotonic()
        self._target = target
        self._settings = settings
        self._progress = progress
        self._lock = threading.Lock()
        self._done: dict[str, int] = {}
        self._begun = 0

    def report(self, places: tuple[Place, ...]) -> Report:
        warnings: tuple[str, ...] = ()
        if not places and not (places := self._discovered()):
            places = DEFAULT
            told = " and ".join(each.where for each in places)
            warnings = (f"{self._target.name} does not tell its routes: {told} were checked; --path and --ws name others",)
        self._done = {place.where: 0 for place in places}
        with ThreadPoolExecutor(max_workers=max(self._settings.workers, 1)) as pool:
            futures = [pool.submit(self._explored, place) for place in places]
            try:
                found = [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._processes.end()
                raise
        versions = {name: version for each in found for name, version in each.versions.items()}
        seconds = monotonic() - self._began
        explored = [Explored(cases=(), warnings=warnings), *(each.explored for each in found)]
        report = report_of(explored, self._target.name, self._settings, seconds, versions)
        return replace(report, arguments=self._target.arguments)

    def _discovered(self) -> tuple[Place, ...]:
        heard = _Heard()
        try:
            self._hear(Job(target=self._target, place=None, settings=self._settings), heard)
        except WorkerError as error:
            raise TargetError(f"the places of {self._target.name} cannot be found: {error}") from error
        return heard.places

    def _explored(self, place: Place) -> _Heard:
        """What was found at a place; with a case that crashed if the process did."""
        heard = _Heard()
        settings = self._share()
        if settings.time <= 0:
            heard.cases += not_tried(place).cases
            return heard
        try:
            self._hear(Job(target=self._target, place=place, settings=settings), heard)
        except WorkerError as error:
            doing = heard.doing.removeprefix(f"{place.where}: ")
            heard.exchanges = heard.exchanges or len(heard.cases)
            heard.cases.append(
                Case(name=doing, where=place.where, rules=(), outcome="crashed", detail=str(error), scenario=heard.trying)
            )
        return heard

    def _share(self) -> ExploreSettings:
        """The settings with the seconds of the place that begins now: its share of what is left."""
        settings = self._settings
        with self._lock:
            waiting = len(self._done) - self._begun
            self._begun += 1
        rounds = -(-waiting // max(settings.workers, 1))
        return settings.within((settings.time - (monotonic() - self._began)) / rounds)

    def _hear(self, job: Job, heard: _Heard) -> None:
        """Runs a job to its end. Raises TargetError, and WorkerError for a process that does not reach it."""
        try:
            with self._processes.started(WORKER, self._environment) as process:
                if process.stdin is None or process.stdout is None or process.stderr is None:
                    raise WorkerError("it has no standard streams")
                tail, watch = Tail(process.stderr), Watch(process, IMPORTING)
                try:
                    self._take_all(job, heard, (process.stdin, process.stdout), watch)
                except (EOFError, OSError) as error:
                    reason = _why(process, watch, tail) if isinstance(error, EOFError | BrokenPipeError) else str(error)
                    raise WorkerError(reason) from None
                finally:
                    watch.end()
        except WorkerError as error:
            if not heard.is_loaded:
                raise TargetError(f"importing {self._target.name}: {error}") from None
            raise

    def _take_all(self, job: Job, heard: _Heard, pipes: tuple[IO[bytes], IO[bytes]], watch: Watch) -> None:
        into, out = pipes
        pickle.dump(job, into)
        into.close()
        while self._take(_frame(out), heard, job.place):
            watch.alive(SILENCE + 10 * job.settings.grace if heard.is_loaded else None)

    def _take(self, frame: object, heard: _Heard, place: Place | None) -> bool:
        """Notes what a frame tells; whether more are to come. Raises TargetError, WorkerError for what is no frame."""
        if not is_frame(frame):
            raise WorkerError("it wrote into the pipe that its findings come through")
        match frame:
            case Failed(reason):
                raise TargetError(reason)
            case Loaded():
                heard.is_loaded = True
            case Trying(scenario):
                heard.trying = scenario
            case Found(case):
                heard.cases.append(case)
            case Progressed(done, _, name):
                heard.doing = name
                self._tell(place, done, name)
            case Discovered(places):
                heard.places = places
            case Finished(warnings, exchanges, versions):
                heard.warnings, heard.exchanges, heard.versions = warnings, exchanges, versions
        return not isinstance(frame, Discovered | Finished)

    def _tell(self, place: Place | None, done: int, name: str) -> None:
        with self._lock:
            if place is not None and self._progress is not None:
                self._done[place.where] = done
                self._progress(sum(self._done.values()), UNITS * len(self._done), name)


def _frame(out: IO[bytes]) -> object:
    try:
        frame: object = pickle.load(out)  # noqa: S301  # from the process that we started
    except (EOFError, OSError):
        raise
    except Exception:  # noqa: BLE001  # whatever it makes of bytes that are no pickle
        return None
    return frame


def _why(process: subprocess.Popen[bytes], watch: Watch, tail: Tail) -> str:
    """How the process ended, and the last that it said."""
    try:
        code = process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        code = None
    how = f"no sign of life for {watch.seconds:.0f} s, so it was killed" if watch.has_killed else f"its process ended with {code}"
    said = tail.text(within=1.0)[-TAIL:]
    return f"{how}: {said}" if said else how
