"""docs/delivery.md and its picture tell the states and edges that there are, and no others."""

import re
from pathlib import Path

from parution.publishing.deliveries import EDGES, OPEN_TO_THE_PLAN, State

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "delivery.md").read_text()
PICTURE = (DOCS / "pictures" / "states.svg").read_text()
DRAWN = {(State(here), State(there)) for here, there in re.findall(r'data-edge="(\w+) (\w+)"', PICTURE)}
# Told in words below the table: where nothing can be out, the plan may do as it likes.
BY_THE_PLAN = {
    State.PLANNED,
    State.AWAITING_APPROVAL,
    State.HELD,
    State.SKIPPED,
    State.CANCELLED,
    State.MISSED,
}


def test_every_edge_of_the_picture_exists() -> None:
    assert {(here, there) for here, there in DRAWN if there not in EDGES[here]} == set()


def test_every_edge_is_in_the_picture_or_is_one_that_the_plan_may_take() -> None:
    edges = {(here, there) for here, those in EDGES.items() for there in those if here is not there}

    assert {(here, there) for here, there in edges - DRAWN if here not in OPEN_TO_THE_PLAN} == set()
    assert {there for here, there in edges - DRAWN} <= BY_THE_PLAN


def test_each_state_says_what_it_asks_of_a_person() -> None:
    table = PAGE.partition("what it asks of you |")[2].partition("\n\n")[0]

    assert re.findall(r"^\| (\w+) \|", table, re.MULTILINE) == [
        *("planned", "awaiting_approval", "sending", "checking", "published", "unconfirmed"),
        *("failed", "missed", "cancelled", "held", "skipped"),
    ]
    assert len(State) == 11
