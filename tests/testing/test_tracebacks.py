"""The frames that a failing test shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgikit.testing.failures import NoAnswer
from asgikit.testing.tracebacks import hide, shown
from tests.testing.projects import run

KIT, CHECK, HTTPX, ANYIO = "asgikit.testing.client", "asgikit.conformance.check", "httpx._client", "anyio.from_thread"


@pytest.mark.parametrize(
    ("modules", "left"),
    [
        (["test_it", KIT, HTTPX, KIT, CHECK, "shop", "shop.db"], ["test_it", "shop", "shop.db"]),
        (["test_it", "contextlib", KIT, ANYIO, "concurrent.futures._base", ANYIO, KIT, "shop"], ["test_it", "shop"]),
        (["test_it", KIT, HTTPX, KIT, "shop", HTTPX, "shop.client"], ["test_it", "shop", HTTPX, "shop.client"]),
        (["test_it", "httpx._client"], ["test_it", "httpx._client"]),
        (["test_it", KIT, HTTPX], ["test_it"]),
        (["_pytest.fixtures", "asgikit.testing.plugin", KIT, HTTPX], ["_pytest.fixtures", "asgikit.testing.plugin"]),
        (["test_it", "pytest_asgikit_shop", KIT, "shop"], ["test_it", "pytest_asgikit_shop", "shop"]),
        ([KIT, CHECK], [CHECK]),
        ([], []),
    ],
)
def test_what_is_between_a_test_and_its_application_is_not_shown(modules: list[str], left: list[str]) -> None:
    """What both do themselves is, and one frame is in any case."""
    shows = shown(modules, ValueError("an URL"))
    assert [name for name, is_shown in zip(modules, shows, strict=True) if is_shown] == left


@pytest.mark.parametrize(("error", "is_shown"), [(AttributeError(), True), (NoAnswer(), False), (TypeError(), False)])
def test_a_mistake_of_the_kit_shows_where_it_is(error: Exception, is_shown: bool) -> None:
    """What tells of the application, or of what it was given, does not."""
    assert shown(["test_it", HTTPX, KIT], error)[-1] is is_shown


def test_no_variable_of_a_module_is_set() -> None:
    """The frame of a module that is imported has those of the module."""
    space: dict[str, object] = {"__name__": "asgikit.testing.broken"}
    with pytest.raises(ValueError, match="in the module") as raised:
        exec("raise ValueError('in the module')", space)
    hide(raised.value)
    assert "__tracebackhide__" not in space


TESTS = """
import anyio
import pytest
from asgikit.testing import AsyncClient, Client
import shop

async def test_async():
    async with AsyncClient(shop.app) as client:
        await client.get("/fails")

def test_sync():
    with Client(shop.app) as client:
        client.get("/fails")

async def test_group():
    async with AsyncClient(shop.app) as client, anyio.create_task_group() as group:
        group.start_soon(client.get, "/fails")

def test_rule():
    with Client(shop.app) as client:
        client.get("/wrong")

def test_cause():
    async def app(scope, receive, send):
        await receive()
        raise OSError("no database")

    with Client(app):
        pass
"""

INTERNALS = ("client.py", "portal.py", "adapter.py", "task.py", "check.py", "from_thread.py")


def test_a_failing_test_shows_itself_and_the_application(tmp_path: Path) -> None:
    """In few lines, also where an error is in a group, or the cause of another; the text of a rule is there once."""
    done = run(tmp_path, TESTS, "anyio_mode = auto", options="--maxfail=99")
    assert done.outcome == "7 failed"
    assert [name for name in INTERNALS if f"{name}:" in done.text.partition("test_group")[0]] == []
    assert done.text.count("in upper") == 0
    assert done.text.count("is not in lower case") == 1
    for part in (
        '> await client.get("/fails")',
        '> client.get("/fails")',
        '> raise ZeroDivisionError("no such number")',
        "no database",
    ):
        assert part in done.text
    test_sync = done.text[done.text.index("___ test_sync ___") :]
    assert test_sync.index("ZeroDivisionError: no such number") < 1500


@pytest.mark.parametrize("option", ["--full-trace", "--tb=native"])
def test_all_of_it_is_shown_where_that_is_wanted(tmp_path: Path, option: str) -> None:
    """By the options of pytest."""
    text = run(tmp_path, TESTS, "anyio_mode = auto", options=option).text
    assert all(name in text for name in INTERNALS)
