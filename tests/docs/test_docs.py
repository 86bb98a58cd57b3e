"""Every code block in the documentation runs, and type-checks."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import asgikit.middleware

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def program(page: Path) -> str:
    """All blocks of a page as one program, on the lines where they stand."""
    text = page.read_text()
    lines = [""] * (text.count("\n") + 1)
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1))
        code = block[1].splitlines()
        lines[first : first + len(code)] = code
    return "\n".join(lines) + "\n"


def test_there_is_documentation() -> None:
    """With code in it."""
    assert sum(len(BLOCK.findall(page.read_text())) for page in PAGES) >= 10


def has_tests(page: Path) -> bool:
    return "def test_" in program(page)


@pytest.mark.parametrize("page", [page for page in PAGES if has_tests(page)], ids=lambda page: page.name)
def test_the_tests_of_a_page_pass(page: Path, tmp_path: Path) -> None:
    """In a file of their own, as a reader has them: with the settings that the page shows."""
    (tmp_path / "test_page.py").write_text(program(page))
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\nanyio_mode = "auto"\nfilterwarnings = ["error"]\n')
    plugins = ["-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "pytest_asgikit"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "test_page.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", [page for page in PAGES if not has_tests(page)], ids=lambda page: page.name)
def test_the_code_of_a_page_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Block after block; what it asserts holds."""
    module = ModuleType(f"docs_{page.stem}")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # dataclasses look their module up
    exec(compile(program(page), page.name, "exec"), module.__dict__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_of_a_page_type_checks(page: Path, tmp_path: Path) -> None:
    """Under mypy --strict."""
    file = tmp_path / f"{page.stem.replace('-', '_')}_page.py"
    file.write_text(program(page))
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "mypy.ini"), str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Within the repository."""
    for target in re.findall(r"\]\(([\w./:-]+)\)", page.read_text()):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


def test_every_middleware_has_an_example() -> None:
    """On the page of the shelf, which runs."""
    page = (ROOT / "docs" / "middleware.md").read_text()
    modules = {module.name for module in pkgutil.iter_modules(asgikit.middleware.__path__)}
    assert {name for name in modules if f"from asgikit.middleware.{name} import" not in page} == set()
