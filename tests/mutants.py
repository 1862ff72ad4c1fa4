"""Prints what `mutmut run` found: how many mutants of each module were made, and how many the tests killed.

A mutant that no test reaches, or that the tests let live, survives; one that runs for ever is killed. `mutmut show`
with the name of a survivor shows the change.
"""

import json
import sys
from pathlib import Path

KILLED = {1, 3, 24, -24, 36, 152, 255}
"""How mutmut notes that a test failed, or that it ran out of time."""


def figures(folder: Path) -> dict[str, tuple[int, list[str]]]:
    """By module: mutants tried, and the names of those that survived. What was not tried yet is left out."""
    found = {}
    for path in sorted(folder.rglob("*.meta")):
        ends = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        tried = {name: end for name, end in ends.items() if end is not None}
        if tried:
            module = str(path.relative_to(folder)).removesuffix(".py.meta")
            found[module] = (len(tried), [name for name, end in tried.items() if end not in KILLED])
    return found


def main_() -> int:
    """Print the figures and the survivors."""
    found = figures(Path("mutants"))
    for _, survivors in found.values():
        print(*survivors, sep="\n", end="\n" if survivors else "")
    total = sum(made for made, _ in found.values())
    alive = sum(len(survivors) for _, survivors in found.values())
    for module, (made, survivors) in found.items():
        print(f"{module}: {made - len(survivors)} of {made} mutants killed")
    print(f"{total - alive} of {total} mutants killed")
    return 0 if total and alive * 10 <= total else 1


if __name__ == "__main__":
    sys.exit(main_())
