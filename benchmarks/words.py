"""How figures read on the page: tables, numbers, gaps and proofs."""

from collections.abc import Iterable, Iterator, Sequence
from math import inf

from benchmarks.record import Json
from handover.plan import ALLOCATION_LEVELS


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A markdown table, figures as `plain` writes them, and a blank line after it."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(plain(cell) for cell in row)} |"
    yield ""


def plain(cell: object) -> str:
    """A figure as a person writes it: whole numbers whole, thousands apart, others to three places at most."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        if cell == inf:
            return "not reached"
        return f"{cell:,.3f}".rstrip("0").rstrip(".")
    return "–" if cell is None else str(cell)


def percent(share: float) -> str:
    """A share as a percentage."""
    return "no bound" if share == inf else f"{plain(round(100 * share, 3))}%"


def gap(level: Json) -> float:
    """How far a level's value may be from the best, as a share of its bound: 0 when proven, infinite without one."""
    if level["proven"]:
        return 0.0
    if level["bound"] <= 0:
        return inf
    return float((level["value"] - level["bound"]) / level["bound"])


def by_name(levels: Iterable[Json]) -> dict[str, Json]:
    """Levels by name."""
    return {level["name"]: level for level in levels}


def proven_count(levels: Iterable[Json], of: Sequence[str] = ALLOCATION_LEVELS) -> str:
    """`all 9`, or `6 of 9`."""
    count = sum(level["proven"] for level in levels if level["name"] in of)
    return f"all {count}" if count == len(of) else f"{count} of {len(of)}"


def proven_to(levels: Iterable[Json]) -> str:
    """The last level that is proven with all above it; `none` when the first is not."""
    last = "none"
    for level in levels:
        if not level["proven"]:
            break
        last = level["name"]
    return last


def seconds_to_proof(levels: Iterable[Json], of: Sequence[str] = ALLOCATION_LEVELS) -> float:
    """Seconds that the levels took together; infinite when one of them is not proven."""
    found = [level for level in levels if level["name"] in of]
    return sum(level["seconds"] for level in found) if all(level["proven"] for level in found) else inf


def not_proven(where: str, levels: Iterable[Json]) -> Iterator[str]:
    """A sentence for each level that is not proven best, with how far off it can be."""
    for level in levels:
        if not level["proven"]:
            value, bound = plain(level["value"]), plain(level["bound"])
            why = f" (stopped: {level['stopped']})" if level.get("stopped") else ""
            yield f"{where}: `{level['name']}` {value} is not proven best; its bound is {bound}{why}."
