"""Who is told of an exploration while it lasts: how far it is, what it tries, what it has found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asgikit.conformance.progress import Progress
from asgikit.conformance.report.model import Case
from asgikit.conformance.scenario import Scenario


def _unheard(*_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Is called with what happens, as it happens."""

    progress: Progress = _unheard
    tries: Callable[[Scenario], None] = _unheard
    """Before an application is driven: it may take the process with it."""
    found: Callable[[Case], None] = _unheard
    """When a case is done."""


NOBODY = Listener()
"""Nobody listens."""
