"""Programs of whole numbers, searched by CP-SAT: of some it finds good solutions, and proofs, that HiGHS does not."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import ceil, floor

import numpy as np

from solver.program import Floats, Found, Ints, Program
from solver.watch import Watch

FAR = 10**9
"""A limit that no column comes to."""
WAYS = ("max_lp", "quick_restart", "reduced_costs")
"""What CP-SAT does in turn besides looking near the best solution, by its own names."""
NOISE = 0.01
"""How far from a whole number floating-point work can leave a limit."""


@dataclass(frozen=True)
class WholeProgram:
    """A program whose `fine` columns are whole multiples of one over `grain`, all others whole numbers."""

    program: Program
    fine: Ints
    grain: int

    @cached_property
    def _column_grain(self) -> Ints:
        found = np.ones(len(self.program.cost), np.int64)
        found[self.fine] = self.grain
        return found

    @cached_property
    def _row_grain(self) -> Ints:
        """By what each row is multiplied to be whole."""
        found = np.ones(len(self.program.row_low), np.int64)
        found[self.program.entry_row[np.isin(self.program.entry_column, self.fine)]] = self.grain
        return found

    @cached_property
    def _entries(self) -> Floats:
        program = self.program
        return program.entry * self._row_grain[program.entry_row] / self._column_grain[program.entry_column]

    @cached_property
    def _cost(self) -> tuple[Floats, int]:
        grain = self.grain if self.program.cost[self.fine].any() else 1
        return self.program.cost * grain / self._column_grain, grain

    @cached_property
    def is_whole(self) -> bool:
        """Whether every row, and the cost, counts whole numbers of what the columns count."""
        numbers = np.r_[self._entries, self._cost[0]]
        return bool((np.abs(numbers - np.rint(numbers)) < NOISE / FAR).all() and np.abs(numbers).max(initial=0) < FAR)

    def search(
        self, hint: Floats | None, work: float, seed: int, watch: Watch, *, near_the_best: bool = False
    ) -> Found:
        """The best solution, searched from a whole one, as far as the work allows (deterministic time, each about a
        second). `near_the_best`: several ways in turn, most of them near the best solution so far; else the one that
        is best for a proof."""
        from ortools.sat.python import cp_model  # noqa: PLC0415 - slow to import, and not always needed

        from solver.stopping import solve  # noqa: PLC0415

        program, scale = self.program, self._column_grain
        model = cp_model.CpModel()
        columns = [
            model.new_int_var(*_inside(low * grain, high * grain, FAR), "")
            for low, high, grain in zip(program.low.tolist(), program.high.tolist(), scale.tolist(), strict=True)
        ]
        entries = np.rint(self._entries).astype(int)
        ends = np.searchsorted(program.entry_row, np.arange(len(program.row_low) + 1)).tolist()
        for row, (start, end) in enumerate(pairwise(ends)):
            here = slice(start, end)
            counted = [columns[column] for column in program.entry_column[here].tolist()]
            total = cp_model.LinearExpr.weighted_sum(counted, entries[here].tolist())
            grain = int(self._row_grain[row])
            limits = _inside(program.row_low[row] * grain, program.row_high[row] * grain, FAR * FAR)
            model.add_linear_constraint(total, *limits)
        cost, cost_grain = self._cost
        model.minimize(cp_model.LinearExpr.weighted_sum(columns, np.rint(cost).astype(int).tolist()))
        if hint is not None:
            for column, value in zip(columns, np.rint(hint * scale).astype(int).tolist(), strict=True):
                model.add_hint(column, value)
        solver = cp_model.CpSolver()
        if near_the_best:
            solver.parameters.interleave_search = True
            solver.parameters.num_workers = 2
            solver.parameters.subsolvers.extend(WAYS)
        else:
            solver.parameters.num_workers = 1
            solver.parameters.linearization_level = 2
        solver.parameters.random_seed = seed
        solver.parameters.max_deterministic_time = work
        status = solve(solver, model, watch)
        if status == cp_model.INFEASIBLE:
            return Found(None, np.inf, "")
        stopped = "" if status == cp_model.OPTIMAL else watch.stopped() or "work limit"
        x = None
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            x = np.array([solver.value(column) for column in columns]) / scale
        return Found(x, solver.best_objective_bound / cost_grain, stopped)


def _inside(low: float, high: float, far: int) -> tuple[int, int]:
    """The whole numbers between two limits."""
    return ceil(max(low, -far) - NOISE), floor(min(high, far) + NOISE)
