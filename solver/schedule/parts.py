"""A schedule too large for one search: parts of it, by receiving teams, each searched with the others as booked (§4).

What the parts cost at least, each with everybody's time to itself, adds up to a bound for the whole.
"""

import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from handover.plan import SCHEDULE_LEVELS
from solver.schedule.bounds import least, least_alone, relayed_alone
from solver.schedule.clock import on_the_clock
from solver.schedule.days import Days
from solver.schedule.diary import Bookings, Diary
from solver.schedule.figures import schedule_figures
from solver.schedule.hearings import nearest_first
from solver.schedule.problem import Problem, Task
from solver.schedule.search import DaySearch, Effort
from solver.watch import Watch, Work, silent

LARGE = 400
"""Tasks above which the schedule is searched in parts."""
PART = 100
"""Tasks of a part at least, as far as there are teams to join."""
EFFORT = Effort(0.1, 1)
"""What goes into the days of a part: there are many parts."""
SEARCHED = 0.8
"""Share of the time for the search; the rest is for bounds where the parts' own do not hold, and for the hearings."""


@dataclass
class Part(Problem):
    """Some tasks of a problem, with what is booked for all others taken from everybody's time."""

    others: Diary | None = None

    def mask(self, worker_id: str, kind: str, *, gives: bool) -> int:
        """The slots on which the person could start an appointment beside what is booked for the other tasks."""
        key = (worker_id, kind, gives)
        if key not in self._masks:
            assert self.others is not None
            self._masks[key] = self.others.open(worker_id, kind, gives=gives)
        return self._masks[key]

    def visits_left(self, worker_id: str, day: int) -> int:
        """How many joint visits the person may have on a day beside those of the other tasks."""
        assert self.others is not None
        return self.others.visits_left(worker_id, day)


class Parts:
    """A large schedule that only gets better, part by part, and the bounds of the parts. `cut`: what ended it early."""

    def __init__(self, problem: Problem, made: Mapping[str, Bookings], watch: Watch, seed: int) -> None:
        self.problem, self.watch, self.seed = problem, watch, seed
        self.made = {family_id: dict(booked) for family_id, booked in made.items()}
        self.seconds = dict.fromkeys(SCHEDULE_LEVELS, 0.0)
        self._tasks = divided(problem)
        self._free = [Days(replace(problem, tasks=tasks)) for tasks in self._tasks]
        # what each part costs at least: whatever the others do, and given that all are at their least above the level
        self._alone = [least_alone(days) for days in self._free]
        self._least = [dict(alone) for alone in self._alone]
        self._asked: set[tuple[int, str]] = set()
        self.cut = ""

    def run(self) -> dict[str, int]:
        """Search each part in turn; the bounds of all levels that hold for the figures reached."""
        diary = Diary(self.problem)
        for task in self.problem.tasks:
            for booking in self.made.get(task.family_id, {}).values():
                diary.book(task, booking)
        searching = self.watch.part(SEARCHED)
        numbers = range(len(self._tasks))
        figures = [schedule_figures(self.problem, self.made, tasks) for tasks in self._tasks]
        with ThreadPoolExecutor(1) as beside:
            asked = [beside.submit(self._ask_in_turn, number, figures[number], searching) for number in numbers]
            for number in numbers:
                asked[number].result()
                if not searching.stopped():
                    self._tell()
                    self._search(number, diary, searching)
        introducing = self.watch.part(0.5)
        self.cut = searching.stopped()
        self.made = nearest_first(self.problem, self.made, introducing)
        self.cut = self.cut or introducing.stopped()
        return self._bounds()

    def _tell(self) -> None:
        """Pass on how far the search is: the first level that the parts together do not reach yet."""
        for level, value in schedule_figures(self.problem, self.made).items():
            bound = sum(part[level] for part in self._least)
            if value > bound:
                self.watch.heard(level, value, bound)
                return

    def _bounds(self) -> dict[str, int]:
        """What the parts cost at least, added up. Below a level that they do not reach together, each could do worse at
        it to do better below: then only what they cost whatever the others do."""
        figures, total, firm = schedule_figures(self.problem, self.made), dict[str, int](), True
        parts = [schedule_figures(self.problem, self.made, tasks) for tasks in self._tasks]
        for level, value in figures.items():
            if firm:
                for number, part in enumerate(parts):
                    self._ask(number, level, part[level], self.watch)
            total[level] = sum(part[level] for part in (self._least if firm else self._alone))
            if level == "relayed" and total["no_meeting"] == figures["no_meeting"]:
                total[level] = max(total[level], sum(map(relayed_alone, self._free)))
            total[level] = min(value, total[level])
            firm &= total[level] == value
        return total

    def _ask_in_turn(self, number: int, figures: Mapping[str, int], watch: Watch) -> None:
        """A part's bounds down to the first level at which its figures are above them."""
        for level, value in figures.items():
            self._ask(number, level, value, watch)
            if value > self._least[number][level]:
                return

    def _ask(self, number: int, level: str, value: int, watch: Watch) -> None:
        """A part's bound at a level, given its bounds above; without a relaxation where its figure is no higher."""
        days, known = self._free[number], self._least[number]
        if level == "relayed":
            known[level] = relayed_alone(days)
        if value > known[level] and (number, level) not in self._asked:
            began = time.monotonic()
            known[level] = max(known[level], least(days, level, known, watch))
            self.seconds[level] += time.monotonic() - began
            if not watch.stopped():
                self._asked.add((number, level))

    def _search(self, number: int, diary: Diary, watch: Watch) -> None:
        tasks, problem = self._tasks[number], self.problem
        part = Part(problem.engagement, tasks, problem.days, others=diary)
        figures = [*schedule_figures(part, self.made).values()]
        if figures == [*self._least[number].values()]:
            return

        def worth(tried: Mapping[str, Bookings]) -> list[int]:
            return [*schedule_figures(part, tried).values()]

        now = {task.family_id: self.made.pop(task.family_id) for task in tasks if task.family_id in self.made}
        for task in tasks:
            for booking in now.get(task.family_id, {}).values():
                diary.cancel(task, booking)
        alone = replace(watch, progress=silent, work=Work())
        search = DaySearch(Days(part), now, None, alone, self.seed, EFFORT, self._least[number])
        search.run()
        found = min(on_the_clock(search), now, key=worth)
        for level, spent in search.seconds.items():
            self.seconds[level] += spent
        for task in tasks:
            for booking in found.get(task.family_id, {}).values():
                diary.book(task, booking)
        self.made |= {family_id: dict(booked) for family_id, booked in found.items()}


def divided(problem: Problem) -> list[tuple[Task, ...]]:
    """The tasks in parts by receiving team. Small parts are joined, each with the one it shares most people who hand
    over with."""
    team = {w.worker_id: str(w.team_id) for w in problem.engagement.workers}
    parts: dict[str, list[Task]] = {}
    for task in problem.tasks:
        parts.setdefault(team[task.receiver], []).append(task)
    givers = {name: Counter(task.giver for task in tasks) for name, tasks in parts.items()}
    while len(parts) > 1:
        small = min(parts, key=lambda name: (len(parts[name]), name))
        if len(parts[small]) >= PART:
            break
        shared = {n: sum((givers[n] & givers[small]).values()) for n in parts if n != small}
        # those that are large enough already last: else one part would draw in all the others
        into = min(shared, key=lambda name: (len(parts[name]) >= PART, -shared[name], len(parts[name]), name))
        parts[into] += parts.pop(small)
        givers[into] += givers.pop(small)
    places = problem.index
    return [tuple(sorted(parts[name], key=lambda t: places[t.family_id])) for name in sorted(parts)]
