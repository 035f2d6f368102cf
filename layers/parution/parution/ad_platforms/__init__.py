"""One file per advertising platform."""

from importlib import import_module
from typing import TYPE_CHECKING

from parution.errors import NoSuchSecret
from parution.transport import open_client

if TYPE_CHECKING:
    import httpx

    from parution.buying.ports import AdPlatform
    from parution.plan.ports import Secrets

CONNECTED = {"sandbox": "parution.ad_platforms.sandbox"}

# Which networks' reach each platform sells; the sandbox stands in for every one of them.
SELLS: dict[str, frozenset[str]] = {
    "meta": frozenset({"facebook", "instagram", "threads"}),
    "google": frozenset({"youtube"}),
    "linkedin": frozenset({"linkedin"}),
    "pinterest": frozenset({"pinterest"}),
    "tiktok": frozenset({"tiktok"}),
    "x": frozenset({"x"}),
}
SELLS["sandbox"] = frozenset().union(*SELLS.values())

# At worst a platform spends so many times a day's amount on that day. Google:
# support.google.com/google-ads/answer/1704443; Meta: up to 75 % more on a day. The sandbox does as Meta does.
# A platform that is not named here gives no figure, and no money is set on it before one is known.
OVERDELIVERY = {"google": 2.0, "meta": 1.75, "sandbox": 1.75}


class SecretAdPlatforms:
    """Opens the ad account behind a secret, on the platform that the plan names."""

    def __init__(self, secrets: "Secrets", client: "httpx.Client | None" = None) -> None:
        self._secrets, self._client = secrets, client or open_client()

    def open(self, platform: str, account: str) -> "AdPlatform":
        """Give the ad account behind a `secret:` name.

        Raises NoSuchSecret: nothing stored under the name, a key missing in it, or no connector at all.
        """
        if platform not in CONNECTED:
            known = "has no connector yet" if platform in SELLS else "is no advertising platform known here"
            raise NoSuchSecret(f"{account}: {platform} {known}; connected are {', '.join(CONNECTED)}")
        name = account.removeprefix("secret:")
        opened: AdPlatform = import_module(CONNECTED[platform]).connect(
            name, self._secrets.value(name), self._client, OVERDELIVERY[platform]
        )
        return opened
