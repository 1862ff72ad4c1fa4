"""What no schedule can beat: bounds of a level by days, given what is held at the levels above (§4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

import numpy as np
from ortools.sat.python import cp_model

from handover.plan import SCHEDULE_LEVELS
from solver.program import Searcher
from solver.schedule.days import DayModel, Days, Met
from solver.schedule.relax import INFINITE, Linear, relaxed
from solver.stopping import single, solve
from solver.watch import Watch

FEW, PROOF = 60, 2.5
"""Tasks up to which CP-SAT is asked for a proof with the whole model, and its deterministic time; HiGHS, which
is slow to start, is asked for more."""
NODES, STEPS = 40, 30_000
"""Branch-and-bound nodes, and steps of the simplex method, for a proof with the whole model, per level: limits that
repeat where the clock would not."""
STEPS_A_SECOND = 2_000
"""Steps in a second of work: the whole model is larger than any of an allocation."""
PROOF_SHARE = 0.45
"""Share of the time and work left that one such proof may use up: what is planned by days has still to be booked."""


def above(level: str) -> tuple[str, ...]:
    """The levels that come before a level."""
    return SCHEDULE_LEVELS[: SCHEDULE_LEVELS.index(level)]


def whole_model(days: Days, level: str, held: Mapping[str, int]) -> DayModel:
    """The model of all tasks for one level, each level above at most at what it is held at."""
    whole = DayModel(days, range(len(days.problem.tasks)), {}, signs=level == "unsigned")
    for name in above(level):
        whole.model.add(whole.levels[name] <= held[name])
    whole.model.minimize(whole.levels[level])
    return whole


def least(days: Days, level: str, held: Mapping[str, int], watch: Watch) -> int:
    """The relaxation's bound, given what the levels above are held at; 0 when the watch has run out."""
    if watch.stopped():
        return 0
    found = relaxed(whole_model(days, level, held).model, watch)
    return 0 if found is None else max(0, found.bound)


@dataclass(frozen=True)
class Whole:
    """What the whole model says of less than some value: a bound, a plan by days that has less (None: there is none, or
    it was not found), and whether the clock or an interrupt stopped it (blank: no)."""

    bound: int
    plan: dict[int, Met] | None
    cut: str = ""


def steps_left(watch: Watch) -> int:
    """The steps that a proof may take of the work left."""
    return int(min(STEPS, PROOF_SHARE * watch.work.left * STEPS_A_SECOND))


def seconds_of(days: Days, steps: int) -> float:
    """The work, in seconds, that a proof of so many steps is; none where few are asked about: CP-SAT counts its own."""
    return 0.0 if few(days) else steps / STEPS_A_SECOND


def few(days: Days) -> bool:
    """True where the whole model is small, and CP-SAT is asked."""
    return len(days.problem.tasks) <= FEW


def asked(
    days: Days,
    level: str,
    held: Mapping[str, int],
    value: int,
    searcher: Searcher,
    watch: Watch,
    seed: int,
    enough: Callable[[int], bool] = lambda _: False,
    steps: int = STEPS,
) -> Whole:
    """Ask the whole model whether a level could be less than a value, each level above at most at what it is held at:
    with so many steps of the simplex method. `enough` ends that, asked with the bound so far."""
    whole = whole_model(days, level, held)
    whole.model.add(whole.levels[level] < value)
    if few(days):
        solver = single(PROOF, seed)
        status = solve(solver, whole.model, watch)
        if status == cp_model.INFEASIBLE:
            return Whole(value, None)
        bound = 0 if status == cp_model.UNKNOWN else max(0, ceil(solver.best_objective_bound - 1e-6))
        found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        return Whole(bound, whole.found(solver.value) if found else None)
    linear, watch = Linear(whole.model), watch.part(PROOF_SHARE)

    def figure(bound: float) -> int:
        # a search that was cut off at once has no bound, not even a finite one
        return min(value, max(0, ceil(float(np.clip(bound, -INFINITE, INFINITE)) - 1e-6) + linear.offset))

    result = searcher.search(
        linear.program(),
        _told(watch, linear.offset),
        level,
        nodes=NODES,
        steps=steps,
        seed=seed,
        enough=lambda so_far: enough(figure(so_far.bound)),
    )
    plan = None
    if result.x is not None:
        x = np.rint(result.x)
        plan = whole.found(lambda lit: int(x[lit.index]))
    # its own word: it may have ended a moment before the watch did
    return Whole(figure(result.bound), plan, result.stopped if result.stopped in ("clock", "interrupt") else "")


def _told(watch: Watch, offset: int) -> Watch:
    """The watch for a program that leaves out a constant of its level: the listener is told the level whole."""

    def tell(level: str, value: Fraction | None, bound: Fraction | None) -> None:
        watch.progress(level, None if value is None else value + offset, None if bound is None else bound + offset)

    return replace(watch, progress=tell)


def least_alone(days: Days) -> dict[str, int]:
    """Bounds that need no search: what a family costs that no day is any use to. Relays are not among them, for
    there need be none where a meeting is given up."""
    count = dict.fromkeys(SCHEDULE_LEVELS, 0)
    for task, chances in zip(days.problem.tasks, days.chances, strict=True):
        meets = bool(chances.direct or chances.relayed)
        count["no_meeting"] += not meets
        count["unsigned"] += not meets or not task.signers
        count["unvisited"] += 0 if meets and chances.visit else task.weight
        first = days.problem.days[chances.visit[0]] if meets and chances.visit else None
        count["uncovered_visits"] += sum(first is None or first > due for due in task.visits_due)
    return count


def relayed_alone(days: Days) -> int:
    """Meetings that have to be relayed where every family that can meet does."""
    return sum(bool(chances.relayed) and not chances.direct for chances in days.chances)
