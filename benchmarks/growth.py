"""Part 4: how time and memory grow from the seed's size to a county's."""

from collections.abc import Iterator
from math import log
from statistics import linear_regression

from benchmarks.process import planned_made_up
from benchmarks.record import ROOT, Json, Scale
from benchmarks.words import by_name, gap, percent, table
from handover.synthetic import synthetic

TITLE = "Growth"
PLOT = ROOT / "docs" / "growth.svg"
TEAM = 120
SEED = 1
EXPONENT = 1.3


def measure(scale: Scale, _peers: tuple[str, ...]) -> Json:
    """One generated engagement of each size, from start to files."""
    return {
        str(children): planned_made_up(synthetic(children, max(1, children // TEAM), SEED), scale.county_seconds)
        for children in scale.growth
    }


def exponent(measured: Json, figure: str) -> float:
    """The power of the number of children with which a figure grows: least squares on logarithms."""
    points = [(log(int(children)), log(plan[figure])) for children, plan in measured.items()]
    return linear_regression(*zip(*points, strict=True)).slope


def section(measured: Json) -> Iterator[str]:
    """The table, the exponents, and where the plot is."""
    head = ("children", "seconds", "MiB", "levels proven", "gap of `changes`", "stopped by the clock")
    yield from table(
        head,
        (
            (
                int(children),
                plan["seconds"],
                round(plan["peak_mib"]),
                f"{sum(level['proven'] for level in plan['levels'])} of {len(plan['levels'])}",
                percent(gap(by_name(plan["levels"])["changes"])),
                _clocked(plan),
            )
            for children, plan in measured.items()
        ),
    )
    time, memory = exponent(measured, "seconds"), exponent(measured, "peak_mib")
    yield f"Fitted exponent of the number of children: **{time:.2f}** for time, **{memory:.2f}** for memory."
    yield ""
    if any(_clocked(plan) for plan in measured.values()):
        yield "Where the clock stopped the search, its limit is what is measured, and the exponent says less."
        yield ""
    yield f"![Seconds and memory against the number of children, both axes logarithmic]({PLOT.name})"
    yield ""


def short(measured: Json) -> Iterator[str]:
    """What missed its target, from the figures."""
    for figure, word in (("seconds", "Time"), ("peak_mib", "Memory")):
        found = exponent(measured, figure)
        if round(found, 2) > EXPONENT:
            yield f"{word} grows with an exponent of {found:.2f}; the aim is {EXPONENT}."
    for children, plan in measured.items():
        if not plan["verified"]:
            yield f"At {children} children the stored plan does not pass `handover verify`."


def plot(measured: Json) -> str:
    """The plot as static SVG. Needs Altair (requirements/bench.txt)."""
    import altair as alt  # noqa: PLC0415 - the page's text is made without it
    import vl_convert  # noqa: PLC0415

    panels = []
    for figure, title in (("seconds", "Seconds"), ("peak_mib", "Memory, MiB")):
        points = [{"children": int(children), figure: plan[figure]} for children, plan in measured.items()]
        data = alt.Data(values=points)  # type: ignore[no-untyped-call]
        base = alt.Chart(data).encode(
            x=alt.X(
                "children:Q", title="Children", scale=alt.Scale(type="log"), axis=alt.Axis(values=_ticks(measured))
            ),
            y=alt.Y(f"{figure}:Q", title=title, scale=alt.Scale(type="log")),
        )
        fitted = base.transform_regression("children", figure, method="pow").mark_line(strokeDash=[4, 4], color="#777")
        panels.append(
            (fitted + base.mark_point(filled=True, size=70, color="#1f5a99")).properties(width=300, height=240)
        )
    svg: str = vl_convert.vegalite_to_svg(alt.hconcat(*panels).to_json())
    return svg.rstrip() + "\n"


def _ticks(measured: Json) -> list[int]:
    return [int(children) for children in measured]


def _clocked(plan: Json) -> bool:
    return any(level.get("stopped") == "clock" for level in plan["levels"])
