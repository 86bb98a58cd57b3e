"""HTTP dates (RFC 9110, 5.6.7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DAY: Final = "|".join(_DAYS)
_MONTH: Final = "|".join(_MONTHS)
_TIME: Final = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_IMF_FIXDATE: Final = re.compile(rf"(?:{_DAY}), (?P<day>[0-9]{{2}}) (?P<month>{_MONTH}) (?P<year>[0-9]{{4}}) {_TIME} GMT")
_RFC850: Final = re.compile(
    rf"(?:{'|'.join(_LONG_DAYS)}), (?P<day>[0-9]{{2}})-(?P<month>{_MONTH})-(?P<year>[0-9]{{2}}) {_TIME} GMT"
)
_ASCTIME: Final = re.compile(rf"(?:{_DAY}) (?P<month>{_MONTH}) (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})")


def format_date(moment: datetime) -> str:
    """An aware datetime as an IMF-fixdate, in whole seconds.

    Raises ValueError for a naive one, and for one that leaves the years 1 to 9999 in UTC.
    """
    if moment.utcoffset() is None:
        raise ValueError("an HTTP date needs an aware datetime: give it a tzinfo")
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment} in UTC is outside the years that a date can have") from None
    return (
        f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} "
        f"{utc.hour:02}:{utc.minute:02}:{utc.second:02} GMT"
    )


def parse_date(text: str, *, now: datetime | None = None) -> datetime | None:
    """A date in any of the three formats that a recipient must accept, in UTC; None if it is none of them.

    `now` decides the century of an RFC 850 date: one over 50 years ahead is in the past.
    """
    for pattern in (_IMF_FIXDATE, _RFC850, _ASCTIME):
        if (match := pattern.fullmatch(text)) is not None:
            year = int(match["year"])
            if pattern is _RFC850:
                year = _full_year(match, now or datetime.now(UTC))
            return _moment(match, year)
    return None


def _full_year(match: re.Match[str], now: datetime) -> int:
    today = now.utctimetuple()
    year = today.tm_year - today.tm_year % 100 + int(match["year"])
    parts = (int(match["day"]), int(match["hour"]), int(match["minute"]), int(match["second"]))
    # RFC 9110, 5.6.7: "more than 50 years in the future", to the second
    ahead = (year - 50, _MONTHS.index(match["month"]) + 1, *parts) > today[:6]
    return year - 100 if ahead else year


def _moment(match: re.Match[str], year: int) -> datetime | None:
    second = int(match["second"])
    try:
        # A leap second is a valid date (RFC 9110, 5.6.7: second = 2DIGIT); datetime has no room for it.
        leap = timedelta(seconds=1) if second == 60 else timedelta(0)
        return (
            datetime(
                year,
                _MONTHS.index(match["month"]) + 1,
                int(match["day"]),
                int(match["hour"]),
                int(match["minute"]),
                min(second, 59) if second == 60 else second,
                tzinfo=UTC,
            )
            + leap
        )
    except (ValueError, OverflowError):
        return None
