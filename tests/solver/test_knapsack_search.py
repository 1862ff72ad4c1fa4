"""The search of plain assignments by knapsacks: held against every assignment of tiny instances."""

import numpy as np
import pytest

from solver import knapsack_search
from solver.knapsack_search import Pace, settled
from solver.knapsacks import Knapsacks
from solver.watch import Watch
from tests.solver.test_knapsacks import instance

WATCH = Watch.lasting(600)


def solved(knapsacks: Knapsacks, least: float, above: int) -> tuple[float, int]:
    """The cost found below the best plus `above` (infinite: none), and the bound proven."""
    price = knapsacks.cost.min(axis=1)
    bound, total = knapsacks.bound(price, least, WATCH)
    chosen, proven = settled(knapsacks, total, price, int(np.ceil(bound - 1e-6)), int(least) + above, WATCH)
    if chosen is None:
        return np.inf, proven
    here = np.arange(len(chosen))
    assert knapsacks.pairs[here, chosen].all()
    load = np.zeros(len(knapsacks.room))
    np.add.at(load, chosen, knapsacks.points[here, chosen])
    assert (load <= knapsacks.room).all()
    return float(knapsacks.cost[here, chosen].sum()), proven


@pytest.fixture(params=["good prices", "poor prices", "few at once", "beyond 32 bits"])
def times(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """What costs are multiplied by; with poor prices nearly everything is left to the branches."""
    if request.param == "poor prices":
        monkeypatch.setattr(knapsack_search, "FROM_AFAR", Pace(1, 0.3, 5))
        monkeypatch.setattr(knapsack_search, "FROM_NEAR", Pace(1, 0.3, 5))
    if request.param == "few at once":
        monkeypatch.setattr(knapsack_search, "TOGETHER", 3)
        monkeypatch.setattr(knapsack_search, "WIDE", 2)
    return 10**7 if request.param == "beyond 32 bits" else 1


def test_the_best_assignment_is_found_and_proven(times: int) -> None:
    tried = 0
    for seed in range(60):
        knapsacks, every = instance(seed)
        if not every:
            continue
        least = min(every.values()) * times
        many = Knapsacks(knapsacks.cost * times, knapsacks.points, knapsacks.pairs, knapsacks.room)
        assert solved(many, least, 30 * times) == (least, least), f"seed {seed}"
        assert solved(many, least, 0) == (np.inf, least), f"seed {seed}: nothing is better than the best"
        tried += 1
    assert tried > 30


def test_the_best_is_found_and_proven_from_nothing_known(times: int) -> None:
    for seed in range(150):
        knapsacks, every = instance(seed)
        if every:
            least = int(min(every.values())) * times
            many = Knapsacks(knapsacks.cost * times, knapsacks.points, knapsacks.pairs, knapsacks.room)
            nothing = np.where(many.pairs & (many.points <= many.room), 0.0, np.inf)
            for above in (1, 40 * times):
                chosen, bound = settled(many, nothing, np.zeros(len(nothing)), least - 1, least + above, WATCH)
                assert chosen is not None, f"seed {seed}"
                assert every[tuple(chosen.tolist())] * times == bound == least, f"seed {seed}"


def test_a_search_cut_off_promises_no_more_than_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knapsack_search, "FROM_AFAR", Pace(1, 0.3, 5))
    monkeypatch.setattr(knapsack_search, "FROM_NEAR", Pace(1, 0.3, 5))
    monkeypatch.setattr(knapsack_search, "NODES", 1)
    monkeypatch.setattr(knapsack_search, "FEW", 1)
    cut = 0
    for seed in range(60):
        knapsacks, every = instance(seed)
        if not every:
            continue
        least = int(min(every.values()))
        nothing = np.where(knapsacks.pairs & (knapsacks.points <= knapsacks.room), 0.0, np.inf)
        chosen, bound = settled(knapsacks, nothing, knapsacks.cost.min(axis=1), 0, least + 30, WATCH)
        assert bound <= least, f"seed {seed}"
        assert chosen is None or every[tuple(chosen.tolist())] >= least
        cut += bound < least
    assert cut > 10


def test_a_search_told_to_stop_proves_nothing() -> None:
    knapsacks, every = instance(0)
    over = Watch.lasting(0)
    nothing = np.where(knapsacks.pairs & (knapsacks.points <= knapsacks.room), 0.0, np.inf)
    assert settled(knapsacks, nothing, knapsacks.cost.min(axis=1), 5, int(min(every.values())) + 30, over) == (None, 5)
