"""What a cell may hold: text to value, with a sentence when it cannot be read (contract §1).

Every parser takes the trimmed, non-empty text of one cell and returns a value, or raises `BadValue` with a sentence
that names the value's nature and what to do. The same parsers read CSV files, workbooks and `engagement.toml`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from fractions import Fraction
from functools import cache, lru_cache

ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
UK_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
MOMENT = re.compile(r"([0-9/-]{10})[T ]([0-9]{2}:[0-9]{2})(:00)?")
CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")
DECIMAL = re.compile(r"-?([0-9]{1,12}\.?[0-9]{0,12}|\.[0-9]{1,12})")
WHOLE = re.compile(r"-?[0-9]{1,12}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Signs that steer a terminal, turn the reading direction round, or cannot stand in a document."""
LINE_END = re.compile(r"[\t\n\r\x85\u2028\u2029]+")
INVISIBLE = re.compile(
    r"[\x85\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028\u2029\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Signs that cannot be seen, or end a line: two ids that differ by one of them would look the same."""
FIGURE = re.compile(r"[0-9 .,:/+%T-]{1,20}")
SPREADSHEET_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")
LONGEST_CELL = 32_767
"""Characters that a spreadsheet keeps in a cell."""
LONGEST_ID = 200
LARGEST = 1_000_000
"""No count, points or minutes of a handover come near it; above it a figure is a slip of the keyboard."""


class BadValue(ValueError):
    """A cell that cannot be read; the message is what the reader of the file is told."""


@dataclass(frozen=True)
class Kind:
    """What the cells of a column may hold: its name for people, its parser, what a blank means, the list if any."""

    name: str
    parse: Callable[[str], object]
    blank: object = None
    values: tuple[str, ...] = ()


def one_line(text: str) -> str:
    """The text on one line, with a dot for each sign that steers a terminal."""
    return UNPRINTABLE.sub("·", CONTROL.sub("·", text))


def quoted(text: str) -> str:
    """The text as a message shows it: in quotes, on one line, cut where it is long."""
    line = one_line(text)
    return f'"{line if len(line) <= 40 else line[:39] + "…"}"'


def shown(text: str, values: tuple[str, ...] = ()) -> str:
    """The text quoted where it is a figure, a spreadsheet's error or a slip in one of a few words; else no word of it.

    In a row that has slipped a column it may be somebody's name or address, and what is said on a screen is kept in
    logs and sent on in questions for help. File, row and column lead to it.
    """
    near = FIGURE.fullmatch(text) or SPREADSHEET_ERROR.fullmatch(text) or nearest_word(text, values)
    return quoted(text) if near else "what stands there"


def nearest_word(word: str, known: tuple[str, ...]) -> str:
    """The known word nearest to a mistaken one, or nothing when none is near."""
    return next(iter(get_close_matches(word.strip().lower().replace(" ", "_"), known, 1, 0.6)), "")


def nearest(word: str, known: tuple[str, ...]) -> str:
    """`Did you mean "x"?` with a space before it, or nothing when no known word is near."""
    near = nearest_word(word, known)
    return f' Did you mean "{near}"?' if near else ""


def ident(text: str) -> str:
    """An id: any text on one line."""
    if CONTROL.search(text):
        raise BadValue(f"{quoted(text)} is not an id: it has a line break or tab in it. Write it on one line.")
    if len(text) > LONGEST_ID:
        raise BadValue(f"{quoted(text)} is longer than the {LONGEST_ID} characters of an id. Shorten it.")
    if INVISIBLE.search(text):
        raise BadValue(f"{quoted(INVISIBLE.sub('·', text))} has a character in it that cannot be seen. Type it again.")
    return plain(text)


def on_one_line(text: str) -> str:
    """Any text, a line break in it read as a space: no name or reason can look like a line of the program's own."""
    return LINE_END.sub(" ", plain(text))


def plain(text: str) -> str:
    """Any text; the errors that a spreadsheet leaves in a cell are none."""
    if SPREADSHEET_ERROR.fullmatch(text):
        raise BadValue(f"{quoted(text)} is an error left by the spreadsheet. Put the value itself there, or clear it.")
    if UNPRINTABLE.search(text):
        raise BadValue("has a character in it that cannot be printed. Type it again.")
    return text


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """A `;`-separated list as a sorted set of words."""
    return tuple(sorted({word.strip() for word in on_one_line(text).split(";")} - {""}))


@lru_cache(maxsize=65536)
def day(text: str) -> date:
    """A date: ISO 8601 or dd/mm/yyyy, from 1900; never a guess."""
    if found := ISO_DATE.fullmatch(text):
        year, month, number = found.groups()
    elif found := UK_DATE.fullmatch(text):
        number, month, year = found.groups()
    elif MOMENT.fullmatch(text):
        raise BadValue(f"{shown(text)} is a date with a time. Give the date alone, as 2022-11-14 or 14/11/2022.")
    else:
        raise BadValue(f"{shown(text)} is not a date. Write it as 2022-11-14 or 14/11/2022.")
    try:
        value = date(int(year), int(month), int(number))
    except ValueError:
        raise BadValue(f"{shown(text)} is not a day of the calendar. Write it as 2022-11-14 or 14/11/2022.") from None
    if value.year < 1900:
        raise BadValue(f"{shown(text)} is before 1900. Mend the year, or leave it blank if nobody knows.")
    return value


def near_day(text: str) -> date:
    """A date that something is reckoned from, 1900 to 2999: 9999-12-31 for "open" is no such day."""
    value = day(text)
    if value.year > 2999:
        raise BadValue(f"{shown(text)} is after the year 2999. Mend the year, or leave it blank if nobody knows.")
    return value


def this_century(text: str) -> date:
    """A date of the engagement itself, 2000 to 2099: as far as the bank holidays are reckoned."""
    value = day(text)
    if not 2000 <= value.year <= 2099:
        raise BadValue(f"{shown(text)} is not between 2000 and 2099. Mend the year.")
    return value


def clock(text: str) -> time:
    """A time of day, HH:MM."""
    found = CLOCK.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadValue(f"{shown(text)} is not a time of day. Write it as 09:30, from 00:00 to 23:59.")
    return time(int(found[1]), int(found[2]))


def day_or_moment(text: str) -> date:
    """A date, or a date-time such as 2022-11-14T09:30 (a `datetime`, which is a `date` too)."""
    found = MOMENT.fullmatch(text)
    if found:
        return datetime.combine(near_day(found[1]), clock(found[2]))
    if len(text) > 10 and (ISO_DATE.match(text) or UK_DATE.match(text)):
        raise BadValue(f"{shown(text)} is not a date-time to the minute. Write it as 2022-11-14T09:30.")
    return near_day(text)


@cache
def one_of(noun: str, values: tuple[str, ...]) -> Kind:
    """A word out of a list, exactly as written there; `noun` says what it is, with its article."""

    def parse(text: str) -> str:
        if text not in values:
            raise BadValue(
                f"{shown(text, values)} is not {noun}.{nearest(text, values)} Use one of {', '.join(values)}."
            )
        return text

    return Kind("one of the list", parse, values=values)


def yes_no(text: str) -> str:
    """`yes` or `no`, in any case."""
    if text.lower() not in ("yes", "no"):
        said = shown(text, ("yes", "no"))
        raise BadValue(f"{said} is neither yes nor no. Write one of them; blank if nobody has looked.")
    return text.lower()


@cache
def whole(least: int, most: int = LARGEST) -> Kind:
    """A whole number from `least` to `most`."""

    def parse(text: str) -> int:
        if not WHOLE.fullmatch(text):
            raise BadValue(f"{shown(text)} is not a whole number. Write digits alone, such as {max(least, 4)}.")
        if not least <= int(text) <= most:
            raise BadValue(f"{shown(text)} is not from {least} to {most}. Give a whole number of at least {least}.")
        return int(text)

    return Kind(f"whole number, {least} or more", parse)


def decimal(text: str) -> Fraction:
    """A plain decimal, exactly as written: 0.20 is 1/5."""
    if not DECIMAL.fullmatch(text):
        raise BadValue(f"{shown(text)} is not a decimal number. Write it as 0.2, with a point and without a % sign.")
    return Fraction(text)


def share(text: str) -> Fraction:
    """A share, 0 or more: 0.20 is 20%."""
    value = decimal(text)
    if value < 0:
        raise BadValue(f"{shown(text)} is below 0. Give a share of 0 or more: 0.2 is 20%.")
    return value


def above_zero(text: str) -> Fraction:
    """A decimal above 0."""
    value = decimal(text)
    if value <= 0:
        raise BadValue(f"{shown(text)} is not above 0. Give a number above 0.")
    return value


def full_time_share(text: str) -> Fraction:
    """A person's full-time equivalent, above 0 and at most 1."""
    value = decimal(text)
    if not 0 < value <= 1:
        raise BadValue(f"{shown(text)} is not above 0 and at most 1. Give the share of full time, such as 0.6.")
    return value


ID = Kind("id", ident)
TEXT = Kind("text", on_one_line, "")
WORDS = Kind("list, separated by ;", words, ())
DATE = Kind("date", near_day)
OPEN_DATE = Kind("date", day)
ENGAGEMENT_DATE = Kind("date", this_century)
DAY_OR_MOMENT = Kind("date or date-time", day_or_moment)
CLOCK_TIME = Kind("time, HH:MM", clock)
YES_NO = Kind("yes or no", yes_no, "", ("yes", "no"))
FTE = Kind("decimal above 0, at most 1", full_time_share, Fraction(1))
SHARE = Kind("decimal, 0 or more", share)
ABOVE_ZERO = Kind("decimal above 0", above_zero)
