"""The picture of a failing test in the documentation is what pytest prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.docs.test_docs import PAGES

HERE = Path(__file__).parent / "failing"
PICTURE = re.compile(r"^```text\n(E .*?ASGI exchanges.*?)^```", re.DOTALL | re.MULTILINE)


def without_times(text: str) -> str:
    """Nor the columns that depend on them, nor rules across the terminal."""
    text = re.sub(r"[ ]*\d+\.\d ms", " ms", text)
    return re.sub(r"-{6,}", "------", text)


def test_a_failing_test_prints_what_its_picture_shows() -> None:
    """Wherever it is shown."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_asgikit",
        "-c",
        "pytest.ini",
        "failing.py",
    ]
    quiet = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "", "PYTHONPATH": str(HERE), "COLUMNS": "110"}
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60, env=quiet)
    pictures = [picture for page in PAGES for picture in PICTURE.findall(page.read_text())]
    assert pictures
    for picture in pictures:
        assert without_times(picture) in without_times(done.stdout)
