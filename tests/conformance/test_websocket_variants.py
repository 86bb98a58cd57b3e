"""The variants of websocket connections."""

import pytest

from asgikit.conformance.driver import drive
from asgikit.conformance.place import Place
from asgikit.conformance.rules import catalogue
from asgikit.conformance.websocket_variants import GREETINGS, websocket_variants
from tests.conformance.sample_apps import right

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize("greeting", GREETINGS, ids=repr)
async def test_what_is_tried_is_legal(greeting):
    """But for events that are to be refused, and the scope without a version."""
    for variant in websocket_variants(Place.parse("WS /"), greeting):
        result = await drive(right, variant.scenario, patience=0.05)
        wrong = [each for each in result.violations if each.blame == "server" and each.level != "note"]
        assert not wrong or variant.expects == "refusal" or variant.name == "no-asgi-version", (variant.name, wrong)


@pytest.mark.parametrize("greeting", GREETINGS, ids=repr)
def test_names_are_unique_and_rules_are_known(greeting):
    """A case can be found by its name."""
    variants = list(websocket_variants(Place.parse("WS /"), greeting))
    assert len({variant.name for variant in variants}) == len(variants)
    assert {variant.rule for variant in variants} <= set(catalogue())


def test_both_kinds_of_data_are_tried():
    """With the other key None, and empty (www, Receive)."""
    names = {variant.name for variant in websocket_variants(Place.parse("WS /"), GREETINGS[0])}
    for name in ("text-with-bytes-none", "bytes-with-text-none", "empty-text", "empty-bytes", "empty-text-with-bytes-none"):
        assert name in names
