"""What an engagement would come to under a change: how many children nobody takes, how far out of their bands it is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

import numpy as np

from handover.engagement import Engagement
from solver.allocate import filled_in_turn
from solver.assignment import Assignment
from solver.cases import UNLIMITED, assignment
from solver.levels import Levels
from solver.program import Ints, Searcher, relax
from solver.relaxation import TOLERANCE, LevelProgram
from solver.watch import Watch

NODES = 100
"""Branch-and-bound nodes of one trial: a limit that repeats where the clock would not."""


@dataclass(frozen=True, order=True)
class Outcome:
    """Children left out and points outside bands of an allocation that was found; the least points outside there can
    be with as many left out."""

    unallocated: int
    outside: int
    outside_at_least: int

    @property
    def complete(self) -> bool:
        """Nobody left out, nothing outside a band."""
        return (self.unallocated, self.outside) == (0, 0)


class Trials:
    """Tries engagements one after another, until the watch ends; each as a whole, with its own shares and bands."""

    def __init__(self, searcher: Searcher, watch: Watch, seed: int) -> None:
        self._searcher = searcher
        self._watch = watch
        self._seed = seed
        self._longest = 0.0

    @property
    def over(self) -> bool:
        """True when no time is left for another."""
        return bool(self._watch.stopped()) or self._watch.left() < self._longest

    def holds(self, engagement: Engagement) -> bool:
        """True when an allocation that leaves nobody out and keeps every band was found."""
        start = time.monotonic()
        problem = _bare(engagement)
        found = not problem.stranded.any() and self._all_placed(problem, filled_in_turn(problem)) is not None
        self._longest = max(self._longest, time.monotonic() - start)
        return found

    def outcome(self, engagement: Engagement) -> Outcome:
        """Levels 0 and 2 as an allocation that was found has them, with as few left out as the search could prove."""
        start = time.monotonic()
        problem = _bare(engagement)
        chosen = filled_in_turn(problem)
        placed = self._all_placed(problem, chosen)
        outcome = Outcome(int(problem.children[problem.stranded].sum()), 0, 0)
        if placed is None:
            chosen = self._fewest_left_out(problem, chosen)
            figures = problem.figures(chosen)
            left_out, outside = figures["unallocated"], figures["outside_bands"]
            outcome = Outcome(int(left_out), int(outside), self._outside_at_least(problem, left_out))
        self._longest = max(self._longest, time.monotonic() - start)
        return outcome

    def evened(self, engagement: Engagement) -> Outcome:
        """As `outcome`, with points outside bands made few as well; takes longer."""
        first = self.outcome(engagement)
        if self.over or first.outside <= first.outside_at_least:
            return first
        start = time.monotonic()
        problem = _bare(engagement)
        held = {"unallocated": Fraction(first.unallocated)}
        chosen = self._searched(problem, "outside_bands", held, self._fewest_left_out(problem, filled_in_turn(problem)))
        self._longest = max(self._longest, time.monotonic() - start)
        figures = problem.figures(chosen)
        return min(first, Outcome(int(figures["unallocated"]), int(figures["outside_bands"]), first.outside_at_least))

    def _all_placed(self, problem: Assignment, chosen: Ints) -> Ints | None:
        """An assignment in which nobody is left out who could be taken, and every band held."""
        # of a very small share a floor rounds up beyond where the band rounds down: no hope to hold both
        holdable = (problem.low <= problem.high).all() and (problem.team_low <= problem.team_high).all()
        if not problem.eligible.any() or not holdable:
            return None
        levels = Levels(problem, chosen, self._searcher, self._watch, self._seed)
        return levels.chosen if levels.find(_hoped(problem), NODES) else None

    def _fewest_left_out(self, problem: Assignment, chosen: Ints) -> Ints:
        """An assignment with few left out whatever the bands; the fewest where the search could prove it."""
        free = replace(
            problem,
            low=np.zeros_like(problem.low),
            high=problem.capacity,
            team_low=np.zeros_like(problem.team_low),
            team_high=np.full_like(problem.team_high, UNLIMITED * max(1, len(problem.capacity))),
        )
        levels = Levels(free, chosen, self._searcher, self._watch, self._seed)
        if free.eligible.any() and not levels.find(_hoped(free), NODES):
            return self._searched(free, "unallocated", {}, chosen)
        return levels.chosen

    def _searched(self, problem: Assignment, name: str, held: Mapping[str, Fraction], chosen: Ints) -> Ints:
        """The best assignment of a level that one search finds, from `chosen` on."""
        level = LevelProgram(problem, problem.eligible, name, held, may_leave_out=True)
        hint = level.point(chosen)
        found = self._searcher.search(level.program(), self._watch, name, hint, nodes=NODES, seed=self._seed)
        if found.x is None:
            return chosen
        better, figures = level.chosen(found.x), problem.figures(chosen)
        return better if problem.possible(better) and problem.figures(better)[name] < figures[name] else chosen

    def _outside_at_least(self, problem: Assignment, left_out: Fraction) -> int:
        level = LevelProgram(problem, problem.eligible, "outside_bands", {"unallocated": left_out}, may_leave_out=True)
        relaxed = relax(level.program(), self._watch)
        return 0 if relaxed is None else max(0, ceil(relaxed.value - TOLERANCE * max(1.0, abs(relaxed.value))))


def _bare(engagement: Engagement) -> Assignment:
    """The engagement's allocation without costs: only who can be placed and how evenly matters here."""
    problem = assignment(engagement)
    return replace(problem, costs={"changes": np.zeros_like(problem.points)})


def _hoped(problem: Assignment) -> dict[str, Fraction]:
    out = problem.stranded
    return {
        "unallocated": Fraction(int(problem.children[out].sum())),
        "unallocated_points": Fraction(int(problem.weight[out].sum())),
        "outside_bands": Fraction(0),
    }
