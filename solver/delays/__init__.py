"""The price of a delay: the plan as it stands, the announced names held, with people ready on other days (§3, §4)."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from operator import eq, ge
from types import MappingProxyType

from handover.clearance import meets_from, ready_on, receiving_workers
from handover.continuity import changes, is_late, prior_changes
from handover.delays import Effect, Harm, NewPlan
from handover.engagement import Engagement
from handover.mobilisation import Dates, with_dates
from handover.plan import Plan
from handover.workdays import DAY, is_working
from solver.allocate import allocate_from
from solver.delays.least import LEVELS, Figures, Least
from solver.delays.rebook import BOOKED, Rebooking, figures
from solver.interim import choose_interim
from solver.schedule.days import Days
from solver.schedule.diary import Booking, Bookings
from solver.schedule.problem import VISIT, Problem, Task, problem
from solver.watch import Watch, silent

__all__ = ["SIDE_BY_SIDE", "Delays"]

ALLOCATION_SHARE = 0.7
"""Share of the time for a new plan that its allocation may use up; the schedule has the rest."""
SIDE_BY_SIDE = 2
"""Delays priced at once, on however many cores: each by itself, so that their order changes nothing."""


@dataclass(frozen=True)
class _Stand:
    """How a plan stands with people's dates: who holds whom, what each child goes through, and the diary."""

    engagement: Engagement
    problem: Problem
    made: Mapping[str, Bookings]
    figures: Figures
    children: Mapping[str, Harm]
    families: Mapping[str, Harm]


class Delays:
    """Prices of delays against one plan. Days that come to the same are priced once."""

    def __init__(
        self,
        engagement: Engagement,
        plan: Plan,
        watch: Watch,
        since: date | None = None,
        standing: Dates = MappingProxyType({}),
    ) -> None:
        """`engagement` is the one that the plan was made from, `standing` the days that have come to be other since.
        Nothing before the day `since` is booked otherwise."""
        # two at once would tell each other's levels by turns
        self.plan, self.watch, self._tell = plan, replace(watch, progress=silent), watch.progress
        self._to_worker = {
            f.family_id: plan.allocation_of[f.children[0].child_id].to_worker_id for f in engagement.families
        }
        self._prior = {c.child_id: prior_changes(c, engagement) for c in engagement.children}
        self._since = since or plan.booked_from
        self._least = Least(plan.seed, self.watch)
        self._known: dict[frozenset[tuple[str, tuple[date, date]]], Effect] = {}
        interim = {a.family_id: a.interim_worker_id for a in plan.allocations if a.interim_worker_id is not None}
        task = problem(engagement, self._to_worker, interim, plan.booked_from)
        self._base = self._stand(engagement, task, _bookings(task, plan), interim, self._to_worker)
        self._bound = _bound(plan)
        self.standing = Effect()
        """What the plan's people being ready on other days than it was made for has done already."""
        if changed := self._differing(standing):
            base, (self._base, unproven) = self._base, self._then(changed)
            self.standing, self._bound = _effect(base, self._base, unproven), (0, 0, 0, 0)

    def price(self, changed: Dates) -> Effect:
        """What it would do to the plan if some people met from, and were ready on, other days."""
        key = frozenset(self._differing(changed).items())
        if key not in self._known:
            self._known[key] = self._price(dict(key)) if key else Effect()
        return self._known[key]

    def prices(self, cases: Iterable[Dates]) -> list[Effect]:
        """The price of each of some delays, two at a time. A price that the watch stopped is not proven."""
        found: list[Effect] = []
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for effect in pool.map(self.price, cases):
                found.append(effect)
                self._tell("delays priced", Fraction(len(found)), None)
        return found

    def _differing(self, dates: Dates) -> dict[str, tuple[date, date]]:
        known = self._base.engagement.worker
        return {w: days for w, days in dates.items() if w in known and days != self._days(w)}

    def _days(self, worker_id: str) -> tuple[date | None, date | None]:
        engagement = self._base.engagement
        worker = engagement.worker[worker_id]
        return meets_from(worker, engagement), ready_on(worker, engagement)

    def _meets(self, changed: Dates, how: Callable[[date, date], bool]) -> bool:
        """True when each of the days from which people would meet compares so with those now; all that are not in the
        window come to the same."""
        live = self._base.engagement.settings.go_live
        return all(how(min(days[0], live), min(self._days(w)[0] or live, live)) for w, days in changed.items())

    def _price(self, changed: Dates) -> Effect:
        now, unproven = self._then(changed)
        return _effect(self._base, now, unproven)

    def _then(self, changed: Dates) -> tuple[_Stand, tuple[str, ...]]:
        """How the plan would stand, and what of its schedule is not proven."""
        base = self._base
        engagement = with_dates(base.engagement, changed)
        to_worker = self._announced(engagement)
        interim = choose_interim(engagement, to_worker)
        task = problem(engagement, to_worker, interim, self.plan.booked_from)
        if _chances(task) == _chances(base.problem) and self._meets(changed, eq):
            # the schedule is as it was, and so is what is proven of it
            return self._stand(engagement, task, base.made, interim, to_worker), ()
        targets = {} if self.watch.stopped() else self._least.of(Days(task))
        least: Figures = (0, 0, 0, 0)
        for target in targets.values():
            least = _plus(least, target)
        if _fewer(task, base.problem) and self._meets(changed, ge):
            least = max(least, self._bound)
        again = Rebooking(task, base.made, targets, least, self.watch, self.plan.seed, self._first_slot(task))
        again.run()
        return self._stand(engagement, task, again.made, interim, to_worker), again.unproven

    def _announced(self, engagement: Engagement) -> dict[str, str | None]:
        """The announced names by family id, None where that worker receives nobody any more."""
        receiving = {worker.worker_id for worker in receiving_workers(engagement)}
        return {f: w if w in receiving else None for f, w in self._to_worker.items()}

    def _first_slot(self, task: Problem) -> int:
        """The first slot that has not gone by; one after the window where all have."""
        left = [day for day in task.days if day >= self._since]
        return task.base(left[0]) if left else task.base(task.days[-1]) + task.stride if task.days else 0

    def replanned(self, changed: Dates, watch: Watch) -> NewPlan:
        """The best new plan with these days, as found until the watch ends, beside the plan as it stands; searched from
        the announced names, the days gone by as they are."""
        base = self._base
        engagement = with_dates(base.engagement, changed)
        announced = self._announced(engagement)
        to_worker, levels = allocate_from(engagement, announced, watch.part(ALLOCATION_SHARE), self.plan.seed)
        interim = choose_interim(engagement, to_worker)
        task = problem(engagement, to_worker, interim, self.plan.booked_from)
        again = Rebooking(task, base.made, {}, (0, 0, 0, 0), watch, self.plan.seed, self._first_slot(task))
        again.run()
        now = self._stand(engagement, task, again.made, interim, to_worker)
        return NewPlan(
            _total(now) - _total(base),
            sum(len(engagement.family[f].children) for f, w in to_worker.items() if w != self._to_worker[f]),
            (*(level.name for level in levels if not level.proven), *again.unproven),
        )

    def _stand(
        self,
        engagement: Engagement,
        task: Problem,
        made: Mapping[str, Bookings],
        interim: Mapping[str, str | None],
        to_worker: Mapping[str, str | None],
    ) -> _Stand:
        receivers = {f: w for f, w in to_worker.items() if w is not None}
        waits = {w: _days_waiting(w, engagement) for w in set(receivers.values())}
        children = {}
        for child in engagement.children:
            family_id = engagement.family_of[child.child_id].family_id
            if family_id not in receivers:
                children[child.child_id] = Harm(nobody=1)
                continue
            worker = engagement.worker[receivers[family_id]]
            late, held = is_late(child, worker, engagement), interim.get(family_id) is not None
            count = changes(child, worker, engagement)
            children[child.child_id] = Harm(
                nobody=late and not held,
                changes=count,
                burden=count * self._prior[child.child_id],
                interim=late and held,
                days_waiting=waits[worker.worker_id] if late else 0,
            )
        families = {t.family_id: _of_family(task, t, made) for t in task.tasks}
        return _Stand(engagement, task, made, figures(task, made), children, families)


def _bookings(task: Problem, plan: Plan) -> dict[str, Bookings]:
    """The plan's diary on the grid, without its sign-offs."""
    slot = task.engagement.settings.hours.slot_minutes * 60
    first = task.moment(0)
    found = {}
    for t in task.tasks:
        booked = {k: a for k, a in plan.appointments_of.get(t.family_id, {}).items() if k in BOOKED}
        found[t.family_id] = {
            k: Booking(k, int((a.start - first).total_seconds()) // slot, a.with_worker_id) for k, a in booked.items()
        }
    return found


def _of_family(task: Problem, of: Task, made: Mapping[str, Bookings]) -> Harm:
    no_meeting, unvisited, uncovered, relayed = figures(task, made, [of])
    no_visit = of.due and VISIT not in made.get(of.family_id, {})
    return Harm(0, 0, 0, 0, no_meeting, unvisited, uncovered, relayed, no_visit)


def _days_waiting(worker_id: str, engagement: Engagement) -> int:
    """Working days from go-live until the worker is ready."""
    ready = ready_on(engagement.worker[worker_id], engagement)
    day, count = engagement.settings.go_live, 0
    while ready is not None and day < ready:
        count += is_working(day, engagement.closed_days)
        day += DAY
    return count


def _chances(task: Problem) -> dict[str, tuple[str, frozenset[str]]]:
    return {t.family_id: (t.receiver, frozenset(t.relays)) for t in task.tasks}


def _fewer(task: Problem, base: Problem) -> bool:
    """True when nobody is there to receive or relay who was not before."""
    now, before = _chances(task), _chances(base)
    return now.keys() == before.keys() and all(now[f][1] <= before[f][1] for f in now)


def _effect(base: _Stand, now: _Stand, unproven: tuple[str, ...]) -> Effect:
    worse = {c for c, harm in now.children.items() if harm.above(base.children[c])}
    for family_id, harm in now.families.items():
        if harm.above(base.families[family_id]):
            worse.update(c.child_id for c in now.engagement.family[family_id].children)
    return Effect(_total(now) - _total(base), unproven, tuple(sorted(worse)))


def _total(stand: _Stand) -> Harm:
    return sum((*stand.children.values(), *stand.families.values()), Harm())


def _bound(plan: Plan) -> Figures:
    """What no schedule of the plan can do better: with fewer chances, none can either."""
    found = [0, 0, 0, 0]
    for n, name in enumerate(LEVELS):
        found[n] = int(plan.level[name].bound)
        if not plan.level[name].proven:
            break
    return (found[0], found[1], found[2], found[3])


def _plus(one: Figures, other: Figures) -> Figures:
    a, b, c, d = (x + y for x, y in zip(one, other, strict=True))
    return (a, b, c, d)
