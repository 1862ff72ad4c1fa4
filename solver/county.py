"""Allocations too large for a search over every pair: a county with hundreds of workers and millions of pairs.

The program over kinds of worker and groups of family (`solver.kinds`) gives bounds for every level in seconds. Its
solution says how many of each group go to each kind; families then go to workers of that kind, and exchanges between
two workers at a time mend what bands and whole families do not allow.
"""

import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random

import numpy as np

from handover.plan import Level
from solver.assignment import NOBODY, Assignment, excess
from solver.exchanges import Exchanges
from solver.kinds import KindProgram, Kinds
from solver.levels import Levels, round_up
from solver.program import Bools, Floats, Ints, Searcher, relax
from solver.watch import Watch

LARGE = 20_000
"""Pairs above which a search over every pair is out of reach."""
GUIDE = {"changes": 1.0, "burden": 0.01, "strangers": 0.0005, "unknown": 0.0002, "team_imbalance": 0.01}
"""How the levels weigh in the one relaxation that guides the allocation: no exchange may win a change by the others."""
EXACT = {"outside_bands": 10**6, "changes": 2000, "burden": 20, "strangers": 2, "unknown": 1}
"""How they weigh in exchanges, in whole numbers."""
ROOM = 0.1
"""Points that the guide leaves free at a worker on average, so that whole families can be packed."""
MENDED_A_WORKER, POLISHED_A_WORKER = 2000, 150
"""Pairs of workers looked at for each worker, to hold bands and then for the levels of cost."""
NODES = 200
"""Branch-and-bound nodes of the search that makes the relaxation whole."""


def is_large(problem: Assignment) -> bool:
    """True when the problem has more pairs than a search over all of them can take."""
    return int(problem.eligible.sum()) > LARGE


def settle_large(levels: Levels, problem: Assignment, searcher: Searcher, watch: Watch, seed: int) -> None:
    """Improve the assignment that `levels` holds and report all nine levels with the bounds of the relaxation."""
    start = time.monotonic()
    if cut := watch.stopped():
        report(levels, None, watch, start, cut)
        return
    kinds = Kinds(problem)
    guided = guide(kinds, searcher, guiding := watch.part(0.4), seed)
    cut = guiding.stopped()
    workers = len(problem.capacity)
    if guided is not None:
        allowed, target = guided
        # whole families into the bands of one kind: that costs nothing at any level of cost
        packing = Exchanges(problem, place(problem, allowed, target), {"outside_bands": 1}, allowed)
        cut = packing.mend(MENDED_A_WORKER * workers, watch.part(0.4), problem.kind) or cut
        levels.chosen = better(problem, levels.chosen, packing.chosen)
    exchanges = Exchanges(problem, levels.chosen, EXACT)
    improving = watch.part(0.7)
    exchanges.seat(improving)
    cut = exchanges.mend(MENDED_A_WORKER * workers, improving) or cut
    cut = exchanges.polish(POLISHED_A_WORKER * workers, improving, Random(seed)) or cut  # noqa: S311 - a search, not a secret
    levels.chosen = exchanges.chosen
    report(levels, kinds, watch, start, cut)


def guide(kinds: Kinds, searcher: Searcher, watch: Watch, seed: int) -> tuple[Bools, Floats] | None:
    """Who may take each family by the relaxation made whole (F, W), and the points each worker is to hold (W)."""
    program = KindProgram(kinds, GUIDE, {}, room=ROOM)
    whole = program.program()
    relaxed = relax(whole, watch)
    if relaxed is None:
        return None
    return program.allowed(program.made_whole(whole, relaxed.x, searcher, watch, NODES, seed))


def place(problem: Assignment, allowed: Bools, target: Floats) -> Ints:
    """Each family to one of the workers it is allowed, those without a choice first, then the heaviest, to whoever is
    furthest below their target."""
    chosen = np.full(len(problem.children), NOBODY)
    load = np.zeros(len(problem.capacity), np.int64)
    most = np.minimum(problem.high, problem.capacity)
    choice = allowed.sum(axis=1)
    for family in np.lexsort((choice, -problem.weight, choice > 1)).tolist():
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


def least_large(name: str, problem: Assignment, known: Sequence[Ints], watch: Watch, seed: int) -> Level:
    """The least `changes` of a problem without bands, from assignments that are known, as a level of that name."""
    start = time.monotonic()
    best = min(known, key=lambda chosen: tuple(problem.figures(chosen).values()))
    exchanges = Exchanges(problem, best, {"outside_bands": EXACT["outside_bands"], "changes": 1})
    exchanges.seat(watch)
    figures, bound, cut = problem.figures(exchanges.chosen), Fraction(0), ""
    if figures["unallocated"] == int(problem.children[problem.stranded].sum()) and not watch.stopped():
        relaxed = relax(KindProgram(Kinds(problem), {"changes": 1.0}, {}).program(), watch)
        bound = bound if relaxed is None else round_up(relaxed.value, figures["changes"], 1)
    if bound < figures["changes"]:
        most = POLISHED_A_WORKER * len(problem.capacity)
        cut = exchanges.polish(most, watch, Random(seed))  # noqa: S311 - a search, not a secret
    value = problem.figures(exchanges.chosen)["changes"]
    stopped = "" if bound == value else watch.stopped() or cut or "work limit"
    return Level(name, value, bound, round(time.monotonic() - start, 3), stopped)


def report(levels: Levels, kinds: Kinds | None, watch: Watch, start: float, cut: str) -> None:
    """Hold and report all nine levels at what was reached, each with the bound of its relaxation; `cut`: what ended the
    search before its work was used up. Without kinds no bound is sought."""
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
        if kinds is not None and name not in certain and banded and not watch.stopped():
            relaxed = relax(KindProgram(kinds, {name: 1.0}, held).program(), watch)
            if relaxed is not None:
                bound = round_up(relaxed.value, value, problem.grain_of(name))
            held[name] = value
        bound = min(bound, value)
        stopped = "" if bound == value else watch.stopped() or cut or "work limit"
        levels.held[name] = value
        now = time.monotonic()
        levels.done.append(Level(name, value, bound, round(now - start, 3), stopped))
        start = now
