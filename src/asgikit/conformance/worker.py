"""The process in which one place of an application is explored: run as a module, it takes a job and gives what it finds."""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from typing import IO

import anyio

from asgikit.conformance.discovery import discover
from asgikit.conformance.explore import explore_place, versions
from asgikit.conformance.jobs import Discovered, Failed, Finished, Found, Frame, Job, Loaded, Progressed, Trying, portable
from asgikit.conformance.listener import Listener
from asgikit.conformance.report.model import Case
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.targets import TargetError


def work(job: Job, out: IO[bytes]) -> None:
    """Does a job and writes frames, each a pickle, of which the last says what came of it."""

    def tell(frame: Frame) -> None:
        out.write(pickle.dumps(frame))
        out.flush()

    def progressed(done: int, of: int, name: str) -> None:
        tell(Progressed(done, of, name))

    def tries(scenario: Scenario) -> None:
        with suppress(Exception):  # a scenario may hold what no other process can have: then it is not told
            tell(Trying(scenario))

    def found(case: Case) -> None:
        tell(Found(portable(case)))

    async def explored() -> None:
        app = job.target.load()
        tell(Loaded())
        if job.place is None:
            tell(Discovered(await discover(app)))
            return
        listener = Listener(progress=progressed, tries=tries, found=found)
        done = await explore_place(app, job.place, job.settings, listener)
        tell(Finished(done.warnings, done.exchanges, versions()))

    try:
        anyio.run(explored)
    except (TargetError, ValueError) as error:
        tell(Failed(str(error)))


def main() -> None:
    """Takes a job from the standard input, writes frames to the standard output; what the application prints goes elsewhere."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301  # from the process that started this one
        work(job, out)
        out.flush()
        os._exit(0)  # what runs in threads of the application never ends perhaps


if __name__ == "__main__":
    main()
