"""The process in which one place of an application is explored: run as a module, it takes a job and gives what it finds."""

from __future__ import annotations

import os
import pickle
import sys
from typing import IO

import anyio

from asgikit.conformance.discovery import discover
from asgikit.conformance.explore import explore_place, versions
from asgikit.conformance.jobs import Discovered, Failed, Finished, Frame, Job, Progressed, portable
from asgikit.conformance.targets import TargetError


def work(job: Job, out: IO[bytes]) -> None:
    """Does a job and writes frames, each a pickle, of which the last says what came of it."""

    def tell(frame: Frame) -> None:
        pickle.dump(frame, out)
        out.flush()

    def told(done: int, of: int, name: str) -> None:
        tell(Progressed(done, of, name))

    async def explored() -> None:
        app = job.target.load()
        if job.place is None:
            tell(Discovered(await discover(app)))
            return
        found = await explore_place(app, job.place, job.settings, seconds=job.seconds, progress=told)
        tell(Finished(portable(found), versions()))

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
