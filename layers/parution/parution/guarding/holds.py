"""Holds: a person's or a detector's stop on everything, a brand, a channel, a tag or a campaign."""

from typing import Protocol

from parution.records import Id, Instant, Record

# So many stand at once at most: they are read whole, before every single effect.
MOST_HOLDS = 100


class Scope(Record):
    """What a hold stops; each field that is set narrows it, and with none it is everything."""

    brand: Id | None = None
    channel: Id | None = None
    tag: str | None = None
    campaign: Id | None = None

    def covers(self, brand: str, channel: str, tags: tuple[str, ...], campaign: str | None) -> bool:
        return (
            self.brand in {None, brand}
            and self.channel in {None, channel}
            and (self.tag is None or self.tag in tags)
            and self.campaign in {None, campaign}
        )

    @property
    def name(self) -> str:
        """The name that rows and people use: `everything`, `brand=martin channel=masto`."""
        parts = self.model_dump(exclude_none=True).items()
        return " ".join(f"{field}={value}" for field, value in parts) or "everything"


class Hold(Record):
    """One stop, with who placed it and why."""

    scope: Scope
    reason: str
    by: str
    at: Instant
    epoch: int  # the epoch that began with it


class Standing(Record):
    """All holds of a stack; the epoch rises with each change, so that two changes cannot cross."""

    epoch: int = 0
    holds: tuple[Hold, ...] = ()

    def over(self, brand: str, channel: str, tags: tuple[str, ...], campaign: str | None) -> Hold | None:
        """Give a hold that stops this; the widest, should there be several."""
        found = [hold for hold in self.holds if hold.scope.covers(brand, channel, tags, campaign)]
        return min(found, key=lambda hold: len(hold.scope.model_dump(exclude_none=True)), default=None)

    def with_hold(self, scope: Scope, reason: str, by: str, at: Instant) -> "Standing":
        """Place a hold, in the place of one on the same scope."""
        hold = Hold(scope=scope, reason=reason, by=by, at=at, epoch=self.epoch + 1)
        return Standing(epoch=self.epoch + 1, holds=(*self._but(scope), hold))

    def without(self, scope: Scope) -> "Standing":
        return Standing(epoch=self.epoch + 1, holds=self._but(scope))

    def _but(self, scope: Scope) -> tuple[Hold, ...]:
        return tuple(hold for hold in self.holds if hold.scope != scope)


class Holds(Protocol):
    def standing(self) -> Standing:
        """Read all holds consistently: what was placed before this call began is in it."""

    def change(self, before: Standing, after: Standing) -> None:
        """Store ``after``. Raises NotAsRead when ``before`` no longer stands."""
