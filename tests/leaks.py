"""Plants a marker in every text field of every input and looks for it wherever no child's data may be.

`python -m tests.leaks` imports an engagement with a marker of its own in each text column (as `handover.intake.tables`
has them), in the settings, in the passphrase and in a reason of approval; runs every command as it should be run, then
every command with a wrong key, a crash inside, a full disk and unknown ids, and the import with every column broken;
kills an import in the middle; and prints how many markers were found of those planted. Looked at are what is said on
stderr, Python's log, warnings, temporary files, the note of failed unlocks, the encrypted database, its journal and
its backups; and stdout, except where `SHOWS` says that showing it is what the command is for. Ids are meant to be said.
"""

import csv
import logging
import os
import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import click
from click.testing import CliRunner

import cli
from db import keys
from db.store import Store
from handover.intake.settings_file import KEYS
from handover.intake.tables import TABLES, Column, Table
from handover.intake.values import ID, BadValue
from tests.intake.files import write_workbook

SMALL = Path(__file__).parent / "data" / "small"
MARK = "Qzxj"
PASSPHRASE = f"{MARK}9999 plum tractor evening wolf"
REASON = f"{MARK}9998 as agreed with the family"
OF_IDS = {("tasks", "after")}
"""Lists that hold ids."""
ONE_ROW = {("workers", "swe_number"), ("workers", "dbs_number")}
"""Columns whose marker only one person has, who is then not cleared: else nobody would receive cases."""
SHOWS: Mapping[str, str] = {
    "import": "lists what changed in the files",
    "check": "names the people whose checks fail",
    "plan": "names who is not cleared and what a manager has to decide",
    "mobilise": "names the tasks, whom they are for and whom to chase",
    "done": "names the task that is done",
    "explain": "says why, in the words of the rules a manager made",
    "letters": "names the families' languages that have no template",
}
"""Commands whose stdout is not looked at: showing such data, to whom it was entrusted, is what they are for."""
FULL = (
    "import",
    "plan",
    "done",
    "approve",
    "backup",
    "export",
    "letters",
    "template",
    "letter-template",
    "mobilise",
    "forget",
    "purge",
)


def text_columns(table: Table) -> tuple[Column, ...]:
    """The columns of a table that take any text, ids aside."""
    return tuple(c for c in table.columns if c.kind is not ID and takes_text(c) and (table.name, c.name) not in OF_IDS)


def takes_text(column: Column) -> bool:
    """Whether a cell of the column may hold a word."""
    try:
        column.kind.parse(MARK)
    except BadValue:
        return False
    return True


@dataclass
class Planted:
    """Markers by the place where each was planted, and where some were found again."""

    markers: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    looked: int = 0

    def marker(self, place: str) -> str:
        """A marker of its own for the place."""
        return self.markers.setdefault(place, f"{MARK}{len(self.markers):04}")

    def look(self, where: str, data: str | bytes) -> None:
        """Look for any marker in what was said or is left."""
        self.looked += 1
        raw = data.encode() if isinstance(data, str) else data
        low = raw.lower()
        for place, marker in self.markers.items():
            kinds = (marker.encode(), marker.encode("utf-16-le"), marker.encode().hex().encode())
            if any(kind.lower() in low for kind in kinds):
                self.found.append(f"{place} found in {where}")


def rows_of(table: Table) -> list[dict[str, str]]:
    """The small engagement's rows, with every column there is; two tasks, of which it has none."""
    if table.name == "tasks":
        blank = dict.fromkeys(table.column_names, "")
        return [
            blank | {"task_id": "K1", "name": "Laptop", "subject": "W001", "days": "1"},
            blank | {"task_id": "K2", "name": "Induction", "subject": "W001", "days": "1", "after": "K1"},
        ]
    with (SMALL / f"{table.name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return [dict.fromkeys(table.column_names, "") | row for row in csv.DictReader(file)]


def plant(folder: Path, planted: Planted) -> Path:
    """The small engagement, a marker in every text field."""
    shutil.copytree(SMALL, folder)
    for table in TABLES:
        rows = rows_of(table)
        for column in text_columns(table):
            marker = planted.marker(f"{table.name}.csv {column.name}")
            last = len(rows) - 1 if (table.name, column.name) not in ONE_ROW else len(rows)
            for row in rows[:1] if (table.name, column.name) in ONE_ROW else rows[: last + 1]:
                row[column.name] = "; ".join(filter(None, (row[column.name], marker)))
        if table.name == "workers":
            needed = planted.marker("children.csv needs")
            for row in rows:
                row["skills"] += f"; {needed}"
        write(folder / f"{table.name}.csv", table, rows)
    settings = folder / "engagement.toml"
    text = settings.read_text("utf-8")
    settings.write_text(
        text.replace("Court teams", f"Court teams {planted.marker('engagement.toml name')}", 1), "utf-8"
    )
    return folder


def write(path: Path, table: Table, rows: Sequence[Mapping[str, str]]) -> None:
    """Rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table.column_names)
        writer.writeheader()
        writer.writerows(rows)


def commands(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command of the program, by its words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name)


RUNS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "init": ((),),
    "import": (("in", "--dry-run"), ("in",), ("changed", "--json")),
    "check": ((), ("--json",)),
    "plan": (("--time-limit", "20", "--out", "out"),),
    "mobilise": (("--time-limit", "1", "--out", "tasks"),),
    "done": (("K1", "--on", "2022-11-15"), ("K1", "--undo")),
    "plans": ((), ("--json",)),
    "verify": ((), ("--json",)),
    "letter-template": (("--out", "template"),),
    "letters": (("--out", "letters"), ("--out", "letters-hidden", "--pseudonyms")),
    "explain": (("C00001", "--quick"), ("W001", "--quick")),
    "export": tuple(("P0001", "--out", f"out-{kind}", "--format", kind) for kind in ("csv", "xlsx", "html", "ics")),
    "who": (("X7K3-M9QT-X2WP",),),
    "approve": (("P0001", "--reason", REASON),),
    "audit list": ((), ("--json",)),
    "audit verify": ((),),
    "backup": (("copy.db",),),
    "restore": (("copy.db",),),
    "rekey": ((),),
    "forget": (("C00001", "--yes"),),
    "purge": (("--before", "2022-01-01", "--yes"),),
    "template": (("--out", "empty"),),
    "demo": (("--children", "3", "--out", "invented"),),
}
"""How each command is run, in this order; a command that is not here is missed by `uncovered`."""
REFUSED = {"who": 2}
"""What is refused as it is run here: there is no such pseudonym."""
UNKNOWN: Mapping[str, tuple[str, ...]] = {
    "verify": ("P9999",),
    "export": ("P9999", "--out", "x"),
    "letters": ("P9999", "--out", "x"),
    "explain": ("C99999",),
    "done": ("K99",),
    "approve": ("P9999",),
    "import": ("nowhere",),
    "restore": ("nowhere.db",),
    "audit verify": ("7-0123456789abcdef0123",),
}


def uncovered() -> set[str]:
    """Commands that are run here in no way."""
    return {" ".join(words) for words in commands(cli.main)} ^ RUNS.keys()


class Said(logging.Handler):
    """Whatever is logged, with its trace."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter("%(name)s %(message)s").format(record))


WRITTEN: list[str] = []
"""Files opened to be written, as Python's own audit events tell."""


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and len(arguments) == 3 and isinstance(arguments[0], str | bytes | os.PathLike):
        mode, flags = arguments[1], arguments[2]
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
            WRITTEN.append(os.fsdecode(arguments[0]))


@dataclass
class House:
    """A folder to work in, with what is typed where a passphrase is asked for, and a folder for temporary files."""

    place: Path
    temporary: Path
    planted: Planted
    typed: str = PASSPHRASE

    def run(self, what: str, *words: str, code: int | None = 0) -> str:
        """Run a command, look at all it said and left, and give its stdout. `code`: what it has to end with."""
        command = what.split()
        said, errors = Said(), self.place / ".said"
        logging.getLogger().addHandler(said)
        WRITTEN.clear()
        with warnings.catch_warnings(record=True) as warned, past_python(errors):
            warnings.simplefilter("always")
            result = CliRunner().invoke(cli.main, ["--db", "record.db", *command, *words])
        logging.getLogger().removeHandler(said)
        shown = f"`{what}` ({words[0] if words else ''})"
        assert code is None or result.exit_code == code, (what, words, result.exit_code, result.output)
        assert "Traceback" not in result.output, result.output
        self.planted.look(f"stderr of {shown}", result.stderr)
        if what not in SHOWS or result.exit_code not in (0, 4):
            self.planted.look(f"stdout of {shown}", result.stdout)
        self.planted.look(f"the log of {shown}", "\n".join(said.lines))
        self.planted.look(f"warnings of {shown}", "\n".join(str(w.message) for w in warned))
        self.planted.look(f"what passed by Python in {shown}", errors.read_bytes())
        left = [p for p in WRITTEN if Path(p).is_relative_to(self.temporary)] + list(self.temporary.iterdir())
        self.planted.found += [f"a temporary file was written by {shown}: {path}" for path in left]
        self.at_rest(shown)
        return result.stdout

    def at_rest(self, after: str) -> None:
        """Look at the encrypted database, its journal, its note of failed unlocks and its backups."""
        for path in [*self.place.glob("record.db*"), *self.place.glob("copy*.db*")]:
            for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
                self.planted.look(f"{file.relative_to(self.place)} after {after}", file.read_bytes())


@contextmanager
def past_python(into: Path) -> Iterator[None]:
    """What libraries write to stdout and stderr past Python goes into a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with into.open("wb") as file:
        try:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
            yield
        finally:
            for number, before in zip((1, 2), kept, strict=True):
                os.dup2(before, number)
                os.close(before)


@contextmanager
def at_work(place: Path, planted: Planted) -> Iterator[House]:
    """A folder with input in it to work in, a passphrase typed by itself, temporary files watched."""
    temporary = place / "temporary"
    house = House(place, temporary, planted)
    here = Path.cwd()
    place.mkdir()
    temporary.mkdir()
    plant(place / "in", planted)
    shutil.copytree(place / "in", place / "changed")
    rules = place / "changed" / "rules.csv"
    rules.write_text(rules.read_text("utf-8").replace("knows", "never"), "utf-8")
    planted.markers["the passphrase"] = PASSPHRASE[: len(MARK) + 4]
    planted.markers["the reason of an approval"] = REASON[: len(MARK) + 4]
    with ExitStack() as stack:
        stack.enter_context(patch.object(cli, "_ask", lambda _: house.typed))
        stack.enter_context(patch.object(keys, "ITERATIONS", 1000))  # a passphrase opens in no time
        stack.enter_context(patch.dict(os.environ, {"TMPDIR": str(temporary), "NO_COLOR": "1"}))
        stack.enter_context(patch.object(tempfile, "tempdir", str(temporary)))
        os.chdir(place)
        try:
            yield house
        finally:
            os.chdir(here)


def everything_right(house: House) -> None:
    """Every command as it should be."""
    for command, ways in RUNS.items():
        for words in ways:
            house.run(command, *words, code=REFUSED.get(command, 0))


def wrong_key(house: House) -> None:
    """Every command with another passphrase than the database's."""
    house.typed = "another passphrase altogether"
    for command in RUNS.keys() - {"init", "template", "letter-template", "demo"}:
        house.run(command, *RUNS[command][0], code=6)
    house.typed = PASSPHRASE


def unknown_ids(house: House) -> None:
    """Ids that nobody has."""
    for command, words in UNKNOWN.items():
        house.run(command, *words, code=None)


def crashes(house: House) -> None:
    """Every command with a fault inside that says all it knows: at its own work, and at the database."""
    everything = " ".join(house.planted.markers.values())

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError(everything) from KeyError(everything)

    for words in commands(cli.main):
        group: click.Command = cli.main
        for word in words:
            assert isinstance(group, click.Group)
            group = group.commands[word]
        with patch.object(group, "callback", crash):
            house.run(" ".join(words), *RUNS[" ".join(words)][0], code=1)
    for where in ("audit", "trail", "latest"):
        with patch.object(Store, where, crash):
            for command in ("import", "check", "plans", "approve", "audit list"):
                house.run(command, *RUNS[command][0], code=None)
    real = Store.audit

    def refused_by_the_database(store: Store, what: str, *rest: object) -> None:
        real(store, what, *rest)  # type: ignore[arg-type]
        store._connection.exec_driver_sql("INSERT INTO audit (entry, what) VALUES (1, ?)", (everything,))

    with patch.object(Store, "audit", refused_by_the_database):
        house.run("done", *RUNS["done"][0], code=1)


def full_disk(house: House) -> None:
    """Every writing command where no file may grow: what a full disk is, but for the name of the error."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for command in FULL:
        words = tuple("full" if word in ("out", "tasks", "letters", "copy.db") else word for word in RUNS[command][-1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            house.run(command, *words, code=None)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


def broken_inputs(house: House) -> None:
    """Every column of every table filled with what it cannot take, each way a file can be broken, as files and as a
    workbook."""
    sheets: dict[str, list[list[str]]] = {}
    for table in TABLES:
        rows = rows_of(table)
        for column in table.columns:
            marker = house.planted.marker(f"{table.name}.csv {column.name}, broken")
            value = marker if not takes_text(column) else f"{marker}\x1b"
            if column.kind is ID or (table.name, column.name) in OF_IDS:
                continue  # an id is meant to be named
            with changed(house, f"{table.name}.csv") as file:
                write(file, table, [rows[0] | {column.name: value}, *rows[1:]])
                house.run("import", "in", "--yes", code=3)
            sheets.setdefault(table.name, [list(table.column_names), *(list(row.values()) for row in rows)])
            sheets[table.name][1][table.column_names.index(column.name)] = marker
        ragged = ",".join([house.planted.marker(f"{table.name}.csv, a row too long")] * 40)
        for text in (f"{','.join(table.column_names)}\n{ragged}\n", f"{ragged}\n", f'"{ragged}\n', f"{ragged}\xff\n"):
            with changed(house, f"{table.name}.csv") as file:
                file.write_bytes(text.encode("latin-1"))
                house.run("import", "in", "--yes", code=3)
    marker = house.planted.marker("engagement.toml, broken")
    for key in KEYS:
        if key.name == "name":
            continue
        with changed(house, "engagement.toml") as file:
            given = f'"{marker}"' if not key.many else f'["{marker}"]'
            file.write_text(f'name = "x"\n{key.name} = {given}\n', "utf-8")
            house.run("import", "in", "--yes", code=3)
    for text in (f'name = "{marker}', f"name = {marker}", f'name = "{marker}"\nname = "{marker}"', f"[{marker}"):
        with changed(house, "engagement.toml") as file:
            file.write_text(text, "utf-8")
            house.run("import", "in", "--yes", code=3)
    sheets["engagement"] = [["key", "value"], ["", marker], ["go_live", marker]]
    write_workbook(house.place / "broken.xlsx", sheets)
    house.run("import", "broken.xlsx", code=3)
    (house.place / "broken.xlsx").write_bytes(marker.encode() * 100)
    house.run("import", "broken.xlsx", code=3)


@contextmanager
def changed(house: House, name: str) -> Iterator[Path]:
    """One file of the input, to be broken; afterwards as it was."""
    path = house.place / "in" / name
    before = path.read_bytes()
    try:
        yield path
    finally:
        path.write_bytes(before)


def killed(house: House) -> None:
    """An import killed before the end of its transaction, so that a journal is left, and the command after it."""
    number = os.fork()
    if not number:
        with patch.object(Store, "audit", lambda *_: os.kill(os.getpid(), signal.SIGKILL)):
            CliRunner().invoke(cli.main, ["--db", "record.db", "import", "in", "--yes"])
        os._exit(0)
    assert os.waitpid(number, 0)[1] == signal.SIGKILL
    journal = house.place / "record.db-journal"
    assert journal.stat().st_size > 0
    house.at_rest("a kill in the middle of an import")
    house.run("audit verify")
    house.run("import", "in", "--yes")
    assert not journal.exists()


WAYS: tuple[Callable[[House], None], ...] = (
    everything_right,
    wrong_key,
    unknown_ids,
    crashes,
    full_disk,
    broken_inputs,
    killed,
)


def leaks(place: Path, ways: Sequence[Callable[[House], None]] = WAYS) -> Planted:
    """Plant everything, do everything, and give what was found where it may not be."""
    planted = Planted()
    sys.addaudithook(_hear)
    with at_work(place, planted) as house:
        for way in ways:
            way(house)
    return planted


def main_() -> int:
    """Print how many markers leaked of those planted."""
    with tempfile.TemporaryDirectory() as folder:
        planted = leaks(Path(folder) / "house")
    print(*dict.fromkeys(planted.found), sep="\n", end="\n" if planted.found else "")
    print(f"{planted.looked} places looked at after {len(RUNS)} commands run in every way")
    leaked = {line.partition(" found in ")[0] for line in planted.found}
    print(f"{len(leaked)} of {len(planted.markers)} markers leaked")
    return 1 if planted.found or uncovered() else 0


if __name__ == "__main__":
    sys.exit(main_())
