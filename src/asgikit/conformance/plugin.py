"""The pytest plugin: the fixture `asgi_app`, an application every exchange of which is checked.

The application is named by the marker `@pytest.mark.asgi_app(app=app)` or by the ini option `asgi_app = module:attribute`.
Assertions over whole places are in `properties`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeGuard

import pytest

from asgikit.asgi import ForeignApp
from asgikit.conformance.check import Checker
from asgikit.conformance.rules import PARTIES, Level, Party, at_least, select
from asgikit.conformance.targets import Target, TargetError
from asgikit.conformance.telling import told

MARKER = "asgi_app(*, app, level, blame, ignore): the application of the fixture asgi_app, or its 'module:attribute'"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini options."""
    parser.addini("asgi_app", "module:attribute of the application of the fixture asgi_app")
    parser.addini("asgi_level", "the weakest level that fails a test: must or should", default="should")
    parser.addini("asgi_blame", "whose violations fail a test", type="args", default=["app", "middleware"])
    parser.addini("asgi_ignore", "patterns of rules that fail no test", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def asgi_app(request: pytest.FixtureRequest) -> Iterator[Checker]:
    """The application, checked: whatever drives it, the test fails at its end if it broke a rule, with the exchange.

    What a test client breaks counts where asgi_blame has "server".
    """
    app, level, ignore, blame = _chosen(request)
    checker = Checker(app, mode="collect", ignore=ignore, blame=blame)
    yield checker
    broken = [violation for violation in checker.violations if violation.level in at_least(level)]
    if broken:
        pytest.fail(told(broken), pytrace=False)


def _chosen(request: pytest.FixtureRequest) -> tuple[ForeignApp, Level, frozenset[str], Sequence[Party]]:
    """What the marker says, and where it says nothing, the ini file."""
    node: pytest.Item = request.node
    marker = node.get_closest_marker("asgi_app")
    config = request.config
    if marker and marker.args:
        raise pytest.UsageError(
            "the marker takes keywords, as pytest decorates a function that is its argument: asgi_app(app=app)"
        )
    given: dict[str, object] = {"app": config.getini("asgi_app"), "level": config.getini("asgi_level")}
    given |= {"ignore": config.getini("asgi_ignore"), "blame": config.getini("asgi_blame"), **(marker.kwargs if marker else {})}
    named, level, ignored, blame = given["app"], given["level"], given["ignore"], given["blame"]
    if not _is_parties(blame):
        raise pytest.UsageError(f"asgi_blame is {blame!r}: write some of {', '.join(PARTIES)}")
    if not _is_level(level):
        raise pytest.UsageError(f"asgi_level is {level!r}: write 'must' or 'should'")
    if not named:
        raise pytest.UsageError(
            "asgi_app has no application: mark the test with asgi_app(app=app), or set asgi_app = module:attribute"
        )
    if not _is_texts(ignored):
        raise pytest.UsageError(f"asgi_ignore is {ignored!r}: write a list of rules")
    try:
        app = Target(name=named).load() if isinstance(named, str) else named
        ignore = select(ignored) if ignored else frozenset[str]()
    except (TargetError, ValueError) as error:
        raise pytest.UsageError(str(error)) from error
    if not _is_app(app):
        raise pytest.UsageError(f"asgi_app is {named!r}, which cannot be called")
    return app, level, ignore, blame


def _is_level(value: object) -> TypeGuard[Level]:
    return value in {"must", "should"}


def _is_parties(value: object) -> TypeGuard[Sequence[Party]]:
    return _is_texts(value) and set(value) <= set(PARTIES)


def _is_texts(value: object) -> TypeGuard[Sequence[str]]:
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(item, str) for item in value)  # pyright: ignore[reportUnknownVariableType]  # of objects


def _is_app(value: object) -> TypeGuard[ForeignApp]:
    return callable(value)
