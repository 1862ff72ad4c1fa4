"""A stronger bound for a plain generalised assignment, and what each pair would cost at least.

The rule that each family goes to one worker is priced instead of held; what remains is a knapsack for each worker,
solved exactly by dynamic programming over its points. Prices are improved step by step (Lagrangian relaxation and
subgradients; Fisher, Management Science 27, 1981); what the knapsacks cost with one pair forced into them rules pairs
out that a linear relaxation leaves open (Posta, Ferland and Michelon, 2012).
"""

from dataclasses import dataclass

import numpy as np

from solver.program import Bools, Floats, Ints
from solver.watch import Watch

STEPS = 2000
"""Steps of the prices: a limit that repeats where the clock would not."""
PATIENCE, GAIN = 10, 1e-4
"""Steps without so much of a gain after which they are halved."""
SMALL = 1e-3
"""Steps so small are the last."""


@dataclass(frozen=True)
class Knapsacks:
    """F families, W workers. cost, points (F, W); `pairs` (F, W) says who may still take whom; room (W): the points a
    worker may hold, from 0."""

    cost: Floats
    points: Ints
    pairs: Bools
    room: Ints

    def bound(self, price: Floats, aim: float, watch: Watch) -> tuple[float, Floats]:
        """The best bound found, from prices (F) to start with and a value to aim at, and what an assignment with each
        pair costs at least (F, W; infinite for those that cannot be)."""
        best, kept, step, idle = -np.inf, price, 2.0, 0
        for _ in range(STEPS):
            value, taken = self._value(price)
            idle = 0 if value > best + GAIN else idle + 1
            if value > best:
                best, kept = value, price
            off = 1 - taken
            if not off.any() or watch.stopped():
                break
            if idle > PATIENCE:
                step, idle, price = step / 2, 0, kept
                if step < SMALL:
                    break
                continue
            price = price + step * max(aim - value, 0.01) / float((off * off).sum()) * off
        return best, best + self._forced(kept)

    def _value(self, price: Floats) -> tuple[float, Ints]:
        """The bound at these prices, and how many workers take each family (F)."""
        value, taken = float(price.sum()), np.zeros(len(price), np.int64)
        for worker, room in enumerate(self.room.tolist()):
            families, reduced, points = self._items(worker, price)
            if points.sum() <= room:
                value += float(reduced.sum())
                taken[families] += 1
                continue
            tables = _tables(reduced, points, room)
            value += float(tables[-1][-1])
            left = room
            for number in range(len(families) - 1, -1, -1):
                if tables[number + 1][left] < tables[number][left]:
                    taken[families[number]] += 1
                    left -= int(points[number])
        return value, taken

    def _forced(self, price: Floats) -> Floats:
        """How much more the knapsack of each pair's worker costs when it must take the family (F, W)."""
        more = np.full(self.pairs.shape, np.inf)
        for worker, room in enumerate(self.room.tolist()):
            families, reduced, points = self._items(worker, price)
            before = _tables(reduced, points, room)
            after = _tables(reduced[::-1], points[::-1], room)[::-1]
            least = before[-1][-1]
            fit = np.flatnonzero(self.pairs[:, worker] & (self.points[:, worker] <= room))
            with_it = before[-1][room - self.points[fit, worker]] + self.cost[fit, worker] - price[fit]
            more[fit, worker] = with_it - least
            # one that is worth taking stands in the tables already
            for number, family in enumerate(families.tolist()):
                free = room - int(points[number])
                if free >= 0:
                    others = before[number][: free + 1] + after[number + 1][: free + 1][::-1]
                    more[family, worker] = others.min() + reduced[number] - least
        return more

    def _items(self, worker: int, price: Floats) -> tuple[Ints, Floats, Ints]:
        """The families that are worth more to a worker than they cost: no knapsack takes another. Their reduced costs
        and points."""
        reduced = self.cost[:, worker] - price
        families = np.flatnonzero(self.pairs[:, worker] & (reduced < 0))
        return families, reduced[families], self.points[families, worker]


def _tables(reduced: Floats, points: Ints, room: int) -> Floats:
    """The least cost of the first n items within each number of points (N + 1, room + 1)."""
    tables = np.zeros((len(points) + 1, room + 1))
    for number, (cost, weight) in enumerate(zip(reduced.tolist(), points.tolist(), strict=True)):
        tables[number + 1] = tables[number]
        if weight <= room:
            with_it = tables[number][: room + 1 - weight] + cost
            np.minimum(tables[number + 1][weight:], with_it, out=tables[number + 1][weight:])
    return tables
