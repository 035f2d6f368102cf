"""The desk in a world, and the beginnings from which everything is tried."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import PREPARE_AHEAD
from parution.publishing.desk import PublishingDesk
from parution.publishing.ports import Guarantee, Network
from parution.publishing.rates import Rates
from tests.builders import BUCHE, NOON, a_delivery
from tests.simulation import ports
from tests.simulation.mastodon import MastodonSite, mastodon
from tests.simulation.sites import Site, SiteNetwork
from tests.simulation.world import LEASE, WAKE_EARLY, Cast, World


def a_desk(world: World) -> PublishingDesk:
    """The desk as a worker has it that was started for one ticket."""
    return desk_of(world, PublishingDesk)


def desk_of[Desk: PublishingDesk](
    world: World, kind: type[Desk], network: Callable[[World], Network] = SiteNetwork
) -> Desk:
    table = ports.Table(world)
    return kind(
        deliveries=table,
        holds=table,
        networks=ports.Secrets(world, network(world)),
        media=ports.Files(world),
        rates=Rates(ports.Buckets(world)),
        queue=ports.Queue(world),
        clock=ports.Clock(world),
        lease=LEASE,
        wake_early=WAKE_EARLY,
    )


def a_desk_on_mastodon(world: World) -> PublishingDesk:
    return desk_of(world, PublishingDesk, mastodon)


MARRON = Content(
    text="La bûche au marron est là.", language="fr-FR", tags=("noel",)
)  # what an edit makes of it


def one_post(
    on: Guarantee | Site, faults: int, *, copies: int = 1, row: Mapping[str, Any] | None = None, **cast: Any
) -> World:
    """Plan one post for noon; its ticket (or several) is on its way."""
    delivery = a_delivery(**(row or {}))
    texts = {BUCHE.body: delivery.id, MARRON.body: delivery.id}
    world = _world(on, faults, NOON - WAKE_EARLY, texts, cast)
    world.plan(delivery, BUCHE)
    for _ in range(copies):
        world.send(delivery.ticket, NOON - WAKE_EARLY)
    return world


WITH_PICTURE = Content(
    text="Elle est belle, elle est là.",
    language="fr-FR",
    media=(MediaRef(key="media/martin/buche.png", etag="e1", kind="image/png", alt="La bûche"),),
    tags=("noel",),
)
THREAD = tuple(
    Content(text=text, language="fr-FR") for text in ("Un.", "Deux.", "Et le lien, en commentaire.")
)


def a_post_with_picture(
    on: Guarantee | Site, faults: int, *, refs_live: timedelta = timedelta(days=1), **cast: Any
) -> World:
    """Plan a post whose picture is sent ahead; the tick must find it."""
    delivery = a_delivery(content=WITH_PICTURE.hash, wake_at=NOON - PREPARE_AHEAD)
    world = _world(on, faults, NOON - timedelta(minutes=16), {WITH_PICTURE.body: delivery.id}, cast)
    world.site.refs_live = refs_live
    world.plan(delivery, WITH_PICTURE)
    return world


def a_sequence(on: Guarantee | Site, faults: int, **cast: Any) -> World:
    """Plan a thread of two parts and a first comment; the ticket of the first is on its way."""
    parts = [
        a_delivery(
            part=number,
            parts=len(THREAD),
            under=0 if number else None,
            content=content.hash,
            wake_at=NOON + timedelta(seconds=60 if number else 0),
            max_late=timedelta(minutes=20 if number else 10),
        )
        for number, content in enumerate(THREAD)
    ]
    texts = {content.body: part.id for content, part in zip(THREAD, parts, strict=True)}
    world = _world(on, faults, NOON - WAKE_EARLY, texts, cast)
    for content, part in zip(THREAD, parts, strict=True):
        world.plan(part, content)
    world.send(parts[0].ticket, NOON - WAKE_EARLY)
    return world


def _world(
    on: Guarantee | Site, faults: int, now: datetime, texts: Mapping[str, str], cast: Mapping[str, Any]
) -> World:
    site = on if isinstance(on, Site) else Site(on)
    desk = a_desk_on_mastodon if isinstance(site, MastodonSite) else a_desk
    return World(Cast(texts=texts, **{"desk": desk, **cast}), site, faults, now)


def a_post_that_the_tick_finds(on: Guarantee | Site, faults: int, **cast: Any) -> World:
    """Plan one post whose minute the tick has not taken yet; what befalls the tick is part of the search."""
    delivery = a_delivery()
    start = NOON - timedelta(minutes=6)
    world = _world(on, faults, start, {BUCHE.body: delivery.id}, {"faulty_tick": True, **cast})
    world.plan(delivery, BUCHE)
    return world
