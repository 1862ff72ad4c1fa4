"""The report's pictures: Altair charts as static SVG in two widths, with no style, script or font of their own."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

import altair as alt
import vl_convert as vlc
from markupsafe import Markup, escape

from handover.british import figure
from handover.outputs.report.counts import OUTCOMES, Busyness, Hearing
from handover.outputs.report.words import day_of_year
from handover.summary import Load

WIDE, NARROW = 700, 312
"""Widths in pixels: for a page and for a telephone. The page shows the one that fits."""
FONT = "Arial, Helvetica, sans-serif"
INK, WHITE, SOFT, GREY, BLUE, ORANGE, RED = "#0b0c0c", "#ffffff", "#505a5f", "#8d969e", "#1d70b8", "#e0601b", "#d4351c"
BAND = "#e3e7ea"
SHADES = (("#e8f1fa", INK), ("#c3dcf2", INK), ("#8fbfe6", INK), (BLUE, WHITE), ("#12436d", WHITE))
"""From little to much, each with the ink that reads on it."""
NOTHING = ("#f8f8f8", INK)
LOADS_AT_MOST = 60
"""Above so many, caseloads are counted by their distance from the fair share."""
ROWS_AT_MOST = 40
"""Above so many rows only the busiest are drawn; days become weeks. The table under the picture has them all."""
LETTER = 5.8
"""Pixels that a letter of a label takes, on average."""

Chart = Any
"""Any of Altair's charts; its own types do not say what they are made of."""
Draw = Callable[[int], Chart]
"""What makes a chart of a width."""

_TAG = re.compile(r"<[a-z][^>]*>")
_UNSAID = re.compile(r' (?:role|class|aria-[a-z]+)="[^"]*"')
"""What says of each mark to a reading machine what the picture's words and the table under it say better."""


@dataclass(frozen=True)
class Picture:
    """One chart as two SVGs, and in words: `title` names it, `says` tells what it shows to who cannot see it."""

    title: str
    says: str
    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class Part:
    """One part of each bar: its name in the key, its colour, the ink of the figure on it."""

    name: str
    colour: str
    ink: str = INK


PARTS_BY_PLACE = {
    "within": Part("within the band", BLUE, WHITE),
    "below": Part("below it", GREY),
    "above": Part("above it", ORANGE),
}
PARTS_BY_CHANGES = (
    Part("no change", GREY),
    Part("1 change", BLUE, WHITE),
    Part("2 changes", ORANGE),
    Part("3 changes", RED, WHITE),
)
PARTS_BY_OUTCOME = tuple(
    Part(name, colour, ink)
    for name, (colour, ink) in zip(
        OUTCOMES.values(), ((BLUE, WHITE), (ORANGE, INK), (GREY, INK), (RED, WHITE)), strict=True
    )
)


def picture(key: str, title: str, says: str, draw: Draw) -> Picture:
    """Draw a chart in both widths; `key` is an id of its own in the page."""
    wide, narrow = (_svg(f"{key}-{width}", title, says, draw(width)) for width in (WIDE, NARROW))
    return Picture(title, says, wide, narrow)


def caseloads(loads: Sequence[Load], teams: Mapping[str, str]) -> Draw:
    """Points of each worker or team as a bar over its band, the fair share a line across; `teams` are named by id.

    Many are counted by their distance from the fair share instead.
    """
    if len(loads) > LOADS_AT_MOST:
        return _spread(loads)
    return lambda width: _bullets(loads, teams, width)


def changes_by_prior(counts: Mapping[tuple[int, int], int]) -> Draw:
    """Children by changes before, each bar in parts by the changes that this plan means."""
    made = range(len(PARTS_BY_CHANGES))
    bars = {f"{prior} before": [counts.get((prior, n), 0) for n in made] for prior in sorted({p for p, _ in counts})}
    return lambda width: _stacks(bars, PARTS_BY_CHANGES, "Children", width)


def by_hearing(found: Iterable[Hearing]) -> Draw:
    """Families by the day (or week) of their next conference or hearing, in parts by whether they are introduced."""
    hearings = list(found)
    weekly = len({h.event.on for h in hearings}) > ROWS_AT_MOST
    bars: dict[str, list[int]] = {}
    for hearing in sorted(hearings, key=lambda h: h.event.on):
        on = hearing.event.on
        name = f"Week of {day_of_year(on - timedelta(on.weekday()))}" if weekly else day_of_year(on)
        bars.setdefault(name, [0] * len(OUTCOMES))[list(OUTCOMES).index(hearing.outcome)] += 1
    return lambda width: _stacks(bars, PARTS_BY_OUTCOME, "Families", width)


def squares(parts: Mapping[str, Sequence[Busyness]], spans: Sequence[str]) -> Draw:
    """Rows by day, darker for more, each square with its figure; several parts side by side where there is room."""
    keys = _busiest(parts)

    def draw(width: int) -> Chart:
        most = max((amount for rows in parts.values() for row in rows for amount in row.by_period), default=Fraction(0))
        beside = len(parts) if width == WIDE else 1
        blocks: list[Chart] = []
        for title, rows in parts.items():
            by_key = {row.key: row for row in rows}
            room = _Room(width, beside, labelled=beside == 1 or not blocks)
            blocks.append(_squares(title if len(parts) > 1 else "", [by_key[k] for k in keys], spans, most, room))
        return alt.hconcat(*blocks, spacing=16) if beside > 1 else alt.vconcat(*blocks, spacing=16)

    return draw


@dataclass(frozen=True)
class _Room:
    """The width of a picture, how many blocks stand side by side in it, and whether this one has the names."""

    width: int
    beside: int
    labelled: bool

    @property
    def label(self) -> int:
        return 190 if self.width == WIDE else 120

    def cell(self, columns: int) -> int:
        free = self.width - self.label - 16 * (self.beside - 1)
        return max(14, free // self.beside // max(columns, 1))


def _bullets(loads: Sequence[Load], teams: Mapping[str, str], width: int) -> Chart:
    wide = width == WIDE
    label = 190 if wide else 120
    marks = [
        {
            "team": load.team_id,
            "key": load.worker_id or load.team_id,
            "points": load.points,
            "fair": float(load.fair_share),
            "low": load.low,
            "high": load.high,
            "said": f"{load.points:,}" + ("" if load.place == "within" else f" {load.place}"),
            "end": max(load.points, load.high, float(load.fair_share)),
            "colour": BLUE if load.place == "within" else ORANGE,
        }
        for load in loads
    ]
    most = max(float(str(mark["end"])) for mark in marks)
    scale, axis = alt.Scale(domain=[0, max(most, 1)], nice=False), alt.Axis(tickCount=6 if wide else 3)

    def points(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, title="Points", axis=axis)

    names = {str(load.worker_id or load.team_id): load.name for load in loads}
    base = _chart(marks).encode(y=_named_rows("key", names, label))
    layers = alt.layer(
        base.mark_bar(height=16, color=BAND, stroke=GREY).encode(x=points("low"), x2="high:Q"),
        base.mark_bar(height=8).encode(x=points("points"), color=_as_given("colour")),
        base.mark_tick(thickness=2, height=18, color=INK).encode(x=points("fair")),
        base.mark_text(align="left", dx=6, color=INK).encode(x=points("end"), text="said:N"),
    ).properties(width=width - label - 60, height=alt.Step(22))
    if len(teams) == 1 or loads[0].worker_id is None:
        return layers
    header = alt.Header(
        labelExpr=_looked_up(teams), labelAnchor="start", labelFontWeight="bold", labelFontSize=13, title=None
    )
    return layers.facet(facet=alt.Facet("team:N", header=header), columns=1, spacing=8).resolve_scale(y="independent")


def _spread(loads: Sequence[Load]) -> Draw:
    """How many lie how far from their fair share, in steps of 5 in 100."""
    steps: dict[int, dict[str, int]] = {}
    for load in loads:
        off = (load.points / load.fair_share - 1) * 100 if load.fair_share else Fraction(0)
        places = steps.setdefault(round(off / 5) * 5, dict.fromkeys(PARTS_BY_PLACE, 0))
        places[load.place] += 1
    bars = {}
    for step in range(min(steps), max(steps) + 5, 5):
        name = "fair share" if step == 0 else f"{step:+}%".replace("-", "\N{MINUS SIGN}")
        bars[name] = list(steps.get(step, dict.fromkeys(PARTS_BY_PLACE, 0)).values())
    title = "Teams" if loads[0].worker_id is None else "Workers"
    return lambda width: _stacks(bars, tuple(PARTS_BY_PLACE.values()), title, width)


def _stacks(bars: Mapping[str, Sequence[int]], parts: Sequence[Part], title: str, width: int) -> Chart:
    """Lying bars in parts; a part wide enough carries its figure, and that of the whole bar stands at its end."""
    wide = width == WIDE
    inner = width - (130 if wide else 112)
    most = max(sum(counts) for counts in bars.values())
    shown = []
    for name, counts in bars.items():
        start = 0
        for part, count in zip(parts, counts, strict=True):
            if count:
                fits = count * inner > 10 * len(str(count)) * most
                shown.append(
                    {
                        "bar": name,
                        "part": part.name,
                        "start": start,
                        "end": start + count,
                        "middle": start + count / 2,
                        "said": f"{count:,}" if fits else "",
                        "ink": part.ink,
                    }
                )
            start += count
    whole = [{"bar": name, "end": sum(counts)} for name, counts in bars.items()]
    used = [part for n, part in enumerate(parts) if any(counts[n] for counts in bars.values())]
    scale = alt.Scale(domain=[0, most], nice=False)
    axis = alt.Axis(tickMinStep=1, format=",d", tickCount=8 if wide else 4)
    legend = alt.Legend(orient="top", title=None, columns=4 if wide else 2, symbolType="square", labelLimit=200)
    colour = alt.Color(
        "part:N", scale=alt.Scale(domain=[p.name for p in used], range=[p.colour for p in used]), legend=legend
    )
    y = alt.Y("bar:N", sort=list(bars), title=None, axis=alt.Axis(labelLimit=110))
    base, ends = _chart(shown).encode(y=y), _chart(whole).encode(y=y)
    return (
        alt.layer(
            base.mark_bar(height=18, stroke=WHITE, strokeWidth=1).encode(
                x=alt.X("start:Q", scale=scale, title=title, axis=axis), x2="end:Q", color=colour
            ),
            base.mark_text().encode(x=alt.X("middle:Q", scale=scale), text="said:N", color=_as_given("ink")),
            ends.mark_text(align="left", dx=5, color=INK, fontWeight="bold").encode(
                x=alt.X("end:Q", scale=scale), text=alt.Text("end:Q", format=",d")
            ),
        )
        .properties(width=inner, height=alt.Step(24))
        .resolve_scale(color="independent")
    )


def _squares(title: str, rows: Sequence[Busyness], spans: Sequence[str], most: Fraction, room: _Room) -> Chart:
    cell = room.cell(len(spans))
    # `Mon 14 Nov` as Mon over 14, `Week of 14 Nov` as 14 over Nov
    heads = [
        words[2:] if words[0] == "Week" else [words[0][: 3 if cell > 24 else 2], words[1]]
        for words in map(str.split, spans)
    ]
    marks = []
    for row in rows:
        for span, amount in zip(spans, row.by_period, strict=True):
            shade, ink = _shade(amount, most)
            said = figure(amount) if amount else ""
            marks.append({"key": row.key, "span": span, "said": said, "shade": shade, "ink": ink})
    head = alt.Axis(
        orient="top",
        labelAngle=0,
        labelExpr=_looked_up(dict(zip(spans, heads, strict=True))),
        labelOverlap=False,
        labelPadding=16,
    )
    base = _chart(marks).encode(
        x=alt.X("span:N", sort=list(spans), title=None, axis=head),
        y=_named_rows("key", {row.key: row.name for row in rows}, room.label, shown=room.labelled),
    )
    return alt.layer(
        base.mark_rect(stroke=WHITE, strokeWidth=1).encode(color=_as_given("shade")),
        base.mark_text(fontSize=12 if cell > 24 else 10).encode(text="said:N", color=_as_given("ink")),
    ).properties(width=alt.Step(cell), height=alt.Step(20), title=alt.TitleParams(title, anchor="start"))


def _busiest(parts: Mapping[str, Sequence[Busyness]]) -> list[str]:
    """Ids of the rows to draw, all parts together: every one, or the busiest first."""
    total: dict[str, Fraction] = {}
    for rows in parts.values():
        for row in rows:
            total[row.key] = total.get(row.key, Fraction(0)) + row.total
    return list(total) if len(total) <= ROWS_AT_MOST else sorted(total, key=lambda k: (-total[k], k))[:ROWS_AT_MOST]


def _shade(amount: Fraction, most: Fraction) -> tuple[str, str]:
    return SHADES[min(int(amount * len(SHADES) / most), len(SHADES) - 1)] if amount else NOTHING


def _named_rows(field: str, names: Mapping[str, str], label: int, *, shown: bool = True) -> alt.Y:
    """Rows in the order given. They go by id, so that two people of one name stay two; beside them stand name and id,
    the name alone, or the id alone: as much as fits for all."""
    both = {key: f"{name} ({key})" for key, name in names.items()}
    alone = {key: key for key in names}
    fits = (said for said in (both, dict(names)) if all(len(text) * LETTER <= label - 8 for text in said.values()))
    axis = alt.Axis(labelExpr=_looked_up(next(fits, alone)), labelLimit=label - 8, labels=shown, ticks=shown)
    return alt.Y(f"{field}:N", title=None, sort=None, axis=axis)


def _looked_up(names: Mapping[str, str] | Mapping[str, list[str]]) -> str:
    """An expression that shows each label by its name, or its lines."""
    return f"{json.dumps(names)}[datum.label]"


def _as_given(field: str) -> alt.Color:
    return alt.Color(f"{field}:N", scale=None, legend=None)


def _chart(marks: Sequence[Mapping[str, object]]) -> Chart:
    return alt.Chart(alt.InlineData(list(marks)))


def _svg(key: str, title: str, says: str, chart: Chart) -> Markup:
    """The chart as an SVG that says in words what it is; it scales with the page and leaves its looks to attributes."""
    spec = chart.to_dict(validate=False)
    spec["background"] = None
    spec["config"] = {
        "font": FONT,
        "padding": 2,
        "axis": {
            "labelFontSize": 12,
            "labelColor": INK,
            "titleColor": INK,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "grid": False,
            "domainColor": SOFT,
            "tickColor": SOFT,
        },
        "text": {"fontSize": 12},
        "title": {"fontSize": 13, "color": INK},
        "legend": {"labelFontSize": 12, "labelColor": INK},
        "view": {"stroke": None},
    }
    drawn = vlc.vegalite_to_svg(spec, vl_version=alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0])
    head, _, rest = drawn.removeprefix("<svg ").partition(">")
    size = " ".join(re.findall(r'(?:width|height|viewBox)="[^"]*"', head))
    inner = _TAG.sub(lambda tag: _UNSAID.sub("", tag[0]), rest)
    said = f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(says)}</desc>'
    named = f'role="img" aria-labelledby="{key}-t" aria-describedby="{key}-d"'
    return Markup(f"<svg {size} {named}>{said}{inner}")  # noqa: S704 Vega escapes what it draws
