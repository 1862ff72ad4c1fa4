"""A schedule mended by the clock: what the plan by days promised and the first try on the clock could not keep (§4)."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from ortools.sat.python import cp_model

from handover.plan import SCHEDULE_LEVELS
from solver.schedule.days import Met
from solver.schedule.diary import Booking, Bookings, people
from solver.schedule.figures import schedule_figures
from solver.schedule.problem import MEETING, SIGN_OFF, SUMMARY, VISIT, Problem, Task
from solver.schedule.search import DaySearch
from solver.schedule.slots import SlotModel, Wish, candidates, diary_of
from solver.stopping import solve

WORK = 0.6
"""Deterministic time for one neighbourhood."""
MOST_FREE = 26
FEW_FREE = 12
"""Families set free at once: at most those near the one that costs; where these are few, others join them."""
WHOLE_GIVER = 0.5
"""How often the whole diary of who hands over is set free."""
AS_PROMISED = 0.6
"""How often a family is picked that the plan by days did better by."""
SIDE_BY_SIDE = 2
"""Neighbourhoods searched at once, on however many cores: their order decides what is kept, not their speed."""


@dataclass(frozen=True)
class _Try:
    free: tuple[int, ...]
    relays: Mapping[int, tuple[str, ...]]


class Mender:
    """A schedule that only gets better: level by level, and never worse at one above."""

    def __init__(self, search: DaySearch, made: Mapping[str, Bookings]) -> None:
        self.search, self.problem = search, search.days.problem
        self.made: dict[str, Bookings] = {f: dict(b) for f, b in made.items()}
        self.targets = {name: found.bound for name, found in search.bounds.items()}
        self.rng = Random(search.seed)
        self.figures = schedule_figures(self.problem, self.made)

    def run(self, rounds: int, patience: int) -> None:
        """Mend level by level, each until it is at its target or some rounds brought nothing; so many rounds in all."""
        left = rounds
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for level in SCHEDULE_LEVELS:
                idle = 0
                while self.figures[level] > self.targets[level] and left and idle < patience:
                    if self.search.watch.spent():
                        return
                    with self.search.timed(level):
                        tries = [self._choose(level) for _ in range(SIDE_BY_SIDE)]
                        found = pool.map(self._mend, tries)
                        gains = [self._keep(one, made) for one, made in zip(tries, found, strict=True)]
                    left, idle = left - 1, 0 if any(gains) else idle + 1

    def _choose(self, level: str) -> _Try:
        tasks = self.problem.tasks
        now = self.search.days.seen(self.made)
        worse = [i for i in range(len(tasks)) if self.search.may_gain(level, now.get(i), i)]
        if level == "unsigned":
            worse = [
                i for i, task in enumerate(tasks) if SIGN_OFF not in self.made.get(task.family_id, {}) and task.signers
            ]
        # often what the plan by days promised and the clock could not keep, else any other in its stead
        broken = [i for i in worse if not self._as_planned(i, now.get(i))]
        worse = (broken if self.rng.random() < AS_PROMISED else []) or worse or [*range(len(tasks))]
        pick = self.rng.choice(worse)
        of_person = self.search.days.of_person
        mine = [i for i in of_person[tasks[pick].giver] if i != pick]
        theirs = [i for i in of_person[tasks[pick].receiver] if i != pick]
        others = self.rng.sample(range(len(tasks)), min(FEW_FREE, len(tasks)))
        self.rng.shuffle(mine)
        self.rng.shuffle(theirs)
        # the whole diary of who hands over, or half of it with more of the receiving worker's
        some = len(mine) if self.rng.random() < WHOLE_GIVER else len(mine) // 2
        near = list(dict.fromkeys([pick, *mine[:some], *theirs]))[:MOST_FREE]
        free = list(dict.fromkeys([*near, *others]))[: max(len(near), FEW_FREE)]
        relays = {}
        for index in free:
            task, booked = tasks[index], self.made.get(tasks[index].family_id, {})
            held = booked.get(MEETING)
            if held is None or held.other != task.receiver or not self.search.days.chances[index].direct:
                extra = self.rng.sample(task.relays, min(2, len(task.relays)))
                known = [str(held.other)] if held is not None and held.other != task.receiver else []
                relays[index] = tuple(dict.fromkeys([*task.relays[:1], *known, *extra]))
            else:
                relays[index] = tuple(self.rng.sample(task.relays, min(1, len(task.relays))))
        return _Try(tuple(sorted(free)), relays)

    def _as_planned(self, index: int, now: Met | None) -> bool:
        planned = self.search.promised.get(index)
        if planned is None or now is None:
            return planned is None
        return planned.visit is None or (now.visit is not None and now.visit <= planned.visit)

    def _mend(self, one: _Try) -> dict[str, Bookings] | None:
        tasks = [self.problem.tasks[i] for i in one.free]
        diary = diary_of(self.problem, self.made, frozenset(task.family_id for task in tasks))
        all_slots = (1 << (self.problem.base(self.problem.days[-1]) + self.problem.stride)) - 1
        wishes = []
        for index, task in zip(one.free, tasks, strict=True):
            found = candidates(diary, task, (SUMMARY, MEETING, VISIT, SIGN_OFF), all_slots)
            allowed = {task.receiver, *one.relays[index]}
            found[MEETING] = tuple(b for b in found[MEETING] if b.other in allowed)
            wishes.append(Wish(task, found, {}))
        model = SlotModel(diary, wishes)
        weights = self._weights(tasks)
        model.maximise(lambda task, booking: self._worth(task, booking, weights))
        model.hint(self.made)
        solver = self.search.solver(WORK)
        if solve(solver, model.model, self.search.watch, SIDE_BY_SIDE) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return {f: b for f, b in model.found(solver).items() if MEETING in b}

    def _weights(self, tasks: list[Task]) -> dict[str, int]:
        most = {
            "unsigned": len(tasks),
            "relayed": len(tasks),
            "uncovered_visits": sum(len(t.visits_due) for t in tasks),
            "unvisited": sum(t.weight for t in tasks),
            "no_meeting": len(tasks),
        }
        weight, weights = 1, {}
        for name in reversed(SCHEDULE_LEVELS):
            weights[name] = weight
            weight *= 1 + most[name]
        return weights

    def _worth(self, task: Task, booking: Booking, weights: Mapping[str, int]) -> int:
        if booking.kind == SUMMARY:
            return 0
        if booking.kind == SIGN_OFF:
            return weights["unsigned"]
        if booking.kind == VISIT:
            day = self.problem.day_of(booking.start)
            covers = sum(due >= day for due in task.visits_due)
            return weights["unvisited"] * task.weight + weights["uncovered_visits"] * covers
        return weights["no_meeting"] - (weights["relayed"] if booking.other != task.receiver else 0)

    def _keep(self, one: _Try, found: dict[str, Bookings] | None) -> bool:
        if found is None:
            return False
        freed = {self.problem.tasks[i].family_id for i in one.free}
        made = {f: b for f, b in self.made.items() if f not in freed} | found
        figures = schedule_figures(self.problem, made)
        if [*figures.values()] >= [*self.figures.values()]:
            return False
        if not fits_together(self.problem, made, [self.problem.tasks[i] for i in one.free]):
            return False
        self.made, self.figures = made, figures
        return True


def fits_together(problem: Problem, made: Mapping[str, Bookings], tasks: list[Task]) -> bool:
    """True when the bookings of some tasks take nobody's time twice, the others being sound."""
    diary = diary_of(problem, made, frozenset(task.family_id for task in tasks))
    for task in tasks:
        for kind, booking in made.get(task.family_id, {}).items():
            free = (diary.open(w, kind, gives=gives) >> booking.start & 1 for w, gives in people(task, booking))
            if not all(free):
                return False
            diary.book(task, booking)
    return True
