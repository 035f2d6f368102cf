"""Posts in a table, as planners keep them: a CSV of Excel, LibreOffice or a sheet, read as it comes.

Comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; English or French headers; dates written out, with
signs or as Excel's day numbers. What can be read in two ways is refused with both readings, never guessed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from parution.plan.cell_times import Order, clock_of, moment
from parution.plan.cells import Cell, Flaw, Unreadable, cells_of, plain
from parution.plan.model import NETWORKS, OPEN_TIMES, RETIRED
from parution.plan.problems import instead, nearest
from parution.plan.times import written
from parution.plan.wording import as_name

# What each column may be called, as plain() writes it; beside these text-CHANNEL holds a variant's text.
_HEADERS = {
    "id": "id identifiant ref reference",
    "date": "date jour day datetime date-et-heure date-heure date-de-publication publication-date post-at "
    "postatspecifictime",
    "time": "time heure hour horaire heure-de-publication publication-time",
    "channels": "channels channel canaux canal reseaux reseau networks network plateformes plateforme "
    "platforms platform reseaux-sociaux",
    "text": "text texte message content contenu post publication caption legende",
    "link": "link lien url links liens",
    "media": "media medias image images visuel visuels photo photos video videos imageurls fichier fichiers",
    "alt": "alt alt-text texte-alternatif texte-alt description-de-l-image",
    "tags": "tags tag etiquettes etiquette hashtags mots-cles",
    "pillar": "pillar pilier theme rubrique",
    "first_comment": "first-comment premier-commentaire",
    "status": "status statut etat",
}
_COLUMNS = {name: column for column, names in _HEADERS.items() for name in names.split()}
_NEEDED = ("date", "channels", "text")
_VARIANT = re.compile(r"(?:text|texte)-(.+)")
_READY = frozenset(
    {"pret", "prete", "ready", "ok", "oui", "yes", "valide", "validee", "approved", "approuve", "planifie"}
    | {"scheduled", "final"}
)
_NOT_YET = frozenset(
    {"brouillon", "draft", "idee", "idea", "a-valider", "a-faire", "todo", "en-cours", "wip", "refuse"}
    | {"rejected", "annule", "cancelled"}
)
_OUT = frozenset({"publie", "publiee", "published", "posted", "envoye", "sent"})

# Fetches a file and gives its name under media/. Raises LookupError, saying why there is none.
Bring = Callable[[str], str]

_ELSEWHERE = re.compile(r"(?!s3:)[A-Za-z][A-Za-z0-9+.-]*://")  # an address, whatever speaks there

_TITLES = 10  # rows above the header, at most
_SPREADSHEET_ERROR = re.compile(
    r"#(N/A|NA|REF!|VALUE!|VALEUR!|NAME\?|NOM\?|DIV/0!|NUM!|NOMBRE!|NULL!|NUL!|#+)"
)


class Row(NamedTuple):
    """One post, as the plan writes it, and where each of its keys was read."""

    post: dict[str, Any]
    cells: Mapping[str, Cell]  # by column, `variants/CHANNEL` for the texts of channels
    first: Cell

    def cell(self, parts: Sequence[str]) -> Cell:
        """Give the cell that a place inside the post was read from."""
        keys = ["/".join(parts[:2]), *parts[:1]]
        if parts[:1] == ["at"]:
            # Which of the two is wrong, nobody knows; where both stand it mostly is the hour.
            keys = ["time", "date"] if "time" in self.cells and self.cells["time"].text else ["date"]
        if parts[:1] == ["media"] and parts[-1:] == ["alt"]:
            keys = ["alt", "media"]
        return next((self.cells[key] for key in keys if key in self.cells), self.first)


class Sheet(NamedTuple):
    """What could be read, and every flaw. ``columns`` are those that the table has."""

    rows: list[Row]
    flaws: list[Flaw]
    columns: frozenset[str] = frozenset()
    left_out: int = 0  # drafts, and what is out already


# ---------------------------------------------------------------------- the file
def read_sheet(
    raw: bytes, channels: Mapping[str, str] | None, order: Order | None = None, bring: Bring | None = None
) -> Sheet:
    """Read a table of posts.

    ``channels`` are those of the plan, each with its network; None: each network that the table names is a
    channel of its name. ``order`` says what 01/12/2026 means. ``bring`` fetches pictures that lie on the
    web; without it they are flaws.
    """
    try:
        table = cells_of(raw)
    except Unreadable as unreadable:
        return Sheet([], [unreadable.flaw])
    found = _header(table)
    if found is None:
        said = "no row names the columns"
        return Sheet([], [Flaw(1, 1, "S003", said, "write a first row: id, date, time, channels, text")])
    return _Reading(table[found], channels, order, bring).sheet(table[found + 1 :])


def _header(table: Sequence[list[Cell]]) -> int | None:
    for place, row in enumerate(table[:_TITLES]):
        named = {_COLUMNS[name] for cell in row if (name := plain(cell.text)) in _COLUMNS}
        if len(named) > 1:
            return place
    return None


# ---------------------------------------------------------------------- the rows
class _Reading:
    """One reading of a table's body, by its header."""

    def __init__(
        self,
        header: Sequence[Cell],
        channels: Mapping[str, str] | None,
        order: Order | None,
        bring: Bring | None,
    ) -> None:
        self._bring = bring
        networks = {name: name for name in (*NETWORKS, *RETIRED)}
        self._channels, self._order = networks if channels is None else channels, order
        self._flaws: list[Flaw] = []
        self._places: dict[str, int] = {}
        for place, cell in enumerate(header):
            self._name(place, cell)
        for column in _NEEDED:
            if not any(
                name.partition("/")[0] in {column, *(["variants"] if column == "text" else [])}
                for name in self._places
            ):
                names = ", ".join(_HEADERS[column].split()[:3])
                said = f"there is no column '{column}'"
                self._flaws.append(header[0].flaw("S004", said, f"name one of them: {names}"))

    def _name(self, place: int, cell: Cell) -> None:
        name = plain(cell.text)
        column = _COLUMNS.get(name)
        variant = _VARIANT.fullmatch(name)
        columns = [column] if column else []
        if variant and not column:
            columns = [f"variants/{channel}" for channel in self._matching(variant[1])]
        for each in columns:
            if self._places.setdefault(each, place) != place:
                said = f"'{cell.text}' is a second column of {each}"
                self._flaws.append(cell.flaw("S005", said, "take one of them out"))
        if cell.text and not columns:
            near = nearest(name, [*_COLUMNS, *(f"text-{one}" for one in self._channels)])
            hint = f"did you mean '{near}'?" if near else "nothing is read from it"
            self._flaws.append(cell.flaw("S006", f"'{cell.text}' is no known column", hint, is_error=False))

    def sheet(self, body: Sequence[list[Cell]]) -> Sheet:
        if any(flaw.is_error for flaw in self._flaws):
            return Sheet([], self._flaws)
        rows, left_out = [], 0
        for cells in body:
            if not any(cell.text for cell in cells):
                continue
            before = len(self._flaws)
            named = {name: cells[place] for name, place in self._places.items() if place < len(cells)}
            if self._waits(named):
                left_out += 1
                continue
            row = self._row(named, next(cell for cell in cells if cell.text))
            if not any(flaw.is_error for flaw in self._flaws[before:]):
                rows.append(row)
        return Sheet(self._with_ids(rows), self._flaws, frozenset(self._places), left_out)

    def _waits(self, cells: Mapping[str, Cell]) -> bool:
        """Say whether the row is a draft, or out already."""
        status = plain(cells["status"].text) if "status" in cells else ""
        if status and status not in _READY | _NOT_YET | _OUT:
            said = f"'{cells['status'].text}' is no status"
            hint = instead(status, _READY | _NOT_YET, "write ready or draft, not")
            self._flaws.append(cells["status"].flaw("S014", said, hint))
        return status in _NOT_YET | _OUT

    def _row(self, cells: Mapping[str, Cell], first: Cell) -> Row:
        for cell in cells.values():
            if _SPREADSHEET_ERROR.fullmatch(cell.text):
                said = f"the spreadsheet shows {cell.text} instead of a value"
                self._flaws.append(cell.flaw("S007", said, "mend the formula, or widen the column"))
        post: dict[str, Any] = {"id": cells["id"].text if "id" in cells else ""}
        readers: dict[str, Callable[[], Any]] = {
            "at": lambda: self._at(cells, first),
            "channels": lambda: self._named_channels(cells.get("channels", first)),
            "text": lambda: _text_of(cells, "text"),
            "link": lambda: {"url": url} if (url := _text_of(cells, "link")) else None,
            "media": lambda: _media(cells, self._bring),
            "first_comment": lambda: _text_of(cells, "first_comment"),
            "tags": lambda: _tags(_text_of(cells, "tags")),
            "pillar": lambda: as_name(_text_of(cells, "pillar")),
        }
        for key, read in readers.items():
            try:
                value = read()
            except Unreadable as error:
                self._flaws.append(error.flaw)
                continue
            if value:
                post[key] = value
        post |= {"variants": variants} if (variants := self._variants(cells, post)) else {}
        return Row(post, cells, first)

    # ------------------------------------------------------------------ channels
    def _matching(self, name: str) -> list[str]:
        """Give the channels that a name means: the one with this id, otherwise those on the network."""
        plain_name = plain(name)
        if own := [each for each in self._channels if plain(each) == plain_name]:
            return own
        return [each for each, network in self._channels.items() if plain(network) == plain_name]

    def _named_channels(self, cell: Cell) -> list[str]:
        names = _parts(cell.text, r"[,;/|+\n]+")
        if not names:
            raise Unreadable(cell.flaw("S008", "no channel is named", "write one, such as " + self._some()))
        found: list[str] = []
        for name in names:
            matching = self._matching(name)
            if not matching:
                valid = {*self._channels, *self._channels.values()}
                said = f"'{name}' is no channel and no network of this plan"
                raise Unreadable(cell.flaw("S008", said, instead(name, valid)))
            found += [each for each in matching if each not in found]
        return found

    def _some(self) -> str:
        return next(iter(self._channels), "mastodon")

    def _variants(self, cells: Mapping[str, Cell], post: Mapping[str, Any]) -> dict[str, Any]:
        variants = {}
        for name, cell in cells.items():
            kind, _, channel = name.partition("/")
            if kind == "variants" and cell.text and channel in post.get("channels", ()):
                variants[channel] = {"text": cell.text}
        return variants

    # ------------------------------------------------------------------ times
    def _at(self, cells: Mapping[str, Cell], first: Cell) -> str:
        cell = cells.get("date", first)
        if cell.text.casefold() in OPEN_TIMES:
            return cell.text.casefold()
        if not cell.text:
            hint = "write it like 2026-12-03, or `slot`; or give the row the status draft"
            raise Unreadable(cell.flaw("S009", "there is no date", hint))
        day, clock = moment(cell, self._order)
        hour = cells.get("time")
        if hour is not None and hour.text:
            clock = clock_of(hour)
        if clock is None:
            where = hour or cell
            raise Unreadable(where.flaw("S011", "there is no time", "write it like 08:00"))
        return written(datetime.combine(day, clock))

    # ------------------------------------------------------------------ names
    def _with_ids(self, rows: Sequence[Row]) -> list[Row]:
        """Name each post: as its id says, otherwise by its day and its first words, always the same."""
        taken: dict[str, Row] = {}
        for row in sorted(rows, key=lambda row: not row.post["id"]):  # the ids that people chose come first
            chosen = row.post["id"]
            name = as_name(chosen) if chosen else _free(_made(row.post), taken)
            if not name:
                self._flaws.append(
                    row.cells["id"].flaw(
                        "S012", f"'{chosen}' is no name", "write small letters, digits and hyphens"
                    )
                )
            elif other := taken.get(name):
                said = f"the id '{name}' stands in row {other.first.row} already"
                self._flaws.append(row.cells["id"].flaw("S013", said, "give one of them another"))
            else:
                taken[name] = row
        names = {id(row): name for name, row in taken.items()}
        return [row._replace(post={**row.post, "id": names[id(row)]}) for row in rows if id(row) in names]


def _made(post: Mapping[str, Any]) -> str:
    texts = [post.get("text", ""), *(each["text"] for each in post.get("variants", {}).values())]
    day = "" if post["at"] in OPEN_TIMES else post["at"][:10]
    return as_name(f"{day} {next(filter(None, texts), '')[:80]}") or "post"


def _free(name: str, taken: Mapping[str, Row]) -> str:
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name[: 39 - len(str(number))].strip('-')}-{number}"
    return free


def _text_of(cells: Mapping[str, Cell], column: str) -> str:
    return cells[column].text if column in cells else ""


def _parts(text: str, separators: str) -> list[str]:
    return [part for each in re.split(separators, text) if (part := each.strip())]


def _tags(text: str) -> list[str]:
    """Read `noël, annecy` and `#noël #annecy`; with a comma or semicolon a tag may hold spaces."""
    separators = r"[,;|\n]+" if re.search(r"[,;|]", text) else r"\s+"
    return [tag.lstrip("#") for tag in _parts(text, separators)]


def _media(cells: Mapping[str, Cell], bring: Bring | None) -> list[dict[str, str]]:
    # An address may hold commas and semicolons, a name does not: between addresses stand blanks, too.
    text = _text_of(cells, "media")
    on_the_web = "://" in text and not text.startswith("s3://")
    names = _parts(text, r"[|\s]+|[,;](?=\s|https?:|$)" if on_the_web else r"[,;|\n]+")
    names = [_brought(name, cells["media"], bring) if _ELSEWHERE.match(name) else name for name in names]
    media = [{"src": f"s3://media/{name.removeprefix('s3://').removeprefix('media/')}"} for name in names]
    text = _text_of(cells, "alt")
    alts = _parts(text, r"[|\n]+") if len(media) > 1 else [text] if text else []
    if alts and len(alts) != len(media):
        said = f"{len(alts)} descriptions for {len(media)} files"
        raise Unreadable(cells["alt"].flaw("S015", said, "write one for each, with | between them"))
    return [{**file, **({"alt": alts[number]} if alts else {})} for number, file in enumerate(media)]


def _brought(url: str, cell: Cell, bring: Bring | None) -> str:
    if bring is None:
        said = f"'{url}' lies on the web"
        hint = "add --fetch-media, or put the file under media/ and write its name"
        raise Unreadable(cell.flaw("S010", said, hint))
    try:
        return bring(url)
    except LookupError as why:
        said = f"'{url}' was not fetched: {why}"
        raise Unreadable(cell.flaw("S016", said, "put the file under media/ and write its name")) from None


# ---------------------------------------------------------------------- into the plan
class Merge(NamedTuple):
    """A plan's posts with those of a table among them."""

    posts: list[dict[str, Any]]
    places: dict[int, Row]  # by place in ``posts``
    new: int
    changed: int
    same: int


def merged(posts: Sequence[dict[str, Any]], sheet: Sheet) -> Merge:
    """Lay a table's posts over a plan's: the same id is the same post, others come at the end.

    Of a post that stands, only what the table has columns for is replaced, or taken out where it is empty.
    """
    together = list(posts)
    index = {post.get("id"): place for place, post in enumerate(posts) if isinstance(post, dict)}
    places, counts = {}, {"new": 0, "changed": 0, "same": 0}
    for row in sheet.rows:
        place = index.get(row.post["id"])
        if place is None:
            together.append(row.post)
            places[len(together) - 1] = row
            counts["new"] += 1
            continue
        over = _over(together[place], row.post, sheet.columns)
        counts["same" if over == together[place] else "changed"] += 1
        together[place], places[place] = over, row
    return Merge(together, places, **counts)


def _over(old: Mapping[str, Any], new: Mapping[str, Any], columns: frozenset[str]) -> dict[str, Any]:
    gone = {"text", "link", "media", "tags", "pillar", "first_comment"} & columns - new.keys()
    kept = {key: value for key, value in old.items() if key not in gone or not value}
    variants = {name: dict(value) for name, value in old.get("variants", {}).items()}
    for name, value in new.get("variants", {}).items():
        variants[name] = {**variants.get(name, {}), **value}
    over = {**kept, **new, **({"variants": variants} if variants else {})}
    # What the table cannot say of a link or a file stays.
    if "link" in new:
        over["link"] = {**old.get("link", {}), **new["link"]}
    if "media" in new:
        files = {file.get("src"): file for file in old.get("media", [])}
        over["media"] = [{**files.get(file["src"], {}), **file} for file in new["media"]]
    return over
