"""The linear relaxation of a CP-SAT model: where it points, and an exact lower bound from its duals."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from ortools.math_opt.python import mathopt
from ortools.sat.python import cp_model

SCALE = 2**20
"""Duals are rounded to this fraction; any duals give a true bound, so nothing is lost but a hair of it."""
INFINITE = 1 << 60


@dataclass(frozen=True)
class Relaxed:
    """The relaxation's solution by variable index, and the least whole value that the objective can have."""

    values: np.ndarray[Any, np.dtype[np.float64]]
    bound: int


def relaxed(model: cp_model.CpModel, seconds: float) -> Relaxed | None:
    """Solve the relaxation of a model to be minimised, of linear and clause constraints over bounded whole variables.

    None when it was stopped by the clock. Objectives have whole coefficients.
    """
    proto = model.proto
    low = np.array([v.domain[0] for v in proto.variables], dtype=np.int64)
    high = np.array([v.domain[len(v.domain) - 1] for v in proto.variables], dtype=np.int64)
    rows = _Rows()
    for constraint in proto.constraints:
        if constraint.has_linear():
            linear = constraint.linear
            domain = linear.domain
            rows.add(list(linear.vars), list(linear.coeffs), domain[0], domain[len(domain) - 1])
        elif constraint.has_exactly_one():
            rows.clause(list(constraint.exactly_one.literals), 1, 1)
        elif constraint.has_at_most_one():
            rows.clause(list(constraint.at_most_one.literals), -INFINITE, 1)
        elif constraint.has_bool_or():
            rows.clause(list(constraint.bool_or.literals), 1, INFINITE)
        else:
            raise ValueError("the relaxation knows linear constraints and clauses only")
    cost = np.zeros(len(low), dtype=np.int64)
    np.add.at(cost, list(proto.objective.vars), np.array(list(proto.objective.coeffs), dtype=np.int64))
    solved = _solve(low, high, rows, cost, seconds)
    if solved is None:
        return None
    values, duals = solved
    return Relaxed(values, _whole_bound(low, high, rows, cost, duals) + round(proto.objective.offset))


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


def _solve(
    low: np.ndarray[Any, Any], high: np.ndarray[Any, Any], rows: _Rows, cost: np.ndarray[Any, Any], seconds: float
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    count = len(low)
    proto = mathopt.Model().export_model()
    proto.variables.ids.extend(range(count))
    proto.variables.lower_bounds.extend(low.astype(float).tolist())
    proto.variables.upper_bounds.extend(high.astype(float).tolist())
    proto.variables.integers.extend([False] * count)
    proto.linear_constraints.ids.extend(range(len(rows.low)))
    proto.linear_constraints.lower_bounds.extend(float(n) if n > -INFINITE else float("-inf") for n in rows.low)
    proto.linear_constraints.upper_bounds.extend(float(n) if n < INFINITE else float("inf") for n in rows.high)
    cells: dict[tuple[int, int], int] = {}
    for cell in zip(rows.row, rows.column, rows.coefficient, strict=True):
        cells[cell[:2]] = cells.get(cell[:2], 0) + cell[2]
    ordered = sorted(cells.items())
    proto.linear_constraint_matrix.row_ids.extend(key[0] for key, _ in ordered)
    proto.linear_constraint_matrix.column_ids.extend(key[1] for key, _ in ordered)
    proto.linear_constraint_matrix.coefficients.extend(float(n) for _, n in ordered)
    used = np.nonzero(cost)[0].tolist()
    proto.objective.linear_coefficients.ids.extend(used)
    proto.objective.linear_coefficients.values.extend(float(cost[n]) for n in used)
    model = mathopt.Model.from_model_proto(proto)
    result = mathopt.solve(
        model, mathopt.SolverType.GLOP, params=mathopt.SolveParameters(time_limit=timedelta(seconds=seconds), threads=1)
    )
    if not result.has_primal_feasible_solution() or not result.has_dual_feasible_solution():
        return None
    values = result.variable_values(list(model.variables()))
    duals = result.dual_values(list(model.linear_constraints()))
    return np.array(values), np.array(duals)


def _whole_bound(
    low: np.ndarray[Any, Any],
    high: np.ndarray[Any, Any],
    rows: _Rows,
    cost: np.ndarray[Any, Any],
    duals: np.ndarray[Any, Any],
) -> int:
    """The dual bound in whole numbers: prices on the rows, what is left of the costs at its cheapest, rounded up."""
    prices = [round(price * SCALE) for price in duals.tolist()]
    prices = [
        0 if (p > 0 and lo <= -INFINITE) or (p < 0 and hi >= INFINITE) else p
        for p, lo, hi in zip(prices, rows.low, rows.high, strict=True)
    ]
    total = sum(p * (lo if p > 0 else hi) for p, lo, hi in zip(prices, rows.low, rows.high, strict=True) if p)
    left = [int(c) * SCALE for c in cost]
    for row, column, coefficient in zip(rows.row, rows.column, rows.coefficient, strict=True):
        left[column] -= prices[row] * coefficient
    total += sum(r * int(lo if r > 0 else hi) for r, lo, hi in zip(left, low, high, strict=True))
    return int(-(-total // SCALE))
