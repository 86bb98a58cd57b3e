"""The variants of a lifespan."""

from __future__ import annotations

from collections.abc import Iterator

from asgikit.conformance.place import Place
from asgikit.conformance.variant import UNKNOWN, Maker, Variant, delivered, version_variants


def lifespan_variants(place: Place) -> Iterator[Variant]:
    """All variants of a lifespan from startup to shutdown."""
    shutdown = {"type": "lifespan.shutdown"}
    make = Maker(place, delivered(shutdown))
    yield make.without("no-state", "LIFE-STATE-006", "state")
    yield from version_variants(make)
    events = delivered({"type": "lifespan.startup", UNKNOWN: 1}, {**shutdown, UNKNOWN: 1})
    yield make.acting("unknown-key-in-events", "CORE-MSG-010", "no failure", *events)
