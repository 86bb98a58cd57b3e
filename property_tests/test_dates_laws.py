"""Laws of HTTP dates (RFC 9110, 5.6.7)."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from hypothesis import given
from hypothesis import strategies as st

from asgikit.http.dates import format_date, parse_date
from property_tests.strategies import aware_datetimes, hostile

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
around_now = st.datetimes(datetime(1974, 6, 1, 12, 0, 1), datetime(2074, 6, 1, 12), timezones=st.just(UTC))
date_like = st.from_regex(r"(Sun|Sunday),? [0-9]{2}[ -](Nov|Feb)[ -][0-9]{2,4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT", fullmatch=True)


@given(aware_datetimes)
def test_a_printed_date_is_parsed_back(moment):
    """The same moment in UTC, in whole seconds."""
    assert parse_date(format_date(moment)) == moment.astimezone(UTC).replace(microsecond=0)


@given(aware_datetimes)
def test_printing_what_was_parsed_gives_the_text(moment):
    """An IMF-fixdate has one spelling."""
    text = format_date(moment)
    assert format_date(parse_date(text)) == text
    assert len(text) == 29


@given(aware_datetimes)
def test_the_standard_library_agrees(moment):
    """The library of mail prints the same text, and reads ours."""
    utc = moment.astimezone(UTC).replace(microsecond=0)
    assert format_date(moment) == format_datetime(utc, usegmt=True)
    assert utc.year < 1000 or parsedate_to_datetime(format_date(moment)) == utc


@given(aware_datetimes)
def test_asctime_is_read(moment):
    """The format of C's asctime says the same."""
    utc = moment.astimezone(UTC).replace(microsecond=0)
    assert parse_date(f"{utc.ctime()[:-4]}{utc.year:04}") == utc


@given(around_now)
def test_an_rfc_850_date_is_read(moment):
    """Two digits are enough for the fifty years on either side of now."""
    assert parse_date(f"{moment:%A, %d-%b-%y %H:%M:%S} GMT", now=NOW) == moment.replace(microsecond=0)


@given(hostile | date_like)
def test_parsing_never_fails(text):
    """Any text is a moment in UTC, or None."""
    parsed = parse_date(text, now=NOW)
    assert parsed is None or parsed.utcoffset() == timedelta(0)


@given(aware_datetimes, st.integers(0, 28), st.characters())
def test_a_changed_date_is_another_or_none(moment, place, character):
    """No character of a date but its day of the week can change unnoticed."""
    text = format_date(moment)
    changed = text[:place] + character + text[place + 1 :]
    assert place < 3 or changed == text or parse_date(changed) != parse_date(text)


@given(aware_datetimes, aware_datetimes)
def test_dates_keep_the_order_of_moments(a, b):
    """Of two moments the later one is never printed as the earlier."""
    earlier, later = sorted((a, b))
    assert parse_date(format_date(earlier)) <= parse_date(format_date(later))
