"""The client in tests that pytest-asyncio runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.projects import run

INI = "asgi_app = shop:app\nasyncio_default_fixture_loop_scope = function\n"


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_the_client_is_on_the_loop_of_the_test(tmp_path: Path, mode: str) -> None:
    """In both modes, whatever the scope of that loop; its set-up, the test and its end are in different tasks."""
    tests = """
import asyncio
import pytest

@pytest.mark.asyncio
async def test_own(client):
    assert (await client.get("/")).json()["name"] == "lamp"
    async with client.stream("GET", "/") as response:
        assert await response.aread()

@pytest.mark.asyncio(loop_scope="session")
async def test_session(client):
    assert (await client.get("/")).json()["name"] == "lamp"

@pytest.mark.asyncio(loop_scope="class")
class TestShop:
    async def test_class(self, client):
        assert (await client.get("/")).json()["name"] == "lamp"

    async def test_fails(self, client):
        await client.get("/fails")
"""
    done = run(tmp_path, tests, f"{INI}asyncio_mode = {mode}", plugins="asyncio")
    assert done.outcome == "1 failed, 3 passed"
    assert "raises ZeroDivisionError: no such number" in done.text


def test_both_plugins_live_side_by_side(tmp_path: Path) -> None:
    """A test is run by the one whose mark it has."""
    tests = """
import pytest

@pytest.mark.asyncio
async def test_asyncio(client):
    assert (await client.get("/")).json()["name"] == "lamp"

@pytest.mark.anyio
async def test_anyio(client):
    assert (await client.get("/")).json()["name"] == "lamp"
"""
    done = run(tmp_path, tests, INI, plugins="asyncio anyio")
    assert done.outcome == "3 passed"


def test_a_test_that_two_plugins_run_is_told_which_to_leave(tmp_path: Path) -> None:
    """With anyio_mode = "auto" anyio's plugin takes it too, and trio runs what is made for asyncio."""
    tests = """
import pytest

@pytest.mark.asyncio
async def test_it(client):
    await client.get("/")
"""
    done = run(tmp_path, tests, f"{INI}anyio_mode = auto", plugins="asyncio anyio")
    assert done.outcome == "1 passed, 1 error"
    assert (
        """pytest-asyncio takes the test by pytest.mark.asyncio, and anyio's plugin runs it on trio besides, by anyio_mode = "auto"\
: leave out one of the two; with anyio_mode = "strict" each plugin has"""
        in done.text
    )


def test_what_is_told_to_be_left_is_there(tmp_path: Path) -> None:
    """The other way round it is the other plugin's mode, and the other's mark."""
    tests = """
import pytest

@pytest.mark.anyio
async def test_it(client):
    await client.get("/")
"""
    done = run(tmp_path, tests, f"{INI}asyncio_mode = auto", plugins="asyncio anyio")
    assert done.outcome == "1 passed, 1 error"
    assert (
        """takes the test by asyncio_mode = "auto", and anyio's plugin runs it on trio besides, by pytest.mark.anyio\
: leave out one of the two; with asyncio_mode = "strict" each plugin has"""
        in done.text
    )
