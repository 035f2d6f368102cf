"""Deliveries, tickets and contents with memorable values, to be varied by keyword."""

from datetime import UTC, datetime, timedelta
from typing import Any

from parution.publishing.content import Content
from parution.publishing.deliveries import Attempt, Change, Delivery, State
from parution.publishing.fence import Fence
from parution.publishing.ports import Piece

NOON = datetime(2026, 12, 3, 12, 0, tzinfo=UTC)
BUCHE = Content(text="La bûche praliné est de retour.", language="fr-FR", tags=("noel",))


def a_change(cause: str = "as planned", at: datetime = NOON, actor: str = "test") -> Change:
    return Change(actor=actor, cause=cause, at=at)


def a_piece(content: Content = BUCHE, key: str = "key-1", **facts: Any) -> Piece:
    return Piece(content=content, key=key, **{"due_at": NOON, **facts})


def open_fence() -> Fence:
    """A fence that lets through whatever crosses it."""
    return Fence(lambda request, marker: None)


def an_attempt(name: str = "first", number: int = 1, at: datetime = NOON) -> Attempt:
    return Attempt(id=name, number=number, at=at, request="0" * 16, marker="own feed")


def a_delivery(**facts: Any) -> Delivery:
    """A delivery due at noon on the bakery's Mastodon channel, planned a day before."""
    due_at = facts.get("due_at", NOON)
    return Delivery.model_validate(
        {
            "brand": "boulangerie-martin",
            "post": "buche-2026",
            "channel": "masto",
            "network": "mastodon",
            "account": "secret:masto-martin",
            "due_at": due_at,
            "local_at": "2026-12-03T13:00 Europe/Paris",
            "max_late": timedelta(minutes=10),
            "content": BUCHE.hash,
            "state": State.PLANNED,
            "wake_at": due_at,
            "changed": a_change(at=NOON - timedelta(days=1)),
            **facts,
        }
    )
