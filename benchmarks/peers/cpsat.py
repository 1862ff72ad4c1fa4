"""Peer: the allocation as one plain CP-SAT model, level by level, each solution a hint for the next level."""

import time
from importlib.metadata import version
from math import lcm

from ortools.sat.python import cp_model

from benchmarks.peers.question import NOBODY, Answer, Question, Reached, serve

FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)
THREADS = 2
FAR = 10**12


def solve(question: Question, seconds: float) -> Answer:
    """All nine levels, each within so many seconds; ends early at a level for which nothing is found in time."""
    model = cp_model.CpModel()
    families, workers, teams = len(question.children), len(question.capacity), len(question.team_low)
    takes = {pair: model.new_bool_var("") for pair in question.pairs()}
    out = [model.new_bool_var("") for _ in range(families)]
    of_family: list[list[cp_model.IntVar]] = [[left] for left in out]
    of_worker: list[list[cp_model.LinearExpr]] = [[] for _ in range(workers)]
    for (family, worker), taken in takes.items():
        of_family[family].append(taken)
        of_worker[worker].append(question.points[family] * taken)
    for choices in of_family:
        model.add_exactly_one(choices)
    load = [sum(terms) for terms in of_worker]
    team_load = [sum(load[w] for w in range(workers) if question.team[w] == team) for team in range(teams)]
    for worker in range(workers):
        model.add(load[worker] <= question.capacity[worker])

    holders = load + team_load
    outside = [model.new_int_var(0, FAR, "") for _ in holders]
    lows, highs = question.low + question.team_low, question.high + question.team_high
    for held, excess, low, high in zip(holders, outside, lows, highs, strict=True):
        model.add(held - high <= excess)
        model.add(low - held <= excess)

    # shares are fractions: distances are counted in the finest part that occurs
    shares = question.shares()
    grain = lcm(*(share.denominator for share in shares))
    farthest = model.new_int_var(0, FAR, "")
    distance = [model.new_int_var(0, FAR, "") for _ in range(workers)] + [farthest] * teams
    for held, away, share in zip(holders, distance, shares, strict=True):
        model.add(grain * held - int(grain * share) <= away)
        model.add(int(grain * share) - grain * held <= away)

    objectives = {
        "unallocated": sum(n * left for n, left in zip(question.children, out, strict=True)),
        "unallocated_points": sum(n * left for n, left in zip(question.points, out, strict=True)),
        "outside_bands": sum(outside),
    }
    for name, cost in question.costs.items():
        objectives[name] = sum(cost[family][worker] * taken for (family, worker), taken in takes.items())
    objectives |= {"team_imbalance": farthest, "worker_imbalance": sum(distance[:workers])}

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = THREADS
    solver.parameters.max_time_in_seconds = seconds
    answer = Answer([NOBODY] * families, version=f"ortools {version('ortools')}")
    for name, objective in objectives.items():
        start = time.monotonic()
        model.minimize(objective)
        status = solver.solve(model)
        if status not in FOUND:
            break
        value = round(solver.objective_value)
        part = grain if name.endswith("imbalance") else 1
        took = round(time.monotonic() - start, 2)
        proven = status == cp_model.OPTIMAL
        answer.levels.append(Reached(name, value / part, solver.best_objective_bound / part, proven, took))
        answer.chosen = [NOBODY] * families
        for (family, worker), taken in takes.items():
            if solver.boolean_value(taken):
                answer.chosen[family] = worker
        model.add(objective <= value)
        model.clear_hints()  # type: ignore[no-untyped-call]
        for index, known in enumerate(solver.response_proto.solution):
            model.add_hint(model.get_int_var_from_proto_index(index), known)
    return answer


if __name__ == "__main__":
    serve(solve)
