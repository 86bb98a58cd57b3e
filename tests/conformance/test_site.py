"""The honest application."""

from __future__ import annotations

import pytest

from asgikit.conformance.driver import drive
from asgikit.conformance.middleware import SCENARIOS
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.site import Site


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_the_site_is_honest(scenario: Scenario) -> None:
    """Nothing that it does breaks a rule."""
    site = Site()
    done = await drive(site, scenario)
    assert done.violations == ()
    assert done.outcome == "returned"
    assert site.changed == []
    assert site.scopes
    assert site.events
