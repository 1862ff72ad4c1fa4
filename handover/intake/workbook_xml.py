"""What calamine does not tell of a workbook, read from its XML: how far a sheet reaches, and its error cells.

A document type is refused: no spreadsheet writes one, and an entity in it can swell to gigabytes. Nothing is fetched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers.expat import ParserCreate, XMLParserType

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
"""Of any spreadsheet."""
LONGEST_ERROR = 20


@dataclass
class SheetXml:
    """How many cells the smallest rectangle from A1 holds that has every filled cell, how many letters the cells have
    that take their text from the list that all sheets share, and the error cells with row, column (both from 1) and
    text."""

    reach: int = 0
    letters: int = 0
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


def shared_lengths(xml: bytes) -> list[int]:
    """How many letters each text has that the sheets share. Raises ExpatError or ValueError for what is no such XML."""
    found: list[int] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "si":
            found.append(0)

    def text(text: str) -> None:
        if found:
            found[-1] += len(text)

    parser = _parser()
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.Parse(xml, True)
    return found


def sheet_xml(xml: bytes, shared: Sequence[int] = ()) -> SheetXml:
    """What is in a sheet, `shared` the lengths of the texts it may refer to by number. Raises ExpatError or ValueError
    for what is no such XML."""
    walk = _Walk(shared)
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

    def __init__(self, shared: Sequence[int]) -> None:
        self.sheet = SheetXml()
        self.shared = shared
        self.number = ""
        self.is_shared = False
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
            self.is_error, self.is_shared = (attributes.get("t") == kind for kind in ("e", "s"))
        elif name in ("v", "is", "f"):
            self.last_row = max(self.last_row, self.row)
            self.last_column = max(self.last_column, self.column)
            self.in_value = name == "v" and (self.is_error or self.is_shared)
            self.number = ""
            if self.in_value and self.is_error:
                self.sheet.errors.append((self.row, self.column, ""))

    def end(self, _tag: str) -> None:
        if self.in_value and self.is_shared:
            place = _number(self.number)
            self.sheet.letters += self.shared[place] if place < len(self.shared) else 0
        self.in_value = False

    def text(self, text: str) -> None:
        if self.in_value and self.is_shared:
            self.number += text
        elif self.in_value:
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
