"""Workspaces on this machine: the files of their folder, and what is wrong with any of them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from parution.plan.facts import Facts
from parution.plan.model import Plan
from parution.plan.problems import Problem
from parution.plan.reading import LIMIT
from parution.plan.resolution import Resolution, examine_brands, resolve
from parution.plan.sources import ReadFile


def resolved(file: Path) -> Resolution:
    """Resolve a workspace, or a brand's own file; the files it names lie in its folder or below."""
    return resolve(file.name, files_of_folder(file.parent))


def files_of_folder(folder: Path) -> ReadFile:
    """Read files of a folder by their names; one that a link leads out of it is not there."""
    root = folder.resolve()

    def read(name: str) -> bytes | None:
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            return None
        with path.open("rb") as opened:
            return opened.read(LIMIT + 1)

    return read


def workspace_problems(file: Path, facts_of: Callable[[Plan], Facts], now: datetime) -> list[Problem]:
    """Check all brands of a workspace; each finding names its file as it is reached from here."""
    _, found = examine_brands(resolved(file), facts_of, now)
    return [one.model_copy(update={"file": str(file.parent / (one.file or file.name))}) for one in found]
