"""Where a line is bought: its advertising account, and the name of its ad object there."""

from parution.plan.model import AdAccount, Line, Plan


def account_of(plan: Plan, line: Line) -> AdAccount | None:
    """Give the account that the line names, else the first whose platform sells its network."""
    return plan.ad_account_of(line)


def ad_object(brand: str, campaign: str, line: str) -> str:
    """Give the name of a line's ad object on its platform."""
    return f"{brand}/{campaign}/{line}"
