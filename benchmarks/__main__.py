"""Measures the parts named, or all of them, one after another, and renders the page.

python -m benchmarks                        everything, with every peer: a few hours on two cores
python -m benchmarks county growth          these parts
python -m benchmarks seed --peers reference the allocation beside this peer alone
python -m benchmarks page                   only the page, from the results kept
python -m benchmarks --small --results DIR  tries it all out in minutes, on engagements too small to mean anything
"""

import argparse
import sys
from pathlib import Path

from benchmarks.page import PARTS, write
from benchmarks.peers.asking import UNLIKE
from benchmarks.record import FULL, RESULTS, SMALL, keep


def main() -> int:
    """Measure, keep, render; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, "page", []], help="What to measure. Default: everything.")
    parser.add_argument("--peers", nargs="*", choices=UNLIKE, default=list(UNLIKE), help="For seed. Default: all.")
    parser.add_argument("--small", action="store_true", help="Small sizes and short limits; needs --results.")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Folder for the measurements.")
    given = parser.parse_args()
    if given.small and given.results == RESULTS:
        parser.error("--small needs --results DIR: its figures are not to be kept as measurements.")
    for name in given.parts or PARTS:
        if name == "page":
            continue
        print(f"Measuring {name} …", file=sys.stderr, flush=True)
        command = "make bench" if not given.parts else f"make bench-{name}"
        measured = PARTS[name].measure(SMALL if given.small else FULL, tuple(given.peers))
        print(keep(name, command, measured, given.results).name, file=sys.stderr, flush=True)
    if given.results == RESULTS:
        write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
