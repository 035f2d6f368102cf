"""`parution plan`: what importing a plan would change on a stack, before it is done."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from parution.cli.options import Output, StackName
from parution.cli.output import Format, console, fail
from parution.cli.plans import print_findings
from parution.cli.proposals import Proposal, Proposed, proposed
from parution.cli.stacks import opened
from parution.cli.words import DEFAULT_STACK, command, counted, listed, print_columns, print_json
from parution.plan.changes import CampaignChange, Changes, PostChange, moment
from parution.publishing.deliveries import State

LEGEND = "+ new  ~ change  - cancel  ! locked  = same"
_SIGNS = {"new": "[green]+[/]", "change": "[yellow]~[/]", "cancel": "[red]-[/]", "locked": "[magenta]![/]"}
_MINUS = "\u2212"
_MOST_ROWS = 200  # what a person may look through; machines get all

Files = Annotated[
    list[Path], typer.Argument(help="Plan files, or workspaces; their media lie in media/ beside each.")
]
Key = Annotated[
    str | None,
    typer.Option("--key", help="The plan's key in the bucket; left out, the one that holds the brand."),
]


def plan(
    files: Files,
    *,
    stack: StackName = DEFAULT_STACK,
    key: Key = None,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Show what applying plans would change. Exit 0: nothing to do, 2: changes, 1: errors."""
    if key is not None and len(files) != 1:
        raise fail("--key goes with one file", "plan the files one by one")
    here = opened(stack)
    found = [(file, proposed(file, here, key, here.clock.now())) for file in files]
    if format is Format.JSON:
        print_json([as_json(file, one) for file, one in found])
    else:
        for number, (file, one) in enumerate(found):
            show(one, command(stack, "apply", str(file), "--hash", one.hash), legend=number == 0)
    raise typer.Exit(_exit_code(one for _, one in found))


def _exit_code(found: Iterable[Proposed]) -> int:
    every = list(found)
    if not all(one.is_sound for one in every):
        return 1
    return 2 if any(one.to_do for one in every) else 0


# ---------------------------------------------------------------------- for machines
def as_json(file: Path, found: Proposed) -> dict[str, Any]:
    """Give what was found for machines: the findings, and for each brand all that would change."""
    return {
        "file": str(file),
        "hash": found.hash if found.is_sound else None,
        "problems": [one.model_dump(mode="json") for one in found.problems],
        "brands": [_brand_as_json(one) for one in found.proposals],
    }


def _brand_as_json(one: Proposal) -> dict[str, Any]:
    changes = one.changes.model_dump(mode="json") if one.changes else None
    return {
        "brand": one.brand,
        "key": one.key,
        "removes": one.removes,
        "to_do": bool(one.changes and not one.changes.changes_nothing),
        "upload": sorted(one.media),
        "changes": changes,
        "money": one.changes.money if one.changes else {},
    }


# ---------------------------------------------------------------------- for people
def show(found: Proposed, apply: str | None, *, legend: bool = True) -> None:
    """Print findings, then each brand's changes, then their sum and what to type next."""
    if found.problems:
        print_findings(found.problems, summed=not found.is_sound)
    if not found.is_sound:
        return
    if legend and found.to_do:
        console.print(f"[dim]{LEGEND}[/]")
    for one in found.proposals:
        if one.changes:
            _show_brand(one, one.changes)
    if not found.to_do:
        console.print("[green]Nothing to do.[/]")
        return
    console.print(f"Hash {found.hash}." + (f"   Apply:  {escape(apply)}" if apply else ""), soft_wrap=True)


def _show_brand(one: Proposal, changes: Changes) -> None:
    against = (
        "a new brand"
        if changes.is_new
        else f"against version {changes.version} of {moment(changes.imported_at, changes.zone)}"
    )
    console.print(f"\n[bold]{changes.brand}[/] · {changes.zone} · {against}", soft_wrap=True)
    if one.removes:
        console.print("[red]The brand is removed:[/] what waits is cancelled, its rows stay.")
    rows = [*_post_rows(changes), *_campaign_rows(changes), *_other_rows(changes)]
    rows += [("[green]+[/]", f"file {escape(name)}", "to upload") for name in sorted(one.media)]
    if rows:
        print_columns(*((f"  {sign}", what, said) for sign, what, said in rows[:_MOST_ROWS]))
    if len(rows) > _MOST_ROWS:
        console.print(f"    … and {len(rows) - _MOST_ROWS} more; --format json has them all", style="dim")
    console.print(_sum(changes), soft_wrap=True)
    if gone := [each.campaign for each in changes.campaigns if each.kind == "cancel"]:
        console.print(
            f"What is bought for today on {listed(gone)} runs until midnight; a hold stops it at once.",
            style="dim",
            soft_wrap=True,
        )


def _post_rows(changes: Changes) -> Iterator[tuple[str, str, str]]:
    for (kind, post), group in groupby(changes.posts, lambda each: (each.kind, each.post)):
        together = list(group)
        told = [each for each in together if _is_told(each, together)]
        said = " · ".join(_post_said(each, changes.zone) + _parts_of(each, together) for each in told)
        yes = "   [yellow]needs a yes[/]" if any(each.needs_yes for each in together) else ""
        yield _SIGNS[kind], f"post {escape(post)}", said + yes


def _is_told(one: PostChange, together: list[PostChange]) -> bool:
    """Say whether it has words of its own: later parts of a sequence are counted with the first."""
    return one.part == 0 or not any(o.part == 0 and o.channel == one.channel for o in together)


def _parts_of(first: PostChange, together: list[PostChange]) -> str:
    number = sum(each.channel == first.channel for each in together)
    return f" [dim]in {number} parts[/]" if number > 1 else ""


def _post_said(one: PostChange, zone: str) -> str:
    channel = escape(one.channel) + (f"/{one.part}" if one.part else "")
    at = _short(one.at, zone)
    match one.kind:
        case "new":
            return f"{channel} {at}"
        case "cancel":
            return f"{channel} {at} ({one.state}, not sent)"
        case "locked":
            return f"{channel} {_why_locked(one, zone)}"
        case _:
            return f"{channel} {', '.join(_edits(one, zone)) or 'again'}"


def _why_locked(one: PostChange, zone: str) -> str:
    if one.published_at is not None:
        return f"already published {moment(one.published_at, zone)}: the edit is ignored"
    if one.state in {State.SENDING, State.CHECKING, State.UNCONFIRMED}:
        return f"is {one.state}: it may be out, and the edit is ignored"
    return f"is {one.state}, and too late to bring back"


def _edits(one: PostChange, zone: str) -> Iterator[str]:
    if one.text:
        yield f"text ({_MINUS}{one.text.removed} +{one.text.added} characters)"
    if one.was_at:
        yield f"{_short(one.was_at, zone)} → {_short(one.at, zone)}"
    for word, names in (
        ("+", one.media_added),
        (_MINUS, one.media_removed),
        ("replaced:", one.media_replaced),
    ):
        if names:
            yield escape(f"media {word} {listed(names)}")
    yield from map(escape, one.what)


def _short(at: str, zone: str) -> str:
    return at.removesuffix(f" {zone}")


def _campaign_rows(changes: Changes) -> Iterator[tuple[str, str, str]]:
    money = _money(changes)
    for each in changes.campaigns:
        yield _SIGNS[each.kind], f"campaign {escape(each.campaign)}", "   ".join(_campaign_said(each, money))


def _campaign_said(one: CampaignChange, money: "Money") -> Iterator[str]:
    if one.before is None or one.after is None:
        yield f"budget {money(one.after or one.before or 0, one.currency)}"
    elif one.before != one.after:
        yield f"budget {money(one.before, one.currency)} → {money(one.after, one.currency)}"
    for line in one.lines:
        if line.after is None:
            yield f"{line.line} goes"
        elif line.before is None:
            yield f"{line.line} comes, at most {money(line.after, one.currency)}"
        else:
            change = money.signed(line.after - line.before, one.currency)
            yield f"{line.line} at most {money(line.after, one.currency)} ({change})"
    if one.what:
        yield ", ".join(map(escape, one.what))
    if one.is_below_bound:
        gone = money(one.bound, one.currency)
        yield f"[magenta]![/] {gone} are spent or reserved already: nothing more is bought"


def _other_rows(changes: Changes) -> Iterator[tuple[str, str, str]]:
    for each in changes.schedules:
        said = " → ".join(text for text in (each.before, each.after) if text)
        yield _SIGNS[each.kind], f"schedule {each.job}", escape(said)
    if changes.sections:
        yield _SIGNS["change"], "plan", escape(", ".join(changes.sections))
    if changes.unfinished:
        yield _SIGNS["change"], "import", "an earlier one was cut off; this one finishes it"


def _sum(changes: Changes) -> str:
    same = [f"{changes.same} the same"] if changes.same else []
    told = {
        "Deliveries": [*_counts(each.kind for each in changes.posts), *same],
        "Campaigns": _counts(each.kind for each in changes.campaigns),
        "Schedules": _counts(each.kind for each in changes.schedules),
    }
    money = _money(changes)
    said = [f"{what}: {', '.join(counts)}." for what, counts in told.items() if counts]
    if moved := changes.money:
        amounts = ", ".join(money.signed(amount, currency) for currency, amount in moved.items())
        said.append(f"Spend committed: {amounts}.")
    if waiting := sum(each.needs_yes for each in changes.posts):
        said.append(f"{counted(waiting, 'approval')} needed.")
    return " ".join(said)


def _counts(kinds: Iterable[str]) -> list[str]:
    count = Counter(kinds)
    words = {"new": "new", "change": "changed", "cancel": "cancelled", "locked": "locked"}
    return [f"{count[kind]} {word}" for kind, word in words.items() if count[kind]]


class Money:
    """Amounts as the brand's locale writes them."""

    def __init__(self, locale: str, zone: str) -> None:
        from parution.reporting.words import Words  # noqa: PLC0415 (a check of a plan needs no formats)

        self._words = Words(locale, zone)

    def __call__(self, amount: int, currency: str) -> str:
        return self._words.money(amount, currency)

    def signed(self, amount: int, currency: str) -> str:
        return f"{'+' if amount >= 0 else _MINUS}{self(abs(amount), currency)}"


def _money(changes: Changes) -> Money:
    return Money(changes.locale, changes.zone)
