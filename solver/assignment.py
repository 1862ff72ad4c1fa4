"""The assignment problem behind an allocation, as arrays, and its figures in exact arithmetic.

Families go to workers: each family to one eligible worker, or to nobody; each worker holds points up to a capacity,
workers belong to teams. A generalised assignment instance is the same problem with one team and one level of cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np
import numpy.typing as npt

from solver.program import Bools, Floats, Ints

NOBODY = -1
"""In an assignment (one worker's number per family): left without a worker."""


@dataclass(frozen=True)
class Assignment:
    """F families, W workers, T teams.

    eligible (F, W): who may take whom. points (F, W): what the family weighs with the worker (an allocation's rows are
    constant). children (F): how many move. capacity (W): never exceeded. low, high (W) and team_low, team_high (T):
    bands, in points; what lies outside them is level `outside_bands`. team (W): each worker's team. kind (W): workers
    of one number cost every family the same, but for those they hold or are known to. fair (W) and team_fair (T): fair
    shares. costs: per level of cost, its name and what each pair would count (F, W), whole numbers.
    """

    eligible: Bools
    points: Ints
    children: Ints
    capacity: Ints
    low: Ints
    high: Ints
    team: Ints
    kind: Ints
    team_low: Ints
    team_high: Ints
    fair: tuple[Fraction, ...]
    team_fair: tuple[Fraction, ...]
    costs: Mapping[str, npt.NDArray[np.integer]]

    @cached_property
    def weight(self) -> Ints:
        """Points of a family that is left out, whoever might have taken it (F)."""
        return np.asarray(self.points.max(axis=1, initial=0))

    @cached_property
    def stranded(self) -> Bools:
        """Families that nobody may take (F)."""
        return np.asarray(~self.eligible.any(axis=1))

    @cached_property
    def grain(self) -> int:
        """Every imbalance is a whole multiple of one over this."""
        return lcm(*(share.denominator for share in (*self.fair, *self.team_fair)))

    def grain_of(self, level: str) -> int:
        """Every value of a level is a whole multiple of one over this."""
        return self.grain if level.endswith("imbalance") else 1

    def loads(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Points of each worker (W) and each team (T) under an assignment (F)."""
        placed = np.flatnonzero(chosen != NOBODY)
        workers = chosen[placed]
        load = np.zeros(len(self.capacity), np.int64)
        np.add.at(load, workers, self.points[placed, workers])
        team_load = np.zeros(len(self.team_low), np.int64)
        np.add.at(team_load, self.team, load)
        return load, team_load

    def team_limits(self, imbalance: Fraction | None, *, banded: bool = True) -> tuple[Floats, Floats]:
        """The points each team may hold (T, T): within its band if that is held, and within an imbalance if one is."""
        low, high = self.team_low.astype(float), self.team_high.astype(float)
        if not banded:
            low, high = np.zeros(len(low)), np.full(len(high), np.inf)
        if imbalance is not None:
            low = np.maximum(low, [float(-((imbalance - share) // 1)) for share in self.team_fair])
            high = np.minimum(high, [float((share + imbalance) // 1) for share in self.team_fair])
        return low, high

    def figures(self, chosen: Ints) -> dict[str, Fraction]:
        """Every level's exact value, by name, in the contract's order (§3)."""
        load, team_load = self.loads(chosen)
        out = chosen == NOBODY
        placed = np.flatnonzero(~out)
        outside = int(excess(load, self.low, self.high).sum() + excess(team_load, self.team_low, self.team_high).sum())
        found = {
            "unallocated": Fraction(int(self.children[out].sum())),
            "unallocated_points": Fraction(int(self.weight[out].sum())),
            "outside_bands": Fraction(outside),
        }
        for name, cost in self.costs.items():
            found[name] = Fraction(int(cost[placed, chosen[placed]].sum()))
        team_distance = [abs(int(n) - share) for n, share in zip(team_load, self.team_fair, strict=True)]
        distance = [abs(int(n) - share) for n, share in zip(load, self.fair, strict=True)]
        found["team_imbalance"] = max(team_distance, default=Fraction(0))
        found["worker_imbalance"] = sum(distance, Fraction(0))
        return found

    def possible(self, chosen: Ints) -> bool:
        """True when every family placed may go where it goes, within capacities."""
        placed = np.flatnonzero(chosen != NOBODY)
        return bool(self.eligible[placed, chosen[placed]].all() and (self.loads(chosen)[0] <= self.capacity).all())


def excess(load: Ints, low: Ints, high: Ints) -> Ints:
    """Points below `low` or above `high`, elementwise."""
    return np.asarray(np.maximum(0, np.maximum(load - high, low - load)))
