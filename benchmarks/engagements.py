"""Part 2: twenty generated engagements of the seed's size, so that one lucky file proves nothing."""

from collections.abc import Iterator
from math import inf
from statistics import median

from benchmarks.process import planned_made_up
from benchmarks.record import Json, Scale
from benchmarks.words import by_name, gap, percent, proven_to, seconds_to_proof, table
from handover.plan import ALLOCATION_LEVELS
from handover.synthetic import synthetic

TITLE = "Twenty engagements"
TEAM = 120
PROVEN_TO = ALLOCATION_LEVELS[: ALLOCATION_LEVELS.index("strangers") + 1]
LATER = ALLOCATION_LEVELS[len(PROVEN_TO) :]
GAP = 0.01


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """Each generated engagement planned within the default limit."""
    teams = max(1, scale.children // TEAM)
    return {
        kind: {
            str(seed): planned_made_up(synthetic(scale.children, teams, seed, kind), scale.seconds) for seed in seeds
        }
        for kind, seeds in scale.generated.items()
    }


def section(measured: Json) -> Iterator[str]:
    """Median and worst by kind, then each engagement."""
    yield (
        "Each planned by `handover plan` with its default limit. Seconds to the full proof: of the nine allocation "
        "levels, and of the whole program where all fourteen are proven."
    )
    yield ""
    head = ("kind", "engagements", "allocation median s", "worst s", "all fourteen", "median s", "worst s", "worst gap")
    yield from table(head, (_summary(kind, list(plans.values())) for kind, plans in measured.items()))
    yield "The worst gap is of the allocation's levels below `strangers`."
    yield ""
    head = ("kind", "seed", "proven to", "allocation s", "whole program s", "MiB", "worst gap", "verified")
    yield from table(
        head,
        (
            (
                kind,
                seed,
                f"`{proven_to(plan['levels'])}`",
                seconds_to_proof(plan["levels"]),
                plan["seconds"],
                round(plan["peak_mib"]),
                percent(_worst(plan)),
                plan["verified"],
            )
            for kind, plans in measured.items()
            for seed, plan in plans.items()
        ),
    )


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    for kind, plans in measured.items():
        for seed, plan in plans.items():
            levels, where = by_name(plan["levels"]), f"{kind}, seed {seed}"
            if not plan["verified"]:
                yield f"{where}: the stored plan does not pass `handover verify`."
            open_ = [name for name in PROVEN_TO if not levels[name]["proven"]]
            if open_:
                off, limit = percent(gap(levels[open_[0]])), plan["time_limit"]
                yield f"{where}: `{open_[0]}` is not proven within {limit} s; {off} from its bound."
            for name in LATER:
                if gap(levels[name]) > GAP:
                    off = percent(gap(levels[name]))
                    yield f"{where}: `{name}` is {off} from its bound; the target is {percent(GAP)}."


def _worst(plan: Json) -> float:
    return max(gap(by_name(plan["levels"])[name]) for name in LATER)


def _summary(kind: str, plans: list[Json]) -> tuple[object, ...]:
    allocated = [seconds_to_proof(plan["levels"]) for plan in plans]
    full = [plan["seconds"] if all(level["proven"] for level in plan["levels"]) else inf for plan in plans]
    return (
        kind,
        len(plans),
        median(allocated),
        max(allocated),
        f"{sum(time < inf for time in full)} of {len(full)}",
        median(full),
        max(full),
        percent(max(_worst(plan) for plan in plans)),
    )
