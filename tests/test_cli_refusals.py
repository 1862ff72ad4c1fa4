"""Broken input through the front door: exit 3, every place named, no traceback, the database as it was."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from db.record import open_record

SMALL = Path(__file__).parent / "data" / "small"


def sub(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace one text in one file; the text must be there, else the test would break nothing."""

    def change(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")

    return change


def add(file: str, row: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").rstrip("\r\n") + f"\n{row}\n", encoding="utf-8", newline="")

    return change


def without(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


CHILD_1 = "C00001,F0001,court,O003,7,"
BROKEN: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "no children.csv": (without("children.csv"), ("children.csv",)),
    "no workers.csv": (without("workers.csv"), ("workers.csv",)),
    "no teams.csv": (without("teams.csv"), ("teams.csv",)),
    "no engagement.toml": (without("engagement.toml"), ("engagement.toml",)),
    "a required column gone": (sub("children.csv", "plan", "plam"), ("children.csv", "column plan")),
    "the same child twice": (add("children.csv", CHILD_1 + ",,HR4 8RN,"), ("children.csv row 26", "child_id")),
    "a child of an unknown worker": (
        sub("children.csv", CHILD_1, "C00001,F0001,court,O999,7,"),
        ("children.csv row 2", "worker_id", "O999"),
    ),
    "a team of an unknown manager": (sub("teams.csv", "M001", "M999"), ("teams.csv row 2", "manager_id", "M999")),
    "a team without a manager": (sub("teams.csv", "M001", ""), ("teams.csv row 2", "manager_id")),
    "a manager who is a social worker": (sub("teams.csv", "M001", "W001"), ("teams.csv row 2", "manager_id")),
    "a worker of an unknown team": (
        sub("workers.csv", "incoming,T01", "incoming,T99"),
        ("workers.csv row 2", "team_id", "T99"),
    ),
    "a plan that is none": (
        sub("children.csv", ",court,O003", ",childprotection,O003"),
        ("children.csv row 2", "column plan", "child_protection"),
    ),
    "a role that is none": (sub("workers.csv", "team_manager", "manager"), ("workers.csv row 2", "column role")),
    "points of a half": (
        sub("children.csv", CHILD_1, "C00001,F0001,court,O003,3.5,"),
        ("children.csv row 2", "column points"),
    ),
    "points of nothing": (
        sub("children.csv", CHILD_1, "C00001,F0001,court,O003,0,"),
        ("children.csv row 2", "column points"),
    ),
    "an American date": (
        sub("workers.csv", "2022-11-14", "11/14/2022"),
        ("workers.csv row 2", "column available_from"),
    ),
    "a day that never was": (
        sub("children.csv", "2023-03-03", "2023-02-30"),
        ("children.csv row 2", "column expected_close_on"),
    ),
    "full time twice": (sub("workers.csv", "T01,1.0", "T01,2.0"), ("workers.csv row 2", "column fte")),
    "go-live before the window": (
        sub("engagement.toml", "go_live = 2022-11-28", "go_live = 2022-11-07"),
        ("engagement.toml", "go_live"),
    ),
    "go-live on a Sunday": (
        sub("engagement.toml", "go_live = 2022-11-28", "go_live = 2022-11-27"),
        ("engagement.toml", "go_live"),
    ),
    "the contract over before it begins": (
        sub("engagement.toml", "2023-03-31", "2022-11-28"),
        ("engagement.toml", "contract_end"),
    ),
    "an unknown key": (
        sub("engagement.toml", "worker_band", "worker_bnad"),
        ("engagement.toml", "worker_bnad", "worker_band"),
    ),
    "toml that is none": (sub("engagement.toml", "[workload]", "[workload"), ("engagement.toml",)),
    "a family named as another child": (
        sub("children.csv", "C00001,F0001", "C00001,C00002"),
        ("children.csv row 2", "family_id", "C00002"),
    ),
    "two always for one child": (
        add("rules.csv", "C00001,W001,always,\nC00001,W002,always,"),
        ("rules.csv row", "C00001"),
    ),
    "always and never of one worker": (
        add("rules.csv", "C00001,W001,always,\nC00001,W001,never,"),
        ("rules.csv row 5", "column rule", "row 4"),
    ),
    "a rule without its worker": (add("rules.csv", "C00001,,never,"), ("rules.csv row 4", "worker_id")),
    "minutes off the slots": (
        add("engagement.toml", "[handover]\nmeeting_minutes = 45"),
        ("engagement.toml", "meeting_minutes"),
    ),
    "an absence that ends before it starts": (
        add("absences.csv", "O001,2022-11-20,2022-11-18,"),
        ("absences.csv row", "end"),
    ),
    "an absence of a date and a date-time": (
        add("absences.csv", "O001,2022-11-20,2022-11-20T12:00,"),
        ("absences.csv row", "end"),
    ),
    "an event of an unknown child": (
        add("events.csv", "C99999,core_group,2022-11-20,,"),
        ("events.csv row", "child_id", "C99999"),
    ),
    "a row too long": (add("teams.csv", "T03,Three,M001,and,more"), ("teams.csv row 4",)),
    "bytes that are no UTF-8": (
        lambda folder: (folder / "teams.csv").write_bytes(b"team_id,name,manager_id\nT01,\xff\xfe,M001\n"),
        ("teams.csv",),
    ),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds `small`; nothing here may change it, so that all share it."""
    path = tmp_path_factory.mktemp("record") / "engagement.db"
    assert run(path, "init", "--plain").exit_code == 0
    assert run(path, "import", str(SMALL)).exit_code == 0
    return path


def run(database: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--db", str(database), *arguments])


def content(database: Path) -> tuple[object, ...]:
    with open_record(database).reading() as store:
        return store.latest(), store.trail(), store.plans()


@pytest.mark.parametrize("name", BROKEN)
def test_broken_input_is_refused_with_its_place_and_changes_nothing(name: str, database: Path, tmp_path: Path) -> None:
    change, places = BROKEN[name]
    folder = tmp_path / "broken"
    shutil.copytree(SMALL, folder)
    change(folder)
    before = content(database)
    result = run(database, "import", str(folder), "--yes")
    assert result.exit_code == 3, result.output
    named = [line for line in result.stderr.splitlines() if all(place in line for place in places)]
    assert named, result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert content(database) == before


def test_every_problem_is_named_at_once_not_the_first_alone(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(SMALL, folder)
    for name in ("a plan that is none", "a team without a manager", "go-live on a Sunday", "full time twice"):
        BROKEN[name][0](folder)
    result = run(database, "import", str(folder), "--json")
    assert result.exit_code == 3
    problems = json.loads(result.stdout)["problems"]
    assert {p["file"] for p in problems} >= {"children.csv", "teams.csv", "engagement.toml", "workers.csv"}


def test_a_path_that_is_not_there_is_refused_in_a_sentence(database: Path, tmp_path: Path) -> None:
    result = run(database, "import", str(tmp_path / "nothing"))
    assert result.exit_code == 3
    assert "does not exist" in result.stderr
