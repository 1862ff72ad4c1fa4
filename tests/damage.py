"""Damages databases and their journals, and looks at whether it is noticed.

`python -m tests.damage` cuts databases (encrypted and plain) off at random places, flips a bit in them, blanks a part
of them, and does the same to the journal that a killed command leaves; and prints what became of each. A damaged file
is to be refused in one sentence with exit code 6, found out by `audit verify` (exit code 7), or harmless: everything
in it, read back, is as it was.
"""

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner

from cli import main
from db.engine import connect
from db.keys import KEY_FILE, Secret
from db.record import create, open_record
from tests.db.conftest import a_plan, everything

KEY = "0123456789abcdef" * 4
SECRET = Secret(KEY_FILE, KEY.encode())
Damage = Callable[[bytes, random.Random], bytes]


def cut(data: bytes, chance: random.Random) -> bytes:
    """The file cut off."""
    return data[: chance.randrange(len(data))]


def flip(data: bytes, chance: random.Random) -> bytes:
    """One bit the other way."""
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def blank(data: bytes, chance: random.Random) -> bytes:
    """A sector of nothing."""
    at = chance.randrange(0, len(data), 512)
    return data[:at] + bytes(len(data[at : at + 512])) + data[at + 512 :]


KINDS: tuple[Damage, ...] = (cut, flip, blank)


def made(folder: Path, *, plain: bool) -> Path:
    """A database with a row of every kind in it."""
    path = folder / "record.db"
    folder.mkdir()
    (folder / "key").write_text(KEY, encoding="ascii")
    (folder / "key").chmod(0o600)
    create(path, None if plain else lambda: SECRET)
    with open_record(path, lambda _: SECRET).writing() as store:
        store.add_engagement(everything(), "folder")
        store.approve(store.add_plan(a_plan(everything())), "yes")
    return path


def leave_journal(path: Path, into: Path) -> None:
    """Copy the database and its journal out of the middle of a transaction that empties every table."""
    record = open_record(path, lambda _: SECRET)
    with closing(connect(path, record.key)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # pages go to the disk before the end
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("BEGIN IMMEDIATE")
        names = connection.execute("SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        for kind in ("trigger", "table"):
            for name in [name for sort, name in names if sort == kind]:
                connection.execute(f"DROP TRIGGER {name}" if kind == "trigger" else f"DELETE FROM {name}")
        into.mkdir()
        for name in (path.name, f"{path.name}-journal", "key"):
            shutil.copy(path.with_name(name), into / name)
        connection.execute("ROLLBACK")


def content(path: Path) -> object:
    """Everything the database holds."""
    with open_record(path, lambda _: SECRET).reading() as store:
        plans = tuple((line, store.plan(line.plan_id)) for line in store.plans())
        return store.latest(), plans, store.trail(), store.progress()


def judged(path: Path, before: object, *, plain: bool) -> str:
    """What became of a damaged database: "refused", "found out", "harmless", or else what is wrong."""
    keys = [] if plain else ["--key-file", str(path.with_name("key"))]
    for command in (["audit", "verify"], ["audit", "list"], ["plans"], ["check"]):
        result = CliRunner().invoke(main, ["--db", str(path), *keys, *command])
        said = [line for line in result.stderr.splitlines() if not line.startswith("Not encrypted")]
        if "Traceback" in result.output or "A fault in handover itself" in result.output:
            return f"`{command}` fell over: {result.output}"
        if result.exit_code == 6:
            return "refused" if len(said) == 1 and not result.stdout else f"refused with noise: {result.output}"
        if command[0] == "audit" and result.exit_code == 7:
            return "found out"
    try:
        return "harmless" if content(path) == before else "something else is read, and nobody noticed"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is wrong
        return f"reading it ends in {type(error).__name__}: {error}"


GOOD = ("refused", "found out", "harmless")


def damage(count: int, seed: int, place: Path) -> tuple[Counter[str], list[str]]:
    """Damage `count` files of each kind; how many met which end, and what went wrong with its seed."""
    ends: Counter[str] = Counter()
    wrong = []
    for plain in (False, True):
        path = made(place / f"whole-{plain}", plain=plain)
        before = content(path)
        leave_journal(path, place / f"killed-{plain}")
        whole = place / "unharmed"
        shutil.copytree(place / f"killed-{plain}", whole)
        assert (whole / "record.db").read_bytes() != path.read_bytes(), "the killed command wrote nothing"
        assert judged(whole / "record.db", before, plain=plain) == "harmless"
        shutil.rmtree(whole)
        for target, folder in (("record.db", path.parent), ("record.db-journal", place / f"killed-{plain}")):
            for kind in KINDS:
                for number in range(seed, seed + count):
                    trial = place / "trial"
                    shutil.copytree(folder, trial)
                    file = trial / target
                    file.write_bytes(kind(file.read_bytes(), random.Random(number)))
                    end = judged(trial / "record.db", before, plain=plain)
                    shutil.rmtree(trial)
                    name = f"{'plain' if plain else 'encrypted'} {target.removeprefix('record.')}, {kind.__name__}"
                    ends[f"{name}: {end if end in GOOD else 'wrong'}"] += 1
                    if end not in GOOD:
                        wrong.append(f"{name} (seed {number}): {end}")
    return ends, wrong


def main_() -> int:
    """Damage everything; print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="files damaged of each kind")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ends, wrong = damage(asked.count, asked.seed, Path(folder))
    print(*(f"{name}: {number}" for name, number in sorted(ends.items())), *wrong, sep="\n")
    tried = sum(ends.values())
    noticed = {end: sum(n for name, n in ends.items() if name.endswith(end)) for end in GOOD}
    print(*(f"{number} {end}" for end, number in noticed.items()), sep=", ")
    print(f"{tried - len(wrong)} of {tried} damaged files refused, found out or harmless")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main_())
