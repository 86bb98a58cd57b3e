"""The testing kit hands on what is sent: any legal request and response, whole; and of a faulty one the rule that it breaks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit.conformance.copies import fresh
from asgikit.conformance.drafts import parse_target
from asgikit.conformance.drawing import Choose, drawn
from asgikit.conformance.response_faults import broken_answer
from asgikit.conformance.response_strategies import answer
from asgikit.conformance.violations import ConformanceError
from asgikit.testing import AsyncClient, exchange_of

EXTENSIONS = ("http.response.trailers", "http.response.early_hint", "http.response.push")
LEVELS = ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5")

Events = Sequence[Mapping[str, Any]]


def answers(method: str, extensions: Sequence[str] = EXTENSIONS) -> st.SearchStrategy[Events]:
    return drawn(lambda choose: answer(choose, parse_target(f"{method} /"), extensions))


def faulty(choose: Choose) -> tuple[Events, str]:
    return broken_answer(choose, parse_target("GET /"))


def answering(events: Events, bodies: list[bytes]) -> Any:
    """Reads the request, and sends these."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        bodies.append(body)
        for event in events:
            await send(fresh(event))

    return app


def fields_of(event: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    headers: Any = fresh(event.get("headers", ()))
    return [(name, value) for name, value in headers]


async def chunked(pieces: Sequence[bytes]) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece


def check(response: httpx.Response, content: bytes, events: Events) -> None:
    """Nothing is missing, and nothing is there besides."""
    by_type = {str(event["type"]): event for event in events}
    start = by_type["http.response.start"]
    assert response.status_code == start["status"]
    assert response.headers.raw == fields_of(start)
    assert content == b"".join(event.get("body", b"") for event in events if event["type"] == "http.response.body")
    heard = exchange_of(response).heard
    trailers = [event for event in events if event["type"] == "http.response.trailers"]
    assert heard.raw_trailers == [pair for event in trailers for pair in fields_of(event)]
    assert len(heard.early_hints) == sum(event["type"] == "http.response.early_hint" for event in events)
    assert [push.path for push in heard.pushes] == [event["path"] for event in events if event["type"] == "http.response.push"]


@given(
    st.sampled_from(["GET", "HEAD", "POST"]).flatmap(lambda method: st.tuples(st.just(method), answers(method))),
    st.lists(st.binary(max_size=50), max_size=5),
    st.sampled_from(LEVELS),
    st.sampled_from([None, 1, 7]),
    st.sampled_from([0, 10, 65536]),
    st.sampled_from(["asyncio", "trio"]),
    st.booleans(),
)
def test_what_is_sent_arrives(  # of what the strategies draw
    sent: tuple[str, Events], pieces: list[bytes], level: Any, chunk: int | None, buffer: int, backend: str, streams: bool
) -> None:
    """At each level of the specification, however the request is cut, and whether the response is read at once or as it comes."""
    method, events = sent
    bodies: list[bytes] = []

    async def main() -> None:
        options: Any = {"spec_version": level, "chunk_size": chunk, "buffer_size": buffer, "extensions": EXTENSIONS}
        async with AsyncClient(answering(events, bodies), lifespan="off", **options) as client:
            check(response := await client.request(method, "/", content=b"".join(pieces)), response.content, events)
            async with client.stream(method, "/", content=chunked(pieces)) as response:
                check(response, await response.aread(), events) if streams else None

    anyio.run(main, backend=backend)
    assert bodies == [b"".join(pieces)] * 2


@given(drawn(faulty), st.sampled_from(LEVELS), st.booleans())
def test_what_a_faulty_response_breaks_is_the_rule_that_comes(sent: tuple[Events, str], level: Any, streams: bool) -> None:
    """Whatever else comes of it, and however it is read."""
    events, rule = sent

    async def main() -> None:
        async with AsyncClient(answering(events, []), lifespan="off", spec_version=level, timeout=1, check="note") as client:
            if not streams:
                await client.get("/")
                return
            async with client.stream("GET", "/") as response:
                await response.aread()

    with pytest.raises(ConformanceError) as raised:
        anyio.run(main)
    assert rule in "\n".join([str(raised.value), *getattr(raised.value, "__notes__", ())])
