"""The buying desk: books what was spent, splits each day's money, and sets the amounts on the platforms."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from parution.buying import ledger
from parution.buying.accounts import ad_object
from parution.buying.books import Books, excess, lowered
from parution.buying.brakes import is_money, may_spend, orders_to_stop
from parution.buying.campaigns import Account, Allocation, Because, Foreseen, LineDay
from parution.buying.drafts import Draft, drafted
from parution.buying.guardrails import Case, Pooled, barred
from parution.buying.ledger import Change, Note
from parution.buying.orders import orders_of
from parution.buying.pacing import STOPPED, Bounds, Today, flight_of, todays_amount
from parution.buying.ports import AdPlatform, AdPlatforms, ApplyQueue, Budgets, Order
from parution.buying.tracks import Track
from parution.errors import (
    CapReached,
    NotAsRead,
    ParutionError,
    PlatformBusy,
    PlatformError,
    PlatformRefused,
    PlatformUnknown,
)
from parution.guarding.holds import Hold, Holds
from parution.measuring.exploring import trials
from parution.measuring.insights import LineInsight
from parution.measuring.learned import Learned
from parution.measuring.lessons import kept_of, learned_of
from parution.measuring.ports import Insights
from parution.money import plain
from parution.plan.model import Campaign, Line, Plan
from parution.plan.ports import BrandRow, Brands
from parution.records import Record

# How long after a change was asked for it may still take effect: longer than the function that asks may
# run and than the platform may keep a request. Until then nobody else changes that line's amount.
LEASE = timedelta(minutes=2)
# A day's spend is read as final this long after the day's end.
SETTLING = timedelta(hours=24)
# Two writers of one row: the loser reads again, and this often suffices unless something is wrong.
_TRIES = 5


class Outcome(Record):
    """What became of one campaign, line or order; ``metric`` is a past fact."""

    subject: str  # brand/campaign or brand/campaign/line
    metric: str
    reason: str = ""


class _Flying(NamedTuple):
    """A campaign on a day of its flight."""

    plan: Plan
    number: int  # of the campaign in its plan
    books: Books
    today: date
    post_days: tuple[date, ...]  # those on which a post that it may boost appears
    stopped: str = ""  # why nothing may be spent

    @property
    def campaign(self) -> Campaign:
        return self.plan.campaigns[self.number]

    @property
    def name(self) -> str:
        return f"{self.plan.brand.id}/{self.campaign.id}"


class _Task(NamedTuple):
    """An amount to set: for which line, on which day as it was read, and what may come of it at worst."""

    before: LineDay
    amount: int
    overdelivery: float
    now: datetime
    cause: str

    def note(self, cause: str) -> Note:
        return Note("buying desk", cause, self.now)


class BuyingDesk:
    """Every change of money is one transaction; every order may come late, twice, or out of order."""

    def __init__(
        self,
        brands: Brands,
        budgets: Budgets,
        insights: Insights,
        platforms: AdPlatforms,
        queue: ApplyQueue,
        *,
        holds: Holds,
        lease: timedelta = LEASE,
        settling: timedelta = SETTLING,
    ) -> None:
        self._brands, self._budgets, self._insights = brands, budgets, insights
        self._platforms, self._queue, self._holds = platforms, queue, holds
        self._lease, self._settling = lease, settling

    # ---------------------------------------------------------------- book
    def book(self, brand: str, now: datetime) -> list[Outcome]:
        """Book what the newest insights say was spent, and close the days that have settled."""
        row = self._brands.brand(brand)
        campaigns = row.plan.campaigns if row else ()
        return [
            outcome
            for campaign in campaigns
            if row and self._budgets.account(brand, campaign.id)
            for act in (self._book, self._lowered, self._braked)
            for outcome in act(row.plan, campaign, now)
        ]

    def _lowered(self, plan: Plan, campaign: Campaign, now: datetime) -> Iterator[Outcome]:
        """Take back, within the day, what would pass the cap, or what overspends."""
        brand, today = plan.brand.id, _local_day(plan, now)
        account = self._budgets.account(brand, campaign.id)
        standing = self._budgets.allocation(brand, campaign.id, today)
        days = [
            day for day in self._budgets.line_days(brand, campaign.id) if day.day == today and may_spend(day)
        ]
        if account is None or standing is None or not days:
            return
        above = excess(account, min(account.limit, campaign.budget))
        reason = _why_lowered(days, above, campaign.currency)
        if not reason:
            return
        amounts = standing.amounts | lowered(days, above)
        if amounts != standing.amounts:
            changed = {
                "version": standing.version + 1,
                "amounts": amounts,
                "at": now,
                "lowered_because": reason,
                "lowered": tuple(_lowered_by(days, above)),
                # What was proposed was so with more money than there is.
                **dict.fromkeys(("proposed", "proposed_problem", "proposed_answer")),
            }
            standing = standing.model_copy(update=changed)
            self._budgets.keep_allocation(standing)
        self._send(standing, days)
        yield Outcome(subject=f"{brand}/{campaign.id}", metric="AmountsLowered", reason=reason)

    def _braked(self, plan: Plan, campaign: Campaign, now: datetime) -> Iterator[Outcome]:
        """Stop what goes on under a hold, should whoever placed it not have come so far."""
        hold = self._hold(plan, campaign)
        orders = list(orders_to_stop(self._budgets, plan, campaign, now)) if hold else []
        if hold and orders:
            self._queue.send(orders)
            name = f"{plan.brand.id}/{campaign.id}"
            yield Outcome(subject=name, metric="CampaignHeld", reason=_words(hold))

    def _book(self, plan: Plan, campaign: Campaign, now: datetime) -> Iterator[Outcome]:
        brand = plan.brand.id
        read_at = {}
        for insight in self._insights.newest_lines(brand, campaign.id):
            read_at[insight.line, insight.day] = insight.read_at
            yield from self._booked(insight, now)
        for day in self._budgets.line_days(brand, campaign.id):
            settled_at = _end_of(day.day, plan) + self._settling
            if day.closed or now < settled_at:
                continue
            figures_at = read_at.get((day.line, day.day))
            if day.told == 0 or (figures_at and figures_at >= settled_at):
                yield from self._close(day, now)
            elif figures_at is None:
                reason = f"no figures of {day.day} yet: {day.reserved} stay reserved"
                yield Outcome(subject=_name(day), metric="FiguresMissed", reason=reason)

    def _booked(self, insight: LineInsight, now: datetime) -> Iterator[Outcome]:
        def booked(day: LineDay) -> Change | None:
            return ledger.booked(day, insight.spend, "buying desk", now)

        yield from self._reported(insight, booked, "SpendBooked")

    def _close(self, day: LineDay, now: datetime) -> Iterator[Outcome]:
        def closed(day: LineDay) -> Change | None:
            note = Note("buying desk", "the day is over and its figures have settled", now)
            return None if day.closed else ledger.closed(day, note)

        yield from self._reported(day, closed, "DayClosed")

    def _reported(
        self, subject: LineInsight | LineDay, change: Callable[[LineDay], Change | None], metric: str
    ) -> Iterator[Outcome]:
        try:
            made = self._change(subject.brand, subject.campaign, subject.line, subject.day, change)
        except NotAsRead as error:
            yield Outcome(subject=_name(subject), metric="BookingPostponed", reason=str(error))
            return
        if made:
            causes = ", ".join(sorted({entry.cause for entry in made.entries}))
            overspent = ledger.OVERSPENT in causes
            yield Outcome(
                subject=_name(subject), metric="OverspendBooked" if overspent else metric, reason=causes
            )

    # ---------------------------------------------------------------- allocate
    def allocate(self, brand: str, now: datetime) -> list[Outcome]:
        """Split today's money of every campaign in flight; one that fails does not stop the others."""
        row = self._brands.brand(brand)
        if row is None:
            return []
        self.book(brand, now)
        return [self._allocate(row, number, now) for number in range(len(row.plan.campaigns))]

    def _allocate(self, row: BrandRow, number: int, now: datetime) -> Outcome:
        try:
            return self._on(row, number, now)
        except ParutionError as error:
            reason = f"{type(error).__name__}: {error}"
            name = f"{row.plan.brand.id}/{row.plan.campaigns[number].id}"
            return Outcome(subject=name, metric="BudgetNotAllocated", reason=reason)

    def _on(self, row: BrandRow, number: int, now: datetime) -> Outcome:
        plan = row.plan
        campaign, today = plan.campaigns[number], _local_day(plan, now)
        days = list(self._budgets.line_days(plan.brand.id, campaign.id))
        first, last = campaign.flight
        flies = first <= today <= last
        reason = "" if flies else f"it flies {first} to {last}"
        # Where the plan was changed in flight, what was set for today is taken back.
        if flies or any(day.day == today and may_spend(day) for day in days):
            hold = self._hold(plan, campaign)
            books = Books(self._account(plan, campaign), days)
            stopped = reason or (_words(hold) if hold else "")
            posts = row.boosted_days.get(campaign.id, ())
            outcome = self._split(_Flying(plan, number, books, today, posts, stopped), now)
            if flies:
                return outcome
        return Outcome(subject=f"{plan.brand.id}/{campaign.id}", metric="CampaignNotInFlight", reason=reason)

    def _split(self, flying: _Flying, now: datetime) -> Outcome:
        standing = self._budgets.allocation(flying.plan.brand.id, flying.campaign.id, flying.today)
        figures = self._figures(flying)
        case = self._case(flying, figures)
        before = standing.amounts if standing and any(standing.amounts.values()) else case.track.last
        learned = self._learned(flying, figures)
        most = flying.campaign.guardrails.explore_share
        tried = trials(learned, case.today.amount, 1.0 if most is None else most)
        said = standing.approved if standing else None
        case = case._replace(trials=tried, approved=said.amounts if said else {})
        draft = drafted(case, {line: one.response for line, one in learned.items()}, before)
        if draft.answer.status == "infeasible":
            reasons = (f"{one.constraint}, by {one.by}" for one in draft.answer.infeasible)
            return Outcome(subject=flying.name, metric="BudgetInfeasible", reason="; ".join(reasons))
        metric = "BudgetUnchanged"
        if standing is None or _is_another(draft, standing):
            foreseen = {
                "foreseen": _foreseen(learned, case.track.last, draft.amounts),
                "proposed_foreseen": _foreseen(learned, case.track.last, draft.proposed_amounts),
            }
            standing = _allocation(flying, standing, draft, learned, now).model_copy(update=foreseen)
            self._budgets.keep_allocation(standing)
            metric = "BudgetAllocated"
        self._send(standing, flying.books.days)
        if flying.stopped:
            return Outcome(subject=flying.name, metric="CampaignHeld", reason=flying.stopped)
        return Outcome(
            subject=flying.name, metric=metric, reason=f"version {standing.version}, {draft.words}"
        )

    def _account(self, plan: Plan, campaign: Campaign) -> Account:
        account = self._budgets.open_account(
            Account(
                brand=plan.brand.id, campaign=campaign.id, currency=campaign.currency, cap=campaign.budget
            )
        )
        if account.currency != campaign.currency:
            raise PlatformRefused(f"the account is kept in {account.currency}, not in {campaign.currency}")
        if account.cap == campaign.budget:
            return account
        try:
            return self._budgets.change_cap(account, campaign.budget)
        except CapReached:
            # More is spent or reserved than the plan now allows: today's amounts shrink to what it
            # allows, and the cap follows when they have been lowered.
            return account

    def _figures(self, flying: _Flying) -> list[LineInsight]:
        newest = self._insights.newest_lines(flying.plan.brand.id, flying.campaign.id)
        # Today's own figures are half a day's: learning from them would move money every hour.
        return [insight for insight in newest if insight.day < flying.today]

    def _learned(self, flying: _Flying, figures: list[LineInsight]) -> dict[str, Learned]:
        """Learn from every reading, and from the newest for when it was last found so."""
        plan, campaign = flying.plan, flying.campaign
        read = [
            insight
            for line in campaign.lines
            for insight in self._insights.read_of_line(plan.brand.id, campaign.id, line.id)
        ]
        return learned_of(plan, campaign, [*read, *figures], flying.today)

    def _case(self, flying: _Flying, figures: list[LineInsight]) -> Case:
        """Put together what the rules look at; a line that they bar has no part in what the day may cost."""
        campaign, books, today = flying.campaign, flying.books, flying.today
        lines = books.lines((line.id for line in campaign.lines), today)
        track = Track(books.days, figures, frozenset(lines), today)
        pointer = f"/campaigns/{flying.number}"
        case = Case(campaign, pointer, STOPPED, track, lines, pool=_pool_of(flying))
        if flying.stopped:
            return case
        free = {at.line.id for at in case.places() if not any(barred(at))}
        amount = self._today(flying, frozenset(free))
        # What barred and dropped lines have spent today is a part of what today was to have.
        lost = 0 if amount.limit == "exposure" else books.spent(today, without=free)
        return case._replace(today=amount._replace(amount=max(0, amount.amount - lost)))

    def _today(self, flying: _Flying, free: frozenset[str]) -> Today:
        """Pace what the plan and the pool allow; name the pool where it is what makes the day smaller."""
        budget, limit = flying.campaign.budget, flying.books.account.limit
        within = self._paced(flying, free, min(limit, budget))
        if limit >= budget or within.limit == "exposure":
            return within
        freely = self._paced(flying, free, budget)
        return within._replace(limit="pool") if within.amount < freely.amount else within

    def _paced(self, flying: _Flying, free: frozenset[str], budget: int) -> Today:
        plan, campaign, books, today = flying.plan, flying.campaign, flying.books, flying.today
        seen, rails = books.seen(today), campaign.guardrails
        return todays_amount(
            flight_of(campaign, flying.post_days)._replace(budget=budget),
            today,
            books.gone(today),
            available=books.available(budget, today, free),
            overdelivery=max(self._overdelivery(plan, campaign, line, seen) for line in campaign.lines),
            lines=len(campaign.lines),
            bounds=Bounds(rails.catch_up, rails.slow_down, rails.max_daily),
        )

    def _send(self, allocation: Allocation, days: Iterable[LineDay]) -> None:
        if orders := orders_of(allocation, days):
            self._queue.send(orders)

    # ---------------------------------------------------------------- apply
    def apply(self, order: Order, now: datetime) -> Outcome:
        """Make the platform's amount the allocated one, under the exposure rule.

        Raises CapReached while lower amounts have not been released, PlatformBusy, PlatformUnknown or
        NotAsRead: the order is to be tried again.
        """
        row = self._brands.brand(order.brand)
        campaign = _campaign_of(row.plan, order) if row else None
        if row is None or campaign is None:
            return _void(order, "the plan has no such campaign any more")
        line = _line_of(campaign, order)
        allocation = self._budgets.allocation(order.brand, order.campaign, order.day)
        if allocation is None or allocation.version < order.version:
            raise NotAsRead(f"version {order.version} of {order.day} is not there yet")
        if order.day != _local_day(row.plan, now) or order.version < allocation.version:
            return _void(order, "its day is over, or a newer allocation stands")
        day = self._budgets.line_day(order.brand, order.campaign, order.line, order.day)
        if day.closed:
            return _void(order, "its day is closed")
        task = _Task(day, 0, day.overdelivery, now, "the plan has no such line any more")
        if line:
            overdelivery = self._overdelivery(row.plan, campaign, line, allocation.overdelivery)
            wanted = allocation.amounts.get(line.id, 0)
            task = _Task(day, wanted, overdelivery, now, allocation.cause)
        try:
            return self._obeyed(row.plan, campaign, line, task)
        except _HeldMeanwhile:
            # What was noted is taken back; what stood before goes down.
            day = self._budgets.line_day(order.brand, order.campaign, order.line, order.day)
            return self._obeyed(row.plan, campaign, line, task._replace(before=day))

    def _obeyed(self, plan: Plan, campaign: Campaign, line: Line | None, task: _Task) -> Outcome:
        """Apply the task, or under a hold nothing of it."""
        hold = self._hold(plan, campaign)
        if hold is None:
            return self._apply(plan, campaign, line, task)
        task = task._replace(amount=0, cause=_words(hold))
        if task.before.in_doubt:
            self._pause_at_once(plan, campaign, line, task)
        return self._apply(plan, campaign, line, task)

    def _pause_at_once(self, plan: Plan, campaign: Campaign, line: Line | None, task: _Task) -> None:
        """Pause without a note: nothing is confirmed by it, so that all stays reserved and in doubt."""
        try:
            platform, found = self._found(plan, campaign, line, task)
            platform.set_amount(found, task.before.day, 0)
        except PlatformError:
            return  # The order proper is tried again, and says what is wrong.

    def _apply(self, plan: Plan, campaign: Campaign, line: Line | None, task: _Task) -> Outcome:
        before, amount, now = task.before, task.amount, task.now
        if before.known == amount and not before.in_doubt:
            return Outcome(subject=_name(before), metric="AmountUnchanged")
        if before.asked_at and now < before.asked_at + self._lease:
            wait = before.asked_at + self._lease - now
            raise PlatformBusy("an earlier change of this line may still take effect", wait)
        try:
            platform, found = self._found(plan, campaign, line, task)
            self._set(platform, found, task, lambda: self._hold(plan, campaign))
        except PlatformRefused as error:
            return Outcome(subject=_name(before), metric="AmountRefused", reason=str(error))
        reason = f"{before.known} -> {amount}" + ("" if task.cause == "allocated" else f", {task.cause}")
        return Outcome(subject=_name(before), metric="AmountSet", reason=reason)

    def _found(
        self, plan: Plan, campaign: Campaign, line: Line | None, task: _Task
    ) -> tuple[AdPlatform, str]:
        if line is None:
            return self._found_by_name(plan, _name(task.before))
        platform = self._open(plan, line)
        found = platform.ensure(_name(task.before), line.network, line.format, campaign.currency)
        return platform, found

    def _found_by_name(self, plan: Plan, name: str) -> tuple[AdPlatform, str]:
        """Find the ad object of a line that the plan has dropped: nobody knows on which account any more."""
        for account in plan.ad_accounts:
            platform = self._platforms.open(account.platform, account.account)
            if found := platform.find(name):
                return platform, found
        raise PlatformRefused("the plan has no such line any more, and none of its ad accounts shows it")

    def _set(self, platform: AdPlatform, found: str, task: _Task, held: Callable[[], Hold | None]) -> None:
        before, amount = task.before, task.amount
        asked = ledger.asked(before, amount, task.overdelivery, task.note(task.cause))
        self._budgets.record(before, asked.after, asked.entries)
        # Read last, after the note that the brake looks for: whoever comes later sees the other.
        if amount and (hold := held()):
            note = task.note(f"not asked for: {_words(hold)}")
            self._settle(asked.after, lambda day: ledger.withdrawn(day, before, note))
            raise _HeldMeanwhile(hold.scope.name)
        lost = self._told(platform, found, task, asked.after)
        standing = platform.read_amount(found, before.day)
        if standing != amount:
            raise lost or PlatformUnknown(f"it was told {amount} and reads {standing}")
        # Below the day's highest amount something is released, and that may be spent already.
        seen = _spent_on(platform, found, before.day) if amount < before.told else 0
        self._settle(asked.after, lambda day: ledger.confirmed(day, amount, seen, task.note("read back")))

    def _told(self, platform: AdPlatform, found: str, task: _Task, asked: LineDay) -> PlatformUnknown | None:
        """Set the amount; give the error that leaves it unknown whether it was set."""
        try:
            platform.set_amount(found, task.before.day, task.amount)
        except PlatformUnknown as error:
            return error
        except (PlatformBusy, PlatformRefused) as error:
            note = task.note(f"the platform changed nothing: {error}")
            self._settle(asked, lambda day: ledger.withdrawn(day, task.before, note))
            raise
        return None

    def _settle(self, asked: LineDay, change: Callable[[LineDay], Change]) -> None:
        def settled(day: LineDay) -> Change:
            if (day.asked_at, day.attempted) != (asked.asked_at, asked.attempted):
                raise _Overtaken(f"{asked.line} on {asked.day} was changed by another order")
            return change(day)

        self._change(asked.brand, asked.campaign, asked.line, asked.day, settled)

    # ---------------------------------------------------------------- all of them
    def _change(
        self, brand: str, campaign: str, line: str, day: date, change: Callable[[LineDay], Change | None]
    ) -> Change | None:
        """Record a change of a line's day as it now stands, again if another writer came between."""
        for turn in range(_TRIES):
            before = self._budgets.line_day(brand, campaign, line, day)
            made = change(before)
            if made is None:
                return None
            try:
                self._budgets.record(before, made.after, made.entries)
            except NotAsRead:
                if turn == _TRIES - 1:
                    raise
                continue
            return made
        return None

    def _hold(self, plan: Plan, campaign: Campaign) -> Hold | None:
        standing = self._holds.standing()
        over = [hold for hold in standing.holds if is_money(hold.scope, plan.brand.id, campaign)]
        return over[0] if over else None

    def _open(self, plan: Plan, line: Line) -> AdPlatform:
        account = plan.ad_account_of(line)
        if account is None:
            raise PlatformRefused(f"no advertising account of the plan sells {line.network}")
        return self._platforms.open(account.platform, account.account)

    def _overdelivery(self, plan: Plan, campaign: Campaign, line: Line, seen: dict[str, float]) -> float:
        # A guardrail may only be the more careful one, and so may experience.
        stated = max(self._open(plan, line).overdelivery, campaign.guardrails.overdelivery or 1.0)
        return max(stated, seen.get(line.id, 1.0))


class _Overtaken(NotAsRead):
    """Another order took over the line while this one was asking the platform."""


class _HeldMeanwhile(NotAsRead):
    """A hold was placed after the order was taken up; the platform was not asked."""


def _allocation(
    flying: _Flying,
    standing: Allocation | None,
    draft: Draft,
    learned: dict[str, Learned],
    now: datetime,
) -> Allocation:
    return Allocation(
        brand=flying.plan.brand.id,
        campaign=flying.campaign.id,
        day=flying.today,
        version=standing.version + 1 if standing else 1,
        currency=draft.problem.currency,
        budget=draft.problem.budget,
        amounts=draft.amounts,
        problem=draft.problem.model_dump(mode="json"),
        answer=draft.answer.model_dump(mode="json"),
        at=now,
        guards=draft.guards,
        forgone=draft.forgone,
        **_proposed(draft),
        approved=standing.approved if standing else None,
        costs=draft.costs,
        overdelivery=flying.books.seen(flying.today),
        learned=tuple(kept_of(one) for one in learned.values()),
    )


def _foreseen(
    learned: dict[str, Learned], before: dict[str, int], after: dict[str, int]
) -> dict[str, Foreseen]:
    """Foresee each line's day while its draws are at hand: they are not stored."""
    return {
        line: Foreseen(
            before=before.get(line, 0),
            after=amount,
            results=learned[line].results_at(amount),
            gain=learned[line].gain(before.get(line, 0), amount),
        )
        for line, amount in after.items()
    }


def _pool_of(flying: _Flying) -> Pooled | None:
    account = flying.books.account
    if account.payer is None or account.allowance is None:
        return None
    return Pooled(account.payer, flying.plan.brand.id, account.allowance)


def _proposed(draft: Draft) -> dict[str, Any]:
    if draft.proposed is None:
        return {}
    problem, answer = draft.proposed
    return {
        "proposed": answer.allocations,
        "proposed_problem": problem.model_dump(mode="json"),
        "proposed_answer": answer.model_dump(mode="json"),
    }


def _is_another(draft: Draft, standing: Allocation) -> bool:
    proposed = draft.proposed.answer.allocations if draft.proposed else None
    return (standing.amounts, standing.proposed) != (draft.amounts, proposed)


def _why_lowered(days: list[LineDay], above: int, currency: str) -> str:
    said = [f"{day.line} overspent" for day in days if ledger.is_overspent(day)]
    if above:
        said.append(f"up to {plain(above, currency)} would be spent above the cap")
    return "; ".join(said)


def _lowered_by(days: list[LineDay], above: int) -> Iterator[Because]:
    for day in days:
        if ledger.is_overspent(day):
            yield Because(code="line_overspent", values={"line": day.line})
    if above:
        yield Because(code="above_cap", values={"above": above})


def _campaign_of(plan: Plan, order: Order) -> Campaign | None:
    return next((campaign for campaign in plan.campaigns if campaign.id == order.campaign), None)


def _line_of(campaign: Campaign, order: Order) -> Line | None:
    return next((line for line in campaign.lines if line.id == order.line), None)


def _spent_on(platform: AdPlatform, found: str, day: date) -> int:
    return sum(one.spend for one in platform.spending(found, day) if one.day == day)


def _words(hold: Hold) -> str:
    return f"held by {hold.by}: {hold.reason}"


def _void(order: Order, reason: str) -> Outcome:
    name = ad_object(order.brand, order.campaign, order.line)
    return Outcome(subject=name, metric="OrderVoided", reason=reason)


def _name(subject: LineInsight | LineDay) -> str:
    return ad_object(subject.brand, subject.campaign, subject.line)


def _local_day(plan: Plan, now: datetime) -> date:
    return now.astimezone(ZoneInfo(plan.brand.timezone)).date()


def _end_of(day: date, plan: Plan) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(plan.brand.timezone))
