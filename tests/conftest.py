"""Every async test runs on asyncio and on trio, those marked `virtual_time` without waiting for anything."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
import pytest
import trio

from tests.clocks import NO_THREADS, with_virtual_time


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "virtual_time(is_virtual=True): time jumps to the next deadline when nothing runs (tests/clocks.py)"
    )


async def _no_thread(*given: object, **options: object) -> None:
    """To an event loop a thread at work looks like rest, and time would jump."""
    raise AssertionError(NO_THREADS)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    marker = request.node.get_closest_marker("virtual_time")
    if marker is None or marker.args == (False,):
        return request.param
    for module in (anyio.to_thread, trio.to_thread):
        request.getfixturevalue("monkeypatch").setattr(module, "run_sync", _no_thread)
    return with_virtual_time(request.param)
