from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from handover.engagement import Engagement, Event, Rule
from handover.flags import flags, kind_of
from handover.plan import Appointment, Flag
from tests.builders import GO_LIVE, a_child, a_engagement, a_manager, a_worker, engagements
from tests.plans import a_plan, an_appointment

SUMMARY = an_appointment("C1", "summary", "2022-11-14T09:00", "O1")
MEETING = an_appointment("C1", "meeting", "2022-11-14T10:00", "O1", "W1")
VISIT = an_appointment("C1", "joint_visit", "2022-11-16T10:00", "O1", "W1", 90)
SIGN_OFF = an_appointment("C1", "sign_off", "2022-11-14T14:00", "M1", None, 30)
ALL = (SUMMARY, MEETING, VISIT, SIGN_OFF)
LATE = {"laptop_on": date(2022, 12, 5)}  # ready on Monday a week after go-live
EVEN = {"worker_band": "1", "team_band": "1"}  # nobody is below or above


def flags_of(
    one: Engagement, to_worker: dict[str, str | None] | None = None, booked: tuple[Appointment, ...] = ALL
) -> dict[tuple[str, str], list[Flag]]:
    """Flags by severity and kind."""
    found: dict[tuple[str, str], list[Flag]] = {}
    for flag in flags(one, a_plan(one, to_worker or {"C1": "W1"}, booked)):
        found.setdefault((flag.severity, kind_of(flag)), []).append(flag)
    return found


def the(found: dict[tuple[str, str], list[Flag]], severity: str, kind: str) -> Flag:
    (flag,) = found[severity, kind]
    return flag


def test_a_plan_in_order_asks_nothing_of_anybody() -> None:
    assert flags_of(a_engagement(**EVEN)) == {}


def test_an_unallocated_child_names_the_rule_and_the_manager_who_holds_it() -> None:
    one = a_engagement([a_child(needs=("court",))], **EVEN)
    flag = the(flags_of(one, {"C1": None}, ()), "stop", "unallocated")
    assert flag.subject == "C1"
    assert "skill court" in flag.matter
    assert "M1" in flag.action


@pytest.mark.parametrize(
    ("managers", "rules", "holds"),
    [
        ({"M1": {}, "M2": {}}, [], "M1"),
        ({"M1": {"swe_restrictions": "yes"}, "M2": {}}, [], "M2"),  # not cleared
        ({"M1": {}, "M2": {}}, [Rule("C1", "M1", "never")], "M2"),
        ({"M1": {"available_to": date(2022, 11, 25)}, "M2": {}}, [], "M2"),  # gone on go-live
        ({"M1": LATE, "M2": {}}, [], "M2"),  # not ready on go-live, but better than nobody
        ({"M1": LATE, "M2": {"dbs_number": ""}}, [], "M1"),
    ],
)
def test_only_a_manager_who_may_holds_an_unallocated_child(
    managers: dict[str, dict[str, Any]], rules: list[Rule], holds: str
) -> None:
    people = [a_manager(m, team_id=f"T{m[1:]}", **doubts) for m, doubts in managers.items()]
    one = a_engagement([a_child()], [a_worker("W1"), a_worker("W2", team_id="T2"), *people], rules=rules)
    assert f"({holds}) holds" in the(flags_of(one, {"C1": None}, ()), "stop", "unallocated").action


def test_without_a_cleared_manager_the_council_is_asked_for_one() -> None:
    one = a_engagement(workers=[a_worker("W1"), a_manager("M1", dbs_number="")])
    assert "No manager" in the(flags_of(one, {"C1": None}, ()), "stop", "unallocated").action


def test_unallocated_families_are_spread_over_managers_and_each_child_is_a_stop() -> None:
    children = [a_child(f"C{n}", family_id="F1" if n < 3 else None) for n in (1, 2, 3)]
    one = a_engagement(children, [a_worker("W1"), a_worker("W2", team_id="T2")])
    stops = flags_of(one, {"F1": None, "C3": None}, ())["stop", "unallocated"]
    assert [(f.subject, f.action.partition(")")[0][-2:]) for f in stops] == [("C1", "M2"), ("C2", "M2"), ("C3", "M1")]


@pytest.mark.parametrize(
    ("on", "worker", "stopped"),
    [
        (GO_LIVE, {}, True),
        (date(2022, 11, 29), {}, False),
        (date(2022, 11, 29), LATE, True),
        (date(2022, 12, 2), LATE, True),
        (date(2022, 12, 5), LATE, False),  # ready on that day
        (date(2022, 11, 25), LATE, False),  # before go-live
    ],
)
@pytest.mark.parametrize("kind", ["court_hearing", "review_conference", "core_group"])
def test_a_hearing_on_go_live_or_before_the_worker_is_ready_is_a_stop(
    on: date, worker: dict[str, Any], stopped: bool, kind: str
) -> None:
    one = a_engagement(workers=[a_worker("W1", **worker), a_worker("W2")], events=[Event("C1", kind, on)], **EVEN)
    found = flags_of(one)
    assert (("stop", "conference or hearing at the handover") in found) is (stopped and kind != "core_group")
    if stopped and worker and kind != "core_group":
        assert "W2 attends" in the(found, "stop", "conference or hearing at the handover").action


def test_a_hearing_on_go_live_is_a_stop_for_a_child_who_stays_with_the_same_worker() -> None:
    one = a_engagement(
        [a_child(worker_id="W1")],
        [a_worker("W1", side="staying"), a_worker("W2")],
        events=[Event("C1", "court_hearing", GO_LIVE)],
        **EVEN,
    )
    found = flags_of(one, booked=())
    assert list(found) == [("stop", "conference or hearing at the handover")]


def test_nobody_to_hold_a_child_in_between_is_a_stop() -> None:
    one = a_engagement(workers=[a_worker("W1", **LATE), a_manager("M1", swe_restrictions="yes")], **EVEN)
    flag = the(flags_of(one), "stop", "nobody to hold in between")
    assert flag.subject == "C1"
    assert "2022-12-05" in flag.matter


def test_a_visit_due_before_the_worker_is_ready_names_the_interim_worker() -> None:
    visits = [Event("C1", "statutory_visit", day) for day in (date(2022, 12, 2), date(2022, 12, 5))]
    one = a_engagement(workers=[a_worker("W1", **LATE), a_worker("W2")], events=visits, **EVEN)
    flag = the(flags_of(one), "warn", "visit due before the worker is ready")
    assert "W2" in flag.matter
    assert "2022-12-02" in flag.matter
    assert "C1 statutory visit on 2022-12-05" not in flag.matter  # ready by then


@pytest.mark.parametrize(
    ("met", "warned"), [("W1", True), ("W2", False), (None, True)], ids=["receiver", "interim", "nobody"]
)
def test_an_interim_worker_who_was_not_at_the_meeting_is_named_with_the_family(met: str | None, warned: bool) -> None:
    one = a_engagement(workers=[a_worker("W1", **LATE), a_worker("W2")], **EVEN)
    meeting = (an_appointment("C1", "meeting", "2022-11-14T10:00", "O1", met),) if met else ()
    found = flags_of(one, booked=meeting)
    assert (("warn", "interim worker not briefed") in found) is warned
    if warned:
        flag = the(found, "warn", "interim worker not briefed")
        assert (flag.subject, "W2" in flag.matter) == ("C1", True)
        assert flag.action == ("W1 briefs W2 before go-live." if met else "O1 briefs W2 by telephone.")


def test_an_interim_worker_who_hands_the_family_over_needs_no_briefing_and_the_flag_says_so() -> None:
    one = a_engagement([a_child(worker_id="W2")], [a_worker("W1", **LATE), a_worker("W2", side="staying")], **EVEN)
    meeting = an_appointment("C1", "meeting", "2022-11-14T10:00", "W2", "W1")
    flag = the(flags_of(one, booked=(meeting,)), "warn", "interim worker not briefed")
    assert "hands the family over themselves" in flag.matter
    assert "No briefing of W2" in flag.action


@pytest.mark.parametrize(
    ("on", "booked", "warned"),
    [
        (date(2022, 11, 14), ALL, False),  # met on the day
        (date(2022, 11, 13), ALL, False),  # before the window
        (date(2022, 12, 30), ALL, False),
        (date(2022, 12, 30), (), True),  # never met
        (date(2022, 11, 15), (an_appointment("C1", "meeting", "2022-11-14T10:00", "O1", "W2"), VISIT), True),
        (date(2022, 11, 16), (an_appointment("C1", "meeting", "2022-11-14T10:00", "O1", "W2"), VISIT), False),
        (date(2022, 11, 15), (an_appointment("C1", "meeting", "2022-11-16T10:00", "O1", "W1"),), True),
    ],
)
def test_a_family_not_introduced_before_its_first_hearing_is_a_warning(
    on: date, booked: tuple[Appointment, ...], warned: bool
) -> None:
    one = a_engagement(events=[Event("C1", "court_hearing", on), Event("C1", "review_conference", date(2023, 1, 9))])
    found = flags_of(one, booked=booked)
    later = not any(a.with_worker_id == "W1" for a in booked)
    expected = warned or (later and on < date(2022, 11, 14))
    assert (("warn", "not introduced before a conference or hearing") in found) is expected


def test_what_found_no_time_is_said_once_a_family() -> None:
    one = a_engagement(**EVEN)
    assert list(flags_of(one, booked=())) == [("warn", "no handover meeting")]
    assert list(flags_of(one, booked=(SUMMARY, MEETING, SIGN_OFF))) == [("warn", "no joint visit")]
    assert list(flags_of(one, booked=(SUMMARY, MEETING, VISIT))) == [("warn", "not signed off")]
    relayed = an_appointment("C1", "meeting", "2022-11-14T10:00", "O1", "M1")
    assert list(flags_of(one, booked=(SUMMARY, relayed, VISIT, SIGN_OFF))) == [("info", "relayed meeting")]


def test_a_joint_visit_that_no_time_could_give_says_from_when_the_worker_may_visit() -> None:
    one = a_engagement(workers=[a_worker("W1", available_from=GO_LIVE), a_worker("W2")], **EVEN)
    flag = the(flags_of(one, booked=(SUMMARY, MEETING, SIGN_OFF)), "warn", "no joint visit")
    assert "W1 may meet families only from 2022-11-28" in flag.matter


def test_a_statutory_visit_before_the_joint_visit_is_told() -> None:
    one = a_engagement(events=[Event("C1", "statutory_visit", date(2022, 11, 15))], **EVEN)
    assert "2022-11-15" in the(flags_of(one), "info", "visit due before the joint visit").matter


def test_caseloads_outside_their_bands_are_told_for_worker_and_team() -> None:
    # 8 points, fair share 4 each; band 0.2: 4 to 4. All to W1 of T1: W1 and T1 above, W2 and T2 below
    one = a_engagement([a_child("C1"), a_child("C2")], [a_worker("W1"), a_worker("W2", team_id="T2")])
    found = flags_of(one, {"C1": "W1", "C2": "W1"}, ())
    assert the(found, "warn", "below the low end").subject == "W2"
    assert the(found, "warn", "above the high end").subject == "W1"
    assert [f.subject for f in found["warn", "team outside its band"]] == ["T1", "T2"]


def test_more_children_than_a_part_time_worker_may_have_is_a_warning_and_on_average_a_stop() -> None:
    # 2 children at most each full-time worker: 3 for 1.5 fte, so 3 children are no stop and 4 are
    children = [a_child(f"C{n}") for n in (1, 2, 3)]
    people = [a_worker("W1", fte="0.5"), a_worker("W2")]
    one = a_engagement(children, people, most_children="2", **EVEN)
    found = flags_of(one, {"C1": "W1", "C2": "W1", "C3": "W2"}, ())
    assert the(found, "warn", "above most children").subject == "W1"  # 2 children, 1 for half time
    assert ("stop", "average above most children") not in found
    one = a_engagement([*children, a_child("C4")], people, most_children="2", **EVEN)
    found = flags_of(one, {"C1": "W1", "C2": "W2", "C3": "W2", "C4": "W2"}, ())
    flag = the(found, "stop", "average above most children")
    assert flag.subject == "T1"
    assert "2.7 each, above 2" in flag.matter  # 4 / 1.5
    assert "at least 0.5 full-time" in flag.action  # 4 / 2 − 1.5
    assert the(found, "warn", "above most children").subject == "W2"


def test_people_not_cleared_lapsing_or_unable_to_start_are_told_and_outgoing_ones_are_not() -> None:
    one = a_engagement(
        workers=[
            a_worker("W1"),
            a_worker("W2", dbs_number="123", swe_restrictions=""),
            a_worker("W3", swe_registered_until=date(2023, 3, 30)),
            a_worker("W4", swe_registered_until=date(2023, 3, 31)),
            a_worker("W5", laptop_on=date(2023, 4, 3)),
            a_worker("O1", side="outgoing", swe_registered_until=date(2022, 12, 1), dbs_number=""),
            a_manager("M1", managing_since=None),
        ],
        **EVEN,
    )
    found = flags_of(one)
    assert [f.subject for f in found["warn", "not cleared"]] == ["M1", "W2"]
    assert "swe_restrictions, dbs_number" in found["warn", "not cleared"][1].matter
    assert the(found, "warn", "registration lapses").subject == "W3"
    assert the(found, "warn", "cannot receive cases").subject == "W5"


def test_a_worker_who_leaves_before_the_need_ends_is_told_with_the_children() -> None:
    children = [a_child("C1"), a_child("C2", expected_close_on=date(2023, 1, 13))]
    one = a_engagement(children, [a_worker("W1", available_to=date(2023, 2, 24))], **EVEN)
    flag = the(flags_of(one, {"C1": "W1", "C2": "W1"}, ()), "info", "leaves before the children's need ends")
    assert (flag.subject, "C1" in flag.matter, "C2" in flag.matter) == ("W1", True, False)


@given(engagements())
def test_flags_are_sorted_told_once_about_known_ids_and_say_what_to_do(one: Engagement) -> None:
    found = flags(one, a_plan(one, booked=True))
    order = [("stop", "warn", "info").index(f.severity) for f in found]
    assert order == sorted(order)
    assert len(set(found)) == len(found)
    ids = {*one.child, *one.family, *one.worker, *one.team}
    assert all(f.subject in ids and kind_of(f) != f.matter and f.action.endswith(".") for f in found)
    kinds = [(f.severity, f.subject, kind_of(f)) for f in found]
    assert len(set(kinds)) == len(kinds)


def test_children_left_out_for_want_of_a_skill_stop_with_the_skill_and_a_way_out() -> None:
    one = a_engagement([a_child("C1", needs=("court",)), a_child("C2")])
    plan = replace(a_plan(one), remedies=("Train W1 in `court`: every child then has a worker.", "Another."))
    (flag,) = [f for f in flags(one, plan) if kind_of(f) == "shortage"]
    assert (flag.severity, flag.subject) == ("stop", "T1")
    assert "C1 (4 points) can go to nobody: no receiving worker has `court`" in flag.matter
    assert flag.action == "A way out: Train W1 in `court`: every child then has a worker."


def test_workers_who_are_competed_for_beyond_their_bands_are_a_warning_about_their_team() -> None:
    # 16 points, all of W1 of T2 alone by skill; with W2, fair 8 each and 9 at most; T2's own band ends at 8
    workers = [a_worker("W1", team_id="T2", skills=("court",)), a_worker("W2")]
    one = a_engagement([a_child(f"C{n}", needs=("court",)) for n in range(4)], workers)
    found = [f for f in flags(one, a_plan(one)) if kind_of(f) == "shortage"]
    assert [(f.severity, f.subject) for f in found] == [("warn", "T2")]
    assert "can go to team T2 only, who may hold 8 points within their bands: 8 too many" in found[0].matter


def test_nothing_is_short_in_a_plan_that_places_all_within_the_bands() -> None:
    one = a_engagement([a_child("C1"), a_child("C2")])
    assert "shortage" not in {kind_of(f) for f in flags(one, a_plan(one))}


@pytest.mark.parametrize("bound", [0, 1])
def test_a_search_that_has_not_proven_a_shortage_names_none(bound: int) -> None:
    workers = [a_worker("W1", team_id="T2", skills=("court",)), a_worker("W2")]
    one = a_engagement([a_child(f"C{n}", needs=("court",)) for n in range(4)], workers)
    plan = a_plan(one)
    cut = replace(plan.level["outside_bands"], bound=Fraction(bound), stopped="clock")
    plan = replace(plan, levels=tuple(cut if level.name == cut.name else level for level in plan.levels))
    assert ("shortage" in {kind_of(f) for f in flags(one, plan)}) == bool(bound)
