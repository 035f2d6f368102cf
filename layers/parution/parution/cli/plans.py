"""`parution validate` and `parution schema`: what is wrong with a plan, and what a plan may hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer
from rich.markup import escape
from rich.text import Text

from parution.cli.output import Format, console, fail
from parution.cli.workspaces import workspace_problems
from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.model import Plan
from parution.plan.ports import Brands, Secrets, StoredFile
from parution.plan.problems import Problem, errors_in, problem
from parution.plan.reading import LIMIT
from parution.plan.schema import plan_schema, workspace_schema
from parution.plan.wishes import files_of, secrets_of
from parution.publishing.ports import Deliveries


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
    format: Annotated[Format, typer.Option(help="Text for people, JSON for machines.")] = Format.TEXT,  # noqa: A002 (the option's name)
    stack: Annotated[
        str | None,
        typer.Option(help="Check against this stack too: what it published, which secrets it holds."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The plan's key in the stack's bucket, such as plans/bakery.json.")
    ] = None,
) -> None:
    """Check plans and name every error at once; exit 0 when there is none, 1 otherwise. Changes nothing."""
    if key is not None and len(files) != 1:
        raise fail("--key goes with one file", "validate the files one by one")
    deployed = _stack(stack) if stack else None
    now = datetime.now(UTC)
    found = [one for file in files for one in _problems(file, deployed, key, now)]
    if format is Format.JSON:
        typer.echo(_as_json(found))
    else:
        print_problems(found)
    raise typer.Exit(1 if errors_in(found) else 0)


def schema(
    workspace: Annotated[
        bool, typer.Option("--workspace", help="The schema of an agency's workspace instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of a plan (draft 2020-12), for editors."""
    wanted = workspace_schema() if workspace else plan_schema()
    typer.echo(json.dumps(wanted, ensure_ascii=False, indent=2))


# ---------------------------------------------------------------------- checking
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
    # A local file has no etag; only whether it is there, and empty or not, is checked.
    media = {name: StoredFile(etag="", size=path.stat().st_size) for name, path in there.items()}
    local = Facts(media=media)
    return local.model_copy(update=facts_of_stack(plan, deployed, key)) if deployed else local


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


def print_problems(found: list[Problem]) -> None:
    """Print each finding on a line of its own, then their counts."""
    places = [_place(one) for one in found]
    width = max((len(place) for place in places), default=0)
    reach = max((len(one.pointer) for one in found), default=0)
    for place, one in zip(places, found, strict=True):
        colour = "red" if one.severity == "error" else "yellow"
        line = Text.assemble(
            (f"{place:{width}}  {one.pointer:{reach}}  ", "dim"),
            (one.code, f"bold {colour}"),
            f" {one.message} - ",
            (one.hint, "green"),
        )
        console.print(line, soft_wrap=True)
    console.print(escape(summary(found)), style="bold")


def _place(one: Problem) -> str:
    return ":".join(str(part) for part in (one.file, one.line, one.column) if part is not None)


def summary(found: list[Problem]) -> str:
    """Word the counts, as in `3 errors, 2 warnings. Nothing was changed`."""
    errors = len(errors_in(found))
    counts = ((errors, "error"), (len(found) - errors, "warning"))
    words = [f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts if count]
    return f"{', '.join(words)}. Nothing was changed." if words else "No errors, no warnings."
