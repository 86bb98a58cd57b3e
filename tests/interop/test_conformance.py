"""The demo under the conformance kit, as a newcomer would run it on an application."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
def test_the_demo_breaks_no_rule(tmp_path: Path) -> None:
    """Nothing is given but the import path; all its routes are found, and not even a should is broken."""
    report = tmp_path / "report.json"
    command = [
        sys.executable,
        "-m",
        "asgikit",
        "check",
        "examples.demo.app:app",
        "--examples",
        "10",
        "--report",
        f"json:{report}",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(report.read_text())
    places = {case["where"] for case in told["cases"]}
    assert {"lifespan", "GET /", "POST /notes", "GET /feed", "DELETE /notes/1"} <= places
    assert [finding for finding in told["findings"] if finding["level"] != "note"] == []
