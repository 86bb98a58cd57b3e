"""Types are tested like behaviour: under mypy and pyright, what is right passes and every mistake is found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WRONG = re.compile(r"# wrong \[([a-z, -]+)\]: (.+)")

Found = dict[int, set[str]]
"""Lines with errors, and the codes of those."""


@cache
def mypy_everything() -> dict[str, Found]:
    """What mypy says of all programs at once, file by file: most of its time goes into what they import."""
    files = [str(file) for file in sorted(HERE.glob("*ed*.py"))]
    done = subprocess.run([sys.executable, "-m", "mypy", "--output", "json", *files], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode in {0, 1}, done.stderr
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    files_with: dict[str, Found] = {}
    for entry in found:
        if entry["severity"] == "error":
            files_with.setdefault(Path(entry["file"]).name, {}).setdefault(entry["line"], set()).add(entry["code"])
    return files_with


@cache
def pyright_everything() -> dict[str, Found]:
    """What pyright says of all programs at once, file by file; its codes are not compared."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "pyright", "--outputjson", "--project", str(HERE / "pyrightconfig.json")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    said = json.loads(done.stdout)
    assert said["summary"]["filesAnalyzed"] >= len([*HERE.glob("*ed*.py")])
    found: list[dict[str, Any]] = said["generalDiagnostics"]
    files_with: dict[str, Found] = {}
    for entry in found:
        if entry["severity"] == "error":
            files_with.setdefault(Path(entry["file"]).name, {})[entry["range"]["start"]["line"] + 1] = set()
    return files_with


def mypy(file: Path) -> Found:
    """What mypy says, with its codes."""
    return mypy_everything().get(file.name, {})


def pyright(file: Path) -> Found:
    """What pyright says."""
    return pyright_everything().get(file.name, {})


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("file", sorted(HERE.glob("accepted*.py")), ids=lambda file: file.stem)
def test_right_programs_are_accepted(file: Path, checker: Callable[[Path], Found]) -> None:
    """And what they assert of their types holds."""
    assert checker(file) == {}


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("file", sorted(HERE.glob("refused*.py")), ids=lambda file: file.stem)
def test_every_mistake_is_refused(file: Path, checker: Callable[[Path], Found]) -> None:
    """On its line, with its code (mypy's), and no line besides."""
    wrong = {n: m for n, line in enumerate(file.read_text().splitlines(), 1) if (m := WRONG.search(line)) is not None}
    found = checker(file)
    assert len(wrong) >= (31 if file.stem == "refused" else 25)  # as many mistakes as the peers were measured by
    assert {wrong[line][2] for line in wrong.keys() - found.keys()} == set(), "accepted, though wrong"
    assert found.keys() - wrong.keys() == set(), "lines with other errors"
    if checker is mypy:
        assert {n: sorted(codes) for n, codes in found.items()} == {n: m[1].split(", ") for n, m in wrong.items()}
