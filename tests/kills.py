"""Kills commands at every write and at random instants, and looks at what is left.

`python -m tests.kills` kills each writing command at each of its writes (`--most` at most, evenly spread) and at random
instants (`--random` of them), on an encrypted and on a plain database, and prints how many were survived. To survive
is: the database opens, passes its own check and the trail's, and holds what was there before or what the whole command
leaves; an export is whole, absent, or what was there before once anything is written to the folder again; and the
command, run again, succeeds. Linux only: a write is what the kernel says is one (ptrace), whoever makes it.
"""

import argparse
import ctypes
import os
import platform
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from click.testing import CliRunner

from cli import main
from db.keys import is_encrypted
from db.record import open_record
from handover.actions import planning
from handover.actions.unlocking import Keys
from handover.engagement import Engagement, Rule, Task
from handover.outputs.atomic import UNFINISHED, replace_files
from handover.outputs.engagement_files import write_engagement
from handover.plan import Plan
from handover.synthetic import synthetic

WRITES: Mapping[str, tuple[frozenset[int], int]] = {
    "x86_64": (
        frozenset({1, 18, 20, 74, 75, 76, 77, 82, 83, 84, 86, 87, 88, 90, 91, 258, 263, 264, 265, 266, 285, 296, 316}),
        257,
    ),
    "aarch64": (frozenset({33, 34, 35, 36, 37, 38, 46, 47, 52, 53, 64, 66, 68, 82, 83, 276}), 56),
}
"""The system calls that write, cut, name, move or flush, and the one that may make a file (`openat`)."""
TRACE_ME, SYSCALL, SET_OPTIONS, SYSCALL_INFO = 0, 24, 0x4200, 0x420E
OPTIONS = 0x100001  # mark stops at system calls; end the child with its parent
ENTRY = 1
WALL = 0x40000000
KEY = "key"


@dataclass(frozen=True)
class Scenario:
    """A writing command, and the steps that come before it. `out`: the folder it writes files into. `once`: what it
    makes, where it refuses to make it a second time. `again`: how it may end when it is run again."""

    name: str
    before: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    out: str = ""
    once: str = ""
    again: tuple[int, ...] = (0,)


INIT, IMPORT, PLAN = ("init",), ("import", "in"), ("plan", "--time-limit", "20")
BACKUP = ("backup", "copy.db")
TODAY = date.fromordinal(datetime.now(UTC).toordinal() + 1).isoformat()
"""The day before which all is that was made until now."""
EXPORT = ("export", "P0001", "--out", "out")
SCENARIOS = (
    Scenario("init", (), INIT, once="record.db"),
    Scenario("import", (INIT,), IMPORT),
    Scenario("import again", (INIT, IMPORT, PLAN), ("import", "changed", "--yes")),
    Scenario("plan", (INIT, IMPORT), (*PLAN, "--out", "out"), "out"),
    Scenario("plan again", (INIT, IMPORT, (*PLAN, "--out", "out")), (*PLAN, "--seed", "1", "--out", "out"), "out"),
    Scenario("verify", (INIT, IMPORT, PLAN), ("verify",)),
    Scenario("export", (INIT, IMPORT, PLAN), EXPORT, "out"),
    Scenario(
        "export again", (INIT, IMPORT, PLAN, EXPORT, (*PLAN, "--seed", "1")), ("export", "P0002", *EXPORT[2:]), "out"
    ),
    Scenario("letters", (INIT, IMPORT, PLAN), ("letters", "--out", "out"), "out"),
    Scenario("override", (INIT, IMPORT, PLAN), ("import", "overridden")),
    Scenario("approve", (INIT, IMPORT, PLAN), ("approve", "P0001", "--reason", "agreed")),
    Scenario("done", (INIT, IMPORT), ("done", "first")),
    Scenario("backup", (INIT, IMPORT, PLAN), BACKUP, once="copy.db"),
    Scenario("restore", (INIT, IMPORT, BACKUP, PLAN), ("restore", "copy.db")),
    Scenario("rekey", (INIT, IMPORT, PLAN), ("rekey", "--new-key-file", KEY)),
    Scenario("forget", (INIT, IMPORT, PLAN), ("forget", "C00001", "--yes", "--delete-backups"), again=(0, 2)),
    Scenario(
        "purge", (INIT, IMPORT, PLAN, ("import", "changed", "--yes"), PLAN), ("purge", "--before", TODAY, "--yes")
    ),
    Scenario("template", (), ("template", "--out", "out"), "out", once="out"),
)


def input_files(folder: Path) -> None:
    """`in`: twelve invented children; `changed`: the same engagement with another child's points; `overridden`: with a
    rule that takes a decision from the planner. And a key."""
    made = replace(synthetic(12, 1, seed=3), tasks=(Task("first", "Order laptops"),))
    first, *others = made.children
    key = folder / KEY
    key.write_text(f"{secrets.token_hex(32)}\n", encoding="ascii")
    key.chmod(0o600)
    rule = Rule(first.child_id, made.workers[0].worker_id, "never", "a relation")
    write_engagement(replace(made, rules=(*made.rules, rule)), folder / "overridden")
    write_engagement(made, folder / "in")
    write_engagement(replace(made, children=(replace(first, points=3), *others)), folder / "changed")


def arguments(command: tuple[str, ...], *, plain: bool) -> list[str]:
    """The command as it is given to the program."""
    key = ["--key-file", KEY]
    if command == INIT:
        return ["--db", "record.db", "init", *(["--plain"] if plain else key)]
    return ["--db", "record.db", *(key if is_encrypted(Path("record.db")) else []), *command]


def run(command: tuple[str, ...], *, plain: bool) -> int:
    """Run a command in this process, in the folder at hand; its exit code."""
    return CliRunner().invoke(main, arguments(command, plain=plain)).exit_code


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def solved_once() -> Iterator[None]:
    """The solver, which writes nothing, solves each problem once and remembers: a kill is not to wait for it."""
    real, known = planning.make_plan, {}

    def make_plan(engagement: object, limits: object, watch: object) -> object:
        key = (engagement.input_sha256, limits.seed)
        if key not in known:
            known[key] = real(engagement, limits, watch)
        return known[key]

    planning.make_plan = make_plan
    try:
        yield
    finally:
        planning.make_plan = real


# what is left


Line = tuple[int, str, str | None, str | None]
Held = tuple[Engagement | None, list[Plan], list[Line]]


def held(folder: Path) -> Held | None:
    """What the database holds, times aside; None where there is none yet. Raises whatever a damaged one raises."""
    path = folder / "record.db"
    journal = path.with_name("record.db-journal")
    if not path.exists() or (path.stat().st_size == 0 and not journal.exists()):
        return None
    record = open_record(path, Keys(ask=lambda _: "", key_file=folder / KEY).unlock)
    with record.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    with record.reading() as store:
        latest = store.latest()
        plans = [replace(store.plan(line.plan_id), made_at=None, seconds=0, levels=()) for line in store.plans()]
        assert store.trail_fault() is None
        trail = [(row.entry, row.what, row.input_sha256, row.plan_id) for row in store.trail()]
    return latest and latest.engagement, plans, trail


def files_in(folder: Path) -> dict[str, bytes] | None:
    """The files in a folder of outputs; `plan.json` by its name alone, since it has times in it."""
    if not folder.exists():
        return None
    return {p.name: b"" if p.name == "plan.json" else p.read_bytes() for p in folder.iterdir() if p.is_file()}


@dataclass(frozen=True)
class Trial:
    """A scenario made ready: the folder before it, and what is there before and after the whole command."""

    scenario: Scenario
    plain: bool
    folder: Path
    before: tuple[Held | None, object]
    after: tuple[Held | None, object]

    def judge(self, folder: Path, told: Callable[[Held | None], Held | None] = lambda record: record) -> str:
        """What is wrong with what a kill left in the folder; nothing: "". `told` takes from what the database holds
        what a command may say of its own failure."""
        try:
            if self.scenario.command == INIT and not opens(folder):
                for name in ("record.db", "record.db-journal"):
                    (folder / name).unlink(missing_ok=True)  # as the message says
            record = told(held(folder))
            if record not in (self.before[0], self.after[0]):
                return "the database holds neither what was before nor what comes after"
            return self._judge_files(folder, record) or self._judge_again(folder)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is wrong
            return f"{type(error).__name__}: {error}"

    def _judge_files(self, folder: Path, record: object) -> str:
        if not self.scenario.out:
            return ""
        out = folder / self.scenario.out
        if (out / UNFINISHED).exists():
            replace_files(out, {"another.txt": b""})
            (out / "another.txt").unlink()
            if files_in(out) != self.before[1]:
                return "what was in the folder before did not come back"
        files = files_in(out)
        if files not in (self.before[1], self.after[1]):
            return f"the files are neither those before nor those after: {sorted(files or ())}"
        if files == self.after[1] != self.before[1] and record != self.after[0]:
            return "files were written, and the trail does not say so"
        return ""

    def _judge_again(self, folder: Path) -> str:
        if self.scenario.once and (folder / self.scenario.once).exists():
            return ""  # done already, and refuses to be done twice
        with inside(folder):
            code = run(self.scenario.command, plain=self.plain)
        return "" if code in self.scenario.again else f"run again, it ends with exit code {code}"


def opens(folder: Path) -> bool:
    """Whether an `init` was finished."""
    try:
        return held(folder) is not None
    except Exception:  # noqa: BLE001 - a half-made file may be refused in any way
        return False


def trial(scenario: Scenario, place: Path, *, plain: bool) -> Trial:
    """Make a scenario ready in a folder of its own, and run it whole once on a copy."""
    start, whole = place / "start", place / "whole"
    start.mkdir(parents=True)
    input_files(start)
    with inside(start):
        for command in scenario.before:
            assert run(command, plain=plain) == 0, command
    shutil.copytree(start, whole)
    with inside(whole):
        assert run(scenario.command, plain=plain) == 0, scenario.name

    def state(folder: Path) -> tuple[Held | None, object]:
        files = files_in(folder / scenario.out) if scenario.out else None
        return held(folder), files

    return Trial(scenario, plain, start, state(start), state(whole))


# killing


def child(made: Trial, folder: Path, *, traced: bool) -> int:
    """Start the command in a process of its own; its number. Traced: it waits to be let go."""
    number = os.fork()
    if number:
        return number
    try:
        os.chdir(folder)
        if traced:
            LIBC.ptrace(TRACE_ME, 0, None, None)
            os.kill(os.getpid(), signal.SIGSTOP)
        run(made.scenario.command, plain=made.plain)
    finally:
        os._exit(0)


LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
LIBC.ptrace.restype = ctypes.c_long


def writes(number: int, last: int | None) -> int:
    """Let a traced child go on, and count its writes; kill it where it is about to do number `last`."""
    calls, opening = WRITES[platform.machine()]
    info = (ctypes.c_uint64 * 12)()
    os.waitpid(number, WALL)
    LIBC.ptrace(SET_OPTIONS, number, None, OPTIONS)
    count, deliver = 0, 0
    while True:
        LIBC.ptrace(SYSCALL, number, None, deliver)
        _, status = os.waitpid(number, WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            return count
        stopped = os.WSTOPSIG(status)
        deliver = 0 if stopped in (signal.SIGTRAP, signal.SIGTRAP | 0x80) else stopped
        if stopped != signal.SIGTRAP | 0x80:
            continue
        LIBC.ptrace(SYSCALL_INFO, number, ctypes.sizeof(info), ctypes.addressof(info))
        if info[0] & 0xFF != ENTRY or not (info[3] in calls or (info[3] == opening and info[6] & os.O_CREAT)):
            continue
        count += 1
        if count == last:
            os.kill(number, signal.SIGKILL)


def can_trace() -> bool:
    """Whether this system lets a process watch its own child."""
    if sys.platform != "linux" or platform.machine() not in WRITES:
        return False
    number = os.fork()
    if not number:
        failed = LIBC.ptrace(TRACE_ME, 0, None, None)
        os._exit(1 if failed else 0)
    return os.waitpid(number, 0)[1] == 0


def kill_at(made: Trial, place: Path, at: int) -> str:
    """Kill the command at its write number `at`; what is wrong afterwards."""
    return _killed(made, place, lambda number: writes(number, at), traced=True)


def kill_after(made: Trial, place: Path, seconds: float) -> str:
    """Kill the command so many seconds after its start; what is wrong afterwards."""

    def wait(number: int) -> None:
        time.sleep(seconds)
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)

    return _killed(made, place, wait, traced=False)


def _killed(made: Trial, place: Path, how: Callable[[int], object], *, traced: bool) -> str:
    folder = place / "trial"
    shutil.copytree(made.folder, folder)
    try:
        how(child(made, folder, traced=traced))
        return made.judge(folder)
    finally:
        shutil.rmtree(folder)


def all_writes(made: Trial, place: Path) -> int:
    """How many writes the whole command makes."""
    found = 0

    def count(number: int) -> None:
        nonlocal found
        found = writes(number, None)

    assert _killed(made, place, count, traced=True) == ""
    return found


def seconds_of(made: Trial, place: Path) -> float:
    """How long the whole command takes."""
    began = time.monotonic()
    _killed(made, place, lambda number: os.waitpid(number, 0), traced=False)
    return time.monotonic() - began


def spread(count: int, most: int) -> list[int]:
    """The numbers from 1 to `count`, or `most` of them, evenly spread."""
    step = max(1.0, count / most)
    return sorted({min(count, round(1 + n * step)) for n in range(min(count, most))})


def main_() -> int:
    """Kill everything; print what was survived of what was tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=60, help="kills at writes of one command on one database")
    parser.add_argument("--random", type=int, default=8, help="kills at random instants, likewise")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="scenarios whose name has this in it")
    parser.add_argument("--kind", choices=("encrypted", "plain"), help="of database; both unless given")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    tried = lost = 0
    with tempfile.TemporaryDirectory() as temporary, solved_once():
        for plain in (False, True) if asked.kind is None else (asked.kind == "plain",):
            for scenario in (s for s in SCENARIOS if asked.only in s.name):
                place = Path(temporary) / f"{scenario.name}-{plain}"
                made = trial(scenario, place, plain=plain)
                count, length = all_writes(made, place), seconds_of(made, place)
                wrong = [(f"at write {n}", kill_at(made, place, n)) for n in spread(count, asked.most)]
                instants = sorted(chance.uniform(0, length) for _ in range(asked.random))
                wrong += [(f"after {s * 1000:.0f} ms", kill_after(made, place, s)) for s in instants]
                bad = [f"    {when}: {what}" for when, what in wrong if what]
                tried, lost = tried + len(wrong), lost + len(bad)
                kind = "plain" if plain else "encrypted"
                print(f"{scenario.name} ({kind}, {count} writes): {len(wrong) - len(bad)} of {len(wrong)} survived")
                print("\n".join(bad), end="\n" if bad else "", flush=True)
    print(f"{tried - lost} of {tried} kills survived")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main_())
