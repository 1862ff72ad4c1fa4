"""The nine figures of an allocation (contract §3)."""

from datetime import date
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from handover.continuity import changes
from handover.engagement import Engagement, Episode, Event
from handover.figures import allocation_figures
from handover.plan import ALLOCATION_LEVELS
from tests.builders import GO_LIVE, a_child, a_engagement, a_worker, engagements


def by_hand() -> Engagement:
    """26 points, three full-time workers: W1 and W2 in T1, W3 in T2. W1 holds C1 now, W3 is ready after go-live and
    cannot meet before it."""
    cases = (
        a_child("C1", "W1", points=5),
        a_child("C2", "O1", family_id="F2", points=6),
        a_child("C3", "O1", family_id="F2", points=4),
        a_child("C4", "O1", points=8),
        a_child("C5", "O1", points=3),
    )
    workers = (
        a_worker("W1", side="staying"),
        a_worker("W2"),
        a_worker("W3", team_id="T2", available_from=date(2022, 12, 5)),
    )
    history = [
        *(
            Episode("C2", w, d)
            for w, d in (("P1", date(2022, 1, 4)), ("P2", date(2022, 3, 1)), ("O1", date(2022, 6, 1)))
        ),
        *(Episode("C4", w, d) for w, d in (("W3", date(2022, 1, 4)), ("O1", date(2022, 6, 1)))),
    ]
    events = (Event("C2", "court_hearing", GO_LIVE),)
    return a_engagement(cases, workers, history=history, events=events, worker_band="0.2", team_band="0.05")


def test_the_nine_figures_of_an_allocation_worked_by_hand() -> None:
    # fair: 26/3 each; T1 52/3, T2 26/3. Worker band: 6.93→7 to 10.4→10. T1: 16.47→17 to 18.2→18. T2: 8.23→9 to 9.1→9.
    # C1 to W1 (its own), F2 to W3, C4 to W3, C5 to nobody.
    to_worker = {"C1": "W1", "F2": "W3", "C4": "W3", "C5": None}
    assert allocation_figures(to_worker, by_hand()) == {
        "unallocated": 1,
        "unallocated_points": 3,
        # W3 18 − 10 = 8 above (no floor: below the low end is no matter); T1 17 − 5 = 12 below; T2 18 − 9 = 9 above
        "outside_bands": 29,
        # C1 0; C2, C3, C4 to a late worker: 2 each
        "changes": 6,
        # C2 had two changes: 4; C3 none; C4 one: 2
        "burden": 6,
        # C2 with a hearing on go-live: 3; C3: 1; C4 knows W3 (an episode without an end)
        "strangers": 4,
        # C2 and C3
        "unknown": 2,
        # T1 |5 − 52/3| = 37/3; T2 |18 − 26/3| = 28/3
        "team_imbalance": Fraction(37, 3),
        # W1 11/3, W2 26/3, W3 28/3
        "worker_imbalance": Fraction(65, 3),
    }


def test_points_below_a_floor_are_outside_the_band() -> None:
    # 20 points, fair 10 each, floor 8: W2 with 2 lacks 6, W1 with 18 is 6 above 12; the team holds all its 20
    cases = (a_child("C1", points=18), a_child("C2", points=2))
    made = a_engagement(cases, worker_floor="0.8")
    assert allocation_figures({"C1": "W1", "C2": "W2"}, made)["outside_bands"] == 12
    # exactly on the floor and the high end: 8 and 12
    even = a_engagement((a_child("C1", points=8), a_child("C2", points=12)), worker_floor="0.8")
    assert allocation_figures({"C1": "W1", "C2": "W2"}, even)["outside_bands"] == 0


def test_without_receiving_workers_everybody_is_unallocated() -> None:
    made = a_engagement(workers=(a_worker("W1", swe_number=""),))
    figures = allocation_figures({"C1": None}, made)
    assert figures["unallocated"] == 1
    assert figures["unallocated_points"] == 4
    assert sum(figures.values()) == 5


@given(engagements(), st.randoms(use_true_random=False))
def test_figures_are_the_sum_over_children_who_have_a_worker(made: Engagement, random: Random) -> None:
    ids = [w.worker_id for w in made.workers if w.side != "outgoing" and w.role == "social_worker"]
    to_worker = {f.family_id: random.choice([None, *ids]) for f in made.families}
    figures = allocation_figures(to_worker, made)
    assert tuple(figures) == ALLOCATION_LEVELS
    child_to = {c.child_id: to_worker[made.family_of[c.child_id].family_id] for c in made.children}
    placed = [(c, made.worker[w]) for c in made.children if (w := child_to[c.child_id]) is not None]
    assert figures["unallocated"] == len(made.children) - len(placed)
    assert figures["changes"] == sum(changes(c, w, made) for c, w in placed)
    assert figures["unknown"] <= len(placed)
    assert figures["strangers"] <= 3 * figures["unknown"]
