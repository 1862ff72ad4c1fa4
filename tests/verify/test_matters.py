"""Every matter of §5 needs its flag: each one of a good plan's flags is missed when it is gone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from handover.engagement import Event, Rule, Worker
from handover.plan import Flag
from handover.verify import verify
from handover.verify.facts import Facts
from handover.verify.matters import flag_findings
from tests.builders import CONTRACT_END, GO_LIVE, WINDOW_START, a_child, a_engagement, a_manager, a_worker
from tests.verify.handmade import a_good_plan, an_engagement
from tests.verify.test_schedule import DIARY, appointments

DAY = timedelta(days=1)
READY = date(2022, 12, 5)
FLAGS = a_good_plan().flags


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: f"{flag.subject}: {flag.matter}")
def test_no_flag_of_a_good_plan_is_idle(flag: Flag) -> None:
    plan = replace(a_good_plan(), flags=tuple(f for f in FLAGS if f != flag))
    assert len(verify(an_engagement(), plan)) == 1


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: f"{flag.subject}: {flag.matter}")
def test_a_flag_of_another_severity_does_not_do(flag: Flag) -> None:
    plan = replace(a_good_plan(), flags=tuple(replace(f, severity="info") if f == flag else f for f in FLAGS))
    assert len(verify(an_engagement(), plan)) == 1


def findings(
    to: str | None, *flags: Flag, diary: tuple[str, ...] = DIARY, interim: str | None = None, **engagement: Any
) -> list[str]:
    """What is found about the flags when C1 goes to `to`; its meeting and visit are with W1."""
    facts = Facts(a_engagement(**({"worker_band": "1"} | engagement)))
    plan = a_good_plan()
    allocation = replace(plan.allocations[0], child_id="C1", family_id="C1", to_worker_id=to, interim_worker_id=interim)
    plan = replace(plan, allocations=(allocation,), appointments=appointments(*diary), flags=flags)
    return [*flag_findings(facts, plan, {"C1": to})]


def missed(what: str, found: list[str]) -> bool:
    assert all(what in finding for finding in found), found
    return bool(found)


def test_a_quiet_plan_needs_no_flag() -> None:
    assert findings("W1") == []


@pytest.mark.parametrize(
    ("on", "introduced"),
    [
        (WINDOW_START - DAY, True),  # before the window
        (WINDOW_START, False),
        (date(2022, 11, 14), False),  # the day before they meet
        (date(2022, 11, 15), True),
        (CONTRACT_END, True),
    ],
)
def test_a_family_is_introduced_on_the_day_at_the_latest(on: date, *, introduced: bool) -> None:
    events = [Event("C1", "court_hearing", on)]
    assert missed("not introduced before", findings("W1", events=events)) is not introduced
    assert findings("W1", Flag("warn", "C1", "Not introduced.", ""), events=events) == []


def test_a_relayed_meeting_introduces_nobody_but_a_visit_does() -> None:
    events = [Event("C1", "review_conference", date(2022, 11, 24))]
    # the meeting is with W1, who relays for W2
    assert missed("not introduced", findings("W2", diary=("summary 09:00", "meeting 10:00"), events=events))
    assert findings("W2", diary=DIARY, events=events) == []
    assert missed("not introduced", findings("W2", diary=(), events=events))


def test_a_sibling_who_stays_counts_for_a_family_that_changes() -> None:
    children = [a_child("C1", family_id="F"), a_child("C2", "W1", family_id="F")]
    workers = [a_worker("W1", side="staying"), a_worker("W2")]
    facts = Facts(a_engagement(children, workers, events=[Event("C2", "court_hearing", WINDOW_START)], worker_band="1"))
    plan = a_good_plan()
    allocations = tuple(replace(plan.allocations[0], child_id=c, family_id="F") for c in ("C1", "C2"))
    quiet = replace(plan, allocations=allocations, appointments=(), flags=())
    assert missed("not introduced", [*flag_findings(facts, quiet, {"F": "W1"})])


@pytest.mark.parametrize(
    ("to", "on", "stop"),
    [
        ("W1", GO_LIVE - DAY, False),
        ("W1", GO_LIVE, True),
        ("W1", GO_LIVE + DAY, False),
        ("W2", GO_LIVE, True),
        ("W2", READY - DAY, True),
        ("W2", READY, False),
    ],
)
def test_a_hearing_before_they_are_ready_is_a_stop(to: str, on: date, *, stop: bool) -> None:
    engagement = {
        "workers": [a_worker("W1"), a_worker("W2", laptop_on=READY)],
        "events": [Event("C1", "court_hearing", on)],
    }
    found = findings(to, interim="W1" if to == "W2" else None, **engagement)
    assert missed("a conference or hearing on go-live or before ready_on", found) is stop


@pytest.mark.parametrize(("on", "warn"), [(GO_LIVE - DAY, False), (GO_LIVE, True), (READY - DAY, True), (READY, False)])
def test_a_visit_before_they_are_ready_names_the_interim_worker(on: date, *, warn: bool) -> None:
    engagement = {
        "workers": [a_worker("W1"), a_worker("W2", laptop_on=READY)],
        "events": [Event("C1", "statutory_visit", on), Event("C1", "core_group", GO_LIVE)],
    }
    assert missed("a statutory visit is due", findings("W2", interim="W1", **engagement)) is warn
    if warn:
        named = Flag("warn", "C1", "A visit is due.", "W1 makes it.")
        turned = Flag("warn", "W1", "Makes a visit to C1.", "")
        assert findings("W2", named, interim="W1", **engagement) == []
        assert findings("W2", turned, interim="W1", **engagement) == []
        assert findings("W2", replace(named, action="W11 makes it."), interim="W1", **engagement) != []
        assert findings("W2", replace(turned, matter="Makes a visit to C11."), interim="W1", **engagement) != []


def test_an_interim_worker_who_was_not_there() -> None:
    late = {"workers": [a_worker("W1"), a_worker("W2", laptop_on=READY), a_worker("W3")]}
    assert findings("W2", interim="W1", **late) == []
    assert missed("interim worker W3 was not at", findings("W2", interim="W3", **late))
    assert missed("interim worker W1 was not at", findings("W2", interim="W1", diary=("summary 09:00",), **late))
    assert missed("nobody can hold the child", findings("W2", interim=None, **late))
    assert findings("W2", Flag("stop", "C1", "Nobody holds it.", ""), interim=None, **late) == []


def test_an_unallocated_child_and_the_manager_who_holds_it() -> None:
    assert missed("the child is unallocated", findings(None, diary=()))
    assert findings(None, Flag("stop", "C1", "Unallocated.", "M1 holds it."), diary=()) == []
    assert missed("the child is unallocated", findings(None, Flag("stop", "C1", "Unallocated.", ""), diary=()))
    for nobody in (
        {"workers": [a_worker("W1"), a_manager("M1", swe_restrictions="yes")]},
        {"workers": [a_worker("W1"), a_manager("M1", available_to=GO_LIVE - DAY)]},
        {"rules": [Rule("C1", "M1", "never")]},
    ):
        flags = [Flag("stop", "C1", "Unallocated.", ""), Flag("warn", "M1", "Not cleared.", "")]
        assert findings(None, *flags, diary=(), **nobody) == []
    there = {"workers": [a_worker("W1"), a_manager("M1", available_to=GO_LIVE)]}
    assert findings(None, Flag("stop", "C1", "Unallocated.", ""), diary=(), **there) != []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"swe_registered_until": CONTRACT_END}, ""),
        ({"swe_registered_until": CONTRACT_END - DAY}, "registration lapses"),
        ({"swe_restrictions": "yes"}, "not cleared"),
        ({"swe_restrictions": "yes", "side": "outgoing"}, ""),
        ({"swe_restrictions": "yes", "side": "staying"}, "not cleared"),
    ],
)
def test_people_who_are_not_or_not_for_long_cleared(changes: dict[str, Any], what: str) -> None:
    workers = [a_worker("W1"), a_worker("W2", **changes)]
    assert missed(what, findings("W1", workers=workers)) is bool(what)
    assert findings("W1", Flag("warn", "W2", "Look.", ""), workers=workers) == []


def test_below_the_low_end_and_not_on_it() -> None:
    # 4 points, 2 each: W2 holds none, and W1 4
    assert findings("W1", worker_band="1") == []
    assert findings("W1", worker_band="0.9") == ["No warn flag names W2: below the low end."]
    alone = [a_worker("W1")]
    assert findings("W1", workers=alone, worker_band="0") == []


@pytest.mark.parametrize(("most", "found"), [("1", 0), ("0.9", 1), ("0.5", 1), ("0.4", 2)])
def test_more_children_than_one_or_all_should_have(most: str, found: int) -> None:
    # 1 child with W1; 2 full-time workers: on average 0.5
    assert len(findings("W1", most_children=most)) == found
    flags = [Flag("warn", "W1", "Above most.", ""), Flag("stop", "T1", "Average.", "")]
    assert findings("W1", *flags, most_children=most) == []


def test_a_flag_is_about_somebody_and_says_something() -> None:
    assert findings("W1", *(Flag("info", i, "A matter.", "") for i in ("C1", "W1", "O1", "T1"))) == []
    assert len(findings("W1", Flag("info", "C2", "A matter.", ""))) == 1
    assert len(findings("W1", Flag("alarm", "C1", "A matter.", ""))) == 1
    assert len(findings("W1", Flag("info", "C1", "  ", ""))) == 1


def test_ids_of_several_words_are_found() -> None:
    workers = [a_worker("Ann, T1"), a_worker("W2", laptop_on=READY)]
    facts = Facts(a_engagement([a_child("C 1")], workers, events=[Event("C 1", "statutory_visit", GO_LIVE)]))
    plan = a_good_plan()
    allocation = replace(
        plan.allocations[0], child_id="C 1", family_id="C 1", to_worker_id="W2", interim_worker_id="Ann, T1"
    )
    flags = (
        Flag("warn", "Ann, T1", "Visits C 1 on go-live.", ""),
        Flag("warn", "C 1", "Ann, T1 was not told.", ""),
        Flag("warn", "Ann, T1", "Below the low end.", ""),
    )
    plan = replace(plan, allocations=(allocation,), appointments=(), flags=flags)
    assert [*flag_findings(facts, plan, {"C 1": "W2"})] == []
    assert len([*flag_findings(facts, replace(plan, flags=flags[1:]), {"C 1": "W2"})]) == 1


def test_the_average_is_exact() -> None:
    # 12 children for 4.5 full-time workers: 8/3 is not above itself
    plan = a_good_plan()
    to = {a.family_id: a.to_worker_id for a in plan.allocations}
    settings = an_engagement().settings
    for most, found in ((Fraction(8, 3), 0), (Fraction(8, 3) - Fraction(1, 10**9), 1)):
        changed = replace(settings, workload=replace(settings.workload, most_children=most))
        engagement = replace(an_engagement(), settings=changed)
        assert len([*flag_findings(Facts(engagement), plan, to)]) == found


def test_two_stops_of_one_family_need_two_flags() -> None:
    late = {"workers": [a_worker("W2", laptop_on=READY)], "events": [Event("C1", "court_hearing", GO_LIVE)]}
    one = Flag("stop", "C1", "A hearing, and nobody holds the child.", "")
    introduced = Flag("warn", "C1", "Not introduced.", "")
    both = "a conference or hearing on go-live or before ready_on; nobody can hold the child in between"
    assert findings("W2", one, introduced, interim=None, **late) == [f"Fewer stop flags on C1 than matters: {both}."]
    assert findings("W2", one, replace(one, matter="Nobody."), introduced, interim=None, **late) == []


def test_an_interim_worker_who_was_not_there_has_to_be_named() -> None:
    late = {"workers": [a_worker("W2", laptop_on=READY), a_worker("W3")]}
    assert missed("interim worker W3 was not at", findings("W2", Flag("warn", "C1", "?", ""), interim="W3", **late))
    assert findings("W2", Flag("warn", "C1", "W3 was not at the meeting.", ""), interim="W3", **late) == []


def test_a_missing_flag_is_told_with_its_matter() -> None:
    assert findings(None) == ["No stop flag names C1: the child is unallocated."]
    late = {"workers": [a_worker("W2", laptop_on=READY)]}
    assert findings("W2", interim=None, **late) == ["No stop flag names C1: nobody can hold the child in between."]


def matters(to: Mapping[str, str | None], *flags: Flag, **engagement: Any) -> list[str]:
    """What is found about the flags of several families, each met by its worker on the first day."""
    made = a_engagement(**({"worker_band": "1"} | engagement))
    facts, plan = Facts(made), a_good_plan()
    allocations = tuple(
        replace(plan.allocations[0], child_id=c.child_id, family_id=f, to_worker_id=to[f], interim_worker_id=None)
        for c in made.children
        for f in (facts.family_of[c.child_id],)
    )
    booked = [appointments(*DIARY, family_id=f, day=14) for f in to]
    plan = replace(plan, allocations=allocations, appointments=tuple(a for diary in booked for a in diary), flags=flags)
    return [*flag_findings(facts, plan, to)]


def test_a_family_after_one_left_out_is_looked_at_too() -> None:
    left_out = Flag("stop", "C1", "Nobody takes C1. M1 holds it.", "")
    found = matters(
        {"C1": None, "C2": "W1"},
        left_out,
        children=[a_child("C1"), a_child("C2")],
        events=[Event("C2", "court_hearing", GO_LIVE)],
    )
    assert found == ["No stop flag names C2: a conference or hearing on go-live or before ready_on."]


def test_who_holds_the_child_already_needs_not_be_ready_for_its_hearing() -> None:
    late = {"workers": [a_worker("W1", side="staying", laptop_on=READY)], "children": [a_child("C1", "W1")]}
    assert findings("W1", **late, events=[Event("C1", "court_hearing", GO_LIVE + DAY)]) == []


def test_each_of_two_siblings_with_two_matters_may_have_a_flag_for_both() -> None:
    children = [a_child(c, family_id="F1") for c in ("C1", "C2")]
    hearings = [Event(c, "court_hearing", GO_LIVE) for c in ("C1", "C2")]
    flags = [Flag("stop", c, "A hearing, and nobody holds the child.", "") for c in ("C1", "C2")]
    late = {"children": children, "events": hearings, "workers": [a_worker("W2", laptop_on=READY)]}
    assert matters({"F1": "W2"}, *flags, **late) == []


def test_an_average_above_the_most_is_told() -> None:
    assert "No stop flag names a team: the average is above most_children." in findings("W1", most_children="0.1")


@pytest.mark.parametrize(
    ("worker", "said"),
    [
        (a_worker("W1", fte="0.5"), "above most_children"),
        (a_worker("W2", swe_restrictions="yes"), "not cleared"),
        (a_worker("W2", swe_registered_until=CONTRACT_END - DAY), "registration lapses before contract_end"),
    ],
)
def test_what_is_the_matter_with_a_person_is_said(worker: Worker, said: str) -> None:
    # three children with W1, who may have four full-time, two half-time
    people = {w.worker_id: w for w in (a_worker("W1"), a_worker("W2"), worker)}
    children = [a_child(f"C{n}") for n in (1, 2, 3)]
    enough = {"most_children": "4", "workers": people.values(), "children": children}
    found = matters(dict.fromkeys(("C1", "C2", "C3"), "W1"), **enough)
    assert f"No warn flag names {worker.worker_id}: {said}." in found
