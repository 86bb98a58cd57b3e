"""Finds an application by its name: "module:attribute"."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from asgikit.asgi import ForeignApp
from asgikit.conformance.values import shown


class TargetError(ValueError):
    """The application cannot be had: its module fails, its attribute is missing or no application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The name of an application."""

    name: str
    """"package.module:attribute.of.it"; without an attribute, `app` or `application` is meant."""
    factory: bool = False
    """Whether it is a function without parameters that makes the application."""
    app_dir: str = ""
    """Where modules are looked for first; empty: the working directory."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What it takes on a command line beside its name."""
        folder = Path(self.app_dir or ".").resolve()
        named = () if folder == Path.cwd() else ("--app-dir", os.path.relpath(folder))
        return (*(("--factory",) if self.factory else ()), *named)

    def load(self) -> ForeignApp:
        """Imports it. Raises TargetError that says what is wrong, whatever the module raises."""
        module_name, _, path = self.name.partition(":")
        if not module_name or module_name.endswith(".py") or "/" in module_name:
            raise TargetError(f"{self.name!r} names no application: write 'module:attribute', as in 'main:app'")
        directory = str(Path(self.app_dir or ".").resolve())
        if directory not in sys.path:
            sys.path.insert(0, directory)
        found = self._attribute(self._module(module_name, directory), path)
        if self.factory:
            found = self._made(found)
        if not _is_app(found):
            hint = "" if not callable(found) else ": it makes an application when it is called? Then say --factory"
            raise TargetError(f"{self.name} is {shown(found)}, which is no application{hint}")
        return found

    def _module(self, name: str, directory: str) -> object:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
                raise TargetError(f"there is no module {error.name!r} in {directory} and on the path of Python") from None
            raise TargetError(f"{name} needs the module {error.name!r}, which is not installed") from error
        except Exception as error:
            raise TargetError(f"importing {name} raised {type(error).__name__}: {error}") from error
        except SystemExit as error:
            raise TargetError(f"importing {name} ended the program: is what it does guarded by __name__?") from error

    def _attribute(self, module: object, path: str) -> object:
        if not path:
            for name in ("app", "application"):
                if hasattr(module, name):
                    return getattr(module, name)
            raise TargetError(f"{self.name} has neither 'app' nor 'application': write 'module:attribute'")
        found = module
        for part in path.split("."):
            if not hasattr(found, part):
                raise TargetError(f"{self.name}: {shown(found)} has no attribute {part!r}")
            found = getattr(found, part)
        return found

    def _made(self, factory: object) -> object:
        if not callable(factory):
            raise TargetError(f"{self.name} is {shown(factory)}, which cannot be called as a factory")
        make: Callable[[], object] = factory
        try:
            return make()
        except Exception as error:
            raise TargetError(f"the factory {self.name} raised {type(error).__name__}: {error}") from error


def _is_app(value: object) -> TypeGuard[ForeignApp]:
    """Whether it can be called, and is no class: a class takes the scope alone (ASGI 2)."""
    return callable(value) and not isinstance(value, type)
