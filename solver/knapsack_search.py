"""A plain generalised assignment searched to the end, each branch bounded by the knapsacks of its workers.

The rule that each family goes to one worker is priced, as in `solver.knapsacks`; a branch settles one family more. What
the knapsacks cost with a pair forced in, or kept out, settles others at once (Posta, Ferland and Michelon, 2012). Many
branches are bounded together, one column each; costs and prices are whole numbers of grains, so every bound is exact.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from solver.knapsacks import Knapsacks
from solver.program import Bools, Floats, Ints
from solver.watch import Watch

Cells = npt.NDArray[np.integer]

GRAIN = 1024
"""Grains in one unit of cost."""
TOGETHER, CELLS = 64, 2**25
"""Branches bounded at once, and the numbers in their tables, at most."""
WIDE = 4 * TOGETHER
"""Branches that wait before the search goes deep instead of wide: full batches cost least for each of them."""
FAR = 2**62
"""Beyond every bound."""
NODES, FEW = 40_000, 4_000
"""Branches of a search to its end and of one for a good assignment: limits that repeat where the clock would not."""
NARROW = 0.05
"""What a pair may cost where a good assignment is looked for, as a share of the way from bound to target."""
SHARP = 2.0
"""How much more a pair that raises the bound little counts against branching there."""


@dataclass(frozen=True)
class Pace:
    """How prices are improved: the number of steps, the first as a share of what would close the gap, and the steps
    without a gain after which they are halved."""

    steps: int
    stride: float
    patience: int


FROM_AFAR, FROM_NEAR = Pace(600, 2.0, 10), Pace(15, 0.3, 5)
"""Where a search begins, and in a branch, whose prices were good for the one before."""


@dataclass(frozen=True)
class State:
    """N branches: pairs still free and pairs alone left of their family (P, N), families still open (F, N), the room of
    each worker (W, N), the cost of what is settled (N), and whether it all can be (N)."""

    free: Bools
    alone: Bools
    open: Bools
    room: Ints
    settled: Ints
    possible: Bools

    def some(self, which: Bools) -> "State":
        """Some of the branches (N)."""
        return State(*(part[..., which] for part in vars(self).values()))


@dataclass(frozen=True)
class Part:
    """What is not settled yet: F families, W workers, P pairs in the order of families. family, worker, points (P);
    cost (P) in grains; room (W): the points a worker may still hold."""

    family: Ints
    worker: Ints
    cost: Ints
    points: Ints
    room: Ints

    @cached_property
    def _first(self) -> Ints:
        return np.flatnonzero(np.diff(self.family, prepend=-1))

    @cached_property
    def _slots(self) -> Ints:
        """Every worker's pairs, one in each row; P where a worker has no more (L, W)."""
        most = int(np.bincount(self.worker, minlength=1).max())
        slots = np.full((most, len(self.room)), len(self.worker))
        for worker in range(len(self.room)):
            mine = np.flatnonzero(self.worker == worker)
            slots[: len(mine), worker] = mine
        return slots

    @cached_property
    def _below(self) -> int:
        """Rows of a worker's table that stand for less than no room."""
        return int(self.points.max(initial=0))

    @cached_property
    def _rows(self) -> int:
        return self._below + int(self.room.max(initial=0)) + 1

    @cached_property
    def _never(self) -> int:
        """What a pair costs that may not be chosen: more than any worker's pairs together."""
        return 2**28 if 4 * len(self._slots) * int(np.abs(self.cost).max(initial=0)) < 2**28 else 2**60

    @cached_property
    def dearest(self) -> int:
        """The highest price that is sure to fit in the tables."""
        return self._never // (2 * max(1, len(self._slots)))

    @cached_property
    def _without(self) -> Ints:
        """For every slot, worker and room: the row of the tables before it that leaves it room (L, W·room)."""
        points = np.r_[self.points, 0][self._slots]
        start = np.arange(len(self.room)) * self._rows
        rows = start[:, None] + np.arange(self._below, self._rows) - points[:, :, None]
        return np.asarray(rows.reshape(len(points), -1))

    @cached_property
    def together(self) -> int:
        """Branches bounded at once."""
        return max(1, min(TOGETHER, CELLS // (2 * (len(self._slots) + 1) * len(self.room) * self._rows)))

    @cached_property
    def _space(self) -> tuple[Cells, Cells]:
        """Room for the tables of a batch, forwards and backwards: to take it anew for each would cost the most."""
        shape = (2, (len(self._slots) + 1) * len(self.room) * self._rows * self.together)
        forwards, backwards = np.empty(shape, np.int32 if self._never < 2**30 else np.int64)
        return forwards, backwards

    def counted(self, marked: Bools) -> Ints:
        """Marked pairs (P, N) by family (F, N)."""
        return np.asarray(np.add.reduceat(marked.astype(np.int64), self._first, axis=0))

    def state(self, pairs: Bools) -> State:
        """The branches in which these pairs are left (P, N)."""
        count = self.counted(pairs)
        alone = pairs & (count[self.family] == 1)
        room = np.repeat(self.room[:, None], pairs.shape[1], axis=1)
        np.subtract.at(room, self.worker, alone * self.points[:, None])
        possible = np.asarray((room >= 0).all(axis=0) & (count > 0).all(axis=0))
        settled = (alone * self.cost[:, None]).sum(axis=0)
        return State(pairs & ~alone, alone, count > 1, np.maximum(room, 0), settled, possible)

    def rest(self, state: State, price: Ints) -> "tuple[Part, Ints, Ints]":
        """What is free in a single branch: its prices (from F), and its pairs' numbers here."""
        left = np.flatnonzero(state.free[:, 0])
        families, family = np.unique(self.family[left], return_inverse=True)
        rest = Part(family, self.worker[left], self.cost[left], self.points[left], state.room[:, 0])
        return rest, price[families], left

    def values(self, state: State, price: Ints) -> tuple[Ints, Bools, list[Cells]]:
        """The bound of each branch at these prices (F, N), what its knapsacks take (P, N), and their tables."""
        tables = self._tables(self._reduced(state, price), self._space[0])
        worker, branch = np.ogrid[: len(self.room), : price.shape[1]]
        left = state.room + self._below
        knapsacks = tables[-1][worker, left, branch].sum(axis=0, dtype=np.int64)
        taken = np.zeros((len(self.family) + 1, price.shape[1]), bool)
        points = np.r_[self.points, 0]
        for number in reversed(range(len(self._slots))):
            slot = self._slots[number]
            taken[slot] = chosen = tables[number + 1][worker, left, branch] < tables[number][worker, left, branch]
            left = left - chosen * points[slot][:, None]
        return knapsacks + (price * state.open).sum(axis=0) + state.settled, taken[:-1], tables

    def _reduced(self, state: State, price: Ints) -> Ints:
        reduced = np.full((len(self.family) + 1, price.shape[1]), self._never)
        np.copyto(reduced[:-1], self.cost[:, None] - price[self.family], where=state.free)
        return reduced.astype(self._space[0].dtype)

    def _tables(self, reduced: Ints, space: Cells, step: int = 1) -> list[Cells]:
        """For each number of slots, from the first on (step 1) or the last (-1), the least that each worker's pairs in
        them cost within a room: worker, room, branch. The first rows stand for less than no room."""
        workers, branches = len(self.room), reduced.shape[1]
        shape = (len(self._slots) + 1, workers, self._rows, branches)
        tables = space[: int(np.prod(shape))].reshape(shape)
        tables[0] = 0
        tables[:, :, : self._below] = self._never
        with_it = np.empty((self._without.shape[1], branches), space.dtype)
        for number, slot in enumerate(range(len(self._slots))[::step]):
            np.take(tables[number].reshape(-1, branches), self._without[slot], axis=0, out=with_it, mode="clip")
            cells = with_it.reshape(workers, -1, branches)
            cells += reduced[self._slots[slot]][:, None, :]
            np.minimum(tables[number][:, self._below :], cells, out=tables[number + 1][:, self._below :])
        return list(tables)

    def forced(self, state: State, price: Ints) -> tuple[Ints, Ints, Ints]:
        """The bound of each branch (N), and the bounds with each pair forced in and kept out (P, N)."""
        reduced = self._reduced(state, price)
        value, _, before = self.values(state, price)
        after = self._tables(reduced, self._space[1], -1)[::-1]
        worker, branch = np.ogrid[: len(self.room), : price.shape[1]]
        least = before[-1][worker, state.room + self._below, branch]
        left = state.room[:, None, :] - np.arange(self._rows - self._below)[:, None]
        row = np.where(left >= 0, left + self._below, 0)
        inside, outside = np.zeros((2, len(self.family) + 1, price.shape[1]), np.int64)
        for number, slot in enumerate(self._slots):
            others = after[number + 1][worker[:, :, None], row, branch]
            outside[slot] = (before[number][:, self._below :] + others).min(axis=1) - least
            with_it = before[number].reshape(-1, price.shape[1])[self._without[number]].reshape(others.shape)
            inside[slot] = (with_it + others).min(axis=1) + reduced[slot] - least
        return value, value + inside[:-1], value + outside[:-1]

    def raised(self, pairs: Bools, price: Ints, most: int, pace: Pace, watch: Watch) -> tuple[Ints, Ints, Ints | None]:
        """Prices improved step by step: the best bound of each branch (N) and its prices (F, N), and an assignment (its
        pairs) that costs at most `most`, should one come up. A branch whose bound is beyond `most` is left there."""
        every = self.state(pairs)
        best = np.where(every.possible, -FAR, FAR)
        kept, going = price.copy(), np.flatnonzero(every.possible)
        state, price = every.some(every.possible), price[:, going]
        step, idle = np.full(len(going), pace.stride), np.zeros(len(going), np.int64)
        for _ in range(pace.steps):
            if not len(going) or watch.stopped():
                break
            value, taken, _ = self.values(state, price)
            better = value > best[going]
            idle = np.where(better, 0, idle + 1)
            best[going] = np.maximum(best[going], value)
            kept[:, going[better]] = price[:, better]
            off = (1 - self.counted(taken)) * state.open
            for branch in np.flatnonzero(~off.any(axis=0)).tolist():
                chosen = np.flatnonzero(taken[:, branch] | state.alone[:, branch])
                if self.cost[chosen].sum() <= most:
                    return best, kept, chosen
            tired = idle > pace.patience
            step, idle = np.where(tired, step / 2, step), np.where(tired, 0, idle)
            move = step * np.maximum(most + GRAIN - value, 1) / np.maximum(1, (off * off).sum(axis=0))
            moved = np.clip(price + np.rint(move * off).astype(np.int64), -self.dearest, self.dearest)
            price = np.where(tired, kept[:, going], moved)
            left = best[going] <= most
            going, step, idle, price, state = going[left], step[left], idle[left], price[:, left], state.some(left)
        return best, kept, None

    def settle(self, pairs: Bools, price: Ints, most: int) -> tuple[Bools, Ints, Ints]:
        """The pairs that an assignment of at most `most` may still use in each branch (P, N; none: it has none), the
        bound of each (N), and with each pair forced in (P, N)."""
        state = self.state(pairs)
        value, inside, outside = self.forced(state, price)
        left = pairs & ~(state.free & (inside > most))
        needed = state.free & (outside > most)
        left &= needed | (self.counted(needed)[self.family] == 0)
        possible = state.possible & (value <= most) & (self.counted(left) > 0).all(axis=0)
        return left & possible, value, inside

    def near(self, pairs: Bools, bound: Ints, inside: Ints, most: int) -> Bools:
        """The pairs that cost little by the bounds with each forced in (P, N), and each family's nearest."""
        nearest = np.minimum.reduceat(np.where(pairs, inside, FAR), self._first, axis=0)[self.family]
        return pairs & (inside <= np.maximum(bound + NARROW * (most - bound), nearest))

    def next(self, pairs: Bools, bound: Ints, inside: Ints, most: int) -> Ints:
        """The family to settle in each branch (N): its pairs raise the bound most, as shares of the gap."""
        more = np.maximum(inside - bound, 0) / np.maximum(most - bound, 1)
        cheap = np.add.reduceat(np.where(pairs, np.exp(-SHARP * more), 0), self._first, axis=0)
        return np.asarray(np.where(self.counted(pairs) > 1, cheap, np.inf).argmin(axis=0))


def settled(
    knapsacks: Knapsacks, least: Floats, price: Floats, bound: int, value: int, watch: Watch
) -> tuple[Ints | None, int]:
    """The best assignment below a value (workers by family; None: none was found) and a proven bound, whole numbers of
    cost. From what an assignment with each pair costs at least (F, W), prices (F), and a bound known already. Somebody
    may take each family."""

    def found(target: int, narrow: bool) -> tuple[Ints | None, bool]:
        family, worker = np.nonzero(least < target + 0.5)
        if len(np.unique(family)) < len(price):
            return None, True
        cost = np.rint(knapsacks.cost[family, worker]).astype(np.int64) * GRAIN
        part = Part(family, worker, cost, knapsacks.points[family, worker], knapsacks.room)
        prices = np.rint(price * GRAIN).astype(np.int64)
        pairs, ended = _searched(part, prices, target * GRAIN, narrow, watch)
        if pairs is None:
            return None, ended
        return worker[pairs[np.argsort(family[pairs])]], ended

    best, ahead = None, 0
    while best is None and bound + ahead < value and not watch.stopped():
        best, _ = found(bound + ahead, narrow=True)
        ahead = max(1, 2 * ahead)
    while True:
        if best is not None:
            value = int(knapsacks.cost[np.arange(len(best)), best].sum())
        if value <= bound:
            return best, bound
        better, ended = found(value - 1, narrow=False)
        if better is None:
            return best, value if ended else bound
        best = better


def _searched(part: Part, price: Ints, most: int, narrow: bool, watch: Watch) -> tuple[Ints | None, bool]:
    """An assignment that costs at most `most` (its pairs; None: none found), from prices (F), in grains; and whether
    the search came to its end. `narrow`: only among pairs that cost little."""
    pairs = np.ones((len(part.family), 1), bool)
    price = price.clip(-part.dearest, part.dearest)
    _, prices, chosen = part.raised(pairs, price[:, None], most, FROM_AFAR, watch)
    if chosen is not None:
        return chosen, True
    pairs, bound, inside = part.settle(pairs, prices, most)
    if not pairs.any():
        return None, True
    if narrow:
        pairs = part.near(pairs, bound, inside, most)
    state = part.state(pairs)
    ended = np.flatnonzero(state.alone)
    if not state.possible.all():
        return None, True
    if not state.free.any():
        return ended if state.settled[0] <= most else None, True
    rest, price, number = part.rest(state, prices[:, 0])
    chosen, done = _branched(rest, price, most - int(state.settled[0]), narrow, watch)
    return None if chosen is None else np.r_[ended, number[chosen]], done


def _branched(part: Part, price: Ints, most: int, narrow: bool, watch: Watch) -> tuple[Ints | None, bool]:
    waiting, branches = [(np.ones(len(part.family), bool), price)], 0
    while waiting:
        if watch.stopped() or branches >= (FEW if narrow else NODES):
            return None, False
        count = min(len(waiting), part.together)
        branches += count
        ahead = slice(count) if len(waiting) < WIDE and not narrow else slice(-count, None)
        batch = waiting[ahead]
        del waiting[ahead]
        pairs, prices = (np.stack(each, axis=1) for each in zip(*batch, strict=True))
        bound, prices, chosen = part.raised(pairs, prices, most, FROM_NEAR, watch)
        if chosen is not None:
            return chosen, True
        left = bound <= most
        if not left.any():
            continue
        prices = prices[:, left]
        pairs, bound, inside = part.settle(pairs[:, left], prices, most)
        family = part.next(pairs, bound, inside, most)
        for branch in np.flatnonzero(pairs.any(axis=0)).tolist():
            mine = np.flatnonzero((part.family == family[branch]) & pairs[:, branch])
            for pair in mine[np.argsort(-inside[mine, branch], kind="stable")].tolist():
                with_it = pairs[:, branch].copy()
                with_it[mine] = False
                with_it[pair] = True
                waiting.append((with_it, prices[:, branch]))
    return None, True
