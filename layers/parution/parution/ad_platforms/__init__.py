"""One file per advertising platform."""

from importlib import import_module
from typing import TYPE_CHECKING

from parution.errors import NoSuchSecret
from parution.transport import open_client

if TYPE_CHECKING:
    import httpx

    from parution.buying.ports import AdPlatform
    from parution.plan.ports import Secrets

# Each is loaded when first opened. Which networks' reach each sells is the plan's to know.
CONNECTED = {"sandbox": "parution.ad_platforms.sandbox"}


class SecretAdPlatforms:
    """Opens the ad account behind a secret, on the platform that the plan names."""

    def __init__(self, secrets: "Secrets", client: "httpx.Client | None" = None) -> None:
        self._secrets, self._client = secrets, client or open_client()

    def open(self, platform: str, account: str) -> "AdPlatform":
        """Give the ad account behind a `secret:` name.

        Raises NoSuchSecret: nothing stored under the name, a key missing in it, or no connector at all.
        """
        if platform not in CONNECTED:
            text = f"{platform} has no connector; connected are {', '.join(CONNECTED)}"
            raise NoSuchSecret(f"{account}: {text}")
        name = account.removeprefix("secret:")
        opened: AdPlatform = import_module(CONNECTED[platform]).connect(
            name, self._secrets.value(name), self._client
        )
        return opened
