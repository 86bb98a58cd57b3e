"""Entity tags and conditions (RFC 9110, 8.8 and 13)."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from asgikit.http.conditional import ETag, Preconditions, Validators
from asgikit.http.headers import Headers

STRONG, WEAK, OTHER = ETag("x"), ETag("x", weak=True), ETag("y")
THEN = datetime(1994, 10, 29, 19, 43, 31, tzinfo=UTC)
DATE = "Sat, 29 Oct 1994 19:43:31 GMT"
EARLIER, LATER = "Sat, 29 Oct 1994 19:43:30 GMT", "Sat, 29 Oct 1994 19:43:32 GMT"
CURRENT = Validators(STRONG, THEN)


def conditions(**fields):
    """The preconditions of a request with these fields."""
    return Preconditions.parse(Headers({name.replace("_", "-"): value for name, value in fields.items()}))


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ('"xyzzy"', ETag("xyzzy")),
        ('W/"xyzzy"', ETag("xyzzy", weak=True)),
        ('""', ETag("")),
        ('"a,b"', ETag("a,b")),
        ('"\\"', ETag("\\")),
        ('"é!#~"', ETag("é!#~")),
    ],
)
def test_a_tag_is_read_and_printed(text, tag):
    """The examples of RFC 9110, 8.8.3, and what else may be between quotes; a backslash escapes nothing."""
    assert ETag.parse(text) == tag
    assert str(tag) == text


@pytest.mark.parametrize(
    "text", ["", "x", '"x', 'x"', 'w/"x"', 'W"x"', 'W/ "x"', ' "x"', '"x" ', '"a b"', '"a"b"', '"\x7f"', "*", '"€"']
)
def test_what_is_no_tag_is_refused(text):
    """Quotes are part of it, the W is a capital, white space is nowhere."""
    with pytest.raises(ValueError, match="entity tag"):
        ETag.parse(text)


@pytest.mark.parametrize("value", ['"', "a b", "\t", "\n", "\x7f", "\x00", "€", "\ud800"])
def test_a_tag_cannot_hold_everything(value):
    """What a field could not say again is refused where the tag is made."""
    with pytest.raises(ValueError, match="entity tag"):
        ETag(value)


def test_the_tag_of_content_is_strong_and_its_own():
    """The same bytes have the same tag, others another."""
    assert ETag.of(b"a") == ETag.of(b"a")
    assert ETag.of(b"a") != ETag.of(b"b")
    assert not ETag.of(b"").weak
    assert ETag.parse(str(ETag.of(b"a"))) == ETag.of(b"a")


@pytest.mark.parametrize(
    ("one", "other", "strongly", "weakly"),
    [
        (ETag("1", weak=True), ETag("1", weak=True), False, True),
        (ETag("1", weak=True), ETag("2", weak=True), False, False),
        (ETag("1", weak=True), ETag("1"), False, True),
        (ETag("1"), ETag("1"), True, True),
    ],
)
def test_tags_are_compared_in_two_ways(one, other, strongly, weakly):
    """The table of RFC 9110, 8.8.3.2, from both sides."""
    for left, right in ((one, other), (other, one)):
        assert left.matches(right, strongly=True) is strongly
        assert left.matches(right, strongly=False) is weakly


def test_the_validators_of_a_response_are_in_its_fields():
    """What is malformed, or there twice, is none."""
    assert Validators.of(Headers({"etag": 'W/"x"', "last-modified": DATE})) == Validators(WEAK, THEN)
    assert Validators.of(Headers()) == Validators()
    assert Validators.of(Headers({"etag": "x", "last-modified": "yesterday"})) == Validators()
    assert (
        Validators.of(Headers([("etag", '"x"'), ("etag", '"y"'), ("last-modified", DATE), ("last-modified", DATE)]))
        == Validators()
    )


def test_a_date_without_a_zone_is_refused():
    """When it is given, not once a client sends a date to compare it with."""
    with pytest.raises(ValueError, match="tzinfo"):
        Validators(modified=datetime(2020, 1, 1))  # that is the point


def test_a_request_without_conditions_has_none():
    """And goes on."""
    assert conditions() == Preconditions()
    for current in (None, Validators(), CURRENT):
        assert conditions().evaluate("GET", current) == "proceed"


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ('"x"', (STRONG,)),
        ('"x", W/"x" ,"y"', (STRONG, WEAK, OTHER)),
        (',, "x",\t,"y",', (STRONG, OTHER)),
        ('"a,b", ","', (ETag("a,b"), ETag(","))),
        ("*", "any"),
        (" * ", "any"),
        ("", ()),
        (",,,", ()),
        ("x", ()),
        ('*, "x"', (STRONG,)),
        ('x, "y"', (OTHER,)),
        ('"x"z, "y"', (OTHER,)),
        ('"x" "y"', ()),
        ('"a,"y"', (OTHER,)),
        ('w/"x", "y', ()),
    ],
)
def test_a_list_of_tags_is_read(value, tags):
    """Commas inside of tags are theirs, empty elements are nothing, malformed ones match nothing."""
    parsed = Preconditions.parse(Headers.from_raw([(b"if-match", value.encode()), (b"if-none-match", value.encode())]))
    assert parsed.if_match == tags
    assert parsed.if_none_match == tags


@pytest.mark.parametrize("unit", [",", " ,", '"', '"a,', 'W/"', '"a",', "\t"])
def test_reading_a_list_takes_no_more_time_than_its_length(unit):
    """A run of separators is passed once; in processor time, and hundreds of times what it takes."""
    value = (unit * 100_000).encode()
    began = time.process_time()
    Preconditions.parse(Headers.from_raw([(b"if-match", value), (b"if-none-match", value), (b"if-range", value)]))
    assert time.process_time() - began < 10


def test_the_lines_of_a_list_are_one_list():
    """A list may be split into lines (RFC 9110, 5.3)."""
    assert Preconditions.parse(Headers([("If-Match", '"x"'), ("If-Match", '"y"')])).if_match == (STRONG, OTHER)


@pytest.mark.parametrize("value", ["yesterday", "", f"{DATE}, {DATE}", "784111777", "Sat, 29 Oct 1994 19:43:31 +0100"])
def test_a_malformed_date_is_as_if_absent(value):
    """Several dates too (RFC 9110, 13.1.3 and 13.1.4)."""
    parsed = conditions(if_modified_since=value, if_unmodified_since=value)
    assert (parsed.if_modified_since, parsed.if_unmodified_since) == (None, None)


@pytest.mark.parametrize("value", [DATE, "Saturday, 29-Oct-94 19:43:31 GMT", "Sat Oct 29 19:43:31 1994"])
def test_all_three_formats_of_dates_are_read(value):
    """Two of them are obsolete, and still sent (RFC 9110, 5.6.7)."""
    assert conditions(if_modified_since=value).if_modified_since == THEN


@pytest.mark.parametrize(
    ("value", "parsed"),
    [
        ('"x"', STRONG),
        ('W/"x"', WEAK),
        (DATE, THEN),
        ("x", "malformed"),
        ('"x", "y"', "malformed"),
        ("", "malformed"),
        ("*", "malformed"),
    ],
)
def test_if_range_is_a_tag_or_a_date(value, parsed):
    """One of them (RFC 9110, 13.1.5)."""
    assert conditions(if_range=value).if_range == parsed


@pytest.mark.parametrize(
    ("value", "current", "outcome"),
    [
        ('"x"', CURRENT, "proceed"),
        ('"y", "x"', CURRENT, "proceed"),
        ('"y"', CURRENT, "failed"),
        ('W/"x"', CURRENT, "failed"),
        ('"x"', Validators(WEAK), "failed"),
        ('"x"', Validators(None, THEN), "failed"),
        ('"x"', None, "failed"),
        ("*", CURRENT, "proceed"),
        ("*", Validators(), "proceed"),
        ("*", None, "failed"),
        ("x", CURRENT, "failed"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_if_match(method, value, current, outcome):
    """Compared strongly; "*" is anything that exists (RFC 9110, 13.1.1)."""
    assert conditions(if_match=value).evaluate(method, current) == outcome


@pytest.mark.parametrize(
    ("value", "current", "matches"),
    [
        ('"x"', CURRENT, True),
        ('W/"x"', CURRENT, True),
        ('"x"', Validators(WEAK), True),
        ('"y"', CURRENT, False),
        ('"x"', Validators(None, THEN), False),
        ('"x"', None, False),
        ("*", CURRENT, True),
        ("*", Validators(), True),
        ("*", None, False),
        ("x", CURRENT, False),
    ],
)
def test_if_none_match(value, current, matches):
    """Compared weakly: 304 for who reads, 412 for who writes (RFC 9110, 13.1.2)."""
    condition = conditions(if_none_match=value)
    assert condition.evaluate("GET", current) == condition.evaluate("HEAD", current) == ("not modified" if matches else "proceed")
    assert condition.evaluate("PUT", current) == condition.evaluate("get", current) == ("failed" if matches else "proceed")


@pytest.mark.parametrize(("date", "fresh"), [(EARLIER, False), (DATE, True), (LATER, True)])
def test_the_two_conditions_on_dates(date, fresh):
    """A date of that very second is not later; fractions of it play no part (RFC 9110, 13.1.3 and 13.1.4)."""
    for moment in (THEN, THEN + timedelta(microseconds=999_999), THEN.astimezone(timezone(timedelta(hours=5)))):
        current = Validators(None, moment)
        since, until = conditions(if_modified_since=date), conditions(if_unmodified_since=date)
        assert since.evaluate("GET", current) == since.evaluate("HEAD", current) == ("not modified" if fresh else "proceed")
        assert since.evaluate("POST", current) == "proceed"
        assert until.evaluate("GET", current) == until.evaluate("PUT", current) == ("proceed" if fresh else "failed")


@pytest.mark.parametrize("current", [None, Validators(), Validators(STRONG)])
def test_what_has_no_date_has_no_condition_on_it(current):
    """Both are ignored then."""
    assert conditions(if_modified_since=DATE).evaluate("GET", current) == "proceed"
    assert conditions(if_unmodified_since=DATE).evaluate("PUT", current) == "proceed"


def test_a_tag_counts_more_than_a_date():
    """The date is for those who know no tags (RFC 9110, 13.2.2), also where the tag is malformed."""
    assert conditions(if_match='"x"', if_unmodified_since=EARLIER).evaluate("PUT", CURRENT) == "proceed"
    assert conditions(if_match='"y"', if_unmodified_since=LATER).evaluate("PUT", CURRENT) == "failed"
    assert conditions(if_none_match='"y"', if_modified_since=LATER).evaluate("GET", CURRENT) == "proceed"
    assert conditions(if_none_match='"x"', if_modified_since=EARLIER).evaluate("GET", CURRENT) == "not modified"
    assert conditions(if_none_match="x", if_modified_since=LATER).evaluate("GET", CURRENT) == "proceed"


def test_if_match_is_asked_first():
    """412 before 304; what passes it goes on to the second question."""
    assert conditions(if_match='"y"', if_none_match='"x"').evaluate("GET", CURRENT) == "failed"
    assert conditions(if_match='"x"', if_none_match='"x"').evaluate("GET", CURRENT) == "not modified"
    assert conditions(if_unmodified_since=LATER, if_modified_since=LATER).evaluate("GET", CURRENT) == "not modified"


@pytest.mark.parametrize(
    ("value", "current", "allowed"),
    [
        (None, CURRENT, True),
        ('"x"', CURRENT, True),
        ('"y"', CURRENT, False),
        ('W/"x"', CURRENT, False),
        ('"x"', Validators(WEAK), False),
        ('W/"x"', Validators(WEAK), False),
        ('"x"', Validators(None, THEN), False),
        (DATE, CURRENT, True),
        (DATE, Validators(None, THEN + timedelta(milliseconds=5)), True),
        (EARLIER, CURRENT, False),
        (LATER, CURRENT, False),
        (DATE, Validators(STRONG), False),
        ("x", CURRENT, False),
    ],
)
def test_if_range(value, current, allowed):
    """Strong tags, and exactly the date (RFC 9110, 13.1.5)."""
    condition = conditions() if value is None else conditions(if_range=value)
    assert condition.allow_range(current, THEN + timedelta(days=1)) is allowed


@pytest.mark.parametrize(("seconds", "allowed"), [(-5, False), (0, False), (1, False), (1.5, True), (60, True)])
def test_a_date_is_strong_once_its_second_has_passed(seconds, allowed):
    """Before that the content may change without it (RFC 9110, 8.8.2.2)."""
    assert conditions(if_range=DATE).allow_range(CURRENT, THEN + timedelta(seconds=seconds)) is allowed
