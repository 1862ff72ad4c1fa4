"""Removing people through the front door: asked first, after a backup, with a list of what is still out there."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from db.copies import automatic_backups
from db.record import Record, open_record
from handover.actions.planning import Asked as PlanAsked
from handover.actions.planning import plan
from handover.actions.record import latest, warnings
from handover.actions.removing import Asked, forget, purge
from handover.errors import UsageError
from solver.watch import Watch
from tests.actions.conftest import LONG_AGO, Search
from tests.verify.handmade import a_good_plan, an_engagement

CHILD = "C10"
AFTER = date(2100, 1, 1)


def run(record: Record, *arguments: str) -> Result:
    return CliRunner(env={"HANDOVER_DB": None}).invoke(main, ["--db", str(record.path), *arguments])


@pytest.fixture
def planned(record: Record, watch: Watch, search: Callable[[Search], None]) -> Record:
    search(lambda _engagement, limits, _watch: replace(a_good_plan(), flags=(), seed=limits.seed))
    plan(record, PlanAsked(), watch, lambda: LONG_AGO)
    return record


def tomorrow() -> str:
    return date.fromordinal(datetime.now(UTC).date().toordinal() + 1).isoformat()


def test_without_a_yes_nothing_is_removed_and_what_would_be_is_told(planned: Record) -> None:
    before = planned.path.read_bytes()
    result = run(planned, "forget", CHILD)
    assert result.exit_code == 2
    assert "1 child, out of 1 import (the present one among them) and 1 plan" in result.stderr
    assert "say --yes" in result.stderr
    result = run(planned, "purge", "--before", tomorrow())
    assert result.exit_code == 2
    assert "12 children and" in result.stderr
    assert planned.path.read_bytes() == before
    assert automatic_backups(planned.path) == ()


def test_a_person_who_says_no_removes_nothing(planned: Record) -> None:
    asked: list[str] = []

    def no(what: str) -> bool:
        asked.append(what)
        return False

    with pytest.raises(UsageError, match="Nothing was removed"):
        forget(planned, CHILD, Asked(no))
    assert asked == [
        "Remove child C10: 1 child, out of 1 import (the present one among them) and 1 plan. There is no way back."
    ]
    assert len(latest(planned).engagement.children) == 12


def test_a_child_is_forgotten_after_a_backup_that_is_listed_with_all_other_copies(
    planned: Record, tmp_path: Path
) -> None:
    assert run(planned, "export", "P0001", "--out", str(tmp_path / "out")).exit_code == 0
    assert run(planned, "backup", str(tmp_path / "copy.db")).exit_code == 0
    assert run(planned, "explain", "C01", "--quick", "--out", str(tmp_path / "never")).exit_code == 0
    (tmp_path / "copy.db").unlink()
    result = run(planned, "forget", CHILD, "--yes", "--json")
    assert result.exit_code == 0, result.output
    (kept,) = automatic_backups(planned.path)
    assert kept.name == "0001-before-forget.db"
    assert len(latest(open_record(kept)).engagement.children) == 12
    assert json.loads(result.stdout)["still"] == [
        {"kind": "automatic backup", "where": str(kept), "there": True},
        {"kind": "export", "where": str(tmp_path / "out"), "there": True},
        {"kind": "backup", "where": str(tmp_path / "copy.db"), "there": False},
    ]
    assert CHILD not in latest(planned).engagement.child
    with planned.reading() as store:
        assert [row.what for row in store.trail()][-2:] == ["backup", "forget"]
        assert store.trail_fault(json.loads(result.stdout)["trail_head"]) is None
        assert CHILD not in repr(store.trail())


def test_the_backups_go_too_where_that_is_asked_and_the_trail_tells(planned: Record) -> None:
    result = run(planned, "forget", CHILD, "--yes", "--delete-backups")
    assert "1 automatic backup deleted" in result.stdout
    assert automatic_backups(planned.path) == ()
    with planned.reading() as store:
        last = store.trail()[-1]
        assert (last.what, last.details) == ("delete backups", {"files": 1})
        assert store.trail_fault() is None


def test_a_restored_backup_says_that_it_brings_people_back(planned: Record, tmp_path: Path) -> None:
    assert run(planned, "backup", str(tmp_path / "early.db")).exit_code == 0
    assert run(planned, "forget", CHILD, "--yes").exit_code == 0
    assert run(planned, "backup", str(tmp_path / "late.db")).exit_code == 0
    assert "they are back" not in run(planned, "restore", str(tmp_path / "late.db")).stderr
    assert CHILD not in latest(planned).engagement.child
    assert "they are back. Remove them again" in run(planned, "restore", str(tmp_path / "early.db")).stderr
    assert CHILD in latest(planned).engagement.child


def test_a_plan_that_a_child_left_is_neither_passed_nor_failed_nor_approved(planned: Record, tmp_path: Path) -> None:
    assert run(planned, "verify").exit_code == 0
    assert run(planned, "forget", CHILD, "--yes").exit_code == 0
    verified = run(planned, "verify", "--json")
    assert verified.exit_code == 0, verified.output
    assert json.loads(verified.stdout) == {"plan_id": "P0001", "verified": None, "removed": 1, "before": True}
    assert run(planned, "audit", "verify").exit_code == 0
    assert "1 removed since" in run(planned, "plans").stdout
    refused = run(planned, "approve", "P0001")
    assert (refused.exit_code, "Plan again" in refused.stderr) == (2, True)
    # the others' files are written still, and say what they lack
    out = tmp_path / "out"
    exported = run(planned, "export", "P0001", "--out", str(out))
    assert exported.exit_code == 0, exported.output
    assert "1 child has been removed from P0001" in exported.stderr
    rows = (out / "handover_schedule.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 12
    assert not any(CHILD in file.read_text("utf-8-sig") for file in out.iterdir() if file.suffix == ".csv")
    for file_format in ("xlsx", "html", "ics"):
        assert run(planned, "export", "P0001", "--format", file_format, "--out", str(out / "x")).exit_code == 0
    hidden = run(planned, "export", "P0001", "--pseudonyms", "--out", str(out / "hidden"))
    assert hidden.exit_code == 0, hidden.output
    letters = run(planned, "letters", "--out", str(out / "letters"))
    assert letters.exit_code == 0, letters.output
    assert run(planned, "explain", "C01", "--quick").exit_code == 0
    assert run(planned, "explain", "C01").exit_code == 2
    assert run(planned, "explain", CHILD, "--quick").exit_code == 2
    assert run(planned, "mobilise").exit_code == 0


def test_a_plan_is_made_for_those_who_stay(planned: Record, watch: Watch, search: Callable[[Search], None]) -> None:
    from solver import make_plan

    forget(planned, CHILD, Asked(lambda _: True))
    search(make_plan)
    plan(planned, PlanAsked(), watch, lambda: LONG_AGO)
    with planned.reading() as store:
        made = store.plan(None)
    assert (made.plan_id, made.removed, len(made.allocations)) == ("P0002", 0, 11)
    assert run(planned, "verify").exit_code == 0


def test_everybody_is_purged_and_every_command_says_so(planned: Record, tmp_path: Path) -> None:
    (before,) = json.loads(run(planned, "plans", "--json").stdout)["plans"]
    result = run(planned, "purge", "--before", tomorrow(), "--yes", "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert (figures["children"], figures["plans"], figures["current"], figures["compacted"]) == (
        12,
        ["P0001"],
        True,
        True,
    )
    for command in (("check",), ("plan",), ("mobilise",)):
        refused = run(planned, *command)
        assert (refused.exit_code, "was purged" in refused.stderr) == (2, True), refused.output
    for command in (
        ("export", "P0001", "--out", str(tmp_path / "out")),
        ("letters", "--out", str(tmp_path / "letters")),
        ("explain", "C01"),
    ):
        refused = run(planned, *command)
        assert refused.exit_code == 2, refused.output
        assert "P0001" in refused.stderr
    assert json.loads(run(planned, "verify", "--json").stdout)["removed"] == 12
    assert run(planned, "audit", "verify").exit_code == 0
    (line,) = json.loads(run(planned, "plans", "--json").stdout)["plans"]
    assert (line["changes"], line["removed"]) == (before["changes"], 12)
    # once more: nobody is left, and that is no fault
    again = run(planned, "purge", "--before", tomorrow(), "--yes")
    assert (again.exit_code, "Nobody to remove" in again.stdout) == (0, True)
    assert len(automatic_backups(planned.path)) == 1


def test_a_day_to_come_is_refused(planned: Record) -> None:
    refused = run(planned, "purge", "--before", "2999-12-31", "--yes")
    assert refused.exit_code == 2
    assert "has not come yet" in refused.stderr


def test_a_backup_that_cannot_be_made_leaves_everybody_in(planned: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    from handover.actions import removing
    from handover.errors import RecordUnavailable

    def full(*_: object) -> None:
        raise RecordUnavailable("the disk is full")

    monkeypatch.setattr(removing, "automatic_backup", full)
    with pytest.raises(RecordUnavailable):
        purge(planned, date.fromisoformat(tomorrow()), Asked(lambda _: True))
    assert len(latest(planned).engagement.children) == 12


# retention


@pytest.mark.parametrize(
    ("today", "reminded"),
    # contract_end 31/03/2023 and 3 months: 30/06/2023 is the last day
    [(date(2023, 6, 30), False), (date(2023, 7, 1), True)],
)
def test_the_day_after_the_retention_every_command_reminds(empty: Record, today: date, reminded: bool) -> None:
    kept = an_engagement()
    kept = replace(kept, settings=replace(kept.settings, retention_months=3))
    with empty.writing() as store:
        store.add_engagement(kept, "folder")
    said = warnings(empty, lambda: today)
    assert any("after 30/06/2023" in line for line in said) == reminded
    assert any(f"purge --before {date.fromordinal(today.toordinal() + 1)}" in line for line in said) == reminded


def test_no_reminder_where_nothing_was_decided_nobody_is_left_or_nothing_was_imported(empty: Record) -> None:
    assert len(warnings(empty, lambda: AFTER)) == 1
    with empty.writing() as store:
        store.add_engagement(an_engagement(), "folder")
    assert len(warnings(empty, lambda: AFTER)) == 1
    kept = an_engagement()
    with empty.writing() as store:
        store.add_engagement(replace(kept, settings=replace(kept.settings, retention_months=1)), "folder")
    assert len(warnings(empty, lambda: AFTER)) == 2
    purge(empty, date.fromisoformat(tomorrow()), Asked(lambda _: True))
    assert len(warnings(empty, lambda: AFTER)) == 1
