"""The linear relaxation of a CP-SAT model: where it points, and an exact lower bound from its duals."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model
from ortools.util.python.solve_interrupter import SolveInterrupter

from solver.program import Program
from solver.stopping import heeded
from solver.watch import Watch

SCALE = 2**20
"""Duals are rounded to this fraction; any duals give a true bound, so nothing is lost but a hair of it."""
INFINITE = 1 << 60
FAR = 1 << 20
"""Stands in for an end that is not there and has no price."""


@dataclass(frozen=True)
class Relaxed:
    """The relaxation's solution by variable index, and the least whole value that the objective can have."""

    values: np.ndarray[Any, np.dtype[np.float64]]
    bound: int


class Linear:
    """A CP-SAT model to be minimised, of linear and clause constraints over bounded whole variables, as rows of whole
    numbers. Objectives have whole coefficients."""

    def __init__(self, model: cp_model.CpModel) -> None:
        proto = model.proto
        self.low = np.array([v.domain[0] for v in proto.variables], dtype=np.int64)
        self.high = np.array([v.domain[len(v.domain) - 1] for v in proto.variables], dtype=np.int64)
        self.rows = _Rows()
        for constraint in proto.constraints:
            if constraint.has_linear():
                linear = constraint.linear
                domain = linear.domain
                self.rows.add(list(linear.vars), list(linear.coeffs), domain[0], domain[len(domain) - 1])
            elif constraint.has_exactly_one():
                self.rows.clause(list(constraint.exactly_one.literals), 1, 1)
            elif constraint.has_at_most_one():
                self.rows.clause(list(constraint.at_most_one.literals), -INFINITE, 1)
            elif constraint.has_bool_or():
                self.rows.clause(list(constraint.bool_or.literals), 1, INFINITE)
            else:
                raise ValueError("the relaxation knows linear constraints and clauses only")
        self.cost = np.zeros(len(self.low), dtype=np.int64)
        np.add.at(self.cost, list(proto.objective.vars), np.array(list(proto.objective.coeffs), dtype=np.int64))
        self.offset = round(proto.objective.offset)

    def bound(self, duals: np.ndarray[Any, np.dtype[np.float64]]) -> int:
        """A bound from any prices on the rows, in whole numbers: with what is left of the costs at its cheapest."""
        rows = self.rows
        least, most = np.array(rows.low, dtype=np.int64), np.array(rows.high, dtype=np.int64)
        prices = np.rint(duals * SCALE).astype(np.int64)
        prices[((prices > 0) & (least <= -INFINITE)) | ((prices < 0) & (most >= INFINITE))] = 0
        total = sum(
            p * (lo if p > 0 else hi) for p, lo, hi in zip(prices.tolist(), rows.low, rows.high, strict=True) if p
        )
        left = self.cost * SCALE
        np.subtract.at(left, rows.column, prices[rows.row] * np.array(rows.coefficient, dtype=np.int64))
        total += int((left * np.where(left > 0, self.low, self.high)).sum())
        return int(-(-total // SCALE))

    def program(self) -> Program:
        """The same as a program of floating-point numbers, all columns whole."""
        rows = self.rows
        row, column, entry = (np.array(n, dtype=np.int64) for n in (rows.row, rows.column, rows.coefficient))
        cells, place = np.unique(row * len(self.low) + column, return_inverse=True)
        least, most = (np.array(n, dtype=np.float64) for n in (rows.low, rows.high))
        return Program(
            self.cost.astype(np.float64),
            self.low.astype(np.float64),
            self.high.astype(np.float64),
            np.ones(len(self.low), dtype=np.bool_),
            np.where(least <= -INFINITE, -np.inf, least),
            np.where(most >= INFINITE, np.inf, most),
            cells // len(self.low),
            cells % len(self.low),
            np.bincount(place, entry, len(cells)).astype(np.float64),
        )


def relaxed(model: cp_model.CpModel, watch: Watch) -> Relaxed | None:
    """Solve the relaxation of a model. None when the watch ended it."""
    linear = Linear(model)
    program, interrupter = linear.program().model(whole=False), SolveInterrupter()
    parameters = mathopt.SolveParameters(time_limit=timedelta(seconds=watch.left()), threads=1)
    with heeded(watch, interrupter.interrupt):
        result = mathopt.solve(program, mathopt.SolverType.GLOP, params=parameters, interrupter=interrupter)
    if not result.has_primal_feasible_solution() or not result.has_dual_feasible_solution():
        return None
    duals = np.array([*result.dual_values().values()])
    return Relaxed(np.array([*result.variable_values().values()]), linear.bound(duals) + linear.offset)


class _Rows:
    """Constraints as sparse rows between two whole numbers."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.coefficient: list[int] = []
        self.low: list[int] = []
        self.high: list[int] = []

    def add(self, columns: list[int], coefficients: list[int], low: int, high: int) -> None:
        self.row.extend([len(self.low)] * len(columns))
        self.column.extend(columns)
        self.coefficient.extend(coefficients)
        self.low.append(max(low, -INFINITE))
        self.high.append(min(high, INFINITE))

    def clause(self, literals: list[int], low: int, high: int) -> None:
        negated = sum(lit < 0 for lit in literals)
        self.add(
            [lit if lit >= 0 else -lit - 1 for lit in literals],
            [1 if lit >= 0 else -1 for lit in literals],
            low - negated if low > -INFINITE else low,
            high - negated if high < INFINITE else high,
        )
