"""Runs every writing command where there is no room, and looks at what is left.

`python -m tests.full` tries each with several amounts of room: on a small file system of its own (a tmpfs, where the
system lets us mount one), and with a limit on how large a file may grow, which needs no right. To survive is: the
command says in a sentence that it could not write and ends with a code of the contract, or is done; nothing that was
there is lost; and the command, run again with room, succeeds (as `tests.kills` judges). A command whose file found no
room may have told so: its line of the trail is then followed by one that says it failed.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from cli import main
from tests.kills import SCENARIOS, Held, Trial, arguments, inside, solved_once, trial

ROOMS = (0, 4, 16, 48, 96, 160, 240)
"""Kilobytes."""
SIZE = "16m"
CODES = {0, 2, 6}
"""Done, or refused: the files, or the database."""


@contextmanager
def filled(folder: Path, room: int) -> Iterator[None]:
    """A file system with so many kilobytes left."""
    filler = folder.parent / "filler"
    with filler.open("wb", buffering=0) as file:
        found = os.statvfs(folder)
        size = max(0, found.f_bavail * found.f_frsize - room * 1024)
        os.posix_fallocate(file.fileno(), 0, max(1, size))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def limited(_: Path, room: int) -> Iterator[None]:
    """No file may grow beyond so many kilobytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room * 1024, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def without_room(made: Trial, place: Path, room: int, *, small: bool) -> str:
    """Run the command with so many kilobytes of room; what is wrong afterwards."""
    folder = place / "trial"
    shutil.copytree(made.folder, folder)
    try:
        with inside(folder), (filled if small else limited)(folder, room):
            result = CliRunner().invoke(main, arguments(made.scenario.command, plain=made.plain))
        if result.exit_code not in CODES or "Traceback" in result.output:
            return f"exit code {result.exit_code}: {result.output}"
        if result.exit_code and not result.stderr.strip():
            return "nothing is said"
        return made.judge(folder, told_failure)
    finally:
        shutil.rmtree(folder)


def told_failure(record: Held | None) -> Held | None:
    """What the database holds, less a last line that says the line before it failed."""
    if record is None:
        return None
    latest, plans, trail = record
    *before, last = trail
    if before and last[1] == f"{before[-1][1]} failed":
        return latest, plans, before
    return record


def main_() -> int:
    """Try everything; print what was survived of what was tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="scenarios whose name has this in it")
    parser.add_argument("--most", type=int, default=len(ROOMS), help="amounts of room")
    parser.add_argument("--small", type=Path, help="a folder on a small file system; a limit on files unless given")
    asked = parser.parse_args()
    tried = lost = 0
    with tempfile.TemporaryDirectory() as temporary, solved_once():
        for scenario in (s for s in SCENARIOS if asked.only in s.name):
            made = trial(scenario, Path(temporary) / scenario.name, plain=False)
            for room in ROOMS[: asked.most]:
                wrong = without_room(made, asked.small or Path(temporary), room, small=asked.small is not None)
                tried, lost = tried + 1, lost + bool(wrong)
                if wrong:
                    print(f"{scenario.name} with {room} KB: {wrong}", flush=True)
    where = "on a small file system" if asked.small else "under a limit on files"
    print(f"{tried - lost} of {tried} commands without room survived {where}")
    return 1 if lost else 0


def mounted(*words: str) -> subprocess.CompletedProcess[str] | None:
    """Run this on a tmpfs of its own, which nobody else sees; None where that is not allowed."""
    with tempfile.TemporaryDirectory() as folder:
        mount = f"mount -t tmpfs -o size={SIZE} tmpfs '{folder}'"
        if not shutil.which("unshare") or subprocess.run(["unshare", "-m", "sh", "-c", mount], check=False).returncode:
            return None
        command = f'{mount} && exec "$0" -m tests.full --small "{folder}" "$@"'
        return subprocess.run(
            ["unshare", "-m", "sh", "-c", command, sys.executable, *words], text=True, capture_output=True, check=False
        )


if __name__ == "__main__":
    sys.exit(main_())
