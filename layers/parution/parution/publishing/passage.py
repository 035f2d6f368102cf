"""One delivery's way through the fence: it is claimed, the holds are read last, the clock compared last."""

import uuid
from datetime import timedelta

from parution.errors import FenceClosed
from parution.guarding.holds import Hold, Holds
from parution.publishing import deliveries as edges
from parution.publishing.content import Content
from parution.publishing.deliveries import Attempt, Change, Delivery, Prepared
from parution.publishing.ports import Clock, Deliveries, NotSent

_UNREAD = timedelta(seconds=5)


class Passage:
    """What a fence does when it is crossed, and what it found."""

    def __init__(
        self,
        delivery: Delivery,
        content: Content,
        prepared: Prepared,
        *,
        deliveries: Deliveries,
        holds: Holds,
        clock: Clock,
        actor: str,
    ) -> None:
        self.claimed, self._content, self._prepared = delivery, content, prepared
        self._deliveries, self._holds, self._clock, self._actor = deliveries, holds, clock, actor
        self.hold: Hold | None = None
        self.not_sent: NotSent | None = None  # why it was stopped, other than by a hold

    def go(self, request: str, marker: str | None) -> None:
        """Let this request through.

        Raises FenceClosed under a hold, one that cannot be read, or an early clock; and NotAsRead.
        """
        self.claim(request, marker)
        try:
            self.hold = self.standing_hold()
        except Exception as error:
            # Whatever it was: nothing is sent, and the row must say so, or a person would be asked.
            self.not_sent = NotSent(reason="the holds could not be read", retry_after=_UNREAD)
            raise FenceClosed(self.not_sent.reason) from error
        if self.hold:
            raise FenceClosed(self.hold.reason)
        early_by = self.claimed.due_at - self._clock.now()
        if early_by > timedelta(0):
            self.not_sent = NotSent(reason="the clock was early", retry_after=early_by)
            raise FenceClosed(self.not_sent.reason)

    def standing_hold(self) -> Hold | None:
        """Read the holds, and give the one that stands over this delivery."""
        row, standing = self.claimed, self._holds.standing()
        return standing.over(row.brand, row.channel, self._content.tags, row.campaign)

    def claim(self, request: str | None, marker: str | None) -> None:
        """Begin the attempt: of all workers exactly one succeeds. Raises NotAsRead for the others."""
        change = Change(actor=self._actor, cause="due", at=self._clock.now())
        attempt = Attempt(
            id=str(uuid.uuid4()),
            number=self.claimed.attempts + 1,
            at=change.at,
            request=request,
            marker=marker,
        )
        claimed = edges.claimed(self.claimed, attempt, self._prepared, change)
        self._deliveries.move(self.claimed, claimed)
        self.claimed = claimed
