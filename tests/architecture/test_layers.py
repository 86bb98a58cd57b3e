"""The layers: kept, and written down where people read."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def layers() -> list[str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return [
        " | ".join(re.split(r"\s*[:|]\s*", line)) for line in parser["importlinter:contract:layers"]["layers"].split("\n") if line
    ]


def test_the_layers_are_kept() -> None:
    """A file imports only from below; every module has its place."""
    done = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_architecture_page_shows_the_same_layers() -> None:
    """In the same order, from the top."""
    page = (ROOT / "ARCHITECTURE.md").read_text()
    block = re.search(r"```layers\n(.*?)```", page, re.DOTALL)
    assert block is not None
    assert [line.split("  ")[0] for line in block[1].splitlines()] == layers()


def test_the_core_needs_two_packages() -> None:
    """Anyio and typing-extensions; everything else is an extra."""
    text = (ROOT / "pyproject.toml").read_text()
    core = re.search(r"\ndependencies = \[(.*?)\]", text, re.DOTALL)
    assert core is not None
    assert re.findall(r'"([a-z-]+)', core[1]) == ["anyio", "typing-extensions"]
    program = "import sys, asgikit; print(*sorted({name.partition('.')[0] for name in sys.modules} & set(sys.argv[1:])))"
    others = ["httpx", "uvicorn", "hypothesis", "pytest", "starlette"]
    done = subprocess.run([sys.executable, "-c", program, *others], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
