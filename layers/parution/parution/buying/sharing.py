"""The sharing desk: what a pool's campaigns may cost, and the one write that lets it stand."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from parution.buying.campaigns import Account, SharedOut
from parution.buying.ports import Budgets
from parution.buying.shared_budgets import Member, Sharing, shared
from parution.errors import NothingToDecide
from parution.measuring.lessons import learned_of
from parution.measuring.ports import Insights
from parution.plan.model import Campaign, Plan
from parution.plan.ports import Brands
from parution.plan.workspace import BudgetPool
from parution.records import Record

# A transaction of DynamoDB takes 100 writes; one is the pool's own row.
_MOST_CHANGES = 99


class LeftOut(Record):
    """A brand or campaign that the pool does not pay for, and why."""

    name: str
    reason: str


class Draft(NamedTuple):
    """A pool's split as it would stand, and what it was drafted from."""

    pool: BudgetPool
    sharing: Sharing
    members: Sequence[Member]
    left_out: Sequence[LeftOut]
    standing: SharedOut | None
    left: dict[str, int]  # what campaigns had cost when they left, by brand/campaign


class Clock(Protocol):
    def now(self) -> datetime: ...


class SharingDesk:
    """Every sharing out is one transaction: all allowances of a pool change together, or none."""

    def __init__(self, *, brands: Brands, budgets: Budgets, insights: Insights, clock: Clock) -> None:
        self._brands, self._budgets, self._insights, self._clock = brands, budgets, insights, clock

    def draft(self, pool: BudgetPool) -> Draft:
        """Split what the pool has left between the campaigns that are deployed. Raises NothingToDecide."""
        standing = self._budgets.pool(pool.id)  # read first: who shares out meanwhile is found by its version
        members, left_out = self._members(pool)
        if not members:
            raise NothingToDecide(
                f"no campaign takes part in {pool.id}",
                "; ".join(f"{one.name}: {one.reason}" for one in left_out),
            )
        left = self._left(standing, members)
        sharing = shared(pool, members, sum(left.values()))
        return Draft(pool, sharing, members, left_out, standing, left)

    def share_out(self, draft: Draft, by: str) -> SharedOut:
        """Let the draft stand. Raises NotAsRead when anything has moved since, NothingToDecide."""
        row = SharedOut(
            pool=draft.pool.id,
            version=draft.standing.version + 1 if draft.standing else 1,
            currency=draft.pool.currency,
            total=draft.pool.total,
            allowances=draft.sharing.allowances,
            left=draft.left,
            by=by,
            at=self._clock.now(),
        )
        changes = [*self._allowed(draft), *self._freed(draft)]
        if len(changes) > _MOST_CHANGES:
            raise NothingToDecide(
                f"{len(changes)} campaigns would change at once, and {_MOST_CHANGES} can",
                "share them between several pools",
            )
        self._budgets.share_out(row, [before for before, _ in changes], [after for _, after in changes])
        return row

    def _allowed(self, draft: Draft) -> Iterator[tuple[Account, Account]]:
        for member in draft.members:
            allowance = draft.sharing.allowances[member.name]
            before = self._budgets.open_account(member.account)
            after = before.model_copy(update={"payer": draft.pool.id, "allowance": allowance})
            if after != before:
                yield before, after

    def _freed(self, draft: Draft) -> Iterator[tuple[Account, Account]]:
        for name in draft.left:
            account = self._budgets.account(*name.split("/"))
            if account and account.payer == draft.pool.id:
                yield account, account.model_copy(update={"payer": None, "allowance": None})

    def _left(self, standing: SharedOut | None, members: Sequence[Member]) -> dict[str, int]:
        if standing is None:
            return {}
        here = {member.name for member in members}
        left = {name: cost for name, cost in standing.left.items() if name not in here}
        for name in standing.allowances.keys() - here - left.keys():
            account = self._budgets.account(*name.split("/"))
            left[name] = account.exposure if account else 0
        return left

    def _members(self, pool: BudgetPool) -> tuple[list[Member], list[LeftOut]]:
        members: list[Member] = []
        left_out: list[LeftOut] = []
        for brand in pool.shares:
            row = self._brands.brand(brand)
            if row is None:
                left_out.append(LeftOut(name=brand, reason="no plan of this brand is deployed"))
                continue
            for campaign in row.plan.campaigns:
                account = self._account(row.plan, campaign)
                if reason := _why_not(pool, campaign, account):
                    left_out.append(LeftOut(name=f"{brand}/{campaign.id}", reason=reason))
                else:
                    members.append(self._member(row.plan, campaign, account))
        return members, left_out

    def _account(self, plan: Plan, campaign: Campaign) -> Account:
        return self._budgets.account(plan.brand.id, campaign.id) or Account(
            brand=plan.brand.id, campaign=campaign.id, currency=campaign.currency, cap=campaign.budget
        )

    def _member(self, plan: Plan, campaign: Campaign, account: Account) -> Member:
        brand, today = plan.brand.id, self._clock.now().astimezone(ZoneInfo(plan.brand.timezone)).date()
        newest = [one for one in self._insights.newest_lines(brand, campaign.id) if one.day < today]
        read = [
            insight
            for line in campaign.lines
            for insight in self._insights.read_of_line(brand, campaign.id, line.id)
        ]
        learned = learned_of(plan, campaign, [*read, *newest], today)
        curves = {line: one.response for line, one in learned.items()}
        return Member(
            brand, campaign, account, list(self._budgets.line_days(brand, campaign.id)), today, curves
        )


def _why_not(pool: BudgetPool, campaign: Campaign, account: Account) -> str:
    if campaign.currency != pool.currency:
        return f"it is in {campaign.currency}: money is never converted"
    first, last = campaign.flight
    if not pool.flight[0] <= first <= last <= pool.flight[1]:
        return f"it flies {first} to {last}, not within the pool's flight"
    if account.payer not in {None, pool.id}:
        return f"{account.payer} pays for it"
    return ""
