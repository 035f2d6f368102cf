"""`parution connect`: a person's yes at a network becomes a stored secret; nobody copies a token."""

import sys
import webbrowser
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import httpx
import typer
from pydantic import SecretStr
from rich.prompt import Prompt

from parution.cli import accounts, passwords, stacks
from parution.cli.accounts import Found, Session
from parution.cli.authorisations import (
    MISSED,
    NEEDED,
    Attempt,
    Authorisation,
    NotConnected,
    Purpose,
    begun,
    title,
    ways,
)
from parution.cli.connections import Asked, address, known, named, pairs, redirect_address, spared, way_in
from parution.cli.grants import redeem, refused_at_the_network, register
from parution.cli.loopback import Loopback, Returned, pasted
from parution.cli.output import console, fail
from parution.cli.words import DEFAULT_STACK
from parution.errors import NoSuchSecret
from parution.networks import CONNECTED, SecretNetworks
from parution.networks.oauth import App
from parution.plan.ports import Secrets
from parution.publishing.tokens import Connection, StaticToken, TokenSource
from parution.sandbox.memory_plans import MemorySecrets
from parution.transport import open_client

_PORT = 8484
# The keys of secrets that say which account it is; none of them is secret. X, YouTube and TikTok have none.
_NAMES_THE_ACCOUNT = ("page_id", "user_id", "author", "board_id", "blog", "identifier", "user", "url")


class Kept(NamedTuple):
    """What becomes a secret, and what a person ought to know of it."""

    account: Found
    missing: Mapping[str, Purpose]
    ends: str


def connect(
    network: Annotated[str, typer.Argument(help="One of those that `parution networks` lists.")],
    *,
    name: Annotated[
        str, typer.Option("--as", help="The secret's name, as the plan writes it after `secret:`.")
    ],
    stack: Annotated[str, typer.Option(help="The stack's name, as it was deployed.")] = DEFAULT_STACK,
    login: Annotated[
        str | None, typer.Option(help="Which way in: instagram or facebook; member or organization.")
    ] = None,
    client_id: Annotated[str | None, typer.Option(help="The app's id at the network.")] = None,
    client_secret_file: Annotated[
        Path | None, typer.Option(help="A file that holds the app's secret; else it is asked for, unseen.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="The instance, site or receiver; elsewhere, a sandbox.")
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(help="Which of several accounts, by name or id; the user's name for passwords."),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", help="KEY=VALUE: another key of the secret, such as categories=3,7."),
    ] = None,
    without: Annotated[
        list[Purpose] | None, typer.Option(help="Ask for no scope of this purpose, such as figures.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser of this machine.")] = True,
    paste: Annotated[
        bool, typer.Option("--paste", help="Paste the final address instead of waiting for it.")
    ] = False,
    redirect: Annotated[
        str | None, typer.Option(help="The https address registered at the network; implies --paste.")
    ] = None,
    port: Annotated[
        int, typer.Option(help="The port of this machine to which the browser comes back.")
    ] = _PORT,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the browser.")] = 300,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let the name open another account from now on.")
    ] = False,
    key_file: Annotated[
        Path | None, typer.Option(help="webhook: the file that holds, or is to hold, its key.")
    ] = None,
) -> None:
    """Connect an account: say yes in the browser, and its secret is tried, then stored.

    docs/connect tells for each network what must be done there first.
    """
    try:
        known(network)
        asked = Asked(
            network=network,
            name=named(name),
            way=login,
            base_url=address(base_url),
            client_id=client_id,
            client_secret_file=client_secret_file,
            account=account,
            values=pairs(with_ or []),
            without=spared(without or []),
            browser=browser,
            paste=paste or bool(redirect),
            redirect=redirect,
            port=port,
            wait=wait,
            key_file=key_file,
        )
        secrets = stacks.opened(stack).secrets
        with open_client() as client:
            kept = _connected(asked, client)
            rotates = _checked(asked, kept.account.values, client)
        if not replace:
            _same_account(asked.name, secrets, kept.account.values)
    except NotConnected as error:
        raise fail(f"{error}; nothing was stored", error.instead) from None
    secrets.store(asked.name, kept.account.values)
    _tell(asked, kept, stack, rotates=rotates, now=datetime.now(UTC))


def _connected(asked: Asked, client: httpx.Client) -> Kept:
    if not ways(asked.network):
        return _by_password(asked, client)
    way = way_in(asked)
    app, attempt = _app(asked, way, client)
    returned = _returned(asked, way, attempt)
    if not returned.code:
        raise refused_at_the_network(returned.error, way)
    session = Session(client, way, app, redeem(client, way, app, attempt, returned.code))
    missing = _missing(session)
    chosen = _chosen(asked, accounts.found(asked.network, session))
    accounts.tried(asked.network, session, chosen)
    return Kept(_completed(asked, chosen), missing, way.ends)


# -------------------------------------------------------------------- what is asked for
def _app(asked: Asked, way: Authorisation, client: httpx.Client) -> tuple[App, Attempt]:
    redirect = redirect_address(asked, way)
    if asked.network == "mastodon":
        app = register(client, way, redirect)
    else:
        client_id = asked.client_id or _shown(f"The app's {way.id_field} at {way.title} ({way.portal})")
        app = App(client_id, _app_secret(asked, way), way.in_header, way.id_field)
    return app, begun(way, app.client_id, redirect)


def _app_secret(asked: Asked, way: Authorisation) -> SecretStr | None:
    if asked.client_secret_file is None:
        empty = ", empty for a public app" if way.public else ""
        secret = _hidden(f"The app's secret (not shown{empty})")
    else:
        secret = _read(asked.client_secret_file)
    if not secret and not way.public:
        raise NotConnected(f"{way.title} wants the app's secret", f"copy it from {way.portal}")
    return SecretStr(secret) if secret else None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError as error:
        raise NotConnected(f"{file} cannot be read: {error.strerror}", "check --client-secret-file") from None


def _shown(question: str) -> str:
    return (Prompt.ask(question, console=console) if sys.stdin.isatty() else sys.stdin.readline()).strip()


def _hidden(question: str) -> str:
    if sys.stdin.isatty():
        return Prompt.ask(question, password=True, console=console).strip()
    return sys.stdin.readline().strip()


# -------------------------------------------------------------------- the person's yes
def _returned(asked: Asked, way: Authorisation, attempt: Attempt) -> Returned:
    console.print(f"Say yes at {way.title}; this address serves once:")
    if asked.paste:
        _go(asked, attempt)
        return pasted(_shown("The address of the page on which the browser ended"), attempt)
    with Loopback(asked.port, attempt.state) as loopback:
        _go(asked, attempt)
        console.print(f"Waiting for the browser at {attempt.redirect} …")
        return loopback.wait(asked.wait)


def _go(asked: Asked, attempt: Attempt) -> None:
    console.print(attempt.address, soft_wrap=True, markup=False)
    if asked.browser:
        webbrowser.open(attempt.address)


def _missing(session: Session) -> dict[str, Purpose]:
    """Give the scopes that do without; a scope that is needed must be there. Raises NotConnected."""
    given = accounts.granted(session)
    missing = {} if given is None else session.way.missing(given)
    needed = {scope: purpose for scope, purpose in missing.items() if purpose in NEEDED}
    if needed:
        raise NotConnected(
            f"without {', '.join(needed)}, {MISSED[min(needed.values())]}",
            "run the command again and leave every box ticked; what is not offered must be added to the app"
            f" at {session.way.portal}",
        )
    return missing


def _chosen(asked: Asked, found: Sequence[Found]) -> Found:
    if asked.account is not None:
        same = [one for one in found if asked.account in {one.id, one.label}]
        if len(same) != 1:
            raise NotConnected(
                f"no single account is called {asked.account!r}", f"name one of {_listed(found)}"
            )
        return same[0]
    if len(found) == 1:
        return found[0]
    if not sys.stdin.isatty():
        raise NotConnected("there are several accounts", f"name one with --account: {_listed(found)}")
    for number, one in enumerate(found, 1):
        console.print(f"{number:>3}  {one.label} ({one.id})", markup=False)
    numbers = [str(number) for number, _ in enumerate(found, 1)]
    return found[int(Prompt.ask("Which one", choices=numbers, show_choices=False, console=console)) - 1]


def _listed(found: Sequence[Found]) -> str:
    return ", ".join(f"{one.label} ({one.id})" for one in found)


# -------------------------------------------------------------------- passwords and keys
def _by_password(asked: Asked, client: httpx.Client) -> Kept:
    if asked.network == "webhook":
        made = passwords.webhook(asked.base_url, asked.key_file)
        return Kept(
            _completed(asked, made), {}, "The key has no end. Its receiver gets it from the key file alone."
        )
    user = asked.account or _shown("The account's name")
    opened = {"bluesky": passwords.bluesky, "wordpress": passwords.wordpress}[asked.network]
    found = opened(client, asked.base_url, user, _hidden("The app password (not shown)"))
    return Kept(
        _completed(asked, found), {}, "The password has no end: it works until it is withdrawn there."
    )


# -------------------------------------------------------------------- what is stored
def _completed(asked: Asked, account: Found) -> Found:
    """Add what the command line says: a sandbox's address, and the keys of --with."""
    known = ways(asked.network)
    sandbox = {"base_url": asked.base_url + known[0].base_path} if known and asked.base_url else {}
    return account._replace(values={**sandbox, **account.values, **asked.values})


def _checked(asked: Asked, values: Mapping[str, str], client: httpx.Client) -> bool:
    """Open the account as a worker would; say whether its tokens must be kept. Raises NotConnected."""
    if asked.network not in CONNECTED:
        return "refresh_token" in values
    kept: list[str] = []

    def tokens(connection: Connection) -> TokenSource:
        kept.append(connection.name)
        return StaticToken(connection.network, connection.seed)

    try:
        SecretNetworks(MemorySecrets({asked.name: values}), client, tokens).open(
            asked.network, f"secret:{asked.name}"
        )
    except NoSuchSecret as error:
        raise NotConnected(str(error), "check --with and --base-url") from None
    return bool(kept)


def _same_account(name: str, secrets: Secrets, values: Mapping[str, str]) -> None:
    """Refuse to let a name that plans use open another account by mistake. Raises NotConnected."""
    before = secrets.value(name) if secrets.known(frozenset({name})) else {}
    for key in _NAMES_THE_ACCOUNT:
        if before and before.get(key) != values.get(key):
            raise NotConnected(
                f"secret:{name} opens another account ({key} {before.get(key)}, now {values.get(key)})",
                "choose the same account, take another name with --as, or add --replace",
            )


def _tell(asked: Asked, kept: Kept, stack: str, *, rotates: bool, now: datetime) -> None:
    account = kept.account
    console.print(f"Connected: {account.label} on {title(asked.network)}.", markup=False)
    console.print(f"Stored beside {stack}. The plan's channel says:")
    console.print(
        f'  "network": "{asked.network}", "account": "secret:{asked.name}"', markup=False, soft_wrap=True
    )
    console.print(f"[bold]How long[/] {kept.ends}", soft_wrap=True)
    if account.lives:
        end = (now + account.lives).date()
        console.print(f"[bold]It ends[/] on {end}: nothing renews it; connect it again before.")
    if rotates:
        console.print(
            "[bold]The stack[/] must be deployed with KeepTokens=true: it renews this account's tokens."
        )
    for scope, purpose in kept.missing.items():
        console.print(f"[yellow]without {scope}[/] {MISSED[purpose]}", soft_wrap=True)
    if account.warning:
        console.print(f"[yellow]note[/] {account.warning}", soft_wrap=True)
