"""The trail's chain: whatever is done to it behind the program's back, the first line that does not hold is named."""

import os
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from db import attempts
from db.engine import migrate
from db.keys import Secret
from db.record import Record, create, open_record
from db.seals import GUARDS
from db.trail import FIRST, digest
from handover.actions.auditing import verify_trail
from handover.errors import RecordUnavailable, WrongKey
from tests.db.conftest import NOON, a_plan, behind_our_back, everything

ROOT = Path(__file__).parents[2]
RIGHT, WRONG = (Secret(b"k", digits * 32) for digits in (b"0f", b"f0"))


@pytest.fixture
def told(record: Record) -> Record:
    """A record with six lines in its trail."""
    with record.writing() as store:
        store.add_engagement(everything(), "folder")
        store.approve(store.add_plan(a_plan(everything())), "")
    with record.writing() as store:
        store.audit("export", None, {"format": "csv"}, "P0001")
        store.audit("export", None, {"format": "csv"}, "P0001")
    return record


def fault(record: Record, head: str | None = None) -> str | None:
    with record.reading() as store:
        return store.trail_fault(head)


def test_a_trail_left_alone_holds_and_its_heads_are_found_in_it(told: Record) -> None:
    assert fault(told) is None
    with told.writing() as store:
        early = store.trail_head()
        store.audit("export", None, {}, "P0001")
        assert store.trail_head() != early
    assert early.startswith("6-")
    assert fault(told, early) is None
    assert fault(told, f" {early.upper()} ") is None
    assert "no line has the head" in str(fault(told, early[:-1] + ("0" if early[-1] != "0" else "1")))


@pytest.mark.parametrize("column", ["at", "who", "what", "input_sha256", "plan_id", "details", "mac"])
def test_a_change_in_any_column_is_noticed_and_its_line_named(told: Record, column: str) -> None:
    other = {"at": "2022-11-09T12:00:00+00:00", "details": "{}"}.get(column, "somebody else")
    behind_our_back(told, f"UPDATE audit SET {column} = '{other}' WHERE entry = 3")
    assert str(fault(told)).startswith("line 3 (")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM audit WHERE entry = 4", "line 4 is missing"),
        ("DELETE FROM audit WHERE entry = 1", "line 1 is missing"),
        ("DELETE FROM audit", "line 1 is missing"),
        ("UPDATE audit SET entry = entry + 10 WHERE entry = 6", "line 6 is missing"),
        ("UPDATE audit SET previous = 'x' WHERE entry = 5", "line 5 (export, 2022-11-10, asha) does not follow"),
    ],
)
def test_lines_taken_out_or_moved_are_noticed(told: Record, statement: str, said: str) -> None:
    behind_our_back(told, statement)
    assert str(fault(told)).startswith(said)


def test_a_line_added_without_the_key_is_noticed(told: Record) -> None:
    with told.reading() as store:
        last = store.trail()[-1]
    with closing(sqlite3.connect(told.path)) as connection, connection:
        (mac,) = connection.execute("SELECT mac FROM audit WHERE entry = 6").fetchone()
        line = (7, last.at.isoformat(), "asha", "approval", None, "P0001", "{}")
        forged = digest("00" * 32, mac, line)
        connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*line, mac, forged))
    assert str(fault(told)).startswith("line 7 (approval")


def test_lines_cut_off_at_the_end_are_found_out_by_a_printed_head(told: Record) -> None:
    with told.reading() as store:
        printed = store.trail_head()
    behind_our_back(told, "DELETE FROM audit WHERE entry = 6")
    assert fault(told) is None  # no chain shows this by itself
    assert "cut off" in str(fault(told, printed))


def test_a_plan_that_no_line_tells_of_is_noticed(told: Record) -> None:
    behind_our_back(told, "DELETE FROM audit WHERE entry > 2")
    assert fault(told) == "no line tells of P0001, which is stored"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE plan SET made_by = 'ben'", "P0001 is not as it was stored (line 3)"),
        ("UPDATE level SET value = '0/1' WHERE position = 4", "P0001 is not as it was stored (line 3)"),
        ("UPDATE allocation SET to_worker_id = 'W2' WHERE child_id = 'C1'", "P0001 is not as it was stored (line 3)"),
        ("DELETE FROM allocation WHERE child_id = 'C2'", "P0001 is not as it was stored (line 3)"),
        ("UPDATE allocation SET why = 'Because.'", "P0001 is not as it was stored (line 3)"),
        ("UPDATE appointment SET \"end\" = '2022-11-14T17:00:00' WHERE position = 0", "P0001 is not as it was stored"),
        ("DELETE FROM flag", "P0001 is not as it was stored (line 3)"),
        ("DELETE FROM plan", "P0001 is gone (line 3)"),
        ("UPDATE imported SET who = 'ben'", "importing 1 is not as it was stored (line 2)"),
        ("UPDATE approval SET who = 'ben'", "approval 1 is not as it was stored (line 4)"),
        ("DELETE FROM approval", "approval 1 is gone (line 4)"),
        ("INSERT INTO approval VALUES (2, 1, '2022-11-10', 'ben', '')", "no line tells of approval 2, which is stored"),
        ("UPDATE verification SET findings = '[]'", "check 1 is not as it was stored (line 7)"),
        ("DELETE FROM progress", "done 1 is gone (line 8)"),
        (f"UPDATE pseudonym_key SET \"key\" = '{'0' * 64}'", "pseudonym key 1 is not as it was stored (line 1)"),
        (
            "CREATE TRIGGER mine AFTER INSERT ON plan BEGIN SELECT 1; END",
            "what guards the record is not as it was stored (line 1)",
        ),
    ],
)
def test_whatever_is_stored_and_changed_behind_our_back_is_noticed_and_named(
    told: Record, statement: str, said: str
) -> None:
    with told.writing() as store:
        store.add_verification("P0001", ("W1 is over the band.",))
        store.add_progress("K1", None)
    assert fault(told) is None
    behind_our_back(told, statement)
    assert (fault(told) or "").startswith(said)


def test_what_is_kept_under_the_number_of_something_deleted_does_not_cover_it(told: Record) -> None:
    behind_our_back(told, "DELETE FROM approval")
    with told.writing() as store:
        store.approve("P0001", "after all")
    assert fault(told) == "approval 1 is not as it was stored (line 4)"


def test_a_database_made_to_look_older_is_not_sealed_anew_over_a_change(told: Record) -> None:
    behind_our_back(
        told,
        "UPDATE allocation SET why = 'Because.'",
        "UPDATE alembic_version SET version_num = '0004'",
        "PRAGMA user_version = 4",
    )
    record = open_record(told.path)
    with record.reading() as store:
        assert store.trail()[-1].what == "migration"
    assert fault(record) == "P0001 is not as it was stored (line 3)"


def test_a_row_laid_out_for_the_plan_to_come_is_noticed(told: Record) -> None:
    behind_our_back(told, "INSERT INTO flag VALUES (2, 9, 'info', 'C1', 'all is well', '')")
    assert fault(told) == "a row of flag belongs to nothing that is stored"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET at = 'then' WHERE entry = 3", "line 3 (plan, then, asha) is not as it was written"),
        ("UPDATE worker SET fte = 'half'", "import 1 is not as it was stored (line 2)"),
    ],
)
def test_a_change_to_what_cannot_be_read_is_named_and_no_mere_damage(told: Record, statement: str, said: str) -> None:
    behind_our_back(told, statement)
    assert said in verify_trail(told, None).text


def test_a_guard_taken_away_is_noticed(told: Record) -> None:
    with closing(sqlite3.connect(told.path)) as connection, connection:
        connection.execute("DROP TRIGGER allocation_no_update")
    assert fault(told) == "what guards the record is not as it was stored (line 1)"


def test_an_import_changed_together_with_its_hash_is_noticed(told: Record) -> None:
    """Its rows agree with the hash beside them, and not with the one the trail has."""
    with told.writing() as store:
        other = store.add_engagement(replace(everything(), tasks=()), "folder").input_sha256
    behind_our_back(
        told,
        "DELETE FROM task WHERE version = 1",
        "UPDATE engagement_version SET input_sha256 = 'x' || substr(input_sha256, 2) WHERE version = 2",
        f"UPDATE engagement_version SET input_sha256 = '{other}' WHERE version = 1",
        *(f"DELETE FROM {name} WHERE version = 2" for name in ("imported", "engagement_version")),
    )
    assert str(fault(told)).startswith("import 1 is not as it was stored (line 2)")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE child SET postcode = 'HR1 1AA' WHERE child_id = 'C1'", "import 1 is not as it was stored (line 2)"),
        ("UPDATE worker SET fte = 'half'", "import 1 is not as it was stored (line 2)"),
        ("DELETE FROM absence", "import 1 is not as it was stored (line 2)"),
        ("UPDATE trail_key SET \"key\" = 'x'", "its key is not there"),
        ("DELETE FROM trail_key", "its key is not there"),
    ],
)
def test_an_import_or_a_key_changed_behind_our_back_is_noticed(told: Record, statement: str, said: str) -> None:
    behind_our_back(told, statement)
    assert said in (fault(told) or "")


def test_a_value_that_nobody_wrote_so_is_a_damaged_database_and_no_fault_of_ours(told: Record) -> None:
    behind_our_back(told, "UPDATE engagement_version SET settings = '{}'")
    with pytest.raises(RecordUnavailable, match="damaged"), told.reading() as store:
        store.latest()


def test_a_clock_that_goes_back_changes_no_order_and_is_told(told: Record) -> None:
    with replace(told, now=lambda: NOON - timedelta(hours=2)).writing() as store:
        store.add_plan(a_plan(everything()))
    with told.reading() as store:
        assert store.plan(None).plan_id == "P0002"
        assert store.trail()[-1].details["clock_went_back_seconds"] == 7200
    assert fault(told) is None


def test_the_trail_of_an_older_database_is_chained_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        schema = (ROOT / "tests" / "data" / "schema_1.sql").read_text(encoding="utf-8")
        old.executescript(schema)
        for entry in (1, 2):
            line = (entry, "2022-11-10T12:00:00+00:00", "asha", "init", None, None, '{"encrypted": false}')
            old.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", line)
    record = open_record(path)
    with record.reading() as store:
        assert [(row.entry, row.who, row.what) for row in store.trail()][:2] == [
            (1, "asha", "init"),
            (2, "asha", "init"),
        ]
    assert fault(record) is None
    behind_our_back(record, "UPDATE audit SET who = 'nobody' WHERE entry = 2")
    assert str(fault(record)).startswith("line 2 (")


def as_before_seals(record: Record) -> None:
    """The record as the last program without seals left it."""
    columns = "entry, at, who, what, input_sha256, plan_id"
    with closing(sqlite3.connect(record.path)) as connection:
        lines = connection.execute(f"SELECT {columns}, json_remove(details, '$.seals') FROM audit ORDER BY entry")
        lines = lines.fetchall()
        (key,) = connection.execute('SELECT "key" FROM trail_key').fetchone()
    macs = [FIRST]
    for line in lines:
        macs.append(digest(key, macs[-1], line))
    behind_our_back(
        record,
        "UPDATE audit SET previous = previous || entry, details = json_remove(details, '$.seals')",
        *(f"UPDATE audit SET previous = '{macs[n - 1]}', mac = '{macs[n]}' WHERE entry = {n}" for n, *_ in lines),
        "UPDATE alembic_version SET version_num = '0004'",
        "PRAGMA user_version = 4",
    )


def test_what_an_older_database_holds_is_sealed_as_it_stands_and_once(told: Record) -> None:
    as_before_seals(told)
    record = open_record(told.path)
    open_record(told.path)
    with record.writing() as store:
        *_, line = store.trail()
        assert (line.entry, line.what, line.details["from"]) == (7, "migration", 4)
        assert {"import 1", "importing 1", "P0001", "approval 1", GUARDS} < line.details["seals"].keys()
        assert not migrate(store._connection)  # as a second process finds it that waited
    assert fault(record) is None
    assert "held against how it stood then (line 7)" in verify_trail(record, None).text
    behind_our_back(record, "UPDATE allocation SET why = 'Because.'")
    assert fault(record) == "P0001 is not as it was stored (line 7)"


def test_an_import_changed_before_an_older_database_was_sealed_is_held_against_its_hash(told: Record) -> None:
    as_before_seals(told)
    behind_our_back(told, "UPDATE child SET postcode = 'HR1 1AA' WHERE child_id = 'C1'")
    assert str(fault(open_record(told.path))).endswith("is not as it was read")


def test_of_a_database_that_was_always_sealed_no_doubt_is_cast(told: Record) -> None:
    assert "held against" not in verify_trail(told, None).text


# failed unlockings


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    create(tmp_path / "e.db", lambda: RIGHT)
    return tmp_path / "e.db"


def fail(path: Path, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(WrongKey):
            open_record(path, lambda _: WRONG)


def test_a_failed_unlock_is_in_the_trail_after_the_next_opening_and_its_note_is_gone(locked: Path) -> None:
    fail(locked, 2)
    note = attempts.note_of(locked)
    if os.name == "posix":
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert "f0f0" not in note.read_text(encoding="utf-8")
    record = open_record(locked, lambda _: RIGHT)
    assert not note.exists()
    with record.reading() as store:
        assert [row.what for row in store.trail()] == ["init", "failed unlock", "failed unlock"]
        assert {row.details["who"] for row in store.trail()[1:]} == {record.who()}
    assert fault(record) is None


def test_an_attempt_is_taken_in_once_also_when_its_note_could_not_be_deleted(locked: Path) -> None:
    fail(locked)
    text = attempts.note_of(locked).read_text(encoding="utf-8")
    for _ in range(2):
        record = open_record(locked, lambda _: RIGHT)
        attempts.note_of(locked).write_text(text, encoding="utf-8")
    with record.reading() as store:
        assert [row.what for row in store.trail()] == ["init", "failed unlock"]


def test_a_note_full_of_nonsense_harms_nothing(locked: Path) -> None:
    nonsense = b'\xff\n[1]\n"x"\n{"attempt": "a"}\n' + b'{"attempt": "b", "at": [], "who": "' + b"w" * 5000 + b'"}\n'
    attempts.note_of(locked).write_bytes(nonsense)
    with open_record(locked, lambda _: RIGHT).reading() as store:
        (_, line) = store.trail()
    assert len(line.details["who"]) == 100


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_a_note_that_is_a_link_is_not_followed(locked: Path, tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("dear diary", encoding="utf-8")
    attempts.note_of(locked).symlink_to(tmp_path / "diary")
    fail(locked)
    assert (tmp_path / "diary").read_text(encoding="utf-8") == "dear diary"


@pytest.mark.usefixtures("impatient")
def test_a_busy_database_keeps_its_note_for_the_next_command(locked: Path) -> None:
    fail(locked)
    record = open_record(locked, lambda _: RIGHT)
    fail(locked)
    with record.writing():
        open_record(locked, lambda _: RIGHT)
        assert attempts.note_of(locked).exists()
    open_record(locked, lambda _: RIGHT)
    assert not attempts.note_of(locked).exists()


def test_notes_do_not_grow_without_end(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_BYTES", 300)
    for _ in range(20):
        attempts.note(locked, "asha", NOON)
    assert attempts.note_of(locked).stat().st_size < 500
