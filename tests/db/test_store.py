"""What goes into the record comes out the same, and leaves a line in the trail."""

import getpass
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.record import Record, Version
from handover.engagement import Child, Engagement, Episode, Worker, engagement
from handover.errors import UsageError
from handover.plan import (
    APPOINTMENT_KINDS,
    LEVELS,
    SEVERITIES,
    TIE_FIGURES,
    Allocation,
    Appointment,
    Flag,
    Level,
    Plan,
)
from tests.builders import a_engagement, engagements
from tests.db.conftest import NOON, a_plan, as_made, everything

TEXT = st.text(max_size=8)
WORDS = st.lists(TEXT, max_size=3).map(tuple)
DAY = st.dates(date(2000, 1, 1), date(2040, 1, 1))
MOMENT = st.datetimes(datetime(2022, 1, 1), datetime(2024, 1, 1))
SHARE = st.fractions(0, 1)
LATER = st.none() | DAY
POINTS = st.none() | st.integers(1, 99)


@st.composite
def odd_engagements(draw: st.DrawFn) -> Engagement:
    """Valid engagements with any text, date and fraction where the contract leaves them open."""
    plain = draw(engagements(max_children=4))

    def worker(before: Worker) -> Worker:
        words: dict[str, Any] = {name: draw(TEXT) for name in ("name", "swe_number", "dbs_number", "postcode")}
        return replace(
            before, fte=draw(SHARE), skills=draw(WORDS), languages=draw(WORDS), laptop_on=draw(LATER), **words
        )

    def child(before: Child) -> Child:
        return replace(before, needs=draw(WORDS), languages=draw(WORDS), postcode=draw(TEXT), points=draw(POINTS))

    inner = plain.settings
    slot = draw(st.none() | st.tuples(st.times(), st.times()))
    work = replace(inner.workload, worker_band=draw(SHARE), most_children=draw(SHARE), points={"court": 9})
    return engagement(
        replace(
            inner,
            name=draw(TEXT),
            closed=draw(st.lists(DAY, max_size=2).map(tuple)),
            hours=replace(inner.hours, start=draw(st.times()), break_=slot),
            workload=work,
            handover=replace(inner.handover, joint_visit_for=draw(st.sampled_from(((), ("court",))))),
        ),
        plain.closed_days,
        tuple(replace(team, name=draw(TEXT)) for team in plain.teams),
        tuple(worker(w) for w in plain.workers),
        tuple(child(c) for c in plain.children),
        plain.history,
        plain.events,
        tuple(replace(a, start=draw(MOMENT), reason=draw(TEXT)) for a in plain.absences),
        plain.rules,
        tuple(replace(t, name=draw(TEXT), owner=draw(TEXT), done_on=draw(LATER)) for t in plain.tasks),
    )


def some_levels(name: st.SearchStrategy[str]) -> st.SearchStrategy[Level]:
    value = st.fractions(min_value=0, max_denominator=10**9)
    seconds = st.floats(0, 1e6)
    return st.builds(Level, name, value, value, seconds, st.sampled_from(("", "clock", "interrupt", "work limit")))


def some_plans(sha: str) -> st.SearchStrategy[Plan]:
    worker = st.none() | TEXT
    allocations = st.builds(
        Allocation, TEXT, TEXT, TEXT, worker, worker, LATER, st.integers(0, 3), st.integers(0, 9), st.booleans(), TEXT
    )
    kinds = st.sampled_from(APPOINTMENT_KINDS)
    return st.builds(
        Plan,
        engagement=TEXT,
        input_sha256=st.just(sha),
        seed=st.integers(0, 2**31),
        booked_from=DAY,
        versions=st.dictionaries(TEXT, TEXT, max_size=2),
        seconds=st.floats(0, 1e6),
        levels=st.lists(some_levels(st.sampled_from(LEVELS + TIE_FIGURES)), max_size=3).map(tuple),
        changes_whatever_the_caseloads=some_levels(st.just("changes_whatever_the_caseloads")),
        allocations=st.lists(allocations, max_size=3, unique_by=lambda a: a.child_id).map(tuple),
        appointments=st.lists(st.builds(Appointment, TEXT, kinds, MOMENT, MOMENT, TEXT, worker), max_size=3).map(tuple),
        flags=st.lists(st.builds(Flag, st.sampled_from(SEVERITIES), TEXT, TEXT, TEXT), max_size=3).map(tuple),
        remedies=WORDS,
    )


@settings(max_examples=30)
@given(engagement=odd_engagements())
def test_an_engagement_comes_back_exactly_as_it_was_imported(shared: Record, engagement: Engagement) -> None:
    with shared.writing() as store:
        store.add_engagement(engagement, "folder")
    with shared.reading() as store:
        version = store.version(engagement.input_sha256)
        assert version == Version(engagement.input_sha256, engagement, NOON, "asha", "folder")
        assert version == store.latest()
        assert engagement.input_sha256 == store.latest_sha256()
    # recomputed from what came back: nothing the hash covers was lost
    assert version.engagement.input_sha256 == engagement.input_sha256


@settings(max_examples=30)
@given(data=st.data())
def test_a_plan_comes_back_exactly_as_it_was_stored(shared: Record, data: st.DataObject) -> None:
    with shared.writing() as store:
        sha = store.add_engagement(everything(), "folder").input_sha256
        plan = data.draw(some_plans(sha))
        plan_id = store.add_plan(plan)
    with shared.reading() as store:
        kept = store.plan(plan_id)
    assert as_made(kept) == plan
    assert (kept.plan_id, kept.made_at, kept.made_by) == (plan_id, NOON, "asha")
    # bool is an int to ==, but not to whoever writes "yes" or "no"
    assert all(isinstance(allocation.known, bool) for allocation in kept.allocations)


def test_episodes_of_one_day_keep_their_order_in_the_file(record: Record) -> None:
    # by worker id it would be O1, P1, P2: the file says otherwise, and prior changes depend on it
    day = date(2022, 5, 1)
    history = [Episode("C1", "P2", day, day), Episode("C1", "P1", day, day), Episode("C1", "O1", day)]
    with record.writing() as store:
        store.add_engagement(a_engagement(history=history), "folder")
    with record.reading() as store:
        version = store.latest()
    assert version is not None
    assert [e.worker_id for e in version.engagement.episodes_of["C1"]] == ["P2", "P1", "O1"]


def test_a_new_record_has_no_engagement_and_no_plan(record: Record) -> None:
    with record.reading() as store:
        assert store.latest() is None
        assert store.latest_sha256() is None
        assert store.version("0" * 64) is None
        assert store.plans() == ()
        assert store.children_in_plans() == frozenset()
        with pytest.raises(UsageError, match="no plan yet"):
            store.plan(None)


def test_importing_the_same_again_changes_nothing(record: Record) -> None:
    with record.writing() as store:
        first = store.add_engagement(everything(), "folder")
    with record.writing() as store:
        assert store.add_engagement(everything(), "another folder") == first
        assert [row.what for row in store.trail()] == ["init", "import"]


def test_going_back_to_an_earlier_input_makes_it_the_current_one(record: Record) -> None:
    before, after = everything(), a_engagement()
    for n, read in enumerate((before, after, before)):
        with record.writing() as store:
            store.add_engagement(read, f"import {n}")
    with record.reading() as store:
        current = store.latest()
        assert store.latest_sha256() == before.input_sha256
        trail = store.trail()
    assert current is not None
    assert (current.engagement, current.source) == (before, "import 2")
    assert [row.input_sha256 for row in trail] == [
        None,
        before.input_sha256,
        after.input_sha256,
        before.input_sha256,
    ]


def test_each_plan_points_at_the_version_it_was_made_from(record: Record) -> None:
    before, after = everything(), a_engagement()
    with record.writing() as store:
        store.add_engagement(before, "first")
        old = store.add_plan(a_plan(before))
    with record.writing() as store:
        store.add_engagement(after, "second")
        new = store.add_plan(a_plan(after))
    with record.reading() as store:
        for plan_id, engagement in ((old, before), (new, after)):
            version = store.version(store.plan(plan_id).input_sha256)
            assert version is not None
            assert version.engagement == engagement
        assert store.plan(None).plan_id == new


def test_a_plan_of_an_unknown_engagement_is_refused(record: Record) -> None:
    with pytest.raises(UsageError, match="never imported"), record.writing() as store:
        store.add_plan(a_plan(everything()))


def test_a_plan_is_found_by_what_people_type(record: Record) -> None:
    engagement = everything()
    with record.writing() as store:
        store.add_engagement(engagement, "folder")
        assert [store.add_plan(a_plan(engagement)) for _ in range(11)][-1] == "P0011"
    with record.reading() as store:
        for typed in ("P0001", "p0001", "1", "P1", " 0001 "):
            assert store.plan(typed).plan_id == "P0001"
        with pytest.raises(UsageError, match=r"more than one plan begins so.*P0001, P0002"):
            store.plan("P")
        for typed in ("12", "Q1", "", "P9999"):
            with pytest.raises(UsageError, match=r"no such plan.*P0011"):
                store.plan(typed)


def test_a_beginning_that_only_one_plan_has_is_enough(record: Record) -> None:
    engagement = everything()
    with record.writing() as store:
        store.add_engagement(engagement, "folder")
        store.add_plan(a_plan(engagement))
        assert store.plan("P00").plan_id == "P0001"


def test_the_list_of_plans_says_what_was_found_at_the_last_check(record: Record) -> None:
    engagement = everything()
    with record.writing() as store:
        store.add_engagement(engagement, "folder")
        never, sound, broken, mended = (store.add_plan(a_plan(engagement)) for _ in range(4))
        store.add_verification(sound, ())
        store.add_verification(broken, ())
        store.add_verification(broken, ("C1 is in two places.", "W1 is over the band."))
        store.add_verification(mended, ("C1 is in two places.",))
        store.add_verification(mended, ())
    with record.reading() as store:
        lines = store.plans()
    assert [line.plan_id for line in lines] == [never, sound, broken, mended]
    assert [line.verified for line in lines] == [None, True, False, True]
    # C1 changes twice; C2 has no receiving worker, so its 1 is not counted
    assert {(line.changes, line.unallocated) for line in lines} == {(2, 1)}
    assert {(line.made_at, line.made_by, line.input_sha256) for line in lines} == {
        (NOON, "asha", engagement.input_sha256)
    }


def test_a_check_of_no_plan_is_refused(record: Record) -> None:
    engagement = everything()
    with record.writing() as store:
        store.add_engagement(engagement, "folder")
        store.add_plan(a_plan(engagement))
    with pytest.raises(UsageError, match="no such plan"), record.writing() as store:
        store.add_verification("P0099", ())


def test_children_whom_a_plan_holds_are_known_after_they_left_the_input(record: Record) -> None:
    engagement = everything()
    with record.writing() as store:
        store.add_engagement(engagement, "folder")
        store.add_plan(a_plan(engagement))
        store.add_engagement(a_engagement(), "without C2")
    with record.reading() as store:
        assert store.children_in_plans() == {"C1", "C2"}


def test_every_change_leaves_a_line_in_the_trail(record: Record) -> None:
    engagement = everything()
    sha = engagement.input_sha256
    with record.writing() as store:
        store.add_engagement(engagement, "folder")
        plan_id = store.add_plan(a_plan(engagement))
        store.add_verification(plan_id, ("W1 is over the band.",))
        store.audit("export", sha, {"format": "csv", "on": NOON.date(), "share": Fraction(1, 3)}, plan_id=plan_id)
    with record.reading() as store:
        init, imported, planned, verified, exported = store.trail()
    assert (init.what, init.details["encrypted"]) == ("init", False)
    assert (imported.what, imported.input_sha256, imported.plan_id) == ("import", sha, None)
    assert imported.details["source"] == "folder"
    assert imported.details["counts"] == {
        "teams": 1,
        "workers": 4,
        "children": 2,
        "history": 2,
        "events": 1,
        "absences": 1,
        "rules": 1,
        "tasks": 2,
    }
    assert imported.details["versions"].keys() == {"handover"}
    assert (planned.what, planned.input_sha256, planned.plan_id) == ("plan", sha, "P0001")
    assert planned.details["seed"] == 7
    assert planned.details["versions"] == {"handover": "0.1.0", "ortools": "9.15"}
    assert planned.details["counts"] == {"allocations": 2, "unallocated": 1, "appointments": 4, "flags": 1}
    assert planned.details["levels"]["changes"] == "3/7"
    assert (verified.what, verified.plan_id, verified.details["findings"]) == ("verify", "P0001", 1)
    sealed = [sorted(line.details["seals"]) for line in (imported, planned, verified)]
    assert sealed == [["import 1", "importing 1"], ["P0001"], ["check 1"]]
    assert exported.details == {"format": "csv", "on": "2022-11-10", "share": "1/3"}
    assert [row.entry for row in (init, imported, planned, verified, exported)] == [1, 2, 3, 4, 5]
    assert {(row.who, row.at) for row in (imported, planned, verified, exported)} == {("asha", NOON)}


def test_no_name_address_or_reason_gets_into_the_trail(record: Record) -> None:
    marked = everything()
    marked = replace(
        marked,
        workers=tuple(replace(w, name="MARKER", postcode="MARKER") for w in marked.workers),
        children=tuple(replace(c, postcode="MARKER", languages=("MARKER",)) for c in marked.children),
        rules=tuple(replace(r, reason="MARKER") for r in marked.rules),
    )
    plan = a_plan(marked)
    plan = replace(plan, allocations=tuple(replace(a, why="MARKER") for a in plan.allocations), remedies=("MARKER",))
    with record.writing() as store:
        store.add_engagement(marked, "folder")
        store.add_verification(store.add_plan(plan), ("MARKER is in two places.",))
    with record.reading() as store:
        assert "MARKER" not in repr(store.trail())


def test_the_trail_tells_utc_and_the_system_s_user(record: Record) -> None:
    with record.reading() as store:
        (init,) = store.trail()
    assert init.at.utcoffset() == timedelta(0)
    assert init.who == getpass.getuser()
