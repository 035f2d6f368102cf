"""`parution comments`: what others wrote below a published post, read from its network, and hidden there."""

import hashlib
from datetime import UTC
from typing import Annotated, Any, NoReturn, cast

import typer
from rich.markup import escape

from parution.cli.options import DeliveryName, Output, StackName
from parution.cli.output import Format, console, fail
from parution.cli.resolve import did_you_mean
from parution.cli.stacks import Deployed, opened
from parution.cli.words import DEFAULT_STACK, counted, lasting, print_columns, print_json
from parution.errors import NoSuchDelivery, NoSuchSecret
from parution.networks import terms_of
from parution.networks.terms import Offer
from parution.publishing.deliveries import Delivery
from parution.publishing.ports import (
    Comment,
    Comments,
    Conversing,
    Done,
    Hiding,
    NotFound,
    NotSent,
    Refused,
)
from parution.publishing.verdicts import named

_MOST_PAGES = 20
_HEADINGS = ("comment", "at (UTC)", "who", "what")


def comments(
    *,
    delivery: DeliveryName,
    hide: Annotated[
        list[str] | None,
        typer.Option("--hide", metavar="COMMENT", help="Hide this comment, by its name in the list."),
    ] = None,
    stack: StackName = DEFAULT_STACK,
    format: Output = Format.TEXT,  # noqa: A002 (the option's name)
) -> None:
    """Read what others wrote below a published post; with --hide, take comments out of sight there."""
    here = opened(stack)
    row = _published(here, delivery, stack)
    _offered(row, Offer.COMMENTS, "reads no comments there: look yourself")
    if hide:
        _offered(row, Offer.HIDES, "hides no comments there: do it yourself")
    account = _account(here, row)
    found = _read(cast("Conversing", account), row)
    hidden = [_hidden(cast("Hiding", account), name, found, row) for name in hide or ()]
    found = [one.model_copy(update={"hidden": one.hidden or one.remote_id in hidden}) for one in found]
    if format is Format.JSON:
        print_json([{"name": _name(one), **one.model_dump(mode="json")} for one in found])
        return
    console.print(f"[bold]{row.id}[/]  {escape(row.url or '')}", soft_wrap=True)
    if found:
        print_columns(tuple(f"[bold]{heading}[/]" for heading in _HEADINGS), *map(_cells, found))
    said = f"; {counted(len(hidden), 'comment')} hidden now" if hidden else ""
    console.print(f"{counted(len(found), 'comment')}{said}.")


def _published(here: Deployed, delivery: str, stack: str) -> Delivery:
    try:
        row = named(here.posts, delivery)
    except NoSuchDelivery as error:
        raise fail(str(error), did_you_mean(delivery, stack)) from None
    if row.remote_id is None:
        said = "the network's own id of it is not known" if row.url else f"it is {row.state}"
        raise fail(f"nobody can comment on '{delivery}' that we know of: {said}", "name a published post")
    return row


def _offered(row: Delivery, offer: Offer, otherwise: str) -> None:
    terms = terms_of(row.network)
    if terms is None or offer not in terms.offers:
        raise fail(f"a program {otherwise}: {row.network}", row.url or "look at the account")


def _account(here: Deployed, row: Delivery) -> Any:
    try:
        return here.networks.open(row.network, row.account or "")
    except NoSuchSecret as error:
        raise fail(str(error), f"parution connect {row.network}, or check the secret") from None


def _read(account: Conversing, row: Delivery) -> list[Comment]:
    found: list[Comment] = []
    after: str | None = None
    for _ in range(_MOST_PAGES):
        page = account.comments(row.remote_id or "", after)
        if not isinstance(page, Comments):
            _not_done(page, row)
        found += page.found
        after = page.more
        if after is None:
            break
    return found


def _hidden(account: Hiding, name: str, found: list[Comment], row: Delivery) -> str:
    """Hide one that stands below this post, and no other."""
    meant = next((one.remote_id for one in found if name in {one.remote_id, _name(one)}), None)
    if meant is None:
        raise fail(f"'{name}' does not stand below {row.id}", "copy its name from the list without --hide")
    done = account.hide(meant)
    if not isinstance(done, Done):
        _not_done(done, row)
    return meant


def _name(one: Comment) -> str:
    """Name a comment shortly, the same each time: a network's own id may be some 250 characters long."""
    return hashlib.sha256(one.remote_id.encode()).hexdigest()[:8]


def _not_done(outcome: NotFound | NotSent | Refused, row: Delivery) -> NoReturn:
    match outcome:
        case NotFound():
            raise fail(f"{row.network} no longer has it", row.url or "look at the account")
        case NotSent(reason=reason, retry_after=wait):
            raise fail(reason, f"try again in {lasting(wait)}")
        case Refused(reason=reason):
            raise fail(reason, "what was done before stays done")


def _cells(one: Comment) -> tuple[str, str, str, str]:
    at = f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M}" if one.at else ""
    text = escape(" ".join(one.text.split()))
    return _name(one), at, escape(one.author or ""), f"[dim](hidden)[/] {text}" if one.hidden else text
