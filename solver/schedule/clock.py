"""A plan by days put on the clock: as it is, or one day after the other as far as it goes (§4)."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from ortools.sat.python import cp_model

from handover.workdays import slot_starts
from solver.schedule.clash import Part, Placed, avoid, parts, place
from solver.schedule.days import DayModel, Met
from solver.schedule.diary import Booking, Bookings, Diary
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Task
from solver.schedule.search import DaySearch
from solver.schedule.slots import SlotModel, Wish, candidates, diary_of
from solver.stopping import solve

WORK = 2.5
"""Deterministic time for one day."""
ROUNDS = 8
"""How many plans by days are tried for one that can be had as planned: what clashes is not planned again."""
TRIES = 4
"""How often a day is booked before what finds no time on it is left to the days after."""


def on_the_clock(search: DaySearch) -> dict[str, Bookings]:
    """A schedule that follows the plan by days as far as it can: each day its meetings and visits, then the summaries
    of the meetings to come, the nearest first, and the sign-offs that are open. What finds no time is planned anew, on
    other days, before the next day is booked."""
    made: dict[str, Bookings] = {family_id: dict(bookings) for family_id, bookings in search.past.items()}
    for number in range(search.since, len(search.days.problem.days)):
        if search.watch.stopped():
            break
        for attempt in range(1, TRIES + 1):
            booked = _book_day(search, number, made)
            lost = [index for index, met in search.plan.items() if _lost(search, index, met, number, booked)]
            if not lost:
                break
            search.learn(lost, number, number if attempt < TRIES else number + 1, booked if attempt == TRIES else made)
        made = booked
    return {family_id: bookings for family_id, bookings in made.items() if MEETING in bookings}


def as_planned(search: DaySearch) -> dict[str, Bookings] | None:
    """A schedule that is the plan by days throughout. None where some of it cannot be had: the search then knows what,
    and has given up the days of all whom it may concern."""
    while not search.watch.spent():
        written = _written(search)
        if written is None:
            break
        wanted = {n: day for n, day in parts(search.days, search.plan, written).items() if n >= search.since}
        placed, known = dict[int, Placed](), len(search.clashes)
        for number, day in sorted(wanted.items()):
            found = place(search.days, number, day, search.seed, search.watch)
            if isinstance(found, dict):
                placed[number] = found
            elif found is not None:
                search.clashes.append(found)
        if len(placed) == len(wanted):
            return _named(search, placed)
        if len(search.clashes) == known:
            break
    search.enough = dict(search.figures)
    search.give_up(sorted(_clashing(search)), search.past)
    return None


def as_promised(search: DaySearch, reached: Mapping[str, int]) -> dict[str, Bookings] | None:
    """A schedule better by days than the figures `reached`, which the search's plan by days promises: as planned, or as
    some other plan as good; the last of so many, as far as the clock has time. None where there is none, or no time."""
    for left in reversed(range(ROUNDS)):
        if search.watch.spent() or [*reached.values()] <= [search.figures[name] for name in reached]:
            return None
        booked = as_planned(search) if left else on_the_clock(search)
        if booked is not None:
            return booked
        search.run()
    return None


def _clashing(search: DaySearch) -> set[int]:
    """The families whose meeting or visit is among what is planned and known to clash with some summaries at least."""
    planned = parts(search.days, search.plan, {})
    found: set[int] = set()
    for number, clash in search.clashes:
        known = {part: n for part, n in clash.items() if part.receiver}
        if all(planned[number][part] >= n for part, n in known.items()):
            for index, met in search.plan.items():
                if known.keys() & parts(search.days, {index: met}, {})[number].keys():
                    found.add(index)
    return found


def _written(search: DaySearch) -> dict[tuple[str, int], int] | None:
    """How many summaries each person writes on a day; None where the plan by days leaves no time for them."""
    days = search.days
    model = DayModel(days, range(len(days.problem.tasks)), {})
    model.keep_before(len(days.problem.days), search.plan)
    model.keep_written(search.since, search.past)
    for clash in search.clashes:
        avoid(model, clash)
    solver = search.solver(WORK)
    if solve(solver, model.model, search.watch) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {(key[1], key[2]): solver.value(n) for key, n in model.counted.items() if key[0] == SUMMARY}


def _named(search: DaySearch, placed: Mapping[int, Placed]) -> dict[str, Bookings]:
    """Whose each booking is: of families alike, who is visited on the same day meets first, and who meets first has the
    first summary. Left out is whose summary would come too late: one that is written already may be another's."""
    days, tasks, length = search.days, search.days.problem.tasks, search.days.problem.length
    made: dict[str, Bookings] = defaultdict(dict, {f: dict(booked) for f, booked in search.past.items()})

    def over(one: Booking, other: Booking) -> bool:
        return one.start + length[one.kind] <= other.start

    alike: dict[tuple[int, Part], list[str]] = defaultdict(list)
    for index, met in sorted(search.plan.items(), key=lambda one: one[1].visit != one[1].day):
        for number, found in parts(days, {index: met}, {}).items():
            for part in found:
                alike[number, part].append(tasks[index].family_id)
    for number, day in sorted(placed.items()):
        for part in sorted((part for part in day if part.receiver), key=lambda part: part.kind == VISIT):
            left = alike[number, part]
            for booking in day[part]:
                ready = [f for f in left if part.kind == MEETING or over(made[f][MEETING], booking)]
                if ready:
                    made[ready[0]][part.kind] = booking
                    left.remove(ready[0])
    for giver in {task.giver for task in tasks}:
        mine = [made[t.family_id] for t in tasks if t.giver == giver]
        waiting = sorted((b for b in mine if MEETING in b and SUMMARY not in b), key=lambda b: b[MEETING].start)
        summaries = sorted(booking for day in placed.values() for booking in day.get(Part(SUMMARY, giver), ()))
        for booked, summary in zip(waiting, summaries, strict=False):
            booked[SUMMARY] = summary
    return {f: b for f, b in made.items() if MEETING in b and SUMMARY in b and over(b[SUMMARY], b[MEETING])}


def _lost(search: DaySearch, index: int, met: Met, number: int, made: Mapping[str, Bookings]) -> bool:
    booked = made.get(search.days.problem.tasks[index].family_id, {})
    return (met.day == number and MEETING not in booked) or (met.visit == number and VISIT not in booked)


def _book_day(search: DaySearch, number: int, made: Mapping[str, Bookings]) -> dict[str, Bookings]:
    """The bookings so far, and those of one more day."""
    problem, plan = search.days.problem, search.plan
    diary = diary_of(problem, made)
    within = ((1 << problem.stride) - 1) << problem.base(problem.days[number])
    a_day = len(slot_starts(problem.engagement, problem.days[0])) // problem.length[SUMMARY]
    wishes, waiting = [], Counter[str]()
    for index in sorted(plan, key=lambda index: (plan[index].day, index)):
        task = problem.tasks[index]
        booked = made.get(task.family_id, {})
        kinds = _kinds(plan[index], number, booked)
        if SUMMARY in kinds:
            # no more than could be written in a day: the others would only widen the search
            waiting[task.giver] += 1
            if waiting[task.giver] > a_day:
                kinds.remove(SUMMARY)
        wish = _wish(diary, task, plan[index], kinds, booked, within)
        if any(wish.candidates.values()):
            wishes.append(wish)
    found = {family_id: dict(booked) for family_id, booked in made.items()}
    model = SlotModel(diary, wishes)
    model.maximise(lambda task, booking: _worth(task, booking, plan[problem.index[task.family_id]]))
    solver = search.solver(WORK)
    if solve(solver, model.model, search.watch) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        for family_id, bookings in model.found(solver).items():
            found.setdefault(family_id, {}).update(bookings)
    return found


def _kinds(met: Met, number: int, booked: Bookings) -> list[str]:
    """What may be booked for the task on a day (number)."""
    kinds = []
    if SUMMARY not in booked and number <= met.day:
        kinds.append(SUMMARY)
    if MEETING not in booked and number == met.day:
        kinds.append(MEETING)
    if VISIT not in booked and number == met.visit:
        kinds.append(VISIT)
    if SIGN_OFF not in booked and (MEETING in booked or number == met.day):
        kinds.append(SIGN_OFF)
    return kinds


def _wish(diary: Diary, task: Task, met: Met, kinds: list[str], booked: Bookings, within: int) -> Wish:
    found = candidates(diary, task, kinds, within)
    if MEETING in found:
        direct = not met.relayed
        found[MEETING] = tuple(b for b in found[MEETING] if (b.other == task.receiver) == direct)
    return Wish(task, found, dict(booked))


def _worth(task: Task, booking: Booking, met: Met) -> int:
    if booking.kind == MEETING:
        return 10**6
    if booking.kind == VISIT:
        return 10**5 * (1 + task.weight)
    return 100 if booking.kind == SIGN_OFF else 1000 + 50 * (30 - min(met.day, 30))
