"""Fills in what the pages take from the program, by cog.

python docs/generate.py           writes it into the pages
python docs/generate.py --check   shows what would change, and fails if anything would

Pages can be named; otherwise it is all of them.
"""

import os
import sys
from pathlib import Path

from cogapp import Cog

ROOT = Path(__file__).parent.parent
PROLOGUE = "import reference; from shown import *"
"""What the pages' own lines of Python can name."""
WAYS = {"": ["-r"], "--check": ["--check", "--diff", "--check-fail-msg=Run `make docs` and commit the pages."]}


def pages() -> list[str]:
    """The pages with such lines."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [str(page.relative_to(ROOT)) for page in found if "[[[cog" in page.read_text(encoding="utf-8")]


def main(*arguments: str) -> int:
    """Write the pages, or with --check say whether they are up to date; gives the exit code."""
    os.chdir(ROOT)
    way = "--check" if "--check" in arguments else ""
    options = ["-P", "-U", "-n", "utf-8", "-I", "docs", "-p", PROLOGUE, "--verbosity=1", *WAYS[way]]
    return int(Cog().main(["cog", *options, *([name for name in arguments if name != way] or pages())]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
