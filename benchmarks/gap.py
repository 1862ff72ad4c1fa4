"""Part 5: the allocation's own engine on public ground, the generalised assignment problem.

    python -m benchmarks.gap [FILES]

An instance gives m agents and n jobs: `m n`, m rows of n costs, m rows of n weights, m capacities; every job goes to
one agent, within the capacities, at least cost. That is an allocation of n families to m workers in one team without
bands, with one level of cost. Value, proven bound and seconds of each instance are printed beside the best known.
"""

import csv
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.record import ROOT, Json, Scale
from benchmarks.words import plain, table
from handover.errors import UsageError
from handover.outputs.plan_json import bound_number, number
from solver.allocate import filled_in_turn
from solver.assignment import Assignment
from solver.levels import Levels
from solver.program import Ints, Searcher
from solver.watch import Watch

TITLE = "The assignment core on public ground"
INSTANCES = ROOT / "benchmarks" / "instances"
SECONDS = 600
QUICK = {"c20400": 60}
"""Instances that must be proven sooner."""


@dataclass(frozen=True)
class Instance:
    """A generalised assignment instance: costs and weights (m, n), capacities (m)."""

    name: str
    cost: Ints
    weight: Ints
    capacity: Ints

    def assignment(self) -> Assignment:
        """The instance as an allocation: jobs are families of one, agents the workers of one team without bands."""
        agents, jobs = self.cost.shape
        everything = np.array([int(self.capacity.sum())], np.int64)
        return Assignment(
            eligible=(self.weight <= self.capacity[:, None]).T,
            points=self.weight.T,
            children=np.ones(jobs, np.int64),
            capacity=self.capacity,
            low=np.zeros(agents, np.int64),
            high=self.capacity,
            team=np.zeros(agents, np.int64),
            kind=np.arange(agents),
            team_low=np.zeros(1, np.int64),
            team_high=everything,
            fair=(Fraction(0),) * agents,
            team_fair=(Fraction(0),),
            costs={"cost": self.cost.T},
        )


def read_instance(path: Path) -> Instance:
    """The instance in a file.

    Raises UsageError that says what is wrong with the file.
    """
    try:
        words = path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as trouble:
        raise UsageError(f"{path} cannot be read as text: {trouble}") from trouble
    numbers = []
    for place, word in enumerate(words, 1):
        try:
            numbers.append(int(word))
        except ValueError:
            raise UsageError(f"{path}: word {place}, {word[:20]!r}, is not a whole number.") from None
    if len(numbers) < 2 or min(numbers[:2]) < 1:
        raise UsageError(f"{path} must begin with the number of agents and the number of jobs, both at least 1.")
    agents, jobs = numbers[:2]
    needed = 2 + 2 * agents * jobs + agents
    if len(numbers) != needed:
        raise UsageError(
            f"{path} has {len(numbers)} numbers; {agents} agents and {jobs} jobs take {needed}: 2 for these, "
            f"{agents * jobs} costs, {agents * jobs} weights, {agents} capacities."
        )
    table_ = np.array(numbers[2:], np.int64)
    cost, weight, capacity = np.split(table_, [agents * jobs, 2 * agents * jobs])
    if min(numbers[2:]) < 0:
        raise UsageError(f"{path}: costs, weights and capacities must be 0 or more.")
    return Instance(path.name, cost.reshape(agents, jobs), weight.reshape(agents, jobs), capacity)


def solve(instance: Instance, seconds: float) -> Json:
    """Value, proven bound, whether proven, seconds, and the chosen agent of each job.

    Raises UsageError when not every job is placed: there is no solution, or none was found in time.
    """
    problem = instance.assignment()
    watch = Watch.lasting(seconds)
    start = time.monotonic()
    with Searcher() as searcher:
        levels = Levels(problem, filled_in_turn(problem), searcher, watch)
        levels.run(["unallocated"])
        left_out = levels.done[0]
        if left_out.value:
            why = "no solution places every job" if left_out.bound else "no solution was found in time"
            raise UsageError(f"{instance.name}: {why}; {left_out.value} jobs are left out.")
        levels.settle({"outside_bands": Fraction(0)}, 0.0)
        levels.may_leave_out = False
        levels.run(["cost"])
    level = levels.done[-1]
    return {
        "jobs": instance.cost.shape[1],
        "agents": instance.cost.shape[0],
        "value": number(level.value),
        "bound": bound_number(level),
        "proven": level.proven,
        "seconds": round(time.monotonic() - start, 2),
        "chosen": levels.chosen.tolist(),
    } | ({"stopped": level.stopped} if level.stopped else {})


def best_known(path: Path = INSTANCES / "best.csv") -> dict[str, int]:
    """Best known value by instance."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["instance"]: int(row["best"]) for row in csv.DictReader(lines)}


def default_files() -> list[Path]:
    """The five instances kept here."""
    return [INSTANCES / name for name in best_known()]


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """The five instances, one after another."""
    return {path.name: solve(read_instance(path), scale.instance_seconds) for path in default_files()}


def section(measured: Json) -> Iterator[str]:
    """One row per instance."""
    best = best_known()
    head = ("instance", "jobs", "agents", "value", "bound", "proven", "best known", "seconds")
    yield from table(
        head,
        (
            (name, *(row[k] for k in ("jobs", "agents", "value", "bound", "proven")), best.get(name), row["seconds"])
            for name, row in measured.items()
        ),
    )


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    best = best_known()
    for name, row in measured.items():
        if not row["proven"]:
            value, bound = plain(row["value"]), plain(row["bound"])
            why = f" (stopped: {row['stopped']})" if row.get("stopped") else ""
            yield f"{name}: {value} is not proven best; its bound is {bound}{why}."
        if name in best and row["value"] != best[name]:
            yield f"{name}: {plain(row['value'])}; the best known is {plain(best[name])}."
        limit = QUICK.get(name, SECONDS)
        if row["seconds"] > limit:
            yield f"{name} took {plain(row['seconds'])} s; the limit is {limit} s."


def main(arguments: Sequence[str]) -> int:
    """Solve the files named, or the five kept here, and print a line for each; gives the exit code."""
    best = best_known()
    print(f"{'instance':12}{'value':>10}{'bound':>12}{'best known':>12}{'proven':>8}{'seconds':>10}")
    code = 0
    for path in map(Path, arguments) if arguments else default_files():
        try:
            row = solve(read_instance(path), SECONDS)
        except UsageError as error:
            print(error, file=sys.stderr)
            code = error.exit_code
            continue
        known = best.get(path.name, "–")
        proven = "yes" if row["proven"] else "no"
        print(
            f"{path.name:12}{row['value']:>10}{row['bound']:>12}{known:>12}{proven:>8}{row['seconds']:>10.2f}",
            flush=True,
        )
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
