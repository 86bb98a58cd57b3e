"""What quick recognises breaks no rule, and the short way from state to state is the long one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asgikit.conformance.facts import facts_of, plain_facts
from asgikit.conformance.fields import key_findings
from asgikit.conformance.machine import opened, step
from asgikit.conformance.quick import plain_body, plain_scope, plain_start
from asgikit.conformance.scopes import scope_findings
from asgikit.conformance.state import plain_step

odd = st.sampled_from([None, 0, 1, -1, 3.5, True, False, "", "x", b"", b"x", (), [], {}, 2**70, float("nan"), bytearray(b"x")])
names = (
    st.sampled_from([b"host", b"Host", b"x-a", b":path", b"", b"content-length", b"connection", b"set-cookie", b"a b", b"te"])
    | odd
)
values = st.sampled_from([b"x", b" x", b"x ", b"\t", b"", b"5", b"3", b"a\r\nb", b"\xff", b"a, b", b"-1", b"\xb2"]) | odd
pairs = st.tuples(names, values) | st.lists(values | names, max_size=3) | odd
headers = st.lists(pairs, max_size=4) | st.lists(pairs, max_size=2).map(tuple) | odd


def mapping(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Each key present or not."""
    return st.fixed_dictionaries({}, optional=keys)


USUAL: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.4"},
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [],
}

scopes = mapping(
    asgi=mapping(
        version=st.sampled_from(["3.0", "2.0"]) | odd, spec_version=st.sampled_from(["2.0", "2.5", "2.6"]) | odd, more=odd
    )
    | odd,
    http_version=st.sampled_from(["1.0", "2", "4"]) | odd,
    method=st.sampled_from(["GET", "get", "M-SEARCH", "HEAD"]) | odd,
    path=st.sampled_from(["/", "/a", "a", "*", "/é", "/a b", "/a?b", "http://x/"]) | odd,
    raw_path=st.sampled_from([b"/", b"/a", b"/%61", b"/a?b"]) | odd,
    query_string=st.sampled_from([b"a=b", b"?", b"a b", b"#", b"b"]) | odd,
    scheme=st.sampled_from(["http", "https"]) | odd,
    root_path=st.sampled_from(["", "/mnt"]) | odd,
    headers=headers,
    client=st.sampled_from([("h", 1), ("h", None), ["h", 1], ("h", 70000), ("h",), (1, 1)]) | odd,
    server=st.sampled_from([("h", 1), ("/s", None), ("h", "1"), ("h", True)]) | odd,
    state=st.sampled_from([{}, {"a": 1}]) | odd,
    extensions=st.sampled_from([{}, {"tls": {}}, {"a": None}]) | odd,
).map(lambda some: {**USUAL, **some})

starts = mapping(
    status=st.sampled_from([200, 204, 206, 304, 401, 405, 100, 600]) | odd, headers=headers, trailers=odd, more=odd
).map(lambda some: {"type": "http.response.start", "status": 200, **some})
bodies = mapping(body=st.sampled_from([b"abc", b"ab", b"abcdef"]) | odd, more_body=st.booleans() | odd, more=odd)


@given(scopes)
def test_a_scope_that_is_recognised_breaks_nothing(scope: dict[str, Any]) -> None:
    """And its facts are the facts."""
    if plain_scope(scope):
        assert scope_findings(scope) == []
        assert plain_facts(scope) == facts_of(scope)


@given(starts, st.booleans())
def test_a_start_that_is_recognised_breaks_nothing(message: dict[str, Any], tuples: bool) -> None:
    """But for the note about tuples."""
    if plain_start(message, tuples=tuples):
        found = {finding.rule for finding in key_findings(message, facts_of(USUAL))}
        assert found <= ({"CORE-MSG-008"} if tuples else set())


@given(bodies, st.sampled_from(["http.request", "http.response.body"]))
def test_a_body_that_is_recognised_breaks_nothing(some: dict[str, Any], kind: str) -> None:
    """Of a request or a response."""
    message = {"type": kind, **some}
    if plain_body(message):
        assert key_findings(message, facts_of(USUAL)) == []


@given(
    st.sampled_from(["GET", "HEAD", "PUT"]),
    st.sampled_from([[], [(b"content-length", b"3")]]),
    st.lists(
        starts.map(lambda message: ("send", message))
        | bodies.map(lambda some: ("send", {"type": "http.response.body", **some}))
        | bodies.map(lambda some: ("receive", {"type": "http.request", **some})),
        max_size=6,
    ),
)
def test_the_short_way_is_the_long_one(method: str, lines: Any, messages: list[Any]) -> None:
    """Where it goes at all, it arrives at the same state, and the long way finds nothing."""
    state, _ = opened({**USUAL, "method": method, "headers": lines})
    for direction, message in messages:
        plain = plain_start(message, tuples=True) if message["type"] == "http.response.start" else plain_body(message)
        expected, found = step(state, direction, message)
        if plain and (short := plain_step(state, message)) is not None:
            assert short == expected
            assert {finding.rule for finding in found} <= {"CORE-MSG-008"}
        state = expected
