"""Whole programs by CP-SAT: their best, a true bound where the work does not reach, fine columns counted in grains."""

from itertools import product
from random import Random

import numpy as np
import pytest

from solver.program import Program
from solver.watch import Watch
from solver.whole import WholeProgram

WATCH = Watch.lasting(600)


def distances(random: Random, grain: int) -> tuple[Program, float]:
    """Five things of some points, taken or not; the points taken are to be near a share that is no whole number, and
    each thing taken costs. Columns: the things, their points, the distance. With the least that it can cost."""
    points = [random.randint(1, 6) for _ in range(5)]
    share, price = random.randint(1, 60) / grain, [random.randint(0, 2) for _ in range(5)]
    rows = np.array([0] * 6 + [1, 1] + [2, 2])
    columns = np.array([0, 1, 2, 3, 4, 5, 5, 6, 5, 6])
    entries = np.array([*map(float, points), -1.0, 1.0, -1.0, 1.0, 1.0])
    program = Program(
        np.array([*map(float, price), 0.0, 1.0]),
        np.zeros(7),
        np.array([1.0] * 5 + [np.inf, np.inf]),
        np.array([True] * 5 + [False] * 2),
        np.array([0.0, -np.inf, share]),
        np.array([0.0, share, np.inf]),
        rows,
        columns,
        entries,
    )
    least = min(
        sum(p * t for p, t in zip(price, taken, strict=True))
        + abs(sum(p * t for p, t in zip(points, taken, strict=True)) - share)
        for taken in product((0, 1), repeat=5)
    )
    return program, least


@pytest.mark.parametrize("grain", [1, 7, 112])
def test_the_best_is_found_with_its_proof(grain: int) -> None:
    for seed in range(20):
        program, least = distances(Random(seed), grain)
        whole = WholeProgram(program, np.array([6]), grain)
        assert whole.is_whole
        found = whole.search(None, 5.0, 0, WATCH)
        assert found.x is not None
        assert program.cost @ found.x == pytest.approx(least), f"seed {seed}"
        assert (found.bound, found.stopped) == (pytest.approx(least), "")
        near = whole.search(found.x, 5.0, 0, WATCH, near_the_best=True)
        assert (near.bound, near.stopped) == (pytest.approx(least), "")


def test_a_column_of_halves_is_not_counted_in_thirds() -> None:
    program, _ = distances(Random(1), 2)
    halves = Program(**vars(program) | {"entry": program.entry / 2})
    assert not WholeProgram(halves, np.array([6]), 3).is_whole
    assert WholeProgram(program, np.array([6]), 3).is_whole


def test_a_program_without_a_solution_is_told_from_one_not_solved_in_time() -> None:
    program, least = distances(Random(2), 7)
    near = np.array([1.0] * 5 + [np.inf, 10.0])
    cannot = Program(**vars(program) | {"high": near, "row_high": np.array([0.0, -100.0, np.inf])})
    found = WholeProgram(cannot, np.array([6]), 7).search(None, 5.0, 0, WATCH)
    assert (found.x, found.bound, found.stopped) == (None, np.inf, "")
    late = WholeProgram(program, np.array([6]), 7).search(None, 5.0, 0, Watch.lasting(0))
    assert late.bound <= least + 1e-9
    assert late.stopped in ("clock", "")
