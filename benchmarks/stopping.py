"""Part 9: a county's plan under limits far too short for it, and Ctrl-C at every moment of it.

The program tells itself at a moment of its own, as the terminal would tell it: with all that it started.
"""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any, NamedTuple

from benchmarks.process import USABLE, handover, imported
from benchmarks.record import Json, Scale
from benchmarks.words import plain, table
from handover.outputs.engagement_files import write_engagement
from handover.plan import LEVELS
from handover.synthetic import synthetic

TITLE = "A county, stopped"
SEED = 1
GRACE = 5
"""Seconds over the limit, or after Ctrl-C, by which all is to be over."""
LIMITS = (5, 10, 20)
LONG = 60
"""The limit, in seconds, of a plan that is stopped in the middle of a search, after a sixth of it."""
STOPPED = 130


class Moment(NamedTuple):
    """When Ctrl-C comes: in words, as this function of the program begins, or a sixth of a long limit after that."""

    words: str
    function: str
    later: bool = False


MOMENTS = (
    Moment("the engagement is read", "handover.actions.planning:latest"),
    Moment("its arrays are made", "solver.allocate:assignment"),
    Moment("the first allocation is made", "solver.allocate:filled_in_turn"),
    Moment("the levels of the allocation are searched", "solver.allocate:best", later=True),
    Moment("interim workers are chosen", "solver.planner:choose_interim"),
    Moment("the first schedule is made", "solver.planner:schedule"),
    Moment("the schedule is searched", "solver.planner:schedule", later=True),
    Moment("reasons are found", "solver.planner:allocations"),
    Moment("flags are raised", "handover.actions.planning:flags"),
    Moment("the plan is stored", "db.store:Store.add_plan"),
    Moment("the plan is checked", "handover.actions.planning:verify"),
    Moment("the files are written", "handover.actions.planning:written"),
    Moment("the figures are counted", "handover.actions.planning:summary"),
)


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """One generated county, planned under each limit, then stopped at each moment."""
    children, teams = scale.county
    with TemporaryDirectory() as place:
        start = Path(place)
        write_engagement(synthetic(children, teams, SEED), start / "engagement")
        imported(start / "engagement", start / "engagement.db")
        limits = [_limited(start, limit) for limit in LIMITS]
        moments = [_stopped(start, moment, min(LONG, scale.county_seconds)) for moment in MOMENTS]
    return {"children": children, "limits": limits, "moments": moments}


def _limited(start: Path, limit: int) -> Json:
    with TemporaryDirectory() as place:
        database, out = Path(shutil.copy(start / "engagement.db", place)), Path(place) / "out"
        ran = handover(database, "plan", "--out", str(out), "--time-limit", str(limit))
        if ran.code not in USABLE:
            raise RuntimeError(f"handover plan exited {ran.code}:\n{ran.said[-2000:]}")
        written = json.loads((out / "plan.json").read_text(encoding="utf-8"))
        levels = [level for level in written["levels"] if level["name"] in LEVELS]
        return {
            "limit": limit,
            "seconds": ran.seconds,
            "processor": ran.processor,
            "verified": handover(database, "verify").code == 0,
            "unallocated": levels[0]["value"],
            "stopped_by_clock": sum(level.get("stopped") == "clock" for level in levels),
            "proven": sum(level["proven"] for level in levels),
        }


def _stopped(start: Path, moment: Moment, limit: int) -> Json:
    """What a plan that is stopped at a moment leaves behind, and how long that takes."""
    later = limit / 6 if moment.later else 0.0
    with TemporaryDirectory() as place:
        database, out = Path(shutil.copy(start / "engagement.db", place)), Path(place) / "out"
        told = Path(place) / "told"
        told.touch()
        program = [sys.executable, "-m", "benchmarks.stopping", moment.function, str(later), str(told)]
        allowed = limit if moment.later else min(LIMITS)
        ran = handover(database, "plan", "--out", str(out), "--time-limit", str(allowed), program=program)
        ended = time.monotonic()
        came = told.read_text(encoding="ascii")
        plans = json.loads(handover(database, "plans", "--json").said.partition("\n")[2])["plans"]
        sound = handover(database, "audit", "verify").code == 0
        return {
            "moment": moment.words,
            "seconds": round(ended - float(came), 2) if came else None,
            "code": ran.code,
            "plans": len(plans),
            "sound": sound and all(line["verified"] for line in plans),
            "files": len([*out.iterdir()]) if out.exists() else 0,
            "said": ran.said.strip().splitlines()[-1],
        }


def section(measured: Json) -> Iterator[str]:
    """Seconds over each limit, and after Ctrl-C at each moment."""
    yield (
        f"`handover plan` for {plain(measured['children'])} children, from start to files, under limits far too short "
        f"to search much; it is to be over within {GRACE} s of the limit, with every child allocated, every level that "
        "was stopped marked so, and the plan verified."
    )
    yield ""
    limits = {
        "limit": "limit, s",
        "seconds": "seconds",
        "processor": "of the processor",
        "verified": "verified",
        "unallocated": "unallocated",
        "stopped_by_clock": "levels stopped by the clock",
        "proven": "levels proven",
    }
    yield from table([*limits.values()], ([run[name] for name in limits] for run in measured["limits"]))
    yield (
        f"Ctrl-C while … (a sixth of a {LONG} s limit after the search begins, where it is a search); it is to be over "
        f"within {GRACE} s, with exit code {STOPPED}, a whole plan stored or none, and all of its files or none."
    )
    yield ""
    moments = {
        "moment": "Ctrl-C while",
        "seconds": "seconds to the end",
        "code": "exit code",
        "plans": "plans stored and verified",
        "files": "files",
    }
    yield from table([*moments.values()], ([run[name] for name in moments] for run in measured["moments"]))


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    for run in measured["limits"]:
        if run["seconds"] > run["limit"] + GRACE:
            yield f"The county under `--time-limit {run['limit']}` took {plain(run['seconds'])} s."
        if not run["verified"] or run["unallocated"]:
            yield f"The county's plan under `--time-limit {run['limit']}` is not verified, or leaves children out."
    whole = max(run["files"] for run in measured["moments"])
    for run in measured["moments"]:
        if run["seconds"] is None:
            yield f"The county's plan was over before Ctrl-C came while {run['moment']}."
            continue
        if run["seconds"] > GRACE:
            yield f"Ctrl-C while {run['moment']} took {plain(run['seconds'])} s to the end."
        if run["code"] != STOPPED or not run["sound"]:
            yield f"Ctrl-C while {run['moment']} ended with {run['code']}: {run['said']}"
        if run["files"] != (whole if run["plans"] else 0):
            yield f"Ctrl-C while {run['moment']} left {run['files']} files and {run['plans']} plans."


def interrupted(function: str, later: float, told: Path) -> None:
    """Have a function of the program send Ctrl-C to the program as it begins, or later; `told` then has the moment."""
    owner_name, _, name = function.replace(":", ".").rpartition(".")
    owner = resolve_name(owner_name)
    real = getattr(owner, name)

    def send() -> None:
        told.write_text(str(time.monotonic()), encoding="ascii")
        os.killpg(0, signal.SIGINT)

    def begun(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
        timer = Timer(later, send)
        timer.daemon = True
        timer.start()
        return real(*arguments, **named)

    setattr(owner, name, begun)


if __name__ == "__main__":
    from cli import main

    at, after, file = sys.argv[1:4]
    os.setsid()
    interrupted(at, float(after), Path(file))
    main(sys.argv[4:], prog_name="handover")
