"""A diary booked again after a change of dates: only who is touched, and who is near them, moves (§4)."""

from bisect import bisect_left
from collections.abc import Collection, Mapping

from ortools.sat.python import cp_model

from solver.delays.least import LEVELS, Figures, least_of, radices, total, weights
from solver.schedule.clock import as_promised
from solver.schedule.days import DayModel, Days, Met
from solver.schedule.diary import Booking, Bookings, Diary, first, people
from solver.schedule.figures import schedule_figures
from solver.schedule.mend import fits_together
from solver.schedule.problem import MEETING, SUMMARY, VISIT, Problem, Task, slots
from solver.schedule.search import DaySearch
from solver.schedule.slots import SlotModel, Wish, candidates, diary_of
from solver.stopping import single, solve
from solver.watch import Watch

BOOKED = (SUMMARY, MEETING, VISIT)
"""What is booked again. Sign-offs are lowest in the order of the levels: they yield, and are left out."""
WORK = 2.0
"""Deterministic time for one try."""
MOST_FREE = 40
"""Families booked again at once."""


def figures(problem: Problem, made: Mapping[str, Bookings], of: Collection[Task] | None = None) -> Figures:
    """The four figures of all families, or of some."""
    return _in_level_order(schedule_figures(problem, made, of))


def _in_level_order(found: Mapping[str, int]) -> Figures:
    return (found["no_meeting"], found["unvisited"], found["uncovered_visits"], found["relayed"])


class Rebooking:
    """A schedule that only gets better, from the diary as it stood. What is before slot `since` stays as it was, as far
    as it could take place at all."""

    def __init__(
        self,
        problem: Problem,
        made: Mapping[str, Bookings],
        targets: Mapping[str, Figures],
        bound: Figures,
        watch: Watch,
        seed: int = 0,
        since: int = 0,
    ) -> None:
        """`targets`: what the families of each receiving worker, by id, cannot do better than; `bound`: what all
        cannot, in the order of the levels."""
        self.problem, self.targets, self.bound = problem, targets, bound
        self.watch, self.seed, self.since = watch, seed, since
        self.days = Days(problem)
        before = {t.family_id: _in_order(made.get(t.family_id, {})) for t in problem.tasks}
        could = {
            t.family_id: {k: b for k, b in before[t.family_id].items() if possible(problem, t, b)}
            for t in problem.tasks
        }
        self.touched = [t for t in problem.tasks if could[t.family_id] != before[t.family_id]]
        self._past = {f: _in_order({k: b for k, b in booked.items() if b.start < since}) for f, booked in could.items()}
        gone = {t.family_id for t in self.touched}
        self.made = {f: booked for f, booked in before.items() if f not in gone}
        diary = diary_of(problem, self.made)
        for task in self.touched:
            self._take(diary, task, self._past[task.family_id])
        for task in sorted(self.touched, key=lambda t: (-t.weight, t.family_id)):
            self._complete(diary, task, self.made[task.family_id])
        self.figures = figures(problem, self.made)

    def run(self) -> None:
        """Book the families anew of each receiving worker who could do better, then everybody's, until no schedule can
        be better."""
        for receiver in self._short():
            if self.figures > self.bound:
                self._again([t for t in self.problem.tasks if t.receiver == receiver])
        if self.figures > self.bound and not self.watch.stopped():
            self._all_again()

    @property
    def unproven(self) -> tuple[str, ...]:
        """The levels of which another schedule might have less."""
        beside = enumerate(zip(self.figures, self.bound, strict=True))
        return LEVELS[next((n for n, (one, other) in beside if one != other), len(LEVELS)) :]

    def _all_again(self) -> None:
        """The best for everybody by days that can be had as planned; in the last round, as far as the clock has time.
        Then, where the bound was not reached, what no schedule can do better."""
        since = bisect_left(self.days.from_first, self.since // self.problem.stride)
        past = {family_id: booked for family_id, booked in self._past.items() if booked}

        def search(known: Mapping[str, int]) -> DaySearch:
            return DaySearch(
                self.days, self.made, None, self.watch, self.seed, known=known, levels=LEVELS, since=since, past=past
            )

        # without a bound worth the name there is nothing to search towards
        known = dict(zip(LEVELS, self.bound, strict=True)) if max(self.bound) > 0 else {}
        towards = search(known)
        towards.run()
        booked = as_promised(towards, dict(zip(LEVELS, self.figures, strict=True)))
        if booked is not None:
            self._take_over(booked)
        if self.figures > self.bound:
            bounds = search({}) if known else towards
            bounds.hold(dict(zip(LEVELS, self.figures, strict=True)))
            found = _in_level_order({name: found.bound for name, found in bounds.bounds.items()})
            self.bound = max(self.bound, found)

    def _take_over(self, booked: Mapping[str, Bookings]) -> None:
        """Have everybody's bookings, where that is better."""
        tried = {t.family_id: _in_order(booked.get(t.family_id, self._past[t.family_id])) for t in self.problem.tasks}
        if figures(self.problem, tried) < self.figures and fits_together(self.problem, tried, [*self.problem.tasks]):
            self.made, self.figures = tried, figures(self.problem, tried)

    def _short(self) -> list[str]:
        """Receiving workers whose families might do better."""
        return [
            receiver
            for receiver, target in self.targets.items()
            if figures(self.problem, self.made, [t for t in self.problem.tasks if t.receiver == receiver]) > target
        ]

    def _take(self, diary: Diary, task: Task, booked: Bookings) -> None:
        self.made[task.family_id] = dict(booked)
        for booking in booked.values():
            diary.book(task, booking)

    def _complete(self, diary: Diary, task: Task, made: Bookings) -> None:
        """Book what the family lacks as early as can be, with the receiving worker if at all."""
        length = self.problem.length
        if SUMMARY not in made:
            start = first(diary.open(task.giver, SUMMARY, gives=True), self.since)
            if start is None:
                return
            made[SUMMARY] = Booking(SUMMARY, start)
            diary.book(task, made[SUMMARY])
        if MEETING not in made:
            since = max(self.since, made[SUMMARY].start + length[SUMMARY])
            for other in (task.receiver, *task.relays):
                start = first(diary.common(task, MEETING, other), since)
                if start is not None:
                    made[MEETING] = Booking(MEETING, start, other)
                    diary.book(task, made[MEETING])
                    break
        if MEETING in made and VISIT not in made and task.due:
            since = max(self.since, made[MEETING].start + length[MEETING])
            barred = {self.problem.base(day) // self.problem.stride for day in task.barred}
            for start in slots(diary.common(task, VISIT, task.receiver) >> since << since):
                if start // self.problem.stride not in barred:
                    made[VISIT] = Booking(VISIT, start, task.receiver)
                    diary.book(task, made[VISIT])
                    return

    def _again(self, tasks: list[Task]) -> None:
        """The best for some families, all others as they are: first by days, which says whether there is anything to
        gain, then on the clock, on those days and, where they cannot be kept, on any."""
        tasks = tasks[:MOST_FREE]
        now = figures(self.problem, self.made, tasks)
        best, days = self._by_days(tasks)
        for wanted in (days, None):
            if best < now and not self.watch.stopped():
                now = self._on_the_clock(tasks, best, wanted)

    def _by_days(self, tasks: list[Task]) -> tuple[Figures, Mapping[int, Met]]:
        """What the families cannot do better than with all others as they are, and the days that promise it."""
        plan = self.days.seen(self.made)
        model = DayModel(self.days, [self.problem.index[t.family_id] for t in tasks], plan)
        model.hint(plan)
        return least_of(model, tasks, self.seed, self.watch)

    def _on_the_clock(self, tasks: list[Task], best: Figures, days: Mapping[int, Met] | None) -> Figures:
        """Book the families on the days given, or any; kept where it is better. What they have after."""
        diary = diary_of(self.problem, self.made, frozenset(t.family_id for t in tasks))
        for task in tasks:
            for booking in self._past[task.family_id].values():
                diary.book(task, booking)
        model = SlotModel(diary, [self._wish(diary, task, days) for task in tasks])
        sizes = weights(radices(tasks))
        model.maximise(lambda task, booking: self._worth(task, booking, sizes))
        model.hint(self.made)
        solver = single(WORK, self.seed)
        # what is already known to be the best ends the search as soon as it is found
        by_id = {t.family_id: t for t in tasks}
        worth = sum(self._worth(by_id[f], booking, sizes) * lit for (f, booking), lit in model.lits.items())
        past = {t.family_id: self._past[t.family_id] for t in tasks}
        model.model.add(worth <= total(figures(self.problem, past, tasks), sizes) - total(best, sizes))
        if solve(solver, model.model, self.watch) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            tried = self.made | self._booked(model.found(solver), tasks)
            if figures(self.problem, tried) < self.figures and fits_together(self.problem, tried, tasks):
                self.made, self.figures = tried, figures(self.problem, tried)
        return figures(self.problem, self.made, tasks)

    def _booked(self, found: Mapping[str, Bookings], tasks: list[Task]) -> dict[str, Bookings]:
        return {t.family_id: _in_order(self._past[t.family_id] | found.get(t.family_id, {})) for t in tasks}

    def _wish(self, diary: Diary, task: Task, days: Mapping[int, Met] | None) -> Wish:
        past = self._past[task.family_id]
        end = self.problem.base(self.problem.days[-1]) + self.problem.stride
        within = ((1 << end) - 1) >> self.since << self.since
        found = candidates(diary, task, [k for k in BOOKED if k not in past], within)
        if days is not None:
            met = days.get(self.problem.index[task.family_id])
            on = {MEETING: None if met is None else met.day, VISIT: None if met is None else met.visit}
            for kind in found.keys() & on.keys():
                found[kind] = tuple(b for b in found[kind] if self._day(b) == on[kind])
            if met is not None and MEETING in found:
                found[MEETING] = tuple(b for b in found[MEETING] if (b.other != task.receiver) == met.relayed)
        return Wish(task, found, past)

    def _day(self, booking: Booking) -> int:
        return self.days.number[booking.start // self.problem.stride]

    def _worth(self, task: Task, booking: Booking, sizes: tuple[int, ...]) -> int:
        worth = dict(zip(LEVELS, sizes, strict=True))
        if booking.kind == MEETING:
            return worth["no_meeting"] - (worth["relayed"] if booking.other != task.receiver else 0)
        if booking.kind == VISIT:
            day = self.problem.day_of(booking.start)
            covers = sum(due >= day for due in task.visits_due)
            return worth["unvisited"] * task.weight + worth["uncovered_visits"] * covers
        return 0


def _in_order(booked: Bookings) -> Bookings:
    """The bookings as far as each has the one it follows."""
    found: Bookings = {}
    for kind in BOOKED:
        if kind not in booked:
            break
        found[kind] = booked[kind]
    return found


def possible(problem: Problem, task: Task, booking: Booking) -> bool:
    """True when everybody in the booking could be there, and may be."""
    if booking.kind == MEETING and booking.other not in (task.receiver, *task.relays):
        return False
    if booking.kind == VISIT and (booking.other != task.receiver or problem.day_of(booking.start) in task.barred):
        return False
    return all(problem.mask(w, booking.kind, gives=gives) >> booking.start & 1 for w, gives in people(task, booking))
