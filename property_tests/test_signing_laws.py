"""Laws of signed and encrypted values: nothing that we have not made is one of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from asgikit.config import Secret
from asgikit.sealing import Sealer
from asgikit.signing import Signer
from property_tests.strategies import hostile

Make = Callable[..., Any]
both = pytest.mark.parametrize("make", [Signer, Sealer])
secrets = st.text(st.characters(codec="utf-8"), min_size=32, max_size=48).filter(lambda text: len(set(text)) >= 8).map(Secret)
KEY = Secret("a-key-of-a-law-0123456789-abcdef")


def write(by: Any, data: bytes) -> str:
    text: str = by.sign(data) if isinstance(by, Signer) else by.seal(data)
    return text


def read(by: Any, text: str) -> bytes | None:
    data: bytes | None = by.verify(text) if isinstance(by, Signer) else by.open(text)
    return data


@both
@given(data=st.binary(max_size=200), key=secrets, purpose=st.text(st.characters(codec="utf-8"), min_size=1, max_size=8))
def test_what_is_written_is_read(make: Make, data: bytes, key: Secret, purpose: str) -> None:
    """Any data, any key, any purpose."""
    assert read(make(key, purpose=purpose), write(make(key, purpose=purpose), data)) == data


@both
@given(data=st.binary(max_size=24))
def test_no_bit_can_be_altered(make: Make, data: bytes) -> None:
    """Each one of the text, flipped, makes it none of ours."""
    by = make(KEY, purpose="law")
    text = write(by, data)
    raw = text.encode()
    for place in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[place // 8] ^= 1 << place % 8
        assert read(by, flipped.decode("latin-1")) is None, place


@both
@given(data=st.binary(max_size=24), other=st.binary(max_size=24), cut=st.integers(0, 120), more=hostile)
def test_no_other_text_is_read(make: Make, data: bytes, other: bytes, cut: int, more: str) -> None:
    """Neither a part of one, nor one with something added, nor two of them put together, nor anything else."""
    by = make(KEY, purpose="law")
    one, two = write(by, data), write(by, other)
    for text in (one[:cut], one[cut:], one + more, more + one, more, one[:cut] + two[cut:], one + two):
        if text not in {one, two}:
            assert read(by, text) is None


@both
@given(keys=st.lists(secrets, min_size=1, max_size=4, unique=True), known=st.data(), data=st.binary(max_size=20))
def test_a_key_is_good_as_long_as_it_is_there(make: Make, keys: list[Secret], known: Any, data: bytes) -> None:
    """At any place; the first one writes."""
    some = known.draw(st.lists(st.sampled_from(keys), min_size=1, unique=True))
    writer = make(keys, purpose="law")
    assert read(make(some, purpose="law"), write(writer, data)) == (data if keys[0] in some else None)


@both
@given(one=st.text(min_size=1, max_size=5), other=st.text(min_size=1, max_size=5))
def test_purposes_do_not_meet(make: Make, one: str, other: str) -> None:
    """A value for one is none for another."""
    assume(one != other)
    try:
        assert read(make(KEY, purpose=one), write(make(KEY, purpose=other), b"x")) is None
    except UnicodeEncodeError:
        assume(False)


@both
@given(signed=st.integers(0, 2**40), later=st.integers(0, 10**9), limit=st.integers(0, 10**9))
def test_a_value_is_read_up_to_its_age(make: Make, signed: int, later: int, limit: int) -> None:
    """And not a second longer."""
    now = float(signed)

    def clock() -> float:
        return now

    by = make(KEY, purpose="law", clock=clock)
    text = write(by, b"x")
    now += later
    found = by.verify(text, max_age=limit) if isinstance(by, Signer) else by.open(text, max_age=limit)
    assert found == (b"x" if later <= limit else None)
