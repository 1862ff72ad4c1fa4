"""Plan to files: one module per format. Files are replaced whole or not at all (contract §5)."""

from collections.abc import Callable, Mapping
from pathlib import Path

from handover.engagement import Engagement
from handover.errors import UsageError
from handover.outputs.atomic import replace_files
from handover.outputs.csv_files import csv_bytes
from handover.outputs.plan_json import plan_json
from handover.outputs.tables import COLUMNS, tables
from handover.plan import Plan

__all__ = ["COLUMNS", "FORMATS", "write"]


def _csv(engagement: Engagement, plan: Plan) -> Mapping[str, bytes]:
    files = {f"{table.name}.csv": csv_bytes(table) for table in tables(engagement, plan)}
    return files | {"plan.json": plan_json(plan)}


FORMATS: Mapping[str, Callable[[Engagement, Plan], Mapping[str, bytes]]] = {"csv": _csv}
"""How a plan may be written: by name, what makes the whole files (name to content) of an engagement's plan."""


def write(engagement: Engagement, plan: Plan, out: Path, file_format: str = "csv") -> tuple[Path, ...]:
    """Write all files of a plan into folder `out`, whole or not at all, and return their paths. §5.

    Raises UsageError for a format there is not, or when the folder cannot be written to.
    """
    if file_format not in FORMATS:
        raise UsageError(f"There is no format {file_format}. Use one of {', '.join(FORMATS)}.")
    return replace_files(out, FORMATS[file_format](engagement, plan))
