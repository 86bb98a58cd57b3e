"""Compression."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.driving import Answer, call

from asgikit import App, Request, Response
from asgikit.middleware.compress import THREAD_SIZE, CompressPolicy, compress, encode, is_compressible

TEXT = "compress me, " * 100


async def served(response: Response, accept: str | None = "gzip", method: str = "GET", **options: Any) -> Answer:
    async def handler(request: Request[None]) -> Response:
        return response

    headers = {} if accept is None else {"accept-encoding": accept}
    return await call(App(compress(**options)(handler)), method, headers=headers)


async def test_text_is_compressed_for_who_accepts_it() -> None:
    """With the fields that go with it."""
    answer = await served(Response.text(TEXT))
    assert gzip.decompress(answer.body).decode() == TEXT
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "accept", [None, "", "gzip;q=0", "notgzip", "identity", "br", "*;q=0, identity", "gzip;q=0.1, identity;q=0.2", "gzip;q=x"]
)
async def test_others_get_it_as_it_is(accept: str | None) -> None:
    """D7: a weight of zero, names that only contain gzip, a preference for identity; Vary all the same."""
    answer = await served(Response.text(TEXT), accept)
    assert (answer.text, "content-encoding" in answer.headers) == (TEXT, False)
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accept", ["identity;q=0", "*;q=0", "br, identity;q=0"])
async def test_who_accepts_nothing_we_have_gets_406(accept: str) -> None:
    """Identity can be refused (RFC 9110, 12.5.3)."""
    answer = await served(Response.text(TEXT), accept)
    assert (answer.status, answer.headers["vary"]) == (406, "Accept-Encoding")


@pytest.mark.parametrize("accept", ["gzip", "GZIP;q=1.0", "x-gzip", "*", "deflate, gzip;q=0.5, *;q=0", "identity;q=0.5, gzip"])
async def test_every_way_of_saying_gzip_is_understood(accept: str) -> None:
    """Case, weights, wildcards, and the old name."""
    assert (await served(Response.text(TEXT), accept)).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "response",
    [
        Response.text("short"),
        Response.text(TEXT, headers={"content-encoding": "br"}),
        Response.text(TEXT, headers={"content-type": "image/png"}),
        Response(TEXT.encode()),
        Response.text(TEXT, headers={"cache-control": "public, No-Transform"}),
        Response.text(TEXT, status=206, headers={"content-range": "bytes 0-1299/5000"}),
        Response.empty(),
    ],
)
async def test_what_would_not_gain_is_left_alone(response: Response) -> None:
    """Small, encoded already, no text, not to be transformed, partial, empty."""
    answer = await served(response)
    assert (answer.body, answer.headers.get("vary")) == (response.body, None)


async def test_what_does_not_shrink_stays_as_it_is() -> None:
    """Though it varies."""
    answer = await served(Response.text("abcdefghij"), minimum_size=1)
    assert ("content-encoding" in answer.headers, answer.headers["vary"]) == (False, "Accept-Encoding")


async def test_a_strong_etag_is_weakened() -> None:
    """D8: other bytes have another validator; a weak one stays."""
    for etag in ('"abc"', 'W/"abc"'):
        assert (await served(Response.text(TEXT, headers={"etag": etag}))).headers["etag"] == 'W/"abc"'
    assert (await served(Response.text(TEXT, headers={"etag": '"abc"'}), None)).headers["etag"] == '"abc"'


async def test_head_has_the_fields_of_get() -> None:
    """And no body."""
    get, head = await served(Response.text(TEXT)), await served(Response.text(TEXT), method="HEAD")
    assert (list(head.headers), head.body) == (list(get.headers), b"")


async def test_a_stream_is_compressed_chunk_by_chunk() -> None:
    """Each can be read when it arrives; the generator is closed when the client leaves."""
    events: list[str] = []

    async def chunks() -> AsyncIterator[str]:
        try:
            for _ in range(3):
                yield "tick\n"
                await anyio.lowlevel.checkpoint()
        finally:
            events.append("closed")

    answer = await served(Response.stream(chunks(), content_type="text/plain", headers={"content-length": "15"}))
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    seen = [unpacker.decompress(event["body"]) for event in answer.events[1:]]
    assert seen[:3] == [b"tick\n"] * 3
    assert ("content-length" in answer.headers, events) == (False, ["closed"])


async def test_large_bodies_are_compressed_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the event loop goes on."""
    threads: list[Any] = []

    def watched(*args: Any) -> Response:
        threads.append(threading.current_thread() is threading.main_thread())
        return encode(*args)

    monkeypatch.setattr("asgikit.middleware.compress.encode", watched)
    await served(Response.text("x" * THREAD_SIZE))
    await served(Response.text("x" * (THREAD_SIZE - 1)))
    assert threads == [False, True]


async def test_tasks_survive() -> None:
    """What was to run after the response still does."""
    seen: list[str] = []

    async def note(word: str) -> None:
        seen.append(word)

    await served(Response.text(TEXT).then(note, "done"))
    assert seen == ["done"]


@pytest.mark.parametrize("options", [{"level": 0}, {"level": 10}, {"minimum_size": -1}])
def test_a_policy_that_cannot_be_meant_is_refused(options: Any) -> None:
    """When it is made."""
    with pytest.raises(ValueError):
        compress(**options)


def test_the_same_text_gives_the_same_bytes() -> None:
    """No time stamp in it; and the pure half needs no event loop."""
    policy = CompressPolicy()
    assert is_compressible(policy, Response.text(TEXT))
    assert encode(policy, "gzip", Response.text(TEXT)).body == encode(policy, "gzip", Response.text(TEXT)).body
