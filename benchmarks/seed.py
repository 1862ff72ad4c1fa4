"""Part 1: the seed's size. `handover plan` whole, and the allocation alone beside the peers."""

from collections.abc import Iterator

from benchmarks.peers.asking import UNLIKE, US, Asked, allocations
from benchmarks.process import planned
from benchmarks.record import Json, Scale
from benchmarks.words import by_name, gap, not_proven, percent, plain, proven_count, seconds_to_proof, table
from handover.plan import ALLOCATION_LEVELS, LEVELS, SCHEDULE_LEVELS

TITLE = "The seed's size, and the peers"
LIMIT, GOAL, FASTER = 60, 20, 5
PROVEN, CONTESTED = "november-2022", "november-2022-short"
UNVISITED = 0.03
BEFORE = {
    "november-2022": dict(zip(SCHEDULE_LEVELS, (0, 351, 36, 73, 2), strict=True)),
    "november-2022-short": dict(zip(SCHEDULE_LEVELS, (30, 772, 58, 45, 104), strict=True)),
}
"""The schedule of a plain staged CP-SAT model for the reference's allocation, in 90 s on two cores."""
REFERENCE = UNLIKE["reference"]


def measure(scale: Scale, peers: tuple[str, ...]) -> Json:
    """Each engagement planned from start to files, and allocated by us and by each peer asked."""
    asked = Asked(peers, scale.level_seconds, 2 * scale.level_seconds)
    return {
        name: {"plan": planned(folder, scale.seconds), "allocations": allocations(folder, asked)}
        for name, folder in scale.engagements.items()
    }


def section(measured: Json) -> Iterator[str]:
    """Tables of the allocation and of all levels, engagement by engagement."""
    for name, found in measured.items():
        plan = found["plan"]
        yield from (f"### {name}", "")
        head = "who,left out,outside bands,changes,burden,strangers,unknown,imbalance team / worker,proven,seconds"
        yield from table(head.split(","), (_row(row) for row in found["allocations"] if "figures" in row))
        peers = [
            f"{row['who']}: {', '.join(filter(None, (row['version'], row['limit'])))}"
            for row in found["allocations"]
            if row.get("version") and row.get("limit")
        ]
        if peers:
            yield from (f"{'; '.join(peers)}.", "")
        absent = [f"{row['who']} is missing: {row['skipped']}." for row in found["allocations"] if "skipped" in row]
        yield from (line for reason in absent for line in (reason, ""))
        ratio = _ratio(found["allocations"])
        if ratio is not None:
            _, words = ratio
            yield from (words, "")
        verified = "verified" if plan["verified"] else "NOT verified"
        yield (
            f"`handover plan`, start to files: {plain(plan['seconds'])} s and {plain(round(plan['peak_mib']))} MiB, "
            f"the plan {verified}, {proven_count(plan['levels'], LEVELS)} levels proven best. "
            f"Changes whatever the caseloads: {plain(plan['changes_whatever_the_caseloads']['value'])}."
        )
        yield ""
        if plan["beside"]:
            beside = ", ".join(f"`{figure}` {plain(value)}" for figure, value in plan["beside"].items())
            yield from (f"Ties broken without a proof: {beside}.", "")
        before = BEFORE.get(name, {})
        levels = (
            (
                f"`{level['name']}`",
                *(level[k] for k in ("value", "bound", "proven", "seconds")),
                before.get(level["name"]),
            )
            for level in plan["levels"]
        )
        yield from table(("level", "value", "bound", "proven", "seconds", "plain staged CP-SAT"), levels)


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    for name, found in measured.items():
        plan = found["plan"]
        levels = by_name(plan["levels"])
        if not plan["verified"]:
            yield f"{name}: the stored plan does not pass `handover verify`."
        if name == PROVEN:
            yield from not_proven(name, plan["levels"])
            for target, word in ((LIMIT, "limit"), (GOAL, "goal")):
                if plan["seconds"] > target:
                    yield f"{name}: `handover plan` took {plain(plan['seconds'])} s; the {word} is {target} s."
                    break
        if name == CONTESTED:
            yield from not_proven(name, (levels[level] for level in (*ALLOCATION_LEVELS, "no_meeting")))
            off = gap(levels["unvisited"])
            if off > UNVISITED:
                yield f"{name}: `unvisited` is {percent(off)} from its bound; the target is {percent(UNVISITED)}."
        for level, value in BEFORE.get(name, {}).items():
            if levels[level]["value"] > value:
                yield f"{name}: `{level}` is {plain(levels[level]['value'])}; plain staged CP-SAT has {value}."
        ratio = _ratio(found["allocations"])
        if ratio is not None and name in BEFORE and ratio[0] < FASTER:
            yield f"{name}: the allocation is {plain(round(ratio[0], 1))} times as fast as {REFERENCE}; not {FASTER}."


def _row(row: Json) -> tuple[object, ...]:
    figures, levels = row["figures"], by_name(row["levels"])

    def shown(name: str) -> str:
        level = levels.get(name)
        behind = "" if level is None or level["proven"] or level["bound"] <= 0 else f", bound {plain(level['bound'])}"
        return plain(figures[name]) + behind

    return (
        f"**{row['who']}**" if row["who"] == US else row["who"],
        figures["unallocated"],
        figures["outside_bands"],
        *(shown(name) for name in ("changes", "burden", "strangers", "unknown")),
        f"{plain(figures['team_imbalance'])} / {plain(figures['worker_imbalance'])}",
        proven_count(row["levels"]) if row["levels"] else None,
        row["seconds"],
    )


def _ratio(rows: list[Json]) -> tuple[float, str] | None:
    """How many times as fast we are to the full proof as the reference, and that in words; None unless both ran."""
    found = {row["who"]: row for row in rows if "figures" in row}
    if US not in found or REFERENCE not in found:
        return None
    ours, theirs = found[US], found[REFERENCE]
    proven = [
        len(row["levels"]) == len(ALLOCATION_LEVELS) and seconds_to_proof(row["levels"]) < float("inf")
        for row in (ours, theirs)
    ]
    if not proven[0]:
        return 0.0, "The allocation is not proven to the last level here, so no ratio to the reference is given."
    ratio = theirs["seconds"] / max(ours["seconds"], 0.01)
    times = plain(round(ratio, 1))
    if proven[1]:
        return ratio, f"To the full proof of all nine levels: **{times} times** as fast as the reference, in one run."
    return ratio, f"At least **{times} times** as fast to the full proof: the reference ended without one."
