"""The `parution` command: every subcommand, each written in a module of its own."""

import typer

from parution.cli import allocate, demo, plans, secrets, status

app = typer.Typer(
    name="parution",
    help="Publish planned posts on time and never twice; buy reach so that no cent could work harder.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # a traceback must not print a secret
)
app.command()(plans.validate)
app.command()(plans.schema)
app.command()(allocate.allocate)
app.command()(status.status)
app.command()(demo.demo)
app.add_typer(demo.local_app, name="local")
app.add_typer(secrets.app, name="secret")
