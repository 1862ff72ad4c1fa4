"""Prints what `mutmut run` found: how many mutants of each module were made, and how many the tests killed.

A mutant that no test reaches, or that the tests let live, survives; one that runs for ever is killed. `docs/mutants.md`
says of each survivor why no test kills it: one that it does not name is named here. `mutmut show` with the name of a
survivor shows the change. The names are numbered by mutmut: a changed function has other ones.
"""

import json
import re
import sys
from pathlib import Path

KILLED = {1, 3, 24, -24, 36, 152, 255}
"""How mutmut notes that a test failed, or that it ran out of time."""
PAGE = Path(__file__).parent.parent / "docs" / "mutants.md"
NAMED = re.compile(r"`(handover\.[\wǁ.]+__mutmut_)([\d, ]+)`")
"""As the page names survivors: those of one function together, by their numbers."""


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


def explained(page: str) -> frozenset[str]:
    """The survivors that the page names."""
    return frozenset(f"{function}{number}" for function, ns in NAMED.findall(page) for number in re.findall(r"\d+", ns))


def main_() -> int:
    """Print the figures, and the survivors that are not explained."""
    found = figures(Path("mutants"))
    survivors = [name for _, names in found.values() for name in names]
    unexplained = sorted(set(survivors) - explained(PAGE.read_text(encoding="utf-8")))
    for module, (made, names) in found.items():
        print(f"{module}: {made - len(names)} of {made} mutants killed")
    total = sum(made for made, _ in found.values())
    print(f"{total - len(survivors)} of {total} mutants killed, {len(unexplained)} survivors not explained")
    print(*unexplained, sep="\n", end="\n" if unexplained else "")
    return 0 if total and len(survivors) * 10 <= total and not unexplained else 1


if __name__ == "__main__":
    sys.exit(main_())
