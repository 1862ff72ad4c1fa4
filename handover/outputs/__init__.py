"""Plan to files: one module per format. Files are replaced whole or not at all (contract §5)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from handover.engagement import Engagement
from handover.errors import UsageError
from handover.outputs.atomic import replace_files
from handover.outputs.csv_files import csv_bytes
from handover.outputs.plan_json import plan_json
from handover.outputs.tables import COLUMNS, tables
from handover.outputs.workbook import workbook
from handover.plan import Plan

__all__ = ["COLUMNS", "FORMATS", "write"]


def _csv(engagement: Engagement, plan: Plan) -> Mapping[str, bytes]:
    files = {f"{table.name}.csv": csv_bytes(table) for table in tables(engagement, plan)}
    return files | {"plan.json": plan_json(plan)}


def _html(engagement: Engagement, plan: Plan) -> Mapping[str, bytes]:
    from handover.outputs.report import report_html  # noqa: PLC0415 its pictures take a second to load

    return {"report.html": report_html(engagement, plan)}


def _ics(engagement: Engagement, plan: Plan, earlier: Sequence[Plan] = ()) -> Mapping[str, bytes]:
    from handover.outputs.ics import diaries  # noqa: PLC0415 its library takes a while to load

    return diaries(engagement, plan, earlier)


FORMATS: Mapping[str, Callable[[Engagement, Plan], Mapping[str, bytes]]] = {
    "csv": _csv,
    "xlsx": workbook,
    "html": _html,
    "ics": _ics,
}
"""How a plan may be written: by name, what makes the whole files (name to content) of an engagement's plan."""


def write(
    engagement: Engagement,
    plan: Plan,
    out: Path,
    file_format: str = "csv",
    *,
    people: bool = False,
    earlier: Sequence[Plan] = (),
) -> tuple[Path, ...]:
    """Write all files of a plan into folder `out`, whole or not at all, and return their paths. §5.

    `people` gives everybody a sheet of their own in the workbook; diaries cancel what only `earlier` stored plans had,
    the oldest of them first. Raises UsageError for a format there is not, `people` with any but the workbook, or when
    the folder cannot be written to.
    """
    if file_format not in FORMATS:
        raise UsageError(f"There is no format {file_format}. Use one of {', '.join(FORMATS)}.")
    if people and file_format != "xlsx":
        raise UsageError("Sheets for people are part of the workbook: --format xlsx.")
    if file_format == "ics":
        return replace_files(out, _ics(engagement, plan, earlier))
    files = workbook(engagement, plan, people=True) if people else FORMATS[file_format](engagement, plan)
    return replace_files(out, files)
