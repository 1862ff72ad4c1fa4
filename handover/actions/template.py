"""Empty input files to fill in."""

import os
from pathlib import Path

from handover.actions.report import Report
from handover.errors import UsageError
from handover.intake.template import template_files
from handover.outputs.atomic import replace_files


def template(out: Path) -> Report:
    """Write headed, empty input files with a commented `engagement.toml` into `out`, which is made if need be. §6.

    Raises `UsageError`, and writes nothing, where one of the files is there already or `out` cannot be written to.
    """
    files = template_files()
    if there := [name for name in files if os.path.lexists(out / name)]:
        raise UsageError(f"{out} has {', '.join(there)} already; nothing was written. Name another folder with --out.")
    written = replace_files(out, files)
    text = f"Written to {out}: {', '.join(files)}\nFill them in, then: handover import {out}"
    return Report(text, {"files": [*map(str, written)]})
