"""Backups and restoring through the front door, and the backup before a plan is made again."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from db.copies import automatic_backups
from db.record import Record
from handover.actions import keeping
from handover.actions.planning import Asked, plan
from handover.errors import RecordUnavailable
from solver.watch import Watch
from tests.actions.conftest import LONG_AGO, Search
from tests.verify.handmade import a_good_plan


def run(record: Record, *arguments: str) -> Result:
    return CliRunner(env={"HANDOVER_DB": None}).invoke(main, ["--db", str(record.path), *arguments])


def test_a_plan_made_again_is_made_after_a_backup_and_the_first_is_not(
    record: Record, watch: Watch, search: Callable[[Search], None]
) -> None:
    def searched(*_: object) -> object:
        backups.append(len(automatic_backups(record.path)))
        return replace(a_good_plan(), flags=())

    backups: list[int] = []
    search(searched)  # type: ignore[arg-type]
    for _ in range(2):
        plan(record, Asked(), watch, lambda: LONG_AGO)
    # already there when the search began: a full disk is found out before two minutes are spent
    assert backups == [0, 1]
    with record.reading() as store:
        assert [row.what for row in store.trail()][-3:] == ["backup", "plan", "verify"]


def test_a_backup_is_restored_and_both_are_told(record: Record, tmp_path: Path) -> None:
    copied = run(record, "backup", str(tmp_path / "copy.db"), "--json")
    assert copied.exit_code == 0, copied.output
    with record.reading() as store:
        assert store.trail_fault(json.loads(copied.stdout)["trail_head"]) is None
    with record.writing() as store:
        store.audit("something later", None, {})
    restored = run(record, "restore", str(tmp_path / "copy.db"))
    assert restored.exit_code == 0, restored.output
    assert "0001-before-restore.db" in restored.stdout
    first, second = restored.stderr.splitlines()
    assert first.startswith(f"Not encrypted: anybody who can read {record.path} ")
    assert second.startswith(f"Not encrypted: anybody who can read {tmp_path / 'copy.db'} ")
    listed = run(record, "audit", "list", "--json")
    assert [line["what"] for line in json.loads(listed.stdout)["trail"]][-2:] == ["backup", "restore"]


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(record: Record, tmp_path: Path, command: str) -> None:
    (tmp_path / "letter").write_text("dear diary", encoding="utf-8")
    before = record.path.read_bytes()
    result = run(record, command, str(tmp_path / "letter"))
    assert result.exit_code == 6
    assert "Traceback" not in result.output
    assert (tmp_path / "letter").read_text(encoding="utf-8") == "dear diary"
    assert record.path.read_bytes() == before


def test_that_a_database_is_not_encrypted_is_said_before_a_restoring_that_fails(record: Record, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear diary, it rained", encoding="utf-8")
    for source in ("letter", "nowhere.db"):
        refused = run(record, "restore", str(tmp_path / source))
        assert refused.exit_code == 6
        said = refused.stderr.splitlines()
        assert said[0].startswith(f"Not encrypted: anybody who can read {record.path} ")
        assert source in said[1]


def test_a_plain_backup_in_the_place_of_an_encrypted_database_is_said_to_be_plain(
    record: Record, tmp_path: Path
) -> None:
    new, key = str(tmp_path / "new.db"), str(tmp_path / "new.key")
    assert CliRunner().invoke(main, ["--db", new, "init", "--key-file", key]).exit_code == 0
    restored = CliRunner().invoke(main, ["--db", new, "--key-file", key, "restore", str(record.path)])
    assert restored.exit_code == 0, restored.output
    assert [line.split()[6] for line in restored.stderr.splitlines()] == [str(record.path), new]


def test_a_copy_of_a_record_whose_trail_does_not_hold_is_there_and_not_told_as_failed(
    record: Record, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(record.path)) as connection, connection:
        connection.execute("DROP TRIGGER plan_no_delete")
    made = run(record, "backup", str(tmp_path / "copy.db"))
    assert made.exit_code == 7
    assert "The copy is made" in made.stderr
    assert (tmp_path / "copy.db").exists()
    with record.reading() as store:
        assert store.trail()[-1].what == "backup"


def test_a_backup_that_fails_is_told_as_well_as_that_it_was_tried(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RecordUnavailable("the disk is full")

    monkeypatch.setattr(keeping, "make_backup", full)
    assert run(record, "backup", str(tmp_path / "copy.db")).exit_code == 6
    with record.reading() as store:
        assert [row.what for row in store.trail()][-2:] == ["backup", "backup failed"]
