"""Points, fair shares and bands, exact (contract §3)."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from handover.caseload import (
    Band,
    fair_shares,
    family_points,
    points,
    team_bands,
    team_fair_shares,
    total_points,
    worker_bands,
)
from handover.clearance import receiving_workers
from handover.engagement import Engagement, Team
from tests.builders import a_child, a_engagement, a_manager, a_worker, engagements


@pytest.mark.parametrize(
    ("plan", "worth"), [("child_protection", 4), ("court", 6), ("looked_after", 4), ("child_in_need", 2)]
)
def test_a_child_without_points_has_its_plans(plan: str, worth: int) -> None:
    made = a_engagement((a_child("C1", plan=plan), a_child("C2", plan=plan, points=1)))
    assert [points(c, made) for c in made.children] == [worth, 1]


def test_the_points_of_a_plan_are_the_engagements_own() -> None:
    made = a_engagement((a_child("C1", plan="court"),), points={"court": 9})
    assert points(made.child["C1"], made) == 9


def test_a_family_weighs_what_its_siblings_do_together() -> None:
    # 4 + 7 in the family, 6 beside it
    cases = (a_child("C1", family_id="F1"), a_child("C2", family_id="F1", points=7), a_child("C3", plan="court"))
    made = a_engagement(cases)
    assert family_points(made.family["F1"], made) == 11
    assert total_points(made) == 17


def ten_points(**settings: Any) -> Engagement:
    """10 points; T1: W1 full-time, W2 at 0.6; T2: W3 at 0.4; Σ fte 2."""
    workers = (
        a_worker("W1"),
        a_worker("W2", fte="0.6"),
        a_worker("W3", fte="0.4", team_id="T2"),
        a_worker("W4", team_id="T2", swe_number=""),
    )
    return a_engagement((a_child("C1", points=3), a_child("C2", points=7)), workers, **settings)


def test_points_are_shared_fairly_by_fte_among_those_who_receive() -> None:
    # 10 × 1/2, 10 × 0.6/2, 10 × 0.4/2; W4 is not cleared
    assert fair_shares(ten_points()) == {"W1": 5, "W2": 3, "W3": 2}


def test_a_fair_share_is_an_exact_fraction() -> None:
    made = a_engagement((a_child("C1", points=10),), [a_worker(f"W{n}") for n in (1, 2, 3)])
    assert set(fair_shares(made).values()) == {Fraction(10, 3)}


def test_a_teams_fair_share_is_its_workers_together() -> None:
    assert team_fair_shares(ten_points()) == {"T1": 8, "T2": 2}


def test_a_team_without_receiving_workers_has_a_share_of_nothing() -> None:
    teams = (Team("T1", "Team 1", "M1"), Team("T2", "Team 2", "M2"))
    made = a_engagement(workers=(a_worker("W1"), a_manager("M2", team_id="T2")), teams=teams)
    assert team_fair_shares(made) == {"T1": 4, "T2": 0}
    assert team_bands(made)["T2"] == Band(0, 0, 0)


def test_without_any_receiving_worker_there_are_no_shares() -> None:
    made = a_engagement(workers=(a_worker("W1", available_to=date(2022, 11, 25)),))
    assert fair_shares(made) == {}
    assert worker_bands(made) == {}
    assert team_fair_shares(made) == {"T1": 0}


@pytest.mark.parametrize(
    ("band", "low", "high"),
    [
        ("0.2", 4, 6),  # 5 × 0.8 = 4 and 5 × 1.2 = 6, exactly
        ("0.1", 5, 5),  # 4.5 up, 5.5 down
        ("0.3", 4, 6),  # 3.5 up, 6.5 down
        ("0", 5, 5),
        ("1", 0, 10),
    ],
)
def test_a_band_is_whole_points_low_end_up_and_high_end_down(band: str, low: int, high: int) -> None:
    assert worker_bands(ten_points(worker_band=band))["W1"] == Band(low, high, 0)


def test_no_rounding_moves_the_end_of_a_band() -> None:
    # 55 × 1.2 is 66; in binary floating point 55 × (1 − 0.2) and such land a hair off
    made = a_engagement((a_child("C1", points=165),), [a_worker(f"W{n}") for n in (1, 2, 3)])
    assert worker_bands(made)["W1"] == Band(44, 66, 0)


@pytest.mark.parametrize(("floor", "least"), [("0", 0), ("0.8", 4), ("0.5", 3), ("1", 5)])
def test_a_floor_is_a_share_of_the_fair_share_rounded_up(floor: str, least: int) -> None:
    # of 5 points: 0, 4, 2.5 up to 3, 5
    assert worker_bands(ten_points(worker_floor=floor))["W1"].floor == least


@pytest.mark.parametrize(
    ("most", "band"),
    [
        (8, Band(8, 8, 8)),
        (9, Band(8, 9, 9)),
        (12, Band(8, 12, 9)),
        (13, Band(8, 12, 9)),
        (None, Band(8, 12, 9)),
        (3, Band(3, 3, 3)),
    ],
)
def test_a_workers_band_and_floor_are_cut_down_to_max_points(most: int | None, band: Band) -> None:
    # fair share 10, band 8 to 12, floor 9
    made = a_engagement(
        (a_child("C1", points=20),), (a_worker("W1", max_points=most), a_worker("W2")), worker_floor="0.9"
    )
    assert worker_bands(made)["W1"] == band


def test_a_team_is_held_to_both_ends_of_its_band() -> None:
    # T1: 8 × 0.9 = 7.2 up to 8, 8.8 down to 8; T2: 1.8 up to 2, 2.2 down to 2
    assert team_bands(ten_points(team_band="0.1")) == {"T1": Band(8, 8, 8), "T2": Band(2, 2, 2)}
    # T1: 6 to 10; T2: 1.5 up to 2, 2.5 down to 2
    assert team_bands(ten_points(team_band="0.25")) == {"T1": Band(6, 10, 6), "T2": Band(2, 2, 2)}


def test_a_teams_band_is_not_cut_down_to_its_workers_max_points() -> None:
    made = a_engagement((a_child("C1", points=20),), (a_worker("W1", max_points=1), a_worker("W2", max_points=1)))
    assert team_bands(made)["T1"] == Band(19, 21, 19)


@given(engagements())
def test_fair_shares_add_up_to_all_points_and_lie_within_their_bands(made: Engagement) -> None:
    shares = fair_shares(made)
    if receiving_workers(made):
        assert sum(shares.values()) == total_points(made) == sum(team_fair_shares(made).values())
    for worker_id, band in worker_bands(made).items():
        most = made.worker[worker_id].max_points
        widest = shares[worker_id] * (1 + made.settings.workload.worker_band)
        assert band.high == most or band.high <= widest < band.high + 1
        assert most is None or max(band.low, band.high, band.floor) <= most


def test_a_band_is_a_value_that_has_no_floor_unless_given() -> None:
    band = Band(4, 6)
    assert band.floor == 0
    assert len({band, Band(4, 6, 0)}) == 1
