"""Making, opening and losing the file: nothing half-kept, no traceback, nothing private in a message."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlcipher3 import dbapi2 as sqlite

from db import engine
from db.record import Record, Store, create, open_record
from handover.errors import CheckFailed, RecordUnavailable
from tests.builders import a_child, a_engagement
from tests.db.conftest import a_plan, everything

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and signals")


def _refused(path: Path) -> str:
    """The one sentence (or two) with which opening is refused."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(RecordUnavailable) as refusal:
        open_record(path)
    assert (path.read_bytes() if path.is_file() else None) == before, "the file was touched"
    message = str(refusal.value)
    assert "\n" not in message
    assert "sqlalche" not in message
    return message


def _foreign(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


# making


@posix
def test_only_this_user_may_read_the_database_and_its_new_folders(tmp_path: Path) -> None:
    path = tmp_path / "new" / "inner" / "record.db"
    before = os.umask(0)
    try:
        create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("keep me")
    with pytest.raises(RecordUnavailable, match="exists already and was left as it is"):
        create(path)
    assert path.read_text() == "keep me"


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(RecordUnavailable, match=r"could not be made: .+\. Give another --db"):
        create(tmp_path / "file" / "record.db")


def test_a_making_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PRAGMAS", (*engine.PRAGMAS, "max_page_count = 4"))
    with pytest.raises(RecordUnavailable, match="the disk is full"):
        create(tmp_path / "record.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["what?.db", "100%.db", "a#b.db", "a b.db", "ça va.db"])
def test_a_path_with_signs_that_mean_something_in_a_uri_is_only_a_path(tmp_path: Path, name: str) -> None:
    if os.name == "nt" and "?" in name:
        pytest.skip("not a name on Windows")
    create(tmp_path / name)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    with open_record(tmp_path / name).reading() as store:
        assert len(store.trail()) == 1


# opening


def test_a_missing_database_is_not_made_by_opening_it(tmp_path: Path) -> None:
    assert "Make one with `handover init`" in _refused(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_vanishes_is_not_made_again_empty(record: Record) -> None:
    record.path.unlink()
    with pytest.raises(RecordUnavailable, match="could not be opened"), record.writing() as store:
        store.trail()
    assert not record.path.exists()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is not a file" in _refused(tmp_path)


def test_a_path_the_system_refuses_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(RecordUnavailable, match="could not be opened: "):
        open_record(tmp_path / ("x" * 3000))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_an_unreadable_file_is_refused(record: Record) -> None:
    record.path.chmod(0)
    with pytest.raises(RecordUnavailable, match="could not be opened"):
        open_record(record.path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_only_be_read_is_told_and_loses_nothing(record: Record) -> None:
    record.path.parent.chmod(0o500)
    try:
        with record.reading() as store:
            before = store.trail()
        with (
            pytest.raises(RecordUnavailable, match=r"(may only be read|could not be opened)"),
            record.writing() as store,
        ):
            store.audit("something", None, {})
        with record.reading() as store:
            assert store.trail() == before
    finally:
        record.path.parent.chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="a limit of POSIX")
def test_a_file_that_may_grow_no_further_is_told_and_the_record_is_as_it_was(record: Record) -> None:
    # a real refusal of the system in the middle of a commit, in a process of its own that bears it
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from db.record import open_record; from tests.builders import a_child, a_engagement\n"
        "from handover.errors import RecordUnavailable\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "path = Path(sys.argv[1]); record = open_record(path)\n"
        "many = a_engagement(children=[a_child(f'C{n}') for n in range(3000)])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 8192,) * 2)\n"
        "try:\n"
        "    with record.writing() as store: store.add_engagement(many, 'folder')\n"
        "except RecordUnavailable as refusal: print(refusal)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(record.path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Nothing was changed" in done.stdout, done.stderr
    with open_record(record.path).reading() as store:
        assert store.latest() is None
        assert store.trail_fault() is None


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert "is empty" in _refused(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_bytes(b"Dear colleague, " * 500)
    assert "is not a handover database" in _refused(path)


def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    path = _foreign(tmp_path / "theirs.db", "CREATE TABLE bookmarks (url TEXT)")
    assert "belongs to another program" in _refused(path)
    path = _foreign(tmp_path / "marked.db", "PRAGMA application_id = 252006674")
    assert "belongs to another program" in _refused(path)


def test_a_newer_database_is_refused(record: Record) -> None:
    _foreign(record.path, f"PRAGMA user_version = {engine.SCHEMA_VERSION + 1}")
    assert "newer version of handover" in _refused(record.path)


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    # before the first migration there was nothing but the mark
    path = _foreign(tmp_path / "old.db", f"PRAGMA application_id = {engine.APPLICATION_ID}")
    with open_record(path).writing() as store:
        store.add_engagement(everything(), "folder")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (engine.SCHEMA_VERSION,)


@pytest.mark.usefixtures("impatient")
def test_a_locked_database_is_given_up_with_a_sentence(record: Record) -> None:
    # by the same library: two of them in one process do not see each other's locks
    with closing(sqlite.connect(record.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "is in use by another handover command" in _refused(record.path)


@pytest.mark.usefixtures("impatient")
def test_two_writers_do_not_wait_for_each_other_for_ever(record: Record) -> None:
    with record.writing(), pytest.raises(RecordUnavailable, match="in use"), record.writing():
        pass
    with record.writing() as store:
        store.audit("afterwards", None, {})


WRITER = """
import sys
from pathlib import Path
from db.record import open_record
from handover.errors import RecordUnavailable

record = open_record(Path(sys.argv[1]))
for n in range(15):
    try:
        with record.writing() as store:
            store.add_progress(f"{sys.argv[2]}-{n}", None)
    except RecordUnavailable:
        continue
    print(f"{sys.argv[2]}-{n}")
"""


def test_what_processes_write_at_once_is_all_kept_and_chained(record: Record) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, record.path, name], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for name in ("a", "b", "c")
    ]
    kept = [task for process in started for task in process.communicate()[0].split()]
    assert [process.returncode for process in started] == [0, 0, 0]
    with record.reading() as store:
        assert sorted(store.progress()) == sorted(kept)
        assert [line.what for line in store.trail()] == ["init", *["done"] * len(kept)]
        assert store.trail_fault() is None
    assert len(kept) > 15


@pytest.mark.usefixtures("impatient")
def test_a_writer_kept_from_committing_by_a_reader_keeps_nothing(record: Record) -> None:
    with record.reading() as reader:
        reader.trail()
        with pytest.raises(RecordUnavailable, match="in use"), record.writing() as store:
            store.add_engagement(everything(), "folder")
    with record.reading() as store:
        assert store.latest() is None


def test_opening_does_not_load_the_migrations() -> None:
    # alembic takes longer to import than the whole of `handover plans`
    code = (
        "import sys; from pathlib import Path; from db.record import open_record\n"
        "try: open_record(Path('none.db'))\n"
        "except Exception as error: print(type(error).__name__, 'alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["RecordUnavailable", "False"]


# damage


def test_a_damaged_page_is_noticed_and_said(record: Record) -> None:
    with record.writing() as store:
        store.add_engagement(everything(), "folder")
    data = bytearray(record.path.read_bytes())
    # everything but the first page, which holds the file's mark
    data[4096:] = b"\x5a" * (len(data) - 4096)
    record.path.write_bytes(data)
    with pytest.raises(RecordUnavailable, match="is damaged"), record.reading() as store:
        store.latest()


def test_a_truncated_file_is_noticed_and_said(record: Record) -> None:
    with record.writing() as store:
        store.add_engagement(everything(), "folder")
    record.path.write_bytes(record.path.read_bytes()[:5000])
    with pytest.raises(RecordUnavailable, match="is damaged"), open_record(record.path).reading() as store:
        store.latest()


# whole or not at all


def test_a_failure_inside_a_change_leaves_nothing_of_it(record: Record) -> None:
    def fail(store: Store, failure: type[BaseException]) -> None:
        store.add_engagement(everything(), "folder")
        store.add_plan(a_plan(everything()))
        raise failure

    for failure in (ValueError, KeyboardInterrupt):
        with pytest.raises(failure), record.writing() as store:
            fail(store, failure)
        with record.reading() as store:
            assert store.latest() is None
            assert store.plans() == ()
            assert [row.what for row in store.trail()] == ["init"]


def test_an_engagement_whose_child_nobody_holds_is_not_kept(record: Record) -> None:
    # intake refuses it before; here a reference that names nobody stops the commit
    broken = replace(everything(), children=(a_child("C1", worker_id="nobody"), a_child("C2")))
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), record.writing() as store:
        store.add_engagement(broken, "folder")
    with record.reading() as store:
        assert store.latest() is None
        assert len(store.trail()) == 1


def test_an_engagement_that_reads_back_otherwise_is_not_kept(record: Record) -> None:
    # a list comes back as a tuple: the same hash, another value
    odd = a_engagement(children=[a_child("C1", needs=["court"])])
    with pytest.raises(CheckFailed, match="reads back otherwise"), record.writing() as store:
        store.add_engagement(odd, "folder")
    with record.reading() as store:
        assert store.latest() is None


def test_a_full_disk_leaves_the_record_as_it_was(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    with record.writing() as store:
        store.add_engagement(everything(), "folder")
    pages = record.path.stat().st_size // 4096
    monkeypatch.setattr(engine, "PRAGMAS", (*engine.PRAGMAS, f"max_page_count = {pages}"))
    many = a_engagement(children=[a_child(f"C{n}") for n in range(500)])
    with pytest.raises(RecordUnavailable, match=r"the disk is full\. Nothing was changed"), record.writing() as store:
        store.add_engagement(many, "folder")
    with record.reading() as store:
        latest = store.latest()
        assert latest is not None
        assert latest.engagement == everything()


def test_reading_cannot_write(record: Record) -> None:
    with pytest.raises(RecordUnavailable, match="may only be read"), record.reading() as store:
        store.audit("sneaked in", None, {})
    with record.reading() as store:
        assert len(store.trail()) == 1


def test_a_refused_value_is_not_repeated_in_the_message(record: Record) -> None:
    secret = a_engagement(children=[a_child("C1", plan="unheard of", postcode="MARKER")])
    with pytest.raises(IntegrityError) as refusal, record.writing() as store:
        store.add_engagement(secret, "folder")
    assert "CHECK constraint failed" in str(refusal.value)
    assert "MARKER" not in f"{refusal.value!s} {refusal.value!r} {refusal.value.__cause__!r}"


KILLED = """
import os, signal, sys
from pathlib import Path
from db import engine
# so few pages in memory that the file itself is written to long before the commit
engine.PRAGMAS = (*engine.PRAGMAS, "cache_size = 3")
from db.record import open_record
from tests.builders import a_child, a_engagement

with open_record(Path(sys.argv[1])).writing() as store:
    store.add_engagement(a_engagement(children=[a_child(f"C{n}") for n in range(1000)]), "killed")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@posix
def test_a_killed_import_leaves_no_child_behind(record: Record) -> None:
    with record.writing() as store:
        store.add_engagement(everything(), "folder")
    before = record.path.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, str(record.path)], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    # the kill came in the middle of writing: the file is changed and its journal is there to undo that
    assert record.path.read_bytes() != before
    assert len(list(record.path.parent.iterdir())) == 2
    with open_record(record.path).reading() as store:
        latest = store.latest()
        assert latest is not None
        assert latest.engagement == everything()
        assert [row.what for row in store.trail()] == ["init", "import"]
    with record.writing() as store:
        store.audit("afterwards", None, {})
    assert list(record.path.parent.iterdir()) == [record.path]
