"""The `parution` command: every subcommand, each written in a module of its own."""

from typing import Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from parution.cli import (
    allocate,
    apply,
    calendar_file,
    changes,
    comments,
    connect,
    csv_import,
    demo,
    explain,
    export,
    history,
    holds,
    init,
    learn,
    migrate,
    networks,
    plans,
    pool,
    portfolio,
    rehearse,
    releases,
    resolve,
    secrets,
    status,
)
from parution.cli.output import fail


class _Commands(typer.core.TyperGroup):
    """The subcommands, none of which answers with a traceback what AWS refuses in words."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (ClientError, BotoCoreError) as error:
            raise fail(
                str(error), "check the rights of your credentials, AWS_PROFILE and the region"
            ) from None


app = typer.Typer(
    cls=_Commands,
    name="parution",
    help="Publish planned posts on time and never twice; buy reach so that no cent could work harder.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # a traceback must not print a secret
)
app.command()(init.init)
app.command()(plans.validate)
app.command()(plans.schema)
app.command()(explain.explain)
app.command()(changes.plan)
app.command()(apply.apply)
app.command("remove-brand")(apply.remove_brand)
app.command()(rehearse.rehearse)
app.command()(allocate.allocate)
app.command()(pool.pool)
app.command()(portfolio.portfolio)
app.command("learn")(learn.learn_history)
app.command()(status.status)
app.command()(holds.hold)
app.command()(holds.holds)
app.command()(releases.release)
app.command()(resolve.resolve)
app.command()(resolve.approve)
app.command()(history.history)
app.command()(comments.comments)
app.command()(networks.networks)
app.command()(connect.connect)
app.command()(migrate.migrate)
app.command("import-csv")(csv_import.import_csv)
app.command("export-csv")(csv_import.export_csv)
app.command()(export.export)
app.command("export-ics")(calendar_file.export_ics)
app.command()(demo.demo)
app.add_typer(demo.local_app, name="local")
app.add_typer(secrets.app, name="secret")
