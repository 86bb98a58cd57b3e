"""Finds an application by its name."""

import sys

import pytest

from asgikit.conformance.targets import Target, TargetError

MODULE = """
import functools

async def app(scope, receive, send): ...

def make():
    return app

def broken():
    raise RuntimeError("no database")

class Nested:
    inner = staticmethod(app)

part = functools.partial(app)
number = 3
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "target_module.py").write_text(MODULE)
    (tmp_path / "target_bare.py").write_text("x = 1")
    (tmp_path / "target_fails.py").write_text("1 / 0")
    (tmp_path / "target_exits.py").write_text("raise SystemExit(2)")
    (tmp_path / "target_needs.py").write_text("import surely_not_installed")
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield str(tmp_path)
    for name in set(sys.modules) - before:
        if name.startswith("target_"):
            del sys.modules[name]


@pytest.mark.parametrize("name", ["target_module:app", "target_module", "target_module:Nested.inner", "target_module:part"])
def test_an_application_is_found(folder, name):
    """By a module and an attribute, or as `app`."""
    assert callable(Target(name=name, app_dir=folder).load())


def test_a_factory_makes_it(folder):
    """When that is said."""
    assert Target(name="target_module:make", factory=True, app_dir=folder).load().__name__ == "app"


@pytest.mark.parametrize(
    ("name", "factory", "words"),
    [
        ("", False, "names no application: write 'module:attribute'"),
        ("main.py", False, "names no application"),
        ("a/b:app", False, "names no application"),
        ("target_absent:app", False, "there is no module 'target_absent' in "),
        ("target_module.inside:app", False, "no module|not a package"),
        ("target_bare", False, "has neither 'app' nor 'application'"),
        ("target_module:nothing", False, "has no attribute 'nothing'"),
        ("target_module:number", False, "which is no application"),
        ("target_module:Nested", False, "which is no application.*--factory"),
        ("target_module:number", True, "cannot be called as a factory"),
        ("target_module:broken", True, "raised RuntimeError: no database"),
        ("target_fails:app", False, "importing target_fails raised ZeroDivisionError"),
        ("target_exits:app", False, "ended the program"),
        ("target_needs:app", False, "needs the module 'surely_not_installed'"),
    ],
)
def test_what_is_no_application_is_said(folder, name, factory, words):
    """In a sentence, whatever the module does."""
    with pytest.raises(TargetError, match=words):
        Target(name=name, factory=factory, app_dir=folder).load()
