"""Secrets that hold an access token, or what renews one by OAuth 2: an app, and a refresh token."""

from collections.abc import Mapping

import httpx
from pydantic import SecretStr

from parution.credentials import Credentials
from parution.networks.oauth import App, RefreshGrant
from parution.publishing.tokens import StaticToken, TokenSource

_RENEWS = ("client_id", "client_secret", "refresh_token")


def credentials(name: str, values: Mapping[str, str], *, required: tuple[str, ...]) -> Credentials:
    """Read a secret with these keys beside its token. Raises NoSuchSecret.

    ``base_url`` may stand in every secret: it leads to a network's own sandbox, or to one on this machine.
    """
    renews = any(values.get(key) for key in _RENEWS)
    needed, spare = (_RENEWS, ("access_token",)) if renews else (("access_token",), _RENEWS)
    secret = Credentials(name, values, required=(*required, *needed), optional=("base_url", *spare))
    secret.token(needed[-1])
    return secret


def tokens_of(network: str, values: Mapping[str, str], renewed: TokenSource | None) -> TokenSource:
    """Give the tokens that somebody renews, or else the one that the secret holds."""
    return renewed or StaticToken(network, SecretStr(values["access_token"].strip()))


def refresh_grant(
    values: Mapping[str, str], client: httpx.Client, token_url: str, *, in_header: bool
) -> tuple[RefreshGrant, SecretStr] | None:
    """Give what renews an account's tokens, and its first refresh token; None: its token does not end."""
    if not values.get("refresh_token"):
        return None
    app = App(values["client_id"].strip(), SecretStr(values["client_secret"].strip()), in_header=in_header)
    return RefreshGrant(client, token_url, app), SecretStr(values["refresh_token"].strip())
