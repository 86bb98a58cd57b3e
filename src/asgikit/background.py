"""Work after the response is sent: isolated, one task after the other, failures logged."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

LOGGER: Final = logging.getLogger("asgikit")

Job: TypeAlias = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Task:
    """A function with its arguments, to be run once."""

    name: str
    job: Job


async def run_tasks(tasks: Sequence[Task]) -> None:
    """Runs every task in order; one that fails is logged and stops no other."""
    for task in tasks:
        try:
            await task.job()
        except Exception:
            LOGGER.exception("the background task %s failed", task.name)
