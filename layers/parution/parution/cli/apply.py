"""`parution apply` and `remove-brand`: a plan put where the stack imports it, and what became of it."""

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from parution.cli import options
from parution.cli.changes import Key, as_json, show
from parution.cli.options import Output, StackName, Yes
from parution.cli.output import Format, console, errors, fail
from parution.cli.plans import print_findings
from parution.cli.proposals import Deployed, Proposal, Proposed, proposed, removal
from parution.cli.stacks import opened
from parution.cli.words import DEFAULT_STACK, command, counted, listed, print_json
from parution.errors import NotAsRead
from parution.plan.desk import result_key
from parution.plan.media import kind_of
from parution.plan.problems import Problem

_LONGEST_RESULT = 16 * 1024 * 1024  # bytes: it names every delivery that changed
_LOOK_EVERY = 0.5  # seconds
_WAIT = 300  # seconds: the import's own timeout, and what its event needs
_INTERRUPTED = 130  # as shells name what Ctrl-C ended
_PROBLEMS = TypeAdapter(list[Problem])

RemovesBrand = Annotated[
    bool, typer.Option("--yes-remove-brand", help="Yes, a brand is to end: cancel what waits for it.")
]


class _Done:
    """What was done so far, for whoever stops in the middle."""

    def __init__(self) -> None:
        self.uploaded: list[str] = []
        self.put: list[str] = []
        self.results: list[dict[str, Any]] = []

    def said(self) -> str:
        """Tell what was done, and what goes on without this command."""
        pending = [key for key in self.put if key not in {each["plan"] for each in self.results}]
        told = [f"{counted(len(self.uploaded), 'file')} uploaded"] if self.uploaded else []
        told += [f"imported: {each['plan']}" for each in self.results]
        if pending:
            told.append(f"the stack imports {listed(pending)} without waiting for you")
        return "; ".join(told) or "nothing was changed"


def apply(
    file: Annotated[Path, typer.Argument(help="The plan, or the workspace.")],
    *,
    stack: StackName = DEFAULT_STACK,
    wanted: Annotated[
        str | None, typer.Option("--hash", help="Apply only what `parution plan` showed under this hash.")
    ] = None,
    yes: Yes = False,
    yes_remove_brand: RemovesBrand = False,
    key: Key = None,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Upload missing media and the plan, wait until the stack has imported it, and show what became of it.

    With --format json it asks nothing: without --yes or --hash it only shows what would change.
    """
    here = opened(stack)
    found = proposed(file, here, key, here.clock.now())
    said = Said(format, file, found)
    if not found.is_sound:
        raise said.refused()
    if wanted is not None and found.to_do and wanted != found.hash:
        raise said.stale(wanted, command(stack, "apply", str(file), "--hash", found.hash))
    if found.to_do and not _is_wanted(said, found, yes=yes or wanted is not None, removes=yes_remove_brand):
        return
    _carry_out(here, said, found)


def remove_brand(
    brand: Annotated[str, typer.Argument(help="The brand's id.")],
    *,
    stack: StackName = DEFAULT_STACK,
    yes_remove_brand: RemovesBrand = False,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """End a brand: cancel what waits, remove its schedules and campaigns; the rows stay."""
    here = opened(stack)
    row = here.posts.brand(brand)
    if row is None:
        raise fail(f"no brand '{brand}' was ever imported", f"there are: {listed(here.posts.brands(), 20)}")
    proposal, problems = removal(row, here, here.clock.now())
    found = Proposed([proposal], problems)
    said = Said(format, Path(row.key), found)
    if found.to_do and not _is_wanted(said, found, yes=True, removes=yes_remove_brand):
        return
    _carry_out(here, said, found)


# ---------------------------------------------------------------------- asking
class Said:
    """What is said of one file, as text or as one JSON document."""

    def __init__(self, form: Format, file: Path, found: Proposed) -> None:
        self.is_text, self._file, self._found = form is Format.TEXT, file, found

    def refused(self) -> typer.Exit:
        self.show(None)
        return typer.Exit(1)

    def stale(self, wanted: str, again: str) -> typer.Exit:
        if self.is_text:
            errors.print(f"[red]error[/] the state has moved since {escape(wanted)} was shown. It is now:")
        self.show(again)
        return typer.Exit(1)

    def show(self, again: str | None, results: list[dict[str, Any]] | None = None) -> None:
        """Print what would change, or what did."""
        if self.is_text:
            show(self._found, again)
        else:
            print_json({**as_json(self._file, self._found), "results": results or []})


def _is_wanted(said: Said, found: Proposed, *, yes: bool, removes: bool) -> bool:
    """Show what would change and ask, where nobody said yes already. Raises Exit where the answer is no."""
    ends = [one.brand for one in found.to_do if one.removes]
    if said.is_text or not yes or (ends and not removes):
        said.show(None)
    if ends and not removes:
        raise fail(
            f"this removes {listed(ends)}; nothing was changed", "add --yes-remove-brand if you mean it"
        )
    if yes or not said.is_text:
        return yes
    if options.confirmed("Apply this?"):
        return True
    console.print("Nothing was changed.")
    raise typer.Exit(1)


# ---------------------------------------------------------------------- doing
def _carry_out(here: Deployed, said: Said, found: Proposed) -> None:
    done = _Done()
    try:
        _upload(here, found.to_do, done)
        for one in found.to_do:
            _import(here, one, done)
    except KeyboardInterrupt:
        errors.print(f"Stopped: {escape(done.said())}.", soft_wrap=True)
        raise typer.Exit(_INTERRUPTED) from None
    if not said.is_text:
        said.show(None, done.results)
    elif not found.to_do:
        said.show(None)
    refused = [each for each in done.results if each["status"] == "refused"]
    if said.is_text:
        for each in done.results:
            _show_result(each)
    if refused:
        raise typer.Exit(1)


def _upload(here: Deployed, proposals: Iterable[Proposal], done: _Done) -> None:
    media = {key: path for one in proposals for key, path in one.media.items()}
    form = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} files")
    with Progress(*form, console=errors, transient=True, disable=not media) as progress:
        task = progress.add_task("Uploading media", total=len(media))
        for key, path in sorted(media.items()):
            with path.open("rb") as opened_file:
                here.files.upload(key, opened_file, kind_of(path.name) or "application/octet-stream")
            done.uploaded.append(key)
            progress.advance(task)


def _import(here: Deployed, one: Proposal, done: _Done) -> None:
    """Put the plan where the stack takes it from, and wait for its result. Raises Exit when none comes."""
    before = _result(here, one.key)
    try:
        here.files.replace(one.key, one.body, one.over)
    except NotAsRead:
        raise fail(
            f"another plan was put under {one.key} meanwhile; {done.said()}", "plan again, and apply that"
        ) from None
    done.put.append(one.key)
    digest, until = hashlib.sha256(one.body).hexdigest(), time.monotonic() + _WAIT
    with errors.status(f"The stack imports {escape(one.key)} …"):
        while time.monotonic() < until:
            result = _result(here, one.key)
            if result is not None and result != before and result["digest"] == digest:
                done.results.append(result)
                return
            time.sleep(_LOOK_EVERY)
    raise fail(
        f"no result of {one.key} within {_WAIT} s; {done.said()}",
        f"look at {result_key(one.key)} later, and at the import's dead letters (docs/operations.md)",
    )


def _result(here: Deployed, key: str) -> dict[str, Any] | None:
    file = here.files.plan_file(result_key(key), _LONGEST_RESULT)
    document: dict[str, Any] | None = json.loads(file.body) if file else None
    return document


def _show_result(result: dict[str, Any]) -> None:
    if result["status"] == "refused":
        print_findings(_PROBLEMS.validate_python(result["problems"]))
        return
    counts = result["changes"]["counts"]
    words = {
        "create": "new",
        "change": "changed",
        "cancel": "cancelled",
        "locked": "locked",
        "same": "the same",
    }
    told = ", ".join(f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind])
    done = "Imported" if result["status"] == "imported" else "Unchanged"
    console.print(f"[green]{done}[/] {escape(result['plan'])}: deliveries {told or 'none'}.", soft_wrap=True)
