"""Empty input files to fill in."""

from pathlib import Path

from handover.actions.report import Report
from handover.intake.template import write_template


def template(out: Path) -> Report:
    """Write headed, empty input files with a commented `engagement.toml` into `out`. §6."""
    written = write_template(out)
    names = ", ".join(path.name for path in written)
    text = f"Written to {out}: {names}\nFill them in, then: handover import {out}"
    return Report(text, {"files": [*map(str, written)]})
