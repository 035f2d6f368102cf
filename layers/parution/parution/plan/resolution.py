"""A workspace resolved: one whole plan per brand, each value knowing the file that it was written in."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.model import Plan
from parution.plan.positions import placed, positions
from parution.plan.problems import Problem, parts_of, pointer_to, problem
from parution.plan.reading import parsed
from parution.plan.schema import workspace_schema
from parution.plan.sources import INCLUDE, Folder, Path, ReadFile, Source, Sourced, merged
from parution.plan.wording import worded
from parution.plan.workspace import Workspace, is_workspace

_NO_EFFECT = ("people", "on_call")


class BrandPlan(NamedTuple):
    """One brand's whole plan, as it would stand in a single file."""

    brand: str | None  # None: the document does not say
    document: dict[str, Any]
    plan: Sourced

    def source(self, pointer: str) -> Source:
        """Tell where the value at a pointer of ``document`` was written."""
        return self.plan.source(_path(self.plan.value, pointer))

    def at_its_source(self, found: Problem) -> Problem:
        """Point a finding to the file and the place where its value was written."""
        source = self.source(found.pointer)
        return found.model_copy(
            update={"file": source.file, "pointer": pointer_to(source.path), "line": None, "column": None}
        )


class Resolution(NamedTuple):
    """What a file stands for: one plan for each of its brands. Problems name their file."""

    brands: list[BrandPlan]
    problems: list[Problem]
    texts: Mapping[str, bytes]  # of every file that was read


def resolve(file: str, read: ReadFile) -> Resolution:
    """Give the plans that a file stands for: those of a workspace, or the one of a brand.

    ``file`` and every include are names inside one folder, which ``read`` gives the bytes from. A brand's
    own file stands for itself, so that it can be imported alone too: it includes nothing.
    """
    folder = Folder(read)
    document = folder.document(file)
    if document is None and file not in folder.texts:
        folder.tell("E004", Source(file), "the file cannot be read", "check its name and your rights")
    brands: list[BrandPlan] = []
    if is_workspace(document):
        brands = list(_brands(document, file, folder))
        folder.problems += _same_brand(brands)
    elif isinstance(document, dict):
        brands = [_brand_plan(Sourced(document, {(): Source(file)}))]
    return Resolution(brands, list(dict.fromkeys(folder.problems)), folder.texts)


def examine_brands(
    resolution: Resolution, facts_of: Callable[[Plan], Facts], now: datetime
) -> tuple[list[tuple[BrandPlan, Plan]], list[Problem]]:
    """Check every brand's plan; gives those without an error, their open times settled.

    The findings, those of the resolution among them, stand in the files that people wrote, in their order.
    """
    sound, problems = [], list(resolution.problems)
    for each in resolution.brands:
        raw = json.dumps(each.document, ensure_ascii=False).encode()
        plan, found = examine(raw, facts_of, now)
        problems += [each.at_its_source(one) for one in found]
        if plan is not None:
            sound.append((each, plan))
    return sound, located(problems, resolution.texts)


def located(problems: Iterable[Problem], texts: Mapping[str, bytes]) -> list[Problem]:
    """Give each finding once, with its line and its column, in the order of the files."""
    once = {(one.file, one.pointer, one.code, one.message): one for one in problems}
    lost = {file: {one.pointer for one in once.values() if one.file == file} for file in texts}
    places = {
        file: positions(raw.decode("utf-8-sig"), lost[file])
        for file, raw in texts.items()
        if lost[file] and parsed(raw)[0] is not None
    }
    order = {file: number for number, file in enumerate(texts)}
    found = [placed(one, places.get(one.file or "", {}).get(one.pointer)) for one in once.values()]
    return sorted(found, key=lambda one: (order.get(one.file or "", -1), one.line or 0, one.column or 0))


def _brands(document: dict[str, Any], file: str, folder: Folder) -> Iterator[BrandPlan]:
    folder.problems += [one.model_copy(update={"file": file}) for one in _shape(document)]
    root = Source(file)
    defaults = _layer(document.get("defaults", {}), root.below(("defaults",)), folder)
    members = document.get("brands")
    for index, member in enumerate(members if isinstance(members, list) else ()):
        at = root.below(("brands", index))
        if own := _own(member, at, folder):
            over = _layer(member.get("override", {}), at.below(("override",)), folder)
            yield _brand_plan(merged(merged(defaults, own), over))


def _layer(value: Any, at: Source, folder: Folder) -> Sourced:
    """Read what goes below or over a brand's plan; what is no object is told, and changes nothing."""
    found = folder.with_includes(value, at, (at.file,))
    if isinstance(found.value, dict):
        return found
    if isinstance(value, dict):  # it came from a file; otherwise the workspace's own shape is told
        folder.tell("E005", found.source(()), "a part of a plan is an object", "begin with { and end with }")
    return Sourced({}, {(): at})


def _own(member: Any, at: Source, folder: Folder) -> Sourced | None:
    """Read the brand's own file; None where the member names none that holds an object."""
    if not isinstance(member, dict) or INCLUDE not in member:
        return None
    name = folder.named(member[INCLUDE], at.below((INCLUDE,)), (at.file,))
    document = folder.document(name) if name is not None else None
    if name is None or document is None:
        return None
    if isinstance(document, dict):
        return Sourced(document, {(): Source(name)})
    folder.tell("E005", Source(name), "a brand's plan is an object", "begin with { and end with }")
    return None


def _shape(document: dict[str, Any]) -> Iterator[Problem]:
    try:
        made = Workspace.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False)
        yield from (worded(detail, document, workspace_schema()) for detail in found)
        return
    for name in _NO_EFFECT:
        if getattr(made, name):
            said = f"'{name}' is read but has no effect in this version"
            yield problem("W701", f"/{name}", said, "leave it in, or remove it: nothing depends on it yet")


def _same_brand(brands: list[BrandPlan]) -> Iterator[Problem]:
    first: dict[str, BrandPlan] = {}
    for each in brands:
        if each.brand is not None and (other := first.setdefault(each.brand, each)) is not each:
            said = f"the brand '{each.brand}' stands in {other.source('/brand/id').file} already"
            found = problem("E034", "/brand/id", said, "give one of them another id, or take it out")
            yield each.at_its_source(found)


def _brand_plan(plan: Sourced) -> BrandPlan:
    brand = plan.value.get("brand")
    name = brand.get("id") if isinstance(brand, dict) else None
    return BrandPlan(name if isinstance(name, str) else None, plan.value, plan)


def _path(document: Any, pointer: str) -> Path:
    """Read a pointer into a document: what stands in a list is a number."""
    path: list[str | int] = []
    node = document
    for part in parts_of(pointer):
        in_a_list = isinstance(node, list) and part.isascii() and part.isdigit()
        key: str | int = int(part) if in_a_list else part
        path.append(key)
        node = _member(node, key)
    return tuple(path)


def _member(node: Any, key: str | int) -> Any:
    try:
        return node[key]
    except (LookupError, TypeError):
        return None
