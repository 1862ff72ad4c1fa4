"""When people meet: the best schedule for an allocation, level by level with bounds (§4)."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from handover.engagement import Engagement
from handover.plan import SCHEDULE_LEVELS, Appointment, Level
from solver.program import Searcher
from solver.schedule.areas import one_area_a_day
from solver.schedule.clock import as_promised, on_the_clock
from solver.schedule.days import Days
from solver.schedule.diary import Bookings, sign
from solver.schedule.figures import schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.hearings import nearest_first
from solver.schedule.mend import Mender, fits_together
from solver.schedule.parts import LARGE, Parts
from solver.schedule.problem import MEETING, SIGN_OFF, VISIT, Problem, problem
from solver.schedule.search import BY_DAYS, DaySearch, day_figures
from solver.schedule.slots import diary_of
from solver.watch import Watch

__all__ = ["Scheduled", "schedule"]

ROUNDS = 16
PATIENCE = 3
SEARCH_SHARE = 0.7
"""Share of the time and work left that the search by days may use up: what it plans has still to be booked."""
BOOKING = 6
"""Seconds of work that booking it takes: where little is left, the search has the less, yet half of its share."""
NEAR = 2
"""How far from its bound, in the first level above it, a schedule may be that is worth another search by days."""


@dataclass(frozen=True)
class Scheduled:
    """Appointments by start, family and kind, and the five levels in the contract's order."""

    appointments: tuple[Appointment, ...]
    levels: tuple[Level, ...]


def schedule(
    engagement: Engagement,
    to_worker: Mapping[str, str | None],
    interim: Mapping[str, str | None],
    book_from: date,
    watch: Watch,
    seed: int,
) -> Scheduled:
    """Book the handover of every family whose worker changes, nothing before `book_from`. §4.

    `to_worker` and `interim` give worker ids by family id; values and bounds of the levels are exact. When the watch
    stops the search, the best complete schedule found is returned and its levels say so.
    """
    task = problem(engagement, to_worker, interim, book_from)
    made: Mapping[str, Bookings] = greedy(task, watch)
    if len(task.tasks) > LARGE and task.days:
        if cut := watch.stopped():
            return _told(task, made, dict.fromkeys(SCHEDULE_LEVELS, 0), dict.fromkeys(SCHEDULE_LEVELS, 0.0), cut)
        parts = Parts(task, made, watch, seed)
        bounds = parts.run()
        return _told(task, one_area_a_day(task, parts.made, watch), bounds, parts.seconds, parts.cut or watch.stopped())
    with closing(Searcher()) as searcher:
        search = DaySearch(Days(task), made, searcher, watch, seed)
        if task.tasks and task.days:
            made = _searched(task, search, made)
        return scheduled(task, one_area_a_day(task, made, watch), search)


def scheduled(task: Problem, made: Mapping[str, Bookings], search: DaySearch) -> Scheduled:
    """The bookings as appointments, and what they come to, with the bounds that hold for that."""
    search.hold(schedule_figures(task, made))
    bounds = {level: found.bound for level, found in search.bounds.items()}
    return _told(task, made, bounds, search.seconds, search.watch.stopped() or search.cut)


def _told(
    task: Problem, made: Mapping[str, Bookings], bounds: Mapping[str, int], seconds: Mapping[str, float], cut: str
) -> Scheduled:
    levels = []
    for name, value in schedule_figures(task, made).items():
        stopped = "" if bounds[name] == value else cut or "work limit"
        levels.append(Level(name, Fraction(value), Fraction(bounds[name]), round(seconds[name], 3), stopped))
    return Scheduled(appointments(task, made), tuple(levels))


def _searched(task: Problem, search: DaySearch, first: Mapping[str, Bookings]) -> Mapping[str, Bookings]:
    """The best schedule that the search comes to, never worse than the first."""

    def worth(tried: Mapping[str, Bookings]) -> list[int]:
        return [*schedule_figures(task, tried).values()]

    left = search.watch.work.left
    search.run(SEARCH_SHARE, min(SEARCH_SHARE, max(SEARCH_SHARE / 2, 1 - BOOKING / max(BOOKING, left))))
    made: Mapping[str, Bookings] = on_the_clock(search)
    early = _near(search, made)
    if early:
        made = min(made, _promised(search, made), key=worth)
    # what is mended by the clock need not be asked of the whole model, which is slow to say where nobody signs
    made = _mended(search, made)
    if search.sign_more(schedule_figures(task, made)):
        made = min(_mended(search, on_the_clock(search)), made, key=worth)
    # one meeting that a day has no time for may be all that makes it worse than the first
    if not early and (_near(search, made) or worth(first) < worth(made)):
        made = min(made, _promised(search, made), key=worth)
    if worth(first) < worth(made):
        made = _mended(search, first)
    search.sign_more(schedule_figures(task, made))
    return nearest_first(task, made, search.watch)


def _near(search: DaySearch, made: Mapping[str, Bookings]) -> bool:
    """True when the plan by days promised the bounds of its levels, and the schedule is off them, but not by much."""
    reached, promised = schedule_figures(search.days.problem, made), day_figures(search.days, search.promised)
    off = [reached[level] - search.bounds[level].bound for level in BY_DAYS]
    kept = all(promised[level] <= search.bounds[level].bound for level in BY_DAYS)
    return kept and 0 < next((by for by in off if by > 0), 0) <= NEAR


def _promised(search: DaySearch, made: Mapping[str, Bookings]) -> Mapping[str, Bookings]:
    """What the plan by days promised and the schedule could not keep, booked day by day, signed off and mended; the
    schedule as it is where that cannot be had."""
    task = search.days.problem
    known = {level: found.bound for level, found in search.bounds.items()}
    towards = DaySearch(search.days, made, None, search.watch, search.seed, known=known)
    towards.follow(search.promised)
    booked = as_promised(towards, {level: schedule_figures(task, made)[level] for level in BY_DAYS})
    if booked is None or not fits_together(task, booked, [*task.tasks]):
        return made
    diary = diary_of(task, booked)
    for one in task.tasks:
        if one.family_id in booked and SIGN_OFF not in booked[one.family_id]:
            sign(diary, one, booked[one.family_id])
    return _mended(search, booked)


def _mended(search: DaySearch, made: Mapping[str, Bookings]) -> Mapping[str, Bookings]:
    mender = Mender(search, made)
    mender.run(ROUNDS, PATIENCE)
    return mender.made


def appointments(of: Problem, made: Mapping[str, Bookings]) -> tuple[Appointment, ...]:
    """The bookings as appointments, in order of start, family and kind."""
    minutes = of.engagement.settings.hours.slot_minutes
    found = []
    for task in of.tasks:
        for kind, booking in made.get(task.family_id, {}).items():
            start = of.moment(booking.start)
            signs = kind == SIGN_OFF
            found.append(
                Appointment(
                    task.family_id,
                    kind,
                    start,
                    start + timedelta(minutes=of.length[kind] * minutes),
                    str(booking.other) if signs else task.giver,
                    booking.other if kind in (MEETING, VISIT) else None,
                )
            )
    return tuple(sorted(found, key=lambda a: (a.start, a.family_id, a.kind)))
