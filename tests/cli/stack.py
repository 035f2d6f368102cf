"""A stack in memory for the commands: two brands, and a clock that stands at noon."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from typer.testing import CliRunner, Result

from parution.buying.brakes import Brake
from parution.cli.main import app
from parution.guarding.holds import Hold, Scope
from parution.networks import SecretNetworks
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State
from parution.sandbox.memory_budgets import MemoryBudgets
from parution.sandbox.memory_history import MemoryHistory
from parution.sandbox.memory_insights import MemoryInsights
from parution.sandbox.memory_plans import MemorySecrets
from parution.sandbox.memory_posts import MemoryPosts
from parution.sandbox.memory_queues import MemoryDeliveryQueue
from parution.sandbox.memory_reports import MemoryReports
from tests.builders import BUCHE, NOON, a_delivery
from tests.buying.doubles import FakeQueue
from tests.plan.plans import a_plan, parsed
from tests.publishing.doubles import ObedientClock

BRAND = "boulangerie-martin"
HOTEL = "hotel-cimes"
CRISIS = "intoxication au praliné"
GALETTE = Content(text="La galette arrive.", language="fr-FR", tags=("galette",))


class StackInMemory:
    """What a command reaches when it opens a stack."""

    def __init__(self) -> None:
        self.name = "parution-dev"
        self.posts = MemoryPosts()
        self.clock = ObedientClock(NOON)
        self.delivery_queue = MemoryDeliveryQueue(self.clock)
        self.history = MemoryHistory()
        self.budgets, self.apply_queue = MemoryBudgets(), FakeQueue()
        self.secrets = MemorySecrets()
        self.networks = SecretNetworks(self.secrets)
        self.insights, self.reports = MemoryInsights(), MemoryReports()
        self.brake = Brake(self.posts, self.budgets, self.apply_queue)
        self._import(a_plan())
        self._import(a_plan(brand__id=HOTEL, channels__0__account="secret:masto-hotel"))

    def _import(self, plan: dict[str, Any]) -> None:
        row = BrandRow(plan=parsed(plan), key=plan["brand"]["id"], digest="d", version=1, imported_at=NOON)
        self.posts.keep_brand(row, None)

    def add(self, post: str, minutes: int = 60, content: Content = BUCHE, **facts: Any) -> Delivery:
        """Plan a delivery so many minutes from now."""
        due_at = NOON + timedelta(minutes=minutes)
        delivery = a_delivery(
            **{
                "post": post,
                "channel": "fil",
                "due_at": due_at,
                "local_at": f"{due_at.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%dT%H:%M} Europe/Paris",
                "content": content.hash,
                **facts,
            }
        )
        self.posts.create(delivery)
        self.posts.keep_content(delivery.brand, post, content)
        return delivery

    def add_held(self, post: str, minutes: int = -60, content: Content = BUCHE, **facts: Any) -> Delivery:
        return self.add(
            post,
            minutes,
            content,
            state=State.HELD,
            wake_at=None,
            held_by="everything",
            reason=CRISIS,
            **facts,
        )

    def place_hold(self, scope: Scope | None = None) -> Hold:
        standing = self.posts.standing()
        after = standing.with_hold(scope or Scope(), CRISIS, "claire", NOON)
        self.posts.change(standing, after)
        return after.holds[-1]

    def row(self, delivery: Delivery) -> Delivery:
        row = self.posts.read(delivery.ticket, consistent=True)
        assert row is not None
        return row


def parution(*words: str, answer: str | None = None) -> Result:
    """Type a command."""
    return CliRunner().invoke(app, list(words), input=answer)


def as_json(*words: str) -> Any:
    result = parution(*words, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def in_paris(instant: datetime) -> str:
    """Write an instant as the brands' clock shows it."""
    return f"{instant.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%d %H:%M}"
