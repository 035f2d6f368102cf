"""A table of past days, as advertising platforms and spreadsheets export it, and all that is wrong with it.

Comma or semicolon, decimal point or comma, a byte-order mark, either line end, English or French headers, and
titles above the header are all read as they come. What can be read in two ways is not guessed.
"""

import csv
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import StringIO
from re import fullmatch, search
from typing import NamedTuple

from parution.money import decimals

# What each column may be called: as people write it, and as Meta and Google Ads export it.
_HEADERS = {
    "day": "day date jour reporting-starts debut-des-rapports",
    "line": "line ligne campaign campaign-name campagne nom-de-la-campagne ad-set-name ad-group "
    "nom-de-l-ensemble-de-publicites groupe-d-annonces",
    "network": "network reseau platform plateforme",
    "format": "format ad-format format-de-publicite placement",
    "spend": "spend cost amount-spent depense depenses cout montant-depense",
    "results": "results resultats conversions orders commandes clicks clics",
}
_COLUMNS = {name: column for column, names in _HEADERS.items() for name in names.split()}
_NEEDED = ("day", "line", "spend", "results")
_SEPARATORS = ",;\t"
_NOTHING = frozenset({"", "-", "--", "n/a"})
_TITLES = 10  # rows above the header, at most
_MOST = 10**15  # minor units; no campaign spends more


class Flaw(NamedTuple):
    """What is wrong at one place of the file, counted from 1, and what to write instead."""

    line: int
    column: int
    code: str
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}  {self.code} {self.what} - {self.instead}"


class Row(NamedTuple):
    """A line's day; ``spend`` in minor units, ``results`` None where the export has no figure."""

    line: str
    network: str
    format: str
    day: date
    spend: int
    results: float | None


class History(NamedTuple):
    """What could be read, and every flaw; only a history without any is to be used."""

    rows: tuple[Row, ...]
    flaws: tuple[Flaw, ...]


class _Cell(NamedTuple):
    text: str
    line: int
    column: int

    def flaw(self, code: str, what: str, instead: str) -> Flaw:
        return Flaw(self.line, self.column, code, what, instead)


class _Unreadable(Exception):
    """A cell holds something else than its column wants."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


class _Style(NamedTuple):
    """How this file writes numbers and days."""

    comma: bool  # a lone comma is a decimal comma
    day_first: bool | None  # 03/04 is the 3rd of April; None: nothing in the file tells
    currency: str


def read_history(raw: bytes, currency: str) -> History:
    """Read the file; amounts are in major units of the currency, and become minor ones."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _only(Flaw(1, 1, "H001", "the file is not UTF-8", "save it as CSV UTF-8"))
    separator = max(_SEPARATORS, key=lambda one: sum(one in line for line in text.splitlines()[:20]))
    table = list(_cells(text, separator))
    found = _header(table)
    if found is None:
        names = ", ".join(_NEEDED)
        return _only(
            Flaw(
                1, 1, "H002", "no row names the columns", f"write a first row with {names} (network, format)"
            )
        )
    place, header = found
    flaws = list(_header_flaws(table[place], header, currency))
    if flaws:
        return History((), tuple(flaws))
    body = table[place + 1 :]
    style = _Style(separator != ",", _day_first(body, header["day"]), currency)
    return _rows(body, header, style)


def _only(flaw: Flaw) -> History:
    return History((), (flaw,))


def _cells(text: str, separator: str) -> Iterator[list[_Cell]]:
    """Give the rows that hold anything, each cell with the place where it begins."""
    lines = text.splitlines()
    before = 0
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    for row in reader:
        starts = _starts(lines[before], separator) if before < len(lines) else []
        cells = [
            _Cell(cell.strip(), before + 1, starts[number] if number < len(starts) else 1)
            for number, cell in enumerate(row)
        ]
        before = reader.line_num
        if any(cell.text for cell in cells):
            yield cells


def _starts(line: str, separator: str) -> list[int]:
    starts, quoted = [1], False
    for place, sign in enumerate(line, start=1):
        quoted ^= sign == '"'
        if sign == separator and not quoted:
            starts.append(place + 1)
    return starts


# ------------------------------------------------------------------ the header
def _header(table: Sequence[list[_Cell]]) -> tuple[int, dict[str, int]] | None:
    """Give the row that names the columns, and where each of them stands."""
    for place, row in enumerate(table[:_TITLES]):
        columns: dict[str, int] = {}
        for number, cell in enumerate(row):
            column = _COLUMNS.get(_plain(cell.text))
            if column:
                columns.setdefault(column, number)
        if "day" in columns or len(columns) > 1:
            return place, columns
    return None


def _plain(title: str) -> str:
    """Write a title without accents, signs and what stands in brackets."""
    letters = unicodedata.normalize("NFKD", title.partition("(")[0].casefold())
    words = "".join(one if one.isalnum() else " " for one in letters if not unicodedata.combining(one))
    return "-".join(words.split())


def _header_flaws(row: Sequence[_Cell], columns: dict[str, int], currency: str) -> Iterator[Flaw]:
    for column in _NEEDED:
        if column not in columns:
            names = ", ".join(_HEADERS[column].split()[:3])
            yield row[0].flaw("H003", f"there is no column of {column}", f"name it one of: {names}")
    if "spend" in columns:
        cell = row[columns["spend"]]
        stated = search(r"\(([A-Z]{3})\)", cell.text)
        if stated and stated[1] != currency:
            instead = f"ask for --currency {stated[1]}"
            yield cell.flaw("H004", f"the amounts are in {stated[1]}, not in {currency}", instead)


# ------------------------------------------------------------------ the rows
def _rows(body: Sequence[list[_Cell]], columns: dict[str, int], style: _Style) -> History:
    rows: list[Row] = []
    flaws: list[Flaw] = []
    first: dict[tuple[str, date], int] = {}
    kinds: dict[str, tuple[str, str]] = {}
    for cells in body:
        named = {
            column: cells[number] if number < len(cells) else _Cell("", cells[0].line, 1)
            for column, number in columns.items()
        }
        row, found = _row(named, style)
        flaws += found
        if row is None:
            continue
        line, kind = named["line"], (row.network, row.format)
        earlier = first.setdefault((row.line, row.day), line.line)
        if earlier != line.line:
            what = f"{row.line!r} has {row.day} on line {earlier} already"
            flaws.append(line.flaw("H009", what, "add the two up, or give the lines names of their own"))
        if kinds.setdefault(row.line, kind) != kind:
            what = f"{row.line!r} is {' '.join(kinds[row.line])} above, and {' '.join(kind)} here"
            flaws.append(line.flaw("H010", what, "give each network and format a line of its own"))
        rows.append(row)
    if not rows and not flaws:
        flaws.append(Flaw(1, 1, "H011", "there is no day in it", "export at least one line and day"))
    return History(tuple(rows), tuple(flaws))


def _row(cells: dict[str, _Cell], style: _Style) -> tuple[Row | None, list[Flaw]]:
    flaws: list[Flaw] = []
    read: dict[str, object] = {}
    for column, cell in cells.items():
        try:
            read[column] = _READERS[column](cell, style)
        except _Unreadable as error:
            flaws.append(error.flaw)
    return (None if flaws else Row(**{"network": "", "format": "", **read})), flaws  # type: ignore[arg-type]


def _name(cell: _Cell, _: _Style) -> str:
    if not cell.text:
        instead = "write the line's name, or remove the row if it is a total"
        raise _Unreadable(cell.flaw("H005", "the line has no name", instead))
    return cell.text


def _kind(cell: _Cell, _: _Style) -> str:
    return "-".join(cell.text.casefold().split())


def _day(cell: _Cell, style: _Style) -> date:
    text = cell.text.replace("/", "-").replace(".", "-").partition(" ")[0]
    pattern = "%Y-%m-%d"
    if fullmatch(r"\d{1,2}-\d{1,2}-\d{4}", text):
        if style.day_first is None:
            what = f"{cell.text!r} may be two days: nothing in the file tells which number is the month"
            raise _Unreadable(cell.flaw("H006", what, "write days as 2026-03-31"))
        pattern = "%d-%m-%Y" if style.day_first else "%m-%d-%Y"
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 (a day has no zone)
    except ValueError as error:
        raise _Unreadable(
            cell.flaw("H006", f"{cell.text!r} is no day", "write days as 2026-03-31")
        ) from error


def _day_first(body: Sequence[list[_Cell]], column: int) -> bool | None:
    """Say whether 03/04 is the 3rd of April here: some day of the file above 12 tells."""
    texts = [row[column].text for row in body if column < len(row)]
    pairs = [found for text in texts if (found := fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}.*", text))]
    if any(int(found[1]) > 12 for found in pairs):  # noqa: PLR2004 (months)
        return True
    return False if any(int(found[2]) > 12 for found in pairs) else None  # noqa: PLR2004 (the same)


def _spend(cell: _Cell, style: _Style) -> int:
    amount = _number(cell, style, "12.50")
    minor = amount.scaleb(decimals(style.currency))
    if minor != minor.to_integral_value() or minor > _MOST:
        what = f"{cell.text!r} is no amount of {style.currency}"
        places = decimals(style.currency)
        raise _Unreadable(cell.flaw("H008", what, f"it has {places} decimals" if places else "it has none"))
    return int(minor)


def _results(cell: _Cell, style: _Style) -> float | None:
    if cell.text.casefold() in _NOTHING:
        return None
    return float(_number(cell, style, "14"))


def _number(cell: _Cell, style: _Style, instead: str) -> Decimal:
    """Read a number; of a point and a comma the later one is the decimal sign."""
    text = "".join(one for one in cell.text if one in "0123456789.,-" or one.isalpha())
    point, comma = text.rfind("."), text.rfind(",")
    thousands = fullmatch(r"\d{1,3}(,\d{3})+", text)
    if comma > point and not (thousands and (not style.comma or text.count(",") > 1)):
        text = text.replace(".", "").replace(",", ".")
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        what = f"{cell.text!r} is no number" if cell.text else "there is no number"
        raise _Unreadable(cell.flaw("H007", what, f"write one such as {instead}; 0 for none")) from error
    if not number.is_finite() or number < 0:
        raise _Unreadable(cell.flaw("H007", f"{cell.text!r} is below 0", f"write one such as {instead}"))
    return number


_READERS = {
    "line": _name,
    "network": _kind,
    "format": _kind,
    "day": _day,
    "spend": _spend,
    "results": _results,
}
