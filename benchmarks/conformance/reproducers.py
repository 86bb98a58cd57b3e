"""Runs the programs that stand with the findings: a finding is shown only while its program still shows it.

python -m benchmarks.conformance.reproducers [FILE.toml ...] [NAME ...]    prints what they print
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.conformance.serving import serve
from benchmarks.conformance.verdicts import Judged, Verdict, read_verdicts, verdict_files

LIMIT: Final = 60.0
"""Seconds for one program."""


def failing(judged: Sequence[Judged]) -> tuple[str, ...]:
    """What is wrong with the programs, a text for each that does not print what it is said to."""
    return tuple(text for each in judged for text in check(each.verdict))


def check(verdict: Verdict) -> Iterator[str]:
    """Runs one; for servers with each of them."""
    for project, printed in outputs(verdict):
        wrong = misses(verdict, printed)
        if wrong:
            yield f"{verdict.name}, {project}: {wrong} in what came:\n{printed}"


def misses(verdict: Verdict, printed: str) -> str:
    """What is not as it is said to be; empty if all is."""
    missing = [f"no {each!r}" for each in verdict.prints if each not in printed]
    there = [f"{each!r}" for each in verdict.lacks if each in printed]
    return ", ".join(missing + there)


def outputs(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """What its program prints, with each of its projects where they are servers."""
    if verdict.app:
        for project in verdict.projects:
            yield project, serve(project, verdict.app, verdict.send, verdict.arguments)
    elif verdict.reproducer:
        yield verdict.projects[0], output(verdict.reproducer)


def output(program: str) -> str:
    """What a program prints, errors last; in a directory of its own, where nothing of ours can be imported."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "shows.py").write_text(program)
        command = [sys.executable, "-I", "-W", "ignore", "shows.py"]
        try:
            done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired as error:
            return f"{_text(error.stdout)}\n(did not end in {LIMIT:.0f} s)"
        return done.stdout + "\n" + "\n".join(done.stderr.strip().splitlines()[-1:])


def _text(value: bytes | str | None) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value or ""


def main(names: Sequence[str]) -> None:
    files = [Path(name) for name in names if name.endswith(".toml")] or verdict_files()
    names = [name for name in names if not name.endswith(".toml")]
    for verdict in read_verdicts(*files):
        if verdict.name in names or not names:
            for project, printed in outputs(verdict):
                wrong = misses(verdict, printed)
                print(f"=== {verdict.name}, {project}: {'NOT SHOWN: ' + wrong if wrong else 'shown'}", flush=True)
                if names or wrong:
                    print(printed, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
