"""The yardstick itself: trying every allocation, on engagements whose best is plain to see."""

from handover.engagement import Rule
from tests.builders import a_child, a_engagement, a_worker
from tests.solver.brute import allocations, best_allocation, best_changes_whatever_the_caseloads


def test_every_family_may_go_to_anybody_who_can_take_it_or_to_nobody() -> None:
    # C1 to W1, W2 or nobody; C2 to W2 or nobody: six allocations
    made = a_engagement((a_child("C1"), a_child("C2")), rules=(Rule("C2", "W1", "never"),))
    assert len(list(allocations(made))) == 6


def test_nobody_holds_more_than_max_points() -> None:
    # 4 points each, W1 at most 7: not both to W1, of 3 × 3 allocations
    made = a_engagement((a_child("C1"), a_child("C2")), (a_worker("W1", max_points=7), a_worker("W2")))
    assert len(list(allocations(made))) == 8


def test_the_best_is_what_a_manager_would_see_at_once() -> None:
    # W1 stays and holds both children, 4 points each; W2 is new. Fair 4 each, band 4 to 4 (20% rounds inwards): both
    # with W1 puts it 4 points above its band, one each costs a change but is even.
    workers = (a_worker("W1", side="staying"), a_worker("W2"))
    made = a_engagement((a_child("C1", "W1"), a_child("C2", "W1")), workers)
    best = best_allocation(made)
    assert {k: int(best[k]) for k in ("outside_bands", "changes", "unknown", "worker_imbalance")} == {
        "outside_bands": 0,
        "changes": 1,
        "unknown": 1,
        "worker_imbalance": 0,
    }
    assert best_changes_whatever_the_caseloads(made) == 0


def test_the_gravest_is_not_the_one_left_out() -> None:
    # one worker who may hold 7 points: one of the two children only, and the one of 7 points rather than of 4
    made = a_engagement((a_child("C1"), a_child("C2", points=7)), (a_worker("W1", max_points=7),))
    best = best_allocation(made)
    assert best["unallocated"] == 1
    assert best["unallocated_points"] == 4
