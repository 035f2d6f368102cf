"""`parution migrate`: plans of earlier versions of the format, rewritten."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from parution.cli.output import console, fail
from parution.cli.plans import print_findings
from parution.plan.migrations import Migration, NotMigrated, migrated
from parution.plan.problems import errors_in
from parution.plan.reading import parsed


def migrate(
    files: Annotated[list[Path], typer.Argument(help="Plan files, and workspaces.")],
    *,
    write: Annotated[bool, typer.Option("--write", help="Rewrite them; FILE.before keeps each.")] = False,
) -> None:
    """Rewrite plans into this program's version of the format. Exit 2: there is something to do."""
    found = [(file, _migrated(file)) for file in files]
    needed = [(file, one) for file, one in found if one.is_needed]
    for file, one in found:
        path = " → ".join(map(str, one.versions))
        console.print(
            f"{escape(str(file))}: version {path}{'' if one.is_needed else ', nothing to do'}", soft_wrap=True
        )
    if write:
        for file, one in needed:
            file.with_name(f"{file.name}.before").write_bytes(file.read_bytes())
            file.write_text(json.dumps(one.document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    raise typer.Exit(2 if needed and not write else 0)


def _migrated(file: Path) -> Migration:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}", "check its name and your rights") from None
    document, problems = parsed(raw)
    if errors_in(problems) or not isinstance(document, dict):
        print_findings([one.model_copy(update={"file": str(file)}) for one in problems])
        raise fail(f"{file} is no plan", "mend it first")
    # With the comments, which reading passes over.
    whole: dict[str, Any] = json.loads(raw.decode("utf-8-sig"))
    try:
        return migrated(whole)
    except NotMigrated as error:
        raise fail(f"{file}: {error}", error.instead) from None
