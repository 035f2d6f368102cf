"""`parution import-csv` and `export-csv`: posts from a spreadsheet into a plan, and back again."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from parution.cli.options import Output
from parution.cli.output import Format, console, fail
from parution.cli.plans import print_findings
from parution.cli.web_media import WebMedia
from parution.cli.words import counted, print_json
from parution.fetching import Fetcher
from parution.plan.cell_times import Order
from parution.plan.cells import Flaw
from parution.plan.checks import examine
from parution.plan.facts import NOTHING_KNOWN, Facts
from parution.plan.model import SCHEMA_ID, Plan
from parution.plan.ports import StoredFile
from parution.plan.problems import Problem, errors_in, parts_of
from parution.plan.reading import parsed
from parution.plan.sheet_writing import sheet_of
from parution.plan.spreadsheet import Merge, Sheet, merged, read_sheet
from parution.plan.wishes import files_of

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # before it nothing of a plan is over
_LARGEST = 16 * 1024 * 1024  # bytes; a plan has 4 MiB at most


class Dates(StrEnum):
    """What 01/12/2026 means."""

    ISO = "iso"  # it is refused
    DMY = "dmy"
    MDY = "mdy"


def import_csv(
    file: Annotated[Path, typer.Argument(help="The table: CSV, with a first row that names the columns.")],
    *,
    plan: Annotated[Path, typer.Option("--plan", help="The plan to put the posts into, or to write.")],
    dates: Annotated[Dates, typer.Option(help="What 01/12/2026 means; iso refuses it.")] = Dates.ISO,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out the rows with errors instead of refusing all.")
    ] = False,
    brand: Annotated[
        str | None, typer.Option(help="The brand's id, where the plan is to be written anew.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The new brand's name; its id, if left out.")] = None,
    timezone: Annotated[str, typer.Option(help="The new brand's zone.")] = "Europe/Paris",
    locale: Annotated[str, typer.Option(help="The new brand's language and country.")] = "fr-FR",
    currency: Annotated[str, typer.Option(help="The new brand's currency.")] = "EUR",
    fetch_media: Annotated[
        bool, typer.Option("--fetch-media", help="Fetch pictures that lie on the web into media/fetched/.")
    ] = False,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Read posts from a spreadsheet into a plan. With one error nothing is written, unless --partial."""
    web = WebMedia(Fetcher())
    raw, document = _read(file), _document(plan)
    if document is None and brand is None:
        raise fail(f"there is no plan {plan}", "name one, or add --brand ID to write a new one")
    order: Order | None = None if dates is Dates.ISO else ("dmy" if dates is Dates.DMY else "mdy")
    channels = _channels(document) if document is not None else None
    sheet = read_sheet(raw, channels, order, web.bring if fetch_media else None)
    if document is None:
        words = {"id": brand, "name": name or brand, "locale": locale, "timezone": timezone}
        document = _new({**words, "currency": currency}, sheet)
    done = _Import(file, plan, document, sheet, web)
    if partial and done.errors:
        done = done.without_bad_rows()
    if done.errors and (not partial or done.plan_errors or not done.merge.places):
        done.tell(format, written=False)
        raise typer.Exit(1)
    # Where nothing came in, the plan keeps the form that its author gave it.
    if done.changes_something or not plan.exists():
        web.keep(plan.parent)
        plan.write_text(done.text, encoding="utf-8")
    done.tell(format, written=True)


class _Import:
    """A table laid into a plan, and everything that is wrong with it there."""

    def __init__(
        self,
        file: Path,
        place: Path,
        document: dict[str, Any],
        sheet: Sheet,
        web: WebMedia,
        *,
        earlier: Sequence[Flaw] = (),
    ) -> None:
        self._web = web
        self._file, self._place, self._sheet, self._before = file, place, sheet, document
        self.merge: Merge = merged(document.get("posts", []), sheet)
        self.text = json.dumps({**document, "posts": self.merge.posts}, ensure_ascii=False, indent=2) + "\n"
        _, problems = examine(self.text.encode(), self._facts, datetime.now(UTC))
        own = [one for one in problems if self._row_of(one) is not None]
        self.plan_problems = [
            one.model_copy(update={"file": str(place), "line": None, "column": None})
            for one in problems
            if self._row_of(one) is None
        ]
        self.flaws = [*(earlier or sheet.flaws), *map(self._flaw, own)]

    @property
    def errors(self) -> list[Flaw | Problem]:
        return [*(flaw for flaw in self.flaws if flaw.is_error), *self.plan_errors]

    @property
    def plan_errors(self) -> list[Problem]:
        return errors_in(self.plan_problems)

    @property
    def changes_something(self) -> bool:
        return self.merge.new + self.merge.changed > 0

    def without_bad_rows(self) -> "_Import":
        """Give the same import without the rows that have an error; the errors are told all the same."""
        bad = {flaw.line for flaw in self.flaws if flaw.is_error}
        rows = [
            row
            for row in self._sheet.rows
            if not {row.first.line, *(c.line for c in row.cells.values())} & bad
        ]
        sheet = self._sheet._replace(rows=rows)
        return _Import(self._file, self._place, self._before, sheet, self._web, earlier=self.flaws)

    def tell(self, form: Format, *, written: bool) -> None:
        """Print every flaw by its place, then what was done."""
        if form is Format.JSON:
            print_json(self._as_json(written=written))
            return
        for flaw in sorted(self.flaws):
            colour = "red" if flaw.is_error else "yellow"
            place = (f"{self._file}:{flaw.line}:{flaw.column}  ", "dim")
            line = Text.assemble(
                place, (flaw.code, f"bold {colour}"), f" {flaw.what} - ", (flaw.instead, "green")
            )
            console.print(line, soft_wrap=True)
        if self.plan_problems:
            print_findings(self.plan_problems, summed=False)
        for said in self._summary(written=written):
            console.print(said, soft_wrap=True, markup=False)

    def _summary(self, *, written: bool) -> list[str]:
        if not written:
            return [f"{counted(len(self.errors), 'error')}. Nothing was written."]
        merge, skipped = self.merge, self._sheet.left_out
        told = f"{counted(merge.new, 'new post')}, {merge.changed} changed, {merge.same} the same"
        told += f", {counted(skipped, 'row')} left out by status" if skipped else ""
        if not self.changes_something:
            return [f"{self._place} stays as it is: {told}."]
        return [f"Wrote {self._place}: {told}.", f"Next:  parution validate {self._place}"]

    def _as_json(self, *, written: bool) -> dict[str, Any]:
        merge = self.merge
        return {
            "written": written,
            "plan": str(self._place),
            "counts": {"new": merge.new, "changed": merge.changed, "same": merge.same},
            "left_out": self._sheet.left_out,
            "flaws": [{"file": str(self._file), **flaw._asdict()} for flaw in sorted(self.flaws)],
            "problems": [one.model_dump(mode="json") for one in self.plan_problems],
        }

    def _row_of(self, found: Problem) -> int | None:
        section, *inner = parts_of(found.pointer) or [""]
        place = int(inner[0]) if section == "posts" and inner else None
        return place if place in self.merge.places else None

    def _flaw(self, found: Problem) -> Flaw:
        _, place, *inner = parts_of(found.pointer)
        row = self.merge.places[int(place)]
        cell = row.cell(inner)
        return cell.flaw(found.code, found.message, found.hint, is_error=found.severity == "error")

    def _facts(self, plan: Plan) -> Facts:
        folder = self._place.parent
        there = {name: folder / name for name in files_of(plan) if (folder / name).is_file()}
        sizes = {name: at.stat().st_size for name, at in there.items()} | self._web.sizes
        return Facts(media={name: StoredFile(etag="", size=size) for name, size in sizes.items()})


# ---------------------------------------------------------------------- files
def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST)
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}", "check its name and your rights") from None


def _document(plan: Path) -> dict[str, Any] | None:
    """Read the plan with its comments; None where there is none yet. Raises Exit where it cannot be read."""
    if not plan.exists():
        return None
    raw = plan.read_bytes()
    document, problems = parsed(raw)
    if not isinstance(document, dict) or not isinstance(document.get("posts", []), list):
        print_findings([one.model_copy(update={"file": str(plan)}) for one in problems])
        raise fail(f"{plan} is no plan", f"mend it first: parution validate {plan}")
    whole: dict[str, Any] = json.loads(raw.decode("utf-8-sig"))
    return whole


def _channels(document: dict[str, Any]) -> dict[str, str]:
    listed = document.get("channels", [])
    named = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {str(each.get("id")): str(each.get("network")) for each in named}


def _new(brand: dict[str, Any], sheet: Sheet) -> dict[str, Any]:
    """Begin a plan: the brand, and a channel for each network that the table names."""
    networks = dict.fromkeys(name for row in sheet.rows for name in row.post.get("channels", ()))
    channels = [{"id": name, "network": name, "account": f"secret:{name}-{brand['id']}"} for name in networks]
    return {"$schema": SCHEMA_ID, "version": 1, "brand": brand, "channels": channels, "posts": []}


def export_csv(
    plan: Annotated[Path, typer.Argument(help="The plan.")],
    *,
    out: Annotated[Path, typer.Option(help="The file to write.")],
) -> None:
    """Write a plan's posts as a table for spreadsheets; `import-csv` takes it back into the same plan."""
    document = _document(plan)
    if document is None or examine(plan.read_bytes(), lambda _: NOTHING_KNOWN, _LONG_AGO)[0] is None:
        raise fail(f"{plan} is no plan without errors", f"mend it first: parution validate {plan}")
    posts = document.get("posts", [])
    # With its mark, Excel reads UTF-8 as such.
    out.write_text(sheet_of(posts), encoding="utf-8-sig", newline="")
    console.print(f"Wrote {out}: {counted(len(posts), 'post')}.", soft_wrap=True, markup=False)
