"""`parution validate` and `parution schema`: what is wrong with a plan, and what a plan may hold."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Protocol

import imagesize
import typer
from rich.markup import escape
from rich.text import Text

from parution.cli.output import Format, console, errors, fail
from parution.cli.workspaces import workspace_problems
from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.films import Read, seconds_of
from parution.plan.languages import Language, language_of, told_in, words
from parution.plan.limits import Limits, limits_of
from parution.plan.media import is_film
from parution.plan.model import Plan
from parution.plan.ports import Brands, Secrets, StoredFile
from parution.plan.problems import Problem, errors_in, problem
from parution.plan.reading import LIMIT, as_utf8
from parution.plan.schema import plan_schema, workspace_schema
from parution.plan.wishes import files_of, secrets_of
from parution.publishing.ports import Deliveries

MOST_PRINTED = 50


class Posts(Brands, Deliveries, Protocol):
    """What the posts table answers."""


class Deployed(Protocol):
    """A deployed stack, as far as a check asks it."""

    @property
    def posts(self) -> Posts: ...

    @property
    def secrets(self) -> Secrets: ...


def validate(
    files: Annotated[
        list[Path],
        typer.Argument(help="Plan files, and workspaces; media are looked for in media/ beside each."),
    ],
    *,
    format: Annotated[Format, typer.Option(help="Text for people, JSON for machines.")] = Format.TEXT,  # noqa: A002 (the option's name)
    stack: Annotated[
        str | None,
        typer.Option(help="Check against this stack too: what it published, which secrets it holds."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The plan's key in the stack's bucket, such as plans/bakery.json.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Print every finding, not the first 50.")] = False,
    lang: Annotated[
        Language | None, typer.Option(help="The findings' language; left out, your machine's.")
    ] = None,
    fix_encoding: Annotated[
        bool, typer.Option("--fix-encoding", help="Write NAME.utf8.json beside a file that is not UTF-8.")
    ] = False,
) -> None:
    """Check plans and name every error at once; exit 0 when there is none, 1 otherwise. Changes no plan."""
    if key is not None and len(files) != 1:
        raise fail("--key goes with one file", "validate the files one by one")
    deployed = _stack(stack) if stack else None
    now, language = datetime.now(UTC), lang or language_of(os.environ)
    checked = [_in_utf8(file) for file in files] if fix_encoding else files
    problems = [one for file in checked for one in _problems(file, deployed, key, now)]
    found = [told_in(language, one) for one in problems]
    if format is Format.JSON:
        typer.echo(_as_json(found))
    else:
        print_problems(found, language, None if everything else MOST_PRINTED)
    raise typer.Exit(1 if errors_in(found) or (strict and found) else 0)


def schema(
    workspace: Annotated[
        bool, typer.Option("--workspace", help="The schema of an agency's workspace instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of a plan (draft 2020-12), for editors."""
    wanted = workspace_schema() if workspace else plan_schema()
    typer.echo(json.dumps(wanted, ensure_ascii=False, indent=2))


# ---------------------------------------------------------------------- checking
def _in_utf8(file: Path) -> Path:
    """Write the file anew where it is not UTF-8, or begins with a mark; give the one to check."""
    if not file.is_file() or (text := as_utf8(file.read_bytes())) is None:
        return file
    mended = file.with_name(f"{file.stem}.utf8{file.suffix}")
    if mended.exists():
        raise fail(f"{mended} is there already", "remove it, or check it instead")
    mended.write_bytes(text)
    errors.print(f"[green]wrote[/] {escape(str(mended))}", soft_wrap=True)
    return mended


def _problems(file: Path, deployed: Deployed | None, key: str | None, now: datetime) -> list[Problem]:
    try:
        size, raw = file.stat().st_size, _beginning(file)
    except OSError as error:
        gone = problem(
            "E004", "", f"the file cannot be read: {error.strerror}", "check its name and your rights"
        )
        return [gone.model_copy(update={"file": str(file)})]
    _, found = examine(raw, lambda plan: _facts(plan, file, deployed, key), now, size)
    if any(one.code == "E008" for one in found):
        return workspace_problems(file, lambda plan: _facts(plan, file, deployed, None), now)
    return [one.model_copy(update={"file": str(file)}) for one in found]


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LIMIT)


def _facts(plan: Plan, file: Path, deployed: Deployed | None, key: str | None) -> Facts:
    folder = file.parent
    there = {name: folder / name for name in files_of(plan) if (folder / name).is_file()}
    look = any(limits is not None and _is_inside(limits) for limits in map(limits_of, _networks(plan)))
    media = {name: _stored(path, look_inside=look) for name, path in there.items()}
    local = Facts(media=media)
    return local.model_copy(update=facts_of_stack(plan, deployed, key)) if deployed else local


def _networks(plan: Plan) -> set[str]:
    return {channel.network for channel in plan.channels}


def _is_inside(limits: Limits) -> bool:
    """Say whether a network, or one of its formats, judges what only the file itself tells."""
    return any(each.ratios or each.seconds for each in (limits, *limits.formats.values()))


def _stored(path: Path, *, look_inside: bool) -> StoredFile:
    """Tell what lies there; a local file has no etag."""
    size = path.stat().st_size
    if look_inside and is_film(path.name):
        with path.open("rb") as film:
            return StoredFile(etag="", size=size, seconds=seconds_of(_ranges_of(film), size))
    width, height = imagesize.get(path) if look_inside else (0, 0)
    # What is no picture, whatever its name says, has no size: -1.
    ratio = width / height if width > 0 and height > 0 else None
    return StoredFile(etag="", size=size, ratio=ratio)


def _ranges_of(film: BinaryIO) -> Read:
    def read(start: int, length: int) -> bytes:
        film.seek(start)
        return film.read(length)

    return read


def _stack(name: str) -> Deployed:
    """Find the deployed stack; only here does `validate` reach out."""
    from parution.cli.stacks import NoSuchStack, Stack  # noqa: PLC0415 (a local check must not load AWS)

    try:
        return Stack(name)
    except NoSuchStack as error:
        raise fail(str(error), "name the stack with --stack, and check AWS_PROFILE and the region") from None


def facts_of_stack(plan: Plan, deployed: Deployed, key: str | None) -> dict[str, Any]:
    """Ask what a deployed stack knows of this brand.

    Without ``key`` the file is taken for the one that holds the brand, whatever its name here.
    """
    row = deployed.posts.brand(plan.brand.id)
    place = key or (row.key if row else None)
    return {
        "key": place,
        "owner": deployed.posts.owner(place) if place else None,
        "held_by": row.key if row else None,
        "secrets": deployed.secrets.known(secrets_of(plan)),
        "deliveries": {each.id: each for each in deployed.posts.of_brand(plan.brand.id)},
        "campaigns": {each.id: each for each in row.plan.campaigns} if row else {},
    }


# ---------------------------------------------------------------------- printing
def _as_json(found: list[Problem]) -> str:
    return json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False, indent=2)


def print_findings(found: list[Problem], *, summed: bool = True) -> None:
    """Print findings as `validate` does, in the language of this machine."""
    language = language_of(os.environ)
    print_problems([told_in(language, one) for one in found], language, summed=summed)


def print_problems(
    found: list[Problem],
    language: Language = Language.EN,
    most: int | None = MOST_PRINTED,
    *,
    summed: bool = True,
) -> None:
    """Print each finding on a line of its own, at most so many of them, then (``summed``) their counts."""
    printed = found[:most]
    places = [_place(one) for one in printed]
    width = max((len(place) for place in places), default=0)
    reach = max((len(one.pointer) for one in printed), default=0)
    for place, one in zip(places, printed, strict=True):
        colour = "red" if one.severity == "error" else "yellow"
        line = Text.assemble(
            (f"{place:{width}}  {one.pointer:{reach}}  ", "dim"),
            (one.code, f"bold {colour}"),
            f" {one.message} - ",
            (one.hint, "green"),
        )
        console.print(line, soft_wrap=True)
    if len(found) > len(printed):
        console.print(words(language, "more").format(n=len(found) - len(printed)), style="dim")
    if not summed:
        return
    last = Text(summary(found, language), style="bold")
    if first := next(iter(errors_in(printed)), None):
        last.append(f"  {words(language, 'explain').format(code=first.code)}", style="dim")
    console.print(last, soft_wrap=True)


def _place(one: Problem) -> str:
    return ":".join(str(part) for part in (one.file, one.line, one.column) if part is not None)


def summary(found: list[Problem], language: Language = Language.EN) -> str:
    """Word the counts, as in `3 errors, 2 warnings. Nothing was changed`."""
    count = len(errors_in(found))
    counts = ((count, "error"), (len(found) - count, "warning"))
    told = [words(language, what if n == 1 else f"{what}s").format(n=n) for n, what in counts if n]
    return words(language, "counts").format(counts=", ".join(told)) if told else words(language, "sound")
