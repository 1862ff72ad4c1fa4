"""The best days, level by level: neighbourhoods for the plan, relaxations and the whole model for the proof (§4)."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from threading import Event
from types import MappingProxyType

from ortools.sat.python import cp_model

from handover.plan import SCHEDULE_LEVELS
from solver.program import Searcher
from solver.schedule.bounds import Whole, above, asked, few, least, seconds_of, steps_left
from solver.schedule.clash import Clash, avoid
from solver.schedule.days import DayModel, Days, Load, Met
from solver.schedule.diary import Bookings
from solver.schedule.problem import MEETING, Task
from solver.stopping import single, solve
from solver.watch import Watch

BY_DAYS = ("no_meeting", "unvisited", "uncovered_visits", "relayed")
"""Levels that the plan by days decides; sign-offs follow from it."""
MORE_GIVERS = 2


@dataclass(frozen=True)
class Effort:
    """Deterministic time for one neighbourhood, and how many without gain before the search gives up on a level."""

    step: float = 0.4
    patience: int = 10


FULL = Effort()


@dataclass(frozen=True)
class Bound:
    """What no schedule can beat as long as the levels above are at most at `held`."""

    bound: int
    held: Mapping[str, int]

    def holds_for(self, figures: Mapping[str, int]) -> bool:
        """True when no level above is higher than it was when this was proven."""
        return all(figures[name] <= most for name, most in self.held.items())


def day_figures(days: Days, plan: Mapping[int, Met], of: Iterable[int] | None = None) -> dict[str, int]:
    """The figures of a plan by days, for all tasks or some; sign-offs are not decided yet."""
    count = dict.fromkeys(BY_DAYS, 0)
    for index in range(len(days.problem.tasks)) if of is None else of:
        task, met = days.problem.tasks[index], plan.get(index)
        visit = None if met is None or met.visit is None else days.problem.days[met.visit]
        count["no_meeting"] += met is None
        count["relayed"] += met is not None and met.relayed
        count["unvisited"] += task.weight if visit is None else 0
        count["uncovered_visits"] += sum(visit is None or visit > due for due in task.visits_due)
    return count


class DaySearch:
    """A plan by days that only gets better, and the bounds proven on the way. `promised` is what the search came to,
    whatever becomes of it on the clock.

    Where bounds are handed in (`known`), they are where the search of a level ends, and no others are sought. What is
    before day `since` (a number) stays as it was booked (`past`).
    """

    def __init__(
        self,
        days: Days,
        made: Mapping[str, Bookings],
        searcher: Searcher | None,
        watch: Watch,
        seed: int,
        effort: Effort = FULL,
        known: Mapping[str, int] = MappingProxyType({}),
        levels: tuple[str, ...] = SCHEDULE_LEVELS,
        since: int = 0,
        past: Mapping[str, Bookings] = MappingProxyType({}),
    ) -> None:
        self._searcher, self._effort, self._known, self._asked_for = searcher, effort, known, levels
        self.since, self.past = since, past
        self.days, self.plan, self.watch, self.seed = days, days.seen(made), watch, seed
        self.rng = Random(seed)
        self.bounds: dict[str, Bound] = {}
        self.seconds = dict.fromkeys(SCHEDULE_LEVELS, 0.0)
        self._ahead: Mapping[str, Future[Bound]] = {}
        self._asked: set[int] = set()
        self._left = 0
        """How many a search before left unsigned."""
        self.cut = ""
        """What stopped the search or a proof before its own limits did; blank: nothing."""
        self.promised: dict[int, Met] = {}
        self.enough: Mapping[str, int] = {}
        """Figures at which the search of a level ends though they are above the bound."""
        self.clashes: list[Clash] = []
        """What is known not to be had together: no plan found from then on has it."""
        self._too_much: dict[tuple[str, int], list[Load]] = defaultdict(list)
        self.figures = day_figures(days, self.plan)
        self._of_giver: dict[str, list[int]] = defaultdict(list)
        self._of_receiver: dict[str, list[int]] = defaultdict(list)
        for index, task in enumerate(days.problem.tasks):
            self._of_giver[task.giver].append(index)
            self._of_receiver[task.receiver].append(index)

    def run(self, share: float = 1.0, of_work: float = 1.0) -> None:
        """Best and bound of each level in turn, in a share of the time and one of the work left at most; the
        relaxations are solved beside it, in hope that all are reached."""
        watch, self.watch = self.watch, self.watch.part(share, of_work)
        if self._known or self._ahead:
            self._levels()
        else:
            with ThreadPoolExecutor(1) as beside:
                self._ahead = self._look_ahead(beside)
                self._levels()
        self.promised = dict(self.plan)
        self.cut = self.cut or self.watch.stopped()
        self.watch = watch

    def follow(self, plan: Mapping[int, Met]) -> None:
        """Take a plan by days for the best known, whatever was."""
        self.plan, self.figures = dict(plan), day_figures(self.days, plan)

    def _look_ahead(self, beside: Executor) -> Mapping[str, Future[Bound]]:
        # the search changes its figures meanwhile: what is found must not hang on how far it is
        ahead, now = dict[str, Future[Bound]](), self.figures

        def look(level: str) -> Bound:
            held = {name: ahead[name].result().bound for name in above(level)}
            if now.get(level) == 0 and all(now[name] == value for name, value in held.items()):
                return Bound(0, held)
            with self.timed(level):
                return Bound(least(self.days, level, held, self.watch), held)

        for level in self._asked_for:
            ahead[level] = beside.submit(look, level)
        return ahead

    def _bound(self, level: str) -> int:
        """The relaxation's bound for the figures as they are above the level."""
        if level in self._known:
            return self._known[level]
        ahead = self._ahead[level].result()
        if all(self.figures[name] == value for name, value in ahead.held.items()):
            return ahead.bound
        return self._relaxation(level, self.figures)

    def _levels(self) -> None:
        for level in BY_DAYS:
            bound = self._bound(level)
            self.watch.heard(level, self.figures[level], bound)
            with self.timed(level):
                bound = self._best_of(level, bound)
            self._prove(level, bound, self.figures)
        if "unsigned" in self._asked_for:
            bound = self._bound("unsigned")
            with self.timed("unsigned"):
                # what was not bettered once is not tried at again
                self._left = self._sign(max(bound, self._left))
            self._prove("unsigned", bound, self.figures)

    @contextmanager
    def timed(self, level: str) -> Iterator[None]:
        """Count the time that something takes as the level's."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[level] += time.monotonic() - began

    def hold(self, figures: Mapping[str, int]) -> None:
        """Bounds that hold for the figures reached in the end: where a level above ended higher, it is proven again."""
        for level in self._asked_for:
            known = self.bounds.get(level)
            if known is None or not known.holds_for(figures):
                with self.timed(level):
                    bound = self._relaxation(level, figures) if figures[level] else 0
                self._prove(level, min(bound, figures[level]), figures)

    def _prove(self, level: str, bound: int, figures: Mapping[str, int]) -> None:
        self.bounds[level] = Bound(bound, {name: figures[name] for name in above(level)})

    def _relaxation(self, level: str, figures: Mapping[str, int]) -> int:
        return 0 if self.figures.get(level) == 0 else least(self.days, level, figures, self.watch)

    def _whole(self, level: str, value: int) -> int:
        """A bound for a level from the whole model: whether it could be less than a value. A plan that is, is taken."""
        if self._searcher is None or self.watch.spent():
            return 0
        steps = steps_left(self.watch)
        whole = asked(self.days, level, self.figures, value, self._searcher, self.watch, self.seed, steps=steps)
        self.watch.work.done(seconds_of(self.days, steps))
        return self._heard(whole)

    def _heard(self, whole: Whole, level: str | None = None) -> int:
        """The bound that the whole model gave. Its plan is taken; where it was asked beside a search for a level, only
        if it is better at that than what was found meanwhile."""
        self.cut = self.cut or whole.cut
        # one that is as good may or may not have been heard of by the time that ended it
        if whole.plan and (level is None or day_figures(self.days, whole.plan)[level] < self.figures[level]):
            self._take(whole.plan)
        return whole.bound

    def _best_of(self, level: str, bound: int) -> int:
        """The best of a level that neighbourhoods come to, and a bound: where the relaxation's is below that, the whole
        model's. It is asked as soon as they are stuck, beside the last of them where there is much to ask."""
        searcher, over = self._searcher if self._firm(level) else None, Event()
        # each with the work that is left where it has to be waited for to its end
        whole, work = list[tuple[Future[Whole], float]](), self.watch.work

        def reached(least: int) -> bool:
            return over.is_set() and max(least, bound) >= self.figures[level]

        with ThreadPoolExecutor(1) as beside:

            def ask() -> None:
                if searcher and not whole and self.figures[level] > bound and not self.watch.spent():
                    now, steps = dict(self.figures), steps_left(self.watch)
                    ours = self.days, level, now, now[level], searcher, self.watch, self.seed, reached
                    whole.append((beside.submit(asked, *ours, steps=steps), work.left - seconds_of(self.days, steps)))

            try:
                self._neighbourhoods(level, max(bound, self.enough.get(level, 0)), None if few(self.days) else ask)
                ask()
            finally:
                over.set()
        for one, left in whole:
            bound = max(bound, self._heard(one.result(), level))
            work.done(max(0.0, work.left - left) if self.figures[level] > bound else 0.0)
        return bound

    def _firm(self, level: str) -> bool:
        """True when all above a level is proven: else it may end higher, and what is proven below would not hold."""
        return all(self.figures[name] == self.bounds[name].bound for name in above(level))

    def _sign(self, bound: int) -> int:
        """Plan anew those who meet too late to be signed off, the levels above kept; how many the plan leaves unsigned,
        by days."""
        (least, late), idle = self._unsigned(), 0
        while late and least > bound and 2 * idle < self._effort.patience and not self.watch.spent():
            before = self.plan, self.figures
            pick = self.days.problem.tasks[self.rng.choice(late)]
            self.improve(self._around(pick, idle % (1 + MORE_GIVERS)), self.since, self.past, signs=True)
            left, found = self._unsigned()
            idle = 0 if left < least else idle + 1
            if left > least:
                self.plan, self.figures = before
            else:
                least, late = left, found
        return least

    def _unsigned(self) -> tuple[int, list[int]]:
        """How many families the plan as it is leaves without a sign-off, by days, and who may be among them."""
        model = DayModel(self.days, (), self.plan, signs=True)
        model.keep_written(self.since, self.past)
        model.model.minimize(model.levels["unsigned"])
        solver, tasks = self.solver(self._effort.step), self.days.problem.tasks
        if solve(solver, model.model, self.watch) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return len(tasks), [*self.plan]
        return round(solver.objective_value), model.unsigned(solver.value)

    def sign_more(self, figures: Mapping[str, int]) -> bool:
        """Prove that no more families can be signed off than were, or take a plan by days under which more could be."""
        level, value = "unsigned", figures["unsigned"]
        reached = all(figures[name] == self.figures[name] for name in BY_DAYS)
        if not reached or value <= self.bounds[level].bound or value in self._asked:
            return False
        self._asked.add(value)
        before, known = self.plan, self.bounds[level]
        with self.timed(level):
            # what was proven with less at the levels above need not hold with more
            bound = known.bound if known.holds_for(figures) else self._relaxation(level, figures)
            if self._sign(bound) >= value and self._firm(level):
                bound = max(bound, self._whole(level, value))
        self._prove(level, bound, figures)
        return self.plan is not before

    def _neighbourhoods(self, level: str, bound: int, stuck: Callable[[], None] | None) -> None:
        """Decide the tasks of a few people anew, again and again, until that brings nothing more; `stuck` is called
        when half of the patience for that is used up."""
        idle, patience = 0, self._effort.patience
        while self.figures[level] > bound and idle < patience and not self.watch.spent():
            if stuck and idle == patience // 2:
                stuck()
            free = self._neighbourhood(level, 0 if idle < patience // 2 else MORE_GIVERS)
            if not free:
                return
            idle = 0 if self.improve(free, self.since, self.past) else idle + 1

    def improve(
        self,
        free: list[int],
        since: int = 0,
        made: Mapping[str, Bookings] = MappingProxyType({}),
        *,
        signs: bool = False,
    ) -> bool:
        """Decide some tasks anew from day `since` on, the others kept, and what is booked before; True when a figure is
        better. Where asked to (`signs`), as many are signed off as can be."""
        model = DayModel(self.days, free, self.plan, signs=signs, too_much=self._too_much)
        for clash in self.clashes:
            avoid(model, clash)
        model.hint(self.plan)
        if since:
            model.keep_before(since, self.plan)
            model.keep_written(since, made)
        terms, weights, weight = [model.last_minute], [1], 1 + len(free)
        if signs:
            terms.append(model.levels["unsigned"])
            weights.append(weight)
            weight *= 1 + len(self.days.problem.tasks)
        for name in reversed(BY_DAYS):
            terms.append(model.levels[name])
            weights.append(weight)
            weight *= 1 + self._most(name, free)
        model.model.minimize(cp_model.LinearExpr.weighted_sum(terms, weights))
        solver = self.solver(self._effort.step)
        # the relaxation is tight here: worth its time on every node
        solver.parameters.linearization_level = 2
        if solve(solver, model.model, self.watch) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return False
        chosen = set(free)
        kept = {index: met for index, met in self.plan.items() if index not in chosen}
        return self._take(kept | model.found(solver.value))

    def learn(self, lost: Iterable[int], number: int, since: int, made: Mapping[str, Bookings]) -> None:
        """Plan anew, from day `since` on, the families for whom the clock had no time on day `number`; what is before
        stays as booked.

        What their people were to do on that day was too much for the clock: it is not planned again. Bounds do not rest
        on this, for the clock's word is no proof.
        """
        tasks, lost = self.days.problem.tasks, sorted(lost)
        loads = {}
        for index in lost:
            for worker_id in (tasks[index].giver, tasks[index].receiver):
                loads[worker_id, number] = self.days.load(worker_id, number, made, self.plan)
        for key, load in loads.items():
            if +load and load not in self._too_much[key]:
                self._too_much[key].append(load)
        self.give_up(lost, made)
        done: set[int] = set()
        for index in lost:
            if index not in done and not self.watch.stopped():
                free = sorted({*self._of_giver[tasks[index].giver], *self._of_receiver[tasks[index].receiver]})
                done.update(free)
                self.improve(free, since, made)

    def give_up(self, lost: Iterable[int], made: Mapping[str, Bookings]) -> None:
        """Leave the days of some families open again, as far as they are not booked."""
        for index in lost:
            met = self.plan.pop(index)
            if MEETING in made.get(self.days.problem.tasks[index].family_id, {}):
                self.plan[index] = replace(met, visit=None)
        self.figures = day_figures(self.days, self.plan)

    def _most(self, level: str, free: list[int]) -> int:
        tasks = self.days.problem.tasks
        if level == "unvisited":
            return sum(tasks[i].weight for i in free)
        if level == "uncovered_visits":
            return sum(len(tasks[i].visits_due) for i in free)
        return len(free)

    def _neighbourhood(self, level: str, more: int) -> list[int]:
        """A family that may do better, all of its giver and receiver, and all of some more who hand over to them."""
        tasks = self.days.problem.tasks
        worse = [i for i in range(len(tasks)) if self.may_gain(level, self.plan.get(i), i)]
        if not worse:
            return []
        return self._around(tasks[self.rng.choice(worse)], more)

    def _around(self, pick: Task, more: int) -> list[int]:
        """All families of a family's giver and receiver, and all of some more givers who hand over to that receiver."""
        tasks = self.days.problem.tasks
        givers = sorted({tasks[i].giver for i in self._of_receiver[pick.receiver]} - {pick.giver})
        chosen = [pick.giver, *self.rng.sample(givers, min(more, len(givers)))]
        return sorted({i for g in chosen for i in self._of_giver[g]} | set(self._of_receiver[pick.receiver]))

    def may_gain(self, level: str, met: Met | None, index: int) -> bool:
        """True when a task as it stands costs at a level and another day might not."""
        chances = self.days.chances[index]
        if level == "no_meeting":
            return met is None
        if level == "unvisited":
            return bool(chances.visit) and (met is None or met.visit is None)
        if level == "relayed":
            return bool(chances.direct) and met is not None and met.relayed
        task, days = self.days.problem.tasks[index], self.days.problem.days
        return any(
            bool(chances.visit)
            and days[chances.visit[0]] <= due
            and (met is None or met.visit is None or days[met.visit] > due)
            for due in task.visits_due
        )

    def _take(self, plan: dict[int, Met]) -> bool:
        figures = day_figures(self.days, plan)
        new, old = ([f[name] for name in BY_DAYS] for f in (figures, self.figures))
        if new <= old:
            self.plan, self.figures = plan, figures
        return new < old

    def solver(self, work: float) -> cp_model.CpSolver:
        """A solver that ends after an amount of work, the same on every machine."""
        return single(work, self.seed)
