"""Part 2: twenty generated engagements of the seed's size, so that one lucky file proves nothing."""

from collections.abc import Iterator
from math import inf
from statistics import median

from benchmarks.process import planned_made_up
from benchmarks.record import Json, Scale
from benchmarks.words import by_name, gap, percent, proven_to, seconds_to_proof, table
from handover.engagement import Engagement
from handover.plan import ALLOCATION_LEVELS
from handover.synthetic import synthetic

TITLE = "Twenty engagements"
TEAM = 120
PROVEN_TO = ALLOCATION_LEVELS[: ALLOCATION_LEVELS.index("strangers") + 1]
LATER = ALLOCATION_LEVELS[len(PROVEN_TO) :]
GAP = 0.01
LONGER = "longer"


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """Each generated engagement planned within the default limit, and with more time where that cut its proof off."""
    teams = max(1, scale.children // TEAM)
    return {
        kind: {str(seed): _planned(synthetic(scale.children, teams, seed, kind), scale) for seed in seeds}
        for kind, seeds in scale.generated.items()
    }


def _planned(engagement: Engagement, scale: Scale) -> Json:
    plan = planned_made_up(engagement, scale.seconds)
    if seconds_to_proof(plan["levels"]) < inf:
        return plan
    return plan | {LONGER: planned_made_up(engagement, scale.patient_seconds)}


def section(measured: Json) -> Iterator[str]:
    """Median and worst by kind, then each engagement."""
    yield (
        "Each planned by `handover plan` with its default limit. Seconds to the full proof: of the nine allocation "
        "levels, and of the whole program where all fourteen are proven. Where the limit cuts off the proof of the "
        "allocation, it is planned again with more time, and the seconds are those of that."
    )
    yield ""
    head = "kind", "engagements", "all nine in time", "median s", "worst s", "all fourteen", "median s", "worst s"
    yield from table((*head, "worst gap"), (_summary(kind, list(plans.values())) for kind, plans in measured.items()))
    yield "The worst gap is of the allocation's levels below `strangers`, within the default limit."
    yield ""
    yield (
        "A level that the clock ends may come out otherwise the next time; one that ends by its work, or proven, comes "
        "out the same."
    )
    yield ""
    head = "kind", "seed", "proven to", "allocation s", "whole program s", "MiB", "worst gap", "by the clock"
    longer = "verified", "with more time: proven to", "allocation s", "limit s"
    yield from table(
        (*head, *longer),
        (
            (
                kind,
                seed,
                f"`{proven_to(plan['levels'])}`",
                seconds_to_proof(plan["levels"]),
                plan["seconds"],
                round(plan["peak_mib"]),
                percent(_worst(plan)),
                ", ".join(f"`{name}`" for name in _by_the_clock(plan)) or "none",
                plan["verified"],
                *_longer(plan),
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
            if timed := _by_the_clock(plan):
                yield f"{where}: the clock ends {', '.join(f'`{name}`' for name in timed)}; no level should need it."
            longer = plan.get(LONGER)
            if longer is not None and not seconds_to_proof(longer["levels"]) < inf:
                yield f"{where}: not all nine levels of the allocation are proven within {longer['time_limit']} s."


def _longer(plan: Json) -> tuple[object, ...]:
    longer = plan.get(LONGER)
    if longer is None:
        return ("",) * 3
    return f"`{proven_to(longer['levels'])}`", seconds_to_proof(longer["levels"]), longer["time_limit"]


def _by_the_clock(plan: Json) -> list[str]:
    """The levels of a plan that the clock ended."""
    return [level["name"] for level in plan["levels"] if level.get("stopped") == "clock"]


def _worst(plan: Json) -> float:
    return max(gap(by_name(plan["levels"])[name]) for name in LATER)


def _summary(kind: str, plans: list[Json]) -> tuple[object, ...]:
    in_time = sum(seconds_to_proof(plan["levels"]) < inf for plan in plans)
    allocated = [seconds_to_proof(plan.get(LONGER, plan)["levels"]) for plan in plans]
    full = [plan["seconds"] if all(level["proven"] for level in plan["levels"]) else inf for plan in plans]
    return (
        kind,
        len(plans),
        f"{in_time} of {len(plans)}",
        median(allocated),
        max(allocated),
        f"{sum(time < inf for time in full)} of {len(full)}",
        median(full),
        max(full),
        percent(max(_worst(plan) for plan in plans)),
    )
