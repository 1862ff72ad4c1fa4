"""Part 3: a whole county, planned, verified and written."""

from collections.abc import Iterator

from benchmarks.process import planned_made_up
from benchmarks.record import Json, Scale
from benchmarks.words import by_name, gap, percent, plain, table
from handover.clearance import receiving_workers
from handover.synthetic import synthetic

TITLE = "A county"
MINUTES, GIB, GAP = 5, 4, 0.005
SEED = 1


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """One generated county, from start to files."""
    children, teams = scale.county
    engagement = synthetic(children, teams, SEED)
    size = {
        "children": len(engagement.children),
        "families": len(engagement.families),
        "teams": len(engagement.teams),
        "receiving_workers": len(receiving_workers(engagement)),
        "pairs": len(engagement.families) * len(receiving_workers(engagement)),
    }
    return {"size": size, "plan": planned_made_up(engagement, scale.county_seconds)}


def section(measured: Json) -> Iterator[str]:
    """Size, time, memory, and every level."""
    size, plan = measured["size"], measured["plan"]
    changes = by_name(plan["levels"])["changes"]
    yield (
        f"{plain(size['children'])} children in {plain(size['families'])} families, {size['teams']} teams, "
        f"{plain(size['receiving_workers'])} receiving workers: {plain(size['pairs'])} pairs of a family and a worker. "
        f"`handover plan --time-limit {plan['time_limit']}` took {plain(plan['seconds'])} s and "
        f"{plain(plan['peak_mib'] / 1024)} GiB with all it started, from start to files; the plan is "
        f"{'verified' if plan['verified'] else 'NOT verified'}, its `changes` "
        f"{percent(gap(changes))} from a proven bound."
    )
    yield ""
    columns = ("value", "bound", "proven", "seconds")
    rows = ((f"`{level['name']}`", *(level[c] for c in columns), percent(gap(level))) for level in plan["levels"])
    yield from table(("level", *columns, "gap"), rows)


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    plan = measured["plan"]
    levels = by_name(plan["levels"])
    if not plan["verified"]:
        yield "The county's stored plan does not pass `handover verify`."
    if plan["seconds"] > 60 * MINUTES:
        yield f"The county took {plain(plan['seconds'])} s; the limit is {60 * MINUTES} s."
    if plan["peak_mib"] > 1024 * GIB:
        yield f"The county took {plain(plan['peak_mib'] / 1024)} GiB; the limit is {GIB} GiB."
    for name in ("unallocated", "outside_bands"):
        if levels[name]["value"] > levels[name]["bound"]:
            value, bound = plain(levels[name]["value"]), plain(levels[name]["bound"])
            yield f"The county's `{name}` is {value}; its bound is {bound}."
    if gap(levels["changes"]) > GAP:
        off = percent(gap(levels["changes"]))
        yield f"The county's `changes` is {off} from its bound; the target is {percent(GAP)}."
