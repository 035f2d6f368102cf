"""`parution approve --campaign`: a person's yes to a move of money."""

from math import log10
from typing import Any

import typer
from rich.markup import escape

from parution.buying.proposals import Answered, Proposal, ProposalDesk
from parution.cli import options
from parution.cli.output import Format, console, fail
from parution.cli.stacks import Deployed
from parution.cli.words import print_columns, print_json, utc
from parution.errors import NothingToDecide
from parution.money import plain
from parution.plan.problems import instead


def approve(
    here: Deployed, campaign: str, *, yes: bool, exactly: str | None, by: str, format_: Format
) -> None:
    """Show the amounts proposed for today beside those that stand, and take the yes to exactly these."""
    brand, _, name = campaign.partition("/")
    _check_names(here, brand, name)
    desk = ProposalDesk(
        brands=here.posts, budgets=here.budgets, queue=here.apply_queue, holds=here.posts, clock=here.clock
    )
    try:
        shown = desk.shown(brand, name)
        if isinstance(shown, Proposal):
            _check_hash(shown, exactly)
            if format_ is Format.TEXT:
                _print_proposal(shown)
            if format_ is Format.TEXT and not yes:
                _ask()
        said = _said(desk, shown, by) if yes or format_ is Format.TEXT else None
    except NothingToDecide as error:
        raise fail(f"{campaign}: {error}", error.instead) from None
    if format_ is Format.JSON:
        print_json(_as_json(shown, said))
    elif said:
        _print_said(said)


def _said(desk: ProposalDesk, shown: Proposal | Answered, by: str) -> Answered:
    return desk.approve(shown, by) if isinstance(shown, Proposal) else shown


def _check_names(here: Deployed, brand: str, name: str) -> None:
    row = here.posts.brand(brand)
    if row is None:
        raise fail(f"the stack has no brand '{brand}'", instead(brand, here.posts.brands()))
    campaigns = [one.id for one in row.plan.campaigns]
    if name not in campaigns:
        raise fail(f"{brand} has no campaign '{name}'", instead(name, campaigns))


def _check_hash(shown: Proposal, exactly: str | None) -> None:
    if exactly not in {None, shown.hash}:
        raise fail(f"the proposal is {shown.hash} by now, not {exactly}", "look at it again")


def _ask() -> None:
    if not options.confirmed("Say yes to exactly this?"):
        console.print("Nothing was changed.")
        raise typer.Exit(1)


def _print_proposal(shown: Proposal) -> None:
    console.print(f"[bold]{shown.brand}/{shown.campaign}[/] on {shown.day}", soft_wrap=True)
    console.print(f"[dim]proposal {shown.hash}[/]\n")
    places = _places([one for move in shown.moves for one in (move.brings, move.would_bring)])
    rows = [("line", "stands", "proposed", "brings", "would bring")]
    rows += [
        (
            escape(move.line),
            plain(move.stands, shown.currency),
            plain(move.proposed, shown.currency),
            f"{move.brings:.{places}f}",
            f"{move.would_bring:.{places}f}",
        )
        for move in shown.moves
    ]
    print_columns(*rows)
    console.print(f"\nIt would bring {shown.gain:.{places}f} results more today.\n")


def _places(results: list[float]) -> int:
    """Give decimals that leave three digits of the largest figure."""
    most = max(results, default=0.0)
    return max(0, 2 - int(log10(most))) if most > 0 else 0


def _print_said(said: Answered) -> None:
    yes, already = said.approved, "" if said.changed else " already"
    console.print(
        f"Approved{already} by {escape(yes.by)}, {utc(yes.at)}: proposal {yes.proposal}. "
        "The platforms are told, which takes seconds.",
        soft_wrap=True,
    )


def _as_json(shown: Proposal | Answered, said: Answered | None) -> dict[str, Any]:
    it = said or (shown if isinstance(shown, Answered) else None)
    return {
        "done": bool(said and said.changed),
        "proposal": {**shown.model_dump(mode="json"), "gain": shown.gain}
        if isinstance(shown, Proposal)
        else None,
        "approved": it.approved.model_dump(mode="json") if it else None,
    }
