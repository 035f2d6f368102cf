"""The insights desk: reads organic and paid figures back, and hands the spend to the books."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from parution.buying.accounts import ad_object
from parution.buying.ports import AdPlatform, AdPlatforms, Spending
from parution.errors import ParutionError
from parution.measuring.insights import LineInsight, PostInsight
from parution.measuring.ports import Books, Insights
from parution.measuring.schedule import days_due, is_due
from parution.plan.model import Campaign, Line, Plan
from parution.plan.ports import Brands
from parution.publishing.deliveries import Delivery, State
from parution.publishing.ports import Deliveries, Network, Networks, NotFound, NotSent, PostFigures
from parution.records import Record


class Failure(Record):
    """What could not be read this time, and why; the next run tries again."""

    subject: str  # brand/post/channel or brand/campaign/line
    reason: str


class Booking(Record):
    """What the books made of the figures: booked, closed, lowered, held; ``metric`` is a past fact."""

    subject: str
    metric: str
    reason: str = ""


class Collected(Record):
    """One run: figures asked for, those that had changed, what failed, and what the books made of them."""

    read: int = 0
    changed: int = 0
    failures: tuple[Failure, ...] = ()
    bookings: tuple[Booking, ...] = ()


@dataclass
class _Run:
    """One run over one brand, and its tally."""

    plan: Plan
    now: datetime
    read: int = 0
    changed: int = 0
    failures: list[Failure] = field(default_factory=list)

    @property
    def brand(self) -> str:
        return self.plan.brand.id

    def count(self, *, changed: bool) -> None:
        self.read += 1
        self.changed += changed

    def fail(self, subject: str, reason: str) -> None:
        self.failures.append(Failure(subject=subject, reason=reason))

    def collected(self) -> Collected:
        return Collected(read=self.read, changed=self.changed, failures=tuple(self.failures))


class InsightsDesk:
    """Reads what networks and ad platforms count; one that fails does not stop the others."""

    def __init__(
        self,
        *,
        brands: Brands,
        deliveries: Deliveries,
        insights: Insights,
        networks: Networks,
        platforms: AdPlatforms,
        books: Books,
    ) -> None:
        self._brands, self._deliveries, self._insights = brands, deliveries, insights
        self._networks, self._platforms, self._books = networks, platforms, books

    def collect(self, brand: str, now: datetime) -> Collected:
        """Read what is due, keep it, and book the spend; a brand that is not there has nothing to read."""
        row = self._brands.brand(brand)
        if row is None:
            return Collected()
        run = _Run(row.plan, now)
        self._collect_posts(run)
        for campaign in row.plan.campaigns:
            self._collect_campaign(run, campaign)
        bookings = (
            Booking(subject=one.subject, metric=one.metric, reason=one.reason)
            for one in self._books.book(brand, now)
        )
        return run.collected().model_copy(update={"bookings": tuple(bookings)})

    # ---------------------------------------------------------------- posts
    def _collect_posts(self, run: _Run) -> None:
        read_at = {(kept.post, kept.channel): kept.read_at for kept in self._insights.newest_posts(run.brand)}
        accounts = _Accounts(self._networks)
        for delivery in self._deliveries.of_brand(run.brand):
            kept = read_at.get((delivery.post, delivery.channel))
            if _is_out(delivery) and is_due(delivery.published_at or run.now, kept, run.now):
                self._collect_post(run, delivery, accounts)

    def _collect_post(self, run: _Run, delivery: Delivery, accounts: "_Accounts") -> None:
        if accounts.gave_up_on(delivery):
            return
        try:
            found = accounts.open(delivery).figures(delivery.remote_id or "")
        except ParutionError as error:
            found = NotSent(reason=_words(error), retry_after=timedelta(0))
        if isinstance(found, PostFigures):
            run.count(changed=self._insights.append_post(_post_insight(delivery, found, run.now)))
        elif isinstance(found, NotFound):
            run.fail(delivery.id, "the network no longer shows this post")
        else:
            # The account says later, or does not open: asking for its other posts would not help.
            accounts.give_up_on(delivery)
            run.fail(delivery.id, found.reason)

    # ---------------------------------------------------------------- lines
    def _collect_campaign(self, run: _Run, campaign: Campaign) -> None:
        read_at: dict[str, dict[date, datetime]] = {}
        for kept in self._insights.newest_lines(run.brand, campaign.id):
            read_at.setdefault(kept.line, {})[kept.day] = kept.read_at
        zone = ZoneInfo(run.plan.brand.timezone)
        for line in campaign.lines:
            due = days_due(*campaign.flight, read_at.get(line.id, {}), zone, run.now)
            if due:
                self._collect_line(run, campaign, line, due)

    def _collect_line(self, run: _Run, campaign: Campaign, line: Line, due: list[date]) -> None:
        name, account = ad_object(run.brand, campaign.id, line.id), run.plan.ad_account_of(line)
        if account is None:
            run.fail(name, f"no advertising account of the plan sells {line.network}")
            return
        try:
            platform = self._platforms.open(account.platform, account.account)
            spendings = list(_spendings(platform, name, due))
        except ParutionError as error:
            run.fail(name, _words(error))
            return
        subject = {"brand": run.brand, "campaign": campaign.id, "line": line.id, "read_at": run.now}
        for spending in spendings:
            insight = LineInsight.model_validate({**subject, **spending.model_dump()})
            run.count(changed=self._insights.append_line(insight))


class _Accounts:
    """The accounts opened in one run, and those that are not asked again in it."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._open: dict[tuple[str, str | None], Network] = {}
        self._given_up: set[tuple[str, str | None]] = set()

    def open(self, delivery: Delivery) -> Network:
        key = _account(delivery)
        if key not in self._open:
            self._open[key] = self._networks.open(delivery.network, delivery.account or "")
        return self._open[key]

    def gave_up_on(self, delivery: Delivery) -> bool:
        return _account(delivery) in self._given_up

    def give_up_on(self, delivery: Delivery) -> None:
        self._given_up.add(_account(delivery))


def _account(delivery: Delivery) -> tuple[str, str | None]:
    return delivery.network, delivery.account


def _post_insight(delivery: Delivery, figures: PostFigures, now: datetime) -> PostInsight:
    subject = {name: getattr(delivery, name) for name in ("brand", "post", "channel", "network")}
    return PostInsight.model_validate({**subject, "read_at": now, **figures.model_dump()})


def _is_out(delivery: Delivery) -> bool:
    return delivery.state is State.PUBLISHED and delivery.remote_id is not None


def _spendings(platform: AdPlatform, name: str, due: list[date]) -> Iterator[Spending]:
    found = platform.find(name)
    if found is not None:
        yield from (one for one in platform.spending(found, min(due)) if one.day in due)


def _words(error: ParutionError) -> str:
    return f"{type(error).__name__}: {error}"
