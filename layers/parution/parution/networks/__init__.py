"""One file per social network."""

from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING

from parution.errors import NoSuchSecret
from parution.plan.model import NETWORKS, RETIRED
from parution.publishing.tokens import Connection
from parution.transport import open_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from parution.networks.cards import Pages
    from parution.networks.terms import Terms
    from parution.plan.ports import Secrets
    from parution.publishing.ports import Media, Network
    from parution.publishing.tokens import TokenSource

# Each is loaded when first opened: a worker that publishes on one network loads no other.
CONNECTED = {name: f"parution.networks.{name}" for name, facts in NETWORKS.items() if facts.connected}


class SecretNetworks:
    """Opens the account behind a secret, on the network that its channel names."""

    def __init__(
        self,
        secrets: "Secrets",
        client: "httpx.Client | None" = None,
        tokens: "Callable[[Connection], TokenSource] | None" = None,
        pages: "Pages | None" = None,
        media: "Media | None" = None,
    ) -> None:
        """Give connectors what they ask for in `connect`.

        ``pages`` reads what posts link to, for the networks that leave their cards to who posts, ``media``
        the files, for those whose one call that publishes sends a part of one.
        """
        self._secrets, self._client, self._tokens = secrets, client or open_client(), tokens
        self._lent = {"pages": pages, "media": media}

    def open(self, network: str, account: str) -> "Network":
        """Give the account behind a `secret:` name.

        Raises NoSuchSecret: nothing stored under the name, a key missing in it, or no connector at all.
        """
        if network not in CONNECTED:
            raise NoSuchSecret(f"{account}: {_why_not(network)}")
        name, module = account.removeprefix("secret:"), import_module(CONNECTED[network])
        values = self._secrets.value(name)
        renewed = self._renewed(name, network, module, values)
        asked = self._lent.keys() & signature(module.connect).parameters.keys()
        lent = {what: self._lent[what] for what in asked}
        opened: Network = module.connect(name, values, self._client, *renewed, **lent)
        return opened

    def _renewed(
        self, name: str, network: str, module: ModuleType, values: "Mapping[str, str]"
    ) -> "list[TokenSource]":
        """Give the tokens of an account whose tokens end, kept by whoever keeps them in this stack.

        None where its network's tokens do not end, or where its secret holds nothing to renew them with.
        """
        renewal = module.refresher(name, values, self._client) if hasattr(module, "refresher") else None
        if renewal is None:
            return []
        if self._tokens is None:
            why = "this stack keeps no rotating tokens; deploy it with KeepTokens=true"
            raise NoSuchSecret(f"secret:{name}: {why}")
        return [self._tokens(Connection(name, network, *renewal))]


def terms_of(network: str) -> "Terms | None":
    """Give what a network offers whatever the account; None where there is no connector."""
    return import_module(CONNECTED[network]).TERMS if network in CONNECTED else None


def remote_id_in(network: str, url: str) -> str | None:
    """Give the network's own id of a post as its public address tells it, where it does."""
    return import_module(CONNECTED[network]).remote_id_in(url) if network in CONNECTED else None


def _why_not(network: str) -> str:
    if network in RETIRED:
        return f"{network} is closed; {RETIRED[network]} may take its place"
    if network in NETWORKS:
        return f"{network} has no connector yet; connected are {', '.join(CONNECTED)}"
    return f"no network is called {network!r}"
