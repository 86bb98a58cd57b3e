"""The variants of http connections."""

import pytest

from asgikit.conformance.driver import drive
from asgikit.conformance.http_variants import http_variants
from asgikit.conformance.place import Place
from asgikit.conformance.rules import catalogue
from tests.conformance.sample_apps import right

pytestmark = pytest.mark.virtual_time

PLACES = (
    Place.parse("GET /"),
    Place(type="http", method="POST", body=b"hello world"),
    Place(type="http", method="POST", body=b""),
)


@pytest.mark.parametrize("place", PLACES, ids=["get", "post", "empty"])
async def test_what_is_tried_is_legal(place):
    """But for events that are to be refused, and the scope without a version."""
    for variant in http_variants(place):
        result = await drive(right, variant.scenario, patience=0.05)
        wrong = [each for each in result.violations if each.blame == "server" and each.level != "note"]
        assert not wrong or variant.expects == "refusal" or variant.name == "no-asgi-version", (variant.name, wrong)


@pytest.mark.parametrize("place", PLACES, ids=["get", "post", "empty"])
def test_names_are_unique_and_rules_are_known(place):
    """A case can be found by its name."""
    variants = list(http_variants(place))
    assert len({variant.name for variant in variants}) == len(variants)
    assert {variant.rule for variant in variants} <= set(catalogue())


@pytest.mark.parametrize("size", [0, 1, 2, 63, 64, 65, 1000])
def test_a_body_in_pieces_is_the_body(size):
    """However it is cut; not in too many pieces."""
    body = bytes(index % 256 for index in range(size))
    variants = [each for each in http_variants(Place(type="http", method="POST", body=body)) if each.expects == "same answer"]
    for variant in variants:
        events = [getattr(action, "event", {}) for action in variant.scenario.actions]
        assert b"".join(event.get("body", b"") for event in events) == body, variant.name
        assert len(events) <= 70
        assert [event.get("more_body", False) for event in events] == [True] * (len(events) - 1) + [False]


def test_a_request_without_a_body_is_not_cut():
    """There is nothing to cut."""
    names = {variant.name for variant in http_variants(Place.parse("GET /"))}
    assert "body-in-two" not in names
    assert "no-more-body" in names


def test_both_ways_of_leaving_are_tried_in_each_version():
    """An application may branch on the version (www, Spec Versions)."""
    names = {variant.name for variant in http_variants(Place.parse("GET /"))}
    for sends in ("raise", "ignore"):
        for version in ("none", "2.3", "2.5"):
            assert f"disconnect-while-sending-{sends}-{version}" in names
