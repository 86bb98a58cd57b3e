"""Header fields."""

from __future__ import annotations

import pytest

from asgikit.conformance.headers import (
    PAIRS,
    PUSH,
    RESPONSE,
    accept_findings,
    content_length,
    field_findings,
    hop_findings,
    pairs_of,
    status_findings,
)
from asgikit.conformance.values import Finding


@pytest.mark.parametrize(
    "headers",
    [
        "ab",
        b"ab",
        3,
        {b"a": b"b"},
        [b"ab"],
        ["ab"],
        [[b"a"]],
        [[b"a", b"b", b"c"]],
        [["a", b"b"]],
        [[b"a", "b"]],
        [[b"a", None]],
        [3],
    ],
)
def test_what_is_no_pair_of_bytes_breaks_the_rule(headers: object) -> None:
    """A dict, a str and bytes are no list of pairs."""
    found: list[Finding] = []
    assert pairs_of(headers, "RULE", found) == []
    assert [finding.rule for finding in found] == ["RULE"]


@pytest.mark.parametrize("headers", [[], (), [[b"a", b"b"]], ((b"a", b"b"),), iter([(b"a", b"")])])
def test_any_iterable_of_pairs_will_do(headers: object) -> None:
    """Lists, tuples, iterators."""
    found: list[Finding] = []
    pairs_of(headers, "RULE", found)
    assert found == []


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        (b"X-A", b"", "HTTP-RESP-005"),
        (b":status", b"200", "HTTP-RESP-006"),
        (b"", b"", "HTTP-SEM-003"),
        (b"a b", b"", "HTTP-SEM-003"),
        (b"\xc3\xa9", b"", "HTTP-SEM-003"),
        (b"a", b"x\r\ny: z", "HTTP-SEM-004"),
        (b"a", b"x\ny", "HTTP-SEM-004"),
        (b"a", b"\x00", "HTTP-SEM-004"),
        (b"a", b" x", "HTTP-SEM-005"),
        (b"a", b"x\t", "HTTP-SEM-005"),
        (b"a", b" ", "HTTP-SEM-005"),
    ],
)
def test_a_bad_field_breaks_the_rule_of_its_badness(name: bytes, value: bytes, rule: str) -> None:
    """Names are lower-case tokens, values have no line breaks."""
    assert [finding.rule for finding in field_findings([(name, value)], RESPONSE)] == [rule]


@pytest.mark.parametrize(("name", "value"), [(b"a", b""), (b"x-1", b"\xff a\tb"), (b"!#$%&'*+-.^_`|~0a", b"x")])
def test_a_good_field_breaks_nothing(name: bytes, value: bytes) -> None:
    """Obsolete text and inner tabs are legal."""
    assert list(field_findings([(name, value)], RESPONSE)) == []


def test_of_a_great_many_pairs_the_first_are_looked_at() -> None:
    """An application may send as many as it likes."""
    assert len(pairs_of(((b"a", b"b") for _ in range(PAIRS + 1)), "X", [])) == PAIRS


def test_each_message_has_its_rule_of_names() -> None:
    """One rule says all for a push."""
    assert [finding.rule for finding in field_findings([(b":path", b""), (b"A", b"")], PUSH)] == ["EXT-PUSH-002"] * 2


@pytest.mark.parametrize(
    ("values", "length", "rules"),
    [
        ([], None, []),
        ([b"0"], 0, []),
        ([b"12"], 12, []),
        ([b""], None, ["HTTP-SEM-006"]),
        ([b"-1"], None, ["HTTP-SEM-006"]),
        ([b"1.0"], None, ["HTTP-SEM-006"]),
        ([b"\xb2"], None, ["HTTP-SEM-006"]),
        ([b"+5"], None, ["HTTP-SEM-006"]),
        ([b"5", b"5"], None, ["HTTP-SEM-007"]),
        ([b"5, 5"], None, ["HTTP-SEM-007"]),
        ([b"9" * 5000], None, []),
    ],
)
def test_a_length_is_digits_and_there_once(values: list[bytes], length: int | None, rules: list[str]) -> None:
    """One that no body reaches is not computed with."""
    found: list[Finding] = []
    assert content_length([(b"Content-Length", value) for value in values], found) == length
    assert [finding.rule for finding in found] == rules


def test_fields_of_the_connection_are_the_servers() -> None:
    """HTTP/2 forbids them, in HTTP/1.1 they are worth a note, as transfer-encoding is."""
    pairs = [(b"Connection", b"close"), (b"keep-alive", b""), (b"te", b""), (b"upgrade", b""), (b"transfer-encoding", b"chunked")]
    assert [finding.rule for finding in hop_findings(pairs, "2")] == ["HTTP-SEM-014"] * 4 + ["HTTP-SEM-015"]
    assert [finding.rule for finding in hop_findings(pairs, "1.1")] == ["HTTP-SEM-024"] * 4 + ["HTTP-SEM-015"]


@pytest.mark.parametrize(
    ("value", "joined"),
    [
        (b"a=b; Path=/, c=d; Path=/", True),
        (b"a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT", False),
        (b"a=b,c", False),
        (b"a=x,y=z", False),
    ],
)
def test_joined_cookies_are_told_from_dates(value: bytes, joined: bool) -> None:
    """A comma alone is no sign."""
    assert bool(list(hop_findings([(b"set-cookie", value)], "1.1"))) is joined


def test_a_handshake_has_fields_of_its_own() -> None:
    """The subprotocol has a key."""
    pairs = [(b"Sec-WebSocket-Protocol", b"x"), (b"upgrade", b""), (b"sec-websocket-accept", b""), (b"x-a", b"")]
    assert [finding.rule for finding in accept_findings(pairs)] == ["WS-ACC-006", "WS-ACC-009", "WS-ACC-009"]


@pytest.mark.parametrize(
    ("status", "name", "value"),
    [
        (401, b"WWW-Authenticate", b"Basic"),
        (405, b"allow", b""),
        (407, b"proxy-authenticate", b"x"),
        (416, b"content-range", b"bytes */3"),
        (206, b"content-range", b"bytes 0-1/3"),
        (206, b"content-type", b"Multipart/Byteranges; boundary=x"),
    ],
)
def test_some_statuses_need_a_field(status: int, name: bytes, value: bytes) -> None:
    """With it they are right, without it not."""
    assert list(status_findings(status, [(name, value)])) == []
    assert [finding.rule for finding in status_findings(status, [(b"x", b"")])] == ["HTTP-SEM-022"]
