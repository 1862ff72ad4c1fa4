"""Appointments on both sides of each boundary of §4: what is just allowed is not faulted, a little more is."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from handover.engagement import Absence, Engagement, Event, Rule
from handover.plan import Allocation, Appointment
from handover.verify.facts import Facts
from handover.verify.schedule import schedule_figures, schedule_findings
from tests.builders import GO_LIVE, WINDOW_START, a_child, a_engagement, a_manager, a_worker
from tests.verify.handmade import a_good_plan, an_engagement

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LENGTH = {"summary": 60, "meeting": 60, "joint_visit": 90, "sign_off": 30}
DIARY = ("summary 09:00", "meeting 10:00", "joint_visit 13:30", "sign_off 11:00")
"""Tuesday 15 November, for the only child C1, from O1 to W1, signed off by M1."""


def at(clock: str, day: int = 15) -> datetime:
    return datetime.fromisoformat(f"2022-11-{day:02}T{clock}")


def appointments(*diary: str, family_id: str = "C1", giver: str = "O1", day: int = 15) -> tuple[Appointment, ...]:
    """Appointments as "kind clock", with the people of a direct handover."""
    found = []
    for kind, clock in (entry.split() for entry in diary):
        start = at(clock, day)
        one = "M1" if kind == "sign_off" else giver
        other = "W1" if kind in ("meeting", "joint_visit") else None
        found.append(Appointment(family_id, kind, start, start + timedelta(minutes=LENGTH[kind]), one, other))
    return tuple(found)


def findings(
    engagement: Engagement,
    made: tuple[Appointment, ...] = appointments(*DIARY),
    interim: str | None = None,
    **changes: Any,
) -> list[str]:
    """What is found when every child goes to W1."""
    facts = Facts(engagement)
    allocations = tuple(
        Allocation(c.child_id, facts.family_of[c.child_id], c.worker_id, "W1", interim, None, 1, 0, False, "Because.")
        for c in engagement.children
    )
    plan = replace(a_good_plan(), allocations=allocations, appointments=made, **changes)
    return [*schedule_findings(facts, plan, dict.fromkeys(facts.families, "W1"))]


def faulted(fragment: str, found: list[str]) -> bool:
    assert all(fragment in finding for finding in found), found
    return bool(found)


def test_a_plain_handover_is_not_faulted() -> None:
    assert findings(a_engagement()) == []


def test_half_a_handover_is_not_faulted() -> None:
    for kept in (("summary 09:00",), ("summary 09:00", "meeting 10:00"), ()):
        assert findings(a_engagement(), appointments(*kept)) == []


@pytest.mark.parametrize(
    ("diary", "fragment"),
    [
        (("summary 09:00", "meeting 09:30"), "in two places"),
        (("summary 08:30",), "outside working hours"),
        (("summary 16:00",), ""),
        (("summary 16:30",), "outside working hours"),
        (("summary 11:30",), ""),
        (("summary 12:00",), "overlaps the break"),
        (("summary 12:30",), "overlaps the break"),
        (("summary 13:00",), ""),
        (("summary 09:15",), "does not start on a slot"),
        (("meeting 10:00",), "a meeting without a summary"),
        (("summary 13:00", "meeting 14:00", "sign_off 15:00", "joint_visit 15:30"), ""),
        # half an hour to travel is missing
        (("summary 13:00", "meeting 14:00", "joint_visit 15:00"), "on the way"),
        (("summary 09:00", "meeting 10:00", "sign_off 10:30"), "starts before the meeting ends"),
    ],
)
def test_hours_slots_break_and_order(diary: tuple[str, ...], fragment: str) -> None:
    found = findings(a_engagement(), appointments(*diary))
    assert any(fragment in finding for finding in found) is bool(fragment), found


@pytest.mark.parametrize(("day", "ok"), [(13, False), (14, True), (19, False), (25, True), (26, False), (28, False)])
def test_only_working_days_of_the_window(day: int, *, ok: bool) -> None:
    made = appointments("summary 09:00", day=day)
    engagement = a_engagement(
        [a_child("C1", "O1")], [a_worker("W1"), a_worker("O1", side="outgoing", available_to=None)]
    )
    assert (findings(engagement, made) == []) is ok


def test_no_break_is_no_hindrance_and_hours_may_be_odd() -> None:
    made = appointments("summary 12:00", "meeting 13:00")
    assert findings(a_engagement(break_=None), made) == []


def test_booked_from_is_a_day_on_which_may_be_booked() -> None:
    assert findings(a_engagement(), booked_from=date(2022, 11, 15)) == []
    assert faulted("from when the plan books", findings(a_engagement(), booked_from=date(2022, 11, 16)))


@pytest.mark.parametrize(
    ("who", "start", "end", "ok"),
    [
        ("W1", "09:00", "10:00", True),  # up to the meeting
        ("W1", "09:00", "10:01", False),
        ("W1", "11:00", "13:00", True),  # from the meeting to half an hour before the visit
        ("W1", "11:00", "13:01", False),
        ("W1", "15:30", "17:00", True),  # from half an hour after the visit
        ("W1", "15:29", "17:00", False),
        ("O1", "15:29", "15:30", False),
        ("O1", "09:30", "09:30", True),  # no time at all
        ("M1", "10:00", "11:00", True),
        ("M1", "11:29", "12:00", False),
        ("M1", "11:30", "12:00", True),
        ("W2", "09:00", "17:00", True),  # somebody else
    ],
)
def test_an_absence_touches_an_appointment_or_does_not(who: str, start: str, end: str, *, ok: bool) -> None:
    found = findings(a_engagement(absences=[Absence(who, at(start), at(end))]))
    assert faulted("is away or at an event", found) is not ok


def test_a_long_absence_hides_behind_a_short_one() -> None:
    absences = [Absence("W1", at("00:00", 1), at("00:00", 30)), Absence("W1", at("08:00"), at("08:30"))]
    assert faulted("is away or at an event", findings(a_engagement(absences=absences)))


@pytest.mark.parametrize(
    ("kind", "clock", "minutes", "ok"),
    [
        ("core_group", "07:00", None, True),  # 120 minutes, to 09:00
        ("core_group", "07:01", None, False),
        ("core_group", "08:00", 60, True),
        ("core_group", "08:00", 61, False),
        ("court_hearing", "07:00", None, False),  # the rest of the day
        ("court_hearing", "07:00", 120, True),
        ("court_hearing", "17:00", None, True),  # after hours: no time of the day is left
        ("court_hearing", "15:30", None, True),  # the visit ends at 15:00, the way takes half an hour
        ("court_hearing", "15:29", None, False),
        ("statutory_visit", "16:00", None, True),
    ],
)
def test_an_event_takes_the_time_of_who_holds_the_child_now(
    kind: str, clock: str, minutes: int | None, *, ok: bool
) -> None:
    event = Event("C1", kind, date(2022, 11, 15), at(clock).time(), minutes)
    found = [f for f in findings(a_engagement(events=[event])) if "conference or hearing that day" not in f]
    assert faulted("O1 is away or at an event", found) is not ok


def two_families(second: tuple[str, ...], **settings: Any) -> list[str]:
    """The plain handover of C1, then another of C2 from O2 to the same W1."""
    engagement = a_engagement([a_child("C1", "O1"), a_child("C2", "O2")], **settings)
    return findings(engagement, appointments(*DIARY) + appointments(*second, family_id="C2", giver="O2"))


@pytest.mark.parametrize(
    ("second", "ok"),
    [
        (("summary 09:00", "meeting 11:00"), True),
        (("summary 09:00", "meeting 10:00"), False),
        (("summary 09:00", "meeting 15:30"), True),
        (("summary 09:00", "meeting 15:00"), False),  # on the way back
        (("summary 09:00", "meeting 11:00", "joint_visit 15:30"), True),  # between two visits once is enough
        (("summary 09:00", "meeting 11:00", "joint_visit 15:00"), False),
    ],
)
def test_one_person_is_at_one_family_at_a_time(second: tuple[str, ...], *, ok: bool) -> None:
    assert faulted("W1 is in two places", two_families(second)) is not ok


def test_a_long_appointment_is_not_forgotten_behind_a_short_one() -> None:
    # the first summary lasts till 12:00: it meets the meeting at 11:00 though another appointment lies between
    engagement = a_engagement([a_child("C1"), a_child("C2")], summary_minutes=180, meeting_minutes=30)
    made = appointments("summary 09:00")
    long = (replace(made[0], end=at("12:00")),)
    inner = replace(appointments("meeting 09:30", family_id="C2")[0], end=at("10:00"))
    later = replace(appointments("meeting 11:00")[0], end=at("11:30"))
    found = findings(engagement, (*long, inner, later))
    assert sum("O1 is in two places" in finding for finding in found) == 2


def test_visits_a_day_are_counted_for_each_person() -> None:
    second = ("summary 09:00", "meeting 11:00", "joint_visit 15:30")
    assert two_families(second, visits_a_day=2) == []
    assert two_families(second, visits_a_day=1) == ["Worker W1 has 2 joint visits on 2022-11-15, above visits_a_day."]


@pytest.mark.parametrize(
    ("who", "changes", "ok"),
    [
        ("O1", {"available_to": date(2022, 11, 15)}, True),
        ("O1", {"available_to": date(2022, 11, 14)}, False),
        ("O1", {"available_from": date(2022, 11, 15)}, True),
        ("O1", {"available_from": date(2022, 11, 16)}, False),
        ("O1", {"dbs_issued_on": None, "swe_restrictions": "yes"}, True),  # who hands over need not be cleared
        ("W1", {"dbs_issued_on": date(2022, 11, 15)}, True),
        ("W1", {"dbs_issued_on": date(2022, 11, 16)}, False),
        ("M1", {"available_to": date(2022, 11, 15)}, True),
        ("M1", {"available_to": date(2022, 11, 14)}, False),
        ("M1", {"available_from": date(2022, 11, 15)}, True),
        ("M1", {"available_from": date(2022, 11, 16)}, False),
        ("M1", {"swe_restrictions": "yes"}, False),
    ],
)
def test_each_goes_by_what_they_do(who: str, changes: dict[str, Any], *, ok: bool) -> None:
    base = {"side": "outgoing"} if who == "O1" else {}
    person = a_manager("M1", **changes) if who == "M1" else a_worker(who, **(base | changes))
    people = [person, *(a_worker(w) for w in ("W1", "W2") if w != who)]
    assert (findings(a_engagement(workers=people)) == []) is ok


def relayed(by: str, **changes: Any) -> list[str]:
    """The meeting of C1 with somebody else, and nothing after it; W3 is of team T2, W9 of T1 and not cleared."""
    workers = [
        a_worker("W1"),
        a_worker("W2"),
        a_worker("W3", team_id="T2"),
        a_worker("W9", swe_restrictions="yes"),
        a_worker("O1", side="outgoing"),
    ]
    interim = changes.pop("interim", None)
    made = appointments("summary 09:00", "meeting 10:00")
    engagement = a_engagement(workers=workers, **changes)
    return findings(engagement, (made[0], replace(made[1], with_worker_id=by)), interim)


def test_who_may_relay() -> None:
    assert relayed("W2") == []
    assert relayed("M1") == []
    assert relayed("W3", interim="W3") == []
    assert faulted("W3 may not relay it", relayed("W3"))
    assert faulted("M2 may not relay it", relayed("M2"))
    assert "W9 may not relay it" in relayed("W9")[0]
    assert "O1 may not relay it" in relayed("O1", interim="O1")[0]
    assert faulted("M1 may not relay it", relayed("M1", rules=[Rule("C1", "M1", "never")]))


def signed_by(manager: str, *, first_cleared: bool = True, rules: tuple[Rule, ...] = ()) -> list[str]:
    """A handover to W1 of team T1, signed off by a manager; M3 is cleared, but manages no team."""
    workers = [
        a_worker("W1"),
        a_worker("W2", team_id="T2"),
        a_manager("M1", swe_restrictions="no" if first_cleared else "yes"),
        a_manager("M3"),
    ]
    made = appointments(*DIARY)
    return findings(a_engagement(workers=workers, rules=rules), (*made[:3], replace(made[3], worker_id=manager)))


def test_who_may_sign_off() -> None:
    assert signed_by("M1") == []
    assert faulted("M2 may not sign off, but M1", signed_by("M2"))
    assert signed_by("M2", first_cleared=False) == []
    assert signed_by("M2", rules=(Rule("C1", "M1", "never"),)) == []
    assert faulted("M3 may not sign off, but M2", signed_by("M3", first_cleared=False))
    nobody = signed_by("M2", first_cleared=False, rules=(Rule("C1", "M2", "never"),))
    assert faulted("M2 may not sign off, but nobody", nobody)


def test_the_figures_of_the_plan_by_hand() -> None:
    engagement, plan = an_engagement(), a_good_plan()
    facts = Facts(engagement)
    to_worker = {a.family_id: a.to_worker_id for a in plan.allocations}
    names = ("no_meeting", "unvisited", "uncovered_visits", "relayed", "unsigned")
    assert schedule_figures(facts, plan, to_worker) == dict(zip(names, (0, 3, 2, 2, 0), strict=True))
    # nothing booked: 6 families hand over; F1 (1 + 2), C03 1, F2 (1 + 1) + 1, F4 2, C10 1 are not visited;
    # C01 and C03 on the 14th and C07 on the 27th are not covered
    empty = replace(plan, appointments=())
    assert schedule_figures(facts, empty, to_worker) == dict(zip(names, (6, 10, 3, 0, 6), strict=True))
    # a family left out counts in no level: 1 less each, F4 2 unvisited, C07 uncovered
    left_out = {**to_worker, "F4": None}
    assert schedule_figures(facts, empty, left_out) == dict(zip(names, (5, 8, 2, 0, 5), strict=True))


@pytest.mark.parametrize(
    ("due", "count"),
    [
        (WINDOW_START - DAY, 0),
        (WINDOW_START, 1),
        (date(2022, 11, 14), 1),
        (date(2022, 11, 15), 0),
        (GO_LIVE - DAY, 0),
    ],
)
def test_a_visit_covers_what_is_due_that_day_or_later(due: date, count: int) -> None:
    facts = Facts(a_engagement(events=[Event("C1", "statutory_visit", due)]))
    plan = replace(a_good_plan(), appointments=appointments(*DIARY))
    assert schedule_figures(facts, plan, {"C1": "W1"})["uncovered_visits"] == Fraction(count)


def test_a_visit_due_on_go_live_is_not_the_schedules() -> None:
    for due, count in ((GO_LIVE - DAY, 1), (GO_LIVE, 0)):
        facts = Facts(a_engagement(events=[Event("C1", "statutory_visit", due)]))
        plan = replace(a_good_plan(), appointments=())
        assert schedule_figures(facts, plan, {"C1": "W1"})["uncovered_visits"] == count


@pytest.mark.parametrize(
    ("n", "kind", "said"),
    [
        (0, "summary", "Summary"),
        (1, "meeting", "Meeting"),
        (2, "joint_visit", "Joint visit"),
        (3, "sign_off", "Sign-off"),
        (0, "tea", "Appointment"),
    ],
)
def test_a_finding_names_the_appointment_in_words(n: int, kind: str, said: str) -> None:
    late = replace(appointments(*DIARY)[n], kind=kind)
    late = replace(late, start=late.start + 7 * MINUTE, end=late.end + 7 * MINUTE)
    made = tuple(late if number == n else a for number, a in enumerate(appointments(*DIARY)))
    wrong = "there is no kind tea." if kind == "tea" else "it does not start on a slot."
    assert f"{said} of family C1 on 2022-11-15 at {late.start:%H:%M}: {wrong}" in findings(a_engagement(), made)


def summary(**changes: Any) -> tuple[Appointment, ...]:
    """A summary from 9 to 10 that differs."""
    return (replace(appointments("summary 09:00")[0], **changes),)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (appointments("summary 09:00", day=28), "it is not in the window."),
        (appointments("summary 09:00", day=19), "it is not on a working day."),
        (appointments("summary 08:00"), "it is outside working hours."),
        (appointments("summary 12:00"), "it overlaps the break."),
        (appointments("summary 09:10"), "it does not start on a slot."),
        (summary(end=at("10:30")), "it lasts 1:30:00, not 60 minutes."),
        (summary(family_id="C9"), "the family is not in the engagement."),
        (summary(worker_id="O9"), "O9 is not in the engagement."),
        (summary(with_worker_id="W1"), "W1 is with them, but it takes one person."),
        (summary(worker_id="W2"), "W2 hands over, but by the rules it is O1."),
    ],
)
def test_what_is_wrong_with_an_appointment_is_said_in_a_sentence(made: tuple[Appointment, ...], said: str) -> None:
    assert said in [finding.split(": ", 1)[1] for finding in findings(a_engagement(), made)]


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("meeting", {"with_worker_id": None}, "nobody receives the family at it."),
        ("meeting", {"with_worker_id": "O1"}, "O1 may not relay it."),
        ("joint_visit", {"with_worker_id": "W2"}, "W2 is there, but the joint visit is by the receiving worker, W1."),
        ("sign_off", {"worker_id": "M2"}, "M2 may not sign off, but M3, M4, M5, M6, M7."),
    ],
)
def test_who_should_not_take_part_is_said_with_who_should(kind: str, changes: dict[str, Any], said: str) -> None:
    managers = [a_manager("M1", swe_restrictions="yes")]
    managers += [a_manager(f"M{n}", team_id=f"T{n}", swe_restrictions="yes" * (n == 2) or "no") for n in range(2, 9)]
    engagement = a_engagement(workers=[a_worker("W1"), a_worker("W2"), *managers])
    made = tuple(replace(a, **changes) if a.kind == kind else a for a in appointments(*DIARY))
    assert any(finding.endswith(f": {said}") for finding in findings(engagement, made))


def test_a_family_after_one_that_is_unknown_or_hands_nothing_over_is_looked_at_too() -> None:
    children = [a_child("C1", "W1"), a_child("C2")]
    engagement = a_engagement(children, workers=[a_worker("W1", side="staying"), a_worker("W2")])
    unknown, idle, half = (
        appointments("meeting 10:00", family_id=f, day=d) for f, d in (("C9", 15), ("C1", 16), ("C2", 17))
    )
    found = findings(engagement, (*unknown, *idle, *half))
    assert "Family C1 has appointments, but nothing is handed over." in found
    assert "Family C2 has a meeting without a summary before it." in found
