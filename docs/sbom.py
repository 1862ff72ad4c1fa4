"""Software bill of materials on stdout: CycloneDX JSON, from the pinned requirements. `make sbom` keeps it.

The same pins give the same bytes. Where a package may be fetched from is left out: its name, version and digests say
what it is, wherever it comes from.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OPTIONS = ("--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON")
REQUIREMENTS = "requirements/run.txt"


def main() -> int:
    """Print the bill; gives the exit code."""
    made = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "requirements", REQUIREMENTS, *OPTIONS],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    print(json.dumps(without_addresses(json.loads(made.stdout)), indent=2, sort_keys=True))
    return 0


def without_addresses(bill: dict[str, Any]) -> dict[str, Any]:
    """The bill with the digests of each package's files beside its name, and no address of a registry."""
    for package in bill["components"]:
        places = package.pop("externalReferences", [])
        package["hashes"] = [digest for place in places for digest in place.get("hashes", [])]
        package.pop("description", None)  # the line of the requirements once more
    for tool in bill["metadata"].get("tools", {}).get("components", []):
        tool.pop("externalReferences", None)
    return bill


if __name__ == "__main__":
    sys.exit(main())
