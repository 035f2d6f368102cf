"""`parution secret set`: store what opens a channel; the value never stands on a command line."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.prompt import Prompt

from parution.cli.output import console, fail
from parution.cli.stacks import NoSuchStack, Stack

app = typer.Typer(help="What opens the channels, kept encrypted beside the stack.", no_args_is_help=True)

_SHAPE = 'one JSON object of texts, such as {"base_url": "https://…", "access_token": "…"}'


@app.callback()
def secrets() -> None:
    """Keep `set` a command of its own, so that others may stand beside it."""


@app.command("set")
def store(
    name: Annotated[str, typer.Argument(help="As the plan writes it after `secret:`.")],
    stack: Annotated[str, typer.Option(help="The stack's name, as it was deployed.")] = "parution-dev",
) -> None:
    """Store a secret read from standard input, or asked for without an echo.

    docs/networks.md says which keys each network wants.
    """
    value = _value(_asked() if sys.stdin.isatty() else sys.stdin.read())
    try:
        Stack(stack).secrets.store(name.removeprefix("secret:"), value)
    except NoSuchStack as error:
        raise fail(str(error), "name the stack with --stack, and check AWS_PROFILE and the region") from None
    console.print(f"Stored. Plans name it [bold]secret:{name.removeprefix('secret:')}[/].")


def _asked() -> str:
    return Prompt.ask("The secret as JSON (not shown)", password=True, console=console)


def _value(text: str) -> dict[str, str]:
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError:
        value = None
    # The text itself is never repeated: it is the secret.
    if not isinstance(value, dict) or not value or not all(isinstance(one, str) for one in value.values()):
        raise fail("this is not a secret's value", f"write {_SHAPE}")
    return value
