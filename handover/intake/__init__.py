"""Files to Engagement: an engagement folder, or one workbook with the same tables as sheets (contract §1)."""

from dataclasses import dataclass
from pathlib import Path

from handover.engagement import Engagement
from handover.errors import InputRefused, Problem
from handover.intake.build import build
from handover.intake.checks import check_tables
from handover.intake.doubts import doubts
from handover.intake.folder import read_folder
from handover.intake.rows import Findings, Rows, read_rows
from handover.intake.settings_file import read_settings
from handover.intake.tables import TABLES
from handover.intake.workbook import read_workbook


@dataclass(frozen=True)
class Reading:
    """What was read: the engagement, and what a plan can live with but somebody should look at."""

    engagement: Engagement
    warnings: tuple[Problem, ...]


def read(path: Path) -> Reading:
    """The engagement in a folder or an `.xlsx` workbook, whole or not at all (§1).

    Raises InputRefused with every problem found in any file, each with its file, row, column and what to do.
    """
    findings = Findings()
    if path.is_dir():
        text, grids = read_folder(path, findings)
    elif path.is_file() and path.suffix.lower() == ".xlsx":
        text, grids = read_workbook(path, findings)
    else:
        what = "is neither a folder nor an .xlsx workbook" if path.exists() else "does not exist"
        message = f"{what}. Give the folder that holds engagement.toml, or the workbook."
        raise InputRefused((Problem(str(path), 0, "", message),))
    label = "{}.csv" if path.is_dir() else f"{path.name} sheet {{}}"
    settings = read_settings(text, findings) if text is not None else {}
    tables = {
        name: read_rows(table, grids[name], findings) if name in grids else Rows(label.format(name))
        for name, table in ((table.name, table) for table in TABLES)
    }
    check_tables(tables, findings)
    if findings.problems:
        raise InputRefused(tuple(findings.problems))
    engagement = build(settings, tables)
    doubts(engagement, tables, findings)
    return Reading(engagement, tuple(sorted(findings.warnings)))
