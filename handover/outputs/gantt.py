"""The tasks of a mobilisation as a picture: by worker, on the days of the calendar, as Vega-Lite draws it."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import vl_convert

from handover.british import short_day
from handover.engagement import Task
from handover.mobilisation import Mobilisation
from handover.workdays import DAY

COLOURS = {"late": "#d55e00", "due": "#e69f00", "open": "#56b4e9", "done": "#c4c4c4"}
"""Okabe and Ito's, told apart also by people who do not see red and green."""
WORDS = {"late": "late", "due": "due by {soon}", "open": "later", "done": "done"}
ROW = 14
WIDTH = 760
LABELS = 250
"""All in pixels."""
FONT = "Arial, Liberation Sans, Helvetica, sans-serif"
WEEK = timedelta(7)

Spec = dict[str, Any]


def gantt(made: Mobilisation) -> bytes:
    """The picture as SVG: what is open, and what was done since the week before the window. What settles a worker's
    `ready_on`, or the end of the whole, is edged in black."""
    svg: str = vl_convert.vegalite_to_svg(specification(made))
    return svg.encode()


def specification(made: Mobilisation) -> Spec:
    """The picture in the words of Vega-Lite, its data in it."""
    rows = [*_rows(made)]
    bars = [row for row in rows if "task" in row]
    heads = [row for row in rows if "task" not in row]
    first = min([row["start"] for row in bars], default=made.today)
    last = max([row["end"] for row in bars], default=made.today) + WEEK
    days = [first + DAY * n for n in range((last - first).days)]
    closed = [{"start": day, "end": day + DAY} for day in days if not made.is_working(day)]
    live = made.engagement.settings.go_live
    marks: list[tuple[date, str, list[int], int]] = [
        (made.today, f"as of {short_day(made.today)}", [3, 3], -34),
        (live, f"go-live {short_day(live)}", [], -21),
    ]
    x = {
        "field": "start",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "domain": [_at(first), _at(last)], "nice": False},
        "axis": {
            "orient": "top",
            "format": "%-d %b",
            "grid": False,
            "values": [_at(day) for day in days if day.weekday() == 0],
            "labelFont": FONT,
        },
    }
    y = {"field": "row", "type": "ordinal", "axis": None, "scale": {"domain": [row["row"] for row in rows]}}
    across = {"x": x, "x2": {"field": "end"}}
    label = {"type": "text", "font": FONT, "fontSize": 10, "baseline": "middle"}
    to_left = label | {"align": "left", "x": -LABELS}
    names = [WORDS[status].format(soon=short_day(made.soon)) for status in COLOURS]
    colour = {
        "field": "status",
        "type": "nominal",
        "scale": {"domain": names, "range": [*COLOURS.values()]},
        "legend": {"orient": "top", "offset": 28, "title": None, "labelFont": FONT},
    }
    edge = {"condition": {"test": "datum.critical", "value": "#000000"}, "value": None}
    layers = [
        _layer(closed, {"type": "rect", "color": "#f0f0f0"}, across),
        _layer(heads, {"type": "rule", "color": "#d8d8d8"}, {"y": y}),
        _layer(heads, to_left | {"fontWeight": "bold"}, {"y": y, "text": {"field": "text"}}),
        _layer(
            [bar | {"status": WORDS[bar["status"]].format(soon=short_day(made.soon))} for bar in bars],
            {"type": "bar", "height": ROW - 4, "strokeWidth": 1.8},
            across | {"y": y, "color": colour, "stroke": edge},
        ),
        _layer(bars, to_left | {"x": 10 - LABELS}, {"y": y, "text": {"field": "text"}}),
        _layer(
            bars,
            label | {"align": "left", "dx": 4, "fontSize": 9, "color": "#444444"},
            {"x": x | {"field": "end"}, "y": y, "text": {"field": "said"}},
        ),
    ]
    for day, said, dash, y_at in marks:
        if first <= day <= last:
            values = [{"start": day, "said": said}]
            layers.append(_layer(values, {"type": "rule", "strokeWidth": 1.5, "strokeDash": dash}, {"x": x}))
            place = label | {"align": "left", "dx": 3, "y": y_at, "fontWeight": "bold"}
            layers.append(_layer(values, place, {"x": x, "text": {"field": "said"}}))
    name = made.engagement.settings.name
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": f"Mobilisation: {name}",
            "subtitle": "Edged in black: the chain of tasks that a worker, or the end of the whole, waits for",
            "anchor": "start",
            "font": FONT,
            "subtitleFont": FONT,
        },
        "background": "white",
        "padding": 15,
        "width": WIDTH,
        "height": ROW * len(rows),
        "layer": layers,
        "config": {"view": {"stroke": None}},
    }


def _layer(values: list[Spec], mark: Spec, encoding: Mapping[str, Any]) -> Spec:
    data = [{k: _at(v) if isinstance(v, date) else v for k, v in row.items()} for row in values]
    return {"data": {"values": data}, "mark": mark, "encoding": dict(encoding)}


def _at(day: date) -> int:
    """Milliseconds to the start of the day, as Vega counts them."""
    return (day - date(1970, 1, 1)).days * 86_400_000


def _rows(made: Mobilisation) -> Iterator[Spec]:
    """Heads (the engagement, each team, each worker) and under each its tasks, in order of start."""
    since = made.engagement.settings.window_start - WEEK
    shown = [t for t in made.tasks if t.done_on is None or t.done_on >= since]
    critical = set(made.network.critical_path()).union(*(made.critical_path_of(w) for w in made.dates))
    subjects: dict[str | None, str] = {
        None: "The engagement",
        **{team.team_id: f"{team.team_id} {team.name}" for team in made.engagement.teams},
        **{w.worker_id: _head(made, w.worker_id) for w in made.engagement.workers},
    }
    for subject, text in subjects.items():
        tasks = [t for t in shown if t.subject == subject]
        if tasks:
            yield {"row": f"{subject or ''}", "text": text}
        for task in sorted(tasks, key=lambda t: (made.times[t.task_id].start, t.task_id)):
            bar = _bar(made, task)
            start = bar["start"] if task.done_on is None else max(bar["start"], since)
            yield bar | {"critical": task.task_id in critical, "start": start}


def _head(made: Mobilisation, worker_id: str) -> str:
    ready = made.dates.get(worker_id)
    when = f", ready {short_day(ready[1])}" if ready else ", not ready: no DBS certificate"
    return f"{worker_id} {made.engagement.worker[worker_id].name}{when}"


def _bar(made: Mobilisation, task: Task) -> Spec:
    times = made.times[task.task_id]
    late = made.days_late(task.task_id)
    owner = f"{task.owner}, " if task.owner and late else task.owner
    return {
        "row": f"{task.subject or ''}/{task.task_id}",
        "task": task.task_id,
        "text": task.name,
        "start": times.start,
        "end": times.finish + DAY,
        "status": made.status(task.task_id),
        "said": owner + (f"{late} working {'day' if late == 1 else 'days'} late" if late else ""),
    }
