"""People removed from the record: gone from every row and from the disk, and all else as honest as before."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import exc

from db import engine, removal
from db.record import Record, open_record
from db.removal import Removed, removing
from handover.engagement import Absence, Engagement, Episode, Event, Rule, Task
from handover.errors import CheckFailed, RecordUnavailable, UsageError
from handover.plan import Allocation, Appointment, Flag
from handover.removal import REMOVED
from tests.builders import a_child, a_engagement
from tests.db.conftest import NOON, a_plan, behind_our_back

GONE = "QZX-7731"
FAMILY = "QZF-11"
LATER = NOON.replace(month=12)


def marked(points: int = 3, *, alone: bool = False) -> Engagement:
    """An engagement with the child to be forgotten in every table that can name one; `alone` in its family."""
    sibling = None if alone else FAMILY
    return a_engagement(
        children=[
            a_child(GONE, family_id=FAMILY, points=points, postcode="QZX 9ZZ"),
            a_child("C2", family_id=sibling),
            a_child("C3"),
        ],
        history=[Episode(GONE, "P1", date(2021, 3, 1)), Episode("C2", "P1", date(2021, 3, 1))],
        events=[Event(GONE, "court_hearing", date(2022, 11, 17)), Event("C3", "core_group", date(2022, 11, 18))],
        absences=[Absence("W1", datetime(2022, 11, 14), datetime(2022, 11, 16), f"in court for {GONE}")],
        rules=[
            Rule(GONE, "W2", "never", "knows the father"),
            Rule("C2", "W2", "never", "his brother was hurt by a cousin of W2"),
            Rule("C3", "W1", "knows", f"met at {GONE.lower()}'s home"),
        ],
        tasks=[Task("K1", f"Read the file of {GONE}", owner="ICT")],
    )


def planned(made: Engagement) -> object:
    """A plan for it, with the child named wherever a plan can."""
    plan, start = a_plan(made), datetime(2022, 11, 14, 9)
    family = made.family_of[GONE].family_id
    others = made.family_of["C2"].family_id
    return replace(
        plan,
        allocations=(
            Allocation("C2", others, "O1", "W1", None, date(2022, 11, 28), 2, 1, True, f"With {GONE}."),
            Allocation("C3", "C3", "O1", None, None, None, 1, 0, False, "Nobody has court."),
            Allocation(GONE, family, "O1", "W1", None, date(2022, 11, 28), 1, 1, True, "W1 is known."),
        ),
        appointments=tuple(
            Appointment(f, "summary", start, start.replace(hour=10), "O1", None) for f in sorted({family, others})
        ),
        flags=(
            Flag("stop", GONE, "left without a worker", "find somebody"),
            Flag("warn", "W1", f"is not known to {GONE}", "introduce them"),
            Flag("warn", "C3", "left without a worker", "find somebody"),
        ),
        remedies=(f"somebody for {GONE}", "one more worker with court"),
    )


@pytest.fixture
def full(record: Record) -> Record:
    """A plain record with the child in two versions and two plans, approved and checked."""
    with record.writing() as store:
        for made in (marked(3), marked(4)):
            store.add_engagement(made, f"/data/{GONE}")
            plan_id = store.add_plan(planned(made))
            store.add_verification(plan_id, (f"{GONE} is in two places.", "W1 is over the band."))
            store.approve(plan_id, f"as {GONE} moves away")
    return record


def forget(record: Record) -> Removed:
    with removing(record) as (remover, _):
        return remover.forget(GONE)


def purge(record: Record, before: date) -> Removed:
    with removing(record) as (remover, _):
        return remover.purge(before)


def cells(record: Record) -> Iterator[tuple[str, object]]:
    with closing(sqlite3.connect(record.path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield from ((table, cell) for cell in row)


def schema(record: Record) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(record.path)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


def fault(record: Record) -> str | None:
    with record.reading() as store:
        return store.trail_fault()


def test_a_forgotten_child_is_in_no_row_but_the_path_somebody_typed(full: Record) -> None:
    assert any(GONE in str(cell) for _, cell in cells(full))
    found = forget(full)
    named = {table for table, cell in cells(full) if GONE.lower() in str(cell).lower()}
    assert named == {"audit"}
    assert found.named_in_trail == (2, 6)
    # a brother's reason names nobody, and tells of the child all the same
    assert not any("brother" in str(cell) for _, cell in cells(full))
    assert (found.children, found.plans, found.current) == (1, ("P0001", "P0002"), True)


def test_what_is_not_the_child_s_stays(full: Record) -> None:
    forget(full)
    with full.reading() as store:
        version, plan = store.latest(), store.plan("P0001")
    assert version is not None
    made = version.engagement
    assert [c.child_id for c in made.children] == ["C2", "C3"]
    assert [(e.child_id, e.worker_id) for e in made.history] == [("C2", "P1")]
    assert [e.child_id for e in made.events] == ["C3"]
    assert [(r.child_id, r.rule, r.reason) for r in made.rules] == [
        ("C2", "never", REMOVED),
        ("C3", "knows", REMOVED),
    ]
    assert [(a.child_id, a.why) for a in plan.allocations] == [("C2", REMOVED), ("C3", "Nobody has court.")]
    assert [(a.family_id, a.kind) for a in plan.appointments] == [(FAMILY, "summary")]  # C2 is there still
    assert [(f.subject, f.matter) for f in plan.flags] == [("W1", REMOVED), ("C3", "left without a worker")]
    assert plan.remedies == (REMOVED, "one more worker with court")
    assert plan.levels == a_plan(made).levels
    assert (plan.removed, plan.purged) == (1, False)


def test_a_family_that_was_the_child_s_alone_goes_with_it(record: Record) -> None:
    made = marked(alone=True)
    with record.writing() as store:
        store.add_engagement(made, "folder")
        store.add_plan(replace(planned(made), flags=(Flag("warn", FAMILY, "is not introduced", "do so"),)))
    forget(record)
    assert not any(FAMILY in str(cell) for _, cell in cells(record))
    with record.reading() as store:
        assert [a.family_id for a in store.plan(None).appointments] == ["C2"]
        assert store.plan(None).flags == ()


def test_versions_hold_what_their_hash_says_and_those_now_alike_are_one(full: Record) -> None:
    found = forget(full)
    # the two differed in the child's points alone
    assert len(found.versions) == 2
    assert len(set(found.versions.values())) == 1
    with full.reading() as store:
        version = store.latest()
        assert version is not None
        assert version.input_sha256 == version.engagement.input_sha256 == next(iter(found.versions.values()))
        assert {line.input_sha256 for line in store.plans()} == {version.input_sha256}
        assert store.trail()[-1].details["became"] == found.versions


def test_the_trail_holds_and_keeps_the_counts_and_the_plans_their_figures(full: Record) -> None:
    with full.reading() as store:
        before, head, figures = store.trail(), store.trail_head(), store.plans()
    forget(full)
    with full.reading() as store:
        assert store.trail()[: len(before)] == before
        assert store.trail_fault(head) is None
        assert [(p.changes, p.unallocated, p.removed) for p in store.plans()] == [
            (p.changes, p.unallocated, 1) for p in figures
        ]
    purge(full, date(2023, 1, 1))
    assert fault(full) is None
    with full.reading() as store:
        assert [(p.changes, p.unallocated, p.removed) for p in store.plans()] == [
            (p.changes, p.unallocated, 3) for p in figures
        ]
        assert store.trail()[-1].what == "purge"
        assert store.trail()[-1].details["children"] == 2


def test_what_a_removal_changed_is_sealed_anew_and_a_change_after_it_shows(full: Record) -> None:
    forget(full)
    with full.reading() as store:
        sealed = store.trail()[-1].details["seals"]
    assert {"P0001", "P0002", "check 1", "approval 2", "importing 1", "removal 1"} < sealed.keys()
    assert [name for name, digest in sealed.items() if digest is None] == ["import 2"]  # now one with the first
    behind_our_back(full, "UPDATE removal SET children = 0 WHERE entry = 3")
    assert str(fault(full)).startswith("removal 3 is not as it was stored (line 10)")


def test_a_removal_does_not_seal_what_somebody_changed_before_it(full: Record) -> None:
    with replace(full, now=lambda: LATER).writing() as store:
        store.add_plan(replace(planned(marked(4)), allocations=(), appointments=(), flags=(), remedies=()))
    behind_our_back(full, "UPDATE plan SET made_by = 'ben' WHERE plan_no = 3")
    purge(full, date(2022, 12, 1))
    assert str(fault(full)).startswith("P0003 is not as it was stored (line 10)")


def test_a_removal_that_rewrites_what_somebody_changed_does_not_cover_it(full: Record) -> None:
    behind_our_back(full, "UPDATE allocation SET to_worker_id = 'W2' WHERE plan_no = 1 AND child_id = 'C2'")
    forget(full)
    assert str(fault(full)).startswith("P0001 is not as it was stored (line 3)")


def test_what_is_kept_after_a_removal_under_a_number_it_freed_is_sealed(full: Record) -> None:
    with full.writing() as store:
        store.add_progress("K1", date(2022, 11, 15))
    forget(full)
    with full.writing() as store:
        store.add_engagement(marked(5), "folder")  # import 2: what had the number is one with the first now
        store.add_plan(planned(marked(5)))
    assert fault(full) is None
    purge(full, date(2023, 1, 1))
    with full.writing() as store:
        store.add_progress("K1", date(2022, 11, 16))
        assert store.trail()[-1].details["seals"].keys() == {"done 1"}
    assert fault(full) is None
    behind_our_back(full, "UPDATE progress SET done_on = '2022-11-17'")
    assert str(fault(full)).startswith("done 1 is not as it was stored")


def test_a_purge_of_a_plan_that_holds_nobody_seals_what_it_struck(record: Record) -> None:
    made = replace(marked(), children=(), history=(), events=(), rules=(), absences=(), tasks=(), workers=(), teams=())
    with record.writing() as store:
        store.add_engagement(made, "folder")
        nobody = {"allocations": (), "appointments": (), "flags": (), "remedies": ()}
        store.add_plan(replace(planned(marked()), input_sha256=made.input_sha256, **nobody))
        store.approve("P0001", "as said")
    purge(record, date(2023, 1, 1))
    assert fault(record) is None


def test_the_input_with_the_child_can_be_imported_again_and_planned_for(full: Record) -> None:
    forget(full)
    with full.writing() as store:
        store.add_engagement(marked(3), "again")
        assert store.add_plan(planned(marked(3))) == "P0003"
    with full.reading() as store:
        assert store.plan("P0003").removed == 0
        assert len(store.plan("P0003").allocations) == 3
    assert fault(full) is None


def test_a_purge_leaves_nobody_who_is_in_nothing_later(full: Record) -> None:
    later = replace(full, now=lambda: LATER)
    with later.writing() as store:
        store.add_engagement(a_engagement(children=[a_child("C3")]), "later")
        store.add_plan(replace(a_plan(a_engagement(children=[a_child("C3")])), allocations=(), flags=()))
    found = purge(later, date(2022, 12, 1))
    assert (found.children, found.plans, found.current) == (2, ("P0001", "P0002"), False)
    ids = {str(cell) for _, cell in cells(later)}
    assert "C3" in ids
    assert not {GONE, "C2", FAMILY} & ids
    with later.reading() as store:
        version = store.latest()
        assert version is not None
        assert [c.child_id for c in version.engagement.children] == ["C3"]
        assert [(p.plan_id, p.removed) for p in store.plans()] == [("P0001", 3), ("P0002", 3), ("P0003", 0)]
        assert store.plan("P0001").purged


def test_what_a_later_plan_was_made_from_is_kept(full: Record) -> None:
    with replace(full, now=lambda: LATER).writing() as store:
        store.add_plan(planned(marked(4)))
    found = purge(full, date(2022, 12, 1))
    assert found.plans == ("P0001", "P0002")
    assert len(found.versions) == 1
    with full.reading() as store:
        version = store.version(store.plan("P0003").input_sha256)
        assert version is not None
        assert len(version.engagement.children) == 3


def test_a_day_is_a_day_and_what_was_made_on_it_stays(full: Record) -> None:
    assert purge(full, NOON.date()) == Removed(0, 0, (), {}, current=False)
    assert "purge" not in [row.what for row in full_trail(full)]
    assert purge(full, NOON.date().replace(day=11)).plans == ("P0001", "P0002")


def full_trail(record: Record) -> tuple[object, ...]:
    with record.reading() as store:
        return store.trail()


def test_a_purge_of_everybody_leaves_no_person_and_no_way_back_from_a_pseudonym(full: Record) -> None:
    with full.writing() as store:
        store.add_progress("K1", date(2022, 11, 9))
        key = store.pseudonym_key()
    with full.reading() as store:
        version = store.latest()
        assert version is not None
        workers = [w.name for w in version.engagement.workers]
    found = purge(full, date(2023, 1, 1))
    assert (found.children, found.workers, found.current) == (3, len(workers), True)
    raw = full.path.read_bytes()
    assert [name for name in (*workers, "QZX 9ZZ", "hurt by") if name.encode() in raw] == []
    with full.reading() as store:
        assert store.pseudonym_key() != key
        assert len(store.pseudonym_key()) == 32
        assert store.progress() == {}
        assert store.children_and_families() == frozenset()
    # the same once more changes nothing
    assert purge(full, date(2023, 1, 1)).plans == ()


def test_a_child_nobody_knows_is_refused_and_nothing_is_changed(full: Record) -> None:
    before = full.path.read_bytes()
    with pytest.raises(UsageError, match="is no child of any import"), removing(full) as (remover, _):
        remover.forget("C4")
    assert full.path.read_bytes() == before
    assert [entry.name for entry in full.path.parent.iterdir()] == [full.path.name]


def test_the_guards_are_as_before_and_refuse_as_before(full: Record) -> None:
    before = schema(full)
    forget(full)
    assert schema(full) == before
    for table in ("child", "allocation", "audit", "removal"):
        with closing(sqlite3.connect(full.path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append"):
            connection.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    ("table", "change"), [("audit", "DELETE FROM audit"), ("trail_key", "UPDATE trail_key SET one = 1")]
)
def test_the_trail_s_own_guards_stay_while_the_door_is_open(full: Record, table: str, change: str) -> None:
    with removing(full) as (remover, _), pytest.raises(exc.IntegrityError, match=f"append-only: {table}"):
        remover._connection.exec_driver_sql(change)


def test_a_removal_that_fails_removes_nothing_and_leaves_the_guards(
    full: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, guards = sorted(map(repr, cells(full))), schema(full)
    monkeypatch.setattr(removal, "plan_without", lambda plan, _gone: plan)  # a text somebody forgot to strike
    with pytest.raises(CheckFailed, match=r"still in allocation\.child_id"):
        forget(full)
    assert sorted(map(repr, cells(full))) == before
    assert schema(full) == guards


def test_neither_the_file_nor_its_journal_keeps_the_bytes(full: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    assert b"QZX 9ZZ" in full.path.read_bytes()
    kept = full.path.with_name("the journal under another name")
    real = engine.overwrite

    def watched(journal: Path) -> None:
        held.append(b"QZX 9ZZ" in journal.read_bytes())
        if not kept.exists():
            os.link(journal, kept)
        real(journal)

    held: list[bool] = []

    monkeypatch.setattr(engine, "overwrite", watched)
    with removing(full) as (remover, after):
        remover.forget(GONE)
    assert held == [True, False]  # the first, or the test shows nothing
    assert after.compacted
    assert not full.path.with_name(f"{full.path.name}-journal").exists()
    assert kept.stat().st_size > 0
    assert kept.read_bytes().strip(b"\0") == b""
    for word in (b"QZX 9ZZ", b"knows the father", b"hurt by a cousin"):
        assert word not in full.path.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_a_journal_is_found_beside_the_file_also_through_a_link(full: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bool] = []
    monkeypatch.setattr(engine, "overwrite", lambda journal: found.append(journal.exists()))
    (full.path.parent / "elsewhere").mkdir()
    link = full.path.parent / "elsewhere" / "link.db"
    link.symlink_to(full.path)
    forget(open_record(link))
    assert found[0]


def test_remains_that_the_disk_does_not_overwrite_are_told_and_overwritten_by_the_next(
    full: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(engine, "overwrite", refused)
        with pytest.raises(RecordUnavailable, match=r"^They are removed, but .*No space.*`handover purge` again"):
            forget(full)
    with full.reading() as store:
        latest = store.latest()
    assert latest is not None
    assert GONE not in {child.child_id for child in latest.engagement.children}
    journal = full.path.with_name(f"{full.path.name}-journal")
    assert b"QZX 9ZZ" in journal.read_bytes()  # not deleted: it can still be overwritten
    with removing(full):
        pass
    assert not journal.exists()
    assert fault(full) is None


@pytest.mark.usefixtures("impatient")
def test_another_command_s_journal_is_left_alone(full: Record) -> None:
    with full.writing() as store:
        store.audit("something else", None, {})
        journal = full.path.with_name(f"{full.path.name}-journal")
        before = journal.read_bytes()
        with pytest.raises(RecordUnavailable, match="in use"):
            forget(full)
        assert journal.read_bytes() == before
    assert fault(full) is None


def test_a_text_that_only_looks_like_the_id_is_left(record: Record) -> None:
    made = a_engagement(children=[a_child("C1"), a_child("C1-2")], rules=[Rule("C1-2", "W1", "knows", "C1-2 and C12")])
    with record.writing() as store:
        store.add_engagement(made, "folder")
    with removing(record) as (remover, _):
        remover.forget("C1")
    with record.reading() as store:
        version = store.latest()
    assert version is not None
    assert version.engagement.rules[0].reason == "C1-2 and C12"


def test_an_encrypted_record_is_purged_as_a_plain_one(tmp_path: Path) -> None:
    from db.keys import KEY_FILE, Secret
    from db.record import create

    create(tmp_path / "e.db", lambda: Secret(KEY_FILE, b"0f" * 32))
    record = open_record(tmp_path / "e.db", lambda _: Secret(KEY_FILE, b"0f" * 32))
    with record.writing() as store:
        store.add_engagement(marked(), "folder")
    forget(record)
    assert fault(open_record(tmp_path / "e.db", lambda _: Secret(KEY_FILE, b"0f" * 32))) is None
