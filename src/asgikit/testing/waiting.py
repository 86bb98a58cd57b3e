"""How long a test waits for its application: so many seconds, those of the client, or without limit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol, TypeAlias, TypeGuard

from typing_extensions import TypedDict


class Timeouts(Protocol):
    """A Timeout of the library, of which `read` is what an application in process has."""

    @property
    def read(self) -> float | None:
        """Seconds."""
        ...


Timeout: TypeAlias = float | Timeouts | None
"""Seconds without a sign of the application until the test fails, or a Timeout of the library; None for no limit."""


class Wait(TypedDict, total=False):
    """How long one thing is waited for."""

    timeout: float | None
    """Seconds until the test fails with NoAnswer, by default those of the client; None for no limit."""


def limit_of(options: Mapping[str, object], usual: float | None) -> float:
    """The seconds of one wait, infinite for no limit. Raises TypeError and ValueError for what is no time."""
    if unknown := options.keys() - {"timeout"}:
        raise TypeError(f"there is no option {', '.join(sorted(unknown))}: write timeout=3")
    seconds = _number(options["timeout"]) if "timeout" in options else usual
    if seconds is not None and not seconds >= 0:
        raise ValueError(f"timeout is {seconds:g}: nobody waits less than no time")
    return math.inf if seconds is None else seconds


def seconds_of(timeout: object) -> float | None:
    """Those of a client or a request, None for no limit. Raises TypeError and ValueError for what is no time."""
    seconds = _number(timeout.read if _is_theirs(timeout) else timeout)
    if seconds is not None and not seconds > 0:
        raise ValueError("timeout has to be more than 0 seconds, or None for no limit")
    return seconds


def _number(seconds: object) -> float | None:
    if seconds is None or (isinstance(seconds, int | float) and not isinstance(seconds, bool)):
        return seconds
    raise TypeError(f"timeout is {seconds!r}: write seconds, timeout=3, or None for no limit")


def _is_theirs(timeout: object) -> TypeGuard[Timeouts]:
    return hasattr(timeout, "read")
