"""Runs the program as its own process, as the installed command would."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.argv[0] = "handover"

from cli import main  # noqa: E402 - the path has to be set first

if __name__ == "__main__":
    main(prog_name="handover")
