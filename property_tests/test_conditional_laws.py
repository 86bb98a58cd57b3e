"""Laws of entity tags and of conditions (RFC 9110, 8.8 and 13)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgikit.conditional import settle
from asgikit.http.conditional import ETag, Preconditions, Validators
from asgikit.http.dates import format_date
from asgikit.http.headers import Headers
from asgikit.response import Response
from property_tests.strategies import hostile, work

ETAGC = "!" + "".join(map(chr, [*range(0x23, 0x7F), *range(0x80, 0x100)]))
DAY = datetime(2020, 1, 1, tzinfo=UTC)
FIELDS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"]

tags = st.builds(ETag, st.text(ETAGC, max_size=8), st.booleans())
few_tags = st.builds(ETag, st.sampled_from(["a", "b", "a,b"]), st.booleans())
moments = st.integers(-2, 2).map(lambda seconds: DAY + timedelta(seconds=seconds))
fractions = st.sampled_from([0, 1, 999_999]).map(lambda n: timedelta(microseconds=n))
currents = st.none() | st.builds(
    Validators, st.none() | few_tags, st.none() | st.builds(lambda moment, more: moment + more, moments, fractions)
)
methods = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE"])
separators = st.text(" \t,", max_size=3).map(lambda text: f",{text}")
conditions = st.fixed_dictionaries(
    {},
    optional={
        "if-match": st.just("*") | st.lists(few_tags, min_size=1, max_size=3),
        "if-none-match": st.just("*") | st.lists(few_tags, min_size=1, max_size=3),
        "if-modified-since": moments,
        "if-unmodified-since": moments,
    },
)


def field_of(value):
    """A condition as a field."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else format_date(value)


def same(one, other, *, strong):
    """The two ways to compare tags (RFC 9110, 8.8.3.2), on their text."""
    left, right = str(one), str(other)
    return left == right and not left.startswith("W/") if strong else left.removeprefix("W/") == right.removeprefix("W/")


def has(condition, current, *, strong):
    """Whether a list of tags, or "*", has this representation."""
    if current is None:
        return False
    return condition == "*" or any(current.etag is not None and same(tag, current.etag, strong=strong) for tag in condition)


def expected(method, given_, current):
    """RFC 9110, 13.2.2, step by step."""
    reads = method in ("GET", "HEAD")
    seconds = None if current is None or current.modified is None else int(current.modified.timestamp())
    # 1, and 2 where there is no If-Match
    if "if-match" in given_:
        if not has(given_["if-match"], current, strong=True):
            return "failed"
    elif "if-unmodified-since" in given_ and seconds is not None and not seconds <= given_["if-unmodified-since"].timestamp():
        return "failed"
    # 3, and 4 where there is no If-None-Match
    if "if-none-match" in given_:
        if has(given_["if-none-match"], current, strong=False):
            return "not modified" if reads else "failed"
    elif "if-modified-since" in given_ and reads and seconds is not None and seconds <= given_["if-modified-since"].timestamp():
        return "not modified"
    return "proceed"


@given(tags)
def test_a_printed_tag_is_parsed_back(tag):
    """Weak or strong, and it fits in a header."""
    assert ETag.parse(Headers({"etag": str(tag)})["etag"]) == tag


@given(hostile | hostile.map(lambda text: f'"{text}"') | hostile.map(lambda text: f'W/"{text}"'))
def test_parsing_a_tag_raises_value_error_or_nothing(text):
    """Any text is refused, or is the tag that prints to it."""
    try:
        tag = ETag.parse(text)
    except ValueError:
        with pytest.raises(ValueError, match="entity tag"):
            ETag(
                text.removeprefix("W/")[1:-1]
                if text.endswith('"') and text.removeprefix("W/")[:1] == '"' and len(text) > 2
                else "\n"
            )
        return
    assert str(tag) == text


@given(st.lists(tags, min_size=1, max_size=5), st.lists(separators, min_size=5, max_size=5))
def test_a_list_of_tags_is_parsed_back(listed, between):
    """Whatever the tags hold, commas above all, and whatever empty elements are between them."""
    text = "".join(between[n] * (n > 0) + str(tag) for n, tag in enumerate(listed))
    parsed = Preconditions.parse(Headers({"if-match": text, "if-none-match": f", {text} ,"}))
    assert parsed.if_match == parsed.if_none_match == tuple(listed)


@given(tags, tags)
def test_comparing_is_the_same_from_both_sides(one, other):
    """And what is the same strongly is so weakly."""
    for strongly in (True, False):
        assert one.matches(other, strongly=strongly) == other.matches(one, strongly=strongly) == same(one, other, strong=strongly)
    assert one.matches(one, strongly=False)


@given(methods, conditions, currents)
def test_conditions_are_evaluated_as_the_standard_says(method, given_, current):
    """Every combination of fields, methods and validators (RFC 9110, 13.2.2)."""
    parsed = Preconditions.parse(Headers({name: field_of(value) for name, value in given_.items()}))
    assert parsed.evaluate(method, current) == expected(method, given_, current)


@given(st.lists(st.tuples(st.sampled_from(FIELDS), hostile | st.binary(max_size=20)), max_size=6), methods, currents)
def test_no_field_makes_it_fail(lines, method, current):
    """Whatever bytes a client sends, there is an answer; and the one for who sends it again is the same."""
    raw = [
        (name.encode(), value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")) for name, value in lines
    ]
    fields = Headers.from_raw(raw)
    parsed = Preconditions.parse(fields)
    assert parsed == Preconditions.parse(fields)
    assert parsed.evaluate(method, current) in {"proceed", "not modified", "failed"}
    assert parsed.allow_range(current or Validators(), DAY) in {True, False}
    response = Response.text("0123456789").with_etag()
    assert settle(method, fields, response, DAY).status in {200, 206, 304, 412, 416}


@given(conditions, st.sampled_from(["a", "b"]), moments)
def test_what_is_settled_is_what_was_evaluated(given_, tag, moment):
    """200, 304 and 412 for the three outcomes, for GET and HEAD alike."""
    response = Response.text("x", headers={"etag": f'"{tag}"', "last-modified": format_date(moment)})
    fields = Headers({name: field_of(value) for name, value in given_.items()})
    outcome = expected("GET", given_, Validators(ETag(tag), moment))
    for method in ("GET", "HEAD"):
        assert settle(method, fields, response, DAY).status == {"proceed": 200, "not modified": 304, "failed": 412}[outcome]


@given(hostile)
def test_parsing_conditions_is_linear(text):
    """Ten times the text is about ten times the work."""

    def parse(value):
        Preconditions.parse(Headers.from_raw([(b"if-match", value.encode("utf-8", "surrogatepass"))]))

    assert work(parse, text * 200) <= 11 * work(parse, text * 20) + 200
