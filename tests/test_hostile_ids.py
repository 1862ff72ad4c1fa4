"""Ids that are SQL, formulas, paths or device names go through every command as the plain text they are."""

import csv
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main

SMALL = Path(__file__).parent / "data" / "small"
HOSTILE = {
    "C00001": "'); DROP TABLE child; --",
    "C00002": '=HYPERLINK("http://127.0.0.1:1/?"&A1)',
    "C00003": "../../../C3",
    "F0001": "CON",
    "W001": "W1'; DELETE FROM audit; --",
    "W002": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "W003": "+1|cmd",
    "O003": "%s%n${HOME}`id`",
    "T01": "\"; ATTACH 'x' AS y; --",
    "M001": "C:\\Windows\\..\\x",
}


def hostile(folder: Path) -> Path:
    """The small engagement with hostile ids, and each hostile id as somebody's name too."""
    folder.mkdir()
    shutil.copy(SMALL / "engagement.toml", folder)
    for source in SMALL.glob("*.csv"):
        rows = list(csv.reader(source.open(encoding="utf-8-sig", newline="")))
        for row in rows[1:]:
            named = HOSTILE.get(row[0])
            row[:] = [HOSTILE.get(value, value) for value in row]
            if named and source.name in ("workers.csv", "teams.csv"):
                row[1] = named
        with (folder / source.name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def run(database: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--db", str(database), *arguments])


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database and a plan made from hostile ids."""
    place = tmp_path_factory.mktemp("hostile")
    database = place / "record.db"
    for arguments in (
        ("init", "--plain"),
        ("import", str(hostile(place / "in"))),
        ("import", str(place / "in")),
        ("check",),
        ("plan", "--out", str(place / "out"), "--time-limit", "20"),
        ("verify",),
        ("export", "P0001", "--out", str(place / "again")),
    ):
        result = run(database, *arguments)
        assert result.exit_code in (0, 4), (arguments, result.output)
    return place


def test_every_hostile_id_comes_out_as_it_went_in(planned: Path) -> None:
    text = (planned / "out" / "handover_schedule.csv").read_text("utf-8-sig")
    cells = {cell for row in csv.reader(text.splitlines()) for cell in row}
    meant = {f"'{i}" if i.startswith(("=", "+")) else i for name, i in HOSTILE.items() if name != "M001"}
    assert meant <= cells, meant - cells


def test_no_hostile_id_is_a_formula_in_any_file(planned: Path) -> None:
    for path in (planned / "out").glob("*.csv"):
        for row in csv.reader(path.read_text("utf-8-sig").splitlines()):
            assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in row), path


def test_nothing_is_written_outside_the_folders_asked_for(planned: Path) -> None:
    assert sorted(path.name for path in planned.iterdir()) == ["again", "in", "out", "record.db"]
    names = {path.name for path in (planned / "out").rglob("*")}
    assert names == {path.name for path in (planned / "again").rglob("*")}
    assert len(names) >= 7


@pytest.mark.parametrize("plan", ["P0001'; DROP TABLE plan; --", "../P0001", "%", "P0001\x00", "' OR 1=1 --"])
def test_a_hostile_plan_id_is_no_plan(planned: Path, plan: str) -> None:
    result = run(planned / "record.db", "verify", plan)
    assert result.exit_code == 2, result.output
    assert run(planned / "record.db", "verify").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "P\x1b[2J"),
        ("import", "no\x9b31mfolder"),
        ("explain", "C\x1b]0;x\x07"),
        ("bogus\x1b[2J",),
        ("done", "\u202ex"),
    ],
)
def test_what_an_argument_repeats_cannot_steer_the_terminal(planned: Path, arguments: tuple[str, ...]) -> None:
    result = run(planned / "record.db", *arguments)
    assert result.exit_code in (2, 3), result.output
    assert all(line.isprintable() for line in result.output.split("\n")), result.output
