"""What a plan asks for: each delivery with its content, as it should stand."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from parution.plan.appearances import Appearance, address, appearances
from parution.plan.following import follows
from parution.plan.media import kind_of, media_key
from parution.plan.model import RETIRED, MediaFile, Plan
from parution.plan.ports import StoredFile
from parution.plan.times import written, zone
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Change, Delivery, Follows, planned, skipped


class Wish(NamedTuple):
    delivery: Delivery
    content: Content


def wishes(plan: Plan, media: Mapping[str, StoredFile], change: Change) -> Iterator[Wish]:
    """Give what the plan wishes for, in its order. The plan must be free of errors."""
    posts = {post.id: post for post in plan.posts}
    return (
        _following(wish, follows(one.post, posts))
        for one in appearances(plan)
        for wish in _sequence(one, plan, media, change)
    )


def files_of(plan: Plan) -> frozenset[str]:
    """Give the keys of all files that the plan shows."""
    return frozenset(media_key(file.src) for one in appearances(plan) for file in one.media)


def secrets_of(plan: Plan) -> frozenset[str]:
    """Give the names of all secrets that the plan refers to."""
    accounts = [*(each.account for each in plan.channels), *(each.account for each in plan.ad_accounts)]
    return frozenset(account.removeprefix("secret:") for account in accounts if account)


def _following(wish: Wish, first: Follows | None) -> Wish:
    # Later parts follow the first one of their own post.
    if first is None or wish.delivery.part:
        return wish
    return wish._replace(delivery=wish.delivery.model_copy(update={"follows": first}))


class _Part(NamedTuple):
    """Where a delivery stands in its sequence; a thread's parts follow each other, a comment the post."""

    number: int = 0
    of: int = 1
    under: int | None = None


def _sequence(one: Appearance, plan: Plan, media: Mapping[str, StoredFile], change: Change) -> Iterator[Wish]:
    later = [text for _, text in one.later_texts()]
    total = 1 + len(later)
    yield _wish(one, plan, _first(one, plan, media), _Part(of=total), change)
    for number, text in enumerate(later, start=1):
        under = number - 1 if number <= len(one.thread) else 0
        content = Content(text=text, language=plan.brand.locale, tags=one.post.tags)
        yield _wish(one, plan, content, _Part(number, total, under), change)


def _first(one: Appearance, plan: Plan, media: Mapping[str, StoredFile]) -> Content:
    return Content(
        text=one.text,
        link=address(one.link) if one.link else None,
        media=tuple(_ref(file, media) for file in one.media),
        format=one.variant.format,
        language=plan.brand.locale,
        tags=one.post.tags,
    )


def _wish(one: Appearance, plan: Plan, content: Content, part: _Part, change: Change) -> Wish:
    account = one.channel.account
    delivery = planned(
        brand=plan.brand.id,
        post=one.post.id,
        channel=one.channel.id,
        part=part.number,
        parts=part.of,
        under=part.under,
        network=one.channel.network,
        account=account.removeprefix("secret:") if account else None,
        campaign=one.post.boost.campaign if one.post.boost else None,
        due_at=one.due_at(zone(plan.brand.timezone)),
        asked=one.asked,
        local_at=f"{written(one.wall)} {plan.brand.timezone}",
        # Half a thread is worse than a late one.
        max_late=one.post.max_late * (2 if part.number else 1),
        content=content.hash,
        to_prepare=bool(content.media),
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
