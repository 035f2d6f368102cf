"""`parution export`: everything that a brand owns, as files that anybody can read."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.markup import escape

from parution.buying.ports import Budgets
from parution.cli.options import Output, StackName
from parution.cli.output import Format, console, fail
from parution.cli.proposals import Posts
from parution.cli.stacks import opened
from parution.cli.words import DEFAULT_STACK, iso, listed, print_columns, print_json
from parution.measuring.ports import Insights
from parution.plan.desk import result_key
from parution.plan.foresight import AT_ONCE, each_of
from parution.plan.ports import BrandRow, PlanFiles
from parution.plan.wishes import secrets_of
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Delivery
from parution.publishing.history import History
from parution.publishing.ports import Clock
from parution.records import Record

_LARGEST = 16 * 1024 * 1024  # bytes, of a plan file or a result

Rows = Iterable[dict[str, Any]]


class Media(PlanFiles, Protocol):
    """The plan bucket, media included."""

    def read(self, ref: MediaRef) -> bytes:
        """Give a file's bytes, if it still is the one planned. Raises MediaChanged."""


class Deployed(Protocol):
    """A deployed stack, as far as an export reads it."""

    @property
    def name(self) -> str: ...

    @property
    def posts(self) -> Posts: ...

    @property
    def files(self) -> Media: ...

    @property
    def budgets(self) -> Budgets: ...

    @property
    def insights(self) -> Insights: ...

    @property
    def history(self) -> History: ...

    @property
    def clock(self) -> Clock: ...


def export(
    brand: Annotated[str, typer.Argument(help="The brand's id.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder to write into; it is made where there is none.")],
    stack: StackName = DEFAULT_STACK,
    media: Annotated[
        bool, typer.Option("--media", help="Copy the media too, so that the plan can be applied from there.")
    ] = False,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Write a brand's plan, posts, deliveries, history, ledger, figures and list of media."""
    here: Deployed = opened(stack)
    row = here.posts.brand(brand)
    if row is None:
        raise fail(f"no brand '{brand}' was ever imported", f"there are: {listed(here.posts.brands(), 20)}")
    if (out / "manifest.json").exists():
        raise fail(f"{out} holds an export already", "name another folder, or remove it first")
    manifest = exported(here, row, out, media=media)
    if format is Format.JSON:
        print_json(manifest)
        return
    print_columns(*((f"  {escape(name)}", str(count)) for name, count in manifest["files"].items()))
    console.print(f"Wrote {escape(str(out))}.", soft_wrap=True)
    if not manifest["plan_is_the_imported_one"]:
        console.print(
            "[yellow]plan.json is a newer file, not the one that was imported last:[/] its result says why.",
            soft_wrap=True,
        )


def exported(here: Deployed, row: BrandRow, out: Path, *, media: bool) -> dict[str, Any]:
    """Write the files into a folder; gives the manifest that is written last, with the rows of each."""
    out.mkdir(parents=True, exist_ok=True)
    brand, deliveries = row.plan.brand.id, list(here.posts.of_brand(row.plan.brand.id))
    contents = _contents(here, brand, deliveries)
    refs = _media(content for _, content in contents)
    digest = _write_plan(here, row, out)
    tables: dict[str, Callable[[], Rows]] = {
        "deliveries": lambda: ({"id": each.id, **_plain(each)} for each in deliveries),
        "contents": lambda: ({"post": post, "content": each.hash, **_plain(each)} for post, each in contents),
        "history": lambda: _history(here, deliveries),
        "accounts": lambda: _of_campaigns(row, lambda name: _account(here, brand, name)),
        "line-days": lambda: _of_campaigns(row, lambda name: here.budgets.line_days(brand, name)),
        "ledger": lambda: _of_campaigns(row, lambda name: here.budgets.entries(brand, name)),
        "allocations": lambda: _of_campaigns(row, lambda name: here.budgets.allocations(brand, name)),
        "post-figures": lambda: _figures(here, brand, deliveries),
        "line-figures": lambda: _of_campaigns(row, lambda name: _line_figures(here, row, name)),
        "media": lambda: (_plain(ref) for ref in refs),
    }
    files = {f"{name}.jsonl": _write_rows(out / f"{name}.jsonl", rows()) for name, rows in tables.items()}
    if media:
        _copy(here, refs, out)
    manifest = {
        "brand": brand,
        "stack": here.name,
        "at": iso(here.clock.now()),
        "plan": row.key,
        "digest": row.digest,
        "plan_is_the_imported_one": digest == row.digest,
        "version": row.version,
        "imported_at": iso(row.imported_at),
        "secrets": sorted(secrets_of(row.plan)),  # by name: no export holds a value
        "files": files,
    }
    # Last: a folder without it is an export that was cut off.
    (out / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return manifest


def _write_plan(here: Deployed, row: BrandRow, out: Path) -> str | None:
    """Write the plan's very bytes, so that it imports to the same digest, and its last result."""
    for key, name in ((result_key(row.key), "result.json"), (row.key, "plan.json")):
        if file := here.files.plan_file(key, _LARGEST):
            (out / name).write_bytes(file.body)
    written = out / "plan.json"
    return hashlib.sha256(written.read_bytes()).hexdigest() if written.exists() else None


def _write_rows(place: Path, rows: Rows) -> int:
    number = 0
    with place.open("w", encoding="utf-8") as file:
        for number, row in enumerate(rows, start=1):  # noqa: B007 (counted)
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return number


def _plain(row: Record) -> dict[str, Any]:
    return row.model_dump(mode="json")


def _contents(here: Deployed, brand: str, deliveries: Iterable[Delivery]) -> list[tuple[str, Content]]:
    """Read each content that a delivery has, once, with its post."""
    names = sorted({(each.post, each.content) for each in deliveries})
    return each_of(lambda name: (name[0], here.posts.content(brand, *name)), names, AT_ONCE)


def _history(here: Deployed, deliveries: Iterable[Delivery]) -> Rows:
    edges = each_of(lambda each: here.history.of(each.id), deliveries, AT_ONCE)
    return (_plain(edge) for of_one in edges for edge in of_one)


def _of_campaigns(row: BrandRow, read: Callable[[str], Iterable[Record]]) -> Rows:
    return (_plain(each) for campaign in row.plan.campaigns for each in read(campaign.id))


def _account(here: Deployed, brand: str, campaign: str) -> Iterable[Record]:
    account = here.budgets.account(brand, campaign)
    return [account] if account else []


def _figures(here: Deployed, brand: str, deliveries: Iterable[Delivery]) -> Rows:
    for each in deliveries:
        if each.part == 0:
            yield from (_plain(one) for one in here.insights.read_of_post(brand, each.post, each.channel))


def _line_figures(here: Deployed, row: BrandRow, campaign: str) -> Iterator[Record]:
    brand = row.plan.brand.id
    lines = sorted({each.line for each in here.insights.newest_lines(brand, campaign)})
    for line in lines:
        yield from here.insights.read_of_line(brand, campaign, line)


def _media(contents: Iterable[Content]) -> list[MediaRef]:
    refs = {(ref.key, ref.etag): ref for content in contents for ref in content.media}
    return [refs[name] for name in sorted(refs)]


def _copy(here: Deployed, refs: Iterable[MediaRef], out: Path) -> None:
    for ref in refs:
        stored = here.files.stored(ref.key)
        if stored is not None and stored.etag == ref.etag:
            place = out / ref.key
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(here.files.read(ref))
