"""Who hands over, relays, signs off and holds in between; who is busy when (contract §4)."""

from datetime import date, datetime, time
from typing import Any

import pytest

from handover.engagement import Absence, Engagement, Episode, Event, Rule, Team, Worker
from handover.handovers import (
    Busy,
    barred_visit_days,
    busy_times,
    changing_families,
    event_end,
    first_hearing,
    hands_over,
    has_never,
    held_in_between,
    interim_candidates,
    joint_visit_due,
    manager_of,
    managers,
    may_hand_over,
    may_receive,
    may_relay,
    may_sign_off,
    unvisited_weight,
    visits_due,
)
from tests.builders import GO_LIVE, LAST_DAY, WINDOW_START, a_child, a_engagement, a_manager, a_worker


def siblings(*holders: str, **changes: Any) -> Engagement:
    """One family F1 whose children C1, C2 … are held by the workers named."""
    cases = [a_child(f"C{n}", holder, family_id="F1") for n, holder in enumerate(holders, start=1)]
    return a_engagement(cases, **changes)


def ids(workers: tuple[Worker, ...]) -> list[str]:
    return [w.worker_id for w in workers]


# Who hands over ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holders", "giver"),
    [
        (["O1", "O2", "O2"], "O2"),  # holds most
        (["O2", "O1"], "O1"),  # a tie goes to the lowest id
        (["W1", "W1", "O2"], "O2"),  # never the receiving worker, who holds most
        (["W1"], None),  # nothing changes
    ],
)
def test_who_holds_most_siblings_now_hands_over(holders: list[str], giver: str | None) -> None:
    assert hands_over(siblings(*holders).family["F1"], "W1") == giver


def test_only_families_with_a_new_worker_need_a_handover() -> None:
    cases = (a_child("C1"), a_child("C2", "W1"), a_child("C3"))
    made = a_engagement(cases, (a_worker("W1", side="staying"),))
    to_worker = {"C1": "W1", "C2": "W1", "C3": None}
    assert [f.family_id for f in changing_families(to_worker, made)] == ["C1"]


# What a family is due ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "due"), [("child_protection", True), ("court", True), ("looked_after", True), ("child_in_need", False)]
)
def test_a_joint_visit_is_due_by_the_plan(plan: str, due: bool) -> None:
    made = a_engagement((a_child("C1", plan=plan),))
    assert joint_visit_due(made.family["C1"], made) is due


def test_one_sibling_on_such_a_plan_makes_the_familys_visit_due() -> None:
    cases = (a_child("C1", family_id="F1", plan="child_in_need"), a_child("C2", family_id="F1", plan="court"))
    made = a_engagement(cases)
    assert joint_visit_due(made.family["F1"], made)
    narrower = a_engagement(cases, joint_visit_for=("looked_after",))
    assert not joint_visit_due(narrower.family["F1"], narrower)


def test_a_missed_visit_weighs_one_and_the_prior_changes_of_each_child_on_such_a_plan() -> None:
    cases = (
        a_child("C1", family_id="F1"),  # one prior change: 2
        a_child("C2", family_id="F1"),  # none: 1
        a_child("C3", family_id="F1", plan="child_in_need"),  # one prior change, but no such plan: 0
    )
    history = [Episode(c, w, d) for c in ("C1", "C3") for w, d in (("P1", date(2022, 1, 4)), ("O1", date(2022, 6, 1)))]
    made = a_engagement(cases, history=history)
    assert unvisited_weight(made.family["F1"], made) == 3


def test_visits_due_are_the_siblings_own_from_the_first_day_to_the_eve_of_go_live() -> None:
    visits = [
        Event("C1", "statutory_visit", date(2022, 11, 13)),  # the day before the window
        Event("C1", "statutory_visit", date(2022, 11, 27)),  # a Sunday, in the window
        Event("C2", "statutory_visit", WINDOW_START),
        Event("C2", "statutory_visit", GO_LIVE),
        Event("C2", "core_group", LAST_DAY),
    ]
    made = siblings("O1", "O1", events=visits)
    assert visits_due(made.family["F1"], made) == (WINDOW_START, date(2022, 11, 27))


def test_no_visit_counts_for_a_family_that_is_due_no_joint_visit() -> None:
    made = a_engagement((a_child("C1", plan="child_in_need"),), events=(Event("C1", "statutory_visit", WINDOW_START),))
    assert visits_due(made.family["C1"], made) == ()


def test_no_joint_visit_on_the_day_of_a_siblings_conference_or_hearing() -> None:
    events = (
        Event("C1", "review_conference", date(2022, 11, 16)),
        Event("C2", "court_hearing", date(2022, 11, 17)),
        Event("C2", "looked_after_review", date(2022, 11, 18)),
    )
    made = siblings("O1", "O1", events=events)
    assert barred_visit_days(made.family["F1"], made) == {date(2022, 11, 16), date(2022, 11, 17)}


@pytest.mark.parametrize(
    ("events", "first"),
    [
        ([], None),
        ([("court_hearing", date(2022, 11, 13))], None),  # before the window
        ([("court_hearing", WINDOW_START)], WINDOW_START),
        ([("court_hearing", date(2022, 12, 9)), ("review_conference", date(2022, 12, 2))], date(2022, 12, 2)),
        ([("core_group", WINDOW_START), ("court_hearing", GO_LIVE)], GO_LIVE),
    ],
)
def test_the_first_conference_or_hearing_from_the_windows_first_day(
    events: list[tuple[str, date]], first: date | None
) -> None:
    made = a_engagement(events=[Event("C1", kind, on) for kind, on in events])
    assert first_hearing(made.child["C1"], made) == first


# Who is busy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "end"),
    [
        (Event("C1", "core_group", LAST_DAY, time(10)), datetime(2022, 11, 25, 12)),  # two hours unless said
        (Event("C1", "core_group", LAST_DAY, time(10), 45), datetime(2022, 11, 25, 10, 45)),
        (Event("C1", "court_hearing", LAST_DAY, time(10)), datetime(2022, 11, 25, 17)),  # the rest of the day
        (Event("C1", "court_hearing", LAST_DAY, time(10), 45), datetime(2022, 11, 25, 10, 45)),
        (Event("C1", "court_hearing", LAST_DAY, time(18)), datetime(2022, 11, 25, 18)),  # after hours
    ],
)
def test_an_event_lasts_its_minutes_and_a_hearing_without_them_the_rest_of_the_day(event: Event, end: datetime) -> None:
    assert event_end(event, a_engagement()) == end


def test_an_event_without_a_time_has_no_end() -> None:
    with pytest.raises(ValueError, match="with a time"):
        event_end(Event("C1", "court_hearing", LAST_DAY), a_engagement())


def test_people_are_busy_in_absences_and_at_events_of_children_they_hold() -> None:
    leave = Absence("O1", datetime(2022, 11, 16), datetime(2022, 11, 17), "leave")
    events = (
        Event("C1", "core_group", LAST_DAY, time(10)),
        Event("C1", "statutory_visit", LAST_DAY),  # without a time it binds nobody
        Event("C1", "court_hearing", LAST_DAY, time(18)),  # after hours, nothing of the day is left
    )
    busy = busy_times(a_engagement(events=events, absences=(leave,)))
    meeting = Busy(datetime(2022, 11, 25, 10), datetime(2022, 11, 25, 12))
    assert busy["O1"] == (Busy(leave.start, leave.end), meeting)
    assert busy["W1"] == ()


# Who may do what, when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "may"),
    [(date(2022, 11, 15), False), (date(2022, 11, 16), True), (date(2022, 11, 18), True), (date(2022, 11, 21), False)],
)
def test_handing_over_is_bound_to_the_days_a_person_is_there(day: date, may: bool) -> None:
    giver = a_worker("O1", side="outgoing", available_from=date(2022, 11, 16), available_to=date(2022, 11, 18))
    assert may_hand_over(giver, day) is may


def test_who_has_no_dates_may_hand_over_any_day() -> None:
    assert may_hand_over(a_worker(), WINDOW_START)


@pytest.mark.parametrize(
    ("day", "may"),
    [(date(2022, 11, 15), False), (date(2022, 11, 16), True), (date(2022, 11, 18), True), (date(2022, 11, 21), False)],
)
def test_receiving_is_bound_to_when_a_person_may_meet_and_is_still_there(day: date, may: bool) -> None:
    made = a_engagement()
    receiver = a_worker(dbs_issued_on=date(2022, 11, 16), available_to=date(2022, 11, 18), laptop_on=GO_LIVE)
    assert may_receive(receiver, day, made) is may


@pytest.mark.parametrize("changes", [{"swe_number": ""}, {"dbs_issued_on": None}])
def test_nobody_receives_relays_or_signs_who_is_not_cleared(changes: dict[str, Any]) -> None:
    assert not may_receive(a_worker(**changes), LAST_DAY, a_engagement())


def test_a_never_of_one_sibling_holds_for_the_family() -> None:
    made = siblings("O1", "O1", rules=(Rule("C2", "M1", "never"),))
    assert has_never(made.family["F1"], "M1", made)
    assert not has_never(made.family["F1"], "W1", made)


# Managers, sign-off, relay -------------------------------------------------------------------------------------------


def two_teams(*people: Worker, **changes: Any) -> Engagement:
    """W1 and W2 of T1 (manager M1), W3 of T2 (manager M2), child C1; people given replace those of the same id."""
    team = {"W1": "T1", "W2": "T1", "W3": "T2"}
    standard = {w: a_worker(w, team_id=t) for w, t in team.items()}
    standard |= {"M1": a_manager("M1"), "M2": a_manager("M2", team_id="T2")}
    return a_engagement(workers=(standard | {p.worker_id: p for p in people}).values(), **changes)


def test_managers_are_those_named_in_the_teams_once_each() -> None:
    shared = (Team("T1", "Team 1", "M2"), Team("T2", "Team 2", "M2"))
    assert ids(managers(two_teams())) == ["M1", "M2"]
    made = two_teams(teams=shared)
    assert ids(managers(made)) == ["M2"]
    assert manager_of(made.worker["W1"], made).worker_id == "M2"


@pytest.mark.parametrize(
    ("made", "signers"),
    [
        (two_teams(), ["M1"]),
        (two_teams(a_manager("M1", swe_number="")), ["M2"]),
        (two_teams(rules=(Rule("C1", "M1", "never"),)), ["M2"]),
        (two_teams(a_manager("M1", swe_number=""), a_manager("M2", team_id="T2", dbs_number="")), []),
        (two_teams(a_manager("M1", swe_number=""), rules=(Rule("C1", "M2", "never"),)), []),
        (two_teams(a_manager("M1", laptop_on=date(2023, 1, 9))), ["M1"]),  # ready late is cleared all the same
        (two_teams(a_manager("M1", swe_number=""), a_manager("M3")), ["M2"]),  # M3 has no team
    ],
)
def test_the_teams_manager_signs_and_another_only_where_that_one_cannot(made: Engagement, signers: list[str]) -> None:
    assert ids(may_sign_off(made.family["C1"], made.worker["W1"], made)) == signers


@pytest.mark.parametrize(
    ("made", "interim", "relays"),
    [
        (two_teams(), None, ["M1", "W2"]),  # never W1 itself, nor W3 of the other team
        (two_teams(), "W2", ["W2", "M1"]),  # the interim worker first
        (two_teams(), "W3", ["W3", "M1", "W2"]),
        (two_teams(a_manager("M1", swe_number="")), None, ["W2"]),
        (two_teams(a_worker("W2", swe_number="")), None, ["M1"]),
        (two_teams(a_worker("W2", available_to=LAST_DAY)), None, ["M1"]),  # cleared, but no receiving worker
        (two_teams(rules=(Rule("C1", "W2", "never"),)), "W2", ["M1"]),
    ],
)
def test_who_may_relay_a_meeting(made: Engagement, interim: str | None, relays: list[str]) -> None:
    assert ids(may_relay(made.family["C1"], made.worker["W1"], interim, made)) == relays


def test_who_hands_over_never_relays_to_themselves() -> None:
    stays = a_worker("W2", side="staying")
    made = a_engagement((a_child("C1", "W2"),), (a_worker("W1"), stays))
    assert ids(may_relay(made.family["C1"], made.worker["W1"], None, made)) == ["M1"]


# In between ----------------------------------------------------------------------------------------------------------

LATE = a_worker("W1", laptop_on=date(2022, 12, 6))


def test_a_child_is_held_in_between_unless_its_worker_is_ready_or_holds_it_now() -> None:
    staying = a_worker("W1", side="staying", laptop_on=date(2022, 12, 6))
    made = siblings("W1", "O1", workers=(staying,))
    assert [c.child_id for c in held_in_between(made.family["F1"], made.worker["W1"], made)] == ["C2"]
    ready = siblings("O1", workers=(a_worker("W1", laptop_on=GO_LIVE),))
    assert held_in_between(ready.family["F1"], ready.worker["W1"], ready) == ()


def late_everywhere(*others: Worker, **changes: Any) -> Engagement:
    """W1, W2 and W3 all late; M1 and M2 as given."""
    late = [a_worker(w, team_id=t, laptop_on=date(2022, 12, 6)) for w, t in (("W2", "T1"), ("W3", "T2"))]
    return two_teams(LATE, *late, *others, **changes)


@pytest.mark.parametrize(
    ("made", "candidates"),
    [
        # a ready receiving worker of the team
        (two_teams(LATE), ["W2"]),
        (two_teams(LATE, a_worker("W2", laptop_on=GO_LIVE)), ["W2"]),
        (two_teams(LATE, a_worker("W2", available_to=date(2022, 12, 6))), ["W2"]),
        # else the team's manager
        (two_teams(LATE, a_worker("W2", laptop_on=date(2022, 11, 29))), ["M1"]),
        (two_teams(LATE, a_worker("W2", available_to=date(2022, 12, 5))), ["M1"]),  # gone a day too early
        (two_teams(LATE, rules=(Rule("C1", "W2", "never"),)), ["M1"]),
        (two_teams(LATE, a_worker("W2", swe_number="")), ["M1"]),
        # else any ready receiving worker
        (two_teams(LATE, a_manager("M1", swe_number=""), rules=(Rule("C1", "W2", "never"),)), ["W3"]),
        (two_teams(LATE, a_manager("M1", laptop_on=date(2022, 11, 29)), rules=(Rule("C1", "W2", "never"),)), ["W3"]),
        (two_teams(LATE, rules=(Rule("C1", "W2", "never"), Rule("C1", "M1", "never"))), ["W3"]),
        # else any cleared manager, ready or not
        (late_everywhere(a_manager("M1", swe_number="")), ["M2"]),
        (late_everywhere(a_manager("M1", laptop_on=date(2022, 12, 6))), ["M1", "M2"]),
        (
            late_everywhere(a_manager("M1", swe_number=""), a_manager("M2", team_id="T2", laptop_on=date(2023, 1, 9))),
            ["M2"],
        ),
        (late_everywhere(a_manager("M1", available_to=date(2022, 12, 5))), ["M2"]),
        # nobody
        (late_everywhere(a_manager("M1", swe_number=""), a_manager("M2", team_id="T2", swe_number="")), []),
    ],
)
def test_who_holds_a_child_in_between_comes_from_the_first_group_that_has_anybody(
    made: Engagement, candidates: list[str]
) -> None:
    assert ids(interim_candidates(made.family["C1"], made.worker["W1"], made)) == candidates


def test_an_outgoing_manager_never_holds_a_child_after_go_live() -> None:
    outgoing = a_manager("M9", side="outgoing", team_id=None, available_to=None)
    made = late_everywhere(a_manager("M1", swe_number=""), a_manager("M2", team_id="T2", swe_number=""), outgoing)
    assert interim_candidates(made.family["C1"], made.worker["W1"], made) == ()
