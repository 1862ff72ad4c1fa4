"""Programs and the child process that searches them."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from multiprocessing import Pipe
from random import Random
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ortools.math_opt.python import mathopt
from ortools.math_opt.solvers.gscip.gscip_pb2 import GScipParameters
from ortools.math_opt.solvers.highs_pb2 import HighsOptionsProto

from solver import program
from solver.program import Found, Program, Searcher, Way, _logged, _search, relax
from solver.watch import Watch

INFINITY = np.inf


@pytest.fixture(scope="module")
def searcher() -> Iterator[Searcher]:
    with Searcher() as child:
        yield child


def knapsack(values: list[float], weights: list[float], room: float) -> Program:
    """The most valuable things that fit, as the least of minus their values."""
    n = len(values)
    return Program(
        -np.array(values),
        np.zeros(n),
        np.ones(n),
        np.ones(n, bool),
        np.array([-INFINITY]),
        np.array([room]),
        np.zeros(n, np.int64),
        np.arange(n),
        np.array(weights),
    )


def uneven() -> Program:
    """Families of 7, 6 and 7 points for workers who may hold 8 and 12, and the team 16 at least: 20 do not go in. HiGHS
    ends on it with an error of its own, for a row without entries."""
    rows = [0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 6]
    columns = [0, 1, 2, 3, 4, 5, 0, 2, 4, 6, 1, 3, 5, 7, 6, 7, 8, 9]
    return Program(
        np.zeros(11),
        np.array([0.0] * 8 + [16, 0, 0]),
        np.array([1.0] * 6 + [8, 12, 24, 0, INFINITY]),
        np.array([True] * 6 + [False] * 5),
        np.array([1.0, 1, 1, 0, 0, 0, 0, -INFINITY, -INFINITY]),
        np.array([1.0, 1, 1, 0, 0, 0, 0, 0, 0]),
        np.array(rows),
        np.array(columns),
        np.array([1.0] * 6 + [7, 6, 7, -1] * 2 + [1, 1, -1, -1]),
    )


@pytest.mark.parametrize("way", Way)
def test_the_best_of_a_knapsack_is_found_with_its_proof(searcher: Searcher, way: Way) -> None:
    # 6 + 5 weigh 7 and are worth 11; 9 alone weighs 6: within 7 the best is 11
    found = searcher.search(knapsack([9, 6, 5], [6, 4, 3], 7), Watch.lasting(20), "changes", way=way)
    assert found.x is not None
    assert found.x.round().tolist() == [0, 1, 1]
    assert (found.bound, found.stopped) == (-11, "")


def test_a_program_that_one_solver_gives_up_on_is_answered_by_the_other(searcher: Searcher) -> None:
    found = searcher.search(uneven(), Watch.lasting(20), "changes")
    assert (found.x, found.bound, found.stopped) == (None, INFINITY, "")


def test_each_way_asks_its_own_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[mathopt.SolverType, GScipParameters]] = []

    def broken(_: mathopt.Model, solver: mathopt.SolverType, params: mathopt.SolveParameters, **__: object) -> None:
        asked.append((solver, params.gscip))
        raise AttributeError

    monkeypatch.setattr(mathopt, "solve", broken)
    usual, none, most = GScipParameters(), GScipParameters.OFF, GScipParameters.AGGRESSIVE
    highs, scip = mathopt.SolverType.HIGHS, mathopt.SolverType.GSCIP
    many = GScipParameters(heuristics=none, emphasis=GScipParameters.FEASIBILITY)
    once = GScipParameters(heuristics=none, real_params={"branching/relpscost/maxreliable": 1.0})
    for way, expected in (
        (Way.HIGHS, [(highs, usual), (scip, usual)]),
        (Way.SCIP, [(scip, usual)]),
        (Way.FINDING, [(scip, GScipParameters(heuristics=most))]),
        (Way.PROVING, [(scip, once)]),
        (Way.BRANCHING, [(scip, many)]),
    ):
        asked.clear()
        ours, theirs = Pipe()
        found = _search(knapsack([1], [1], 1), None, 0.0, None, 0, 10.0, way, theirs)
        ours.close()
        assert (asked, found.stopped) == (expected, "the search failed")


def hard_knapsacks() -> Program:
    """Sixty families of which a dozen limits let no more than some be taken: too much for a few nodes."""
    random, rows, columns = Random(1), 12, 60
    weights = [float(random.randint(40, 90)) for _ in range(rows * columns)]
    return replace(
        knapsack([float(random.randint(40, 90)) for _ in range(columns)], weights[:columns], 1000),
        row_low=np.full(rows, -INFINITY),
        row_high=np.full(rows, 1000.0),
        entry_row=np.repeat(np.arange(rows), columns),
        entry_column=np.tile(np.arange(columns), rows),
        entry=np.array(weights),
    )


def test_a_search_by_scip_tells_how_far_it_is_and_ends_within_its_nodes(searcher: Searcher) -> None:
    told: list[tuple[Fraction | None, Fraction | None]] = []
    hard = hard_knapsacks()
    watch = Watch.lasting(60, progress=lambda _, value, bound: told.append((value, bound)))
    found = searcher.search(hard, watch, "changes", nodes=5, way=Way.SCIP)
    assert found.stopped == "work limit"
    assert found.x is not None
    value, bound = told[-1]
    assert value is not None
    assert bound is not None
    assert bound <= found.bound + 1 <= value + 1 < 0
    assert float(value) == pytest.approx(hard.cost @ found.x, abs=0.01)
    assert found.work > 0
    again = searcher.search(hard, Watch.lasting(60), "changes", nodes=5, way=Way.SCIP)
    assert again.work == found.work


@pytest.mark.parametrize("way", [Way.SCIP, Way.HIGHS])
def test_a_search_that_has_told_enough_is_ended_and_the_next_begun_anew(searcher: Searcher, way: Way) -> None:
    heard: list[int] = []

    def enough(found: Found) -> bool:
        heard.append(found.work)
        return found.work > 50

    found = searcher.search(hard_knapsacks(), Watch.lasting(60), "changes", way=way, enough=enough)
    assert found.stopped == "enough"
    assert heard[-1] == found.work > 50 >= max(heard[:-1])
    assert searcher.search(knapsack([1], [1], 1), Watch.lasting(20), "changes", way=way).bound == -1


def test_a_search_ends_within_its_steps_at_the_same_place_each_time(searcher: Searcher) -> None:
    hard = hard_knapsacks()
    whole = searcher.search(hard, Watch.lasting(60), "changes", nodes=50, steps=10**9)
    assert whole.work > 0
    first, again = (searcher.search(hard, Watch.lasting(60), "changes", steps=whole.work // 2) for _ in range(2))
    assert first.stopped == again.stopped == "work limit"
    assert 0 < first.work == again.work <= whole.work // 2
    assert -INFINITY < first.bound == again.bound <= whole.bound
    assert first.x is not None
    assert again.x is not None
    assert (first.x == again.x).all()
    assert searcher.search(knapsack([1], [1], 1), Watch.lasting(20), "changes").bound == -1


class Line:
    """What a searcher says to its child, which has nothing to search for."""

    def __init__(self) -> None:
        self.sent: list[tuple[object, ...]] = []

    def send(self, asked: tuple[object, ...]) -> None:
        self.sent.append(asked)

    def poll(self, _: float) -> bool:
        return True

    def recv(self) -> Found:
        return Found(None, 0.0, "")


def test_the_child_is_asked_to_tell_all_the_way_only_where_its_steps_are_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searcher, line = Searcher(), Line()
    monkeypatch.setattr(searcher, "_child", SimpleNamespace(is_alive=lambda: True))
    monkeypatch.setattr(searcher, "_line", line)
    for steps in (None, 9):
        searcher.search(knapsack([1], [1], 1), Watch.lasting(20), "changes", steps=steps)
    assert [asked[-1] for asked in line.sent] == [False, True]


def test_a_search_that_is_to_end_within_its_steps_tells_all_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[HighsOptionsProto] = []

    def broken(*_: object, params: mathopt.SolveParameters, **__: object) -> None:
        asked.append(params.highs)
        raise AttributeError

    monkeypatch.setattr(mathopt, "solve", broken)
    for finely in (False, True):
        ours, theirs = Pipe()
        _search(knapsack([1], [1], 1), None, 0.0, None, 0, 10.0, Way.HIGHS, theirs, finely=finely)
        ours.close()
    usual, finely = asked[0], asked[2]
    assert usual == HighsOptionsProto(double_options={"mip_min_logging_interval": 0.0})
    assert finely.double_options == usual.double_options
    assert finely.bool_options == {"mip_heuristic_run_rens": False, "mip_heuristic_run_rins": False}


def test_better_solutions_are_told_on_the_way_and_kept_where_the_search_is_ended(searcher: Searcher) -> None:
    hard = hard_knapsacks()
    told: list[tuple[float, int]] = []

    def enough(found: Found) -> bool:
        if found.x is not None:
            value = float(hard.cost @ found.x)
            if not told or value < told[-1][0]:
                told.append((value, found.work))
        return False

    found = searcher.search(hard, Watch.lasting(60), "changes", nodes=50, enough=enough)
    assert found.x is not None
    assert told[-1][0] == pytest.approx(hard.cost @ found.x)
    assert found.work >= told[-1][1]
    again = list(told)
    told.clear()
    searcher.search(hard, Watch.lasting(60), "changes", nodes=50, enough=enough)
    assert told == again
    # ended at its first solution, that is what is left of it
    first = searcher.search(hard, Watch.lasting(60), "changes", enough=lambda found: found.x is not None)
    assert first.x is not None
    assert float(hard.cost @ first.x) == pytest.approx(told[0][0])
    assert (hard.low <= first.x).all()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (" 0.1s| 1 | 0 | 259 |  -  | 1311k | 1.193560e+02 |      --      |    Inf | unknown", (119.356, None, 259)),
        ("L99.5s| 700 | 99 | 1388k| 55.0 | rins | -4.5e+02 | 4.57e+02 |   1.53%|   2.10%", (-450, 457, 1_388_000)),
        (" 0 0 0 0.00% 68.5 inf inf 0 0 0 0 0.0s", (68.5, None, 0)),
        (
            " T      41      12        12   9.38%   70            75     6.67%     21     15      1      1214     0.7s",
            (70, 75, 1214),
        ),
        (
            "         0       0         0   0.00%   68.5           inf    Large     0      0      0      138k    99.5s",
            (68.5, None, 138_000),
        ),
        ("  LP iterations     1214", (-np.inf, None, 1214)),
        ("                    409 (separation)", None),
        ("  Cost    [1e+00, 2e+01]", None),
        ("p 0.0s| 1 | 0 | 0 |  -  | clique |      --      | 4.720000e+02 |    Inf | unknown", None),
        (" time | node | left |LP iter|LP it/n|mem/heur| dualbound | primalbound |  gap   | compl. ", None),
    ],
)
def test_a_line_of_a_log_is_read_only_where_it_has_a_bound(
    line: str, told: tuple[float, float | None, int] | None
) -> None:
    assert _logged(line) == told


def test_a_second_searcher_is_ended_with_the_first() -> None:
    with Searcher() as first:
        second = first.second
        assert second is first.second
        assert second.search(knapsack([1], [1], 1), Watch.lasting(20), "changes").stopped == ""
        child = second._child
        assert child is not None
        assert child.is_alive()
    assert not child.is_alive()


def test_nothing_that_a_solver_prints_reaches_the_user(capfd: pytest.CaptureFixture[str]) -> None:
    with Searcher() as child:
        child.search(uneven(), Watch.lasting(20), "changes")
        child.search(knapsack([9, 6, 5], [6, 4, 3], 7), Watch.lasting(20), "changes")
    assert capfd.readouterr() == ("", "")


def test_the_relaxation_may_split_what_the_whole_search_may_not() -> None:
    relaxed = relax(uneven(), Watch.lasting(20))
    assert relaxed is not None
    assert relaxed.x[:6].reshape(3, 2).sum(axis=1) == pytest.approx([1, 1, 1])


def test_an_interrupt_ends_a_relaxation_that_is_under_way() -> None:
    switch = Event()
    told = Watch.lasting(600, switch)
    # an assignment of 300 to 300 by simplex takes longer than the look at the switch
    size = 300
    pairs = np.arange(size * size)
    big = Program(
        np.random.default_rng(1).random(size * size),
        np.zeros(size * size),
        np.full(size * size, np.inf),
        np.zeros(size * size, bool),
        np.ones(2 * size),
        np.ones(2 * size),
        np.r_[pairs // size, size + np.sort(pairs % size)],
        np.r_[pairs, np.argsort(pairs % size, kind="stable")],
        np.ones(2 * size * size),
    )
    switch.set()
    assert relax(big, told) is None


def test_an_interrupt_ends_the_search_and_the_next_one_works(searcher: Searcher) -> None:
    switch = Event()
    switch.set()
    stopped = searcher.search(knapsack([9, 6, 5], [6, 4, 3], 7), Watch.lasting(20, switch), "changes")
    assert (stopped.x, stopped.stopped) == (None, "interrupt")
    assert searcher.search(knapsack([9, 6, 5], [6, 4, 3], 7), Watch.lasting(20), "changes").bound == -11


@pytest.mark.parametrize("why", ["interrupt", "enough", "work limit"])
def test_where_a_search_was_ended_the_next_child_is_ready(
    why: str, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "_over", lambda _: False)
    before, watch, limits = searcher._child, Watch.lasting(60), dict[str, Any]()
    if why == "interrupt":
        watch.interrupted.set()
    else:
        limits = {"enough": lambda _: True} if why == "enough" else {"steps": 0}
    assert searcher.search(hard_knapsacks(), watch, "changes", **limits).stopped == why
    assert searcher._child is not before
    assert searcher._child is not None
    assert searcher._child.is_alive()
