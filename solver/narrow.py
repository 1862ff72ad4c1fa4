"""A program made narrower: without what no solution up to a value can use, by reduced costs (reduced-cost fixing;
Nemhauser and Wolsey, Integer and Combinatorial Optimization, 1988, II.5)."""

from dataclasses import replace

import numpy as np

from solver.program import Ints, Program, Relaxed
from solver.relaxation import TOLERANCE

SHARES = 60
"""In what part of its level's unit a reduced cost is counted in a row of whole numbers."""


def without(program: Program, relaxed: Relaxed, value: float) -> Program:
    """The program without the columns that no solution up to a value can use, by the relaxation's reduced costs."""
    dear = program.whole & (program.low == 0) & (relaxed.reduced_cost > value - relaxed.value + TOLERANCE)
    return replace(program, high=np.where(dear, 0.0, program.high))


def up_to(program: Program, relaxed: Relaxed, value: float) -> Program:
    """The program of which only solutions up to a value count."""
    used = np.flatnonzero(program.cost)
    if not np.isfinite(value) or not len(used):
        return program
    return without(program.with_at_most(used, program.cost[used], value + TOLERANCE), relaxed, value)


def sharing(program: Program, relaxed: Relaxed, value: float, loads: Ints) -> Program:
    """The program with a row, in whole numbers, that every solution up to a value of the level relaxed obeys: it costs
    the reduced cost of each column used, and each point of a load short of its limit, more than the relaxation."""
    price = np.floor(np.abs(relaxed.reduced_cost) * SHARES + TOLERANCE) * np.sign(relaxed.reduced_cost)
    # a level held has no columns for points short of whole shares, which come last
    counted = np.setdiff1d(np.flatnonzero(program.whole[: len(price)]), loads)
    counted = np.r_[counted[price[counted] > 0], loads[price[loads] != 0]]
    price = price[counted]
    limit = np.where(price > 0, program.low[counted], program.high[counted])
    if not len(counted) or not np.isfinite([value, *limit]).all():
        return program
    # one more than that, for what is lost in floating-point work
    most = np.floor((value - relaxed.value) * SHARES) + 1 + float(price @ limit)
    return program.with_at_most(counted, price, most)
