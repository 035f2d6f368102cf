"""A spreadsheet's file as cells, each with the place where people find it."""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

_SEPARATORS = ";,\t"
FORMULA_SIGNS = frozenset("=+-@")


class Flaw(NamedTuple):
    """What is wrong at one place of the file, counted from 1, and what to write instead."""

    line: int
    column: int
    code: str
    what: str
    instead: str
    is_error: bool = True

    def __str__(self) -> str:
        return f"{self.line}:{self.column}  {self.code} {self.what} - {self.instead}"


class Cell(NamedTuple):
    text: str
    row: int  # as the spreadsheet numbers it
    letter: str
    line: int
    column: int

    def flaw(self, code: str, what: str, instead: str, *, is_error: bool = True) -> Flaw:
        place = f"row {self.row}, column {self.letter}: {what}"
        return Flaw(self.line, self.column, code, place, instead, is_error)


class Unreadable(Exception):
    """A cell holds something else than its column wants."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


def cells_of(raw: bytes) -> list[list[Cell]]:
    """Give the rows, empty ones too. Raises Unreadable where the file is no table of text."""
    text = _text(raw)
    stated = re.match(r"sep=(.)\r?\n", text)  # Excel's own first line, that it shows nobody
    separator = stated[1] if stated else _separator(text)
    return list(_cells(text[stated.end() :] if stated else text, separator, 2 if stated else 1))


def _text(raw: bytes) -> str:
    if raw.startswith(b"PK\x03\x04"):
        raise Unreadable(Flaw(1, 1, "S001", "this is a workbook", "save it as CSV UTF-8"))
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    said = "the file is neither UTF-8 nor Windows-1252"
    raise Unreadable(Flaw(1, 1, "S001", said, "save it as CSV UTF-8"))


def _separator(text: str) -> str:
    lines = text.splitlines()[:20]
    return max(_SEPARATORS, key=lambda one: sum(one in line for line in lines))


def _cells(text: str, separator: str, line: int) -> Iterator[list[Cell]]:
    """Give the rows, empty ones too; each cell with the place where it, or its row, begins."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    lines, before = re.split(r"\r\n|\r|\n", text), 0
    for number, row in enumerate(reader, start=line):
        starts = _starts(lines[before] if before < len(lines) else "", separator)
        yield [
            Cell(
                _said(cell),
                number,
                _letter(place),
                before + line,
                starts[place] if place < len(starts) else 1,
            )
            for place, cell in enumerate(row)
        ]
        before = reader.line_num


def _said(cell: str) -> str:
    """Give what a cell says, composed as the web composes letters (macOS takes them apart)."""
    text = unicodedata.normalize("NFC", cell.replace("\r\n", "\n").strip())
    # An apostrophe keeps a spreadsheet from calculating what begins like a formula.
    return text[1:] if text.startswith("'") and text.lstrip("'")[:1] in FORMULA_SIGNS else text


def _starts(line: str, separator: str) -> list[int]:
    starts, quoted = [1], False
    for place, sign in enumerate(line, start=1):
        quoted ^= sign == '"'
        if sign == separator and not quoted:
            starts.append(place + 1)
    return starts


def _letter(place: int) -> str:
    """Name a column as spreadsheets do: A, B, … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def plain(title: str) -> str:
    """Write a title without accents and signs: `Texte (LinkedIn)` is texte-linkedin."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    words = "".join(one if one.isalnum() else " " for one in letters if not unicodedata.combining(one))
    return "-".join(words.split())
