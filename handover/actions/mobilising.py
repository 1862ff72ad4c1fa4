"""Mobilise: the tasks before go-live as a network, what is late, what to chase; and what was done, with who said so."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from db.record import Record
from handover.actions.chasing import chase, chased_figures, chased_lines, due, late_lines, task_line
from handover.actions.plans import HEAD, failure_told
from handover.actions.record import latest
from handover.actions.report import Report
from handover.actions.watching import Watch, in_thread
from handover.british import count, short_day
from handover.clearance import meets_from, ready_on
from handover.delays import DAYS_LATE, Chase
from handover.engagement import Engagement, Task
from handover.errors import UsageError
from handover.mobilisation import Mobilisation, known_on, lapsing, with_done, without_done
from handover.outputs.mobilisation import write_mobilisation
from handover.standard_tasks import fixed_by
from handover.workdays import DAY

FORMAT = "mobilisation"
SHOWN = 12
"""Lines under a heading on a screen."""
NAMED = 6
"""Tasks named on one of them."""
CHASED = 10
TIMES = ("start", "finish", "latest_start", "latest_finish", "slack", "critical")
LATE = DAYS_LATE[-1]
SECONDS = 300.0
"""How long the search may take unless a watch is given."""


def mobilise(
    record: Record,
    as_of: date | None = None,
    out: Path | None = None,
    today: Callable[[], date] = date.today,
    watch: Watch | None = None,
) -> Report:
    """The mobilisation as it stood on a day (today): what is late, due, critical, to be chased; with `out`,
    `mobilisation.csv` and the picture are written there. What delays cost is told beside the latest plan, until the
    watch ends.

    Raises UsageError before the first import, or where `out` cannot be written to.
    """
    day = as_of or today()
    current = latest(record)
    engagement = known_on(current.engagement, day)
    with record.reading() as store:
        done = {p.task_id: p.done_on for p in store.progress().values() if p.done_on and p.done_on <= day}
        plan = store.plan(None) if store.plans() else None
        if plan is not None and plan.removed:  # its figures are not those of the children it holds
            plan = None
        version = store.version(plan.input_sha256) if plan else None
    made = Mobilisation(engagement, day, done)
    found = None
    if plan is not None and version is not None:
        planned_for, against, until = version.engagement, plan, watch or Watch.lasting(SECONDS)
        found = in_thread(lambda: chase(made, planned_for, against, until))
    at_stake = found.at_stake if found else {}
    chased = chased_lines(made, found) if found else _held_up(made)
    lines = [*_head(made), *_lists(made), *_not_ready(made, found), *chased, *_lapsing(made)]
    figures = _figures(made, at_stake) | (chased_figures(found) if found else {})
    if out is not None:
        with record.writing() as store:
            store.audit("export", current.input_sha256, {"format": FORMAT, "to": str(out.absolute())})
            head = store.trail_head()
        with failure_told(record, current.input_sha256, FORMAT):
            files = write_mobilisation(made, at_stake, out)
        lines.append(f"\nWritten to {out}: {', '.join(f.name for f in files)}\n{HEAD.format(head)}")
        figures |= {"files": [*map(str, files)], "trail_head": head}
    return Report("\n".join(lines), figures)


def _head(made: Mobilisation) -> list[str]:
    settings, days = made.engagement.settings, made.network.days
    left = days.before(settings.go_live + DAY) - days.before(made.today + DAY)
    whose = "tasks.csv" if made.engagement.tasks else "the built-in tasks, dated by workers.csv"
    ahead = f"in {count(left, 'working day', 'working days')}" if made.today < settings.go_live else "past"
    to_go = "today" if made.today == settings.go_live else ahead
    done = len(made.tasks) - len(made.open_tasks)
    return [
        f"{settings.name}, as of {short_day(made.today)}; go-live {short_day(settings.go_live)}, {to_go}",
        f"{count(len(made.tasks), 'task', 'tasks')} ({whose}): {done} done, {len(made.open_tasks)} open",
    ]


def _lists(made: Mobilisation) -> list[str]:
    lines = []
    for status, heading in (("late", "Late"), ("due", f"Due by {short_day(made.soon)}")):
        tasks = [task for task in made.open_tasks if made.status(task.task_id) == status]
        alike = _alike(made, tasks)
        lines += ["", f"{heading} ({len(tasks)})", *(f"  {line}" for line in alike[:SHOWN])]
        if len(alike) > SHOWN:
            lines.append(f"  … and {len(alike) - SHOWN} more like these (--out or --json lists all)")
    path = made.network.critical_path()
    lines += ["", f"Critical path: the whole finishes with the last of these ({len(path)})"]
    return lines + [f"  {task_line(made, made.network.task[task_id])}" for task_id in path]


def _alike(made: Mobilisation, tasks: Iterable[Task]) -> list[str]:
    """A line for all tasks of one name, owner and day, the earliest first."""
    groups: dict[tuple[date, str, str], list[Task]] = {}
    for task in tasks:
        groups.setdefault((made.times[task.task_id].finish, task.name, task.owner), []).append(task)
    lines = []
    for key in sorted(groups):
        first, *others = groups[key]
        ids = [task.task_id for task in groups[key]]
        more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
        named = f"{first.name} ({first.owner or 'no owner'}), {due(made, first)}: {', '.join(ids[:NAMED])}{more}"
        lines.append(named if others else task_line(made, first))
    return lines


def _not_ready(made: Mobilisation, found: Chase | None) -> list[str]:
    lines = []
    for worker in made.not_ready:
        path = made.critical_path_of(worker.worker_id)
        waits = f"waits for {' → '.join(path)}" if path else "by the dates in workers.csv"
        lines.append(f"  {worker.worker_id} {worker.name}: {short_day(made.dates[worker.worker_id][1])}, {waits}")
        lines += late_lines(made, worker.worker_id, found) if found else []
    return ["", f"Ready only after go-live ({len(made.not_ready)})", *lines]


def _held_up(made: Mobilisation) -> list[str]:
    """Without a plan: the open tasks that hold most people up if they slip."""
    held_up = {task.task_id: made.delayed(task.task_id, LATE) for task in made.open_tasks}
    holding = [task for task in made.open_tasks if held_up[task.task_id]]
    if not holding:
        return ["", f"Nobody is held up if a task is {LATE} working days late"]
    holding.sort(key=lambda t: (-len(held_up[t.task_id]), made.times[t.task_id].finish, t.task_id))
    lines = [f"  {task_line(made, t)}\n    {', '.join(sorted(held_up[t.task_id]))}" for t in holding[:CHASED]]
    heading = f"To chase: whom it holds up if they are {LATE} working days late"
    return ["", heading, *lines, "  Make a plan, and what it costs children is told: handover plan"]


def _lapsing(made: Mobilisation) -> list[str]:
    found = lapsing(made.engagement)
    if not found:
        return []
    end = short_day(made.engagement.settings.contract_end)
    return [
        "",
        f"Registration lapses before the contract ends on {end} ({len(found)}): look at the register again",
        *(
            f"  {short_day(day)}: {w.worker_id} {w.name}, registered until {short_day(w.swe_registered_until)}"
            for w, day in found
            if w.swe_registered_until is not None
        ),
        "  Renewal closes on 30 November; the register drops the unrenewed on 1 December.",
    ]


def _figures(made: Mobilisation, at_stake: Mapping[str, int]) -> dict[str, object]:
    return {
        "engagement": made.engagement.settings.name,
        "as_of": made.today,
        "go_live": made.engagement.settings.go_live,
        "tasks": [
            vars(task)
            | {name: getattr(made.times[task.task_id], name) for name in TIMES}
            | {"critical_for": made.critical_for.get(task.task_id, ())}
            | {"status": made.status(task.task_id), "days_late": made.days_late(task.task_id)}
            | {"children_at_stake": at_stake.get(task.task_id)}
            for task in made.tasks
        ],
        "critical_path": list(made.network.critical_path()),
        "critical_path_of": {worker_id: list(made.critical_path_of(worker_id)) for worker_id in made.dates},
        "look_again": [
            {"worker_id": w.worker_id, "registered_until": w.swe_registered_until, "look_again_on": day}
            for w, day in lapsing(made.engagement)
        ],
    }


def done(
    record: Record,
    task_id: str,
    on: date | None = None,
    *,
    undo: bool = False,
    today: Callable[[], date] = date.today,
) -> Report:
    """Keep that a task was done on a day (today), or with `undo` that it is not, and who said so.

    A task of the engagement's own makes a new version of it, so that the next plan goes by it. Raises UsageError for a
    task there is not, or a day to come.
    """
    on = on or today()
    if on > today():
        raise UsageError(f"{short_day(on)} has not come yet. Record a task on the day it is done, or after.")
    before = latest(record).engagement
    task = _task(Mobilisation(before, today()), task_id)
    after = with_done(without_done(before, {task_id}), {} if undo else {task_id: on})
    with record.writing() as store:
        store.add_progress(task_id, None if undo else on)
        if after != before:
            store.add_engagement(after, f"done {task_id}")
        progress = store.progress()
    who = progress[task_id].who
    made = Mobilisation(after, today(), {p.task_id: p.done_on for p in progress.values() if p.done_on})
    said = "is not done after all" if undo else f"is done on {short_day(on)}"
    lines = [f"{task_id} ({task.name}) {said}, recorded by {who}", *_moved(before, after)]
    figures = {"task_id": task_id, "done_on": None if undo else on, "who": who, "input_sha256": after.input_sha256}
    if undo:
        hint = _still_done(made, task_id)
    else:
        hint = (*(_hint(before, task, on) or _still_done(made, task_id, on)), *_waited_for(made, task_id))
    return Report("\n".join(lines), figures, hint)


def _task(made: Mobilisation, task_id: str) -> Task:
    found = made.network.task.get(task_id)
    if found is None:
        near = get_close_matches(task_id, made.network.task, 3, 0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"There is no task {task_id}.{hint} `handover mobilise --out FOLDER` lists them all.")
    return found


def _moved(before: Engagement, after: Engagement) -> Iterable[str]:
    """Whose days it changes in the next plan."""
    for worker in before.workers:
        was = (meets_from(worker, before), ready_on(worker, before))
        now = (meets_from(worker, after), ready_on(worker, after))
        for word, old, new in zip(("meets families from", "is ready on"), was, now, strict=True):
            if old != new and old and new:
                yield f"  {worker.worker_id} {worker.name} {word} {short_day(new)}, not {short_day(old)}"


def _waited_for(made: Mobilisation, task_id: str) -> tuple[str, ...]:
    """What should have come first and is open."""
    before = [t for t in made.network.task[task_id].after if made.network.task[t].done_on is None]
    return (f"{task_id} waits for {', '.join(before)}, not recorded as done. Done too?",) if before else ()


def _still_done(made: Mobilisation, task_id: str, recorded: date | None = None) -> tuple[str, ...]:
    """A built-in task that is done by its dates, whatever was recorded."""
    on, column = made.network.task[task_id].done_on, fixed_by(task_id)
    if on in (None, recorded):
        return ()
    why = f"{column} in workers.csv says so: put the new day there and import again" if column else "its day has come"
    return (f"The list still has {task_id} as done on {short_day(on)}: {why}.",)


def _hint(made: Engagement, task: Task, on: date) -> tuple[str, ...]:
    """A built-in task goes by workers.csv, and so do plans: what to mend there."""
    column = None if made.tasks else fixed_by(task.task_id)
    worker = made.worker.get(task.subject or "")
    said = getattr(worker, column, None) if worker and column else None
    if column is None or worker is None or said == on or column == "starts":
        return ()
    there = f"workers.csv has {said or 'nothing'} for {worker.worker_id} in {column}"
    return (f"{there}, and plans go by it: put {on} there and import again.",)
