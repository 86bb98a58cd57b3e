"""The shape of the source: budgets, mirror, exports, no escape hatches."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "asgikit"
FILES = sorted(SOURCE.rglob("*.py"))
MODULES = [file for file in FILES if file.name != "__init__.py"]
REEXPORTS = {SOURCE / package / "__init__.py" for package in (".", "asgi", "conformance", "testing")}
"""The root, asgi, which is one public module in four files, and what the users of the two kits for tests write most."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(file: Path) -> str:
    return str(file.relative_to(SOURCE))


def functions(file: Path) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, Function))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_file_is_under_300_lines_and_a_function_under_40(file: Path) -> None:
    """Past that it is split by protocol or by subject."""
    assert len(file.read_text().splitlines()) < 300
    for function in functions(file):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno < 40, function.name


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_every_module_has_its_tests(file: Path) -> None:
    """One to one."""
    relative = file.relative_to(SOURCE)
    assert (ROOT / "tests" / relative.parent / f"test_{relative.name}").exists()


def test_every_test_has_its_module() -> None:
    """Tests of nothing are left over."""
    own = ("typing", "architecture", "docs", "interop", "browser", "conformance/corpus", "conformance/tiny")
    for file in (ROOT / "tests").rglob("test_*.py"):
        relative = file.relative_to(ROOT / "tests")
        if not str(relative).startswith(own) and relative.name not in {"test_defects.py", "test_shelf.py"}:
            assert (SOURCE / relative.parent / relative.name.removeprefix("test_")).exists(), relative


@pytest.mark.parametrize("file", sorted(set(FILES) - set(MODULES) - REEXPORTS), ids=name_of)
def test_an_init_is_a_docstring(file: Path) -> None:
    """What is in a module is imported from that module."""
    assert [type(node) for node in ast.parse(file.read_text()).body] == [ast.Expr]


@pytest.mark.parametrize("file", sorted(REEXPORTS), ids=name_of)
def test_all_is_complete_and_sorted(file: Path) -> None:
    """What a re-exporting module imports is what it exports."""
    module = importlib.import_module(".".join(file.relative_to(SOURCE.parent).parent.parts))
    imported = {
        alias.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    exported: list[str] = module.__all__
    assert sorted(exported) == sorted(imported)
    assert len(set(exported)) == len(exported)
    assert all(hasattr(module, name) for name in exported)


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_no_import_hides(file: Path) -> None:
    """No function-local and no TYPE_CHECKING import of our own package, and inside it never `from asgikit import`."""
    tree = ast.parse(file.read_text())
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("asgikit"):
            assert id(node) in top, ast.unparse(node)
            assert node.module != "asgikit", ast.unparse(node)


ALLOWED_ANY = {"asgi/callables.py"}


def is_overload(function: Function) -> bool:
    return any(isinstance(decorator, ast.Name) and decorator.id == "overload" for decorator in function.decorator_list)


def public_signatures(file: Path) -> Iterator[Function]:
    """Functions and methods that a user can see; of overloaded ones the overloads, which are all that a checker sees."""
    tree = ast.parse(file.read_text())
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))]
    for body in bodies:
        found = [node for node in body if isinstance(node, Function)]
        overloaded = {function.name for function in found if is_overload(function)}
        for function in found:
            private = function.name.startswith("_") and not function.name.startswith("__")
            if not private and (is_overload(function) or function.name not in overloaded):
                yield function


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_no_any_in_a_public_signature(file: Path) -> None:
    """But for the two that the outside world dictates, in one file."""
    if name_of(file) in ALLOWED_ANY:
        return
    for function in public_signatures(file):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        annotations = [argument.annotation for argument in arguments] + [function.returns]
        for annotation in filter(None, annotations):
            names = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
            assert "Any" not in names, f"{function.name}: {ast.unparse(annotation)}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_escape_hatch_without_a_reason(file: Path) -> None:
    """No cast; an ignored error has its code and a reason."""
    text = file.read_text()
    assert "cast(" not in text
    for line in text.splitlines():
        if "# type: ignore" in line or "# noqa" in line:
            assert re.search(r"# (type: ignore\[[a-z-]+\]|noqa: [A-Z0-9]+)  # \w+", line), line


def test_nothing_that_ships_is_left_to_do() -> None:
    """Neither in code nor in words."""
    for file in [*FILES, *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.py")]:
        text = file.read_text()
        assert not re.search(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError", text), file
        assert not re.search(r"pip3? install (-U )?['\"]?asgikit", text), f"{file}: that name belongs to somebody else"
