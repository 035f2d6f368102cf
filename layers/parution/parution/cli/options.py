"""Options that several commands share, and what they make of them."""

import getpass
import unicodedata
from typing import Annotated

import typer
from pydantic import ValidationError

from parution.cli.output import Format, fail
from parution.guarding.holds import Scope

StackName = Annotated[str, typer.Option("--stack", help="The stack's name, as it was deployed.")]
Output = Annotated[Format, typer.Option("--format", help="Text for people, JSON for machines.")]
By = Annotated[
    str | None, typer.Option("--by", help="Whose word it is; you, by the name that this machine knows.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
DeliveryName = Annotated[
    str,
    typer.Argument(
        metavar="DELIVERY",
        help="Its name as `parution status` prints it: brand/post/channel, or brand/post/channel/part.",
    ),
]

Everything = Annotated[bool, typer.Option("--everything", help="Every brand of the stack.")]
Brand = Annotated[str | None, typer.Option("--brand", help="This brand.")]
Channel = Annotated[str | None, typer.Option("--channel", help="This channel of the brand.")]
Tag = Annotated[str | None, typer.Option("--tag", help="What carries this tag, of one brand or of all.")]
Campaign = Annotated[str | None, typer.Option("--campaign", help="What this campaign of the brand boosts.")]

_LONGEST_NAME = 100
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}  # and what ends a line; joiners (Cf) belong to emoji


def scope_of(
    *, everything: bool, brand: str | None, channel: str | None, tag: str | None, campaign: str | None
) -> Scope:
    """Put a scope together. Raises Exit where the options name none, or two."""
    named = {"brand": brand, "channel": channel, "tag": tag, "campaign": campaign}
    if everything and any(value is not None for value in named.values()):
        raise fail("--everything leaves nothing to name beside it", "leave it out, or the others")
    if not everything and brand is None and tag is None:
        if channel is not None or campaign is not None:
            raise fail("a channel or a campaign belongs to a brand", "add --brand BRAND")
        raise fail("nothing says of what", "add --brand BRAND, --tag TAG, or --everything")
    if tag is not None and not is_plain(tag):
        raise fail("this is no tag", "write it as the posts of the plan carry it")
    try:
        return Scope(**named)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise fail(
            f"'{wrong['input']}' is no {wrong['loc'][0]}'s name",
            "names are small letters, digits and hyphens, as in the plan",
        ) from None


def person(by: str | None) -> str:
    """Give whose word it is. Raises Exit where nobody can be named."""
    try:
        name = getpass.getuser() if by is None else by.strip()
    except OSError:  # a container without users
        name = ""
    if not is_plain(name) or len(name) > _LONGEST_NAME:
        raise fail("nobody says so", "add --by with a name of at most 100 characters")
    return name


def is_plain(text: str) -> bool:
    """Say whether it says something, in one line and without control characters."""
    return bool(text.strip()) and not any(unicodedata.category(sign) in _CONTROLS for sign in text)


def confirmed(question: str) -> bool:
    """Ask. Raises Exit where nobody is there to answer."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        raise fail("nobody answered, and nothing was changed", "--yes does it without asking") from None
