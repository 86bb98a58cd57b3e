"""Whatever an application says and is told, its table can be printed, and nothing secret is in it."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asgikit.conformance.copies import kept
from asgikit.conformance.plain import printable
from asgikit.conformance.transcript import StepKind
from asgikit.conformance.values import Finding
from asgikit.testing.recorded import Recording
from asgikit.testing.table import BELOW, NARROWEST


class Odd:
    """What cannot be compared, counted or printed."""

    def __bool__(self) -> bool:
        """Raises."""
        raise TypeError("neither")

    def __eq__(self, other: object) -> bool:
        """Raises."""
        raise TypeError("incomparable")

    def __hash__(self) -> int:
        """Raises."""
        raise TypeError("unhashable")

    def __repr__(self) -> str:
        """Raises."""
        raise TypeError("unspeakable")


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400) | st.binary(max_size=400) | st.builds(Odd)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
pairs = st.tuples(st.binary(max_size=9), st.binary(max_size=300)) | st.lists(scalars, max_size=3) | scalars
keys = st.sampled_from(
    ["status", "body", "more_body", "text", "bytes", "code", "reason", "path", "method", "query_string", "extensions", "x"]
)
types = st.sampled_from(["http", "websocket", "lifespan", "http.request", "http.response.start", "websocket.send", "x"]) | scalars
messages = st.dictionaries(keys, values, max_size=6).flatmap(
    lambda rest: st.fixed_dictionaries({"type": types}, optional={"headers": st.lists(pairs, max_size=4) | values}).map(
        lambda m: m | rest
    )
)
kinds: st.SearchStrategy[StepKind] = st.sampled_from(["call", "receive", "send"])


@given(st.lists(st.tuples(kinds, messages, st.booleans()), max_size=60), st.integers(0, 200), st.booleans())
def test_every_exchange_has_a_table(steps: list[tuple[StepKind, dict[str, Any], bool]], width: int, colour: bool) -> None:
    """A row for each step and each rule, no wider than wanted, without anything that steers a terminal; bodies of errors besides."""
    log = Recording(lambda: 0.0)
    for kind, message, is_broken in steps:
        log.add(kind, kept(message))
        if is_broken:
            log.mark(Finding("HTTP-RESP-005", "in upper\ncase"))
    log.add("return", {})
    exchange = log.exchange()
    plain = re.sub("\x1b\\[[0-9]+m", "", exchange.table(width=width, colour=colour)) if colour else exchange.table(width=width)
    rows = plain.split("\n")
    assert len([row for row in rows if not row.startswith(BELOW)]) == len(exchange.steps) + len({*exchange.broken})
    assert all(len(row) <= max(width, NARROWEST) for row in rows)
    assert printable(plain) == plain


SECRET = "tomatoes"
fields = st.sampled_from(
    ["authorization", "Cookie", "set-cookie", "proxy-authorization", "X-Api-Key", "x-auth-token", "x-csrf-token"]
)
shapes = st.sampled_from(
    ["{}", "Bearer {}", "a={}", "a=b; c={}", "Digest username={}, response={}", " {} ", "={}", "a={}; Path=/", ";{}", "a;{}"]
)


@given(fields, shapes, st.booleans(), st.booleans())
def test_credentials_are_in_no_table(name: str, shape: str, is_scope: bool, is_text: bool) -> None:
    """However they are written, and though they are no bytes, which they have to be."""
    pair: Any = (name, shape.replace("{}", SECRET))
    if not is_text:
        pair = tuple(part.encode() for part in pair)
    log = Recording(lambda: 0.0)
    message = {"type": "http", "path": "/", "query_string": b"token=" + SECRET.encode(), "headers": [pair]}
    log.add("call" if is_scope else "send", message if is_scope else {"type": "http.response.start", "headers": [pair]})
    assert SECRET not in str(log.exchange())
