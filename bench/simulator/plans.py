"""What is to be published, and what people change on the way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Literal, NamedTuple

from parution.publishing.content import Content
from parution.publishing.deliveries import Change, Delivery, planned
from parution.publishing.ports import Guarantee

Scenario = Literal["second", "day", "month"]

BEGINS = {
    "second": timedelta(minutes=12),  # before the one second: time for the ticks to look ahead
    "day": timedelta(minutes=12),
    "month": timedelta(minutes=12),
}
MAX_LATE = timedelta(hours=1)

# A brand's three channels; a third and a fourth brand have the fourth kind in the place of the third.
_CHANNELS = (("a", Guarantee.KEYED), ("b", Guarantee.READABLE), ("c", Guarantee.STEPWISE))
_BLIND = ("d", Guarantee.BLIND)

# A: how a world's posts lie over its day and its hour. Posts are planned by hours and round minutes.
_HOURS = (2, 2, 1, 1, 1, 2, 3, 5, 7, 7, 6, 6, 7, 6, 5, 5, 6, 7, 7, 6, 5, 4, 3, 2)
_MINUTES = {0: 30, 30: 15, 15: 7, 45: 7, **dict.fromkeys((5, 10, 20, 25, 35, 40, 50, 55), 2)}


class Wish(NamedTuple):
    """A delivery, when it is imported, and what a person does to it afterwards."""

    at: datetime
    delivery: Delivery
    content: Content


class Whims(NamedTuple):
    """The share of deliveries at which a person changes something."""

    cancelled: float = 0.004
    moved: float = 0.004
    planned_late: float = 0.02  # within the look-ahead
    held: float = 0.00002  # with its whole brand, from then on


NONE = Whims(*([0.0] * len(Whims._fields)))


def wishes(
    scenario: Scenario, deliveries: int, begins: datetime, chance: Random, whims: Whims
) -> Iterator[Wish]:
    """Give each delivery with the instant of its import, in the order of these instants."""
    posts = -(-deliveries // 3)
    brands = max(posts // 10, 1)
    planned_at = []
    for number in range(posts):
        due_at = _instant(scenario, begins, chance)
        planned_at.append((due_at - _lead(scenario, chance, whims), number, due_at))
    left = deliveries
    for at, number, due_at in sorted(planned_at):
        channels = _channels_of(number % brands)[: min(left, 3)]
        left -= len(channels)
        yield from _of_a_post(f"p{number}", f"b{number % brands}", channels, due_at, at)


def _instant(scenario: Scenario, begins: datetime, chance: Random) -> datetime:
    first = begins + BEGINS[scenario]
    if scenario == "second":
        return first
    days = 30 if scenario == "month" else 1
    day = timedelta(days=chance.randrange(days))
    hour = chance.choices(range(24), _HOURS)[0]
    every = {minute: _MINUTES.get(minute, 0.5) for minute in range(60)}
    minute = chance.choices(list(every), list(every.values()))[0]
    return first + day + timedelta(hours=hour, minutes=minute)


def _lead(scenario: Scenario, chance: Random, whims: Whims) -> timedelta:
    """Say how long before its instant it is imported."""
    if chance.random() < whims.planned_late:
        return timedelta(seconds=chance.uniform(20, 360))
    if scenario == "second":
        return timedelta(minutes=11)
    return timedelta(seconds=chance.uniform(660, 3600))


def _channels_of(brand: int) -> tuple[tuple[str, Guarantee], ...]:
    return (*_CHANNELS[:2], _BLIND) if brand % 3 == 0 else _CHANNELS


def _of_a_post(
    post: str, brand: str, channels: tuple[tuple[str, Guarantee], ...], due_at: datetime, at: datetime
) -> Iterator[Wish]:
    content = Content(text=post, language="fr-FR")
    change = Change(actor="import_plan", cause="planned", at=at)
    for channel, guarantee in channels:
        delivery = planned(
            brand=brand,
            post=post,
            channel=channel,
            network=guarantee,
            account=f"{brand}-{channel}",
            due_at=due_at,
            local_at="",
            max_late=MAX_LATE,
            content=content.hash,
            change=change,
        )
        yield Wish(at, delivery, content)
