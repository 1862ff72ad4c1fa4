"""When people meet: the best schedule for an allocation, level by level with bounds (§4)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from handover.engagement import Engagement
from handover.plan import Appointment, Level
from solver.schedule.clock import on_the_clock
from solver.schedule.days import Days
from solver.schedule.diary import Bookings
from solver.schedule.figures import schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.hearings import nearest_first
from solver.schedule.mend import Mender
from solver.schedule.problem import MEETING, SIGN_OFF, VISIT, Problem, problem
from solver.schedule.search import DaySearch
from solver.watch import Watch

__all__ = ["Scheduled", "schedule"]

ROUNDS = 10
PATIENCE = 4


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
    began = time.monotonic()
    task = problem(engagement, to_worker, interim, book_from)
    first = greedy(task)
    search = DaySearch(Days(task), first, watch, seed)

    def worth(tried: Mapping[str, Bookings]) -> list[int]:
        return [*schedule_figures(task, tried).values()]

    if task.tasks and task.days:
        search.run()
        promised = on_the_clock(search)
        mender = Mender(search, promised, {name: bound.bound for name, bound in search.bounds.items()})
        mender.run(ROUNDS, PATIENCE)
        made = nearest_first(task, min((mender.made, first), key=worth), watch)
    else:
        made = first
    figures = schedule_figures(task, made)
    search.hold(figures)
    levels = []
    for name, value in figures.items():
        proof = search.bounds[name]
        stopped = "" if proof.bound == value else watch.stopped() or "work limit"
        levels.append(Level(name, Fraction(value), Fraction(proof.bound), proof.seconds, stopped))
    # what booking by the clock took is told with the last level, so that the seconds add up
    spent = time.monotonic() - began - sum(level.seconds for level in levels)
    levels[-1] = replace(levels[-1], seconds=levels[-1].seconds + max(0.0, spent))
    return Scheduled(appointments(task, made), tuple(levels))


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
