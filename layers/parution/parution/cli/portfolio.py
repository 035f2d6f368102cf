"""`parution portfolio`: an agency's brands side by side, from the newest report of each."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from rich.markup import escape

from parution.cli.options import Output, StackName
from parution.cli.output import Format, console, fail
from parution.cli.stacks import opened
from parution.cli.words import DEFAULT_STACK, command, listed, print_columns, print_json
from parution.cli.workspaces import resolved
from parution.money import plain
from parution.plan.reading import parsed
from parution.plan.workspace import Workspace, is_workspace
from parution.reporting.contract import Figure
from parution.reporting.portfolio import BrandLine, Order, Portfolio, Subscription
from parution.reporting.rates import Rates

if TYPE_CHECKING:
    from parution.reporting.manifests import File

_UNKNOWN = "-"


def portfolio(
    workspace: Annotated[Path, typer.Argument(help="The workspace that names the brands.", dir_okay=False)],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the page, the JSON and the sheets here.")
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Let the stack renew it with every report of these brands, and mail it."),
    ] = False,
    stack: StackName = DEFAULT_STACK,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Put the brands of a workspace side by side, in one currency at the workspace's own rates."""
    # No other command shall load what pages are drawn with.
    from parution.reporting.mail_desk import MailDesk  # noqa: PLC0415
    from parution.reporting.portfolio_desk import PortfolioDesk, portfolio_files  # noqa: PLC0415

    order = _order_of(workspace)
    here = opened(stack)
    desk = PortfolioDesk(here.reports, MailDesk(here.reports, None, ""))
    if keep:
        desk.keep(order)
    made = desk.made_of(order)
    if made is None and not keep:
        raise fail(
            f"none of {listed(order.brands)} has a report in this stack yet",
            "a plan's schedules.report writes it",
        )
    files = _written(portfolio_files(made), out) if made and out else []
    if format is Format.JSON:
        print_json(_as_json(made, files, is_kept=keep))
        return
    if made:
        _print(made)
    _print_rest(files, workspace, stack, order, is_kept=keep)


def _order_of(file: Path) -> Order:
    found = resolved(file)
    raw = found.texts.get(file.name)
    if raw is None:
        raise fail(f"{file} can't be read", "check its name and your rights")
    if not is_workspace(parsed(raw)[0]):
        raise fail(f"{file} is no workspace", 'name the file that lists "brands"; a plan is one of them')
    try:
        read = Workspace.model_validate_json(raw.decode("utf-8-sig"), strict=True)
    except (ValidationError, UnicodeDecodeError):
        raise fail(
            f"{file} is no sound workspace", f"`{command(DEFAULT_STACK, 'validate', str(file))}` says why"
        ) from None
    agency = read.workspace
    if agency.report_currency is None:
        raise fail(
            f"{file} doesn't say in which currency to add", 'write "report_currency": "EUR" into workspace'
        )
    rates = agency.fx.model_dump() if agency.fx else {}
    return Order(
        id=agency.id,
        name=agency.name or agency.id,
        locale=agency.locale or "en-GB",
        timezone=agency.timezone or "UTC",
        brands=tuple(each.brand for each in found.brands if each.brand),
        rates=Rates(into=agency.report_currency, **rates),
        subscriptions=tuple(Subscription(every=one.every, to=one.to) for one in read.reports),
    )


def _written(files: Mapping[str, "File"], out: Path) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        (out / name).write_bytes(file.body)
    return [out / name for name in files]


def _as_json(made: Portfolio | None, files: list[Path], *, is_kept: bool) -> dict[str, Any]:
    found = made.model_dump(mode="json", by_alias=True) if made else None
    return {"kept": is_kept, "files": [str(file) for file in files], "portfolio": found}


def _print(made: Portfolio) -> None:
    rows: list[tuple[str, ...]] = [("brand", "spent", "budget", "pace", "on time", "")]
    rows += [_row(line, made.currency) for line in made.brands]
    total = made.total
    rows.append(
        ("[bold]together[/]", _money(total.spent), _money(total.budget), _percent(total.pace), "", "")
    )
    rows += [
        (f"without a rate, {one.currency}", _money(one.spent), _money(one.budget), _percent(one.pace), "", "")
        for one in made.apart
    ]
    print_columns(*rows)
    if made.missing:
        console.print(f"\nno report yet: {escape(', '.join(made.missing))}", soft_wrap=True)
    console.print()
    for line in made.brands:
        console.print(f"[bold]{escape(line.brand)}[/]: {escape(line.verdict)}", soft_wrap=True)


def _row(line: BrandLine, currency: str) -> tuple[str, ...]:
    on_time = f"{line.on_time.value or 0} of {line.expected.value}" if line.expected.value else _UNKNOWN
    if line.converted is None:
        own = " + ".join(_money(amount.spent) for amount in line.money)
        budget = " + ".join(_money(amount.budget) for amount in line.money)
        return line.brand, own, budget, _UNKNOWN, on_time, f"no rate into {currency}"
    shown = line.converted
    return line.brand, _money(shown.spent), _money(shown.budget), _percent(shown.pace), on_time, line.tone


def _money(figure: Figure) -> str:
    return plain(int(figure.value), figure.currency or "") if figure.value is not None else _UNKNOWN


def _percent(figure: Figure) -> str:
    return f"{figure.value:.0%}" if figure.value is not None else _UNKNOWN


def _print_rest(files: list[Path], workspace: Path, stack: str, order: Order, *, is_kept: bool) -> None:
    if files:
        console.print(f"\nwritten: {', '.join(map(str, files))}", soft_wrap=True)
    if is_kept:
        console.print(
            f"\nFrom now on each report of {listed(order.brands)} renews "
            f"reports/portfolio={order.id}/latest.json in the reports bucket.",
            soft_wrap=True,
        )
    else:
        again = command(stack, "portfolio", str(workspace), "--keep")
        console.print(f"\nTo let the stack keep it up to date:  {again}", soft_wrap=True)
