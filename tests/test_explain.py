from datetime import date
from fractions import Fraction

import pytest

from handover.engagement import Engagement, Episode, Rule
from handover.explain import explain_child, explain_worker
from tests.builders import a_child, a_engagement, a_manager, a_worker
from tests.plans import a_plan


def told(made: Engagement, to_worker: dict[str, str | None], child_id: str = "C1"):  # noqa: ANN201
    return explain_child(made.child[child_id], a_plan(made, to_worker), made)


def test_what_a_family_adds_is_what_the_plan_would_be_less_without_it() -> None:
    # C1 and C2 move together, each 4 points, C1 with one change before; W1 is new to both. C3 stays with W2.
    made = a_engagement(
        [a_child("C1", family_id="F1"), a_child("C2", family_id="F1"), a_child("C3", "W2")],
        [a_worker("W1"), a_worker("W2", side="staying")],
        history=[Episode("C1", "P1", date(2022, 1, 1), date(2022, 6, 1)), Episode("C1", "O1", date(2022, 6, 1))],
    )
    parts = {p.level: (p.family, p.plan) for p in told(made, {"F1": "W1", "C3": "W2"}).parts}
    assert parts["changes"] == (2, 2)
    assert parts["burden"] == (1, 1)
    assert parts["unknown"] == (2, 2)
    assert parts["unallocated"] == (0, 0)
    # fair share 6 each: W1 holds 8, W2 4, 2 + 2 off; without the family 6 + 2
    assert parts["worker_imbalance"] == (Fraction(-4), 4)


def test_a_family_left_out_counts_where_it_is_left_out() -> None:
    made = a_engagement([a_child("C1", family_id="F1"), a_child("C2", family_id="F1", points=7)])
    parts = {p.level: p.family for p in told(made, {"F1": None}).parts}
    assert (parts["unallocated"], parts["unallocated_points"]) == (2, 11)
    assert parts["changes"] == 0


def test_everybody_of_the_incoming_teams_is_either_able_or_named_with_the_rule() -> None:
    made = a_engagement(
        [a_child(needs=("court",))],
        [
            a_worker("W1", skills=("court",)),
            a_worker("W2"),
            a_worker("W3", skills=("court",)),
            a_worker("W4", skills=("court",), swe_restrictions="yes"),
        ],
        rules=[Rule("C1", "W3", "never", "kin")],
    )
    one = told(made, {"C1": "W1"})
    assert one.able == ("W1",)
    assert {b.rule: b.worker_ids for b in one.barred} == {
        "lacks court": ("W2",),
        "C1 must never go to W3": ("W3",),
        "is not cleared (swe_restrictions)": ("W4",),
        "is a team manager and receives no cases": ("M1",),
    }


def test_a_child_who_goes_to_somebody_new_is_told_why_not_to_who_is_known() -> None:
    # 8 points for three: a fair share of 2 2/3, at most 3 (120%). W1 would hold 4 + 4; W3 leaves before the need ends
    made = a_engagement(
        [a_child("C1"), a_child("C2")],
        [a_worker("W1"), a_worker("W2"), a_worker("W3", available_to=date(2023, 1, 13))],
        rules=[Rule("C1", "W1", "knows"), Rule("C1", "W3", "knows")],
    )
    assert told(made, {"C1": "W2", "C2": "W1"}).rather == (
        "Why not Worker W1 (W1), who is known: would hold 8 points, above the band's 3.",
        "Why not Worker W3 (W3), who is known: 1 more change of worker.",
    )
    assert told(made, {"C1": "W1", "C2": "W2"}).rather == ()
    assert told(made, {"C1": None, "C2": "W2"}).rather == ()


@pytest.mark.parametrize(
    ("now", "goes", "said"),
    [
        ({"side": "outgoing"}, {}, "Only if they join an incoming team"),
        ({"side": "staying", "swe_registered_until": date(2022, 11, 27)}, {}, "(swe_registered_until in workers.csv)"),
        ({"side": "staying"}, {}, "could keep the child, at a price"),
        (
            {"side": "outgoing"},
            {"laptop_on": date(2022, 12, 5)},
            "(laptop_on 05/12/2022): ready by 28/11/2022",
        ),
        (
            {"side": "outgoing"},
            {"available_to": date(2023, 1, 13)},
            "leaves on 13/01/2023: staying until 31/03/2023",
        ),
    ],
)
def test_what_would_avoid_a_change_is_said(now: dict[str, object], goes: dict[str, object], said: str) -> None:
    made = a_engagement([a_child("C1", "H1")], [a_worker("W1", **goes), a_worker("H1", **now)])
    assert any(said in sentence for sentence in told(made, {"C1": "W1"}).avoid)


def test_a_child_who_goes_to_nobody_is_told_that_first() -> None:
    made = a_engagement([a_child("C1", needs=("court",))])
    assert told(made, {"C1": None}).avoid == (
        "The child goes to nobody yet: the reason above says what stands in the way.",
    )


def test_a_child_who_stays_has_nothing_to_avoid() -> None:
    made = a_engagement([a_child("C1", "W1")], [a_worker("W1", side="staying")])
    assert told(made, {"C1": "W1"}).avoid == ("The child keeps the same worker: there is no change to avoid.",)


def test_a_caseload_is_explained_family_by_family() -> None:
    made = a_engagement(
        [a_child("C1", "W1"), a_child("C2"), a_child("C3"), a_child("C4", needs=("court",)), a_child("C5")],
        [
            a_worker("W1", side="staying", skills=("court",), available_to=date(2023, 1, 13)),
            a_worker("W2", laptop_on=date(2022, 12, 5)),
        ],
        rules=[Rule("C2", "W1", "knows")],
        worker_band="0.5",
    )
    plan = a_plan(made, {"C1": "W1", "C2": "W1", "C3": "W1", "C4": "W1", "C5": "W2"})
    one = explain_worker(made.worker["W1"], plan, made)
    assert {h.family_id: h.because for h in one.held} == {
        "C1": "holds them now",
        "C2": "known to them",
        "C3": "new to them",
        "C4": "nobody else can take them",
    }
    # 16 of 20 points, fair 10 each, band half: 5 to 15
    assert "16 points are 1 above the band's high end of 15." in one.reasons[-1]
    assert one.reasons[0].startswith("Leaves on 13/01/2023")
    late = explain_worker(made.worker["W2"], plan, made)
    assert late.reasons[0].startswith("Ready only on 05/12/2022")
    # C1 would change 2 times with W2 instead of 1 (W1 leaves); C2 and C3 2 times either way
    assert (
        "Skills and rules would let 3 other families come here; for 1 of them that would be more changes"
        in late.reasons[1]
    )


def test_a_person_who_receives_nobody_is_told_why_and_where_their_children_go() -> None:
    made = a_engagement([a_child("C1"), a_child("C2")], [a_worker("W1"), a_manager()])
    plan = a_plan(made, {"C1": "W1", "C2": "W1"})
    assert explain_worker(made.worker["O1"], plan, made).reasons == (
        "Worker O1 (O1) receives no cases: Worker O1 works for the outgoing provider.",
        "The 2 children held now go 2 to Worker W1 (W1).",
    )
    assert "is a team manager" in explain_worker(made.worker["M1"], plan, made).reasons[0]
