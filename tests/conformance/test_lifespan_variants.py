"""The variants of lifespan connections."""

import pytest

from asgikit.conformance.driver import drive
from asgikit.conformance.lifespan_variants import lifespan_variants
from asgikit.conformance.place import Place
from asgikit.conformance.rules import catalogue
from tests.conformance.sample_apps import right

pytestmark = pytest.mark.virtual_time

VARIANTS = list(lifespan_variants(Place.parse("lifespan")))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
async def test_what_is_tried_is_legal(variant):
    """But for the scope without a version."""
    result = await drive(right, variant.scenario, patience=0.05)
    wrong = [each for each in result.violations if each.blame == "server" and each.level != "note"]
    assert not wrong or variant.name == "no-asgi-version"


def test_names_are_unique_and_rules_are_known():
    """A case can be found by its name."""
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)
    assert {variant.rule for variant in VARIANTS} <= set(catalogue())
