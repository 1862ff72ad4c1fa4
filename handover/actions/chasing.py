"""What each delay would cost children, what to chase first, and what being ready in time would save (`mobilise`)."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from itertools import count as count_up

from handover.british import count, short_day
from handover.delays import DAYS_LATE, HARMS, RANKED_BY, Chase, Effect, Harm, Late, NewPlan, Price, ranked, words
from handover.engagement import Engagement, Task
from handover.headlines import LEVEL_WORDS
from handover.in_time import needed, starts_too_late
from handover.mobilisation import Dates, Mobilisation
from handover.outputs.mobilisation import subject_name
from handover.plan import Plan
from solver.delays import SIDE_BY_SIDE, Delays
from solver.watch import Watch, silent

CHASED = 10
PRICING_SHARE = 0.4
"""Share of the time that pricing may use up; the new plans have the rest."""


def chase(made: Mobilisation, engagement: Engagement, plan: Plan, watch: Watch, *, replan: bool = True) -> Chase:
    """The price of every open task's delay against a plan, made from `engagement`; the ten to chase with the best new
    plan for each (unless `replan` is off); and who is not ready on go-live.

    What the watch leaves no time for is said to be unproven, and a new plan is left out.
    """
    began = time.monotonic()
    delays = Delays(engagement, plan, watch.part(PRICING_SHARE), made.today, made.dates)
    open_tasks = [task.task_id for task in made.open_tasks]
    cases = {(t, days): made.delayed(t, days) for t in open_tasks for days in DAYS_LATE}
    effects = dict(zip(cases, delays.prices(cases.values()), strict=True))
    prices = tuple(Price(t, {days: effects[t, days] for days in DAYS_LATE}) for t in open_tasks)
    first = ranked(prices, {task_id: made.times[task_id].slack for task_id in open_tasks})[:CHASED]
    late = tuple(_late(made, delays))
    seconds = time.monotonic() - began
    new_plans = _new_plans(delays, [p.task_id for p in first], cases, watch) if replan else {}
    return Chase(prices, first, new_plans, late, delays.standing, seconds)


def _late(made: Mobilisation, delays: Delays) -> Iterator[Late]:
    live = made.engagement.settings.go_live
    received = {a.to_worker_id for a in delays.plan.allocations}
    for worker_id, (meets, ready) in made.dates.items():
        if ready <= live or worker_id not in received:
            continue
        if starts_too_late(made, worker_id):
            yield Late(worker_id, Effect(), (), mendable=False)
        else:
            effect = delays.price({worker_id: (min(meets, live), live)})
            yield Late(worker_id, effect, needed(made, worker_id), mendable=True)


def _new_plans(
    delays: Delays, first: Sequence[str], cases: Mapping[tuple[str, int], Dates], watch: Watch
) -> dict[str, NewPlan]:
    """Two at a time, each in its share of the time that is left; delays that come to the same days are planned for
    once."""
    apart: dict[frozenset[tuple[str, object]], list[str]] = {}
    for task_id in first:
        apart.setdefault(frozenset(cases[task_id, DAYS_LATE[-1]].items()), []).append(task_id)
    begun, made = count_up(), count_up(1)
    of = f"new plans, of {len(apart)}"
    # two at once would tell each other's levels by turns
    quiet = replace(watch, progress=silent)

    def planned(task_ids: Sequence[str]) -> NewPlan | None:
        share = min(1.0, SIDE_BY_SIDE / (len(apart) - next(begun)))
        if watch.stopped():
            return None
        new = delays.replanned(cases[task_ids[0], DAYS_LATE[-1]], quiet.part(share))
        watch.progress(of, Fraction(next(made)), None)
        return new

    found: dict[str, NewPlan] = {}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for task_ids, new in zip(apart.values(), pool.map(planned, apart.values()), strict=True):
            if new is not None:
                found.update(dict.fromkeys(task_ids, new))
    return found


def task_line(made: Mobilisation, task: Task) -> str:
    """A task, whose it is and when it is due, for a terminal."""
    who = subject_name(made, task.subject)
    said = f"{task.name}{f', {who}' if who else ''}"
    return f"{task.task_id}: {said} ({task.owner or 'no owner'}), {due(made, task)}"


def due(made: Mobilisation, task: Task) -> str:
    """When a task is due, and how long ago that was."""
    late = made.days_late(task.task_id)
    ago = f", {count(late, 'working day', 'working days')} ago" if late else ""
    return f"due {short_day(made.times[task.task_id].finish)}{ago}"


def chased_lines(made: Mobilisation, found: Chase) -> list[str]:
    """The ten to chase, and in which order they stand, for a terminal."""
    lines = []
    if found.standing.harm != Harm():
        lines += ["", f"Since the plan was made: {words(found.standing.harm)}. Plan again: handover plan"]
    if not found.to_chase:
        return [*lines, "", f"No child is worse off if a task is {DAYS_LATE[-1]} working days late"]
    lines += [
        "",
        f"To chase first ({len(found.to_chase)})",
        f"  Ordered {RANKED_BY}; an overdue task counts from today.",
    ]
    for n, price in enumerate(found.to_chase, 1):
        lines.append(f"{n:>3}. {task_line(made, made.network.task[price.task_id])}")
        lines += [f"       {line}" for line in _late_by(price)]
        new = found.new_plans.get(price.task_id)
        if new is not None:
            others = count(new.others, "child with another worker", "children with other workers")
            lines.append(f"       planned anew if {DAYS_LATE[-1]} days late, {others}: {_anew(new)}")
    return lines


def _late_by(price: Price) -> Iterator[str]:
    """A line for each number of days that does more than the one before."""
    before = Harm()
    for days, effect in price.late.items():
        if effect.harm != before:
            yield f"{count(days, 'day', 'days')} late: {_said(effect.harm, effect.unproven)}"
        before = effect.harm


def late_lines(made: Mobilisation, worker_id: str, found: Chase) -> list[str]:
    """What being ready in time would save, and what it needs, for a terminal."""
    late = next((late for late in found.late if late.worker_id == worker_id), None)
    if late is None:
        return ["      holds no children in the plan"]
    if not late.mendable:
        worker = made.engagement.worker[worker_id]
        return [f"      is there only from {short_day(worker.available_from or made.today)}: no task mends that"]
    steps = ", ".join(
        f"{n.what} by {short_day(n.by)} ({'over already, ' if n.by < made.today else ''}now {short_day(n.now)})"
        for n in late.needed
    )
    return [f"      in time: {_said(late.effect.harm, late.effect.unproven)}", f"      needs {steps}"]


def _said(harm: Harm, unproven: Sequence[str]) -> str:
    return words(harm) + (" (not proven the least)" if unproven else "")


def _anew(new: NewPlan) -> str:
    """A new plan is best in the order of the levels: up to which one is proven."""
    first = LEVEL_WORDS[new.unproven[0]] if new.unproven else ""
    return words(new.harm) + (f" (not proven the best from “{first}” on)" if first else "")


def chased_figures(found: Chase) -> dict[str, object]:
    """The same, and the price of every open task, for `--json`."""
    return {
        "ranked_by": RANKED_BY,
        "to_chase": [price.task_id for price in found.to_chase],
        "prices": {
            p.task_id: {str(days): _effect(effect) for days, effect in p.late.items()} | {"children": list(p.children)}
            for p in found.prices
        },
        "new_plans": {
            task_id: _harm(new.harm) | {"others": new.others, "unproven": list(new.unproven)}
            for task_id, new in found.new_plans.items()
        },
        "not_ready": [
            {
                "worker_id": late.worker_id,
                "mendable": late.mendable,
                "in_time": _effect(late.effect),
                "needed": [vars(n) for n in late.needed],
            }
            for late in found.late
        ],
        "since_the_plan": _effect(found.standing),
        "pricing_seconds": round(found.seconds, 3),
    }


def _effect(effect: Effect) -> dict[str, object]:
    return _harm(effect.harm) | {"unproven": list(effect.unproven)}


def _harm(harm: Harm) -> dict[str, object]:
    return {name: getattr(harm, name) for name in HARMS}
