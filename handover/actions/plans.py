"""Stored plans: the list, the check of one, and its files again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from db.record import PlanLine, Record, Store
from handover.actions.report import Report, table
from handover.british import count
from handover.engagement import Engagement
from handover.errors import CheckFailed, HandoverError, UsageError
from handover.outputs import write
from handover.plan import Plan
from handover.pseudonyms import pseudonyms, renamed
from handover.verify import verify

HEAD = "Trail: {} (handover audit verify finds this line again)"
OTHERWISE = "The record is no longer as the trail tells: {}."
CHECKED = {None: "not yet", True: "yes", False: "no"}


def list_plans(record: Record) -> Report:
    """Every stored plan: id, when, by whom, from which input, changes, verified. §6."""
    with record.reading() as store:
        lines = store.plans()
    rows = [
        (
            line.plan_id,
            f"{line.made_at:%Y-%m-%d %H:%M}",
            line.made_by,
            line.input_sha256[:12],
            line.changes,
            line.unallocated,
            f"{line.removed} removed since" if line.removed else CHECKED[line.verified],
            line.approved_by,
        )
        for line in lines
    ]
    head = ("plan", "made", "by", "input", "changes", "unallocated", "verified", "approved by")
    return Report(table(head, rows) if rows else "No plan yet: handover plan", {"plans": lines})


def verify_plan(record: Record, plan_id: str | None) -> Report:
    """Hold a stored plan (the latest unless named) against every rule, for the engagement it was made from; record what
    was found. The report carries `CheckFailed` where anything was. A plan that children were removed from is not what
    it was, and is neither passed nor failed, unless the trail does not hold, which alone tells of the removal. Raises
    `UsageError`: no such plan. §6."""
    with record.writing() as store:
        plan = store.plan(plan_id)
        fault = store.trail_fault() if plan.removed else None
        if plan.removed and fault is None:
            return _no_longer(plan, store.plans())
        findings = _findings(store, plan) if fault is None else (OTHERWISE.format(fault),)
        store.add_verification(plan.plan_id, findings)
    figures = {"plan_id": plan.plan_id, "verified": not findings, "findings": list(findings)}
    if not findings:
        return Report(f"{plan.plan_id} keeps every rule.", figures)
    error = CheckFailed(f"{plan.plan_id} does not pass its check. Do not circulate it; plan again.")
    return Report("\n".join(findings), figures, error=error)


def _no_longer(plan: Plan, lines: Iterable[PlanLine]) -> Report:
    """What can still be said of a plan that children were removed from."""
    found = next(line.verified for line in lines if line.plan_id == plan.plan_id)
    before = {None: "It was never checked", True: "Its last check found nothing", False: "Its last check failed"}[found]
    text = f"{since(plan)}, so it cannot be held against the rules any more. {before}. The trail keeps its figures."
    return Report(text, {"plan_id": plan.plan_id, "verified": None, "removed": plan.removed, "before": found})


def since(plan: Plan) -> str:
    """What a plan lacks that it had when it was made."""
    return f"{count(plan.removed, 'child has', 'children have')} been removed from {plan.plan_id} since it was made"


def approve(record: Record, plan_id: str, reason: str) -> Report:
    """Keep that a manager approves a stored plan, which is checked again for it.

    Raises `UsageError`: no such plan, or children were removed from it; `CheckFailed` where the plan does not pass, and
    it is not approved.
    """
    with record.writing() as store:
        plan = store.plan(plan_id)
        if plan.removed:
            raise UsageError(f"{since(plan)}: it cannot be checked, and is not approved. Plan again.")
        if _findings(store, plan):
            raise CheckFailed(f"{plan.plan_id} does not pass its check, and is not approved: handover verify says why.")
        store.approve(plan.plan_id, reason)
        head = store.trail_head()
    figures = {"plan_id": plan.plan_id, "approved_by": record.who(), "trail_head": head}
    return Report(f"{plan.plan_id} is approved by {record.who()}.\n{HEAD.format(head)}", figures)


def _findings(store: Store, plan: Plan) -> tuple[str, ...]:
    """What speaks against a stored plan: it or its engagement is not what was stored, or it breaks a rule."""
    version = store.version(plan.input_sha256)
    if version is None or version.engagement.input_sha256 != plan.input_sha256:
        return ("The engagement it was made from is no longer as it was imported.",)
    fault = store.plan_fault(plan.plan_id)
    changed = () if fault is None else (OTHERWISE.format(fault),)
    return changed + verify(version.engagement, plan)


def export(
    record: Record, plan_id: str, out: Path, file_format: str, *, people: bool = False, pseudonymous: bool = False
) -> Report:
    """Write a stored plan's files again, in one of `FORMATS`; `people` gives everybody a sheet in the workbook,
    `pseudonymous` puts pseudonyms for children and families. Raises `UsageError`: no such plan, no such folder. §6.

    The trail tells of it before a file is written, so that no file is ever out without a line.
    """
    with record.writing() as store:
        engagement, plan = stored(store, plan_id, pseudonymous=pseudonymous)
        earlier = stored_before(store, plan, pseudonymous=pseudonymous) if file_format == "ics" else ()
        plan = told_of_export(store, plan, out, file_format, pseudonymous=pseudonymous)
    files = written(record, engagement, plan, out, file_format, people=people, earlier=earlier)
    names = ", ".join(f.name for f in files)
    text = f"{plan.plan_id} written to {out}: {names}\n{HEAD.format(plan.trail_head)}"
    figures = {"plan_id": plan.plan_id, "files": [*map(str, files)], "trail_head": plan.trail_head}
    lacking = (f"{since(plan)}: its figures are those from before.",) if plan.removed else ()
    return Report(text, figures, lacking)


def stored(store: Store, plan_id: str | None, *, pseudonymous: bool) -> tuple[Engagement, Plan]:
    """A stored plan (the latest unless named) and the engagement it was made from, under pseudonyms where asked.

    Raises `UsageError`: no such plan, or a purged one; `CheckFailed`: its engagement is gone.
    """
    plan = store.plan(plan_id)
    if plan.purged:
        raise UsageError(f"{plan.plan_id} was purged: only its figures are left (handover plans).")
    version = store.version(plan.input_sha256)
    if version is None:
        raise CheckFailed(f"The engagement {plan.plan_id} was made from is not in the database.")
    if not pseudonymous:
        return version.engagement, plan
    return renamed(version.engagement, plan, names_in(store))


def stored_before(store: Store, plan: Plan, *, pseudonymous: bool) -> tuple[Plan, ...]:
    """The plans stored before this one, the oldest first, as `stored` gives them; without those purged."""
    ids = [line.plan_id for line in store.plans()]
    earlier = [i for i in ids[: ids.index(plan.plan_id)] if not store.plan(i).purged]
    return tuple(stored(store, plan_id, pseudonymous=pseudonymous)[1] for plan_id in earlier)


def names_in(store: Store) -> Mapping[str, str]:
    """The pseudonym of every child and family in the database, by id."""
    return pseudonyms(store.children_and_families(), store.pseudonym_key())


def told_of_export(
    store: Store, plan: Plan, out: Path, file_format: str = "csv", *, pseudonymous: bool = False
) -> Plan:
    """Write the trail's line of an export to folder `out`; the plan with the head of the trail for its files."""
    details = {"format": file_format, "to": str(out.absolute())} | ({"pseudonyms": True} if pseudonymous else {})
    store.audit("export", plan.input_sha256, details, plan_id=plan.plan_id)
    return replace(plan, trail_head=store.trail_head())


def written(
    record: Record,
    engagement: Engagement,
    plan: Plan,
    out: Path,
    file_format: str = "csv",
    *,
    people: bool = False,
    earlier: Sequence[Plan] = (),
) -> tuple[Path, ...]:
    """Write the files of a plan whose export the trail tells of; where that fails, the trail tells of this as well."""
    with failure_told(record, plan.input_sha256, file_format, plan.plan_id):
        return write(engagement, plan, out, file_format, people=people, earlier=earlier)


@contextmanager
def failure_told(record: Record, input_sha256: str, file_format: str, plan_id: str | None = None) -> Iterator[None]:
    """Write a line of the trail where an export that it tells of fails after all."""
    try:
        yield
    except (OSError, HandoverError):
        with record.writing() as store:
            store.audit("export failed", input_sha256, {"format": file_format}, plan_id=plan_id)
        raise
