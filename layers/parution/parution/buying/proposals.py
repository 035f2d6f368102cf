"""Proposals: moves of money that wait for a person's yes, and the desk that takes it, once and in time."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from math import fsum
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from parution.buying.brakes import is_money
from parution.buying.campaigns import Allocation, Approved
from parution.buying.orders import orders_of
from parution.buying.ports import ApplyQueue, Budgets
from parution.buying.problems import Problem
from parution.errors import NotAsRead, NothingToDecide
from parution.guarding.holds import Holds
from parution.money import Currency
from parution.plan.model import Campaign
from parution.plan.ports import BrandRow, Brands
from parution.records import Id, Record

_AGAIN = "look at it again: the next allocation may propose something else"


class Move(Record):
    """What a line gets, in minor units a day, and what it brings of results, both as proposed and as is."""

    line: str
    stands: int
    proposed: int
    brings: float
    would_bring: float


class Proposal(Record):
    """The amounts that a day's allocation would have with a yes, beside those that stand.

    ``hash`` names exactly this: the day, the version that it was drafted with, and all amounts.
    """

    brand: Id
    campaign: Id
    currency: Currency
    day: date
    version: int
    moves: tuple[Move, ...]
    hash: str

    @property
    def gain(self) -> float:
        """Give the results of the day that the yes is expected to bring."""
        return fsum(move.would_bring - move.brings for move in self.moves)


class Answered(Record):
    """A yes as it stands now; not ``changed`` when it was said already."""

    approved: Approved
    changed: bool


class Clock(Protocol):
    def now(self) -> datetime: ...


def proposal_of(allocation: Allocation) -> Proposal | None:
    """Give what an allocation proposes; None where nothing waits for a yes."""
    if allocation.proposed is None or allocation.proposed_problem is None:
        return None
    before, after = _brought(allocation.problem, allocation.amounts), allocation.proposed
    brought = _brought(allocation.proposed_problem, after)
    moves = tuple(
        Move(
            line=line,
            stands=allocation.amounts.get(line, 0),
            proposed=amount,
            brings=before.get(line, 0.0),
            would_bring=brought[line],
        )
        for line, amount in after.items()
    )
    return Proposal(
        brand=allocation.brand,
        campaign=allocation.campaign,
        currency=allocation.currency,
        day=allocation.day,
        version=allocation.version,
        moves=moves,
        hash=_hash(allocation),
    )


def _brought(problem: Mapping[str, Any], amounts: Mapping[str, int]) -> dict[str, float]:
    lines = Problem.of(dict(problem)).lines
    return {line.id: line.response.value(amounts.get(line.id, 0)) for line in lines}


def _hash(allocation: Allocation) -> str:
    """SHA-256 over the canonical JSON, the first 32 hex digits (128 bits)."""
    facts = allocation.model_dump(
        mode="json", include={"brand", "campaign", "day", "version", "currency", "amounts", "proposed"}
    )
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def approved(allocation: Allocation, by: str, now: datetime) -> Allocation:
    """Give the day's next allocation, in which the proposed amounts stand with a person's yes.

    The allocation must propose something.
    """
    amounts = allocation.proposed or {}
    return allocation.model_copy(
        update={
            "version": allocation.version + 1,
            "amounts": amounts,
            "problem": allocation.proposed_problem,
            "answer": allocation.proposed_answer,
            "at": now,
            # What the rule kept away is had now.
            "guards": tuple(one for one in allocation.guards if one.rule != "approve_above"),
            "costs": {rule: cost for rule, cost in allocation.costs.items() if rule != "approve_above"},
            "forgone": None,
            "proposed": None,
            "proposed_problem": None,
            "proposed_answer": None,
            "foreseen": allocation.proposed_foreseen,
            "proposed_foreseen": {},
            "approved": Approved(proposal=_hash(allocation), by=by, at=now, amounts=amounts),
        }
    )


class ProposalDesk:
    """Takes a yes to exactly one proposal: of two that are said at once, one is written."""

    def __init__(
        self, *, brands: Brands, budgets: Budgets, queue: ApplyQueue, holds: Holds, clock: Clock
    ) -> None:
        self._brands, self._budgets, self._queue = brands, budgets, queue
        self._holds, self._clock = holds, clock

    def shown(self, brand: str, campaign: str) -> Proposal | Answered:
        """Give what waits for a yes today, or the yes that was said. Raises NothingToDecide."""
        today = self._today(brand, campaign)
        said, proposal = today.allocation.approved, proposal_of(today.allocation)
        if proposal is None:
            if said is None:
                raise NothingToDecide("nothing of it waits for a yes", "its allocation stands as it is")
            return Answered(approved=said, changed=False)
        self._refuse(today)
        return proposal

    def approve(self, proposal: Proposal, by: str) -> Answered:
        """Let the proposed amounts stand, and send them to the platforms. Raises NothingToDecide.

        One conditional write: the version after the one that proposed it. Who comes second finds another
        one there; a yes that was said already sends the orders again, which changes nothing twice.
        """
        try:
            self._say_yes(proposal, by)
            changed = True
        except NotAsRead:
            changed = False  # another allocation stands: it may hold the same yes
        allocation = self._today(proposal.brand, proposal.campaign).allocation
        said = allocation.approved
        if said is None or said.proposal != proposal.hash:
            raise NothingToDecide("another allocation stands since you saw it", _AGAIN)
        days = self._budgets.line_days(proposal.brand, proposal.campaign)
        if orders := orders_of(allocation, days):
            self._queue.send(orders)
        return Answered(approved=said, changed=changed)

    def _say_yes(self, proposal: Proposal, by: str) -> None:
        today = self._today(proposal.brand, proposal.campaign)
        standing = proposal_of(today.allocation)
        if standing is None or standing.hash != proposal.hash:
            raise NotAsRead(f"version {proposal.version} of {proposal.day}")
        self._refuse(today)
        self._budgets.keep_allocation(approved(today.allocation, by, self._clock.now()))

    def _refuse(self, today: "_Today") -> None:
        """Refuse what is no longer to be said yes to: the hold, or the newer plan, comes first."""
        brand = today.row.plan.brand.id
        for hold in self._holds.standing().holds:
            if is_money(hold.scope, brand, today.campaign):
                raise NothingToDecide(f"it is held by {hold.by}: {hold.reason}", "release the hold first")
        if today.row.imported_at > today.allocation.at:
            raise NothingToDecide("its plan was imported after the proposal was made", _AGAIN)

    def _today(self, brand: str, name: str) -> "_Today":
        row = self._brands.brand(brand)
        campaign = next((one for one in row.plan.campaigns if one.id == name), None) if row else None
        if row is None or campaign is None:
            raise NothingToDecide(f"no plan has a campaign {brand}/{name}", "write it as BRAND/CAMPAIGN")
        today = self._clock.now().astimezone(ZoneInfo(row.plan.brand.timezone)).date()
        allocation = self._budgets.allocation(brand, name, today)
        if allocation is None:
            raise NothingToDecide("nothing was allocated to it today", "wait for the day's allocation")
        return _Today(allocation, row, campaign)


class _Today(NamedTuple):
    """A campaign's allocation of today, with the plan that it stands in."""

    allocation: Allocation
    row: BrandRow
    campaign: Campaign
