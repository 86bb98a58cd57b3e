"""How long sessions live, and their cookie."""

from __future__ import annotations

import math
from typing import Any

import pytest

from asgikit.sessions.policy import SessionPolicy
from asgikit.sessions.record import Record


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "__Host-session"),
        ({"domain": "example.com"}, "__Secure-session"),
        ({"path": "/shop"}, "__Secure-session"),
        ({"secure": False}, "session"),
        ({"name": "sid"}, "sid"),
    ],
)
def test_the_name_has_the_strictest_prefix(options: Any, name: str) -> None:
    """That the attributes allow."""
    policy = SessionPolicy(**options)
    assert policy.cookie_name == name
    assert str(policy.cookie("x", 60)).startswith(f"{name}=x; ")


@pytest.mark.parametrize(
    "options",
    [
        {"idle": 0},
        {"idle": math.inf},
        {"idle": math.nan},
        {"lifetime": 0},
        {"lifetime": math.nan},
        {"refresh": -1},
        {"idle": 60, "refresh": 60},
        {"name": "a b"},
        {"name": "__Host-x", "path": "/shop"},
        {"name": "__Host-x", "secure": False},
        {"secure": False, "samesite": "none"},
        {"secure": False, "partitioned": True},
        {"samesite": "Lax"},
        {"domain": "a b"},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(options: Any) -> None:
    """Times that are none, cookies that browsers would not take."""
    with pytest.raises(ValueError):
        SessionPolicy(**options)


def test_a_session_ends_at_the_earlier_of_two_ends() -> None:
    """Since it was used, since it began."""
    record = Record(b"", created=1000, renewed=1050)
    assert SessionPolicy(idle=60, lifetime=100).remaining(record, 1060) == 40
    assert SessionPolicy(idle=60, lifetime=200).remaining(record, 1060) == 50
    assert SessionPolicy(idle=60, lifetime=None).remaining(record, 1110) == 0


def test_use_is_written_down_now_and_then() -> None:
    """Every tenth of what it may be idle, unless told otherwise."""
    record = Record(b"", created=1000, renewed=1000)
    assert [SessionPolicy(idle=100).is_due(record, now) for now in (1000, 1010, 1011)] == [False, False, True]
    assert [SessionPolicy(idle=100, refresh=50).is_due(record, now) for now in (1050, 1051)] == [False, True]
    assert SessionPolicy(idle=100, refresh=0).is_due(record, 1001)


def test_a_policy_is_a_value() -> None:
    """Immutable."""
    policy: Any = SessionPolicy()
    with pytest.raises(AttributeError):
        policy.idle = 1
