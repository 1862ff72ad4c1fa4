"""A measurement as a file: the figures, and on which machine, with which versions, when and by which command."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("case-handover", "ortools", "numpy", "networkx", "scipy")


@dataclass(frozen=True)
class Scale:
    """How large the measurements are: the engagements planned, the generated ones, and the seconds each may take
    (`patient_seconds`: where those of the default limit are not enough for the proof)."""

    engagements: Mapping[str, Path]
    generated: Mapping[str, range]
    children: int
    county: tuple[int, int]
    growth: tuple[int, ...]
    seconds: int
    patient_seconds: int
    county_seconds: int
    level_seconds: int
    instance_seconds: int


FULL = Scale(
    {
        "november-2022": ROOT / "handover" / "demo_data" / "november-2022",
        "november-2022-short": ROOT / "tests" / "data" / "november-2022-short",
    },
    {"plain": range(1, 8), "one-week": range(1, 8), "tight": range(1, 7)},
    480,
    (12_000, 100),
    (480, 1000, 2000, 5000, 12_000),
    120,
    900,
    290,  # reading, checking and writing are within the five minutes too
    60,
    600,
)
SMALL = Scale(
    {"small": ROOT / "tests" / "data" / "small"},
    {"plain": range(1, 2), "one-week": range(1, 2), "tight": range(1, 2)},
    48,
    (240, 2),
    (24, 48, 96),
    20,
    40,
    20,
    5,
    20,
)
"""For trying the benchmarks themselves out: minutes become seconds, and the figures mean nothing."""


def keep(name: str, command: str, measured: Json, folder: Path = RESULTS) -> Path:
    """Write the measurements of a part to `folder`, with what is needed to repeat them; the file written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    found = {"about": about(command), "measured": measured}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return path


def kept(name: str, folder: Path = RESULTS) -> Json | None:
    """The measurements of a part as kept; None when it has not been measured."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


def about(command: str) -> Json:
    """Machine, versions, date, and the command to repeat; nothing that names the machine or its paths."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    asked = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
        "machine": {
            "cpu": _cpu(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "memory_gib": _memory(),
            "system": platform.system(),
        },
        "versions": versions | ({"commit": commit} if commit else {}),
    }


def _cpu() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None
