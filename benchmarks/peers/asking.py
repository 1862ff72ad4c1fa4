"""Asks each peer, and us, for the allocation of one engagement, each in a process of its own, one after another."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.peers.question import NOBODY, Question
from benchmarks.record import ROOT, Json
from handover.clearance import receiving_workers
from handover.engagement import Engagement
from handover.figures import allocation_figures
from handover.intake import read
from handover.outputs.plan_json import number
from solver.cases import assignment

TIMEFOLD = ROOT / ".venv-timefold"
JAVA = 17
US = "handover"
UNLIKE = {"by_hand": "by hand", "timefold": "Timefold", "cpsat": "plain CP-SAT", "reference": "plain HiGHS (reference)"}
"""The peers by module, with the name a reader knows each by."""
ALLOCATION_SECONDS = 600
"""For us, all levels together: far more than it takes, so that what is compared is a full proof."""


@dataclass(frozen=True)
class Asked:
    """Which peers to ask, and how long each may take: for a level, or Timefold for all."""

    peers: tuple[str, ...] = tuple(UNLIKE)
    level_seconds: int = 60
    reference_seconds: int = 120


def question(engagement: Engagement) -> Question:
    """The engagement's allocation as a peer is asked for it."""
    arrays = assignment(engagement)
    column = {worker.worker_id: n for n, worker in enumerate(receiving_workers(engagement))}
    return Question(
        children=arrays.children.tolist(),
        points=arrays.weight.tolist(),
        holder=[column.get(family.children[0].worker_id, NOBODY) for family in engagement.families],
        eligible=arrays.eligible.astype(int).tolist(),
        costs={name: cost.tolist() for name, cost in arrays.costs.items()},
        capacity=arrays.capacity.tolist(),
        low=arrays.low.tolist(),
        high=arrays.high.tolist(),
        team=arrays.team.tolist(),
        team_low=arrays.team_low.tolist(),
        team_high=arrays.team_high.tolist(),
        fair=[str(share) for share in arrays.fair],
        team_fair=[str(share) for share in arrays.team_fair],
    )


def allocations(folder: Path, asked: Asked) -> list[Json]:
    """One row for each peer asked, and ours last: who, the nine figures, what is said of the levels, the seconds.

    The figures are worked out here, from the allocation alone. A peer that cannot run has `skipped` with the reason.

    Raises RuntimeError when it is ours that has no result.
    """
    engagement = read(folder).engagement
    posed = json.dumps(asdict(question(engagement)))
    rows = []
    for peer in asked.peers:
        python = sys.executable
        if peer == "timefold":
            missing = _without_timefold()
            if missing:
                rows.append({"who": UNLIKE[peer], "skipped": missing})
                continue
            python = str(TIMEFOLD / ("Scripts" if sys.platform == "win32" else "bin") / "python")
        seconds = asked.reference_seconds if peer == "reference" else asked.level_seconds
        row = _row(UNLIKE[peer], engagement, [python, "-m", f"benchmarks.peers.{peer}", str(seconds)], posed)
        limit = {"by_hand": "", "timefold": f"{seconds} s in all"}.get(peer, f"{seconds} s a level")
        rows.append(row | {"limit": limit})
    ours = [sys.executable, "-m", "benchmarks.peers.ours", str(folder), str(ALLOCATION_SECONDS)]
    row = _row(US, engagement, ours, "")
    if "skipped" in row:
        raise RuntimeError(f"Our own allocation of {folder.name} has no result: {row['skipped']}")
    return [*rows, row]


def _row(who: str, engagement: Engagement, command: list[str], given: str) -> Json:
    ran = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    if ran.returncode:
        last = (ran.stderr.strip().splitlines() or ["no word"])[-1]
        return {"who": who, "skipped": f"it failed: {last}"}
    answer: Json = json.loads(ran.stdout.strip().splitlines()[-1])
    workers = [worker.worker_id for worker in receiving_workers(engagement)]
    to_worker = {
        family.family_id: None if column == NOBODY else workers[column]
        for family, column in zip(engagement.families, answer["chosen"], strict=True)
    }
    figures = allocation_figures(to_worker, engagement)
    return {
        "who": who,
        "version": answer["version"],
        "figures": {name: number(value) for name, value in figures.items()},
        "levels": answer["levels"],
        "seconds": answer["seconds"],
    }


def _without_timefold() -> str:
    """Why Timefold cannot run here; blank when it can."""
    java = shutil.which("java")
    if java is None:
        return f"no Java here; it needs Java {JAVA}"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    major = re.search(r'version "(\d+)', told)
    if major is None or int(major[1]) < JAVA:
        return f"it needs Java {JAVA} or later"
    return "" if TIMEFOLD.exists() else "the package timefold is not installed (make bench-timefold)"
