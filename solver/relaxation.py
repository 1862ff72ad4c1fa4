"""The program of one level: the levels above held, the search narrowed to the pairs that can still matter."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from solver.assignment import NOBODY, Assignment
from solver.program import Bools, Floats, Ints, Program

TOLERANCE = 1e-6
"""How far a figure of a linear solver may be off; every figure here is a whole multiple of a far larger grain."""


@dataclass(frozen=True)
class Shape:
    """Where things stand in the program of a level: columns of pairs, of families left out, of loads and distances."""

    family: Ints
    worker: Ints
    out: Ints
    load: slice
    team: slice
    over: slice
    under: slice
    team_distance: int
    distance: slice
    columns: int


class LevelProgram:
    """Builds the program of a level over the pairs given, and reads its solutions.

    `held` has the values of the levels above. Bands are hard where `outside_bands` is held at 0. Families may be left
    out only while that is still to be decided or some must be (`may_leave_out`).
    """

    def __init__(
        self,
        problem: Assignment,
        pairs: Bools,
        level: str,
        held: Mapping[str, Fraction],
        may_leave_out: bool,
    ) -> None:
        self.problem = problem
        self.level = level
        self.held = held
        self.soft = held.get("outside_bands") != 0
        family, worker = np.nonzero(pairs)
        workers, teams = len(problem.capacity), len(problem.team_low)
        out = np.flatnonzero(~problem.stranded) if may_leave_out else np.empty(0, np.int64)
        at = len(family) + len(out)
        load = slice(at, at + workers)
        team = slice(load.stop, load.stop + teams)
        bands = (workers + teams) * self.soft
        over = slice(team.stop, team.stop + bands)
        under = slice(over.stop, over.stop + bands)
        self.balanced = [name for name in ("team_imbalance", "worker_imbalance") if name == level or name in held]
        distance = slice(under.stop + 1, under.stop + 1 + workers * ("worker_imbalance" in self.balanced))
        self.shape = Shape(family, worker, out, load, team, over, under, under.stop, distance, distance.stop)

    def cost(self, level: str) -> Floats:
        """What each column counts at a level."""
        problem, shape = self.problem, self.shape
        cost = np.zeros(shape.columns)
        pairs = len(shape.family)
        if level == "unallocated":
            cost[pairs : shape.load.start] = problem.children[shape.out]
        elif level == "unallocated_points":
            cost[pairs : shape.load.start] = problem.weight[shape.out]
        elif level == "outside_bands":
            cost[shape.over] = cost[shape.under] = 1
        elif level == "team_imbalance":
            cost[shape.team_distance] = 1
        elif level == "worker_imbalance":
            cost[shape.distance] = 1
        else:
            cost[:pairs] = problem.costs[level][shape.family, shape.worker]
        return cost

    def constant(self, level: str) -> int:
        """What the families that nobody may take count at a level, whatever is chosen."""
        out = self.problem.stranded
        if level == "unallocated":
            return int(self.problem.children[out].sum())
        return int(self.problem.weight[out].sum()) if level == "unallocated_points" else 0

    def program(self, weights: Mapping[str, float] | None = None) -> Program:
        """The program; its optimum plus `constant(level)` is the level's. `weights`: minimise a sum of levels."""
        weights = weights or {self.level: 1.0}
        problem, shape = self.problem, self.shape
        rows = Rows()
        pairs, workers, teams = len(shape.family), len(problem.capacity), len(problem.team_low)
        columns = np.arange(shape.columns)
        here = np.flatnonzero(~problem.stranded)
        position = np.full(len(problem.children), -1)
        position[here] = np.arange(len(here))
        out_columns = columns[pairs : shape.load.start]
        ones = np.ones(len(here))
        rows.add(
            ones,
            ones,
            np.r_[position[shape.family], position[shape.out]],
            np.r_[columns[:pairs], out_columns],
            np.ones(pairs + len(shape.out)),
        )
        load, team = columns[shape.load], columns[shape.team]
        weight = problem.points[shape.family, shape.worker]
        nil = np.zeros(workers)
        rows.add(nil, nil, np.r_[shape.worker, :workers], np.r_[:pairs, load], np.r_[weight, -np.ones(workers)])
        nil = np.zeros(teams)
        rows.add(nil, nil, np.r_[problem.team, :teams], np.r_[load, team], np.r_[np.ones(workers), -np.ones(teams)])

        low, high = np.zeros(shape.columns), np.full(shape.columns, np.inf)
        high[: shape.load.start] = 1
        self._hold_bands(rows, low, high)
        if self.level == "team_imbalance":
            fair = np.array([float(share) for share in problem.team_fair])
            self._distances(rows, team, np.full(teams, shape.team_distance), fair)
        if "worker_imbalance" in self.balanced:
            fair = np.array([float(share) for share in problem.fair])
            self._distances(rows, load, columns[shape.distance], fair)
        for name, value in self.held.items():
            if name == "team_imbalance" or (name == "outside_bands" and not self.soft):
                continue  # held by the limits of the loads
            cost = self.cost(name)
            used = np.flatnonzero(cost)
            if not len(used):
                continue  # nothing that is still open counts at this level
            slack = TOLERANCE if value.denominator > 1 else 0.0
            most_cost = np.array([float(value) - self.constant(name) + slack])
            rows.add(np.array([-np.inf]), most_cost, np.zeros(len(used), np.int64), used, cost[used])
        whole = np.zeros(shape.columns, bool)
        whole[: shape.load.start] = True
        row, column, entry = rows.entries()
        return Program(
            sum((weight * self.cost(name) for name, weight in weights.items()), np.zeros(shape.columns)),
            low,
            high,
            whole,
            np.concatenate(rows.low),
            np.concatenate(rows.high),
            row,
            column,
            entry,
        )

    def _hold_bands(self, rows: "Rows", low: Floats, high: Floats) -> None:
        """Hold loads to their bands: by limits where nothing may lie outside, else with columns for what does."""
        problem, shape = self.problem, self.shape
        columns = np.arange(shape.columns)
        team_low, team_high = problem.team_limits(self.held.get("team_imbalance"), banded=not self.soft)
        if not self.soft:
            low[shape.load], high[shape.load] = problem.low, np.minimum(problem.high, problem.capacity)
            low[shape.team], high[shape.team] = team_low, team_high
            return
        high[shape.load] = problem.capacity
        held = np.r_[columns[shape.load], columns[shape.team]]
        most, least = np.r_[problem.high, problem.team_high], np.r_[problem.low, problem.team_low]
        each, ones = np.arange(len(held)), np.ones(len(held))
        twice = np.r_[each, each]
        rows.add(np.full(len(held), -np.inf), most, twice, np.r_[held, columns[shape.over]], np.r_[ones, -ones])
        rows.add(least, np.full(len(held), np.inf), twice, np.r_[held, columns[shape.under]], np.r_[ones, ones])
        if "team_imbalance" in self.held:
            low[shape.team], high[shape.team] = team_low, team_high

    @staticmethod
    def _distances(rows: "Rows", held: Ints, distance: Ints, fair: Floats) -> None:
        each = np.arange(len(held))
        twice, side = np.r_[each, each], np.ones(len(held))
        rows.add(np.full(len(held), -np.inf), fair, twice, np.r_[held, distance], np.r_[side, -side])
        rows.add(fair, np.full(len(held), np.inf), twice, np.r_[held, distance], np.r_[side, side])

    def point(self, chosen: Ints) -> Floats | None:
        """The program's columns for an assignment; None when it uses a pair that is not in the program."""
        problem, shape = self.problem, self.shape
        x = np.zeros(shape.columns)
        pairs = len(shape.family)
        x[:pairs] = chosen[shape.family] == shape.worker
        x[pairs : shape.load.start] = chosen[shape.out] == NOBODY
        if int(x[: shape.load.start].sum()) != int((~problem.stranded).sum()):
            return None
        load, team_load = problem.loads(chosen)
        x[shape.load], x[shape.team] = load, team_load
        if self.soft:
            held = np.r_[load, team_load]
            x[shape.over] = np.maximum(0, held - np.r_[problem.high, problem.team_high])
            x[shape.under] = np.maximum(0, np.r_[problem.low, problem.team_low] - held)
        team_fair = np.array([float(share) for share in problem.team_fair])
        x[shape.team_distance] = np.abs(team_load - team_fair).max(initial=0)
        if "worker_imbalance" in self.balanced:
            x[shape.distance] = np.abs(load - np.array([float(share) for share in problem.fair]))
        return x

    def chosen(self, x: Floats) -> Ints:
        """The assignment a whole solution stands for."""
        shape = self.shape
        found = np.full(len(self.problem.children), NOBODY)
        taken = np.flatnonzero(x[: len(shape.family)] > 0.5)
        found[shape.family[taken]] = shape.worker[taken]
        return found


class Rows:
    """Rows of a program while it is being put together."""

    def __init__(self) -> None:
        self.low: list[Floats] = []
        self.high: list[Floats] = []
        self._row: list[Ints] = []
        self._column: list[Ints] = []
        self._entry: list[Floats] = []
        self._count = 0

    def add(self, low: Floats, high: Floats, row: Ints, column: Ints, entry: Floats) -> None:
        """Add rows with their limits; `row` counts from 0 within them."""
        self.low.append(low.astype(float))
        self.high.append(high.astype(float))
        self._row.append(row + self._count)
        self._column.append(column)
        self._entry.append(entry.astype(float))
        self._count += len(low)

    def entries(self) -> tuple[Ints, Ints, Floats]:
        """All entries, by row and then column."""
        row, column = np.concatenate(self._row), np.concatenate(self._column)
        entry = np.concatenate(self._entry)
        order = np.lexsort((column, row))
        return row[order], column[order], entry[order]
