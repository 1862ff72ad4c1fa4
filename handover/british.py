"""Dates and figures as people here read them; files for programs keep ISO 8601."""

import re
from datetime import date, datetime
from fractions import Fraction

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""Named here, and not by strftime, whose names go by the machine's language."""

_ISO = re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?(?![\w-])")


def number_day(day: date) -> str:
    """28/11/2022."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def short_day(day: date) -> str:
    """Mon 28 Nov 2022."""
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def long_day(day: date) -> str:
    """Monday 28 November 2022."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def moment(at: datetime) -> str:
    """Mon 28 Nov 2022, 13:30."""
    return f"{short_day(at)}, {at:%H:%M}"


def dates_in(text: str) -> str:
    """The sentence with its ISO dates as 28/11/2022."""
    return _ISO.sub(lambda m: f"{m[3]}/{m[2]}/{m[1]}" + (f" {m[4]}" if m[4] else ""), text)


def figure(exact: Fraction, places: int = 1) -> str:
    """A figure for reading: whole ones whole and in thousands (12,000), others to some places."""
    return f"{int(exact):,}" if exact.denominator == 1 else f"{float(exact):,.{places}f}"


def at_least(bound: Fraction, places: int = 1) -> str:
    """A lower bound for reading: rounded down, so that it stays one."""
    step = Fraction(1, 10**places)
    return figure(bound // step * step, places)


def count(number: int, one: str, many: str) -> str:
    """1 child, 2 children."""
    return f"{number:,} {one if number == 1 else many}"
