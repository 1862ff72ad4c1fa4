"""Peer: the reference model. The allocation written down as it stands in the contract, one plain mixed-integer program,
solved by HiGHS level by level, each level held while the next is minimised."""

import time
from importlib.metadata import version

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarks.peers.question import NOBODY, Answer, Question, Reached, serve

HALF = 0.5
CLOSE = 1e-4
"""How far above a fractional level's value the levels below may leave it."""


def solve(question: Question, seconds: float) -> Answer:
    """All nine levels, each within so many seconds; ends early at a level for which nothing is found in time.

    Columns: a pair each, then each family left out, the points outside each worker's and team's band, the team
    imbalance, each worker's distance from the fair share.
    """
    families, workers, teams = len(question.children), len(question.capacity), len(question.team_low)
    family, worker = np.array(question.pairs(), dtype=np.int64).reshape(-1, 2).T
    pairs, bands = len(family), workers + teams
    outside = pairs + families
    imbalance = outside + bands
    columns = imbalance + 1 + workers
    points = np.array(question.points)

    def block(rows: int, first: int) -> sp.csr_matrix:
        """One column for each row, from column `first` on."""
        return sp.csr_matrix((np.ones(rows), (np.arange(rows), first + np.arange(rows))), shape=(rows, columns))

    one = sp.csr_matrix((np.ones(pairs), (family, np.arange(pairs))), shape=(families, columns))
    load = sp.csr_matrix((points[family], (worker, np.arange(pairs))), shape=(workers, columns))
    member = sp.csr_matrix((np.ones(workers), (question.team, np.arange(workers))), shape=(teams, workers))
    team_load = (member @ load).tocsr()
    both = sp.vstack([load, team_load]).tocsr()
    spread = sp.csr_matrix((np.ones(teams), (np.arange(teams), np.full(teams, imbalance))), shape=(teams, columns))
    fair = np.array([float(share) for share in question.shares()])
    distance = block(workers, imbalance + 1)
    held = [
        LinearConstraint(one + block(families, pairs), 1, 1),
        LinearConstraint(load, -np.inf, question.capacity),
        LinearConstraint(both - block(bands, outside), -np.inf, [*question.high, *question.team_high]),
        LinearConstraint(both + block(bands, outside), [*question.low, *question.team_low], np.inf),
        LinearConstraint(team_load - spread, -np.inf, fair[workers:]),
        LinearConstraint(team_load + spread, fair[workers:], np.inf),
        LinearConstraint(load - distance, -np.inf, fair[:workers]),
        LinearConstraint(load + distance, fair[:workers], np.inf),
    ]
    objectives = {name: np.zeros(columns) for name in ("unallocated", "unallocated_points", "outside_bands")}
    objectives["unallocated"][pairs:outside] = question.children
    objectives["unallocated_points"][pairs:outside] = points
    objectives["outside_bands"][outside:imbalance] = 1
    for name, counts in question.costs.items():
        objectives[name] = np.zeros(columns)
        objectives[name][:pairs] = np.array(counts)[family, worker]
    objectives |= {name: np.zeros(columns) for name in ("team_imbalance", "worker_imbalance")}
    objectives["team_imbalance"][imbalance] = 1
    objectives["worker_imbalance"][imbalance + 1 :] = 1

    whole = np.r_[np.ones(outside), np.zeros(columns - outside)]
    limits = Bounds(0, np.r_[np.ones(outside), np.full(columns - outside, np.inf)])
    answer = Answer([NOBODY] * families, version=f"scipy {version('scipy')}")
    for name, cost in objectives.items():
        start = time.monotonic()
        options = {"time_limit": seconds, "mip_rel_gap": 0}
        found = milp(cost, constraints=held, integrality=whole, bounds=limits, options=options)
        if found.x is None:
            break
        fractional = name.endswith("imbalance")
        value = float(found.fun) if fractional else round(found.fun)
        taken = np.flatnonzero(found.x[:pairs] > HALF)
        answer.chosen = [NOBODY] * families
        for pair in taken:
            answer.chosen[family[pair]] = int(worker[pair])
        took = round(time.monotonic() - start, 2)
        answer.levels.append(Reached(name, value, float(found.mip_dual_bound), found.status == 0, took))
        # a row of zeros is no constraint, and HiGHS need not be given it
        if cost.any():
            held.append(LinearConstraint(cost.reshape(1, -1), -np.inf, value + (CLOSE if fractional else HALF)))
    return answer


if __name__ == "__main__":
    serve(solve)
