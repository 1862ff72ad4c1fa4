"""A day's clashes against every way to have the day, and what a search makes of them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time
from itertools import product
from random import Random

import pytest

from handover.engagement import Absence, Rule
from handover.workdays import at
from solver.delays.least import least_of
from solver.interim import choose_interim
from solver.schedule.clash import OWED, Part, avoid, parts, place
from solver.schedule.clock import as_planned
from solver.schedule.days import FOLLOWS, DayModel, Days
from solver.schedule.diary import Booking, Diary
from solver.schedule.figures import schedule_figures
from solver.schedule.greedy import greedy
from solver.schedule.problem import MEETING, SUMMARY, VISIT, problem, slots
from solver.schedule.search import BY_DAYS, DaySearch
from solver.watch import Watch
from tests.builders import a_child, a_engagement, a_settings, a_worker
from tests.solver.test_schedule import FRIDAY, MORNING, tiny

WATCH = Watch.lasting(3600)


def a_day(seed: int) -> tuple[Days, int, dict[Part, int]]:
    """A day of a small schedule with one more of some parts, in any order, and as many summaries as that takes."""
    random = Random(seed)
    made, to_worker = tiny(random)
    days = Days(problem(made, to_worker, choose_interim(made, to_worker), made.settings.window_start))
    booked = greedy(days.problem, WATCH)
    written: dict[tuple[str, int], int] = {}
    for task in days.problem.tasks:
        if task.family_id in booked:
            key = (task.giver, days.number[booked[task.family_id][SUMMARY].start // days.problem.stride])
            written[key] = written.get(key, 0) + 1
    on_days = parts(days, days.seen(booked), written)
    number = random.choice(sorted(on_days) or [0])
    wanted = {part: n + (part.kind in (MEETING, VISIT)) * random.randint(0, 1) for part, n in on_days[number].items()}
    for part in [part for part in wanted if part.kind == MEETING]:
        visits = wanted.get(Part(VISIT, part.giver, part.receiver), 0)
        if visits:
            wanted[part._replace(kind=FOLLOWS)] = random.randint(0, min(wanted[part], visits))
    for part in [part for part in wanted if part.kind == SUMMARY]:
        meetings = sum(n for p, n in wanted.items() if (p.kind, p.giver) == (MEETING, part.giver))
        wanted[part] = max(wanted[part], meetings + wanted[Part(OWED, part.giver)])
    return days, number, wanted


def ways(days: Days, number: int, wanted: Mapping[Part, int]) -> Iterator[dict[Part, list[Booking]]]:
    """Every way to book the parts, whatever the order they have to come in."""
    task_of = {task.giver: task for task in days.problem.tasks}
    one_each = [part for part, n in wanted.items() for _ in range(n) if part.kind in (SUMMARY, MEETING, VISIT)]
    diary, within = Diary(days.problem), days.problem.day_mask << days.problem.base(days.problem.days[number])
    found: dict[Part, list[Booking]] = {part: [] for part in wanted}

    def book(rest: list[Part]) -> Iterator[dict[Part, list[Booking]]]:
        if not rest:
            yield found
            return
        part, task = rest[0], task_of[rest[0].giver]
        for other in (None,) if part.kind == SUMMARY else part.who or (part.receiver,):
            mask = diary.open(part.giver, part.kind, gives=True) & within
            if other is not None:
                mask &= diary.open(other, part.kind, gives=False)
            for start in slots(mask):
                booking = Booking(part.kind, start, other)
                if found[part] and booking.start < found[part][-1].start:
                    continue
                diary.book(task, booking)
                found[part].append(booking)
                yield from book(rest[1:])
                found[part].pop()
                diary.cancel(task, booking)

    return book(one_each)


def in_order(days: Days, wanted: Mapping[Part, int], found: Mapping[Part, list[Booking]]) -> bool:
    """True when each meeting has a summary before it, and each visit that follows one its meeting."""
    length = days.problem.length
    for part, n in wanted.items():
        if part.kind == OWED:
            later = [b for p, bs in found.items() if (p.kind, p.giver) == (MEETING, part.giver) for b in bs]
            earlier, more = found.get(Part(SUMMARY, part.giver), []), -n
        elif part.kind == FOLLOWS:
            visit = Part(VISIT, part.giver, part.receiver)
            later, earlier = found.get(visit, []), found.get(part._replace(kind=MEETING), [])
            more = max(0, wanted.get(visit, 0) - n)
        else:
            continue
        for now in {booking.start for booking in later}:
            over = sum(booking.start + length[booking.kind] <= now for booking in earlier)
            if sum(booking.start <= now for booking in later) > over + more:
                return False
    return True


def can_be_had(days: Days, number: int, wanted: Mapping[Part, int]) -> bool:
    """True when the parts can be had, with more summaries or meetings than these where the order asks for them."""
    most = dict(wanted)
    for part, n in wanted.items():
        if part.kind == OWED:
            meetings = sum(n for p, n in wanted.items() if (p.kind, p.giver) == (MEETING, part.giver))
            most[Part(SUMMARY, part.giver)] = max(most.get(Part(SUMMARY, part.giver), 0), meetings + n)
        if part.kind == FOLLOWS:
            meeting = part._replace(kind=MEETING)
            most[meeting] = max(most.get(meeting, 0), n)
    names = [part for part in most if part.kind not in (OWED, FOLLOWS)]
    counts = product(*(range(wanted.get(part, 0), most[part] + 1) for part in names))
    rest = {part: n for part, n in wanted.items() if part.kind in (OWED, FOLLOWS)}
    return any(
        in_order(days, rest | dict(zip(names, some, strict=True)), way)
        for some in counts
        for way in ways(days, number, dict(zip(names, some, strict=True)))
    )


# the last six clash for what is owed
@pytest.mark.parametrize("seed", [*range(90), 134, 190, 210, 226, 275, 293])
def test_a_day_is_had_as_wanted_or_what_clashes_cannot_be_and_with_one_less_of_anything_can(seed: int) -> None:
    days, number, wanted = a_day(seed)
    found = place(days, number, wanted, 0, WATCH)
    assert found is not None
    if isinstance(found, dict):
        assert all(len(found[part]) >= n for part, n in wanted.items() if part in found)
        assert in_order(days, wanted, found)
        assert can_be_had(days, number, wanted)
        return
    day, clash = found
    assert day == number
    assert all(n <= wanted[part] for part, n in clash.items())
    assert not can_be_had(days, number, clash)
    for part in clash:
        assert can_be_had(days, number, {p: n - (p == part) for p, n in clash.items()})


def test_on_the_last_day_as_many_meetings_as_can_be_are_over_while_somebody_can_sign_off() -> None:
    fewer = 0
    for seed in range(150):
        days, number, wanted = a_day(seed)
        found = place(days, number, wanted, 0, WATCH)
        if number != days.last or not isinstance(found, dict):
            continue
        late = [too_late(days, way) for way in ways(days, number, wanted) if in_order(days, wanted, way)]
        if late:
            assert too_late(days, found) <= min(late), f"seed {seed}"
            fewer += min(late) < max(late)
    assert fewer > 5


def too_late(days: Days, found: Mapping[Part, list[Booking]]) -> int:
    """How many meetings of a day end when nobody signs off any more for who hands over."""
    length, base = days.problem.length[MEETING], days.problem.base(days.problem.days[-1])
    return sum(
        booking.start + length - base > days.signed_by.get(part.giver, -1)
        for part, bookings in found.items()
        for booking in bookings
        if part.kind == MEETING
    )


def no_visit_after_the_meeting() -> Days:
    """O1 and W1 meet at 10:30 or never, and are done at 11:30, when W1 leaves; each alone had time for a visit, and
    nobody may stand in."""
    away = [
        Absence("O1", at(FRIDAY, time(9, 30)), at(FRIDAY, time(10, 30))),
        Absence("W1", at(FRIDAY, time(11, 30)), at(FRIDAY, time(12))),
    ]
    made = a_engagement([a_child("C1")], [a_worker("W1")], absences=away, rules=[Rule("C1", "M1", "never")])
    told = a_settings(summary_minutes=30, meeting_minutes=60, joint_visit_minutes=30, travel_minutes=0)
    made = replace(made, settings=replace(told, window_start=FRIDAY, hours=MORNING))
    return Days(problem(made, {"C1": "W1"}, {}, FRIDAY))


def test_a_visit_that_cannot_follow_its_meeting_is_not_planned_again() -> None:
    days = no_visit_after_the_meeting()
    promised = DayModel(days, [0], {})
    assert least_of(promised, [*days.problem.tasks], 0, WATCH)[0] == (0, 0, 0, 0)
    meets, visits = Part(MEETING, "O1", "W1", ("W1",)), Part(VISIT, "O1", "W1")
    follows = meets._replace(kind=FOLLOWS)
    found = place(days, 0, {meets: 1, visits: 1, follows: 1}, 0, WATCH)
    assert found == (0, {visits: 1, follows: 1})
    model = DayModel(days, [0], {})
    avoid(model, found)
    assert least_of(model, [*days.problem.tasks], 0, WATCH)[0] == (0, 1, 0, 0)


def test_what_is_planned_and_cannot_be_had_is_planned_otherwise() -> None:
    days = no_visit_after_the_meeting()
    search = DaySearch(days, {}, None, WATCH, 0, levels=BY_DAYS)
    search.run()
    assert search.figures["unvisited"] == 0
    assert as_planned(search) is None
    assert search.figures["no_meeting"] == 1
    search.run()
    assert search.figures == {"no_meeting": 0, "unvisited": 1, "uncovered_visits": 0, "relayed": 0}
    booked = as_planned(search)
    assert booked is not None
    assert schedule_figures(days.problem, booked)["unvisited"] == 1
