"""A spreadsheet whose cells are what they are: real dates, numbers as numbers, and no text ever a formula or a link."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from textwrap import wrap
from typing import Any

import xlsxwriter

from handover.outputs.csv_files import FORMULA_STARTS
from handover.outputs.tables import Value

DAY = "dd/mm/yyyy"
MOMENT = "dd/mm/yyyy hh:mm"
CLOCK = "hh:mm"
MOST_CHARACTERS = 32_767
"""What a cell of a spreadsheet can hold."""
SHEET_NAME_LENGTH = 31
NO_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", "-"))
FOOTER_LENGTH = 80
LINE = 15
"""Height of a line of text, in points."""
CHARACTERS_A_WIDTH = 1.4
"""How many characters of ordinary text go into a unit of a column's width, which is a digit's of the larger font."""
WIDEST = 24
"""As wide as a column is made for a long word."""
HIGHEST = 400
"""As high as a row may be, in points."""
INK, RULE, BAND = "#1F2937", "#9CA3AF", "#E5E7EB"
FILLS = {"stop": "#FBD5D5", "warn": "#FDECC8", "info": "#E5E7EB"}
"""Behind words that say the same: never the colour alone."""

NUMBER = {"align": "right", "indent": 1}

Style = Mapping[str, object]
NOTHING: Mapping[int, Style] = {}


@dataclass(frozen=True)
class Field:
    """One column of a sheet: its heading, its width in characters, how its dates or numbers are shown, and whether its
    texts are wrapped or run on over the empty cells to the right (for the last column only)."""

    heading: str
    width: float
    shown: str = ""
    wrapped: bool = True


class Book:
    """One workbook in the making. The same calls give the same bytes."""

    def __init__(self, title: str, made: datetime) -> None:
        self._bytes = BytesIO()
        texts_stay_text = {f"strings_to_{kind}": False for kind in ("formulas", "urls", "numbers")}
        self.file = xlsxwriter.Workbook(self._bytes, {"in_memory": True, **texts_stay_text})
        self.file.set_properties({"title": title, "author": "handover", "created": made})
        self.file.set_size(1800, 1200)
        self._footer = title[:FOOTER_LENGTH].replace("&", "&&")
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self._names: set[str] = set()

    def finished(self) -> bytes:
        """The whole file."""
        self.file.close()
        return self._bytes.getvalue()

    def style(self, **properties: object) -> Any:  # noqa: ANN401 (xlsxwriter has no types)
        """A format, made once."""
        whole = {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "top", **properties}
        key = tuple(sorted(whole.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(whole)
        return self._formats[key]

    def sheet(self, name: str, *, colour: str | None = None) -> "Sheet":
        """A new sheet, its name cut and changed as far as a spreadsheet asks; A4 landscape, as wide as the page."""
        made = self.file.add_worksheet(self._free_name(name))
        made.set_landscape()
        made.set_paper(9)  # A4
        made.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        made.fit_to_pages(1, 0)
        made.hide_gridlines(2)
        made.set_footer(f"&L&8 {self._footer}&C&8Children's records: keep safe&R&8Page &P of &N")
        if colour:
            made.set_tab_color(colour)
        return Sheet(self, made)

    def _free_name(self, name: str) -> str:
        plain = "".join(c for c in name.translate(NO_SHEET_NAME) if c.isprintable()).strip() or "Sheet"
        # a spreadsheet keeps `History` for itself
        free, number = plain[:SHEET_NAME_LENGTH], 1
        while free.lower() in self._names or free.lower() == "history":
            number += 1
            free = f"{plain[: SHEET_NAME_LENGTH - len(str(number)) - 1]} {number}"
        self._names.add(free.lower())
        return free


class Sheet:
    """One sheet, written from the top down; `row` is where the next thing goes."""

    def __init__(self, book: Book, sheet: Any) -> None:  # noqa: ANN401 (xlsxwriter has no types)
        self.book = book
        self.raw = sheet
        self.row = 0
        self.widths: list[float] = []

    def columns(self, widths: Iterable[float]) -> None:
        """Set the columns' widths, in characters."""
        self.widths = list(widths)
        for column, width in enumerate(self.widths):
            self.raw.set_column(column, column, width)

    def cell(self, row: int, column: int, value: Value, **properties: object) -> None:
        """Write one value as what it is; None leaves the cell empty."""
        style = self.book.style
        if value is None:
            self.raw.write_blank(row, column, None, style(**properties))
        elif isinstance(value, str):
            # a leading = stays text also when somebody edits the cell
            quoted = {"quote_prefix": True} if value.startswith(FORMULA_STARTS) else {}
            self.raw.write_string(row, column, _cut(value), style(**{"text_wrap": True, **quoted, **properties}))
        elif isinstance(value, date):
            shown = {"num_format": MOMENT if isinstance(value, datetime) else DAY, "align": "left"}
            self.raw.write_datetime(row, column, value, style(**{**shown, **properties}))
        else:
            self.raw.write_number(row, column, float(value), style(**{**NUMBER, **properties}))

    def title(self, text: str, below: Sequence[str] = ()) -> None:
        """A heading of the sheet, and sentences across it."""
        self._across(text, LINE * 1.8, bold=True, font_size=16)
        for sentence in below:
            self.sentence(sentence)

    def heading(self, text: str) -> None:
        """A heading within the sheet."""
        self._across(text, LINE * 2, bold=True, font_size=12, valign="bottom")

    def sentence(self, text: str, **properties: object) -> None:
        """A sentence across the sheet, as many lines high as it needs."""
        self._across(text, LINE * lines(text, sum(self.widths)), text_wrap=True, **properties)

    def _across(self, text: str, height: float, **properties: object) -> None:
        last = max(len(self.widths) - 1, 1)
        style = self.book.style(**properties)
        self.raw.merge_range(self.row, 0, self.row, last, "", style)
        self.raw.write_string(self.row, 0, _cut(text), style)
        self.raw.set_row(self.row, height)
        self.row += 1

    def head(self, headings: Sequence[str], numbers: Container[int] = ()) -> None:
        """A row of column headings; those over `numbers` stand to the right, as numbers do."""
        for column, heading in enumerate(headings):
            side = NUMBER if column in numbers else {}
            style = self.book.style(bold=True, text_wrap=True, bg_color=BAND, bottom=2, bottom_color=INK, **side)
            self.raw.write_string(self.row, column, heading, style)
        for column in range(len(headings), len(self.widths)):
            self.raw.write_blank(self.row, column, None, style)
        self._fit([f"{heading} " for heading in headings], bold=True)
        self.row += 1

    def line(self, values: Sequence[Value], styles: Mapping[int, Style] = NOTHING) -> None:
        """A row of values with a rule under it, as high as its longest text; `styles` by column. The last value has all
        columns that are left."""
        rule = {"bottom": 1, "bottom_color": RULE}
        end, last = len(values) - 1, len(self.widths) - 1
        for column, value in enumerate(values):
            if column == end < last:
                self.raw.merge_range(self.row, column, self.row, last, "", self.book.style(text_wrap=True, **rule))
            self.cell(self.row, column, value, **rule, **styles.get(column, {}))
        self._fit([None if styles.get(n, {}).get("text_wrap") is False else v for n, v in enumerate(values)])
        self.row += 1

    def _fit(self, values: Sequence[Value], *, bold: bool = False) -> None:
        """Make the row as high as its wrapped texts need: not every program does so by itself."""
        room = [*self.widths[: len(values) - 1], sum(self.widths[len(values) - 1 :])]
        texts = [(v, w) for v, w in zip(values, room, strict=True) if isinstance(v, str)]
        most = max((lines(text, width * (0.9 if bold else 1)) for text, width in texts), default=1)
        if most > 1:
            self.raw.set_row(self.row, min(LINE + (most - 1) * (LINE - 2), HIGHEST))

    def table(
        self,
        fields: Sequence[Field],
        rows: Sequence[Sequence[Value]],
        fills: Sequence[str] = (),
        *,
        filtered: bool = True,
    ) -> tuple[int, int]:
        """A table at the next row: headings that stay on screen and on every page, filters, and a rule under each row.
        `fills` gives a row's colour. Returns its first and last row of values."""
        if not self.widths:
            self.columns(widths(fields, rows))
        numbers = {n for values in rows for n, value in enumerate(values) if isinstance(value, int | Decimal)}
        first = self.row + 1
        self.head([field.heading for field in fields], numbers)
        for number, values in enumerate(rows):
            styles: dict[int, Style] = {}
            for column, (field, value) in enumerate(zip(fields, values, strict=True)):
                if field.shown and not isinstance(value, str | None):
                    styles[column] = {"num_format": field.shown}
                elif not field.wrapped:
                    styles[column] = {"text_wrap": False}
            if fills and fills[number]:
                styles[0] = {"bg_color": fills[number]}
            self.line(values, styles)
        last = max(self.row - 1, first)
        if filtered:
            self.raw.autofilter(first - 1, 0, last, len(fields) - 1)
            self.raw.freeze_panes(first, 1)
            self.raw.repeat_rows(first - 1)
        return first, last


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def lines(text: str, width: float) -> int:
    """About how many lines a text takes in a column so wide."""
    width *= CHARACTERS_A_WIDTH
    if len(text) <= width and "\n" not in text:
        return 1
    return sum(max(len(wrap(part, max(int(width), 1))), 1) for part in text.splitlines())


def widths(fields: Sequence[Field], rows: Sequence[Sequence[Value]]) -> list[float]:
    """The fields' widths, wider where a word would not fit: ids and pseudonyms may be long."""
    words = ((n, v) for values in rows for n, v in enumerate(values) if isinstance(v, str) and " " not in v)
    longest = [0] * len(fields)
    for column, word in words:
        longest[column] = max(longest[column], len(word))
    return [max(f.width, min(n / 1.1, WIDEST)) for f, n in zip(fields, longest, strict=True)]
