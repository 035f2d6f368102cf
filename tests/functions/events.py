"""What functions are given: events as AWS sends them, and a clock that stands at noon."""

import json
from datetime import datetime
from typing import Any

from parution.publishing.deliveries import Ticket
from tests.builders import NOON
from tests.tables import TEMPLATE


class NoonClock:
    def now(self) -> datetime:
        return NOON


def event(name: str) -> dict[str, Any]:
    """Read one of the events that stand beside the functions, for tests and for `sam local`."""
    document: dict[str, Any] = json.loads((TEMPLATE.parent / "events" / f"{name}.json").read_text())
    return document


def messages(*tickets: Ticket) -> dict[str, Any]:
    """One batch of the delivery queue that holds these; the first message is called "0"."""
    one = event("delivery_messages")["Records"][0]
    return {
        "Records": [
            {**one, "messageId": str(number), "body": ticket.model_dump_json()}
            for number, ticket in enumerate(tickets)
        ]
    }
