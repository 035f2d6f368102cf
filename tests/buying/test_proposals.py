"""A move that needs a yes waits as a proposal; the yes is to exactly that one, and is said once."""

from datetime import timedelta
from typing import Any

import pytest

from parution.buying.campaigns import Allocation
from parution.buying.proposals import Answered, Proposal, ProposalDesk
from parution.errors import CapReached, NothingToDecide
from tests.buying.doubles import NOON, Office, a_campaign, a_line

TODAY = (NOON + timedelta(days=1)).date()
MARTIN = ("boulangerie-martin", "noel")
CHEAP = {"prior": {"cost_per_result": 100, "sd": 0.1}}
DEAR = {"prior": {"cost_per_result": 300, "sd": 0.1}}
WITH_YES = {"approve_above": 0.1, "protect_learning": False}
BY = "claire"


class AnOffice(Office):
    """Yesterday both lines got 625; today the second is known to be the better one by far."""

    def __init__(self, **rails: Any) -> None:
        super().__init__()
        self.run_day()
        lines = [a_line("fb-video", **DEAR), a_line("ig-reel", network="instagram", format="reel", **CHEAP)]
        self.replan(a_campaign(formats=lines, guardrails={**WITH_YES, **rails}))
        self.now += timedelta(days=1)
        self.run_day()
        self.approvals = ProposalDesk(
            brands=self.brands, budgets=self.budgets, queue=self.queue, holds=self.brands, clock=_Now(self)
        )

    def shown(self) -> Proposal:
        shown = self.approvals.shown(*MARTIN)
        assert isinstance(shown, Proposal)
        return shown

    @property
    def today(self) -> Allocation:
        return self.allocation(TODAY)

    @property
    def on_platform(self) -> dict[str, int]:
        return {line: self.amount_on_platform(line, TODAY) for line in ("fb-video", "ig-reel")}


class _Now:
    def __init__(self, office: Office) -> None:
        self._office = office

    def now(self) -> Any:
        return self._office.now


def test_a_proposal_shows_what_stands_beside_what_it_would_bring() -> None:
    office = AnOffice()

    shown = office.shown()

    video, reel = shown.moves
    assert (video.stands, reel.stands) == (500, 750)  # 125 from 625 each
    assert video.proposed + reel.proposed == 1_250
    assert video.proposed < 500
    assert reel.would_bring > reel.brings
    assert shown.gain == pytest.approx(office.today.costs["approve_above"])


def test_a_yes_brings_along_what_its_moves_were_expected_to_bring() -> None:
    office = AnOffice()

    office.approvals.approve(office.shown(), BY)

    video, reel = (office.today.foreseen[line] for line in ("fb-video", "ig-reel"))
    assert (video.before, reel.before) == (625, 625)
    assert {"fb-video": video.after, "ig-reel": reel.after} == office.today.amounts
    assert video.gain.high < 0 < reel.gain.low


def test_a_yes_sets_the_proposed_amounts_at_once_and_says_whose_it_was() -> None:
    office = AnOffice()
    shown = office.shown()

    said = office.approvals.approve(shown, BY)
    office.apply_all()

    assert said.changed
    assert office.on_platform == {move.line: move.proposed for move in shown.moves}
    assert (office.today.version, office.today.amounts) == (2, office.on_platform)
    yes = office.today.approved
    assert yes
    assert (yes.by, yes.at, yes.proposal) == (BY, office.now, shown.hash)
    causes = {entry.cause for entry in office.ledger() if entry.day == TODAY and entry.kind == "reserved"}
    assert causes == {"allocated", "approved by claire"}


def test_the_proof_is_then_that_of_the_amounts_approved() -> None:
    office = AnOffice()

    office.approvals.approve(office.shown(), BY)

    assert office.today.answer["allocations"] == office.today.amounts
    assert "approve_above" not in office.today.costs
    assert "approve_above" not in {guard.rule for guard in office.today.guards}
    assert office.today.proposed is None


def test_a_yes_holds_for_the_rest_of_the_day() -> None:
    office = AnOffice()
    office.approvals.approve(office.shown(), BY)
    office.apply_all()
    approved = office.on_platform

    (outcome,) = office.allocate()

    assert outcome.metric == "BudgetUnchanged"
    assert (office.on_platform, office.queue.sent) == (approved, [])


def test_on_the_next_day_a_yes_is_where_amounts_come_from() -> None:
    office = AnOffice()
    shown = office.shown()
    office.approvals.approve(shown, BY)
    office.apply_all()
    office.now += timedelta(days=1)

    office.allocate()

    amounts = office.allocation(office.now.date()).amounts
    assert amounts["fb-video"] <= shown.moves[0].proposed + 125


def test_of_two_who_say_yes_one_is_written_and_both_are_told_whose_it_was() -> None:
    office = AnOffice()
    shown = office.shown()

    first, second = office.approvals.approve(shown, BY), office.approvals.approve(shown, "karim")

    assert (first.changed, second.changed) == (True, False)
    assert second.approved.by == BY
    assert office.today.version == 2


def test_who_says_yes_at_the_same_moment_is_told_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    office = AnOffice()
    shown, keep = office.shown(), office.budgets.keep_allocation

    def karim_first(allocation: Allocation) -> None:
        monkeypatch.setattr(office.budgets, "keep_allocation", keep)
        office.approvals.approve(shown, "karim")
        keep(allocation)

    monkeypatch.setattr(office.budgets, "keep_allocation", karim_first)

    said = office.approvals.approve(shown, BY)

    assert (said.changed, said.approved.by, office.today.version) == (False, "karim", 2)


def test_a_yes_is_void_when_a_newer_allocation_stands() -> None:
    office = AnOffice()
    shown = office.shown()
    newer = office.today.model_copy(update={"version": 2, "at": office.now})
    office.budgets.keep_allocation(newer)

    with pytest.raises(NothingToDecide, match="another allocation stands since you saw it"):
        office.approvals.approve(shown, BY)

    assert office.today == newer


def test_a_yes_is_void_when_an_allocation_is_written_at_the_same_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = AnOffice()
    shown, keep = office.shown(), office.budgets.keep_allocation
    newer = office.today.model_copy(update={"version": 2, "budget": 1})

    def allocated_first(allocation: Allocation) -> None:
        keep(newer)
        keep(allocation)

    monkeypatch.setattr(office.budgets, "keep_allocation", allocated_first)

    with pytest.raises(NothingToDecide):
        office.approvals.approve(shown, BY)

    assert office.today == newer


def test_an_allocation_never_writes_over_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    office = AnOffice()
    shown, keep = office.shown(), office.budgets.keep_allocation
    office.replan(a_campaign(guardrails={"max_daily": 1_000}))

    def yes_first(allocation: Allocation) -> None:
        monkeypatch.setattr(office.budgets, "keep_allocation", keep)
        office.approvals.approve(shown, BY)
        keep(allocation)

    monkeypatch.setattr(office.budgets, "keep_allocation", yes_first)

    (outcome,) = office.allocate()

    assert (outcome.metric, office.today.cause) == ("BudgetNotAllocated", "approved by claire")


def test_orders_that_were_lost_are_sent_again_by_saying_it_again() -> None:
    office = AnOffice()
    shown = office.shown()
    office.approvals.approve(shown, BY)
    office.queue.take()

    office.approvals.approve(shown, BY)
    office.apply_all()

    assert office.on_platform == {move.line: move.proposed for move in shown.moves}


def test_yesterdays_proposal_is_void_today() -> None:
    office = AnOffice()
    shown = office.shown()
    office.now += timedelta(days=1)
    office.allocate()

    with pytest.raises(NothingToDecide):
        office.approvals.approve(shown, BY)


def test_a_hold_comes_before_a_yes() -> None:
    office = AnOffice()
    shown = office.shown()
    office.hold()

    with pytest.raises(NothingToDecide, match="it is held by claire: une rumeur"):
        office.approvals.approve(shown, BY)


def test_a_plan_imported_since_comes_before_a_yes() -> None:
    office = AnOffice()
    shown, row = office.shown(), office.brands.brand(MARTIN[0])
    assert row
    office.now += timedelta(minutes=1)
    office.brands.keep_brand(row.model_copy(update={"imported_at": office.now, "version": 2}), row)

    with pytest.raises(NothingToDecide, match="its plan was imported after the proposal was made"):
        office.approvals.approve(shown, BY)


def test_what_is_lowered_within_the_day_proposes_nothing_any_more() -> None:
    office = AnOffice()
    office.report("fb-video", TODAY, 700)

    office.book()

    assert (office.today.lowered_because, office.today.proposed) == ("fb-video overspent", None)


def test_a_yes_never_lifts_exposure_above_the_cap() -> None:
    office = AnOffice()
    shown = office.shown()
    account = office.account
    office.budgets.change_cap(account, account.spent + account.reserved)
    office.approvals.approve(shown, BY)
    lowered, raised = office.queue.take()

    with pytest.raises(CapReached):
        office.desk.apply(raised, office.now)
    office.desk.apply(lowered, office.now)
    office.desk.apply(raised, office.now)

    assert office.account.available == 0
    assert sum(office.on_platform.values()) == 1_250


def test_nothing_waits_where_nothing_was_proposed() -> None:
    office = AnOffice(approve_above=1.0)

    with pytest.raises(NothingToDecide, match="nothing of it waits for a yes"):
        office.approvals.shown(*MARTIN)


def test_a_yes_that_was_said_is_shown() -> None:
    office = AnOffice()
    office.approvals.approve(office.shown(), BY)

    shown = office.approvals.shown(*MARTIN)

    assert isinstance(shown, Answered)
    assert (shown.changed, shown.approved.by) == (False, BY)


def test_a_hash_names_the_day_the_version_and_all_amounts() -> None:
    office = AnOffice()
    before = office.shown().hash

    office.budgets.keep_allocation(office.today.model_copy(update={"version": 2}))

    assert office.shown().hash != before
