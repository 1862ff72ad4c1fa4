"""Better assignments by exchange: two workers at a time share out anew, at best, what they hold together.

What two workers hold is a score of families, and the best way to share them is found by adding one family after the
other to the sums of points that one of the two could come to (dynamic programming over loads), for many partners of a
worker at once. Where bands are broken and no exchange mends them, what lies outside there counts more from then on, so
that others make room (breakout; Morris 1993). All is counted in pairs of workers looked at, so that the result repeats.
"""

from collections.abc import Iterator, Mapping
from random import Random

import numpy as np

from solver.assignment import NOBODY, Assignment, excess
from solver.program import Bools, Ints
from solver.watch import Watch

PARTNERS = 48
"""Partners of a worker that are looked at together."""
STUCK = 60
"""How often nobody may be found who mends a band, each time with more weight on what is broken, before it is left."""
REACH = 24
"""Points that one worker passes on to another at most, as far as looking for a likely partner goes."""
BARRED = 1 << 50
"""What a pair counts that there cannot be: more than all that can."""


class Exchanges:
    """An assignment being improved; `chosen` is the best so far, `work` the pairs of workers looked at.

    `weights`: what a unit of each level of cost and of `outside_bands` counts, whole numbers. `pairs` (F, W): who may
    take whom here. For a problem in which a family weighs the same with every worker.
    """

    def __init__(
        self, problem: Assignment, chosen: Ints, weights: Mapping[str, int], pairs: Bools | None = None
    ) -> None:
        self.problem, self.chosen, self.work = problem, chosen.copy(), 0
        allowed = problem.eligible if pairs is None else pairs & problem.eligible
        families, workers = problem.eligible.shape
        # a row more: nobody's family, of no weight, fills up the lists of those who hold few
        self._cost = np.zeros((families + 1, workers), np.int64)
        for name, cost in problem.costs.items():
            if weights.get(name):
                self._cost[:-1] += weights[name] * cost
        self._cost[:-1][~allowed] = BARRED
        self._weight = np.append(problem.weight, 0)
        self._outside = weights["outside_bands"]
        self._most = np.minimum(problem.high, problem.capacity)
        self._now = self.chosen.copy()
        self._load, self._team_load = problem.loads(chosen)
        self._held = [np.flatnonzero(chosen == worker) for worker in range(workers)]
        self._counts, self._team_counts = np.ones(workers, np.int64), np.ones(len(self._team_load), np.int64)

    def outside(self) -> tuple[Ints, Ints]:
        """Points outside the band of each worker (W) and each team (T), in the assignment as it now is."""
        problem = self.problem
        workers = excess(self._load, problem.low, self._most)
        return workers, excess(self._team_load, problem.team_low, problem.team_high)

    def seat(self, watch: Watch) -> None:
        """Place families that nobody holds yet, where one worker can make room for them with another's help."""
        weight, capacity, everybody = self.problem.weight, self.problem.capacity, np.arange(len(self._held))
        left = np.flatnonzero((self._now == NOBODY) & (self._cost[:-1] < BARRED).any(axis=1))
        for family in left[np.argsort(-weight[left], kind="stable")].tolist():
            able = np.flatnonzero(self._cost[family] < BARRED)
            for worker in able[np.argsort(self._load[able] - capacity[able], kind="stable")].tolist():
                if watch.stopped():
                    return
                self._move(family, worker, int(weight[family]))
                # beyond what the worker may hold at all, anything that is possible is better
                if self._load[worker] <= capacity[worker] or self._helped(worker, everybody[everybody != worker]):
                    break
                self._move(family, worker, -int(weight[family]))
        self.chosen = self._now.copy()

    def _move(self, family: int, worker: int, points: int) -> None:
        """Give a family that nobody holds to a worker, or with negative points take it back."""
        self._now[family] = worker if points > 0 else NOBODY
        self._held[worker] = np.flatnonzero(self._now == worker)
        self._load[worker] += points
        self._team_load[self.problem.team[worker]] += points

    def mend(self, most: int, watch: Watch, among: Ints | None = None) -> str:
        """Exchange until all bands are held, as far as they can be, looking at `most` pairs of workers; what cut it
        short: `clock`, `interrupt`, or blank. `among` (W): only workers of the same number exchange."""
        stuck, least, limit = 0, self._broken(), self.work + most
        while least and stuck < STUCK and self.work < limit and not watch.stopped():
            if not any(self._helped(worker, self._likely(worker, among)) for worker in self._wanted()):
                workers, teams = self.outside()
                self._counts += workers > 0
                self._team_counts += teams > 0
                stuck += 1
                continue
            left = self._broken()
            if left < least:
                least, stuck = left, 0
                self.chosen = self._now.copy()
        self._take_up(self.chosen)
        return watch.stopped()

    def polish(self, most: int, watch: Watch, random: Random) -> str:
        """Exchange wherever that is better, looking at `most` pairs of workers; what cut it short, as of `mend`."""
        limit, workers = self.work + most, len(self._held)
        while self.work < limit:
            gained = False
            for worker in random.sample(range(workers), workers):
                if watch.stopped() or self.work >= limit:
                    return watch.stopped()
                others = np.array(random.sample(range(workers), min(PARTNERS, workers)), np.int64)
                gained |= self._helped(worker, others[others != worker])
            self.chosen = self._now.copy()
            if not gained:
                break
        return watch.stopped()

    def _take_up(self, chosen: Ints) -> None:
        self._now = chosen.copy()
        self._load, self._team_load = self.problem.loads(chosen)
        self._held = [np.flatnonzero(chosen == worker) for worker in range(len(self._held))]

    def _broken(self) -> int:
        return int(sum(part.sum() for part in self.outside()))

    def _wanted(self) -> list[int]:
        """Workers outside their bands, or whose team is, those first for whom most counts."""
        workers, teams = self.outside()
        counted = workers * self._counts * len(self._counts) + (teams * self._team_counts)[self.problem.team]
        order = np.argsort(-counted, kind="stable")
        found: list[int] = order[counted[order] > 0].tolist()
        return found

    def _likely(self, worker: int, among: Ints | None) -> Ints:
        """Who could help a worker most, if every sum of points could be had: some of those, the best first."""
        near = np.ones(len(self._held), bool) if among is None else among == among[worker]
        near[worker] = False
        others: Ints = np.flatnonzero(near)
        if not len(others):
            return others
        shift = np.arange(-REACH, REACH + 1)
        load = np.maximum(self._load[worker] - shift, 0)
        best = self._now_outside(worker, others) - self._outside_at(worker, others, load[None, :]).min(axis=1)
        order = np.argsort(-best, kind="stable")
        order = order[best[order] > 0]
        likely: Ints = others[order[:PARTNERS]]
        return likely

    def _now_outside(self, worker: int, others: Ints) -> Ints:
        now: Ints = self._outside_at(worker, others, np.full((len(others), 1), self._load[worker]))[:, 0]
        return now

    def _outside_at(self, worker: int, others: Ints, load: Ints) -> Ints:
        """What lies outside the bands of a worker, of each other and of their teams counts, were the worker to come to
        a load by an exchange with the other; loads and result (O, any)."""
        problem = self.problem
        moved = load - self._load[worker]
        theirs = self._load[others][:, None] - moved
        mine = excess(load, problem.low[worker], self._most[worker]) * self._counts[worker]
        other = excess(theirs, problem.low[others][:, None], self._most[others][:, None])
        here, there = problem.team[worker], problem.team[others]
        team = excess(self._team_load[here] + moved, problem.team_low[here], problem.team_high[here])
        teams = self._team_load[there][:, None] - moved
        teams = excess(teams, problem.team_low[there][:, None], problem.team_high[there][:, None])
        both = team * self._team_counts[here] + teams * self._team_counts[there][:, None]
        found = mine + other * self._counts[others][:, None] + np.where((there == here)[:, None], 0, both)
        beyond = (load > problem.capacity[worker]) | (theirs > problem.capacity[others][:, None]) | (theirs < 0)
        return np.where(beyond, BARRED, found * self._outside)

    def _helped(self, worker: int, others: Ints) -> bool:
        """Make the exchange with one of the others that gains most; False when none gains."""
        if not len(others):
            return False
        self.work += len(others)
        size = max(len(self._held[other]) for other in others.tolist())
        nobody = len(self._now)
        theirs = np.full((len(others), size), nobody)
        for row, other in enumerate(others.tolist()):
            theirs[row, : len(self._held[other])] = self._held[other]
        own = self._held[worker]
        items = np.hstack([np.broadcast_to(own, (len(others), len(own))), theirs])
        weight = self._weight[items]
        mine, other_cost = self._cost[items, worker], self._cost[items, others[:, None]]
        *_, sums = _sums(weight, mine, other_cost)
        load = np.arange(sums.shape[1])[None, :]
        worth = sums + self._outside_at(worker, others, load)
        now = mine[:, : len(own)].sum(axis=1) + other_cost[:, len(own) :].sum(axis=1)
        gain = now + self._now_outside(worker, others) - worth.min(axis=1)
        row = int(gain.argmax())
        if gain[row] <= 0:
            return False
        self._share(worker, int(others[row]), int(worth[row].argmin()))
        return True

    def _share(self, worker: int, other: int, load: int) -> None:
        """Share out what two workers hold so that the worker comes to a load, at the least cost."""
        families = np.concatenate([self._held[worker], self._held[other]])
        weight, mine, theirs = self._weight[families], self._cost[families, worker], self._cost[families, other]
        steps = [found[0] for found in _sums(weight[None], mine[None], theirs[None])]
        moved, left = load - self._load[worker], load
        for n in range(len(families) - 1, -1, -1):
            leaves = steps[n][left] + theirs[n]
            takes = steps[n][left - weight[n]] + mine[n] if left >= weight[n] else BARRED
            # as it is, where both are as good
            taken = takes < leaves or (takes == leaves and self._now[families[n]] == worker)
            self._now[families[n]] = worker if taken else other
            left -= int(weight[n]) * int(taken)
        for person, more in ((worker, moved), (other, -moved)):
            self._held[person] = np.sort(families[self._now[families] == person])
            self._load[person] += more
            self._team_load[self.problem.team[person]] += more


def _sums(weight: Ints, mine: Ints, theirs: Ints) -> Iterator[Ints]:
    """The least that each sum of points costs the one who comes to it and the other together (O, sums), with one family
    after the other (O, n) going to one of the two."""
    rows, count = weight.shape
    most, heavy = int(weight.sum(axis=1).max(initial=0)), int(weight.max(initial=0))
    # barred columns before the first sum save a question at each step
    wide = np.full((rows, heavy + most + 1), BARRED)
    wide[:, heavy] = 0
    at = np.arange(rows)[:, None] * wide.shape[1] + np.arange(heavy, wide.shape[1])
    yield wide[:, heavy:].copy()
    for n in range(count):
        taken = wide.take(at - weight[:, n, None]) + mine[:, n, None]
        wide[:, heavy:] = np.minimum(taken, wide[:, heavy:] + theirs[:, n, None])
        yield wide[:, heavy:].copy()
