"""`parution rehearse`: a brand's whole month on a virtual clock, before anything is public."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Annotated, NamedTuple

import typer
from rich.markup import escape

from parution.cli.options import Output
from parution.cli.output import Format, console, fail
from parution.cli.plans import print_problems
from parution.cli.words import counted, listed
from parution.cli.workspaces import resolved
from parution.money import plain
from parution.plan.languages import Language, language_of, told_in
from parution.plan.problems import Problem, errors_in
from parution.plan.reading import LIMIT, parsed, read
from parution.plan.resolution import BrandPlan
from parution.plan.wishes import files_of
from parution.plan.workspace import is_workspace
from parution.rehearsing.contract import Cost, FaultLevel, Rehearsal, Showing
from parution.rehearsing.excerpt import Asked, PlanRefused, Wanted

_DAY = ["%Y-%m-%d"]
_LONGEST = timedelta(days=100)
_MOST_SHOWN = 10
_IN_PEACE = {"published", "planned", "not_connected", "cancelled", "skipped"}


def rehearse(
    file: Annotated[Path, typer.Argument(help="The plan; media are looked for in media/ beside it.")],
    *,
    out: Annotated[Path, typer.Option(help="The folder to write into; it is made where there is none.")],
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, help="The first day; without, the next month with a post."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=_DAY, help="The last day; without, the end of the first one's month."),
    ] = None,
    seed: Annotated[int, typer.Option(help="What the simulated networks do follows from it.")] = 0,
    brand: Annotated[str | None, typer.Option(help="The brand, where the file is a workspace.")] = None,
    faults: Annotated[FaultLevel, typer.Option(help="How often a call to them fails.")] = FaultLevel.NONE,
    lang: Annotated[
        Language | None, typer.Option(help="The language of calendar and report; the brand's own if not.")
    ] = None,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Run a plan's month here, in seconds: every post, each day's money, the report. Publishes nothing."""
    from parution.rehearsing import rehearsal  # noqa: PLC0415 (no other command shall load the sandboxes)

    if first and last and last < first:
        raise fail(f"--to {last:%Y-%m-%d} is before --from {first:%Y-%m-%d}", "swap them")
    if first and last and last - first > _LONGEST:
        raise fail(f"{(last - first).days + 1} days are more than it plays", f"name {_LONGEST.days} at most")
    days = Asked(first and first.date(), last and last.date())
    wanted, began = Wanted(days, seed, faults, lang), perf_counter()
    try:
        given = _given(file, brand)
        with console.status("Rehearsing …") if format is Format.TEXT else console.capture():
            media = _media(given.raw, file.parent)
            found, files = rehearsal.rehearse(given.raw, media, wanted, datetime.now(UTC))
        _write(out, files)
    except PlanRefused as refused:
        language = lang or language_of(os.environ)
        print_problems([told_in(language, given.told(one)) for one in refused.problems], language)
        raise typer.Exit(1) from None
    except OSError as error:
        raise fail(f"{error.filename or file}: {error.strerror}", "check its name and your rights") from None
    if format is Format.JSON:
        typer.echo(files["rehearsal.json"], nl=False)
        return
    for line in _summary(found):
        console.print(line, soft_wrap=True)
    console.print(
        f"\nRehearsed in {perf_counter() - began:.1f} s. Look at {escape(str(out / 'calendar.html'))}; "
        "report.html and rehearsal.json lie beside it.",
        soft_wrap=True,
    )


class _Given(NamedTuple):
    """A brand's plan, from a file of its own or out of a workspace."""

    file: Path
    raw: bytes
    within: BrandPlan | None = None

    def told(self, found: Problem) -> Problem:
        """Point a finding to the file that a person wrote."""
        if self.within is None:
            return found.model_copy(update={"file": str(self.file)})
        source = self.within.at_its_source(found)
        return source.model_copy(update={"file": str(self.file.parent / (source.file or self.file.name))})


def _given(file: Path, brand: str | None) -> _Given:
    raw = file.read_bytes()[: LIMIT + 1]
    if not is_workspace(parsed(raw)[0]):
        return _Given(file, raw)
    resolution = resolved(file)
    if errors_in(resolution.problems):
        print_problems(resolution.problems)
        raise typer.Exit(1)
    plans = {each.brand: each for each in resolution.brands if each.brand}
    if brand not in plans:
        raise fail("a workspace is rehearsed brand by brand", f"add --brand {listed(sorted(plans))}")
    return _Given(file, json.dumps(plans[brand].document, ensure_ascii=False).encode(), plans[brand])


def _media(raw: bytes, folder: Path) -> dict[str, bytes]:
    plan = read(raw).plan
    keys = sorted(files_of(plan)) if plan else []
    return {key: (folder / key).read_bytes() for key in keys if (folder / key).is_file()}


def _write(out: Path, files: dict[str, bytes]) -> None:
    for name, body in files.items():
        place = out / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)


# ---------------------------------------------------------------------- in the terminal
def _summary(found: Rehearsal) -> Iterator[str]:
    period = found.period
    yield (
        f"[bold]{escape(found.brand.name)}[/], {period.first} to {period.last}, {period.timezone}; "
        f"seed {found.seed}, faults: {found.faults}"
    )
    yield f"  posts     {_posts(found)}"
    for campaign in found.campaigns:
        results = f", for {campaign.results:g} {campaign.unit or 'results'}" if campaign.results else ""
        spent, budget = (plain(amount, campaign.currency) for amount in (campaign.spent, campaign.budget))
        yield f"  campaign  {campaign.id}: {spent} of {budget} spent{escape(results)}, all simulated"
    yield f"  fees      {_fees(found.costs)}"
    for quota in found.quotas:
        if quota.cap and quota.most_in_a_day > quota.cap:
            said = f"{quota.most_in_a_day} posts within 24 hours, where {quota.network} takes {quota.cap}"
            yield f"  [yellow]quota[/]     {quota.channel}: {said}"
    yield from _to_see(found)


def _posts(found: Rehearsal) -> str:
    out, latest = found.count("published"), found.latest
    late = f", the latest {latest:.1f} s after its instant" if latest is not None else ""
    return f"{counted(len(found.showings), 'post')}, {out} out{late}"


def _fees(costs: tuple[Cost, ...]) -> str:
    usd = dict.fromkeys(("aws_brand", "aws_at_rest", "network"), 0.0)
    for cost in costs:
        usd[cost.what] += cost.usd
    return (
        f"{usd['aws_brand']:.2f} USD of AWS for this brand, {usd['network']:.2f} USD of networks; "
        f"{usd['aws_at_rest']:.2f} USD for the stack at rest"
    )


def _to_see(found: Rehearsal) -> Iterator[str]:
    if found.problems:
        codes = sorted({one.code for one in found.problems})
        yield f"  to see    {counted(len(found.problems), 'remark')} on the plan ({', '.join(codes)})"
    if silent := [one for one in found.showings if one.state == "not_connected"]:
        networks = listed(sorted({one.network for one in silent}))
        yield f"  to see    {counted(len(silent), 'post')} would not go out: {networks} not connected"
    troubled = [one for one in found.showings if one.state not in _IN_PEACE]
    yield from (_trouble(one) for one in troubled[:_MOST_SHOWN])
    if len(troubled) > _MOST_SHOWN:
        yield f"  … and {len(troubled) - _MOST_SHOWN} more, in rehearsal.json"


def _trouble(one: Showing) -> str:
    return f"  [yellow]{one.state}[/]  {escape(one.id)}  {escape(one.reason or '')}"
