"""An engagement's allocation as arrays: pair by pair what the contract's own functions say."""

from random import Random

import numpy as np
import pytest

from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement, Family, Rule, Worker
from solver import cases
from solver.cases import assignment
from tests.builders import a_child, a_engagement, a_worker, tiny_engagement


def by_pairs(made: Engagement) -> np.ndarray:
    workers = receiving_workers(made)
    return np.array([[can_take(family, worker, made) for worker in workers] for family in made.families], bool)


@pytest.mark.parametrize("seed", range(40))
def test_who_may_take_whom_is_as_the_contract_says_of_each_pair(seed: int) -> None:
    made = tiny_engagement(Random(seed), 6, 4)
    assert (assignment(made).eligible == by_pairs(made)).all()


def test_a_familys_own_rules_are_asked_of_those_they_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def counted(family: Family, worker: Worker, engagement: Engagement) -> bool:
        asked.append((family.family_id, worker.worker_id))
        return can_take(family, worker, engagement)

    workers = [a_worker(f"W{n}") for n in range(1, 5)]
    children = [a_child("C1"), a_child("C2"), a_child("C3", family_id="F"), a_child("C4", family_id="F"), a_child("C5")]
    rules = [
        Rule("C1", "W1", "never"),
        Rule("C2", "W2", "always"),
        Rule("C3", "W3", "always"),  # siblings whose rules leave nobody
        Rule("C4", "W4", "always"),
    ]
    made = a_engagement(children, workers, rules=rules)
    monkeypatch.setattr(cases, "can_take", counted)
    assert (assignment(made).eligible == by_pairs(made)).all()
    assert sorted((f, w) for f, w in asked if f) == [("C1", "W1"), ("C2", "W2"), ("F", "W3"), ("F", "W4")]
