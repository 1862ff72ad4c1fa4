"""Puts a real excerpt of the demo's schedule into README.md: make demo && python docs/excerpt.py handover-demo."""

import csv
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- excerpt: docs/excerpt.py -->\n", "<!-- end of excerpt -->\n"
CHILDREN = ("C00013", "C00037", "C00061", "C00193")
"""One who changes, one who stays, one whose worker is not ready on time, one of four siblings at court."""
TOLD = "C00061"
"""The child whose `why` is told in full."""
COLUMNS = (
    "child_id",
    "plan",
    "from_worker",
    "to_worker",
    "meeting_start",
    "joint_visit_start",
    "prior_changes",
    "changes",
)


def excerpt(schedule: Path) -> str:
    """The children's rows as a table, and one reason in full."""
    with schedule.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["child_id"]: row for row in csv.DictReader(file)}
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(rows[child_id][column] for column in COLUMNS) + " |" for child_id in CHILDREN]
    return "\n".join([*lines, "", f"and why, for {TOLD}: “{rows[TOLD]['why']}”", ""])


def main() -> None:
    """Replace what stands between the markers."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    table = excerpt(Path(sys.argv[1]) / "handover_schedule.csv")
    README.write_text(f"{before}{START}\n{table}\n{END}{after}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
