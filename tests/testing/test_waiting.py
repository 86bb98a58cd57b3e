"""How long a test waits."""

from __future__ import annotations

import math
from typing import Any

import httpx
import httpx2
import pytest

from asgikit.testing.waiting import limit_of, seconds_of


@pytest.mark.parametrize(
    ("said", "usual", "seconds"),
    [
        ({}, 5.0, 5.0),
        ({}, None, math.inf),
        ({"timeout": 1}, 5.0, 1),
        ({"timeout": 0}, 5.0, 0),
        ({"timeout": None}, 5.0, math.inf),
    ],
)
def test_what_is_not_said_is_as_usual(said: dict[str, object], usual: float | None, seconds: float) -> None:
    """A number is so many seconds, and None no limit."""
    assert limit_of(said, usual) == seconds


@pytest.mark.parametrize("wrong", ["3", (1, 2), True, httpx.Timeout(3)])
def test_one_wait_takes_a_number(wrong: object) -> None:
    """The error says what to write."""
    with pytest.raises(TypeError, match="write seconds, timeout=3"):
        limit_of({"timeout": wrong}, 5.0)


def test_one_wait_has_no_other_option() -> None:
    """And none is less than no time."""
    with pytest.raises(TypeError, match="no option time: write timeout=3"):
        limit_of({"time": 3}, 5.0)
    with pytest.raises(ValueError, match="timeout is -1"):
        limit_of({"timeout": -1}, 5.0)


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_request_takes_what_the_library_takes(library: Any) -> None:
    """Of its Timeout, what an application in process has."""
    assert (seconds_of(2), seconds_of(None)) == (2, None)
    assert seconds_of(library.Timeout(9, read=3)) == 3
    assert seconds_of(library.Timeout(None)) is None


@pytest.mark.parametrize("wrong", [0, -1, math.nan, httpx.Timeout(0)])
def test_no_request_has_no_time(wrong: object) -> None:
    """It would fail, whatever the application does."""
    with pytest.raises(ValueError, match="more than 0 seconds"):
        seconds_of(wrong)
