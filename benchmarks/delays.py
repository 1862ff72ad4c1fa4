"""Part 7: what each delay of the mobilisation would cost children, and whether a fresh plan says the same."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.record import Json, Scale
from benchmarks.words import plain, table
from handover.actions.chasing import chase
from handover.delays import DAYS_LATE, RANKED_BY, Price, words
from handover.engagement import Engagement, Rule, engagement
from handover.intake import read
from handover.mobilisation import Dates, Mobilisation, with_dates
from handover.plan import Limits, Plan
from solver.planner import make_plan
from solver.watch import Watch

TITLE = "Delays priced"
LIMIT = 120
AMPLE = 3600.0
"""Seconds that nothing here should come near: prices are measured, not cut off."""
SHOWN = 10
HELD = ("changes", "burden", "no_meeting", "unvisited", "uncovered_visits", "relayed")
"""What a fresh plan counts as a price does."""


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """Each engagement planned, every open task of its first day priced, and three delays planned afresh."""
    return {name: _priced(folder, scale.seconds) for name, folder in list(scale.engagements.items())[:1]}


def _priced(folder: Path, seconds: int) -> Json:
    made = read(folder).engagement
    plan = make_plan(made, Limits(), Watch.lasting(seconds))
    standing = Mobilisation(made, made.settings.window_start)
    began = time.process_time()
    found = chase(standing, made, plan, Watch.lasting(AMPLE), replan=False)
    processor = time.process_time() - began
    cases = {(p.task_id, days): standing.delayed(p.task_id, days) for p in found.prices for days in DAYS_LATE}
    return {
        "tasks": len(standing.tasks),
        "open": len(found.prices),
        "apart": len({frozenset(dates.items()) for dates in cases.values() if dates}),
        "seconds": round(found.seconds, 3),
        "processor_seconds": round(processor, 3),
        "unproven": sum(bool(effect.unproven) for price in found.prices for effect in price.late.values()),
        "worst": [_row(price) for price in found.to_chase[:SHOWN]],
        "confirmed": [
            _confirmed(made, plan, price, days, cases[price.task_id, days], seconds)
            for price, days in _three(found.to_chase, found.prices, cases)
        ],
    }


def _row(price: Price) -> Json:
    return {
        "task": price.task_id,
        "children": len(price.children),
        "late": {str(days): words(effect.harm) for days, effect in price.late.items()},
        "proven": price.proven,
    }


def _three(
    first: tuple[Price, ...], prices: tuple[Price, ...], cases: Mapping[tuple[str, int], Dates]
) -> list[tuple[Price, int]]:
    """The costliest at five days late, and the two that cost the schedule most, each of other people."""
    longest = DAYS_LATE[-1]
    by_schedule = sorted(prices, key=lambda p: (-p.late[longest].harm.unvisited, p.task_id))
    found: list[tuple[Price, int]] = []
    people: set[frozenset[str]] = set()
    for price in [*first[:1], *by_schedule]:
        who = frozenset(cases[price.task_id, longest])
        if who not in people and len(found) < 3:
            people.add(who)
            found.append((price, longest))
    return found


def _confirmed(made: Engagement, plan: Plan, price: Price, days: int, dates: Dates, seconds: int) -> Json:
    """The delay in the input, the announced names as `always` rules: a fresh plan beside what the price says."""
    late = with_dates(made, dates)
    rules = [r for r in made.rules if r.rule != "always"]
    rules += [Rule(a.child_id, a.to_worker_id, "always") for a in plan.allocations if a.to_worker_id]
    edited = engagement(
        late.settings,
        late.closed_days,
        late.teams,
        late.workers,
        late.children,
        late.history,
        late.events,
        late.absences,
        tuple(rules),
    )
    fresh = make_plan(edited, Limits(), Watch.lasting(seconds))
    harm, unproven = price.late[days].harm, price.late[days].unproven
    return {
        "task": price.task_id,
        "days": days,
        "priced": {name: int(plan.level[name].value) + getattr(harm, name) for name in HELD},
        "fresh": {name: int(fresh.level[name].value) for name in HELD},
        "bound": {name: int(fresh.level[name].bound) for name in HELD},
        "interim": {
            "priced": sum(a.interim_worker_id is not None for a in plan.allocations) + harm.interim,
            "fresh": sum(a.interim_worker_id is not None for a in fresh.allocations),
        },
        "unproven": list(unproven),
    }


def section(measured: Json) -> Iterator[str]:
    """Seconds for all prices, the costliest tasks, and the prices beside fresh plans."""
    for name, found in measured.items():
        yield (
            f"{name}, as of the first day of its window: {found['open']} open tasks of {found['tasks']}, each 1, 2 and "
            f"5 working days late with the announced names held: {found['apart']} different cases. Priced in "
            f"**{plain(found['seconds'])} s** ({plain(found['processor_seconds'])} s of processor time); "
            f"{3 * found['open'] - found['unproven']} of {3 * found['open']} prices are proven."
        )
        yield ""
        yield f"The costliest, {RANKED_BY}:"
        yield ""
        head = ("task", "children worse off", *(f"{days} late" for days in DAYS_LATE), "proven")
        rows = ((w["task"], w["children"], *w["late"].values(), w["proven"]) for w in found["worst"])
        yield from table(head, rows)
        yield (
            "The costliest and the two that cost the schedule most, planned afresh from edited input: the late days in "
            "the workers' table, the announced names as `always` rules."
        )
        yield ""
        head = ("task", "days late", *(f"{name}: priced / fresh (bound)" for name in HELD), "interim: priced / fresh")
        yield from table(head, (_beside(row) for row in found["confirmed"]))


def _beside(row: Json) -> tuple[object, ...]:
    figures = (
        f"{row['priced'][name]} / {row['fresh'][name]} ({row['bound'][name]})"
        + (" not proven" if name in row["unproven"] else "")
        for name in HELD
    )
    return (row["task"], row["days"], *figures, f"{row['interim']['priced']} / {row['interim']['fresh']}")


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    for name, found in measured.items():
        if found["seconds"] > LIMIT:
            yield f"{name}: pricing all delays took {plain(found['seconds'])} s; the limit is {LIMIT} s."
        if found["unproven"]:
            yield f"{name}: {found['unproven']} of {3 * found['open']} prices are not proven."
        for row in found["confirmed"]:
            where = f"{name}, {row['task']} {row['days']} days late"
            for figure in HELD:
                priced, fresh = row["priced"][figure], row["fresh"][figure]
                if priced != fresh:
                    yield f"{where}: `{figure}` is priced at {priced}; a fresh plan has {fresh}."
