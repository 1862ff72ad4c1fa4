"""Feeds the program what nobody would: broken bytes, odd settings, bent workbooks, any arguments.

`python -m tests.fuzz --minutes 20` goes on for so long, in rounds, each with a seed that is printed when it fails;
`--seed N --rounds 1` repeats that one. Whatever is fed in, no traceback is shown, no fault of the program's own is
met, and the exit code is one of the contract.
"""

import argparse
import io
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from cli import main
from handover.intake import read
from handover.intake.settings_file import KEYS
from handover.intake.tables import TABLES
from tests.intake.files import workbook_sheets, write_workbook
from tests.kills import inside
from tests.leaks import RUNS

SMALL = Path(__file__).parent / "data" / "small"
CODES = {0, 2, 3, 4, 5, 6, 7, 130}
FILES = ("engagement.toml", *(f"{table.name}.csv" for table in TABLES))
ODD_BYTES = (
    *(b"", b"\0", b'"', b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b";", b",", b"=1+1", b"9" * 400, b"\x1b[2J"),
    *(b"2022-02-30", b"0000-00-00", b"9999-12-31", b"24:00", b"-1", b"1e999", b"nan"),
    *(b"[", b"]", b"[[", b'"""', b"'''", "\u202e".encode()),
    *(column.name.encode() for table in TABLES for column in table.columns),
    *(key.name.encode() for key in KEYS),
)
ODD = st.sampled_from(ODD_BYTES)
EDITS = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 60), ODD | st.binary(max_size=20)), max_size=6)
OFTEN = ("--help", "--json", "--as", "asha", "--db", "--plain", "P1", "nowhere", "-1", "0", "--", "", "in", "../in")
TYPED = (*(word for ways in RUNS.values() for way in ways for word in way), *OFTEN)
WORDS = st.sampled_from(TYPED) | st.text(max_size=12)
ENDLESS = {"demo", "plan", "mobilise", "explain"}
"""Commands that may solve, which takes minutes: they are tried elsewhere."""


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """The bytes with pieces replaced."""
    for at, length, new in edits:
        place = at % (len(data) + 1)
        data = data[:place] + new + data[place + length :]
    return data


def run(place: Path, *words: str) -> None:
    """Run a command; it has to end as the contract says."""
    result = CliRunner().invoke(main, ["--db", str(place / "record.db"), *words])
    assert result.exit_code in CODES, (words, result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.output, result.output


def properties(place: Path) -> dict[str, Callable[[], None]]:
    """What is fed in, by name. `place` has the small engagement in `in`, its workbook, and a database."""

    @given(st.sampled_from(FILES), EDITS)
    def files(name: str, edits: list[tuple[int, int, bytes]]) -> None:
        folder = place / "edited"
        shutil.copytree(place / "in", folder)
        try:
            path = folder / name
            path.write_bytes(edited(path.read_bytes() if path.exists() else b"task_id,name,days\n", edits))
            run(place, "import", str(folder), "--dry-run")
        finally:
            shutil.rmtree(folder)

    book = (place / "book.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}

    @given(EDITS)
    def workbook(edits: list[tuple[int, int, bytes]]) -> None:
        (place / "edited.xlsx").write_bytes(edited(book, edits))
        run(place, "import", str(place / "edited.xlsx"), "--dry-run")

    @given(st.sampled_from(sorted(parts)), EDITS)
    def workbook_part(name: str, edits: list[tuple[int, int, bytes]]) -> None:
        with zipfile.ZipFile(place / "edited.xlsx", "w") as archive:
            for part, data in parts.items():
                archive.writestr(part, edited(data, edits) if part == name else data)
        run(place, "import", str(place / "edited.xlsx"), "--dry-run")

    @given(st.sampled_from(sorted(RUNS.keys() - ENDLESS)), st.lists(WORDS, max_size=4))
    def command_line(command: str, words: list[str]) -> None:
        # nothing is written where it would stay: the words name no folder above this one but the input
        safe = [word.replace("/", "").replace("\0", "") for word in words if word != "--db"]
        run(place, *command.split(), *safe)

    return {"files": files, "workbook": workbook, "workbook_part": workbook_part, "command_line": command_line}


def prepared(place: Path) -> Path:
    """A folder with the small engagement, its workbook, and a database of it."""
    shutil.copytree(SMALL, place / "in")
    write_workbook(place / "book.xlsx", workbook_sheets(read(SMALL).engagement))
    run(place, "init", "--plain")
    run(place, "import", str(place / "in"))
    return place


def one_round(place: Path, number: int, examples: int) -> None:
    """Try every property with the seed `number`."""
    for name, prop in properties(place).items():
        quiet = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        try:
            seed(number)(quiet(prop))()
        except BaseException:
            print(f"failed: {name}; again: python -m tests.fuzz --seed {number} --rounds 1", flush=True)
            raise


def main_() -> int:
    """Go on until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rounds", type=int, help="so many, whatever the time")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next one's is one more")
    parser.add_argument("--examples", type=int, default=40, help="of each kind in a round")
    asked = parser.parse_args()
    began = time.monotonic()
    done = 0
    with tempfile.TemporaryDirectory() as folder, inside(Path(folder)):
        place = prepared(Path(folder))
        while done < asked.rounds if asked.rounds else time.monotonic() - began < asked.minutes * 60:
            one_round(place, asked.seed + done, asked.examples)
            done += 1
    minutes = (time.monotonic() - began) / 60
    print(f"{minutes:.1f} minutes without a crash: {done} rounds, seeds {asked.seed} to {asked.seed + done - 1}")
    return 0


if __name__ == "__main__":
    sys.exit(main_())
