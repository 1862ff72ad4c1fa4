"""Days without work: weekends, England's bank holidays, the engagement's own closures (contract §1)."""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

import holidays


@cache
def bank_holidays(year: int) -> dict[date, str]:
    """England's bank holidays of a year with their names, substitute days included."""
    return dict(holidays.country_holidays("GB", subdiv="ENG", years=year))


def why_closed(day: date, closed: Collection[date]) -> str:
    """Why nobody works on a day, or nothing on a working day."""
    if day.weekday() >= 5:
        return f"a {day:%A}"
    return bank_holidays(day.year).get(day, "") or ("in calendar.closed" if day in closed else "")


def closed_days(first: date, last: date, closed: Collection[date]) -> frozenset[date]:
    """Weekdays without work in the years of `first` to `last`, and of the engagement's closures all that are weekdays."""
    holiday = {day for year in range(first.year, last.year + 1) for day in bank_holidays(year)}
    return frozenset(day for day in holiday | set(closed) if day.weekday() < 5)


def settled(window_start: date, contract_end: date, worker_dates: Collection[date], closed: Collection[date]) -> frozenset[date]:
    """Closed days as far as a plan asks: from the earliest of the window and the workers' dates to a year after the latest.

    A worker's date far outside (a slip of the keyboard) is not followed for more than 30 years either way.
    """
    margin = timedelta(days=30 * 365)
    near = [d for d in worker_dates if window_start - margin <= d <= contract_end + margin]
    return closed_days(min([window_start, *near]), max([contract_end, *near]).replace(day=1) + timedelta(days=366), closed)
