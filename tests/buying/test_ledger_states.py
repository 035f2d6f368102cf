"""A campaign lived through at random: the platform spends as it may, and never more than the cap comes of it."""

from datetime import date, timedelta
from itertools import cycle
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from parution.buying import ledger
from parution.errors import ParutionError
from tests.buying.doubles import FakePlatform, Office, a_campaign, a_line
from tests.buying.strategies import drawn

LINES = ("fb-video", "ig-reel", "ig-story")


class SpendingPlatform(FakePlatform):
    """It spends up to its overdelivery, never gives back, and reports what it spent."""

    def spend(self, line: str, day: date, part: float) -> None:
        key = (f"ad:boulangerie-martin/noel/{line}", day)
        most = ledger.worst(self.amounts.get(key, 0), self.overdelivery)
        spent = self.spent.get(key, 0)
        self.spent[key] = max(spent, spent + int((most - spent) * part))

    @property
    def all_spent(self) -> int:
        return sum(self.spent.values())


class CampaignLived(RuleBasedStateMachine):
    @initialize(overdelivery=st.sampled_from([1.0, 1.25, 1.75, 2.0]), days=st.integers(1, 6))
    def open(self, overdelivery: float, days: int) -> None:
        last = date(2026, 12, 3) + timedelta(days=days - 1)
        self.campaign = a_campaign(
            budget=1_000, flight=["2026-12-03", str(last)], formats=[a_line(line) for line in LINES]
        )
        self.office = Office(self.campaign, overdelivery=overdelivery)
        self.platform = SpendingPlatform(overdelivery)
        # The desk keeps its platforms: this one is put in their place before anything is asked of them.
        self.office.platform = self.platform
        self.office.desk = type(self.office.desk)(
            self.office.brands,
            self.office.budgets,
            self.office.insights,
            self.platform,
            self.office.queue,
            holds=self.office.brands,
        )
        self.highest_cap = 1_000
        self.office.run_day()

    @property
    def today(self) -> date:
        return (self.office.now + timedelta(hours=1)).date()  # Paris in winter

    @rule(fates=st.lists(st.sampled_from(["done", "twice", "later"]), min_size=6, max_size=6))
    def work(self, fates: list[str]) -> None:
        """Allocate, and deliver the orders that wait: once, twice, or some other time."""
        self.office.allocate()
        for order, fate in zip(self.office.queue.take(), cycle(fates), strict=False):
            for _ in range({"done": 1, "twice": 2, "later": 0}[fate]):
                try:
                    self.office.desk.apply(order, self.office.now)
                except ParutionError:
                    self.office.queue.sent.append(order)
            if fate == "later":
                self.office.queue.sent.append(order)

    @rule(fault=st.sampled_from(["lost", "forgets"]))
    def stumble(self, fault: str) -> None:
        self.platform.lost_answers += fault == "lost"
        self.platform.forgets += fault == "forgets"

    @rule(parts=st.tuples(*[st.floats(0, 1) for _ in LINES]))
    def spend(self, parts: tuple[float, ...]) -> None:
        for line, part in zip(LINES, parts, strict=True):
            self.platform.spend(line, self.today, part)

    @rule(lines=st.sets(st.sampled_from(LINES), min_size=1))
    def report(self, lines: set[str]) -> None:
        for (ad_object, day), spent in self.platform.spent.items():
            line = ad_object.rsplit("/", 1)[1]
            if line in lines:
                self.office.report(line, day, spent)
        self.office.book()

    @rule(minutes=st.sampled_from([1, 3, 30, 600, 1_500]))
    def wait(self, minutes: int) -> None:
        self.office.now += timedelta(minutes=minutes)

    @rule(scope=st.sampled_from([{}, {"campaign": "noel"}]), released=st.booleans())
    def hold(self, scope: dict[str, str], released: bool) -> None:  # noqa: FBT001 (drawn)
        if released:
            self.office.release(**scope)
        else:
            self.office.hold(**scope)

    @rule(
        budget=st.integers(300, 2_000),
        most=st.integers(0, 2_000),
        rails=st.sampled_from([{}, {"test_share": 0.5}, {"max_move_per_day": 0.1, "cooldown_days": 1}]),
        least=st.sampled_from([0, 50]),
    )
    def replan(self, budget: int, most: int, rails: dict[str, Any], least: int) -> None:
        lines = [
            a_line(LINES[0], max=most),
            a_line(LINES[1], minimum_daily=least),
            a_line(LINES[2], max_share=0.4),
        ]
        self.office.replan({**self.campaign, "budget": budget, "formats": lines, "guardrails": rails})
        self.highest_cap = max(self.highest_cap, budget)

    @precondition(lambda self: hasattr(self, "office"))
    @invariant()
    def money_is_accounted_for(self) -> None:
        account = self.office.budgets.account("boulangerie-martin", "noel")
        if account is None:
            return
        entries, exposure = self.office.ledger(), 0
        for entry in entries:
            exposure += entry.amount if entry.kind != "committed" else 0
            assert exposure <= self.highest_cap
        effect = ledger.effect(entries)
        assert (effect.spent, effect.reserved) == (account.spent, account.reserved)
        assert account.available >= 0
        assert self.platform.all_spent <= self.highest_cap
        assert ledger.OVERSPENT not in {entry.cause for entry in entries}

    @precondition(lambda self: hasattr(self, "office"))
    @invariant()
    def what_may_still_be_spent_today_is_reserved(self) -> None:
        for line in LINES:
            key = (f"ad:boulangerie-martin/noel/{line}", self.today)
            possible = ledger.worst(self.platform.amounts.get(key, 0), self.platform.overdelivery)
            day = self.office.day(line, self.today)
            assert max(possible, self.platform.spent.get(key, 0)) <= day.reserved + day.spent


CampaignLived.TestCase.settings = settings(drawn(25), stateful_step_count=40)
TestCampaignLived = CampaignLived.TestCase
