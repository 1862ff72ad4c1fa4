from datetime import date
from typing import Any

import pytest
from hypothesis import given

from handover.clearance import can_take, receiving_workers
from handover.engagement import Engagement, Episode, Rule
from handover.why import Reasons, why
from tests.builders import CONTRACT_END, a_child, a_engagement, a_manager, a_worker, engagements
from tests.plans import first_fit


def reason(one: Engagement, to_worker: dict[str, str | None] | str | None, child_id: str = "C1") -> str:
    allocation = to_worker if isinstance(to_worker, dict) else {f.family_id: to_worker for f in one.families}
    family_id = one.family_of[child_id].family_id
    return why(one.child[child_id], allocation[family_id], one, allocation)


def test_a_child_who_stays_is_said_to_stay() -> None:
    one = a_engagement([a_child(worker_id="W1")], [a_worker("W1", side="staying"), a_worker("W2")])
    assert reason(one, "W1") == "Stays with Worker W1 (W1), who holds the case now."


def test_a_child_who_stays_with_somebody_leaving_will_change_again() -> None:
    one = a_engagement([a_child(worker_id="W1")], [a_worker("W1", side="staying", available_to=date(2023, 2, 24))])
    assert reason(one, "W1").endswith("Worker W1 leaves on 2023-02-24, so the child will change again.")


def test_an_outgoing_worker_makes_the_change_unavoidable() -> None:
    one = a_engagement()
    assert reason(one, "W1") == (
        "Goes to Worker W1 (W1): new to the child, one of 2 receiving workers who can take the child. "
        "The change cannot be avoided: Worker O1 (O1) works for the outgoing provider."
    )


def test_a_worker_known_from_before_is_said_to_be_known() -> None:
    one = a_engagement(
        history=[Episode("C1", "W1", date(2022, 1, 1), date(2022, 6, 1)), Episode("C1", "O1", date(2022, 6, 1))]
    )
    assert ": known to the child" in reason(one, "W1")
    assert ": new to the child" in reason(one, "W2")


def test_the_skills_that_narrow_the_choice_are_named_with_the_siblings() -> None:
    one = a_engagement(
        [a_child("C1", family_id="F1"), a_child("C2", family_id="F1", needs=("court",)), a_child("C3")],
        [a_worker("W1", skills=("court",)), a_worker("W2")],
    )
    assert reason(one, "W1").startswith(
        "Goes with C2 to Worker W1 (W1): new to the child, the only receiving worker who can take the family of 2 "
        "(needs court)."
    )


@pytest.mark.parametrize(
    ("now", "rules", "said"),
    [
        ({"swe_registered_until": date(2022, 11, 27)}, [], "is not cleared (swe_registered_until)"),
        ({"available_to": date(2022, 11, 25)}, [], "leaves on 2022-11-25, before they could start"),
        ({"laptop_on": date(2023, 4, 3)}, [], "is ready only on 2023-04-03, after the contract ends"),
        ({"skills": ()}, [], "cannot take the child (lacks court)"),
        ({}, [Rule("C1", "W2", "never")], "cannot take the child (C1 must never go to W2)"),
        ({}, [Rule("C1", "W1", "always")], "cannot take the child (C1 must always go to W1)"),
        ({"role": "team_manager", "managing_since": date(2015, 1, 1)}, [], "is a team manager and receives no cases"),
    ],
)
def test_a_staying_worker_who_cannot_keep_the_child_is_explained(
    now: dict[str, Any], rules: list[Rule], said: str
) -> None:
    holder = a_worker("W2", **({"side": "staying", "skills": ("court",)} | now))
    one = a_engagement(
        [a_child(worker_id="W2", needs=("court",))],
        [a_worker("W1", skills=("court",)), holder, a_manager()],
        rules=rules,
    )
    assert f"The change cannot be avoided: Worker W2 (W2) {said}" in reason(one, "W1")


@pytest.mark.parametrize(
    ("now", "settings", "said"),
    [
        # C2 (4 points) is with W2 already; with C1 they would hold 8
        ({"max_points": 7}, {"worker_band": "1"}, "but would hold 8 points, above the 7 set as the most"),
        ({}, {"worker_band": "0.5"}, "but would hold 8 points, above the band's 6"),  # 1.5 × fair share 4
        ({"team_id": "T2"}, {"worker_band": "2"}, "but team T2 would hold 8 points, above its band's 4"),
        # the team's band is wide upwards for T2 (fair 4, band 1: 0 to 8): nothing of the caseloads stands against it
        ({"team_id": "T2"}, {"worker_band": "2", "team_band": "1"}, "the best plan found for all children together"),
        # W1 would be left with 0, below the floor of half their fair share
        (
            {},
            {"worker_band": "1", "worker_floor": "0.5"},
            "but W1 would be left below the least every worker must hold",
        ),
    ],
)
def test_a_worker_who_could_have_kept_the_child_is_said_to_have_no_room(
    now: dict[str, Any], settings: dict[str, Any], said: str
) -> None:
    one = a_engagement(
        [a_child("C1", "W2"), a_child("C2", "W2")],
        [a_worker("W1"), a_worker("W2", side="staying", **now)],
        **settings,
    )
    text = reason(one, {"C1": "W1", "C2": "W2"})
    assert "Worker W2 (W2) could have kept the child, " in text
    assert said in text
    assert "cannot be avoided" not in text


def test_staying_with_somebody_about_to_leave_is_no_fewer_changes() -> None:
    one = a_engagement(
        [a_child(worker_id="W2")], [a_worker("W1"), a_worker("W2", side="staying", available_to=date(2022, 12, 16))]
    )
    assert "no fewer changes: Worker W2 (W2) leaves on 2022-12-16" in reason(one, "W1")


def test_a_child_follows_its_siblings() -> None:
    children = [a_child(f"C{n}", w, family_id="F1") for n, w in ((1, "W2"), (2, "W1"), (3, "W1"))]
    one = a_engagement(children, [a_worker("W1", side="staying"), a_worker("W2", side="staying")])
    text = reason(one, "W1")
    assert "who holds C2, C3 now" in text
    assert "Siblings move together, and staying with Worker W2 (W2) would be no fewer changes" in text


def test_a_late_worker_means_an_interim_one() -> None:
    one = a_engagement(workers=[a_worker("W1", laptop_on=date(2022, 12, 5)), a_worker("W2")])
    assert reason(one, "W1").endswith("is ready only on 2022-12-05, so an interim worker holds the child until then.")


def nobody(one: Engagement, child_id: str = "C1") -> str:
    text = reason(one, None, child_id)
    assert text.startswith("Nobody can take the ")
    return text


def test_no_receiving_worker_at_all() -> None:
    one = a_engagement(workers=[a_worker("W1", swe_restrictions="yes")])
    assert nobody(one) == "Nobody can take the child: no worker of the incoming teams may receive cases."


def test_a_skill_that_nobody_has_is_named_with_who_has_it_and_may_not() -> None:
    one = a_engagement(
        [a_child(needs=("asylum", "court"))],
        [a_worker("W1", skills=("asylum",)), a_worker("W2", skills=("court",), dbs_number="1")],
    )
    assert nobody(one).endswith(
        "no receiving worker has the skill court that C1 needs (W2 has it but is not cleared (dbs_number))."
    )


def test_skills_that_nobody_has_together() -> None:
    one = a_engagement(
        [a_child(needs=("asylum", "court"))], [a_worker("W1", skills=("asylum",)), a_worker("W2", skills=("court",))]
    )
    assert nobody(one).endswith("no receiving worker has asylum and court together.")


def test_never_for_everybody() -> None:
    one = a_engagement(rules=[Rule("C1", "W1", "never"), Rule("C1", "W2", "never")])
    assert nobody(one).endswith("`never` rules bar every receiving worker (W1, W2).")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([Rule("C1", "O1", "always")], "C1 must always go to Worker O1 (O1), who works for the outgoing provider."),
        ([Rule("C1", "W3", "always")], "C1 must always go to Worker W3 (W3), who is not cleared (dbs_number)."),
        (
            [Rule("C1", "M1", "always")],
            "C1 must always go to Worker M1 (M1), who is a team manager and receives no cases.",
        ),
        (
            [Rule("C1", "W1", "always"), Rule("C2", "W2", "always")],
            "the siblings' rules contradict each other: C1 must always go to W1 but C2 must always go to W2.",
        ),
        (
            [Rule("C1", "W1", "always"), Rule("C2", "W1", "never")],
            "C1 must always go to Worker W1 (W1), who cannot take the family of 2 (C2 must never go to W1).",
        ),
    ],
)
def test_always_with_somebody_who_cannot(rules: list[Rule], said: str) -> None:
    one = a_engagement(
        [a_child("C1", family_id="F1"), a_child("C2", family_id="F1")],
        [a_worker("W1"), a_worker("W2"), a_worker("W3", dbs_number="")],
        rules=rules,
    )
    assert nobody(one).endswith(said)


def test_all_who_could_are_full() -> None:
    # W1 holds 4 of at most 7, W2 none of at most 3: 4 more are too many for both
    one = a_engagement([a_child("C1"), a_child("C2")], [a_worker("W1", max_points=7), a_worker("W2", max_points=3)])
    text = reason(one, {"C1": None, "C2": "W1"})
    assert text.endswith(
        "all 2 workers who could are full for 4 more points "
        "(W1 holds 4 of at most 7 points; W2 holds 0 of at most 3 points)."
    )


def test_a_search_cut_short_is_not_blamed_on_a_rule() -> None:
    said = reason(a_engagement(), None)
    assert said.startswith("No place was found for the child before the search ended, though W1, W2 could take more; ")


@given(engagements())
def test_who_could_take_a_family_is_counted_as_the_clearance_rules_say(one: Engagement) -> None:
    reasons = Reasons(one, {})
    for family in one.families:
        able = {w.worker_id for w in receiving_workers(one) if can_take(family, w, one)}
        assert reasons.able(family) == able
        assert ("full for" in reasons.nobody(family) or "could take more" in reasons.nobody(family)) is bool(able)


@given(engagements())
def test_every_child_has_a_reason_of_a_few_sentences_and_the_same_one_each_time(one: Engagement) -> None:
    to_worker = first_fit(one)
    for child in one.children:
        text = reason(one, to_worker, child.child_id)
        assert text.endswith(".")
        assert "  " not in text
        assert text == Reasons(one, to_worker).why(child, to_worker[one.family_of[child.child_id].family_id])
    assert one.settings.contract_end == CONTRACT_END
