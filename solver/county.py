"""Allocations too large for a search over every pair: a county with hundreds of workers and millions of pairs.

The program over kinds of worker and groups of family (`solver.kinds`) gives bounds for every level in seconds. Its
solution says how many of each group go to each kind; families then go to workers of that kind, and exchanges among a
few workers at a time mend what bands and whole families do not allow.
"""

import time
from collections.abc import Mapping
from fractions import Fraction
from random import Random

import numpy as np

from handover.plan import Level
from solver.assignment import NOBODY, Assignment, excess
from solver.exchanges import Exchanges, groups_around
from solver.kinds import KindProgram, Kinds
from solver.levels import Levels, round_up
from solver.program import Bools, Floats, Ints, Searcher, relax
from solver.watch import Watch

LARGE = 60_000
"""Pairs above which a search over every pair is out of reach."""
GUIDE = {"changes": 1.0, "burden": 0.01, "strangers": 0.0005, "unknown": 0.0002, "team_imbalance": 0.01}
"""How the levels weigh in the one relaxation that guides the allocation: no exchange may win a change by the others."""
EXACT = {"outside_bands": 10**6, "changes": 2000, "burden": 20, "strangers": 2, "unknown": 1}
"""How they weigh in exchanges, in whole numbers."""
ROOM = 0.2
"""Points that the guide leaves free at a worker on average, so that whole families can be packed."""
TOGETHER = 6
"""Workers who exchange families in one model."""
PATIENCE = 6
"""Rounds of exchanges without a gain, each in larger groups, after which no more are tried."""
WORK_A_WORKER = 0.06
"""Deterministic time of all exchanges for each worker, in the solver's own unit."""
NODES = 200
"""Branch-and-bound nodes of the search that makes the relaxation whole."""


def is_large(problem: Assignment) -> bool:
    """True when the problem has more pairs than a search over all of them can take."""
    return int(problem.eligible.sum()) > LARGE


def settle_large(levels: Levels, problem: Assignment, searcher: Searcher, watch: Watch, seed: int) -> None:
    """Improve the assignment that `levels` holds and report all nine levels with the bounds of the relaxation."""
    start = time.monotonic()
    kinds = Kinds(problem)
    random = Random(seed)  # noqa: S311 - a search, not a secret
    guided = guide(kinds, searcher, guiding := watch.part(0.4), seed)
    stopped = guiding.stopped()
    most = WORK_A_WORKER * len(problem.capacity)
    if guided is not None:
        allowed, target = guided
        # whole families into the bands of one kind: that costs nothing at any level of cost
        packing = Exchanges(problem, place(problem, allowed, target), {"outside_bands": 1}, pairs=allowed)
        stopped = improve(packing, watch.part(0.4), most, random, problem.kind) or stopped
        levels.chosen = better(problem, levels.chosen, packing.chosen)
    exchanges = Exchanges(problem, levels.chosen, EXACT)
    stopped = improve(exchanges, watch.part(0.7), most, random) or stopped
    levels.chosen = exchanges.chosen
    report(levels, kinds, watch, start, stopped)


def improve(exchanges: Exchanges, watch: Watch, most: float, random: Random, among: Ints | None = None) -> str:
    """Exchange until the work is used up, in larger groups while nothing is gained; with `among` given, until all bands
    are held or nothing is gained any more. What cut it short: `clock`, `interrupt`, or blank."""
    size, idle = TOGETHER, 0
    while exchanges.work < most and idle < PATIENCE and not watch.stopped():
        groups = groups_around(exchanges, size, random, among)
        if among is not None and not any(part.any() for part in exchanges.outside()):
            return ""
        gained = exchanges.run(groups, watch)
        idle = 0 if gained else idle + 1
        size = TOGETHER if gained else size + 1
    return watch.stopped()


def guide(kinds: Kinds, searcher: Searcher, watch: Watch, seed: int) -> tuple[Bools, Floats] | None:
    """Who may take each family by the relaxation made whole (F, W), and the points each worker is to hold (W)."""
    program = KindProgram(kinds, GUIDE, {}, room=ROOM)
    whole = program.program()
    relaxed = relax(whole, watch)
    if relaxed is None:
        return None
    return program.allowed(program.made_whole(whole, relaxed.x, searcher, watch, NODES, seed))


def place(problem: Assignment, allowed: Bools, target: Floats) -> Ints:
    """Each family to one of the workers it is allowed, heaviest first, to whoever is furthest below their target."""
    chosen = np.full(len(problem.children), NOBODY)
    load = np.zeros(len(problem.capacity), np.int64)
    most = np.minimum(problem.high, problem.capacity)
    # those with least choice first among the equally heavy
    for family in np.lexsort((allowed.sum(axis=1), -problem.weight)).tolist():
        able = np.flatnonzero(allowed[family] if allowed[family].any() else problem.eligible[family])
        points = problem.points[family, able]
        fits = load[able] + points <= problem.capacity[able]
        able, points = able[fits], points[fits]
        if not len(able):
            continue
        over = excess(load[able] + points, np.zeros_like(points), most[able])
        first = np.lexsort((load[able] - target[able], over))[0]
        chosen[family] = able[first]
        load[able[first]] += points[first]
    return chosen


def better(problem: Assignment, one: Ints, other: Ints) -> Ints:
    """Whichever of two assignments is better in the contract's order."""
    return min(one, other, key=lambda chosen: tuple(problem.figures(chosen).values()))


def report(levels: Levels, kinds: Kinds, watch: Watch, start: float, cut: str) -> None:
    """Hold and report all nine levels at what was reached, each with the bound of its relaxation; `cut`: what ended the
    search before its work was used up."""
    problem = levels.problem
    figures = problem.figures(levels.chosen)
    certain: Mapping[str, int] = {
        "unallocated": int(problem.children[problem.stranded].sum()),
        "unallocated_points": int(problem.weight[problem.stranded].sum()),
        "outside_bands": 0,
    }
    banded = all(figures[name] == least for name, least in certain.items())
    held: dict[str, Fraction] = {}
    for name, value in figures.items():
        bound = Fraction(certain.get(name, 0))
        if name not in certain and banded and not watch.stopped():
            relaxed = relax(KindProgram(kinds, {name: 1.0}, held).program(), watch)
            if relaxed is not None:
                bound = round_up(relaxed.value, value, problem.grain if name.endswith("imbalance") else 1)
            held[name] = value
        bound = min(bound, value)
        stopped = "" if bound == value else watch.stopped() or cut or "work limit"
        levels.held[name] = value
        now = time.monotonic()
        levels.done.append(Level(name, value, bound, round(now - start, 3), stopped))
        start = now
