"""The posts of a period: which appeared, how late, and what became of the others."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median

from parution.measuring.insights import PostInsight
from parution.measuring.schedule import READ_UNTIL
from parution.publishing.content import Content
from parution.publishing.deliveries import Delivery, State
from parution.reporting.contract import Figure, PostRow, PostsSummary, derived
from parution.reporting.organic import reactions
from parution.reporting.timing import quantile
from parution.reporting.words import printable

# Up to this late a reader sees no difference; what a network itself needs to show a post is of this order.
ON_TIME = timedelta(seconds=60)
# Called off by people or by a network that is gone: nobody expected these to appear.
CALLED_OFF = frozenset({State.CANCELLED, State.SKIPPED})

_EXCERPT = 90
_SOURCE = "posts"


def post_rows(
    deliveries: Iterable[tuple[Delivery, Content]], insights: Iterable[PostInsight], now: datetime
) -> tuple[PostRow, ...]:
    """Show deliveries by the instant they were planned for."""
    newest = {(insight.post, insight.channel, 0): insight for insight in insights}
    rows = (
        _post_row(delivery, content, newest.get((delivery.post, delivery.channel, delivery.part)), now)
        for delivery, content in deliveries
    )
    return tuple(sorted(rows, key=lambda row: (row.due_at, row.post, row.channel, row.part)))


def summary(rows: Sequence[PostRow], now: datetime) -> PostsSummary:
    """Count what was expected by now; a post that is not out lowers the count, it is never left out."""
    wanted = [row for row in rows if row.state not in CALLED_OFF]
    expected = [row for row in wanted if row.on_time is not None]
    late = [float(row.late.value) for row in rows if row.late.value is not None]

    def count(some: Sequence[PostRow]) -> Figure:
        return Figure(value=len(some), unit="count", source=_SOURCE, read_at=now)

    return PostsSummary(
        planned=count(wanted),
        expected=count(expected),
        published=count([row for row in expected if row.state == State.PUBLISHED]),
        on_time=count([row for row in expected if row.on_time]),
        not_out=count([row for row in expected if row.state != State.PUBLISHED]),
        median_late=derived(median(late) if late else None, "seconds"),
        worst_late=derived(max(late, default=None), "seconds"),
        late_95=derived(quantile(late, 0.95), "seconds"),
        late_99=derived(quantile(late, 0.99), "seconds"),
        waiting=count([row for row in wanted if row.state == State.AWAITING_APPROVAL]),
        held=count([row for row in wanted if row.state == State.HELD]),
    )


def excerpt(text: str) -> str:
    """Give the beginning of a text on one line, cut between words where there are any."""
    line = printable(" ".join(text.split()))
    if len(line) <= _EXCERPT:
        return line
    cut = line[:_EXCERPT]
    return (cut.rsplit(" ", 1)[0] if " " in cut[_EXCERPT // 2 :] else cut).rstrip(" ,;:.") + "…"


def _post_row(delivery: Delivery, content: Content, insight: PostInsight | None, now: datetime) -> PostRow:
    late = delivery.published_at - delivery.due_at if delivery.published_at else None
    row = PostRow(
        post=delivery.post,
        channel=delivery.channel,
        network=delivery.network,
        text=excerpt(content.text),
        state=delivery.state,
        on_time=_on_time(delivery, now),
        due_at=delivery.due_at,
        published_at=delivery.published_at,
        late=derived(late.total_seconds() if late is not None else None, "seconds"),
        # Only an address of the web becomes a link: what networks answer is their text, not ours.
        url=delivery.url if (delivery.url or "").startswith(("https://", "http://")) else None,
        reason=None if delivery.state is State.PUBLISHED else printable(delivery.reason or "") or None,
        likes=_counted(insight, insight.likes if insight else None, delivery, now),
        shares=_counted(insight, insight.shares if insight else None, delivery, now),
        replies=_counted(insight, insight.replies if insight else None, delivery, now),
        views=_counted(insight, insight.views if insight else None, delivery, now),
        tags=tuple(printable(tag) for tag in content.tags),
        part=delivery.part,
    )
    return row.model_copy(update={"reactions": reactions(row)})


def _on_time(delivery: Delivery, now: datetime) -> bool | None:
    if delivery.state in CALLED_OFF:
        return None
    if delivery.published_at is not None:
        return delivery.published_at <= delivery.due_at + ON_TIME
    return False if now > delivery.due_at + ON_TIME else None


def _counted(insight: PostInsight | None, value: int | None, delivery: Delivery, now: datetime) -> Figure:
    published_at = delivery.published_at
    return Figure(
        value=value,
        unit="count",
        source="network",
        read_at=insight.read_at if insight else None,
        revisable=published_at is not None and now < published_at + READ_UNTIL,
    )
