"""Which group is short of room or of children, worked by hand, and against every allocation of tiny engagements."""

from random import Random

from handover.clearance import can_take
from handover.engagement import Child, Rule
from handover.shortage import shortages
from tests.builders import a_child, a_engagement, a_worker, tiny_engagement
from tests.solver.brute import best_allocation


def court(*ids: str) -> list[Child]:
    return [a_child(i, needs=("court",)) for i in ids]


def test_children_who_need_what_nobody_has_are_told_with_the_skill() -> None:
    made = a_engagement([*court("C1", "C2"), a_child("C3")])
    (short,) = shortages(made, banded=False)
    assert short.why == ("2 children who need `court` (8 points) can go to nobody: no receiving worker has `court`.")


def test_a_rule_that_bars_everybody_is_not_told_as_a_missing_skill() -> None:
    made = a_engagement(rules=[Rule("C1", "W1", "never"), Rule("C1", "W2", "never")])
    (short,) = shortages(made, banded=False)
    assert "a rule bars every receiving worker" in short.why


def test_the_children_who_compete_and_the_workers_they_compete_for_are_named() -> None:
    # 3 x 4 points that need court; only W1 has it, and may hold 8. C4 fits with W2.
    made = a_engagement(
        [*court("C1", "C2", "C3"), a_child("C4")], [a_worker("W1", skills=("court",), max_points=8), a_worker("W2")]
    )
    (short,) = shortages(made, banded=False)
    assert short.why == "3 children who need `court` (12 points) can go to W1 only, who may hold 8 points: 4 too many."
    assert (short.worker_ids, short.team_ids, short.lacking) == (("W1",), (), 4)


def test_two_groups_that_have_nothing_to_do_with_each_other_are_told_apart() -> None:
    asylum = [a_child(i, needs=("asylum",)) for i in ("C4", "C5")]
    workers = [a_worker("W1", skills=("court",), max_points=8), a_worker("W2", skills=("asylum",), max_points=2)]
    found = shortages(a_engagement([*court("C1", "C2", "C3"), *asylum], workers), banded=False)
    # 12 points of court for 8, and 8 points of asylum for 2
    assert [(s.worker_ids, s.lacking) for s in found] == [(("W2",), 6), (("W1",), 4)]


def test_high_ends_limit_only_where_bands_are_asked_for() -> None:
    # 20 points, fair 10 each, high end 12; 16 of them need court, which W1 alone has
    made = a_engagement(
        [*court("C1", "C2", "C3", "C4"), a_child("C5")], [a_worker("W1", skills=("court",)), a_worker("W2")]
    )
    assert shortages(made, banded=False) == ()
    (short,) = shortages(made, banded=True)
    assert (short.worker_ids, short.least, short.most) == (("W1",), 16, 12)


def test_a_team_is_named_where_its_own_band_is_what_limits() -> None:
    # 32 points, fair 16 each, worker's high 32, T1's high 16.8 down to 16; 20 points may only go to W1 of T1
    children = [*court(*(f"C{n}" for n in range(1, 6))), *(a_child(f"D{n}") for n in range(3))]
    workers = [a_worker("W1", skills=("court",)), a_worker("W2", team_id="T2")]
    (short,) = shortages(a_engagement(children, workers, worker_band="1"), banded=True)
    assert (short.worker_ids, short.team_ids, short.least, short.most) == ((), ("T1",), 20, 16)


def test_a_worker_who_must_hold_more_than_anybody_may_give_them_is_told() -> None:
    # 40 points, fair 20, floor 10; only C1 (4 points) may go to W2
    children = [a_child(f"C{n}") for n in range(1, 11)]
    rules = [Rule(f"C{n}", "W2", "never") for n in range(2, 11)]
    made = a_engagement(children, rules=rules, worker_band="1", team_band="1", worker_floor="0.5")
    (short,) = shortages(made, banded=True)
    assert short.why == "W2 must hold 10 points, and can be given 4 at most."


def test_a_group_is_named_only_where_every_allocation_is_short() -> None:
    named = 0
    for seed in range(120):
        made = tiny_engagement(Random(seed))
        best = best_allocation(made)
        room, bands = shortages(made, banded=False), shortages(made, banded=True)
        named += bool(room) + (bool(bands) and not best["unallocated"])
        assert not room or best["unallocated"] > 0, seed
        assert not bands or best["unallocated"] > 0 or best["outside_bands"] > 0, seed
        for short in (*room, *bands):
            assert short.lacking > 0, seed
        stranded = {f for f in made.families if not any(can_take(f, w, made) for w in made.workers)}
        assert stranded <= {f for s in room for f in s.families}, seed
    assert named > 40
