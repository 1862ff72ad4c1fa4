"""Stored plans: listed, checked against the version they were made from, written again."""

import json
import re
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from db.record import Record
from handover.actions.auditing import list_trail, verify_trail
from handover.actions.planning import Asked, plan
from handover.actions.plans import approve, export, list_plans, verify_plan
from handover.errors import CheckFailed, UsageError
from solver.watch import Watch
from tests.actions.conftest import LONG_AGO
from tests.verify.handmade import a_good_plan, an_engagement

pytestmark = pytest.mark.usefixtures("good_search")


@pytest.fixture
def planned(record: Record, watch: Watch) -> Record:
    """A record with one stored plan."""
    plan(record, Asked(), watch, lambda: LONG_AGO)
    return record


def tamper(record: Record, statement: str) -> None:
    """Change the file behind the program's back, as somebody with another tool could."""
    with sqlite3.connect(record.path) as connection:
        triggers = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount > 0
    connection.close()


def test_a_plan_is_checked_against_its_own_version_not_the_latest(planned: Record) -> None:
    later = an_engagement()
    with planned.writing() as store:
        store.add_engagement(replace(later, settings=replace(later.settings, contract_end=date(2023, 9, 1))), "later")
    report = verify_plan(planned, "P0001")
    assert report.error is None
    assert "keeps every rule" in report.text


def test_a_plan_changed_behind_the_programs_back_fails_and_the_finding_is_kept(planned: Record) -> None:
    tamper(planned, "UPDATE allocation SET changes = 0 WHERE child_id = 'C01'")
    report = verify_plan(planned, None)
    assert isinstance(report.error, CheckFailed)
    assert "C01" in report.text
    assert "no" in list_plans(planned).text.splitlines()[1].split()[-1]


def test_a_reason_changed_behind_the_programs_back_breaks_no_rule_and_fails_the_plan_all_the_same(
    planned: Record,
) -> None:
    tamper(planned, "UPDATE allocation SET why = 'Because.' WHERE child_id = 'C01'")
    report = verify_plan(planned, None)
    assert isinstance(report.error, CheckFailed)
    assert report.text == "The record is no longer as the trail tells: P0001 is not as it was stored (line 3)."
    with pytest.raises(CheckFailed, match="not approved"):
        approve(planned, "P0001", "")
    audited = verify_trail(planned, None)
    assert isinstance(audited.error, CheckFailed)
    assert "P0001 is not as it was stored (line 3)" in audited.text


def test_an_engagement_changed_together_with_its_hash_fails_its_plan_all_the_same(planned: Record) -> None:
    with planned.reading() as store:
        made = store.version(store.plan(None).input_sha256)
    assert made is not None
    child = replace(made.engagement.children[0], postcode="HR1 1AA")
    other = replace(made.engagement, children=(child, *made.engagement.children[1:]))
    tamper(planned, f"UPDATE child SET postcode = 'HR1 1AA' WHERE child_id = '{child.child_id}'")
    tamper(planned, f"UPDATE engagement_version SET input_sha256 = '{other.input_sha256}'")
    report = verify_plan(planned, None)
    assert report.text == "The record is no longer as the trail tells: import 1 is not as it was stored (line 2)."
    with pytest.raises(CheckFailed, match="not approved"):
        approve(planned, "P0001", "")


@pytest.mark.parametrize("details", ["json_remove(details, '$.seals')", "'[]'"])
def test_a_trail_changed_together_with_a_plan_fails_the_plan(planned: Record, details: str) -> None:
    tamper(planned, "UPDATE allocation SET why = 'Because.' WHERE child_id = 'C01'")
    tamper(planned, f"UPDATE audit SET details = {details} WHERE what = 'plan'")
    report = verify_plan(planned, None)
    assert isinstance(report.error, CheckFailed)
    assert report.text.endswith("is not as it was written.")
    assert report.text.startswith("The record is no longer as the trail tells: line 3 (plan, ")


def test_a_removal_that_nobody_made_does_not_keep_a_plan_from_its_check(planned: Record) -> None:
    tamper(planned, "INSERT INTO removal VALUES (1, '2022-11-10T12:00:00+00:00', NULL, 1, 1, 0, 0)")
    report = verify_plan(planned, None)
    assert isinstance(report.error, CheckFailed)
    assert "no line tells of removal 1" in report.text


def test_an_engagement_changed_behind_the_programs_back_fails_its_plan(planned: Record) -> None:
    tamper(planned, "UPDATE child SET points = 9 WHERE child_id = 'C01'")
    assert "no longer as it was imported" in verify_plan(planned, None).text


def test_the_list_names_when_by_whom_and_from_which_input(planned: Record) -> None:
    head, line = list_plans(planned).text.splitlines()
    assert head.split() == ["plan", "made", "by", "input", "changes", "unallocated", "verified", "approved", "by"]
    assert line.startswith("P0001")
    assert an_engagement().input_sha256[:12] in line
    assert line.split()[-3:] == ["15", "0", "yes"]


def test_an_empty_list_says_how_to_make_a_plan(record: Record) -> None:
    assert "handover plan" in list_plans(record).text


def test_an_export_writes_the_files_and_leaves_a_line_in_the_trail(planned: Record, tmp_path: Path) -> None:
    out = tmp_path / "again"
    export(planned, "P0001", out, "csv")
    assert (out / "handover_schedule.csv").exists()
    with planned.reading() as store:
        last = store.trail()[-1]
    assert (last.what, last.plan_id) == ("export", "P0001")


def test_an_export_that_fails_is_told_as_such(planned: Record, tmp_path: Path) -> None:
    with planned.reading() as store:
        lines = len(store.trail())
    with pytest.raises(UsageError, match="no format"):
        export(planned, "P0001", tmp_path / "again", "parquet")
    with pytest.raises(UsageError, match="P0001"):
        export(planned, "P0009", tmp_path / "again", "csv")
    with planned.reading() as store:
        assert [row.what for row in store.trail()[lines:]] == ["export", "export failed"]


def test_what_is_exported_carries_the_head_of_the_trail_that_tells_of_it(planned: Record, tmp_path: Path) -> None:
    report = export(planned, "P0001", tmp_path / "again", "csv")
    head = json.loads((tmp_path / "again" / "plan.json").read_text(encoding="utf-8"))["trail_head"]
    assert f"Trail: {head}" in report.text
    with planned.reading() as store:
        last = store.trail()[-1]
        assert head.startswith(f"{last.entry}-")
        assert last.what == "export"
        assert store.trail_fault(head) is None


def test_an_approval_is_listed_and_told_without_its_reason(planned: Record) -> None:
    report = approve(planned, "P0001", "Amara asked for it")
    assert "approved by" in report.text
    assert list_plans(planned).text.splitlines()[1].endswith(f"yes       {planned.who()}")
    with planned.reading() as store:
        last = store.trail()[-1]
    assert (last.what, last.plan_id, last.details["with_reason"]) == ("approval", "P0001", True)
    assert last.details.keys() == {"with_reason", "seals"}
    assert "Amara" not in list_trail(planned).text


def test_a_plan_that_does_not_pass_its_check_is_not_approved(planned: Record) -> None:
    tamper(planned, "UPDATE child SET points = 9 WHERE child_id = 'C01'")
    with pytest.raises(CheckFailed, match="is not approved"):
        approve(planned, "P0001", "")
    assert "approval" not in list_trail(planned).text


def test_the_trail_is_listed_and_its_first_broken_line_is_named_with_exit_7(planned: Record) -> None:
    assert "init" in list_trail(planned).text
    assert verify_trail(planned, None).error is None
    tamper(planned, "UPDATE audit SET who = 'nobody' WHERE what = 'plan'")
    report = verify_trail(planned, None)
    assert report.error is not None
    assert report.error.exit_code == 7
    assert "line 3 (plan" in str(report.error)


def test_diaries_of_a_later_plan_cancel_what_an_earlier_one_had(planned: Record, tmp_path: Path) -> None:
    fewer = replace(a_good_plan(), flags=(), appointments=())
    with planned.writing() as store:
        store.add_plan(fewer)
    export(planned, "P0001", tmp_path / "first", "ics")
    export(planned, "P0002", tmp_path / "second", "ics")
    first, second = ((tmp_path / name / "W3.ics").read_text() for name in ("first", "second"))
    assert (first.count("STATUS:CONFIRMED"), first.count("STATUS:CANCELLED")) == (2, 0)
    assert (second.count("STATUS:CONFIRMED"), second.count("STATUS:CANCELLED")) == (0, 2)


def test_diaries_under_pseudonyms_are_the_same_events_without_the_ids(planned: Record, tmp_path: Path) -> None:
    with planned.writing() as store:
        store.add_plan(replace(a_good_plan(), flags=(), appointments=a_good_plan().appointments[3:]))
    for name, pseudonymous in (("open", False), ("closed", True)):
        export(planned, "P0002", tmp_path / name, "ics", pseudonymous=pseudonymous)
    known = an_engagement()
    for path in (tmp_path / "open").iterdir():
        told, hidden = (file.read_text().replace("\n ", "") for file in (path, tmp_path / "closed" / path.name))
        uids = [sorted(re.findall("UID:.*", text)) for text in (told, hidden)]
        assert uids[0] == uids[1]
        assert uids[0]
        assert not set(re.findall(r"\w+", hidden)) & {*known.child, *known.family}
        assert set(re.findall(r"\w+", told)) & {*known.child, *known.family}
