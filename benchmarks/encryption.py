"""Part 8: what encryption adds to a plan: the same plan stored in a plain and in encrypted databases, turn by turn."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

from benchmarks.record import Json, Scale
from benchmarks.words import percent, plain, table
from db import keys
from db.record import create, open_record
from handover.actions import planning
from handover.intake import read
from handover.plan import Limits
from solver.planner import make_plan
from solver.watch import Watch

TITLE = "What encryption costs"
TURNS = 9
SHARE = 0.05
"""Of a whole plan, that encryption may add."""
KEYS: dict[str, Callable[[], keys.Secret] | None] = {
    "plain": None,
    "key file": lambda: keys.Secret(keys.KEY_FILE, b"0123456789abcdef" * 4),
    "passphrase": lambda: keys.passphrase("four words for nothing secret"),
}


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """The first engagement planned once; then all of `handover plan` but the search, in each database in turn."""
    (name, folder), *_ = scale.engagements.items()
    made = read(folder).engagement
    began = time.perf_counter()
    found = make_plan(made, Limits(), Watch.lasting(scale.seconds))
    search = time.perf_counter() - began
    turns: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KEYS}
    with TemporaryDirectory() as place, patch.object(planning, "make_plan", lambda *_: found):
        for kind, secret in KEYS.items():
            path = Path(place) / f"{kind}.db"
            create(path, secret)
            with open_record(path, lambda _, s=secret: s()).writing() as store:  # type: ignore[misc]
                store.add_engagement(made, "benchmark")
        for turn in range(TURNS + 1):
            for kind, secret in KEYS.items():
                spent = _stored(Path(place) / f"{kind}.db", secret)
                if turn:  # the first has no backup to make, and warms everything up
                    turns[kind].append(spent)
    return {"engagement": name, "search_seconds": round(search, 3), "turns": turns}


def _stored(path: Path, secret: Callable[[], keys.Secret] | None) -> tuple[float, float]:
    """Seconds, and seconds of the processor, to open the database, back it up, store, check and read back a plan."""
    wall, processor = time.perf_counter(), time.process_time()
    record = open_record(path, lambda _: secret()) if secret else open_record(path)
    planning.plan(record, planning.Asked(), Watch.lasting(600))
    return time.perf_counter() - wall, time.process_time() - processor


def _added(measured: Json, kind: str, which: int) -> float:
    """Seconds more than in the plain database: the median of the turns' differences."""
    turns = measured["turns"]
    return float(median(its[which] - other[which] for its, other in zip(turns[kind], turns["plain"], strict=True)))


def _whole(measured: Json) -> float:
    return float(measured["search_seconds"] + median(wall for wall, _ in measured["turns"]["plain"]))


def section(measured: Json) -> Iterator[str]:
    """Seconds by kind of key, and what they add to a plan."""
    yield (
        f"All that `handover plan` does on {measured['engagement']} but the search, which touches no database: open it "
        "(a passphrase is stretched), back it up, store the plan, read it back, check it against every rule. Each "
        f"database in turn, {len(measured['turns']['plain'])} turns; medians, and the median of each turn's difference "
        f"from the plain one. The search itself took {plain(measured['search_seconds'])} s."
    )
    yield ""
    head = ("database", "seconds", "of the processor", "added", "of the processor added", "share of a whole plan")
    rows = []
    for kind, turns in measured["turns"].items():
        added = [_added(measured, kind, which) for which in (0, 1)]
        shares = "–" if kind == "plain" else percent(added[0] / _whole(measured))
        own = [median(turn[which] for turn in turns) for which in (0, 1)]
        rows.append((kind, *own, *(added if kind != "plain" else (None, None)), shares))
    yield from table(head, rows)


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    for kind in measured["turns"]:
        share = _added(measured, kind, 0) / _whole(measured)
        if share > SHARE:
            yield f"Encryption ({kind}) adds {percent(share)} to a plan; the aim is {percent(SHARE)}."
