"""Scenarios as values."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from asgikit.conformance.scenario import Deliver, Leave, Scenario


def test_a_scenario_is_a_value() -> None:
    """It compares by what it holds, and is changed by making another."""
    one = Scenario(scope={"type": "http"}, actions=(Deliver({"type": "http.request"}), Leave()))
    assert one == replace(one)
    assert one != replace(one, actions=one.actions[:1])
    with pytest.raises(FrozenInstanceError):
        one.name = "x"  # type: ignore[misc]  # the mistake


def test_a_client_that_leaves_makes_send_raise_unless_told_otherwise() -> None:
    """The code is that of a lost connection."""
    assert Leave() == Leave("raise", 1006)
