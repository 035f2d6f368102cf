"""What a month on the stage came to: its rows, its ledger and its sandboxes as the rehearsal's contract."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from parution.buying.campaigns import Allocation
from parution.measuring.insights import LineInsight
from parution.plan.appearances import Appearance, SettledPost, address
from parution.plan.media import is_document, is_film, media_key
from parution.plan.model import NETWORKS, Campaign, Post
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Delivery
from parution.publishing.history import Edge
from parution.rehearsing.contract import (
    Brand,
    CampaignOfMoney,
    Cost,
    DayOfMoney,
    LineOfDay,
    Period,
    Picture,
    Quota,
    Rehearsal,
    Showing,
    Step,
)
from parution.rehearsing.looks import folded, look_of
from parution.rehearsing.month import Month
from parution.reporting import costs

_DAY = timedelta(days=1)
_FIGURES = {"likes", "shares", "replies"}
# What a showing takes from its row as it stands there.
_OWN = {"post", "channel", "network", "part", "due_at", "state", "published_at", "reason", "url"}


def findings(month: Month) -> Rehearsal:
    """Gather everything that a month played showed; the same month gives the same, to the byte."""
    plan, period, wire = month.given.plan, month.period, month.stage.wire
    showings = sorted(
        [*_shown(month), *_only_shown(month)], key=lambda one: (one.due_at, one.post, one.channel, one.part)
    )
    return Rehearsal(
        brand=Brand.model_validate(plan.brand.model_dump(include={*Brand.model_fields})),
        period=Period(first=period.first, last=period.last, timezone=plan.brand.timezone),
        seed=month.seed,
        faults=month.level,
        calls=wire.calls,
        troubles=wire.troubles,
        effects=wire.effects(),
        problems=tuple(month.given.problems),
        showings=tuple(showings),
        campaigns=tuple(_campaigns(month)),
        quotas=tuple(_quotas(showings)),
        costs=tuple(_costs(month, showings)),
        runs=dict(sorted(month.runs.items())),
        left_undone=dict(sorted(month.failures.items())),
    )


# ---------------------------------------------------------------------- posts
def _shown(month: Month) -> Iterator[Showing]:
    posts, planned = month.stage.posts, {post.id: post for post in month.given.plan.posts}
    read = {(one.post, one.channel): one for one in month.stage.insights.newest_posts(month.brand)}
    for row in posts.of_brand(month.brand):
        if month.period.holds(row.due_at):
            content = posts.content(row.brand, row.post, row.content)
            counted = None if row.part else read.get((row.post, row.channel))
            yield _showing(
                row,
                content,
                pillar=planned[row.post].pillar,
                chosen=_chosen(planned[row.post], row.channel),
                steps=tuple(_step(edge) for edge in posts.edges_of(row)),
                **(counted.model_dump(include=_FIGURES) if counted else {}),
            )


def _showing(row: Delivery, content: Content, **facts: object) -> Showing:
    look = look_of(row.network, content.format)
    text, behind = folded(content.body, look)
    late = (row.published_at - row.due_at).total_seconds() if row.published_at else None
    return Showing.model_validate(
        {
            **row.model_dump(include=_OWN),
            "id": row.id,
            "format": content.format,
            "late": None if late is None else round(late, 3),
            "text": text,
            "behind": behind,
            "look": look,
            "pictures": tuple(_picture(file) for file in content.media),
            **facts,
        }
    )


def _chosen(post: Post, channel: str) -> str | None:
    return post.why.get(channel) if isinstance(post, SettledPost) else None


def _picture(file: MediaRef) -> Picture:
    film, document = file.kind.startswith("video/"), file.kind == "application/pdf"
    return Picture(src=file.key, alt=file.alt, film=film, document=document)


def _step(edge: Edge) -> Step:
    return Step(at=edge.at, state=edge.state, cause=edge.cause)


def _only_shown(month: Month) -> Iterator[Showing]:
    """Show what no connector publishes: the plan's own words, in its own time."""
    brand, place = month.brand, month.period.place
    for one in month.given.unconnected:
        network, look = one.channel.network, look_of(one.channel.network, one.variant.format)
        bodies = [_body(one), *(text for _, text in one.later_texts())]
        for part, body in enumerate(bodies):
            text, behind = folded(body, look)
            name = "/".join((brand, one.post.id, one.channel.id, *([str(part)] if part else ())))
            yield Showing(
                id=name,
                post=one.post.id,
                channel=one.channel.id,
                network=network,
                format=one.variant.format,
                part=part,
                due_at=one.due_at(place),
                state="not_connected",
                text=text,
                behind=behind,
                look=look,
                pictures=() if part else tuple(_files(one)),
                pillar=one.post.pillar,
                chosen=_chosen(one.post, one.channel.id),
            )


def _body(one: Appearance) -> str:
    return f"{one.text}\n\n{address(one.link)}" if one.link else one.text


def _files(one: Appearance) -> Iterator[Picture]:
    for file in one.media:
        kind = {"film": is_film(file.src), "document": is_document(file.src)}
        yield Picture(src=media_key(file.src), alt=file.alt, **kind)


# ---------------------------------------------------------------------- money
def _campaigns(month: Month) -> Iterator[CampaignOfMoney]:
    for campaign in month.given.plan.campaigns:
        if campaign.flight[0] <= month.period.last and campaign.flight[1] >= month.period.first:
            yield _campaign(month, campaign)


def _campaign(month: Month, campaign: Campaign) -> CampaignOfMoney:
    spent: dict[tuple[date, str], LineInsight] = {
        (one.day, one.line): one for one in month.stage.insights.newest_lines(month.brand, campaign.id)
    }
    whys = _whys(month, f"{month.brand}/{campaign.id}")
    allocations = month.stage.budgets.allocations(month.brand, campaign.id)
    days = tuple(_day(one, spent, whys.get(one.day, "")) for one in allocations)
    units = {each.id: each.unit for each in month.given.plan.objectives}
    return CampaignOfMoney(
        id=campaign.id,
        currency=campaign.currency,
        budget=campaign.budget,
        spent=sum(day.spent for day in days),
        results=_total(day.results for day in days),
        unit=units.get(campaign.objective or ""),
        days=days,
    )


def _whys(month: Month, subject: str) -> dict[date, str]:
    """Give the desk's own word on each day's amount."""
    return {
        at.astimezone(month.period.place).date(): told.reason
        for at, told in month.outcomes
        if told.subject == subject
    }


def _day(given: Allocation, spent: dict[tuple[date, str], LineInsight], why: str) -> DayOfMoney:
    lines = tuple(
        _line(name, amount, spent.get((given.day, name))) for name, amount in sorted(given.amounts.items())
    )
    return DayOfMoney(
        day=given.day,
        amount=sum(given.amounts.values()),
        spent=sum(line.spent for line in lines),
        results=_total(line.results for line in lines),
        why=why,
        lines=lines,
    )


def _line(name: str, amount: int, read: LineInsight | None) -> LineOfDay:
    return LineOfDay(
        line=name, amount=amount, spent=read.spend if read else 0, results=read.results if read else None
    )


def _total(results: Iterable[float | None]) -> float | None:
    known = [each for each in results if each is not None]
    return sum(known) if known else None


# ---------------------------------------------------------------------- quotas and costs
def _quotas(showings: Sequence[Showing]) -> Iterator[Quota]:
    planned: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for one in showings:
        if one.part == 0 and one.state != "skipped":
            planned[one.channel, one.network].append(one.due_at)
    for (channel, network), instants in sorted(planned.items()):
        yield Quota(
            channel=channel,
            network=network,
            posts=len(instants),
            most_in_a_day=most_within(instants, _DAY),
            cap=NETWORKS[network].daily_cap,
        )


def most_within(instants: Sequence[datetime], span: timedelta) -> int:
    """Give the most of these that fall into any one span of this length."""
    ordered, first, most = sorted(instants), 0, 0
    for place, at in enumerate(ordered):
        while at - ordered[first] >= span:
            first += 1
        most = max(most, place - first + 1)
    return most


def _costs(month: Month, showings: Sequence[Showing]) -> Iterator[Cost]:
    posts = month.stage.posts
    counted = costs.Consumed(
        runs=dict(month.runs),
        held_seconds=month.held.total_seconds(),
        writes=posts.writes,
        edges=posts.edges,
        figures=month.figures,
        deliveries=sum(1 for _ in posts.of_brand(month.brand)),
    )
    yield Cost(what="aws_brand", usd=_cents(sum(costs.of_the_brand(counted).usd.values())))
    days = (month.period.last - month.period.first).days + 1
    yield Cost(what="aws_at_rest", usd=_cents(costs.at_rest(days)))
    shown: dict[str, list[Showing]] = defaultdict(list)
    for one in showings:
        if one.state != "skipped":
            shown[one.network].append(one)
    for network, ones in sorted(shown.items()):
        texts = [f"{one.text} {one.behind}" for one in ones]
        described = sum(bool(picture.alt) and not picture.film for one in ones for picture in one.pictures)
        fee = costs.fee_of(network, texts, described)
        yield Cost(what="network", network=network, usd=_cents(fee), posts=len(texts))


def _cents(usd: float) -> float:
    return round(usd, 4)
