"""Parts as they come; what forms, requests and inputs make of them is in their own files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit.errors import BadRequest, ContentTooLarge, HTTPError, UnsupportedMediaType
from asgikit.http.media import MediaType
from asgikit.parts import FormLimits, Parts
from tests.forming import multipart, part


class Chunks:
    """One after the other; no generator, which somebody would have to close."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next."""
        for chunk in self.chunks:
            return chunk
        raise StopAsyncIteration


class Source:
    """A body in chunks."""

    content_type: MediaType | None = MediaType("multipart", "form-data", (("boundary", "b"),))
    content_length: int | None = None
    coding: str | None = None
    limit = 0

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = chunks

    def stream(self, idle: float | None = None, total: float | None = None) -> AsyncIterator[bytes]:
        return Chunks(iter(self.chunks))

    async def body(self, limit: int | None = None, idle: float | None = None, total: float | None = None) -> bytes:
        raise NotImplementedError

    def close_at_end(self, close: Any, /) -> None:
        raise NotImplementedError


async def one_by_one(parts: Parts) -> list[Any]:
    """What the parts hold, each read as such."""
    try:
        return [
            (p.name, p.filename, (await p.read()).decode(errors="replace") if p.filename else await p.text()) async for p in parts
        ]
    except HTTPError as error:
        return [str(error)]


async def at_hand(parts: Parts) -> list[Any]:
    """The same, with fields taken together wherever they can be."""
    found: list[Any] = []
    try:
        while True:
            found += [(name, None, value) for name, value in parts.fields_at_hand()]
            if (p := await anext(parts, None)) is None:
                return found
            found.append((p.name, p.filename, (await p.read()).decode(errors="replace") if p.filename else await p.text()))
    except HTTPError as error:
        return [str(error)]


BODY = multipart(part("a", "1"), part("b", ""), part("f", b"\xff\x00file", "x.bin"), part("c", "3" * 50), part("", "ü"))
LIMITS = FormLimits(fields=5, files=1, field_size=60)


@given(cuts=st.lists(st.integers(0, len(BODY)), max_size=6))
async def test_fields_taken_together_are_the_fields(cuts: list[int]) -> None:
    """Wherever the body is cut."""
    places = [0, *sorted(cuts), len(BODY)]
    chunks = [BODY[start:stop] for start, stop in pairwise(places)]
    expected = await one_by_one(Parts(Source(BODY), LIMITS))
    assert len(expected) == 5
    assert await one_by_one(Parts(Source(*chunks), LIMITS)) == await at_hand(Parts(Source(*chunks), LIMITS)) == expected


@pytest.mark.parametrize(
    "body",
    [
        multipart(*[part("a", "1")] * 6),
        multipart(part("a", "1" * 61)),
        multipart(part("a", "1"), part("b", b"\xff")),
        multipart(part("f", "", "x"), part("f", "", "y")),
        multipart(part("a", "1"))[:-6],
        multipart(part("a", "1"), part("a", "1").replace(b"form-data", b"attachment")),
        b"",
    ],
)
async def test_what_is_wrong_is_wrong_either_way(body: bytes) -> None:
    """In the same words, which do not change when they are asked for again."""
    parts, together = Parts(Source(body), LIMITS), Parts(Source(body), LIMITS)
    said = await one_by_one(parts)
    assert len(said) == 1
    assert said[0][:3] in {"400", "413"}
    assert await at_hand(together) == said
    if b"\xff" in body:
        return  # one field that is no text: its bytes can still be read, and the fields behind it
    for again in (parts, together):
        with pytest.raises(HTTPError, match=said[0][4:30]):
            again.fields_at_hand()
            await anext(again)


def test_only_a_multipart_form_has_parts() -> None:
    """With a boundary, and within its announced length."""
    source = Source()
    source.content_type = MediaType("multipart", "form-data")
    with pytest.raises(BadRequest, match="no boundary"):
        Parts(source, LIMITS)
    source.content_type = MediaType("application", "x-www-form-urlencoded")
    with pytest.raises(UnsupportedMediaType):
        Parts(source, LIMITS)
    encoded = Source()
    encoded.coding = "gzip"
    with pytest.raises(UnsupportedMediaType, match="content-encoding"):
        Parts(encoded, LIMITS)
    large = Source()
    large.content_length = LIMITS.total_size + 1
    with pytest.raises(ContentTooLarge):
        Parts(large, LIMITS)


def test_a_limit_is_not_negative() -> None:
    """Whichever."""
    with pytest.raises(ValueError, match="at least 0"):
        FormLimits(file_size=-1)


async def test_many_files_in_one_chunk_are_no_chain() -> None:
    """What is put back is taken from the front, however often."""
    parts = Parts(Source(multipart(*[part("f", "x", "y")] * 5000)), FormLimits(files=5000))
    assert len(await at_hand(parts)) == 5000


@pytest.mark.parametrize("size", [1, 7, 10**6])
async def test_one_part_too_many_is_refused_before_what_is_behind_it(size: int) -> None:
    """Wherever the body is cut."""
    body = part("f", "x", "y") * 2 + b"--bX\r\n"
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    for read in (one_by_one, at_hand):
        assert await read(Parts(Source(*chunks), FormLimits(files=1))) == ["413 the form has over 1 files"]
