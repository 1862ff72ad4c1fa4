"""What calamine does not tell of a workbook, read from its XML: how far a sheet reaches, and its error cells.

A document type is refused: no spreadsheet writes one, and an entity in it can swell to gigabytes. Nothing is fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers.expat import ParserCreate, XMLParserType

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
"""Of any spreadsheet."""
LONGEST_ERROR = 20


@dataclass
class SheetXml:
    """How many cells the smallest rectangle from A1 holds that has every filled cell, and the error cells with row,
    column (both from 1) and text."""

    reach: int = 0
    errors: list[tuple[int, int, str]] = field(default_factory=list)


def elements(xml: bytes, name: str) -> list[Mapping[str, str]]:
    """The attributes of every element of that local name. Raises ExpatError or ValueError for what is no such XML."""
    found: list[Mapping[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == name:
            found.append(attributes)

    parser = _parser()
    parser.StartElementHandler = start
    parser.Parse(xml, True)
    return found


def sheet_xml(xml: bytes) -> SheetXml:
    """The reach and the error cells of a sheet. Raises ExpatError or ValueError for what is no such XML."""
    walk = _Walk()
    parser = _parser()
    parser.buffer_text = True
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.text
    parser.Parse(xml, True)
    walk.sheet.reach = walk.last_row * walk.last_column
    return walk.sheet


class _Walk:
    """Where in the sheet the reader is. A row or cell without its place follows the one before."""

    def __init__(self) -> None:
        self.sheet = SheetXml()
        self.row = self.column = self.last_row = self.last_column = 0
        self.is_error = self.in_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row = _number(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
        elif name == "c":
            if "r" in attributes:
                self.row, self.column = _place(attributes["r"])
            else:
                self.column += 1
            self.is_error = attributes.get("t") == "e"
        elif name in ("v", "is", "f"):
            self.last_row = max(self.last_row, self.row)
            self.last_column = max(self.last_column, self.column)
            self.in_value = name == "v" and self.is_error
            if self.in_value:
                self.sheet.errors.append((self.row, self.column, ""))

    def end(self, _tag: str) -> None:
        self.in_value = False

    def text(self, text: str) -> None:
        if self.in_value:
            row, column, before = self.sheet.errors[-1]
            self.sheet.errors[-1] = (row, column, (before + text)[:LONGEST_ERROR])


def _parser() -> XMLParserType:
    def refuse(*_: object) -> None:
        raise ValueError("it has a document type in it, as no spreadsheet does")

    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _number(text: str) -> int:
    """A row's number, at most one beyond what any spreadsheet has."""
    digits = text.strip().lstrip("0")
    return int(digits) if digits.isdecimal() and len(digits) < 8 else LAST_ROW + 1


def _place(text: str) -> tuple[int, int]:
    """Row and column of a place such as B12, from 1."""
    letters = text.strip().rstrip("0123456789")
    column = 0
    for letter in letters.upper()[:4]:
        column = column * 26 + ord(letter) - 64
    return _number(text.strip()[len(letters) :]), column if 0 < column <= LAST_COLUMN else LAST_COLUMN + 1
