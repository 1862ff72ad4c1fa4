"""The tasks of a mobilisation as a table: one that can also be read again as tasks.csv (contract §5)."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from handover.mobilisation import Mobilisation
from handover.outputs.atomic import replace_files
from handover.outputs.csv_files import csv_bytes
from handover.outputs.tables import Column, Table, Value

COLUMNS = tuple(
    Column(name, meaning)
    for name, meaning in {
        "task_id": "The task: one row each. The first eight columns are those of tasks.csv.",
        "name": "What is to be done.",
        "subject": "The worker or team it is for; blank: the engagement.",
        "owner": "Who is to be chased.",
        "days": "Working days of work.",
        "after": "Tasks that must be done first, separated by ;.",
        "not_before": "First day it can begin.",
        "done_on": "Done on; blank: not yet.",
        "who": "Name of the worker or team.",
        "start": "First day of the work at the earliest.",
        "finish": "Last day of the work at the earliest, or the day it was done.",
        "latest_start": "Last day to begin without the whole finishing later.",
        "latest_finish": "Last day to finish without the whole finishing later.",
        "slack": "Working days it can slip before the whole finishes later; blank when done.",
        "critical": "yes when it has no slack.",
        "critical_for": "Workers who are ready a day later for each day that it slips, separated by ;.",
        "status": "late, due (today or in the next three working days), open or done.",
        "days_late": "Working days since it was due.",
        "holds_up": "Workers who would meet families or be ready later if it were a working day late, separated by ;.",
        "children_at_stake": "Children who would be worse off in anything if it were 1, 2 or 5 working days late and "
        "the latest plan's names were kept; blank when done, or without a plan.",
    }.items()
)


def mobilisation_table(made: Mobilisation, at_stake: Mapping[str, int]) -> Table:
    """One row for each task, in order of id. `at_stake`: children by task id."""
    return Table("mobilisation", COLUMNS, tuple(_rows(made, at_stake)))


def subject_name(made: Mobilisation, subject: str | None) -> str:
    """The name of a worker or team; blank for the engagement as a whole."""
    found = made.engagement.worker.get(subject or "") or made.engagement.team.get(subject or "")
    return found.name if found else ""


def _rows(made: Mobilisation, at_stake: Mapping[str, int]) -> Iterator[tuple[Value, ...]]:
    for task in made.tasks:
        times = made.times[task.task_id]
        is_open = task.done_on is None
        yield (
            task.task_id,
            task.name,
            task.subject,
            task.owner,
            task.days,
            ";".join(task.after),
            task.not_before,
            task.done_on,
            subject_name(made, task.subject),
            times.start,
            times.finish,
            times.latest_start,
            times.latest_finish,
            times.slack,
            "yes" if times.critical else "no",
            ";".join(made.critical_for.get(task.task_id, ())),
            made.status(task.task_id),
            made.days_late(task.task_id),
            ";".join(sorted(made.delayed(task.task_id, 1))) if is_open else None,
            at_stake.get(task.task_id),
        )


def write_mobilisation(made: Mobilisation, at_stake: Mapping[str, int], out: Path) -> tuple[Path, ...]:
    """Write `mobilisation.csv` and the picture `mobilisation.svg` into folder `out`, both or neither.

    Raises UsageError when the folder cannot be written to.
    """
    from handover.outputs.gantt import gantt  # noqa: PLC0415 - what draws takes long to load

    files = {"mobilisation.csv": csv_bytes(mobilisation_table(made, at_stake)), "mobilisation.svg": gantt(made)}
    return replace_files(out, files)
