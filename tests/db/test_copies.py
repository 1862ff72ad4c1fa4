"""Backups, restoring, a new key: the copy is whole or not there, and what was there before is never lost."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlite

from db import copies, engine
from db.copies import automatic_backup, automatic_backups, backup, rekey, restore
from db.engine import connect
from db.keys import KEY_FILE, Secret
from db.record import Record, create, open_record
from handover.errors import CheckFailed, RecordUnavailable, UsageError, WrongKey
from tests.db.conftest import a_plan, everything

ROOT = Path(__file__).parents[2]
OLD, NEW = (Secret(KEY_FILE, digits * 32) for digits in (b"0f", b"a1"))
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and signals")


def opened(path: Path, secret: Secret = OLD) -> Record:
    return open_record(path, lambda _salt: secret)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("encrypted") / "e.db"
    create(path, lambda: OLD)
    with opened(path).writing() as store:
        store.add_engagement(everything(), "folder")
        store.approve(store.add_plan(a_plan(everything())), "")
    return path


@pytest.fixture
def full(blank: Path, tmp_path: Path) -> Record:
    """An encrypted record with an engagement and a plan."""
    return opened(Path(shutil.copy(blank, tmp_path / "e.db")))


def told(record: Record) -> list[str]:
    with record.reading() as store:
        assert store.trail_fault() is None
        return [row.what for row in store.trail()]


def test_a_backup_is_the_record_again_and_as_closed_to_others(full: Record, tmp_path: Path) -> None:
    target = tmp_path / "new" / "copy.db"
    backup(full, target)
    copied = opened(target)
    assert told(copied) == told(full)
    with copied.reading() as store:
        assert store.plan("P0001").allocations == a_plan(everything()).allocations
    assert b"child_protection" not in target.read_bytes()
    assert [entry.name for entry in target.parent.iterdir()] == ["copy.db"]
    if os.name == "posix":
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(WrongKey):
        opened(target, NEW)


def test_the_copy_keeps_what_guards_it(full: Record, tmp_path: Path) -> None:
    backup(full, tmp_path / "copy.db")
    with closing(connect(tmp_path / "copy.db", full.key)) as connection, pytest.raises(sqlite.IntegrityError):
        connection.execute("DELETE FROM audit")


def test_a_backup_never_overwrites(full: Record, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear diary", encoding="utf-8")
    with pytest.raises(RecordUnavailable, match="exists already"):
        backup(full, tmp_path / "letter")
    assert (tmp_path / "letter").read_text(encoding="utf-8") == "dear diary"


def test_a_copy_that_is_not_the_same_is_not_kept(full: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(connection: sqlite.Connection, compare: object = copies._compare) -> None:
        connection.execute("DELETE FROM copy.child WHERE child_id = 'C2'")
        compare(connection)  # type: ignore[operator]

    monkeypatch.setattr(copies, "_compare", lossy)
    with pytest.raises(CheckFailed, match="not the same"):
        backup(full, tmp_path / "copy.db")
    assert [entry.name for entry in tmp_path.iterdir()] == ["e.db"]


def test_a_full_disk_stops_a_backup_with_a_sentence_and_leaves_nothing(
    full: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(connection: sqlite.Connection) -> None:
        connection.execute("PRAGMA copy.max_page_count = 20")
        connection.execute("CREATE TABLE copy.more AS SELECT zeroblob(1000000)")

    monkeypatch.setattr(copies, "_compare", small)
    with pytest.raises(RecordUnavailable, match="the disk is full"):
        backup(full, tmp_path / "copy.db")
    assert [entry.name for entry in tmp_path.iterdir()] == ["e.db"]


def test_only_the_last_automatic_backups_are_kept_whatever_the_clock_says(full: Record) -> None:
    for _ in range(copies.KEPT + 2):
        made = automatic_backup(full.path, full.key, "plan")
    names = [path.name for path in automatic_backups(full.path)]
    assert names == [f"{n:04}-before-plan.db" for n in range(3, 3 + copies.KEPT)]
    assert made.name == names[-1]
    # a file of somebody else's in the folder is neither counted nor deleted
    other = made.with_name("letter.db")
    other.touch()
    automatic_backup(full.path, full.key, "purge")
    assert other.exists()


def test_an_older_database_is_copied_before_it_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite.connect(path, isolation_level=None)) as old:
        old.executescript((ROOT / "tests" / "data" / "schema_1.sql").read_text(encoding="utf-8"))
    open_record(path)
    (kept,) = automatic_backups(path)
    assert kept.name == "0001-before-migration.db"
    with closing(sqlite.connect(kept)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_restoring_brings_back_what_was_and_keeps_what_is(full: Record, tmp_path: Path) -> None:
    backup(full, tmp_path / "copy.db")
    with full.writing() as store:
        store.add_plan(a_plan(everything()))
        replaced = store.trail_head()
    kept, undone = restore(full.path, tmp_path / "copy.db", lambda _salt: OLD)
    assert undone == ()
    with opened(full.path).reading() as store:
        assert [line.plan_id for line in store.plans()] == ["P0001"]
        last = store.trail()[-1]
        assert store.trail_fault() is None
    assert (last.what, last.details["head_replaced"]) == ("restore", replaced)
    assert kept is not None
    with opened(kept).reading() as store:
        assert [line.plan_id for line in store.plans()] == ["P0001", "P0002"]
    if os.name == "posix":
        assert stat.S_IMODE(full.path.stat().st_mode) == 0o600


def test_restoring_where_nothing_is_makes_the_database(full: Record, tmp_path: Path) -> None:
    assert restore(tmp_path / "new.db", full.path, lambda _salt: OLD) == (None, ())
    assert told(opened(tmp_path / "new.db")) == [*told(full), "restore"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "wrong key"])
def test_a_backup_that_cannot_be_relied_on_is_not_restored(full: Record, tmp_path: Path, damage: str) -> None:
    source = tmp_path / "copy.db"
    backup(full, source)
    data = bytearray(source.read_bytes())
    if damage == "cut":
        source.write_bytes(data[: len(data) // 2])
    if damage == "flipped":
        data[len(data) // 2] ^= 1
        source.write_bytes(data)
    if damage == "foreign":
        source.write_text("dear diary", encoding="utf-8")
    before = full.path.read_bytes()
    with pytest.raises((RecordUnavailable, CheckFailed)):
        restore(full.path, source, lambda _salt: NEW if damage == "wrong key" else OLD)
    assert full.path.read_bytes() == before


def test_a_trail_changed_in_a_backup_is_noticed_before_it_replaces_anything(full: Record, tmp_path: Path) -> None:
    backup(full, tmp_path / "copy.db")
    with closing(connect(tmp_path / "copy.db", full.key)) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET who = 'nobody' WHERE entry = 2")
    before = full.path.read_bytes()
    with pytest.raises(CheckFailed, match="line 2"):
        restore(full.path, tmp_path / "copy.db", lambda _salt: OLD)
    assert full.path.read_bytes() == before


def test_a_damaged_database_is_not_thrown_away_by_restoring(full: Record, tmp_path: Path) -> None:
    backup(full, tmp_path / "copy.db")
    full.path.write_bytes(full.path.read_bytes()[:9000])
    before = full.path.read_bytes()
    with pytest.raises(RecordUnavailable, match=r"move .+ away first"):
        restore(full.path, tmp_path / "copy.db", lambda _salt: OLD)
    assert full.path.read_bytes() == before


def test_a_new_key_opens_and_the_old_one_no_longer_does(full: Record) -> None:
    before = told(full)
    rekey(full, NEW)
    with pytest.raises(WrongKey):
        opened(full.path)
    assert told(opened(full.path, NEW)) == [*before, "rekey", "failed unlock"]
    assert [entry.name for entry in full.path.parent.iterdir()] == ["e.db"]


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_database_opened_by_a_link_is_put_under_the_new_key_itself(full: Record, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(full.path)
    rekey(opened(link), NEW)
    assert link.is_symlink()
    with pytest.raises(WrongKey):
        opened(full.path)
    opened(full.path, NEW)


def test_a_plain_database_is_encrypted_by_its_first_key(record: Record) -> None:
    with record.writing() as store:
        store.add_engagement(everything(), "folder")
    assert b"CREATE TABLE" in record.path.read_bytes()
    rekey(record, NEW)
    assert b"CREATE TABLE" not in record.path.read_bytes()
    with opened(record.path, NEW).reading() as store:
        assert store.version(everything().input_sha256) is not None


@pytest.mark.usefixtures("impatient")
def test_nobody_writes_into_a_database_that_is_about_to_be_replaced(full: Record) -> None:
    refused: list[str] = []

    def meanwhile(_new: Record) -> None:
        try:
            with opened(full.path).writing() as store:
                store.audit("lost", None, {})
        except RecordUnavailable as refusal:
            refused.append(str(refusal))

    copies.replace_with_copy(full, full, meanwhile)
    assert len(refused) == 1
    assert "in use" in refused[0]


@posix
def test_a_command_that_waited_while_the_file_was_replaced_says_so_instead_of_writing_into_the_old_one(
    full: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened_before_the_replacement(path: Path, key: object, real: object = engine.connect) -> object:
        connection = real(path, key)  # type: ignore[operator]
        shutil.copy(path, path.with_name("other.db"))
        path.with_name("other.db").replace(path)
        return connection

    monkeypatch.setattr(engine, "connect", opened_before_the_replacement)
    with pytest.raises(RecordUnavailable, match="was replaced by another"), full.writing() as store:
        store.audit("lost", None, {})


def test_a_keyring_that_is_not_there_leaves_the_key_as_it_was(full: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise UsageError("no keyring")

    monkeypatch.setattr("db.keys.keep_in_keyring", none)
    with pytest.raises(UsageError):
        rekey(full, Secret(b"r", b"a1" * 32))
    assert told(full)[-1] == "approval"


KILLED = """
import os, signal, sys
from pathlib import Path
from db import copies
from db.keys import Secret
from db.record import open_record

old, new = (Secret(b"k", digits * 32) for digits in (b"0f", b"a1"))
path, step = Path(sys.argv[1]), sys.argv[2]

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if step == "before it is put":
    copies._put = kill
else:
    copies._sound = kill
copies.rekey(open_record(path, lambda _salt: old), new)
"""


@posix
@pytest.mark.parametrize("step", ["before it is read back", "before it is put"])
def test_a_killed_change_of_key_leaves_the_database_under_its_old_key(full: Record, step: str) -> None:
    before = full.path.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, str(full.path), step], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert full.path.read_bytes() == before
    rekey(opened(full.path), NEW)
    assert told(opened(full.path, NEW))[-1] == "rekey"
    assert [entry.name for entry in full.path.parent.iterdir()] == ["e.db"]


def test_the_key_is_not_shown_by_anything_printed(full: Record) -> None:
    assert full.key is not None
    assert full.key.raw.hex() not in f"{full!r} {replace(full)!r} {full.key!r} {OLD!r}"
