"""Which advertising account a line is bought on."""

from parution.plan.model import AdAccount, Line, Plan

# What each platform sells; one that is not named here (the sandbox) sells every network.
SELLS: dict[str, frozenset[str]] = {
    "meta": frozenset({"facebook", "instagram", "threads"}),
    "google": frozenset({"youtube"}),
    "linkedin": frozenset({"linkedin"}),
    "pinterest": frozenset({"pinterest"}),
    "tiktok": frozenset({"tiktok"}),
    "x": frozenset({"x"}),
}


def account_of(plan: Plan, line: Line) -> AdAccount | None:
    """Give the account that the line names, else the first whose platform sells its network."""
    for account in plan.ad_accounts:
        if line.ad_account == account.id or (line.ad_account is None and _sells(account, line.network)):
            return account
    return None


def ad_object(brand: str, campaign: str, line: str) -> str:
    """Give the name of a line's ad object on its platform."""
    return f"{brand}/{campaign}/{line}"


def _sells(account: AdAccount, network: str) -> bool:
    return network in SELLS.get(account.platform, {network})
