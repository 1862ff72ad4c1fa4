"""Working days, months back and slots (contract §1, §3, §4)."""

from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta

from handover.engagement import Engagement

DAY = timedelta(days=1)
LAST = date(2999, 12, 31)
"""As far as intake reads a date that something is reckoned from."""


def is_working(day: date, closed_days: frozenset[date]) -> bool:
    """True on Monday to Friday outside the closed days."""
    return day.weekday() < 5 and day not in closed_days


def next_working(day: date, closed_days: frozenset[date]) -> date:
    """The first working day on or after `day`."""
    while not is_working(day, closed_days):
        day += DAY
    return day


class WorkingDays:
    """Working days counted through: `before` gives a day's number, `day` the day of a number, however far apart."""

    def __init__(self, closed_days: frozenset[date]) -> None:
        self._closed = sorted(day.toordinal() for day in closed_days if day.weekday() < 5)

    def before(self, day: date) -> int:
        """Working days before `day`: the number of the first working day on or after it."""
        weeks, rest = divmod(day.toordinal() - 1, 7)  # 1 January of the year 1 is a Monday
        return weeks * 5 + min(rest, 5) - bisect_left(self._closed, day.toordinal())

    def day(self, number: int) -> date:
        """The working day with so many before it; the last day of the year 2999 for any after that."""
        weekday = number
        while True:
            ordinal = min(weekday // 5 * 7 + weekday % 5 + 1, LAST.toordinal())
            found = number + bisect_right(self._closed, ordinal)
            if found == weekday or ordinal == LAST.toordinal():
                return date.fromordinal(ordinal)
            weekday = found


def window_days(engagement: Engagement, first: date | None = None) -> tuple[date, ...]:
    """Working days of the window, `window_start` to the day before `go_live` (§ Words), none before `first`."""
    settings = engagement.settings
    start = max(settings.window_start, first or settings.window_start)
    days = (settings.go_live - start).days
    return tuple(d for d in (start + DAY * n for n in range(max(days, 0))) if is_working(d, engagement.closed_days))


def months_back(day: date, months: int) -> date:
    """`day` less whole calendar months; the 31st becomes the last day of a shorter month (§3)."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    month += 1
    following = date(year + (month == 12), month % 12 + 1, 1)
    return date(year, month, min(day.day, (following - DAY).day))


def whole_years(since: date, until: date) -> int:
    """Whole years from one date to another, as birthdays count; 29 February counts from 1 March in other years."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def at(day: date, clock: time) -> datetime:
    """The moment of `clock` on `day`."""
    return datetime.combine(day, clock)


def slot_starts(engagement: Engagement, day: date) -> tuple[datetime, ...]:
    """Starts of the day's slots inside working hours, the break left in: appointments that overlap it are not."""
    hours = engagement.settings.hours
    step = timedelta(minutes=hours.slot_minutes)
    start, end = at(day, hours.start), at(day, hours.end)
    return tuple(start + step * n for n in range(int((end - start) / step)))
