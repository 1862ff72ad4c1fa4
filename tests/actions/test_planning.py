"""From the engagement imported last to a plan that is stored, checked as read back, and written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from db.record import Record, Store
from handover.actions import planning, plans
from handover.actions.planning import Asked, plan
from handover.engagement import Engagement
from handover.errors import CheckFailed, ChildrenUnallocated, Interrupted, NoUsablePlan, UsageError
from handover.plan import Limits, Plan
from solver.watch import Watch
from tests.actions.conftest import LONG_AGO, Search
from tests.builders import GO_LIVE, WINDOW_START
from tests.verify.handmade import a_good_plan


def before(day: date) -> Callable[[], date]:
    return lambda: day


def stored(record: Record) -> int:
    with record.reading() as store:
        return len(store.plans())


@pytest.mark.usefixtures("good_search")
def test_a_plan_is_stored_checked_and_written(record: Record, watch: Watch, tmp_path: Path) -> None:
    report = plan(record, Asked(tmp_path / "out", seed=3), watch, before(LONG_AGO))
    assert report.error is None
    assert report.messages == ()
    with record.reading() as store:
        (line,) = store.plans()
        kept = store.plan(None)
    assert (line.plan_id, line.verified, line.changes) == ("P0001", True, 15)
    assert kept.seed == 3
    assert kept.flags
    assert {"handover_schedule.csv", "plan.json", "flags.csv"} <= {p.name for p in (tmp_path / "out").iterdir()}
    assert "15 changes of social worker" in report.text


def test_a_plan_that_breaks_a_rule_is_not_stored(
    record: Record, watch: Watch, search: Callable[[Search], None], tmp_path: Path
) -> None:
    good = a_good_plan()
    first, *rest = good.allocations
    broken = replace(good, allocations=(replace(first, changes=0), *rest))
    search(lambda *_: broken)
    with pytest.raises(CheckFailed, match="C01"):
        plan(record, Asked(tmp_path / "out"), watch, before(LONG_AGO))
    assert stored(record) == 0
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("good_search")
def test_a_plan_read_back_otherwise_than_stored_is_not_kept(
    record: Record, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Store.plan

    def forgetful(store: Store, plan_id: str | None) -> Plan:
        kept = read(store, plan_id)
        return replace(kept, remedies=("not what was stored",))

    monkeypatch.setattr(Store, "plan", forgetful)
    with pytest.raises(CheckFailed, match="read back"):
        plan(record, Asked(), watch, before(LONG_AGO))
    assert stored(record) == 0


def test_an_interrupted_search_keeps_its_best_plan(
    record: Record, watch: Watch, search: Callable[[Search], None], tmp_path: Path
) -> None:
    def stopped(_engagement: Engagement, _limits: Limits, watch: Watch) -> Plan:
        watch.interrupted.set()
        return replace(a_good_plan(), flags=())

    search(stopped)
    report = plan(record, Asked(tmp_path / "out"), watch, before(LONG_AGO))
    assert isinstance(report.error, Interrupted)
    assert stored(record) == 1
    assert (tmp_path / "out" / "handover_schedule.csv").exists()


@pytest.mark.parametrize("seconds", [4, 300])
def test_the_search_leaves_time_to_store_check_and_write_its_plan(
    seconds: int, record: Record, search: Callable[[Search], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # a second for each child and half a second more, but never more than half of the time
    monkeypatch.setattr(planning, "CHILDREN_A_SECOND", 1)
    watch, left = Watch.lasting(seconds), []

    def looked(_engagement: Engagement, _limits: Limits, searching: Watch) -> Plan:
        left.append(watch.until - searching.until)
        return replace(a_good_plan(), flags=())

    search(looked)
    plan(record, Asked(), watch, before(LONG_AGO))
    children = len(a_good_plan().allocations)
    assert left[0] == pytest.approx(min(seconds / 2, 0.5 + children), abs=1)


def test_a_search_interrupted_before_any_plan_stores_nothing(
    record: Record, watch: Watch, search: Callable[[Search], None]
) -> None:
    def nothing(_engagement: Engagement, _limits: Limits, watch: Watch) -> Plan:
        watch.interrupted.set()
        raise NoUsablePlan

    search(nothing)
    with pytest.raises(Interrupted):
        plan(record, Asked(), watch, before(LONG_AGO))
    assert stored(record) == 0


def test_a_search_that_found_nothing_in_time_is_no_interruption(
    record: Record, watch: Watch, search: Callable[[Search], None]
) -> None:
    def nothing(*_: object) -> Plan:
        raise NoUsablePlan

    search(nothing)
    with pytest.raises(NoUsablePlan):
        plan(record, Asked(), watch, before(LONG_AGO))


@pytest.mark.parametrize(
    ("today", "suggested"),
    [
        (WINDOW_START - timedelta(days=1), None),
        (WINDOW_START, "2022-11-15"),
        (date(2022, 11, 18), "2022-11-21"),  # a Friday: the Monday after
        (date(2022, 11, 25), "2022-11-27"),  # the last day: the last of the window, in which nothing can be booked
        (GO_LIVE, None),
    ],
)
@pytest.mark.usefixtures("good_search")
def test_planning_inside_the_window_without_from_warns_with_the_command_to_use(
    record: Record, watch: Watch, today: date, suggested: str | None
) -> None:
    messages = plan(record, Asked(), watch, before(today)).messages
    assert [m for m in messages if "--from" in m] == list(messages)
    assert [f"handover plan --from {suggested}" in m for m in messages] == ([True] if suggested else [])


def test_from_reaches_the_search_and_never_lies_before_the_window(
    record: Record, watch: Watch, search: Callable[[Search], None]
) -> None:
    asked: list[date | None] = []

    def note(_engagement: Engagement, limits: Limits, _watch: Watch) -> Plan:
        asked.append(limits.book_from)
        raise NoUsablePlan

    search(note)
    for day in (None, date(2022, 11, 1), date(2022, 11, 16)):
        with pytest.raises(NoUsablePlan):
            plan(record, Asked(book_from=day), watch)
    assert asked == [WINDOW_START, WINDOW_START, date(2022, 11, 16)]


def test_from_on_go_live_is_refused_before_any_search(
    record: Record, watch: Watch, search: Callable[[Search], None], tmp_path: Path
) -> None:
    def never(*_: object) -> Plan:
        raise AssertionError("searched")

    search(never)
    with pytest.raises(UsageError, match="leaves no day"):
        plan(record, Asked(book_from=GO_LIVE), watch)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        plan(record, Asked(tmp_path / "file"), watch)


def test_nothing_can_be_planned_before_an_import(empty: Record, watch: Watch) -> None:
    with pytest.raises(UsageError, match="handover import"):
        plan(empty, Asked(), watch)


@pytest.mark.usefixtures("good_search")
def test_a_plan_whose_files_cannot_be_written_is_stored_and_says_how_to_write_them(
    record: Record, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plans, "write", full)
    with pytest.raises(UsageError, match="handover export P0001"):
        plan(record, Asked(tmp_path / "out"), watch, before(LONG_AGO))
    assert stored(record) == 1
    with record.reading() as store:
        assert [row.what for row in store.trail()[-2:]] == ["export", "export failed"]


def test_an_import_made_meanwhile_is_told(record: Record, watch: Watch, search: Callable[[Search], None]) -> None:
    def slow(engagement: Engagement, _limits: Limits, _watch: Watch) -> Plan:
        with record.writing() as store:
            changed = replace(engagement, settings=replace(engagement.settings, contract_end=date(2023, 4, 28)))
            store.add_engagement(changed, "meanwhile")
        return replace(a_good_plan(), flags=())

    search(slow)
    (message,) = plan(record, Asked(), watch, before(LONG_AGO)).messages
    assert "Another import" in message


def test_children_left_out_set_the_exit_code() -> None:
    good = a_good_plan()
    first, *rest = good.allocations
    left = replace(good, allocations=(replace(first, to_worker_id=None), *rest), plan_id="P0001")
    watch = Watch.lasting(1)
    assert isinstance(planning._error(left, watch), ChildrenUnallocated)
    assert planning._error(good, watch) is None
    watch.interrupted.set()
    assert isinstance(planning._error(left, watch), Interrupted)
