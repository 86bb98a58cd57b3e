"""Header fields of requests."""

import pytest

from asgikit.conformance.drafts import parse_target, plain
from asgikit.conformance.drawing import drawn
from asgikit.conformance.header_strategies import HEADER_QUIRKS, ODD, ONE_SHOT, SHAPES
from asgikit.conformance.headers import HANDSHAKE_FIELDS
from asgikit.conformance.scenario import Once
from tests.conformance.sampling import samples

FIELDS = [(b"a", b"1"), (b"b", b"2")]


@pytest.mark.parametrize("quirk", HEADER_QUIRKS)
def test_fields_stay_fields(quirk):
    """Whatever is done to them: names are tokens, values have no controls, and what others rely on stays."""
    target = parse_target("POST /")

    def build(choose):
        draft = plain(target, [(b"content-type", b"a/b"), (b"content-length", b"3")])
        quirk.change(draft, choose)
        return draft.fields

    for fields in samples(drawn(build), 40):
        assert {b"content-type", b"content-length"} <= {name.lower() for name, _ in fields}
        for name, value in fields:
            assert name
            assert not set(name) & set(b' \t\r\n\x00:"(),/;<=>?@[\\]{}')
            assert value == value.strip(b" \t")
            assert not any(byte < 32 or byte == 127 for byte in value)


def test_shapes_hold_the_same_fields():
    """Lists and tuples in every combination, and iterators."""
    assert [shape(FIELDS) for shape in SHAPES] == [FIELDS, tuple(FIELDS), ([b"a", b"1"], [b"b", b"2"])]
    assert [shape(FIELDS) for shape in ONE_SHOT] == [Once(tuple(FIELDS)), [Once(FIELDS[0]), Once(FIELDS[1])]]


def test_no_odd_field_belongs_to_the_handshake():
    """Nor to the framing of the request."""
    assert not {name for name, _ in ODD} & {*HANDSHAKE_FIELDS, b"content-length", b"transfer-encoding", b"host"}
