"""Explain: why this worker, what the alternatives would cost, what stands in the way; or why this caseload."""

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from db.record import Record
from handover.actions.plans import HEAD, since
from handover.actions.report import Report
from handover.actions.watching import in_thread
from handover.continuity import known_workers
from handover.engagement import Child, Engagement
from handover.errors import CheckFailed, Interrupted, UsageError
from handover.explain import explain_child, explain_worker, receivers
from handover.flags import flags
from handover.outputs import write
from handover.outputs.explained import Alternative, child_text, worker_text
from handover.plan import Plan
from handover.verify import verify
from solver.watch import Watch

MOST = 5
NEAR, NEAR_ENOUGH = 3, 0.6
"""Ids suggested for one that nobody has, at most, and how alike (0 to 1) they must be."""
KEPT_BACK = 0.2
"""Share of the time for checking and showing the plans that are found, also on a busy machine."""


@dataclass(frozen=True)
class Question:
    """What `explain` was asked: a child's or worker's id, the plan (None: the latest), a folder for the alternatives as
    whole plans, and whether to leave them out."""

    whom: str
    plan_id: str | None = None
    out: Path | None = None
    quick: bool = False


def explain(record: Record, asked: Question, watch: Watch) -> Report:
    """Explain a child's place in a stored plan, or a person's caseload. §6.

    Raises `UsageError` (no such plan, child or worker), `CheckFailed` (the plan, or one made beside it, breaks a rule)
    and `Interrupted`.
    """
    whom = asked.whom.strip()
    with record.writing() as store:
        plan, newest = store.plan(asked.plan_id), store.latest()
        if plan.purged or (plan.removed and not asked.quick):
            raise UsageError(f"{since(plan)}: no other choice can be compared with it. Plan again, or ask --quick.")
        version = store.version(plan.input_sha256)
        if newest is None or version is None or version.engagement.input_sha256 != plan.input_sha256:
            raise CheckFailed(f"The engagement {plan.plan_id} was made from is no longer as it was imported.")
        engagement = version.engagement
        if whom not in engagement.child and whom not in engagement.worker:
            raise UsageError(_unknown(whom, plan, engagement, newest.engagement))
        of = "child" if whom in engagement.child else "worker"
        to = asked.out if of == "child" and not asked.quick else None
        details = {"of": of} | ({} if to is None else {"to": str(to.absolute())})
        store.audit("explain", plan.input_sha256, details, plan_id=plan.plan_id)
        head = store.trail_head()
    if of == "worker":
        person = explain_worker(engagement.worker[whom], plan, engagement)
        report = Report(worker_text(person, plan), {"plan_id": plan.plan_id, "worker": person})
    else:
        report = _child(engagement.child[whom], replace(plan, trail_head=head), engagement, asked, watch)
    return replace(report, messages=_older(whom, plan, newest.engagement))


def _unknown(whom: str, plan: Plan, engagement: Engagement, newest: Engagement) -> str:
    """What is wrong with an id that the plan does not know."""
    if whom in newest.child or whom in newest.worker:
        return f"{whom} came with a later import than {plan.plan_id} was made from. Plan again: handover plan"
    ids = {_typed(ident): ident for ident in (*engagement.worker, *engagement.child)}
    near = [ids[found] for found in get_close_matches(_typed(whom), ids, NEAR, NEAR_ENOUGH)]
    meant = f"Did you mean {' or '.join(near)}?" if near else "Give an id as in children.csv or workers.csv."
    return f"{whom!r} is no child and no worker of the engagement {plan.plan_id} was made from. {meant}"


def _typed(ident: str) -> str:
    """An id as people type it: case and leading zeros do not matter."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", ident.casefold())


def _older(whom: str, plan: Plan, newest: Engagement) -> tuple[str, ...]:
    """That the plan is not of the latest import, where it is not."""
    if plan.input_sha256 == newest.input_sha256:
        return ()
    gone = "" if whom in newest.child or whom in newest.worker else f", which no longer has {whom}"
    return (
        f"{plan.plan_id} was made before the latest import{gone}: what follows goes by the import it was made from.",
    )


def _child(child: Child, plan: Plan, engagement: Engagement, asked: Question, watch: Watch) -> Report:
    told = explain_child(child, plan, engagement)
    others: tuple[Alternative, ...] = ()
    how = "Left out (--quick)."
    if not asked.quick:
        made, how = _alternatives(child, plan, engagement, watch)
        if asked.out is not None:
            for number, (_, other) in enumerate(made, start=1):
                write(engagement, replace(other, trail_head=plan.trail_head), asked.out / f"alternative-{number}")
            how += f" Each is written as a whole to {asked.out}."
        others = tuple(_compared(child, worker_id, other, plan, engagement) for worker_id, other in made)
    figures = {"plan_id": plan.plan_id, "child": told, "levels": plan.levels, "how": how, "alternatives": others}
    text = child_text(told, plan, engagement, others, how)
    if asked.out is None or asked.quick:
        return Report(text, figures)
    return Report(f"{text}\n{HEAD.format(plan.trail_head)}", figures | {"trail_head": plan.trail_head})


def _alternatives(child: Child, plan: Plan, engagement: Engagement, watch: Watch) -> tuple[list[tuple[str, Plan]], str]:
    """The other plans, flagged and checked, and how they were chosen."""
    from solver.alternatives import alternatives

    findings = verify(engagement, plan)
    if findings:
        raise CheckFailed(f"{plan.plan_id} does not pass its check ({findings[0]}). Plan again.")
    searching = replace(watch, until=watch.until - KEPT_BACK * watch.left())
    family = engagement.family_of[child.child_id].family_id
    found = in_thread(lambda: alternatives(engagement, plan, family, searching, MOST, child.worker_id))
    if watch.interrupted.is_set():
        raise Interrupted("Stopped before the alternatives were worked out; nothing was changed.")
    made = []
    for worker_id, other in found.plans:
        whole = replace(other, flags=flags(engagement, other))
        findings = verify(engagement, whole)
        if findings:
            raise CheckFailed(f"The plan that gives the child to {worker_id} breaks a rule: {findings[0]}")
        made.append((worker_id, whole))
    return made, _how(found.able, found.compared, made, child)


def _how(able: int, compared: int, made: list[tuple[str, Plan]], child: Child) -> str:
    if not able:
        return "No other receiving worker can take the family."
    who = f"the {able} other receiving workers who can take the family"
    if able == 1:
        who = "the only other receiving worker who can take the family"
    if compared < able:
        who += f", of whom there was time to compare {compared}"
    least = f"the {MOST} that cost least of " if compared > MOST else ""
    chosen = (
        f"Whole plans, each made anew around the family going to another worker and checked against every rule: {least}"
        f"{who}, the most important figure first. Which cost least was judged by quick trials."
    )
    holder = any(worker_id == child.worker_id for worker_id, _ in made)
    return f"{chosen} {child.worker_id}, who holds the child now, is among them in any case." if holder else chosen


def _compared(child: Child, worker_id: str, other: Plan, plan: Plan, engagement: Engagement) -> Alternative:
    worker = engagement.worker[worker_id]
    before, after = receivers(plan, engagement), receivers(other, engagement)
    mine = engagement.family_of[child.child_id].family_id
    moved = sum(after[f] != before[f] for f in before if f != mine)
    known = worker_id in known_workers(child, engagement)
    return Alternative(worker_id, worker.name, str(worker.team_id), known, moved, other.levels)
