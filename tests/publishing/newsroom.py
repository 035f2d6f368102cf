"""The desks over memory, with one delivery, a scripted network and a clock that obeys."""

from datetime import timedelta

from parution.guarding.holds import Scope, Standing
from parution.publishing.deliveries import Delivery
from parution.publishing.desk import PublishingDesk
from parution.publishing.ports import Guarantee
from parution.publishing.rates import Rates
from parution.publishing.tick import DispatchDesk
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from parution.sandbox.memory_rates import MemoryRates
from tests.builders import BUCHE, NOON, a_delivery
from tests.publishing.doubles import NoMedia, ObedientClock, OneNetwork, ScriptedNetwork

LEASE = timedelta(seconds=60)
WAKE_EARLY = timedelta(seconds=2)


class Newsroom:
    """The desks over memory: a delivery, a network, and a clock two seconds before noon."""

    def __init__(
        self,
        posts: MemoryPosts | None = None,
        *,
        network: type[ScriptedNetwork] = ScriptedNetwork,
        guarantee: Guarantee = Guarantee.READABLE,
        **facts: object,
    ) -> None:
        self.clock = ObedientClock(NOON - WAKE_EARLY)
        self.posts = posts or MemoryPosts()
        self.queue = MemoryDeliveryQueue(self.clock)
        self.network = network(self.clock, guarantee=guarantee)
        self.buckets = MemoryRates()
        self.networks = OneNetwork(self.network)
        self.delivery = a_delivery(**facts)
        self.posts.create(self.delivery)
        self.posts.keep_content(self.delivery.brand, self.delivery.post, BUCHE)
        self.tick = DispatchDesk(self.posts, self.queue, WAKE_EARLY)

    @property
    def desk(self) -> PublishingDesk:
        return PublishingDesk(
            deliveries=self.posts,
            holds=self.posts,
            networks=self.networks,
            media=NoMedia(),
            rates=Rates(self.buckets),
            queue=self.queue,
            clock=self.clock,
            lease=LEASE,
            wake_early=WAKE_EARLY,
        )

    @property
    def row(self) -> Delivery:
        row = self.posts.read(self.delivery.ticket, consistent=True)
        assert row is not None
        return row

    def place_hold(self, scope: Scope, reason: str) -> None:
        standing = self.posts.standing()
        self.posts.change(standing, standing.with_hold(scope, reason, "claire", self.clock.now()))

    def lift_holds(self) -> None:
        standing = self.posts.standing()
        self.posts.change(standing, Standing(epoch=standing.epoch + 1))

    def deliver(self) -> Delivery:
        self.desk.deliver(self.delivery.ticket)
        return self.row

    def let_pass(self, time: timedelta) -> Delivery:
        """Let the queue and the minute ticks do their work for a while."""
        end = self.clock.now() + time
        while self.clock.now() < end:
            self.clock.pass_(timedelta(seconds=1))
            if self.clock.now().second == 0:
                self.tick.dispatch(self.clock.now())
            for ticket in self.queue.receive():
                self.desk.deliver(ticket)
        return self.row
