"""No name, address or word of a child's record in what is said, logged, or left on the disk; `make leaks` counts."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest

from cli import main
from handover.intake.tables import TABLES, TEAMS
from tests.leaks import MARK, Planted, text_columns, uncovered

ROOT = Path(__file__).parent.parent


@pytest.mark.skipif(sys.platform == "win32", reason="a kill and a full disk as POSIX has them")
def test_no_marker_planted_in_a_text_field_is_found_where_it_may_not_be() -> None:
    # a process of its own: one with threads cannot be forked, and what it hears of files opened is not unheard
    done = subprocess.run([sys.executable, "-m", "tests.leaks"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    leaked, of, planted = done.stdout.splitlines()[-1].split()[:3]
    assert (leaked, of) == ("0", "of")
    assert int(planted) > sum(len(text_columns(table)) for table in TABLES)


def test_a_new_command_has_to_be_run_with_the_markers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert uncovered() == set()
    monkeypatch.setitem(main.commands, "gossip", click.Command("gossip"))
    assert uncovered() == {"gossip"}


def test_a_new_column_of_text_has_its_marker_too() -> None:
    name = TEAMS.columns[1]
    grown = replace(TEAMS, columns=(*TEAMS.columns, replace(name, name="nickname")))
    assert {c.name for c in text_columns(grown)} - {c.name for c in text_columns(TEAMS)} == {"nickname"}


@pytest.mark.parametrize("as_found", [f"x{MARK}0000y", f"{MARK}0000".upper(), f"{MARK}0000".encode("utf-16-le")])
def test_a_marker_is_seen_however_it_is_written(as_found: str | bytes) -> None:
    planted = Planted()
    planted.marker("children.csv postcode")
    planted.look("a message", f"{MARK}0001")
    assert planted.found == []
    planted.look("a message", as_found)
    assert planted.found == ["children.csv postcode found in a message"]
