"""The template: what it writes is what the reader reads (contract §6, `template`)."""

import os
import stat
import tomllib
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from handover.actions.template import template
from handover.engagement import Absence, Child, Episode, Event, Rule, Task, Team, Worker
from handover.errors import UsageError
from handover.intake import read
from handover.intake.settings_file import KEYS
from handover.intake.tables import TABLES
from handover.intake.template import template_files
from handover.settings import Settings
from tests.builders import a_child, a_engagement
from tests.intake.files import TABLES as NAMES
from tests.intake.files import cell, records, settings_keys, write_csv


def write_template(out: Path) -> list[Path]:
    template(out)
    return [out / name for name in template_files()]


def test_the_filled_template_reads_as_what_was_filled_in(tmp_path: Path) -> None:
    engagement = a_engagement(children=[a_child(), a_child("C2", family_id="F1", needs=("court",))])
    write_template(tmp_path)
    for name in NAMES:
        header = (tmp_path / f"{name}.csv").read_text(encoding="utf-8").strip().split(",")
        rows = records(engagement, name)
        filled = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        write_csv(tmp_path / f"{name}.csv", [header, *([cell(row[column]) for column in header] for row in filled)])
    found = read(tmp_path).engagement
    for table in NAMES:
        assert getattr(found, table) == getattr(engagement, table)


def test_the_template_s_settings_are_the_defaults(tmp_path: Path) -> None:
    write_template(tmp_path)
    found = read(tmp_path).engagement.settings
    assert found == Settings(found.name, date(2022, 11, 14), date(2022, 11, 28), date(2023, 3, 31))
    text = (tmp_path / "engagement.toml").read_text(encoding="utf-8")
    assert set(tomllib.loads(text)["workload"]["points"]) == set(found.workload.points)
    # every key has its word of explanation beside it, and the sheet of a workbook is explained too
    for key in KEYS:
        assert f"# {key.meaning}" in text
    assert "a sheet named engagement" in text


def test_the_template_s_required_keys_are_the_first_four(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    write_template(folder)
    short = [
        line for line in (folder / "engagement.toml").read_text(encoding="utf-8").splitlines() if "(required)" in line
    ]
    assert len(short) == 4
    (folder / "engagement.toml").write_text("\n".join(short), encoding="utf-8")
    found = read(folder).engagement.settings
    assert found == Settings(found.name, found.window_start, found.go_live, found.contract_end)


def test_no_column_or_key_is_left_out() -> None:
    kinds = (Team, Worker, Child, Episode, Event, Absence, Rule, Task)
    assert [table.column_names for table in TABLES] == [tuple(f.name for f in fields(kind)) for kind in kinds]
    settings = Settings("x", date(2022, 11, 14), date(2022, 11, 28), date(2023, 3, 31))
    assert {key.name for key in KEYS} == set(settings_keys(settings))
    assert {key.name: key.default for key in KEYS if key.default is not None} == {
        name: value
        for name, value in settings_keys(settings).items()
        if "." in name or name in ("people_expected", "retention_months")
    }


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "children.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"children\.csv already"):
        write_template(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["children.csv"]
    assert (tmp_path / "children.csv").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="were not written to"):
        write_template(tmp_path / "file" / "out")


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_nobody_else_may_read_what_will_be_filled_in(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        written = write_template(tmp_path / "new" / "out")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new" / "out").stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "rules.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        write_template(tmp_path / "out")
    assert not (tmp_path / "elsewhere").exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["rules.csv"]
