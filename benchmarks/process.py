"""`handover plan` as a user runs it, in a process of its own, with its seconds and the peak memory of all it starts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.record import ROOT, Json
from handover.engagement import Engagement
from handover.outputs.engagement_files import write_engagement
from handover.plan import LEVELS

HANDOVER = [sys.executable, "-c", "from cli import main; main(prog_name='handover')"]
LOOK = 0.1
"""Seconds between two looks at the memory."""
USABLE = (0, 4)
"""Exit codes that come with a plan: all placed, or some children left unallocated."""


@dataclass(frozen=True)
class Ran:
    """What a command took: wall seconds, those of the processor with all it started, and the most memory that these
    held at once, in MiB."""

    seconds: float
    processor: float
    peak_mib: float
    code: int
    said: str


def handover(database: Path, *arguments: str, program: Sequence[str] = ()) -> Ran:
    """Run one command of the program (or of another that does as it does) on a database and measure it."""
    with TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        with said.open("wb") as out:
            start = time.monotonic()
            command = [*(program or HANDOVER), "--db", str(database), *arguments]
            child = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
            most = 0.0
            while True:
                ended, status, used = os.wait4(child.pid, os.WNOHANG)
                if ended:
                    break
                most = max(most, _memory(child.pid))
                time.sleep(LOOK)
            seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        # the kernel's own figure has no gaps, but it is of the largest process and not of all together
        largest = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        text = said.read_text(encoding="utf-8", errors="replace")
    processor = used.ru_utime + used.ru_stime
    return Ran(round(seconds, 2), round(processor, 2), round(max(most, largest), 1), child.returncode, text)


def _memory(pid: int) -> float:
    """Resident MiB of a process and its descendants; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        threads = [p for p in Path(f"/proc/{pid}/task").iterdir() if p.name != str(pid)]
        for thread in threads:
            children += (thread / "children").read_text(encoding="ascii").split()
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(_memory(int(child)) for child in children)


def planned(folder: Path, seconds: int) -> Json:
    """Import an engagement folder, plan it from start to files, verify the stored plan; what the plan took and reached.

    Raises RuntimeError when no plan comes of it, with what the program said.
    """
    with TemporaryDirectory() as scratch:
        database, out = Path(scratch) / "engagement.db", Path(scratch) / "out"
        imported(folder, database)
        ran = handover(database, "plan", "--out", str(out), "--time-limit", str(seconds))
        _demand(ran, "plan", USABLE)
        checked = handover(database, "verify")
        found = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    return {
        "seconds": ran.seconds,
        "peak_mib": ran.peak_mib,
        "time_limit": seconds,
        "verified": checked.code == 0,
        "levels": [level for level in found["levels"] if level["name"] in LEVELS],
        "beside": {level["name"]: level["value"] for level in found["levels"] if level["name"] not in LEVELS},
        "changes_whatever_the_caseloads": found["changes_whatever_the_caseloads"],
    }


def imported(folder: Path, database: Path) -> None:
    """Make a database and import an engagement folder into it. Raises RuntimeError with what the program said."""
    for arguments in (("init", "--plain"), ("import", str(folder))):
        _demand(handover(database, *arguments), arguments[0], (0,))


def planned_made_up(engagement: Engagement, seconds: int) -> Json:
    """The same for a generated engagement, written to files first."""
    with TemporaryDirectory() as folder:
        write_engagement(engagement, Path(folder) / "engagement")
        return planned(Path(folder) / "engagement", seconds)


def _demand(ran: Ran, what: str, codes: tuple[int, ...]) -> None:
    if ran.code not in codes:
        raise RuntimeError(f"handover {what} exited {ran.code}:\n{ran.said[-2000:]}")
