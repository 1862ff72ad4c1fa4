"""A smaller program that no allocation can beat: workers alike in what they cost are one kind, like families one group.

What a pair counts depends on little: whether the worker starts late, leaves early, can meet in time. Only who holds a
child now or is known to them stands out (the exceptions, pairs of their own). A kind holds what its workers hold
together, by team; that each of them alone keeps to their band is left to the allocation itself. So the program has a
column for each group and kind instead of one for each of millions of pairs, none of its columns mirror each other, and
its optimum is a true bound for the levels (aggregation of like items).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from math import floor

import numpy as np
import numpy.typing as npt

from solver.assignment import NOBODY, Assignment
from solver.program import Bools, Floats, Ints, Program, Searcher
from solver.relaxation import TOLERANCE, Rows
from solver.watch import Watch


class Kinds:
    """The kinds of worker and groups of family of a problem in which a family weighs the same with every worker.

    K kinds, G groups, E exceptions, B boxes (the workers of one kind and team). For allocations within all bands that
    leave out only families nobody may take.
    """

    def __init__(self, problem: Assignment) -> None:
        self.problem = problem
        self.kind = problem.kind
        self.kinds = int(self.kind.max(initial=-1)) + 1
        key = np.zeros(problem.eligible.shape, np.int64)
        for cost in problem.costs.values():
            key = key * (int(cost.max(initial=0)) + 1) + cost
        key[~problem.eligible] = -1
        # what a kind costs is what the most costly of it do: being known or holding the child only ever spares
        usual = np.stack([key[:, self.kind == kind].max(axis=1) for kind in range(self.kinds)], axis=1)
        self.family, self.worker = np.nonzero((key >= 0) & (key != usual[:, self.kind]))
        self.group, self.first = self._groups(usual)
        self.count = np.bincount(self.group[self.group >= 0], minlength=len(self.first))
        self.usual = np.full((len(self.first), self.kinds), -1)
        for kind in range(self.kinds):
            members = np.flatnonzero(self.kind == kind)
            like = key[np.ix_(self.first, members)] == usual[self.first, kind][:, None]
            able = usual[self.first, kind] >= 0
            self.usual[able, kind] = members[like[able].argmax(axis=1)]
        teams = len(problem.team_low)
        boxes, self.box = np.unique(self.kind * teams + problem.team, return_inverse=True)
        self.box_kind, self.box_team = boxes // teams, boxes % teams
        self.most = np.minimum(problem.high, problem.capacity)
        self.weight = problem.weight[self.first]

    def _groups(self, usual: Ints) -> tuple[Ints, Ints]:
        """Each family's group (F; -1: nobody may take it), and one family of each group (G)."""
        problem = self.problem
        apart = np.zeros(len(problem.children), bool)
        apart[self.family] = True
        number: dict[object, int] = {}
        first: list[int] = []
        group = np.full(len(apart), -1)
        for family in np.flatnonzero(~problem.stranded).tolist():
            like: object = family
            if not apart[family]:
                sizes = (int(problem.weight[family]), int(problem.children[family]))
                like = (sizes, usual[family].tobytes(), problem.eligible[family].tobytes())
            if like not in number:
                number[like] = len(first)
                first.append(family)
            group[family] = number[like]
        return group, np.array(first, np.int64)


@dataclass(frozen=True)
class WholeShares:
    """Whole shares for each box (B) near a solution, and what `worker_imbalance` is apart from two for each point that
    a box is short of them: no allocation has less, by the triangle inequality, |load - fair| ≥ |load - whole| -
    |whole - fair|; and where no worker's load lies between the two, none has more. So the level has a grid of whole
    steps of two that runs through that solution, though its values are in parts of a point."""

    points: Floats
    apart: float


class KindProgram:
    """The program of one level, or of a weighted sum of levels, over kinds and groups; the levels above held.

    Columns: how many of each group go to each kind as usual, the exceptions, the boxes' and the teams' loads, the
    largest distance of a team, each box's distance from fair shares and, where that alone counts, its points short of
    `WholeShares`. `pairs` (F, W) leaves out all others. `room`: points that a worker is to keep free on average, for
    whole families do not fill a band to the last point (0 for a bound). `steps`: in how many points whole families are
    counted besides.
    """

    def __init__(
        self,
        kinds: Kinds,
        weights: Mapping[str, float],
        held: Mapping[str, Fraction],
        pairs: Bools | None = None,
        room: float = 0.0,
        steps: Iterable[int] = (),
    ) -> None:
        self.room, self.steps, self.pairs = room, tuple(steps), pairs
        self.kinds, self.weights, self.held = kinds, weights, held
        usual = kinds.usual >= 0
        exceptions = np.arange(len(kinds.family))
        if pairs is not None:
            placed = np.flatnonzero(kinds.group >= 0)
            for kind in range(kinds.kinds):
                left = np.zeros(len(kinds.first), bool)
                np.logical_or.at(left, kinds.group[placed], pairs[placed][:, kinds.kind == kind].any(axis=1))
                usual[:, kind] &= left
            exceptions = np.flatnonzero(pairs[kinds.family, kinds.worker])
        self.group, self.kind = np.nonzero(usual)
        self.family, self.worker = kinds.family[exceptions], kinds.worker[exceptions]
        boxes = len(kinds.box_kind)
        short = boxes if list(weights) == ["worker_imbalance"] else 0
        sizes = (len(self.group), len(self.family), boxes, len(kinds.problem.team_low), 1, boxes, short)
        ends = np.cumsum(sizes)
        self.usual, self.exception, self.box, self.team, one, self.distance, self.short = (
            np.arange(end - size, end) for size, end in zip(sizes, ends, strict=True)
        )
        self.loads = np.r_[self.box, self.team]
        self.team_distance = int(one[0])
        self.columns = int(ends[-1])

    def cost(self, level: str) -> Floats:
        """What each column counts at a level."""
        kinds, cost = self.kinds, np.zeros(self.columns)
        if level == "team_imbalance":
            cost[self.team_distance] = 1
        elif level == "worker_imbalance":
            cost[self.distance] = 1
        elif level in kinds.problem.costs:
            pairs = kinds.problem.costs[level]
            cost[self.usual] = pairs[kinds.first[self.group], kinds.usual[self.group, self.kind]]
            cost[self.exception] = pairs[self.family, self.worker]
        return cost

    def program(self, least: float = -np.inf, shares: WholeShares | None = None) -> Program:
        """The program. Its optimum is the least that any allocation with the levels above held can have.

        `least`: a bound known already, so that a solution that reaches it needs no further proof. `shares`: whole ones
        to count `worker_imbalance` from besides.
        """
        kinds, problem = self.kinds, self.kinds.problem
        rows = Rows()
        weight = kinds.weight[self.group]
        extra = problem.weight[self.family]
        chosen = np.r_[self.usual, self.exception]
        of_group = np.r_[self.group, kinds.group[self.family]]
        size = kinds.count.astype(float)
        rows.add(size, size, of_group, chosen, np.ones(len(chosen)))
        nil = np.zeros(kinds.kinds)
        of_kind = np.r_[self.kind, kinds.kind[self.worker], kinds.box_kind]
        rows.add(nil, nil, of_kind, np.r_[chosen, self.box], np.r_[weight, extra, -np.ones(len(self.box))])
        nil, teams = np.zeros(len(self.team)), np.arange(len(self.team))
        signs = np.r_[np.ones(len(self.box)), -np.ones(len(self.team))]
        rows.add(nil, nil, np.r_[kinds.box_team, teams], np.r_[self.box, self.team], signs)
        self._exceptions_fit(rows)
        self._able_fit(rows)
        self._whole_families_fit(rows)
        if "team_imbalance" in self.weights:
            fair = np.array([float(share) for share in problem.team_fair])
            self._team_distances(rows, fair)
        if "worker_imbalance" in self.weights or "worker_imbalance" in self.held:
            self._distances(rows)
        if shares is not None:
            each, none = np.arange(len(self.box)), np.full(len(self.box), np.inf)
            rows.add(shares.points, none, np.r_[each, each], np.r_[self.box, self.short], np.ones(2 * len(each)))
        for name, value in self.held.items():
            used = np.flatnonzero(cost := self.cost(name))
            if name != "team_imbalance" and len(used):
                slack = TOLERANCE if value.denominator > 1 else 0.0
                most = np.array([float(value) + slack])
                rows.add(np.array([-np.inf]), most, np.zeros(len(used), np.int64), used, cost[used])
        low, high = np.zeros(self.columns), np.full(self.columns, np.inf)
        high[self.usual], high[self.exception] = kinds.count[self.group], 1
        boxes = len(self.box)
        low[self.box] = np.bincount(kinds.box, problem.low, boxes)
        high[self.box] = np.maximum(low[self.box], np.bincount(kinds.box, kinds.most - self.room, boxes))
        low[self.team], high[self.team] = problem.team_limits(self.held.get("team_imbalance"))
        whole = np.zeros(self.columns, bool)
        # loads are whole when the columns above are
        whole[: self.box[0]] = whole[self.short] = True
        # said of the teams where their distance is all that counts: it is by their loads that it grows
        whole[self.team] = list(self.weights) == ["team_imbalance"]
        cost = sum((n * self.cost(name) for name, n in self.weights.items()), np.zeros(self.columns))
        used = np.flatnonzero(cost)
        if least > 0 and len(used):
            known = np.array([least - TOLERANCE]), np.array([np.inf])
            rows.add(*known, np.zeros(len(used), np.int64), used, cost[used])
        row, column, entry = rows.entries()
        limits = np.concatenate(rows.low), np.concatenate(rows.high)
        return Program(cost, low, high, whole, *limits, row, column, entry)

    def whole_shares(self, x: Floats) -> WholeShares:
        """The whole shares by a solution: each worker's rounded away from what their box holds, of those with most to
        lose by that first."""
        kinds, problem = self.kinds, self.kinds.problem
        points, apart = np.zeros(len(self.box)), Fraction(int(kinds.weight @ kinds.count))
        for box, load in enumerate(np.rint(x[self.box]).astype(int).tolist()):
            fair = [problem.fair[worker] for worker in np.flatnonzero(kinds.box == box)]
            below = sum(floor(share) for share in fair)
            parts = sorted((share - floor(share) for share in fair if share.denominator > 1), reverse=True)
            above = min(max(load - below, 0), len(parts))
            points[box] = below + len(parts) - above
            apart -= sum(parts[:above], Fraction(0)) + sum((1 - part for part in parts[above:]), Fraction(0))
        return WholeShares(points, float(apart - int(points.sum())))

    def made_whole(
        self, program: Program, x: Floats, searcher: Searcher, watch: Watch, nodes: int, seed: int
    ) -> Floats:
        """A whole solution near a relaxed one: groups it does not split stay as they are, the others are searched.

        The relaxed solution itself, rounded down, where no whole one is found.
        """
        split = np.abs(x - np.rint(x)) > TOLERANCE
        torn = np.zeros(len(self.kinds.first), bool)
        torn[self.group[split[self.usual]]] = True
        torn[self.kinds.group[self.family[split[self.exception]]]] = True
        low, high = program.low.copy(), program.high.copy()
        chosen = np.r_[self.usual, self.exception]
        floor = np.floor(x[chosen] + TOLERANCE)
        low[chosen] = floor
        of_group = np.r_[self.group, self.kinds.group[self.family]]
        high[chosen] = np.where(torn[of_group], high[chosen], floor)
        near = replace(program, low=low, high=high)
        found = searcher.search(near, watch, "changes", nodes=nodes, gap=0.01, seed=seed)
        whole = x.copy() if found.x is None else found.x
        whole[chosen] = np.floor(whole[chosen] + 0.5 if found.x is not None else whole[chosen] + TOLERANCE)
        return whole

    def point(self, chosen: Ints) -> Floats | None:
        """The program's columns for an allocation (F); None when it uses a pair that is not in the program."""
        kinds, problem = self.kinds, self.kinds.problem
        x = np.zeros(self.columns)
        x[self.exception] = chosen[self.family] == self.worker
        placed = np.flatnonzero(chosen != NOBODY)
        usual = np.setdiff1d(placed, self.family[x[self.exception] > 0], assume_unique=True)
        counted = np.zeros((len(kinds.first), kinds.kinds))
        np.add.at(counted, (kinds.group[usual], kinds.kind[chosen[usual]]), 1)
        x[self.usual] = counted[self.group, self.kind]
        if len(placed) != x[self.exception].sum() + x[self.usual].sum():
            return None
        load, x[self.team] = problem.loads(chosen)
        x[self.box] = np.bincount(kinds.box, load, len(self.box))
        distance = [abs(int(n) - share) for n, share in zip(load, problem.fair, strict=True)]
        x[self.distance] = np.bincount(kinds.box, np.array(distance, float), len(self.box))
        team_fair = np.array([float(share) for share in problem.team_fair])
        x[self.team_distance] = np.abs(x[self.team] - team_fair).max(initial=0)
        return x

    def allowed(self, x: Floats) -> tuple[Bools, Floats]:
        """What a whole solution says: who may take each family (F, W), and the points each worker is to hold (W).

        Families that the solution leaves open may go to anybody.
        """
        kinds, problem = self.kinds, self.kinds.problem
        pairs = np.zeros(problem.eligible.shape, bool)
        taken = x[self.exception] > 0.5
        pairs[self.family[taken], self.worker[taken]] = True
        members: list[list[int]] = [[] for _ in kinds.first]
        for family in np.flatnonzero((kinds.group >= 0) & ~pairs.any(axis=1)).tolist():
            members[kinds.group[family]].append(family)
        for group, kind, count in zip(self.group.tolist(), self.kind.tolist(), x[self.usual], strict=True):
            for _ in range(int(count)):
                pairs[members[group].pop()] = kinds.kind == kind
        left = [family for group in members for family in group]
        pairs[left] = True
        fair = np.array([float(share) for share in problem.fair])
        target = x[self.box][kinds.box] * fair / np.bincount(kinds.box, fair)[kinds.box]
        return pairs & problem.eligible, np.minimum(target, kinds.most)

    def trading(self, x: Floats, torn: Iterable[int]) -> Bools:
        """The pairs of a whole solution, and those by which families come to some kinds or leave them (F, W)."""
        pairs, _ = self.allowed(x)
        there = np.isin(self.kinds.kind, list(torn))
        leaving = np.asarray(pairs[:, there].any(axis=1))[:, None]
        return np.asarray((pairs | leaving | there) & self.kinds.problem.eligible)

    def _exceptions_fit(self, rows: Rows) -> None:
        """What a worker takes as exceptions fits in their band, and what a box takes is part of its load."""
        extra = self.kinds.problem.weight[self.family]
        for worker in np.unique(self.worker).tolist():
            mine = np.flatnonzero(self.worker == worker)
            if extra[mine].sum() > self.kinds.most[worker]:
                _at_most(rows, self.kinds.most[worker], self.exception[mine], extra[mine])
        of_box = self.kinds.box[self.worker]
        for box in np.unique(of_box).tolist():
            mine = np.flatnonzero(of_box == box)
            _at_most(rows, 0, np.r_[self.exception[mine], self.box[box]], np.r_[extra[mine], -1])

    def _able_fit(self, rows: Rows) -> None:
        """Families that only some of a kind may take fit in what those may hold."""
        kinds, problem = self.kinds, self.kinds.problem
        patterns: dict[bytes, list[int]] = {}
        for group, family in enumerate(kinds.first.tolist()):
            patterns.setdefault(problem.eligible[family].tobytes(), []).append(group)
        for groups in patterns.values():
            able = problem.eligible[kinds.first[groups[0]]]
            asked = (kinds.weight[groups] * kinds.count[groups]).sum()
            here, there = np.isin(self.group, groups), np.isin(kinds.group[self.family], groups)
            for kind in range(kinds.kinds):
                most = kinds.most[able & (kinds.kind == kind)].sum()
                if not asked > most or (able | (kinds.kind != kind)).all():
                    continue
                usual = np.flatnonzero(here & (self.kind == kind))
                more = np.flatnonzero(there & (kinds.kind[self.worker] == kind))
                points = np.r_[kinds.weight[self.group[usual]], problem.weight[self.family[more]]]
                _at_most(rows, most, np.r_[self.usual[usual], self.exception[more]], points)

    def _whole_families_fit(self, rows: Rows) -> None:
        """Whole families do not fill every worker's band to the last point: points are counted in steps of several,
        each family's and each band's rounded down, which holds for each worker and so for all of a kind (Chvátal and
        Gomory; Wolsey, Integer Programming, 1998, 8.3)."""
        for step in self.steps:
            columns, of_kind, counted, most = self._counted(step)
            rows.add(np.full(len(most), -np.inf), most, of_kind, columns, counted)

    def overfull(self, x: Floats, step: int) -> Bools:
        """The kinds that a solution fills beyond what whole families, counted in steps of so many points, can (K)."""
        columns, of_kind, counted, most = self._counted(step)
        return np.bincount(of_kind, counted * x[columns], len(most)) > most + TOLERANCE

    def _counted(self, step: int) -> tuple[Ints, Ints, Floats, Floats]:
        """For families of a step and more: their columns, kinds and whole steps; and the steps each kind may hold."""
        kinds = self.kinds
        columns = np.r_[self.usual, self.exception]
        counted = np.r_[kinds.weight[self.group], kinds.problem.weight[self.family]] // step
        of_kind = np.r_[self.kind, kinds.kind[self.worker]]
        some = counted > 0
        most = np.bincount(kinds.kind, kinds.most // step, kinds.kinds).astype(float)
        return columns[some], of_kind[some], counted[some].astype(float), most

    def _team_distances(self, rows: Rows, fair: Floats) -> None:
        each, one, out = np.arange(len(fair)), np.ones(len(fair)), np.full(len(fair), np.inf)
        columns = np.r_[self.team, np.full(len(fair), self.team_distance)]
        rows.add(-out, fair, np.r_[each, each], columns, np.r_[one, -one])
        rows.add(fair, out, np.r_[each, each], columns, np.r_[one, one])

    def _distances(self, rows: Rows) -> None:
        """The least distance from fair shares at which a box can hold its load, point by point: it is convex."""
        kinds, problem = self.kinds, self.kinds.problem
        for box in range(len(self.box)):
            members = np.flatnonzero(kinds.box == box).tolist()
            load = int(problem.low[members].sum())
            value = sum((abs(int(problem.low[w]) - problem.fair[w]) for w in members), Fraction(0))
            steps = sorted(
                abs(held + 1 - problem.fair[w]) - abs(held - problem.fair[w])
                for w in members
                for held in range(int(problem.low[w]), int(kinds.most[w]))
            )
            for slope, points in groupby(steps):
                _at_most(rows, float(slope * load - value), [self.box[box], self.distance[box]], [float(slope), -1.0])
                size = len(list(points))
                value, load = value + slope * size, load + size


def _at_most(rows: Rows, most: float, columns: npt.ArrayLike, entries: npt.ArrayLike) -> None:
    columns = np.asarray(columns, np.int64)
    rows.add(np.array([-np.inf]), np.array([most]), np.zeros(len(columns), np.int64), columns, np.asarray(entries))
