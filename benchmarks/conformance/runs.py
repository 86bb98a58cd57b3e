"""Runs the kit over every project, each place in a process of its own with a hard time limit, and keeps what was found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from benchmarks.conformance.places import stops
from benchmarks.conformance.projects import Project
from benchmarks.conformance.verdicts import Found

LIMIT: Final = 600.0
"""Seconds for one place of an application."""

SERVER_LIMIT: Final = 1800.0
"""Seconds for one server."""

ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")
"""Of an object, in a text; another in each run."""

ROOT: Final = Path(__file__).parents[2]


class RunError(Exception):
    """A run did not come to its end."""


@dataclass(frozen=True, slots=True)
class Job:
    """One process to run."""

    project: Project
    arguments: tuple[str, ...]
    place: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it."""

    job: Job
    found: tuple[Found, ...]
    exchanges: int
    warnings: tuple[str, ...]


def application_jobs(projects: Sequence[Project], examples: int) -> Iterator[Job]:
    """A job for every place of every application."""
    for project in projects:
        for run in project.runs or (project.key,):
            for stop in stops(project.key):
                yield Job(project, ("app", run, stop.name, str(examples)), stop.name, LIMIT)


def server_jobs(projects: Sequence[Project]) -> Iterator[Job]:
    """A job for every server."""
    for project in projects:
        yield Job(project, ("server", project.key), "", SERVER_LIMIT)


def run_all(jobs: Sequence[Job], workers: int, progress: Callable[[int, int, str], None]) -> tuple[Done, ...]:
    """Runs them, some at a time. Raises RunError for one that fails or does not end, when all others are done."""
    finished = 0
    failures: list[str] = []
    results: list[Done] = []

    def one(job: Job) -> None:
        nonlocal finished
        try:
            results.append(run(job))
        except RunError as error:
            failures.append(str(error))
        finished += 1
        progress(finished, len(jobs), " ".join(job.arguments))

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, jobs))
    if failures:
        raise RunError("\n".join(failures))
    order = {id(job): index for index, job in enumerate(jobs)}
    return tuple(sorted(results, key=lambda done: order[id(done.job)]))


def run(job: Job) -> Done:
    """One job in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        out, log = Path(directory, "out.json"), Path(directory, "log.txt")
        command = [sys.executable, "-m", "benchmarks.conformance.worker", *job.arguments, str(out)]
        try:
            with log.open("wb") as file:
                environment = {**os.environ, "PYTHONHASHSEED": "0"}
                done = subprocess.run(
                    command, cwd=ROOT, stdout=file, stderr=file, timeout=job.seconds, env=environment, check=False
                )
        except subprocess.TimeoutExpired:
            raise RunError(f"{' '.join(job.arguments)} did not end in {job.seconds:.0f} s") from None
        if done.returncode or not out.exists():
            raise RunError(f"{' '.join(job.arguments)} failed with {done.returncode}: {log.read_text(errors='replace')[-2000:]}")
        data = json.loads(out.read_text())
    found = tuple(
        Found(project=job.project.key, place=each.pop("place", job.place), **each)
        for each in json.loads(ADDRESS.sub("", json.dumps(data["findings"])))
    )
    return Done(job, found, data["exchanges"], tuple(data["warnings"]))


def versions(packages: Sequence[str]) -> dict[str, str]:
    """The versions of the packages that are installed."""
    found: dict[str, str] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
