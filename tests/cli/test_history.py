"""`parution history`: every change of a delivery, in order, the newest too when the log is a moment behind."""

from datetime import timedelta

from parution.publishing.deliveries import Delivery, State
from parution.publishing.history import edge_of
from tests.builders import NOON, a_change, an_attempt
from tests.cli.stack import BRAND, StackInMemory, as_json, parution

URL = "https://masto.example/@martin/115000000000000001"
NAME = f"{BRAND}/buche/fil"


def published(stack: StackInMemory, *, in_the_log: int = 3) -> Delivery:
    """A delivery that was planned, sent and published; the log has so many of these changes."""
    planned = stack.add(
        "buche", 0, changed=a_change("imported from [plans/martin.json]", NOON - timedelta(days=1))
    )
    sent_at = NOON + timedelta(milliseconds=412)
    attempt = an_attempt("3f0c", at=sent_at)
    sending = planned.model_copy(
        update={
            "state": State.SENDING,
            "fence": 1,
            "attempt": attempt,
            "changed": a_change("due", sent_at, "deliver_post"),
        }
    )
    shown = a_change("shown by its answer", NOON + timedelta(milliseconds=731), "deliver_post")
    out = sending.model_copy(update={"state": State.PUBLISHED, "fence": 2, "url": URL, "changed": shown})
    stack.posts.move(planned, out)
    stack.history.append([edge_of(row) for row in (planned, sending, out)[:in_the_log]])
    return out


SHOWN = f"""\
{NAME}
at (UTC)                 version  state      by            why
2026-12-02 12:00:00.000  1        planned    test          imported from [plans/martin.json]
2026-12-03 12:00:00.412  1        sending    deliver_post  due; attempt 1, 3f0c
2026-12-03 12:00:00.731  1        published  deliver_post  shown by its answer; {URL}
"""


def test_every_change_is_told_with_who_why_and_when(stack: StackInMemory) -> None:
    published(stack)

    assert parution("history", NAME).stdout == SHOWN


def test_a_change_that_is_not_in_the_log_yet_is_told_too(stack: StackInMemory) -> None:
    published(stack, in_the_log=2)

    assert parution("history", NAME).stdout == SHOWN


def test_machines_get_every_field_of_each_change(stack: StackInMemory) -> None:
    published(stack)

    edges = as_json("history", NAME)

    assert [(edge["state"], edge["fence"], edge["actor"]) for edge in edges] == [
        ("planned", 0, "test"),
        ("sending", 1, "deliver_post"),
        ("published", 2, "deliver_post"),
    ]
    assert edges[1]["attempt"]["request"] == "0" * 16


def test_a_reason_that_says_more_than_the_cause_is_told(stack: StackInMemory) -> None:
    stack.add(
        "buche", state=State.HELD, reason="intoxication", changed=a_change("held", NOON, "deliver_post")
    )

    assert "held; intoxication\n" in parution("history", NAME).stdout


def test_a_delivery_that_is_not_there_is_told_with_its_nearest(stack: StackInMemory) -> None:
    published(stack)

    result = parution("history", f"{BRAND}/buch/fil")

    assert result.exit_code == 1
    assert f"no delivery is called '{BRAND}/buch/fil' - did you mean '{NAME}'?" in result.stderr
