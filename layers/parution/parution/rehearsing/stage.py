"""The stage: the functions' desks between adapters in memory, and sandboxes instead of networks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Self, override

from flask import Flask

from parution.ad_platforms import SecretAdPlatforms
from parution.buying.desk import BuyingDesk
from parution.buying.ports import Order
from parution.measuring.desk import InsightsDesk
from parution.networks import SecretNetworks
from parution.plan.desk import ImportDesk
from parution.plan.model import CONNECTED, Brand, Plan
from parution.plan.times import zone
from parution.publishing.deliveries import Delivery, Prepared
from parution.publishing.desk import PublishingDesk
from parution.publishing.dispatch import minute_of
from parution.publishing.fence import Fence
from parution.publishing.history import Edge, edge_of
from parution.publishing.ports import (
    Media,
    Network,
    NotFound,
    NotSent,
    Outcome,
    Piece,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
    Waiting,
)
from parution.publishing.rates import Rates
from parution.publishing.tick import DispatchDesk
from parution.publishing.tokens import Access, Connection, Refreshed
from parution.rehearsing.clock import VirtualClock
from parution.rehearsing.contract import FaultLevel
from parution.rehearsing.wire import Wire, client_on
from parution.reporting.desk import ReportingDesk
from parution.sandbox import ads, mastodon, webhook
from parution.sandbox.memory_budgets import MemoryBudgets
from parution.sandbox.memory_history import MemoryHistory
from parution.sandbox.memory_insights import MemoryInsights
from parution.sandbox.memory_plans import MemoryPlanBucket, MemorySchedules, MemorySecrets
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from parution.sandbox.memory_rates import MemoryRates
from parution.sandbox.memory_reports import MemoryReports

# As the template deploys them.
WAKE_EARLY = timedelta(seconds=2)
_LEASE = timedelta(seconds=120)
_A_SECOND = timedelta(seconds=1)
_TRIED_AGAIN, _TRIES = timedelta(seconds=180), 5  # an order's visibility timeout, and its receives

# Names that no one can own (RFC 2606): an address of the rehearsal leads nowhere.
_HOST = "{}.rehearsal.invalid"
_MASTODON, _WEBHOOK, _ADS = (_HOST.format(name) for name in ("mastodon", "webhook", "ads"))


class Stage:
    """Everything that one rehearsal works with; ``plan`` is what will be imported."""

    def __init__(self, plan: Plan, at: datetime, seed: int, level: FaultLevel) -> None:
        self.clock = VirtualClock(at)
        self.posts, self.files, self.schedules = CountedPosts(), MemoryPlanBucket(), MemorySchedules()
        self.budgets, self.insights, self.reports = MemoryBudgets(), MemoryInsights(), MemoryReports()
        self.tickets, self.orders = MemoryDeliveryQueue(self.clock), OrderQueue(self.clock)
        self.wire = Wire(_apps(plan, self.clock, seed), self.clock, seed, level)
        client, secrets = client_on(self.wire), MemorySecrets(_secrets(plan))
        tokens = cache(lambda name: _Tokens(self.wire, name))
        opening = SecretNetworks(
            secrets, client, lambda connection: tokens(connection.name).of(connection), media=self.files
        )
        networks, platforms = _Networks(opening), SecretAdPlatforms(secrets, client)
        self.importing = ImportDesk(
            files=self.files,
            brands=self.posts,
            deliveries=self.posts,
            secrets=secrets,
            schedules=self.schedules,
            queue=self.tickets,
            wake_early=WAKE_EARLY,
            at_once=1,  # one after the other: the same order each time
        )
        self.dispatching = DispatchDesk(self.posts, self.tickets, WAKE_EARLY)
        self.publishing = PublishingDesk(
            deliveries=self.posts,
            holds=self.posts,
            networks=networks,
            media=self.files,
            rates=Rates(MemoryRates()),
            queue=self.tickets,
            clock=self.clock,
            lease=_LEASE,
            wake_early=WAKE_EARLY,
        )
        self.buying = BuyingDesk(
            self.posts, self.budgets, self.insights, platforms, self.orders, holds=self.posts
        )
        self.measuring = InsightsDesk(
            brands=self.posts,
            deliveries=self.posts,
            insights=self.insights,
            networks=networks,
            platforms=platforms,
            books=self.buying,
        )
        self.readers = MemoryPosts()  # the brand's row in the language of whoever reads the report
        self.reporting = ReportingDesk(
            brands=self.readers,
            deliveries=self.posts,
            insights=self.insights,
            budgets=self.budgets,
            files=self.reports,
            holds=self.posts,
            history=self.posts.history,
        )

    def tell_readers_of(self, brand: Brand) -> None:
        """Let reports from now on be of the imported brand under this name and in this locale."""
        row = self.posts.brand(brand.id)
        if row is not None:
            plan = row.plan.model_copy(update={"brand": brand})
            self.readers.keep_brand(row.model_copy(update={"plan": plan}), None)


def _apps(plan: Plan, clock: VirtualClock, seed: int) -> Mapping[str, Flask]:
    accounts = {
        _token(each.account): each.id
        for each in reversed(plan.channels)
        if each.network == "mastodon" and each.account
    }
    currencies = {_token(each.account): each.currency or plan.brand.currency for each in plan.ad_accounts}

    def at_the_brands() -> datetime:
        # The platform's day is the ad account's, in the brand's zone; the sandbox counts days in UTC.
        return clock.now().astimezone(zone(plan.brand.timezone)).replace(tzinfo=UTC)

    others = {channel.network for channel in plan.channels} & CONNECTED - {"mastodon", "webhook"}
    return {
        **{_HOST.format(name): _sandbox(name).create_app(clock=clock.now) for name in sorted(others)},
        _MASTODON: mastodon.create_app(accounts=accounts, clock=clock.now, seed=seed),
        # It compares the sender's clock with its own, and the sender's is the machine's.
        _WEBHOOK: webhook.create_app(deduplicates=True),
        _ADS: ads.create_app(accounts=currencies, clock=at_the_brands, seed=seed),
    }


def _sandbox(network: str) -> ModuleType:
    return import_module(f"parution.sandbox.{network}")


def _token(account: str | None) -> str:
    return f"rehearsal-{(account or '').removeprefix('secret:')}"


def _secrets(plan: Plan) -> dict[str, dict[str, str]]:
    """Give what opens each account of the plan on its sandbox, by the name that the plan has for it."""
    receiver = {
        "url": f"https://{_WEBHOOK}/",
        "signing_key": webhook.SIGNING_KEY,
        "lookup_url": f"https://{_WEBHOOK}/posts/by-message/{{id}}",
        "deduplicates": "true",
    }
    opens: dict[str, dict[str, str]] = {}
    for channel in plan.channels:
        match channel.network:
            case _ if channel.account is None or channel.network not in CONNECTED:
                continue
            case "webhook":
                opens[channel.account] = receiver
            case "mastodon":
                token = _token(channel.account)
                opens[channel.account] = {"base_url": f"https://{_MASTODON}", "access_token": token}
            case network:
                known = _sandbox(network).secrets(f"https://{_HOST.format(network)}")
                opens[channel.account] = next(iter(known.values()))
    for account in plan.ad_accounts:
        opens[account.account] = {"base_url": f"https://{_ADS}", "token": _token(account.account)}
    return {name.removeprefix("secret:"): values for name, values in opens.items()}


# ---------------------------------------------------------------------- adapters of the rehearsal's own
class CountedPosts(MemoryPosts):
    """The posts table that finds what is due without looking at all rows, and counts what would be billed."""

    def __init__(self) -> None:
        super().__init__()
        self.history = MemoryHistory()
        self.writes = self.edges = 0  # in units of DynamoDB
        self._waiting: defaultdict[datetime, dict[str, Delivery]] = defaultdict(dict)

    @property
    def next_wake(self) -> datetime | None:
        """When somebody must first look at a delivery again."""
        first = min((minute for minute, rows in self._waiting.items() if rows), default=None)
        return first and min(each.wake_at or first for each in self._waiting[first].values())

    @override
    def create(self, delivery: Delivery) -> None:
        super().create(delivery)
        self._keep(None, delivery)

    @override
    def move(self, before: Delivery, after: Delivery) -> None:
        super().move(before, after)
        self._keep(before, after)

    def _keep(self, before: Delivery | None, after: Delivery) -> None:
        old, new = (each.wake_at if each else None for each in (before, after))
        if before and old:
            self._waiting[minute_of(old)].pop(before.id, None)
        if new:
            self._waiting[minute_of(new)][after.id] = after
        self.history.append([edge_of(after)])
        self.writes += 1 + (old != new)  # the row, and its entry in the index where that changes
        self.edges += 1

    @override
    def due(self, minute: datetime) -> Iterator[Waiting]:
        for each in list(self._waiting.get(minute, {}).values()):
            if each.wake_at:
                yield Waiting(each.ticket, each.network, each.wake_at)

    def edges_of(self, delivery: Delivery) -> list[Edge]:
        return self.history.of(delivery.id)


class OrderQueue:
    """The apply queue: an order that fails comes back, a few times."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._waiting: list[tuple[datetime, int, Order]] = []
        self.received = self.given_up = 0

    def send(self, orders: Sequence[Order]) -> None:
        self._waiting += [(self._clock.now(), 1, order) for order in orders]

    @property
    def next_at(self) -> datetime | None:
        return min((at for at, _, _ in self._waiting), default=None)

    def receive(self) -> tuple[int, Order]:
        """Take out the first order, and how often it has been received with this time."""
        first = min(self._waiting, key=lambda one: one[0])
        self._waiting.remove(first)
        self.received += 1
        return first[1], first[2]

    def failed(self, tries: int, order: Order) -> None:
        if tries == _TRIES:
            self.given_up += 1
        else:
            self._waiting.append((self._clock.now() + _TRIED_AGAIN, tries + 1, order))


class _Tokens:
    """An account's pair, renewed when its network asks for that: lives are counted on the virtual clock."""

    def __init__(self, wire: Wire, name: str) -> None:
        self._wire, self._name = wire, name
        self._connection: Connection | None = None
        self._pair: Refreshed | None = None

    def of(self, connection: Connection) -> Self:
        self._connection = connection
        return self

    def token(self, now: datetime, *, ahead: bool = True) -> Access | NotSent:  # noqa: ARG002 (the port's signature)
        if self._pair is None:
            return self._renewed()
        return Access(token=self._pair.access)

    def refused(self, access: Access, now: datetime) -> NotSent | Refused:  # noqa: ARG002 (the port's signature)
        renewed = self._renewed()
        return renewed if isinstance(renewed, NotSent) else NotSent(reason="renewed", retry_after=_A_SECOND)

    def _renewed(self) -> Access | NotSent:
        assert self._connection is not None  # noqa: S101 (it was opened for one)
        before = self._pair.refresh if self._pair else None
        with self._wire.calm():
            told = self._connection.refresher.refresh(before or self._connection.seed)
        if not isinstance(told, Refreshed):
            return NotSent(reason=told.reason, retry_after=_A_SECOND)
        self._pair = told if told.refresh else told.model_copy(update={"refresh": before})
        return Access(token=told.access)


class _Networks:
    def __init__(self, networks: SecretNetworks) -> None:
        self._open = cache(lambda network, account: _Unlimited(networks.open(network, account)))

    def open(self, network: str, account: str) -> Network:
        return self._open(network, account)


class _Unlimited:
    """A network without its word on what is left and for how long: the machine's own clock dates that."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.guarantee, self.settling = network.guarantee, network.settling
        self.key_lives, self.limits = network.key_lives, network.limits

    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        return _untold(self._network.prepare(piece, media))

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        return _untold(self._network.commit(piece, fence))

    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        return _untold(self._network.find(piece, since))

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        return _untold(self._network.figures(remote_id))


def _untold[
    Answer: (
        Prepared | Preparing | Refused | NotSent,
        Published | Refused | NotSent | Unknown,
        Published | NotFound | NotSent,
        PostFigures | NotFound | NotSent,
    )
](answer: Answer) -> Answer:
    if isinstance(answer, Published | Refused | NotSent):
        return answer.model_copy(update={"left": ()})
    if isinstance(answer, Prepared):
        return answer.model_copy(update={"good_until": None})
    return answer
