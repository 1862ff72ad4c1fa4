"""Who holds children in between: the first group that has anybody, and the heaviest day-one load the least there is."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from handover.caseload import family_points, points
from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement
from handover.handovers import held_in_between, interim_candidates
from solver import interim
from solver.interim import choose_interim
from solver.watch import Watch
from tests.builders import a_child, a_engagement, a_manager, a_worker, tiny_engagement

LATE = {"laptop_on": date(2022, 12, 5)}


def heaviest(
    engagement: Engagement, to_worker: Mapping[str, str | None], interim: Mapping[str, str | None]
) -> Fraction:
    """The heaviest day-one load, own and interim points by fte, of those who could hold somebody in between."""
    load: dict[str, Fraction] = defaultdict(Fraction)
    for family in engagement.families:
        worker_id = to_worker[family.family_id]
        if worker_id is not None:
            load[worker_id] += family_points(family, engagement)
    could: set[str] = set()
    for family_id, holder in interim.items():
        family, worker = engagement.family[family_id], engagement.worker[str(to_worker[family_id])]
        could |= {w.worker_id for w in interim_candidates(family, worker, engagement)}
        if holder is not None:
            held = held_in_between(family, worker, engagement)
            load[holder] += sum(points(child, engagement) for child in held)
    return max((load[w] / engagement.worker[w].fte for w in could), default=Fraction(0))


@pytest.mark.parametrize("seed", range(60))
def test_no_other_choice_of_interim_workers_has_a_lighter_heaviest_day_one_load(seed: int) -> None:
    random = Random(seed)
    engagement = tiny_engagement(random, 6, 4)
    receiving = receiving_workers(engagement)
    to_worker: dict[str, str | None] = {}
    for family in engagement.families:
        able = [w.worker_id for w in receiving if can_take(family, w, engagement)]
        to_worker[family.family_id] = random.choice(able) if able else None
    chosen = choose_interim(engagement, to_worker)
    options = {}
    for family in engagement.families:
        worker_id = to_worker[family.family_id]
        if worker_id is None or not held_in_between(family, engagement.worker[worker_id], engagement):
            continue
        candidates = interim_candidates(family, engagement.worker[worker_id], engagement)
        options[family.family_id] = [w.worker_id for w in candidates] or [None]
    assert chosen.keys() == options.keys()
    assert all(chosen[family_id] in options[family_id] for family_id in options)
    every = (dict(zip(options, pick, strict=True)) for pick in product(*options.values()))
    least = min(heaviest(engagement, to_worker, one) for one in every)
    assert heaviest(engagement, to_worker, chosen) == least
    when_time_is_up = choose_interim(engagement, to_worker, Watch.lasting(0))
    assert heaviest(engagement, to_worker, when_time_is_up) == least


def test_two_families_are_spread_over_two_ready_colleagues() -> None:
    # W3 is late; W1 and W2 hold nobody: 4 and 4 points by one each, not 8 by one of them
    workers = [a_worker("W1"), a_worker("W2"), a_worker("W3", **LATE)]
    engagement = a_engagement([a_child("C1", points=4), a_child("C2", points=4)], workers)
    chosen = choose_interim(engagement, {"C1": "W3", "C2": "W3"})
    assert sorted(str(w) for w in chosen.values()) == ["W1", "W2"]


def test_the_manager_holds_the_child_where_no_colleague_is_ready() -> None:
    engagement = a_engagement([a_child("C1")], [a_worker("W3", **LATE), a_manager("M1")])
    assert choose_interim(engagement, {"C1": "W3"}) == {"C1": "M1"}


def test_a_child_whose_worker_is_ready_needs_nobody_in_between() -> None:
    engagement = a_engagement([a_child("C1")], [a_worker("W1")])
    assert choose_interim(engagement, {"C1": "W1"}) == {}


def asked_for(question: str, monkeypatch: pytest.MonkeyPatch) -> list[Fraction]:
    """The loads for which the search asks a question of the solver."""
    asked: list[Fraction] = []
    answer = getattr(interim, question)

    def counted(most: Fraction, *rest: object) -> object:
        asked.append(most)
        return answer(most, *rest)

    monkeypatch.setattr(interim, question, counted)
    return asked


def all_late(*points: int) -> tuple[Engagement, dict[str, str | None]]:
    """W1 and W2 hold nobody; children of these points all go to W3, who is late."""
    workers = [a_worker("W1"), a_worker("W2"), a_worker("W3", **LATE)]
    children = [a_child(f"C{n}", points=each) for n, each in enumerate(points)]
    return a_engagement(children, workers), {child.child_id: "W3" for child in children}


@pytest.mark.parametrize(
    ("points", "heaviest_load", "questions"),
    [
        # 4 and 4 at once, and no two people could have less
        ((4, 4), 4, []),
        # the heaviest first comes to 5+3+3 and 5+3; 19 over two people is 10 at least, and 5+5 and 3+3+3 can be had
        ((5, 5, 3, 3, 3), 10, [10]),
        # 16 over two people is 8 at least, but 6, 6 and 4 come to 10 and 6
        ((6, 6, 4), 10, [8, 9]),
    ],
)
def test_the_least_load_is_asked_for_from_where_there_is_room_for_all(
    points: tuple[int, ...], heaviest_load: int, questions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_for("_within", monkeypatch)
    engagement, to_worker = all_late(*points)
    assert heaviest(engagement, to_worker, choose_interim(engagement, to_worker)) == heaviest_load
    assert asked == questions


def test_when_time_is_up_the_heaviest_load_is_still_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_for("_best_known", monkeypatch)
    over = Watch.lasting(0)
    engagement, to_worker = all_late(4, 4)
    assert heaviest(engagement, to_worker, choose_interim(engagement, to_worker, over)) == 4
    engagement, to_worker = all_late(5, 5, 3, 3, 3)
    assert heaviest(engagement, to_worker, choose_interim(engagement, to_worker, over)) == 10
    assert asked == []  # who is known to whom is left out
