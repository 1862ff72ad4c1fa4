"""Plan: allocate, schedule, flag; keep the plan only if it passes its check as read back; write its files."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from rich.console import Console

from db.record import Record, Store
from handover.actions.keeping import automatic_backup
from handover.actions.plans import HEAD, told_of_export, written
from handover.actions.record import latest
from handover.actions.report import Report
from handover.actions.watching import in_thread
from handover.engagement import Engagement
from handover.errors import CheckFailed, ChildrenUnallocated, HandoverError, Interrupted, NoUsablePlan, UsageError
from handover.flags import flags
from handover.outputs.terminal import show
from handover.plan import Limits, Plan
from handover.summary import Summary, summary
from handover.verify import verify
from handover.workdays import DAY, next_working
from solver import make_plan
from solver.watch import Watch

SHOWN = 20
CHILDREN_A_SECOND = 3000
"""Stored, read back, checked, counted and written; a cautious figure."""


@dataclass(frozen=True)
class Asked:
    """What `plan` was asked for: the folder for the files, the first day that may be booked, the seed."""

    out: Path | None = None
    book_from: date | None = None
    seed: int = 0


def plan(record: Record, asked: Asked, watch: Watch, today: Callable[[], date] = date.today) -> Report:
    """Make a plan for the engagement imported last, store it, and write its files; after an automatic backup where
    there is a plan already. §6.

    Raises `UsageError`, `NoUsablePlan`, `Interrupted` (no plan yet), `CheckFailed` (nothing stored). A plan that leaves
    children unallocated, or that was interrupted, is stored and written, and its report carries the error.
    """
    engagement = latest(record).engagement
    book_from = _book_from(asked, engagement)
    _usable(asked.out)
    limits = Limits(asked.seed, book_from)
    tell_backup = automatic_backup(record, "plan") if _planned(record) else None
    try:
        made = in_thread(lambda: make_plan(engagement, limits, _searching(watch, engagement)))
    except NoUsablePlan as none:
        if watch.interrupted.is_set():
            raise Interrupted("Stopped before there was a complete plan; nothing was stored.") from none
        raise
    made = replace(made, flags=flags(engagement, made))
    with record.writing() as store:
        if tell_backup is not None:
            tell_backup(store)
        kept = _keep(store, made)
        if asked.out is not None:
            kept = told_of_export(store, kept, asked.out)
        newest = store.latest_sha256()
    messages = _messages(asked, engagement, today())
    if newest != kept.input_sha256:
        messages += ("Another import was made meanwhile: this plan is for the one before it. Plan again.",)
    files = _written(record, engagement, kept, asked.out)
    counted = summary(engagement, kept)
    text = f"{_read_out(counted)}\nPlan {kept.plan_id} is checked and stored."
    if files:
        text += f"\nWritten to {asked.out}: {', '.join(f.name for f in files)}\n{HEAD.format(kept.trail_head)}"
    return Report(text, vars(counted) | {"files": [*map(str, files)]}, messages, _error(kept, watch))


def _planned(record: Record) -> bool:
    with record.reading() as store:
        return bool(store.plans())


def _book_from(asked: Asked, engagement: Engagement) -> date:
    settings = engagement.settings
    if asked.book_from is not None and asked.book_from >= settings.go_live:
        raise UsageError(f"--from {asked.book_from} leaves no day: responsibility passes on {settings.go_live}.")
    return max(asked.book_from or settings.window_start, settings.window_start)


def _searching(watch: Watch, engagement: Engagement) -> Watch:
    """The watch less what storing, checking and writing will take."""
    kept_back = min(watch.left() / 2, 0.5 + len(engagement.children) / CHILDREN_A_SECOND)
    return replace(watch, until=watch.until - kept_back)


def _messages(asked: Asked, engagement: Engagement, today: date) -> tuple[str, ...]:
    settings = engagement.settings
    if asked.book_from is not None or not settings.window_start <= today < settings.go_live:
        return ()
    day = min(next_working(today + DAY, engagement.closed_days), settings.go_live - DAY)
    out = f" --out {asked.out}" if asked.out else ""
    return (f"Today is inside the window, and days gone by were booked too. Use: handover plan --from {day}{out}",)


def _usable(out: Path | None) -> None:
    """Refuse a folder that is a file before the search, not after it."""
    if out is not None and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file. Name a folder.")


def _keep(store: Store, made: Plan) -> Plan:
    """Store the plan, read it back, and hold what was read against every rule; on any finding nothing is kept."""
    plan_id = store.add_plan(made)
    kept = store.plan(plan_id)
    version = store.version(kept.input_sha256)
    findings = ["it was not read back as it was stored"] * (_content(kept) != _content(made))
    findings += verify(version.engagement, kept) if version else ["its engagement is not in the database"]
    if findings:
        shown = "\n".join(f"  {finding}" for finding in findings[:SHOWN])
        raise CheckFailed(f"The plan does not pass its own check and was not stored. Please report this:\n{shown}")
    store.add_verification(plan_id, ())
    return kept


def _content(plan: Plan) -> Plan:
    return replace(plan, plan_id="", made_at=None, made_by="")


def _written(record: Record, engagement: Engagement, kept: Plan, out: Path | None) -> tuple[Path, ...]:
    if out is None:
        return ()
    try:
        return written(record, engagement, kept, out)
    except (OSError, HandoverError) as trouble:
        raise UsageError(
            f"The plan is stored as {kept.plan_id}, but its files could not be written to {out}: {trouble} "
            f"Write them with: handover export {kept.plan_id} --out FOLDER"
        ) from trouble


def _read_out(counted: Summary) -> str:
    console = Console()
    with console.capture() as captured:
        show(counted, console)
    return captured.get()


def _error(kept: Plan, watch: Watch) -> HandoverError | None:
    if watch.interrupted.is_set():
        return Interrupted(f"Stopped by you: {kept.plan_id} is the best complete plan found until then.")
    if kept.unallocated:
        count = len(kept.unallocated)
        return ChildrenUnallocated(
            f"{count} {'child is' if count == 1 else 'children are'} left without a receiving worker: see why for each "
            "in the schedule and the flags."
        )
    return None
