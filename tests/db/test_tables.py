"""What the database itself refuses, whichever program writes to it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Table, create_engine
from sqlcipher3 import dbapi2 as sqlite

from db.engine import APPLICATION_ID, SCHEMA_VERSION, connect
from db.record import create, open_record
from db.tables import SEALS, metadata
from tests.db.conftest import a_plan, everything

TABLES = list(metadata.tables.values())
NAMES = [table.name for table in TABLES]
# the key by which a row belongs to one version, plan or entry; a copy under 99 belongs to none that is sealed
KEY = {table.name: next(iter(table.primary_key.columns)).name for table in TABLES}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with a row in every table."""
    path = tmp_path_factory.mktemp("full") / "full.db"
    create(path)
    engagement = everything()
    with open_record(path).writing() as store:
        store.add_engagement(engagement, "folder")
        plan_id = store.add_plan(a_plan(engagement))
        store.add_verification(plan_id, ())
        store.approve(plan_id, "the best there is")
        store.add_progress("K1", date(2022, 11, 16))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO removal VALUES (1, '2023-06-30T12:00:00+00:00', 1, NULL, 2, NULL, NULL)")
    return path


@pytest.fixture
def outside(full: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection, with none of our pragmas; nothing it does is kept."""
    with closing(sqlite3.connect(full, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield connection
        connection.execute("ROLLBACK")


def _copy(table: Table, **changed: str) -> str:
    """SQL that copies one row under the key 99, with some columns given as SQL."""
    given = {KEY[table.name]: "99", "input_sha256": f"'{'f' * 64}'", "previous": "'none'"} | changed
    columns = [column.name for column in table.columns]
    values = [given.get(name, f'"{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table.name} ({names}) SELECT {', '.join(values)} FROM {table.name} LIMIT 1"


@pytest.mark.parametrize("table", [t for t in TABLES if t.name != "trail_key"], ids=lambda t: t.name)
def test_a_sound_row_is_taken(outside: sqlite3.Connection, table: Table) -> None:
    # without this the refusals below could come from anything
    assert outside.execute(_copy(table)).rowcount == 1


@pytest.mark.parametrize("table", NAMES)
def test_nothing_kept_can_be_changed(outside: sqlite3.Connection, table: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"append-only: {table}$"):
        outside.execute(f"UPDATE {table} SET {KEY[table]} = {KEY[table]}")


@pytest.mark.parametrize("table", NAMES)
def test_nothing_kept_can_be_deleted(outside: sqlite3.Connection, table: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"append-only: {table}$"):
        outside.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", NAMES)
def test_nothing_kept_can_be_replaced(outside: sqlite3.Connection, table: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"append-only: {table}$"):
        outside.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.parametrize(("key", "table"), [(key, table) for key, (_, sealed) in SEALS.items() for table in sealed])
def test_no_row_can_be_slipped_into_what_is_sealed(outside: sqlite3.Connection, key: str, table: Table) -> None:
    last = list(table.primary_key.columns)[-1].name
    fresh = "77" if last == "position" else "'new'"
    with pytest.raises(sqlite3.IntegrityError, match=f"append-only: {table.name}$"):
        outside.execute(_copy(table, **{key: key, last: fresh}))


def test_an_engagement_cannot_be_replaced_under_another_number(full: Path) -> None:
    # a replacement deletes the version that has the same hash; only our own pragma makes that meet the trigger
    with closing(connect(full)) as connection, pytest.raises(sqlite.IntegrityError, match="append-only"):
        connection.execute(
            "INSERT OR REPLACE INTO engagement_version SELECT 99, input_sha256, settings FROM engagement_version"
        )


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table in TABLES for column in table.columns], ids=lambda x: x.name
)
def test_a_value_of_the_wrong_kind_is_refused(outside: sqlite3.Connection, table: Table, column: Column[Any]) -> None:
    kind = str(column.type)
    wrong = "x'00'" if kind == "TEXT" else "'many'"
    with pytest.raises(sqlite3.IntegrityError, match=r"cannot store|datatype mismatch"):
        outside.execute(_copy(table, **{column.name: wrong}))


@pytest.mark.parametrize(
    ("table", "column", "wrong"),
    [
        ("worker", "role", "'manager'"),
        ("worker", "side", "'both'"),
        ("worker", "swe_restrictions", "'maybe'"),
        ("child", "plan", "'childprotection'"),
        ("event", "kind", "'visit'"),
        ("rule", "rule", "'rather not'"),
        ("level", "name", "'happiness'"),
        ("level", "stopped", "'tired'"),
        ("allocation", "known", "2"),
        ("appointment", "kind", "'lunch'"),
        ("flag", "severity", "'panic'"),
        ("audit", "what", "''"),
        ("engagement_version", "input_sha256", "'abc'"),
        ("worker", "skills", "'court;asylum'"),
        ("audit", "details", "'not json'"),
        ("trail_key", "one", "2"),
        ("removal", "plan_no", "1"),
    ],
)
def test_a_value_outside_its_list_is_refused(outside: sqlite3.Connection, table: str, column: str, wrong: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"CHECK constraint failed: .*{column}"):
        outside.execute(_copy(metadata.tables[table], **{column: wrong}))


def test_every_table_is_strict(outside: sqlite3.Connection) -> None:
    listed = {name: strict for _, name, kind, _, _, strict in outside.execute("PRAGMA table_list") if kind == "table"}
    assert {*NAMES, "alembic_version"} == {name for name in listed if not name.startswith("sqlite_")}
    assert [name for name, strict in listed.items() if not strict and not name.startswith("sqlite_")] == []


def _schema(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: re.sub(r"\s+", "", sql) for name, sql in rows if name != "alembic_version"}


def test_the_migrations_arrive_at_the_tables_the_store_uses(outside: sqlite3.Connection, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.db"
    engine = create_engine(f"sqlite:///{fresh}")
    metadata.create_all(engine)
    engine.dispose()
    with closing(sqlite3.connect(fresh)) as connection:
        assert _schema(outside) == _schema(connection)


def test_the_file_says_whose_it_is_and_of_which_version(outside: sqlite3.Connection) -> None:
    assert outside.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert outside.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert outside.execute("SELECT version_num FROM alembic_version").fetchall() == [(f"{SCHEMA_VERSION:04d}",)]


def test_no_second_file_with_records_in_it_stays_beside_the_database(full: Path) -> None:
    assert [entry.name for entry in full.parent.iterdir()] == [full.name]


def test_our_ownconnections_keep_references_and_overwrite_what_is_freed(full: Path) -> None:
    with closing(connect(full)) as connection:
        for pragma in ("foreign_keys", "recursive_triggers", "secure_delete"):
            assert connection.execute(f"PRAGMA {pragma}").fetchone() == (1,), pragma
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
