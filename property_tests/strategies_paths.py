"""Values that paths hold, and texts that they should not choke on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

from hypothesis import strategies as st


class Mood(Enum):
    HAPPY = "happy"
    GRUMPY = "grumpy"


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text not in {".", ".."})
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0 if number else 0.0),
    bool: st.booleans(),
    UUID: st.uuids(),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.sampled_from([None, UTC])),  # type: ignore[arg-type]
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=3).map(
        lambda d: d or abs(d)
    ),
    Mood: st.sampled_from(Mood),
    Literal["a", "b"]: st.sampled_from(["a", "b"]),
    Literal[1, 2, True]: st.sampled_from([1, 2, True]),
}
typed_values = st.sampled_from(list(VALUES)).flatmap(lambda form: st.tuples(st.just(form), VALUES[form]))

# Numbers in every spelling, other scripts, controls, and anything else.
wild_texts = st.one_of(
    st.text(max_size=20),
    st.text("0123456789.-+_eE\n \u0663\u00b2x", max_size=20),
    st.integers().map(str),
    st.floats().map(repr),
    st.decimals().map(str),
    st.dates().map(str),
    st.datetimes().map(datetime.isoformat),
    st.uuids().map(lambda value: str(value).upper()),
    st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,25})?", fullmatch=True),
)

tails = (
    st.lists(texts.filter(lambda text: "/" not in text), max_size=4)
    .map("/".join)
    .flatmap(lambda tail: st.sampled_from([tail, tail + "/"]) if tail else st.just(""))
)
