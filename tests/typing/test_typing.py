"""Types are tested like behaviour: under mypy and pyright, what is right passes and every mistake is found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WRONG = re.compile(r"#\s*wrong: (.+)")


def mypy(file: Path) -> set[int]:
    """The lines with errors."""
    done = subprocess.run([sys.executable, "-m", "mypy", "--output", "json", str(file)], capture_output=True, text=True, cwd=ROOT)
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode in {0, 1}, done.stderr
    return {entry["line"] for entry in found if entry["severity"] == "error" and entry["file"].endswith(file.name)}


def pyright(file: Path) -> set[int]:
    """The lines with errors."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "pyright", "--outputjson", "--project", str(HERE / "pyrightconfig.json")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    found: list[dict[str, Any]] = json.loads(done.stdout)["generalDiagnostics"]
    assert json.loads(done.stdout)["summary"]["filesAnalyzed"] >= 2
    return {
        entry["range"]["start"]["line"] + 1
        for entry in found
        if entry["severity"] == "error" and entry["file"].endswith(file.name)
    }


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_right_programs_are_accepted(checker: Callable[[Path], set[int]]) -> None:
    """And what they assert of their types holds."""
    assert checker(HERE / "accepted.py") == set()


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_every_mistake_is_refused(checker: Callable[[Path], set[int]]) -> None:
    """On its line, and no line besides."""
    file = HERE / "refused.py"
    wrong = {n: m[1] for n, line in enumerate(file.read_text().splitlines(), 1) if (m := WRONG.search(line)) is not None}
    found = checker(file)
    assert len(wrong) >= 31
    assert {wrong[line] for line in wrong.keys() - found} == set(), "accepted, though wrong"
    assert found - wrong.keys() == set(), "lines with other errors"
