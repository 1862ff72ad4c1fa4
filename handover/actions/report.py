"""What an action gives back, and the plain tables it is printed as."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from handover.errors import HandoverError
from handover.outputs.plan_json import jsonable


@dataclass(frozen=True)
class Report:
    """What a command says: `text` and `figures` (the same as JSON values) for stdout, `messages` for stderr.

    `error` is set where the work was done and yet the exit code is not 0: children unallocated, findings, interrupted.
    """

    text: str
    figures: object = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    error: HandoverError | None = None


def as_json(figures: object) -> str:
    """Figures as JSON text: fractions rounded to 6 places, dates in ISO 8601, values by their fields."""
    return json.dumps(jsonable(figures), indent=2, ensure_ascii=False)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in plain text, columns as wide as their widest cell; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    right = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    lines = (
        "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)) for row in cells
    )
    return "\n".join(line.rstrip() for line in lines)
