"""docs/benchmarks.md and its plot, rendered from the results kept: `make bench-page`."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from benchmarks import county, delays, encryption, engagements, gap, growth, report, seed, stopping
from benchmarks.record import RESULTS, ROOT, Json, kept
from benchmarks.words import plain

PAGE = ROOT / "docs" / "benchmarks.md"
PARTS: dict[str, ModuleType] = {
    "seed": seed,
    "engagements": engagements,
    "county": county,
    "stopping": stopping,
    "growth": growth,
    "gap": gap,
    "report": report,
    "delays": delays,
    "encryption": encryption,
}
HEAD = """# Benchmarks

Made by `make bench-page` from the measurements in `benchmarks/results/`; nothing here is written by hand. `make bench`
measures everything anew, us and the peers on the same engagements in the same run, and takes a few hours on two cores;
each section names the command for its part alone. A level is *proven* when its value equals a proven lower bound. A gap
is the distance from the bound, as a share of the bound.
"""


def page(folder: Path = RESULTS) -> str:
    """The whole page, from the results in a folder."""
    found = {name: kept(name, folder) for name in PARTS}
    lines = [HEAD, "## What fell short", "", *_short(found)]
    for name, part in PARTS.items():
        lines += [f"## {part.TITLE}", ""]
        result = found[name]
        if result is None:
            lines += [f"Not measured yet: `make bench-{name}`.", ""]
            continue
        lines += [*part.section(result["measured"]), *_about(result["about"])]
    return "\n".join(lines).rstrip() + "\n"


def write(folder: Path = RESULTS) -> None:
    """Write the page, and the plot when growth has been measured."""
    PAGE.write_text(page(folder), encoding="utf-8", newline="\n")
    grown = kept("growth", folder)
    if grown is not None:
        growth.PLOT.write_text(growth.plot(grown["measured"]), encoding="utf-8", newline="\n")


def _short(found: dict[str, Json | None]) -> Iterator[str]:
    measured = {name: result["measured"] for name, result in found.items() if result is not None}
    missed = [line for name, result in measured.items() for line in PARTS[name].short(result)]
    yield from (f"- {line}" for line in missed)
    if measured and not missed:
        yield "Nothing: every target measured was met."
    absent = [PARTS[name].TITLE for name in PARTS if name not in measured]
    if absent:
        yield from ([""] if measured else [])
        yield f"Not measured yet, so neither met nor missed: {', '.join(absent)}."
    yield ""


def _about(about: Json) -> Iterator[str]:
    machine = about["machine"]
    memory = f", {plain(machine['memory_gib'])} GiB" if machine["memory_gib"] else ""
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    yield (
        f"`{about['command']}` · {about['date']} · {machine['cores']} cores of {machine['cpu']}{memory}, "
        f"{machine['system']} · {versions}"
    )
    yield ""
