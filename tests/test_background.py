"""Work after the response."""

from __future__ import annotations

import pytest

from asgikit.background import Task, run_tasks


async def test_tasks_run_in_order_and_apart(caplog: pytest.LogCaptureFixture) -> None:
    """D25: one that fails is logged by its name, and stops no other."""
    seen: list[str] = []

    async def good() -> None:
        seen.append("good")

    async def bad() -> None:
        seen.append("bad")
        raise ValueError("of the task")

    await run_tasks([Task("first", bad), Task("second", good)])
    assert seen == ["bad", "good"]
    assert "the background task first failed" in caplog.text
    assert "of the task" in caplog.text
