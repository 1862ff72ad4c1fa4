"""Our own allocation, in a process of its own as the peers are: `python -m benchmarks.peers.ours FOLDER SECONDS`."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.peers.question import NOBODY, Answer, Reached
from handover.clearance import receiving_workers
from handover.intake import read
from handover.outputs.plan_json import bound_number, number
from solver.allocate import allocate
from solver.planner import versions
from solver.watch import Watch


def main(folder: Path, seconds: float) -> None:
    """Allocate the engagement in the folder and print the answer; reading it is not counted, for nobody."""
    engagement = read(folder).engagement
    start = time.monotonic()
    allocated = allocate(engagement, Watch.lasting(seconds))
    took = round(time.monotonic() - start, 2)
    column = {worker.worker_id: n for n, worker in enumerate(receiving_workers(engagement))}
    found = (allocated.to_worker[family.family_id] for family in engagement.families)
    levels = [
        Reached(level.name, number(level.value), bound_number(level), level.proven, level.seconds)
        for level in allocated.levels
    ]
    answer = Answer([NOBODY if w is None else column[w] for w in found], levels, versions()["case-handover"], took)
    print(json.dumps(asdict(answer)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
