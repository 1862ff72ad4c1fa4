"""Caseloads and teams against their bands: the table, and a chart with the band drawn in."""

from handover.outputs.tables import Table, Value
from handover.outputs.workbook.book import INK, Book, Field, Sheet

WORKERS_A_CHART = 26
"""As many as can be told apart on a page."""
ROWS_A_CHART = 21
POINTS, FAIR, LOW, HIGH = "#7AA6C2", "#111827", "#B45309", "#B91C1C"

CASELOADS = {
    "team_id": Field("Team", 8),
    "worker": Field("Worker", 24),
    "worker_id": Field("Id", 9),
    "ready_on": Field("Ready on", 12),
    "place": Field("Against the band", 11),
    "fte": Field("Full-time equivalent", 11, "0.0#"),
    "children": Field("Children", 10),
    "families": Field("Families", 10),
    "points": Field("Points", 9),
    "fair_share": Field("Fair share", 9, "0.0"),
    "low": Field("Low end of band", 9),
    "high": Field("High end of band", 9),
    "interim_children": Field("Children held in between", 12),
    "interim_points": Field("Points held in between", 12),
}
TEAMS = {
    "team_id": Field("Team", 8),
    "team": Field("Name", 36),
    "manager": Field("Manager", 24),
    "place": Field("Against the band", 11),
    "workers": Field("Workers", 10),
    "fte": Field("Full-time equivalent", 11, "0.0#"),
    "children": Field("Children", 10),
    "families": Field("Families", 10),
    "points": Field("Points", 9),
    "fair_share": Field("Fair share", 9, "0.0"),
    "low": Field("Low end of band", 9),
    "high": Field("High end of band", 9),
}


def caseload_sheet(book: Book, table: Table) -> None:
    """Each receiving worker's load against fair share and band."""
    _loads(book.sheet("Caseloads"), "Caseloads", table, CASELOADS, "worker")


def team_sheet(book: Book, table: Table) -> None:
    """Each team's load against fair share and band."""
    _loads(book.sheet("Teams"), "Teams", table, TEAMS, "team")


def _loads(sheet: Sheet, name: str, table: Table, fields: dict[str, Field], label: str) -> None:
    names = [column.name for column in table.columns]
    rows = []
    for values in table.rows:
        row = dict(zip(names, values, strict=True))
        rows.append([place(row) if column == "place" else row[column] for column in fields])
    first, last = sheet.table(list(fields.values()), rows)
    sheet.raw.set_header(f"&L&B{name}")
    columns = {column: number for number, column in enumerate(fields)}
    for start in range(first, last + 1, WORKERS_A_CHART) if rows else ():
        sheet.row += 1
        _chart(sheet, columns, label, (start, min(start + WORKERS_A_CHART - 1, last)))


def place(row: dict[str, Value]) -> str:
    """Where the points lie: below, within or above the band, in words."""
    points, low, high = (int(str(row[name])) for name in ("points", "low", "high"))
    return "below" if points < low else "above" if points > high else "within"


def _chart(sheet: Sheet, columns: dict[str, int], label: str, span: tuple[int, int]) -> None:
    """Bars of points with the fair share and both ends of the band as marks of different shapes."""
    book = sheet.book.file
    name = sheet.raw.get_name()

    def series(column: str) -> list[object]:
        return [name, span[0], columns[column], span[1], columns[column]]

    bars = book.add_chart({"type": "column"})
    categories = series(label)
    bars.add_series(
        {
            "name": "Points",
            "categories": categories,
            "values": series("points"),
            "fill": {"color": POINTS},
            "border": {"color": INK, "width": 0.5},
            "gap": 60,
            "data_labels": {"value": True, "font": {"size": 9, "bold": True}, "position": "inside_base"},
        }
    )
    marks = book.add_chart({"type": "line"})
    for column, title, shape, colour in (
        ("high", "High end of band", "long_dash", HIGH),
        ("fair_share", "Fair share", "diamond", FAIR),
        ("low", "Low end of band", "long_dash", LOW),
    ):
        marks.add_series(
            {
                "name": title,
                "categories": categories,
                "values": series(column),
                "line": {"none": True},
                "marker": {
                    "type": shape,
                    "size": 6 if shape == "diamond" else 14,
                    "fill": {"color": colour},
                    "border": {"color": colour},
                },
            }
        )
    bars.combine(marks)
    bars.set_title({"name": "Points of work against the fair share and the band", "name_font": {"size": 11}})
    bars.set_x_axis({"num_font": {"size": 8, "rotation": -45 if span[1] - span[0] > 7 else 0}})
    bars.set_y_axis({"name": "Points", "min": 0, "num_font": {"size": 8}, "major_gridlines": {"visible": False}})
    bars.set_legend({"position": "bottom", "font": {"size": 9}})
    spoken = f"Points of each {label} as bars, fair share and band as marks; the figures are in the table above it."
    width = sum(int(w * 7 + 5) for w in sheet.widths)
    bars.set_size({"width": width, "height": ROWS_A_CHART * 20 - 10})
    sheet.raw.insert_chart(sheet.row, 0, bars, {"description": spoken, "object_position": 2})
    sheet.row += ROWS_A_CHART
