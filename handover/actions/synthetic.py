"""A made-up engagement of any size, as input files, for training and benchmarks."""

from pathlib import Path

from handover.actions.report import Report
from handover.outputs.engagement_files import write_engagement
from handover.synthetic import synthetic

CHILDREN_A_TEAM = 120
"""As in the built-in engagement."""


def write_synthetic(out: Path, children: int, teams: int | None, seed: int) -> Report:
    """Write the input files of a made-up engagement into `out`: the same for the same arguments, anywhere.

    Raises `UsageError` for sizes that make none, or a folder that cannot be written to.
    """
    made = synthetic(children, teams or max(1, round(children / CHILDREN_A_TEAM)), seed)
    write_engagement(made, out)
    size = {"children": len(made.children), "workers": len(made.workers), "teams": len(made.teams)}
    said = ", ".join(f"{number} {what}" for what, number in size.items())
    text = f"{said}, all invented, written to {out}\nNext: handover import {out}"
    return Report(text, {"out": str(out), "input_sha256": made.input_sha256, **size})
