"""The stubs for packages without types say what these packages are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STUBS = Path(__file__).parents[2] / "stubs"


@pytest.mark.parametrize("stub", sorted(STUBS.glob("*.pyi")), ids=lambda stub: stub.stem)
def test_a_stub_is_true(stub: Path) -> None:
    """By mypy's stubtest."""
    command = [sys.executable, "-m", "mypy.stubtest", stub.stem]
    done = subprocess.run(command, cwd=STUBS, capture_output=True, text=True, env=os.environ | {"MYPYPATH": str(STUBS)})
    assert done.returncode == 0, done.stdout
