"""Hypothesis, or a clear error."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = """
import sys
sys.modules["hypothesis"] = None
try:
    import asgikit.conformance.{module}
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize("module", ["strategies", "stateful", "properties", "explore"])
def test_without_the_extra_the_error_names_it(module: str) -> None:
    """And the package under its own name, whichever module needs it."""
    program = WITHOUT.format(module=module)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert "typed-asgikit[conformance]" in done.stdout
