"""HTTP dates (RFC 9110, 5.6.7)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from asgikit.http.dates import format_date, parse_date

EXAMPLE = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
def test_the_three_formats_are_read(text):
    """A recipient must accept all three (RFC 9110, 5.6.7)."""
    assert parse_date(text, now=NOW) == EXAMPLE


def test_a_date_is_printed_as_an_imf_fixdate():
    """The only format that a sender may use."""
    assert format_date(EXAMPLE) == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_a_date_is_printed_in_utc():
    """Another zone is the same moment."""
    assert format_date(EXAMPLE.astimezone(timezone(timedelta(hours=14)))) == format_date(EXAMPLE)


def test_fractions_of_a_second_are_dropped():
    """An HTTP date has whole seconds."""
    assert parse_date(format_date(EXAMPLE.replace(microsecond=999_999))) == EXAMPLE


def test_a_year_has_four_digits():
    """Early years are padded."""
    assert format_date(datetime(1, 1, 1, tzinfo=UTC)) == "Mon, 01 Jan 0001 00:00:00 GMT"


def test_a_naive_datetime_is_refused():
    """A date without a zone is no moment."""
    with pytest.raises(ValueError, match="aware"):
        format_date(datetime(2024, 1, 1))


@pytest.mark.parametrize(
    "moment",
    [datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))],
    ids=["year 0", "year 10000"],
)
def test_a_moment_outside_four_digits_is_refused(moment):
    """A zone can carry the first and the last day out of the years that a date has."""
    with pytest.raises(ValueError, match="outside the years"):
        format_date(moment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
        "Sun, 06 Nov 1994 08:49:37 GMT; length=1",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, ٠٦ Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994 GMT",
        "1994-11-06T08:49:37Z",
        "784111777",
        "0",
        "\x00\ud800",
        "Sun, " * 100_000,
    ],
)
def test_what_is_in_none_of_the_formats_is_none(text):
    """Parsing a date never fails, and never guesses."""
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Tue, 29 Feb 2023 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Fri, 31 Dec 9999 23:59:60 GMT",
        "Sun Nov  0 08:49:37 1994",
    ],
)
def test_a_day_or_a_time_that_does_not_exist_is_none(text):
    """The right format is not enough."""
    assert parse_date(text) is None


def test_a_leap_second_is_the_moment_behind_it():
    """The grammar allows second 60; datetime has no room for it."""
    assert parse_date("Sat, 31 Dec 2016 23:59:60 GMT") == datetime(2017, 1, 1, tzinfo=UTC)


def test_a_leap_day_is_a_day():
    """The 29th of February exists when it does."""
    assert parse_date("Thu, 29 Feb 2024 00:00:00 GMT") == datetime(2024, 2, 29, tzinfo=UTC)


def test_asctime_may_have_two_digits_for_the_day():
    """From the tenth on there is no blank."""
    assert parse_date("Wed Nov 16 08:49:37 1994") == EXAMPLE.replace(day=16)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Monday, 01-Jan-24 00:00:00 GMT", 2024),
        ("Friday, 01-Jun-74 12:00:00 GMT", 2074),
        ("Friday, 01-Jun-74 12:00:01 GMT", 1974),
        ("Friday, 31-Dec-74 23:59:59 GMT", 1974),
        ("Friday, 01-Jan-75 00:00:00 GMT", 1975),
        ("Friday, 01-Jan-99 00:00:00 GMT", 1999),
        ("Friday, 01-Jan-00 00:00:00 GMT", 2000),
    ],
)
def test_two_digits_are_a_year_at_most_fifty_years_ahead(text, year):
    """To the second: what is further ahead is in the past (RFC 9110, 5.6.7)."""
    assert parse_date(text, now=NOW).year == year


def test_fifty_years_from_a_leap_day_are_counted():
    """There is no 29th of February fifty years ahead, and that is no error."""
    leap = datetime(2024, 2, 29, tzinfo=UTC)
    assert parse_date("Wednesday, 28-Feb-74 00:00:00 GMT", now=leap).year == 2074
    assert parse_date("Thursday, 01-Mar-74 00:00:00 GMT", now=leap).year == 1974


def test_now_is_the_clock_unless_given():
    """The two digits of this year mean this year."""
    year = datetime.now(UTC).year
    assert parse_date(f"Monday, 01-Jan-{year % 100:02} 00:00:00 GMT").year == year


def test_a_parsed_date_is_in_utc():
    """The result is aware."""
    assert parse_date("Sun, 06 Nov 1994 08:49:37 GMT").tzinfo is UTC
