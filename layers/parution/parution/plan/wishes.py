"""What a plan asks for: each delivery with its content, as it should stand."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from parution.plan.appearances import Appearance, address, appearances
from parution.plan.media import kind_of, media_key
from parution.plan.model import RETIRED, MediaFile, Plan
from parution.plan.ports import StoredFile
from parution.plan.times import written, zone
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Change, Delivery, planned, skipped


class Wish(NamedTuple):
    delivery: Delivery
    content: Content


def wishes(plan: Plan, media: Mapping[str, StoredFile], change: Change) -> Iterator[Wish]:
    """Give what the plan wishes for, in its order. The plan must be free of errors."""
    return (_wish(one, plan, media, change) for one in appearances(plan))


def files_of(plan: Plan) -> frozenset[str]:
    """Give the keys of all files that the plan shows."""
    return frozenset(media_key(file.src) for one in appearances(plan) for file in one.media)


def secrets_of(plan: Plan) -> frozenset[str]:
    """Give the names of all secrets that the plan refers to."""
    accounts = [*(each.account for each in plan.channels), *(each.account for each in plan.ad_accounts)]
    return frozenset(account.removeprefix("secret:") for account in accounts if account)


def _wish(one: Appearance, plan: Plan, media: Mapping[str, StoredFile], change: Change) -> Wish:
    content = Content(
        text=one.text,
        link=address(one.link) if one.link else None,
        media=tuple(_ref(file, media) for file in one.media),
        format=one.variant.format,
        language=plan.brand.locale,
        tags=one.post.tags,
    )
    account = one.channel.account
    delivery = planned(
        brand=plan.brand.id,
        post=one.post.id,
        channel=one.channel.id,
        network=one.channel.network,
        account=account.removeprefix("secret:") if account else None,
        due_at=one.due_at(zone(plan.brand.timezone)),
        local_at=f"{written(one.wall)} {plan.brand.timezone}",
        max_late=one.post.max_late,
        content=content.hash,
        change=change,
    )
    return Wish(_unless_retired(delivery, change), content)


def _unless_retired(delivery: Delivery, change: Change) -> Delivery:
    if delivery.network not in RETIRED:
        return delivery
    reason = f"{delivery.network} is gone; move to {RETIRED[delivery.network]}"
    return skipped(delivery, reason, change).model_copy(update={"fence": 0})


def _ref(file: MediaFile, media: Mapping[str, StoredFile]) -> MediaRef:
    key = media_key(file.src)
    return MediaRef(key=key, etag=media[key].etag, kind=kind_of(file.src) or "", alt=file.alt)
