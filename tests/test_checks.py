from datetime import date, time, timedelta
from fractions import Fraction

import pytest

from handover.checks import check, figures
from handover.engagement import Absence, Engagement, Episode, Event, Rule, Team
from handover.plan import Flag
from handover.workdays import at
from tests.builders import CONTRACT_END, GO_LIVE, WINDOW_START, a_child, a_engagement, a_manager, a_worker

DAY = timedelta(days=1)


def found(engagement: Engagement, subject: str) -> list[Flag]:
    return [flag for flag in check(engagement) if flag.subject == subject]


def the_one(engagement: Engagement, subject: str) -> Flag:
    flags = found(engagement, subject)
    assert len(flags) == 1, flags
    return flags[0]


def test_a_sound_engagement_is_not_nagged_about() -> None:
    assert check(a_engagement()) == ()


def test_a_need_nobody_has_is_found_before_solving() -> None:
    flag = the_one(a_engagement([a_child(needs=("court",)), a_child("C2")]), "court")
    assert flag.severity == "stop"
    assert "1 child cannot" in flag.matter
    assert "C1" in flag.matter


def test_skill_of_a_person_who_does_not_receive_is_nobodys() -> None:
    workers = [a_worker("W1"), a_worker("W2", skills=("court",), dbs_number="")]
    assert the_one(a_engagement([a_child(needs=("court",))], workers), "court").severity == "stop"


def test_needs_that_no_one_person_has_together_name_the_family() -> None:
    workers = [a_worker("W1", skills=("asylum",)), a_worker("W2", skills=("court",))]
    family = [a_child("C1", family_id="F1", needs=("asylum",)), a_child("C2", family_id="F1", needs=("court",))]
    flag = the_one(a_engagement(family, workers), "F1")
    assert flag.severity == "stop"
    assert "asylum and court together" in flag.matter


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([Rule("C1", "W1", "never"), Rule("C1", "W2", "never")], "`never` rules bar"),
        ([Rule("C1", "W1", "always"), Rule("C2", "W2", "always")], "different workers"),
        ([Rule("C1", "O1", "always")], "O1 is no receiving worker (outgoing social_worker"),
    ],
)
def test_a_rule_that_leaves_nobody_is_named(rules: list[Rule], said: str) -> None:
    family = [a_child("C1", family_id="F1"), a_child("C2", family_id="F1")]
    flag = the_one(a_engagement(family, rules=rules), "F1")
    assert flag.severity == "stop"
    assert said in flag.matter


def test_always_to_a_worker_without_the_skill_is_named() -> None:
    workers = [a_worker("W1", skills=("court",)), a_worker("W2")]
    flag = the_one(a_engagement([a_child(needs=("court",))], workers, rules=[Rule("C1", "W2", "always")]), "C1")
    assert "lacks court" in flag.matter


def test_points_above_all_max_points_make_a_stop() -> None:
    # 5 × 4 = 20 points, limits 8 + 9 = 17: 3 left over
    workers = [a_worker("W1", max_points=8), a_worker("W2", max_points=9)]
    flags = found(a_engagement([a_child(f"C{i}") for i in range(5)], workers), "Tests, November 2022")
    assert [f.severity for f in flags] == ["stop"]
    assert "at least 3 points" in flags[0].matter


def test_points_above_the_summed_high_ends_make_a_warning() -> None:
    # 5 × 4 = 20 points, fair 10 each: W1 to 5 by max_points, W2 to ⌊1.2 × 10⌋ = 12: 17 in all, nothing impossible
    workers = [a_worker("W1", max_points=5), a_worker("W2")]
    flags = found(a_engagement([a_child(f"C{i}") for i in range(5)], workers), "Tests, November 2022")
    assert [f.severity for f in flags] == ["warn"]
    assert "sum to 17" in flags[0].matter


def test_a_team_whose_people_may_not_hold_its_share_is_found() -> None:
    # 20 points, fair 10 a team, least ⌈0.95 × 10⌉ = 10; T1's only worker may hold 9
    workers = [a_worker("W1", max_points=9), a_worker("W2", team_id="T2")]
    flag = the_one(a_engagement([a_child(f"C{i}") for i in range(5)], workers), "T1")
    assert (flag.severity, "least of 10" in flag.matter) == ("warn", True)


def test_a_skill_with_too_little_room_is_found() -> None:
    # 20 points that need court; fair 10, its only worker's high end is 12
    workers = [a_worker("W1", skills=("court",)), a_worker("W2")]
    flag = the_one(a_engagement([a_child(f"C{i}", needs=("court",)) for i in range(5)], workers), "court")
    assert (flag.severity, "20 points" in flag.matter, "sum to 12" in flag.matter) == ("warn", True, True)


def test_heads_count_by_full_time_worker() -> None:
    # 3 children for 1.5 full-time workers are 2 each: not above 2, above 1.9
    workers = [a_worker("W1"), a_worker("W2", fte="0.5")]
    children = [a_child(f"C{i}") for i in range(3)]
    name = "Tests, November 2022"
    assert found(a_engagement(children, workers, most_children=2), name) == []
    assert the_one(a_engagement(children, workers, most_children="1.9"), name).severity == "stop"


def test_no_receiving_worker_at_all_is_said_once() -> None:
    engagement = a_engagement([a_child(needs=("court",))], [a_worker("W1", swe_number="")])
    stops = [f for f in check(engagement) if f.severity == "stop"]
    assert [f.subject for f in stops] == ["Tests, November 2022"]
    assert figures(engagement)["children_per_full_time_worker"] is None


def test_a_team_without_a_cleared_manager_says_who_signs_instead() -> None:
    workers = [
        a_worker("W1"),
        a_worker("W2", team_id="T2"),
        a_manager("M1", managing_since=date(2020, 1, 1)),
        a_manager("M2", team_id="T2"),
    ]
    teams = [Team("T1", "One", "M1"), Team("T2", "Two", "M2")]
    flag = the_one(a_engagement([a_child()], workers, teams), "T1")
    assert "years_managing" in flag.matter
    assert "M2 would sign off" in flag.matter


def test_with_no_cleared_manager_nobody_can_sign() -> None:
    workers = [a_worker("W1"), a_manager("M1", swe_restrictions="")]
    assert "nobody can sign" in the_one(a_engagement([a_child()], workers), "T1").matter


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"swe_number": "SW012"}, "fails swe_number"),
        ({"laptop_on": GO_LIVE + DAY}, "ready on 2022-11-29"),
        ({"available_to": CONTRACT_END - DAY}, "leaves on 2023-03-30"),
        ({"swe_registered_until": date(2022, 11, 30)}, "registration runs to 2022-11-30"),
    ],
)
def test_people_not_cleared_late_leaving_or_lapsing_are_found(changes: dict[str, object], said: str) -> None:
    flag = the_one(a_engagement([a_child()], [a_worker("W1"), a_worker("W2", **changes)]), "W2")
    assert (flag.severity, said in flag.matter) == ("warn", True)


def test_the_register_is_to_be_looked_at_on_the_first_day_that_would_show_a_lapse() -> None:
    made = a_engagement([a_child()], [a_worker("W1"), a_worker("W2", swe_registered_until=date(2022, 11, 30))])
    assert the_one(made, "W2").action == "Look at the register again on the first working day after"


def test_a_registration_to_the_last_day_of_the_contract_does_not_lapse() -> None:
    workers = [a_worker("W1"), a_worker("W2", swe_registered_until=CONTRACT_END, available_to=CONTRACT_END)]
    assert found(a_engagement([a_child()], workers), "W2") == []


def test_hours_needed_against_hours_free() -> None:
    # one family: 60 + 60 + 90 + 30 minutes = 4 h. Ten days of 09:00 to 17:00 less half an hour of break: 75 h.
    # Away but for 09:00 to 12:30 of the first day: 3.5 h free
    engagement = a_engagement([a_child()])
    assert figures(engagement)["hours"] == [
        {
            "worker_id": "O1",
            "families": 1,
            "hours_needed": 4.0,
            "hours_free": 75.0,
            "joint_visits": 1,
            "joint_visits_at_most": 20,
        }
    ]
    away = [Absence("O1", at(WINDOW_START, time(12, 30)), at(GO_LIVE, time(0)))]
    flag = the_one(a_engagement([a_child()], absences=away), "O1")
    assert "about 4 hours, 3.5 are free" in flag.matter


def test_more_joint_visits_than_the_days_allow_are_found() -> None:
    # hours in plenty, but one day with half a day free, and one visit a day: 2 visits due, 1 fits
    away = [Absence("O1", at(WINDOW_START + DAY, time(0)), at(GO_LIVE, time(0)))]
    children = [a_child("C1"), a_child("C2")]
    short = {"summary_minutes": 30, "meeting_minutes": 30, "joint_visit_minutes": 60}
    engagement = a_engagement(children, absences=away, visits_a_day=1, **short)
    assert "2 joint visits due, at most 1" in the_one(engagement, "O1").matter


def test_a_family_that_a_staying_worker_holds_needs_no_hours() -> None:
    workers = [a_worker("W1", side="staying"), a_worker("W2")]
    assert figures(a_engagement([a_child("C1", "W1")], workers))["hours"] == []


def test_siblings_held_by_two_need_hours_of_who_holds_most() -> None:
    workers = [a_worker("W1", side="staying"), a_worker("W2")]
    siblings = [a_child("C1", "W1", family_id="F"), a_child("C2", family_id="F"), a_child("C3", family_id="F")]
    hours = figures(a_engagement(siblings, workers))["hours"]
    assert isinstance(hours, list)
    assert [h["worker_id"] for h in hours] == ["O1"]


def test_a_visit_overdue_before_the_window_is_found_and_one_on_its_first_day_is_not() -> None:
    children = [a_child("C1"), a_child("C2")]
    events = [
        Event("C1", "statutory_visit", WINDOW_START - DAY),
        Event("C2", "statutory_visit", WINDOW_START),
        Event("C2", "core_group", WINDOW_START - DAY),
    ]
    engagement = a_engagement(children, events=events)
    assert "due by 2022-11-13" in the_one(engagement, "C1").matter
    assert found(engagement, "C2") == []


def test_a_hearing_on_go_live_is_found() -> None:
    assert (
        "court hearing on the day" in the_one(a_engagement(events=[Event("C1", "court_hearing", GO_LIVE)]), "C1").matter
    )


@pytest.mark.parametrize(
    ("child", "workers", "said"),
    [
        (a_child("C1", "W1"), [a_worker("W1")], "who is `incoming`"),
        (a_child(expected_close_on=GO_LIVE - DAY), [a_worker("W1")], "before go-live"),
        (
            a_child(),
            [a_worker("W1"), a_worker("O1", side="outgoing", available_to=WINDOW_START - DAY)],
            "before the window",
        ),
    ],
)
def test_data_that_looks_wrong_is_shown(child: object, workers: list[object], said: str) -> None:
    engagement = a_engagement([child], workers)  # type: ignore[list-item,arg-type]
    assert said in the_one(engagement, "C1").matter


def test_children_missing_from_the_history_are_shown_only_where_there_is_one() -> None:
    children = [a_child("C1"), a_child("C2")]
    history = [Episode("C1", "O1", date(2022, 1, 3))]
    flag = the_one(a_engagement(children, history=history), "Tests, November 2022")
    assert (flag.severity, "C2" in flag.matter) == ("info", True)


def test_the_gravest_comes_first() -> None:
    workers = [a_worker("A", team_id="T1", laptop_on=GO_LIVE + DAY), a_worker("W1")]
    engagement = a_engagement([a_child(needs=("court",)), a_child("C2", expected_close_on=WINDOW_START)], workers)
    assert [f.severity for f in check(engagement)] == ["stop", "warn", "info"]


def test_figures_are_of_receiving_workers_alone() -> None:
    # 2 children, 8 points; W1 full-time, W2 half: fair 16/3 and 8/3, high ends ⌊6.4⌋ + ⌊3.2⌋ = 9
    workers = [a_worker("W1"), a_worker("W2", fte="0.5"), a_worker("W3", dbs_number="1")]
    found = figures(a_engagement([a_child("C1"), a_child("C2")], workers))
    assert (found["receiving_workers"], found["fte"], found["points"], found["high_ends"]) == (2, 1.5, 8, 9)
    assert found["children_per_full_time_worker"] == round(float(Fraction(4, 3)), 6)


def test_people_who_are_not_in_the_files_are_missed() -> None:
    # by the table of the paper 28, by its text 30
    people = [a_worker("W1"), a_worker("W2", side="staying"), a_manager("M1"), a_worker("O9", side="outgoing")]
    assert check(a_engagement(workers=people, people_expected=3)) == check(a_engagement(workers=people))
    (flag,) = found(a_engagement(workers=people, people_expected=5), "Tests, November 2022")
    assert flag.severity == "warn"
    assert "people_expected is 5, workers.csv has 3" in flag.matter
    assert "(2 social workers, 1 manager; T1 3): 2 fewer" in flag.matter
    assert found(a_engagement(workers=people, people_expected=2), "Tests, November 2022")[0].matter.endswith("1 more")
