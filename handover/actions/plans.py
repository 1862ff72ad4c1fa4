"""Stored plans: the list, the check of one, and its files again."""

from pathlib import Path

from db.record import Record
from handover.actions.report import Report, table
from handover.engagement import Engagement
from handover.errors import CheckFailed
from handover.outputs import write
from handover.plan import Plan
from handover.verify import verify

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
            CHECKED[line.verified],
        )
        for line in lines
    ]
    head = ("plan", "made", "by", "input", "changes", "unallocated", "verified")
    return Report(table(head, rows) if rows else "No plan yet: handover plan", {"plans": lines})


def verify_plan(record: Record, plan_id: str | None) -> Report:
    """Hold a stored plan (the latest unless named) against every rule, for the engagement it was made from; record what
    was found. The report carries `CheckFailed` where anything was. Raises `UsageError`: no such plan. §6."""
    with record.writing() as store:
        plan = store.plan(plan_id)
        version = store.version(plan.input_sha256)
        findings = _findings(plan, version.engagement if version else None)
        store.add_verification(plan.plan_id, findings)
    figures = {"plan_id": plan.plan_id, "verified": not findings, "findings": list(findings)}
    if not findings:
        return Report(f"{plan.plan_id} keeps every rule.", figures)
    error = CheckFailed(f"{plan.plan_id} does not pass its check. Do not circulate it; plan again.")
    return Report("\n".join(findings), figures, error=error)


def _findings(plan: Plan, engagement: Engagement | None) -> tuple[str, ...]:
    if engagement is None or engagement.input_sha256 != plan.input_sha256:
        return ("The engagement it was made from is no longer as it was imported.",)
    return verify(engagement, plan)


def export(record: Record, plan_id: str, out: Path, file_format: str) -> Report:
    """Write a stored plan's files again, in one of `FORMATS`. Raises `UsageError`: no such plan, or no such folder."""
    with record.writing() as store:
        plan = store.plan(plan_id)
        version = store.version(plan.input_sha256)
        if version is None:
            raise CheckFailed(f"The engagement {plan.plan_id} was made from is not in the database.")
        store.audit("export", plan.input_sha256, {"format": file_format}, plan_id=plan.plan_id)
        files = write(version.engagement, plan, out, file_format)
    names = ", ".join(f.name for f in files)
    return Report(f"{plan.plan_id} written to {out}: {names}", {"plan_id": plan.plan_id, "files": [*map(str, files)]})
