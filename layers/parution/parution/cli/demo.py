"""`parution demo` and `parution local`: the whole system on this machine, with nothing to sign up for."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import httpx
import typer
from rich.table import Table

from parution.aws.budgets_table import BudgetsTable
from parution.buying.campaigns import Allocation, LineDay
from parution.cli import local
from parution.cli.local import Local, LocalError
from parution.cli.output import console, fail
from parution.cli.stacks import Stack
from parution.money import plain
from parution.plan.shifting import shifted
from parution.publishing.deliveries import Delivery, State

_EXAMPLE = Path("examples/bakery")
_KEY = "plans/bakery/plan.json"
_FIRST_POST_IN = timedelta(seconds=16)
_BETWEEN_POSTS = timedelta(seconds=3)
_POSTS = 6
_AGAIN = "run it in the project's own folder; nothing is left running, and a second try starts afresh"
_DONE = frozenset({State.PUBLISHED, State.FAILED, State.MISSED, State.SKIPPED, State.UNCONFIRMED})

local_app = typer.Typer(
    help="The local mode: emulator, sandbox networks and the deployed stack.", no_args_is_help=True
)


def demo(
    out: Annotated[Path, typer.Option(help="Where the report is copied to.")] = Path("out"),
    keep: Annotated[bool, typer.Option(help="Leave everything running, for `parution local down`.")] = False,
) -> None:
    """Deploy everything here, publish, buy and report, and show it as it happens."""
    try:
        with local.run() as run:
            here, stack = _set_up(run)
            _play(here, stack, out)
            if keep:
                run.keep(here)
    except LocalError as error:
        raise fail(str(error), _AGAIN) from None
    except KeyboardInterrupt:
        console.print("\nStopped; nothing is left running.")
        raise typer.Exit(130) from None
    _where_to_look(here, out, kept=keep)


@local_app.command()
def up() -> None:
    """Start the emulator and a sandbox of every network, deploy the stack, and leave it running."""
    from parution.sandbox.servers import KINDS  # noqa: PLC0415 (no other command shall load the sandboxes)

    if local.Local.standing():
        raise fail("the local mode is running already", "`parution local down` stops it")
    try:
        with local.run() as run:
            here, stack = _set_up(run, KINDS, KeepTokens="true")
            for kind, sandbox in here.sandboxes.items():
                _store(stack, f"secret:local-{kind}", sandbox.secret)
            run.keep(here)
    except LocalError as error:
        raise fail(str(error), _AGAIN) from None
    console.print("\nRunning. In your shell:")
    for name, value in here.environment.items():
        console.print(f"  export {name}={value}")
    console.print("\nNetworks, each with an account for your plan:")
    for kind, sandbox in here.sandboxes.items():
        console.print(f"  {kind:<10} {sandbox.url:<24} secret:local-{kind}")
    console.print(f"\nThen, for example:  parution status --stack {stack.name}")


@local_app.command()
def down() -> None:
    """Stop what `up` started; nothing of it stays."""
    standing = local.Local.standing()
    if standing is None:
        raise fail("the local mode is not running", "`parution local up` starts it")
    standing.stop()
    console.print("Stopped.")


# -------------------------------------------------------------------------- steps
@contextmanager
def _step(doing: str) -> Iterator[None]:
    """Show what is being done, then how long it took."""
    began = time.monotonic()
    with console.status(f"{doing} …"):
        yield
    console.print(f"[green]✓[/] {doing} [dim]{time.monotonic() - began:.1f} s[/]")


def _set_up(
    run: local.Run, sandboxes: Sequence[str] = local.SANDBOXES, **parameters: str
) -> tuple[Local, Stack]:
    local.project()
    with ThreadPoolExecutor(1) as beside:
        built = beside.submit(local.build, run.mark)
        with _step("Emulator and sandbox networks on loopback"):
            here = local.start(run.mark, sandboxes)
        with _step("sam build"):
            built.result()
    with _step("sam deploy, the unchanged template.yaml"):
        stack = local.deploy(here, **parameters)
    return here, stack


def _play(here: Local, stack: Stack, out: Path) -> None:
    plan = _near(json.loads((_EXAMPLE / "plan.json").read_text()))
    brand = plan["brand"]["id"]
    with _step("Secrets stored, plan and pictures uploaded, plan imported"):
        _store_secrets(here, stack, plan)
        _upload(stack, plan)
        result = _imported(stack)
    planned, warnings = result["changes"]["counts"]["create"], result["problems"]
    codes = ", ".join(sorted({warning["code"] for warning in warnings}))
    console.print(
        f"  {result['status']}: {planned} deliveries planned, no error"
        + (f"; {len(warnings)} warnings for its near dates ({codes}, see docs/errors.md)" if warnings else "")
        + "\n"
    )
    day = _buy(stack, brand)
    _watch_posts(stack, brand)
    with _step("Results read back, report written to S3"):
        _let_the_day_pass(here, day, plan["brand"]["timezone"])
        _invoke(stack, "CollectInsightsFunction", brand)
        _invoke(stack, "WriteReportFunction", brand)
        _copy_report(stack, brand, out)


def _near(plan: dict[str, Any]) -> dict[str, Any]:
    first = datetime.now(UTC) + _FIRST_POST_IN
    return shifted(plan, [first + number * _BETWEEN_POSTS for number in range(_POSTS)])


def _store_secrets(here: Local, stack: Stack, plan: Mapping[str, Any]) -> None:
    for channel in plan["channels"]:
        _store(stack, channel["account"], here.sandboxes[channel["network"]].secret)
    for account in plan["ad_accounts"]:
        _store(stack, account["account"], here.sandboxes["ads"].secret)


def _store(stack: Stack, reference: str, value: Mapping[str, str]) -> None:
    stack.secrets.store(reference.removeprefix("secret:"), value)


def _upload(stack: Stack, plan: Mapping[str, Any]) -> None:
    s3, bucket = stack.session.client("s3"), stack.outputs["PlansBucket"]
    for picture in sorted((_EXAMPLE / "media").iterdir()):
        s3.put_object(Bucket=bucket, Key=f"media/{picture.name}", Body=picture.read_bytes())
    s3.put_object(Bucket=bucket, Key=_KEY, Body=json.dumps(plan, ensure_ascii=False).encode())


def _imported(stack: Stack) -> dict[str, Any]:
    s3, bucket = stack.session.client("s3"), stack.outputs["PlansBucket"]

    def result() -> dict[str, Any] | None:
        found = s3.list_objects_v2(Bucket=bucket, Prefix="results/").get("Contents")
        return json.loads(s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read()) if found else None

    imported = _until(result, "the plan was not imported", 30)
    if imported["status"] != "imported":
        raise LocalError(f"the plan was refused: {imported['problems']}")
    return imported


def _watch_posts(stack: Stack, brand: str) -> None:
    """Print each delivery as its row says that it is published, until none is left to wait for."""
    shown: set[str] = set()

    def all_shown() -> bool:
        rows = [
            row
            for row in stack.posts.of_brand(brand)
            if row.due_at < datetime.now(UTC) + timedelta(minutes=5)
        ]
        for row in rows:
            if row.state in _DONE and row.id not in shown:
                shown.add(row.id)
                _print_post(stack, row)
        return len(shown) == len(rows)

    console.print("Posts, as they appear:")
    _until(all_shown, "not every post appeared", 120)
    console.print()


def _print_post(stack: Stack, row: Delivery) -> None:
    content = stack.posts.content(row.brand, row.post, row.content)
    excerpt = " ".join(content.text.split())[:58]
    if row.state is not State.PUBLISHED or row.published_at is None:
        console.print(f"  [yellow]{row.state}[/]  {row.id}  {row.reason}")
        return
    late = (row.published_at - row.due_at).total_seconds()
    console.print(
        f"  {row.published_at.astimezone():%H:%M:%S}  [green]{late:+.2f} s[/]  "
        f"[bold]{row.channel:8}[/] {excerpt}  [dim]{row.url or ''}[/]",
        soft_wrap=True,
    )


def _buy(stack: Stack, brand: str) -> date:
    """Allocate the day's budget and wait until the ad platform has it; give the day."""
    budgets = BudgetsTable(stack.session.client("dynamodb"), stack.outputs["BudgetsTable"])
    campaign = _campaign(stack, brand)
    with _step("Today's budget allocated, and set on the ad platform"):
        _invoke(stack, "AllocateBudgetFunction", brand)
        (allocation,) = budgets.allocations(brand, campaign)

        def applied() -> list[LineDay] | None:
            days = [budgets.line_day(brand, campaign, line, allocation.day) for line in allocation.amounts]
            return days if all(day.known == allocation.amounts[day.line] for day in days) else None

        days = _until(applied, "the amounts were not applied", 60)
    console.print(_split(allocation, days))
    console.print(_proof(allocation), soft_wrap=True)
    console.print()
    return allocation.day


def _campaign(stack: Stack, brand: str) -> str:
    row = stack.posts.brand(brand)
    if row is None:
        raise LocalError(f"brand '{brand}' was imported and is not there")
    return row.plan.campaigns[0].id


def _split(allocation: Allocation, days: list[LineDay]) -> Table:
    table = Table("line", "today", "on the platform", box=None, padding=(0, 2))
    for day in days:
        amounts = (allocation.amounts[day.line], day.known)
        table.add_row(day.line, *(plain(amount, allocation.currency) for amount in amounts))
    return table


def _proof(allocation: Allocation) -> str:
    answer, currency = allocation.answer, allocation.currency
    return (
        f"  {answer['status']}: no split of {plain(allocation.budget, currency)} is expected to bring more "
        f"than {answer['upper_bound']:.4f} results, and this one brings {answer['objective']:.4f};\n"
        f"  another {plain(100, currency)} would bring {answer['shadow_price'] * 100:.2f} more"
    )


def _let_the_day_pass(here: Local, day: date, zone: str) -> None:
    """Put the ad platform's day where the brand's is, a quarter over at least: there is spend to report."""
    wall = datetime.now(ZoneInfo(zone))
    gone = max((wall.hour * 60 + wall.minute) / (24 * 60), 0.25)
    it = {"today": day.isoformat(), "gone": gone}
    httpx.post(f"{here.sandboxes['ads'].url}/_sandbox/day", json=it, timeout=10).raise_for_status()


def _invoke(stack: Stack, function: str, brand: str) -> None:
    """Call a function as the brand's schedule would; the demo does not wait for five in the morning."""
    answer = stack.session.client("lambda").invoke(
        FunctionName=stack.outputs[function], Payload=json.dumps({"brand": brand}).encode()
    )
    if "FunctionError" in answer:
        raise LocalError(f"{function} failed: {answer['Payload'].read().decode()}")


def _copy_report(stack: Stack, brand: str, out: Path) -> None:
    s3, bucket = stack.session.client("s3"), stack.outputs["ReportsBucket"]
    latest = json.loads(s3.get_object(Bucket=bucket, Key=f"reports/brand={brand}/latest.json")["Body"].read())
    out.mkdir(parents=True, exist_ok=True)
    for name in ("report.html", "report.json", "report.csv", "manifest.json"):
        body = s3.get_object(Bucket=bucket, Key=f"{latest['folder']}/{name}")["Body"].read()
        (out / name).write_bytes(body)


def _where_to_look(here: Local, out: Path, *, kept: bool) -> None:
    console.print("\n[bold]Where to look[/]")
    console.print(f"  the report       {out / 'report.html'}   (data: report.json, report.csv)")
    console.print("  the plan         examples/bakery/plan.json, written as docs/plan.md explains")
    console.print("  the system       template.yaml, functions/*/app.py")
    if kept:
        console.print(f"  the timeline     {here.sandboxes['mastodon'].url}")
        console.print("  stop everything  .venv/bin/parution local down")
    else:
        console.print("  the timeline     .venv/bin/parution demo --keep leaves it running")


def _until[Fact](fact: Callable[[], Fact | None], otherwise: str, seconds: float) -> Fact:
    end = time.monotonic() + seconds
    while not (found := fact()):
        if time.monotonic() > end:
            raise LocalError(f"{otherwise} within {seconds:.0f} s")
        time.sleep(0.2)
    return found
