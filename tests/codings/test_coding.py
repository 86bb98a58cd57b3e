"""What every content coding is."""

from __future__ import annotations

import os
import random

import pytest

from asgikit.codings.coding import PIECE, Coding
from asgikit.codings.installed import codings, decoders

TEXT = b"each piece can be read when it comes; " * 50


def decoded(coding: Coding, data: bytes) -> bytes:
    """Given to its decoder in one go, taken piece by piece."""
    member = decoders()[coding.name]()
    pieces = [member.decode(data)]
    while not member.hungry and not member.ended:
        pieces.append(member.decode(b""))
    assert (member.ended, member.rest) == (True, b"")
    return b"".join(pieces)


@pytest.mark.parametrize("coding", codings(), ids=str)
@pytest.mark.parametrize("data", [b"", b"x", TEXT, bytes(1_000_000), random.Random(1).randbytes(300_000)], ids=len)
def test_what_is_encoded_is_decoded(coding: Coding, data: bytes) -> None:
    """Whole or in pieces, flushed or not; and the whole is the same each time."""
    whole = coding.encode(data)
    assert (decoded(coding, whole), coding.encode(data)) == (data, whole)
    for flushed in (True, False):
        encoder = coding.encoder(flushed=flushed)
        assert (
            decoded(coding, encoder.encode(data) + encoder.encode(b"") + encoder.encode(TEXT) + encoder.finish()) == data + TEXT
        )


@pytest.mark.parametrize("coding", codings(), ids=str)
def test_what_is_flushed_can_be_read_at_once(coding: Coding) -> None:
    """Also before anything else has come, and across the limits of a window."""
    encoder, member = coding.encoder(flushed=True), decoders()[coding.name]()
    for data in (b"", b"x", TEXT, os.urandom(20_000), TEXT, b"y"):
        read = member.decode(encoder.encode(data)) or b""
        while not member.hungry:
            read += member.decode(b"")
        assert read == data


@pytest.mark.parametrize("coding", codings(), ids=str)
def test_a_piece_is_of_bounded_size(coding: Coding) -> None:
    """However much there is of it."""
    member = decoders()[coding.name]()
    sizes = [len(member.decode(coding.encode(bytes(10_000_000))))]
    while not member.ended:
        sizes.append(len(member.decode(b"")))
    assert (max(sizes) <= PIECE, sum(sizes)) == (True, 10_000_000)


@pytest.mark.parametrize("name", decoders())
@pytest.mark.parametrize("data", [b"no coding at all, " * 5, b"\xff" * 50])
def test_what_is_malformed_is_a_value_error(name: str, data: bytes) -> None:
    """Whatever the library raises."""
    with pytest.raises(ValueError):
        decoders()[name]().decode(data)


@pytest.mark.parametrize("coding", codings(), ids=str)
def test_an_open_encoder_takes_little_memory(coding: Coding) -> None:
    """Thousands of feeds are open at a time."""

    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before, encoders = resident(), [coding.encoder(flushed=True) for _ in range(50)]
    for encoder in encoders:
        for _ in range(20):
            encoder.encode(random.Random(1).randbytes(20_000))
    assert (resident() - before) / len(encoders) < 1_500_000
