"""The tasks of a mobilisation as a picture: by worker, on the days of the calendar, as Vega-Lite draws it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import vl_convert

from handover.british import count, short_day
from handover.clearance import cleared
from handover.engagement import Task
from handover.mobilisation import Mobilisation
from handover.workdays import DAY

COLOURS = {"late": "#d55e00", "due": "#e69f00", "open": "#56b4e9", "done": "#c4c4c4"}
"""Okabe and Ito's, told apart also by people who do not see red and green; each bar says the same in words."""
WORDS = {"late": "late", "due": "due by {soon}", "open": "later", "done": "done"}
ROW = 14
WIDTH = 760
LABELS = 250
"""All in pixels: with its edges the picture is as wide as a sheet of A4 on its side."""
FONT = "Arial, Liberation Sans, Helvetica, sans-serif"
WEEK = timedelta(7)
WORDS_BESIDE = 0.3
"""Room to the right of the last bar, as a share of the days from the first to it."""

Spec = dict[str, Any]


def gantt(made: Mobilisation) -> bytes:
    """The picture as SVG: what is open, and what was done since the week before the window. What makes a worker
    ready later, or the whole finish later, with any slip is edged in black and called critical."""
    svg: str = vl_convert.vegalite_to_svg(specification(made))
    return svg.encode()


def specification(made: Mobilisation) -> Spec:
    """The picture in the words of Vega-Lite, its data in it: a section for the engagement and one for each team, each
    under dates of its own, so that any part of it can be read alone."""
    sections = {heading: rows for heading, subjects in _sections(made) if (rows := [*_rows(made, subjects)])}
    bars = [row for rows in sections.values() for row in rows if "task" in row]
    first = min([row["start"] for row in bars], default=made.today)
    last = max([row["end"] for row in bars], default=made.today)
    last += max(WEEK, (last - first) * WORDS_BESIDE)
    days = [first + DAY * n for n in range((last - first).days)]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": f"Mobilisation: {made.engagement.settings.name}",
            "subtitle": "Critical, edged in black: a day late here is a day late for a worker, or for the whole",
            "anchor": "start",
            "font": FONT,
            "subtitleFont": FONT,
        },
        "background": "white",
        "padding": 15,
        "spacing": 24,
        "vconcat": [_section(made, heading, rows, days) for heading, rows in sections.items()],
        "config": {"view": {"stroke": None}},
    }


def _section(made: Mobilisation, heading: str, rows: Sequence[Spec], days: Sequence[date]) -> Spec:
    bars = [row for row in rows if "task" in row]
    heads = [row for row in rows if "task" not in row]
    x = {
        "field": "start",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "domain": [_at(days[0]), _at(days[-1] + DAY)], "nice": False},
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
    names = [WORDS[status].format(soon=short_day(made.soon)) for status in COLOURS]
    colour = {
        "field": "status",
        "type": "nominal",
        "scale": {"domain": names, "range": [*COLOURS.values()]},
        "legend": {"orient": "top", "direction": "horizontal", "title": None, "labelFont": FONT},
    }
    edge = {"condition": {"test": "datum.critical", "value": "#000000"}, "value": None}
    closed = [{"start": day, "end": day + DAY} for day in days if not made.is_working(day)]
    marks = [*_marks(made, days)]
    label = {"type": "text", "font": FONT, "fontSize": 10, "baseline": "middle", "align": "left"}
    beside = label | {"dx": 4, "fontSize": 9, "color": "#333333", "limit": LABELS}
    said = {"x": x | {"field": "end"}, "y": y, "text": {"field": "said"}}
    named = {"y": y, "text": {"field": "text"}}
    return {
        "title": {"text": heading, "anchor": "start", "frame": "bounds", "font": FONT, "offset": 6},
        "width": WIDTH,
        "height": ROW * len(rows),
        "layer": [
            _layer(closed, {"type": "rect", "color": "#f0f0f0"}, across),
            _layer(heads, {"type": "rule", "color": "#d8d8d8"}, {"y": y}),
            _layer(
                [bar | {"status": WORDS[bar["status"]].format(soon=short_day(made.soon))} for bar in bars],
                {"type": "bar", "height": ROW - 4, "strokeWidth": 1.8},
                across | {"y": y, "color": colour, "stroke": edge},
            ),
            *(
                _layer([mark], {"type": "rule", "strokeWidth": 1.5, "strokeDash": mark["dash"]}, {"x": x})
                for mark in marks
            ),
            *(
                _layer(
                    [mark],
                    label | {"dx": 3, "y": mark["above"], "fontWeight": "bold"},
                    {"x": x, "text": {"field": "said"}},
                )
                for mark in marks
            ),
            # a white edge of its own under the words keeps them clear of the lines
            _layer(bars, beside | {"color": "white", "stroke": "white", "strokeWidth": 3}, said),
            _layer(bars, beside, said),
            _layer(heads, label | {"x": -LABELS, "fontWeight": "bold"}, named),
            _layer(bars, label | {"x": 10 - LABELS, "limit": LABELS - 16}, named),
        ],
    }


def _marks(made: Mobilisation, days: Sequence[date]) -> Iterator[Spec]:
    """The days that a line is drawn at, as far as they are in the picture."""
    live = made.engagement.settings.go_live
    for day, said, dash, above in (
        (made.today, f"as of {short_day(made.today)}", [3, 3], -34),
        (live, f"go-live {short_day(live)}", [], -21),
    ):
        if days[0] <= day <= days[-1]:
            yield {"start": day, "said": said, "dash": dash, "above": above}


def _layer(values: Sequence[Spec], mark: Spec, encoding: Mapping[str, Any]) -> Spec:
    data = [{k: _at(v) if isinstance(v, date) else v for k, v in row.items()} for row in values]
    return {"data": {"values": data}, "mark": mark, "encoding": dict(encoding)}


def _at(day: date) -> int:
    """Milliseconds to the start of the day, as Vega counts them."""
    return (day - date(1970, 1, 1)).days * 86_400_000


def _sections(made: Mobilisation) -> Iterator[tuple[str, Sequence[str | None]]]:
    """Headings, and whose tasks stand under each: a team's own, its manager's, then those of its people by id."""
    yield "The engagement", (None,)
    left = [worker.worker_id for worker in made.engagement.workers]
    for team in made.engagement.teams:
        people = [w for w in left if w == team.manager_id or made.engagement.worker[w].team_id == team.team_id]
        people.sort(key=lambda worker_id: (worker_id != team.manager_id, worker_id))
        left = [w for w in left if w not in people]
        yield f"{team.team_id} {team.name}", (team.team_id, *people)
    yield "Others", left


def _rows(made: Mobilisation, subjects: Sequence[str | None]) -> Iterator[Spec]:
    """A head for each worker or team and under it its tasks, in order of start."""
    since = made.engagement.settings.window_start - WEEK
    for subject in subjects:
        tasks = [t for t in made.tasks if t.subject == subject and (t.done_on is None or t.done_on >= since)]
        if tasks:
            yield {"row": subject or "", "text": _head(made, subject)}
        for task in sorted(tasks, key=lambda t: (made.times[t.task_id].start, t.task_id)):
            bar = _bar(made, task)
            yield bar if task.done_on is None else bar | {"start": max(bar["start"], since)}


def _head(made: Mobilisation, subject: str | None) -> str:
    worker = made.engagement.worker.get(subject or "")
    if worker is None:
        return "The team" if subject else "Everybody"
    dates = made.dates.get(worker.worker_id)
    late = ", after go-live" if worker in made.not_ready else ""
    checks = "" if cleared(worker, made.engagement) else ", not cleared"
    when = f", ready {short_day(dates[1])}{late}{checks}" if dates else ", not ready: no DBS certificate"
    return f"{worker.worker_id} {worker.name}{when}"


def _bar(made: Mobilisation, task: Task) -> Spec:
    times, status, critical = made.times[task.task_id], made.status(task.task_id), made.critical(task.task_id)
    day = short_day(times.finish).rpartition(" ")[0]
    late = count(made.days_late(task.task_id), "working day late", "working days late")
    how = {"late": late, "due": f"due {day}", "open": f"due {day}", "done": f"done {day}"}[status]
    return {
        "row": f"{task.subject or ''}/{task.task_id}",
        "task": task.task_id,
        "text": task.name,
        "start": times.start,
        "end": times.finish + DAY,
        "status": status,
        "critical": critical,
        "said": ", ".join([*([task.owner] if task.owner else ()), how, *(["critical"] if critical else ())]),
    }
