"""What `parution status` says about a stack, and what it says when there is none."""

from datetime import timedelta
from typing import Any

from parution.guarding.holds import Scope
from parution.publishing.deliveries import Approval, State
from tests.builders import NOON, a_change, an_attempt
from tests.cli.stack import BRAND, CRISIS, GALETTE, HOTEL, StackInMemory, as_json, parution

URL = "https://masto.example/@martin/115000000000000001"


# ---------------------------------------------------------------------- all of it
def test_what_needs_a_person_comes_first(stack: StackInMemory) -> None:
    stack.add("first", state=State.PUBLISHED)
    stack.add("second")
    stack.add("third", state=State.UNCONFIRMED)

    shown = as_json("status")["deliveries"]

    assert [(row["id"].split("/")[1], row["state"]) for row in shown] == [
        ("third", "unconfirmed"),
        ("second", "planned"),
        ("first", "published"),
    ]


def test_the_summary_counts_each_state(stack: StackInMemory) -> None:
    for post, state in (("first", State.PUBLISHED), ("second", State.PLANNED), ("third", State.UNCONFIRMED)):
        stack.add(post, state=state)

    assert parution("status").stdout.endswith("1 unconfirmed, 1 planned, 1 published.\n")


def test_without_deliveries_it_says_so(stack: StackInMemory) -> None:
    assert parution("status").stdout.endswith("No deliveries in 2 brands.\n")


def test_a_brand_without_deliveries_says_so(stack: StackInMemory) -> None:
    stack.add("buche")

    assert f"{HOTEL}: no deliveries\n" in parution("status").stdout


def test_an_address_is_never_broken(stack: StackInMemory) -> None:
    long = "https://a-rather-long-name-of-an-instance.example/@boulangerie-martin/117659131278571999"
    stack.add("fourth", state=State.PUBLISHED, url=long)

    assert long in parution("status").stdout


def test_a_long_line_makes_no_other_line_longer(stack: StackInMemory) -> None:
    stack.add("failed", state=State.MISSED, reason="x" * 200)
    stack.add("planned")

    lines = parution("status").stdout.splitlines()

    assert max(len(line) for line in lines if "x" not in line) < 80
    assert [line for line in lines if line.endswith(" ")] == []


def test_one_brand_can_be_asked_for(stack: StackInMemory) -> None:
    stack.add("ours")
    stack.add("theirs", brand=HOTEL)

    told = parution("status", "--brand", HOTEL).stdout

    assert "theirs/fil" in told
    assert "ours/fil" not in told


def test_a_brand_that_is_not_there_is_told_with_its_nearest(stack: StackInMemory) -> None:
    result = parution("status", "--brand", "hotel-cime")

    assert result.exit_code == 1
    assert "the stack has no brand 'hotel-cime' - did you mean 'hotel-cimes'?" in result.stderr


def test_what_was_moved_is_told_with_its_new_time(stack: StackInMemory) -> None:
    stack.add("buche", 60, shifted_from=NOON, local_at="2026-12-03T13:00 Europe/Paris")

    assert "buche/fil  2026-12-03 14:00\n" in parution("status").stdout


# ---------------------------------------------------------------------- what needs a person
def test_each_delivery_that_needs_a_person_comes_with_what_to_type(stack: StackInMemory) -> None:
    stack.add("doubt", -60, state=State.UNCONFIRMED, reason="the network does not show it")
    stack.add("asked", state=State.AWAITING_APPROVAL)
    stack.add("refused", -90, state=State.FAILED, reason="the text is too [long]")

    told = parution("status", "--stack", "parution-prod").stdout

    assert (
        f"""\
unconfirmed  nobody knows whether it is out: look yourself, then say what you saw
  {BRAND}/doubt/fil, 2026-12-03 12:00
    the network does not show it
    parution resolve {BRAND}/doubt/fil --stack parution-prod --live URL
    parution resolve {BRAND}/doubt/fil --stack parution-prod --not-live

awaiting_approval  it waits for a yes
  {BRAND}/asked/fil, 2026-12-03 14:00
    parution approve {BRAND}/asked/fil --stack parution-prod

failed  the network refused it: change it in the plan, and import that again
  {BRAND}/refused/fil, 2026-12-03 11:30
    the text is too [long]
"""
        in told
    )


def test_of_many_that_need_a_person_the_first_are_named(stack: StackInMemory) -> None:
    for number in range(7):
        stack.add(f"doubt-{number}", number, state=State.UNCONFIRMED)

    told = parution("status").stdout

    assert f"parution resolve {BRAND}/doubt-4/fil --live URL" in told
    assert "doubt-5/fil --live URL" not in told
    assert "  and 2 more, below\n" in told


def test_machines_are_told_what_to_type(stack: StackInMemory) -> None:
    stack.add("doubt", state=State.UNCONFIRMED)

    (row,) = as_json("status")["deliveries"]

    resolve = f"parution resolve {BRAND}/doubt/fil"
    assert row["todo"] == [f"{resolve} --live URL", f"{resolve} --not-live"]


# ---------------------------------------------------------------------- holds
def test_holds_are_told_before_everything_else(stack: StackInMemory) -> None:
    stack.place_hold()
    stack.add_held("buche")
    stack.add("doubt", state=State.UNCONFIRMED)

    assert parution("status").stdout.startswith(
        f"""\
held everything, by claire: {CRISIS}
  since 2026-12-03 12:00 UTC; 1 delivery stopped so far
  parution release --everything

unconfirmed  """
    )


def test_what_is_held_without_a_hold_is_told_with_its_release(stack: StackInMemory) -> None:
    stack.place_hold(Scope(tag="galette"))
    left, _kept = stack.add_held("buche"), stack.add_held("galette", content=GALETTE)

    told = parution("status").stdout

    assert (
        f"1 delivery is held, although no hold stands: {left.id}\n  parution release --brand {BRAND}\n"
        in told
    )
    shown = as_json("status")
    assert shown["left_behind"] == [left.id]
    assert [hold["scope"] for hold in shown["holds"]] == ["tag=galette"]


# ---------------------------------------------------------------------- one delivery
def test_one_delivery_is_told_in_full(stack: StackInMemory) -> None:
    attempt = an_attempt("3f0c", at=NOON)
    delivery = stack.add(
        "buche",
        30,
        state=State.UNCONFIRMED,
        reason="the network does not show it",
        shifted_from=NOON,
        attempt=attempt,
        attempts=1,
        looks=2,
        parts=2,
        campaign="noel",
        approval=Approval(by="karim", at=NOON, content="c"),
        changed=a_change("the network does not show it", NOON + timedelta(seconds=31), "deliver_post"),
    )

    assert (
        parution("status", "--delivery", delivery.id).stdout
        == f"""\
{BRAND}/buche/fil
  state           unconfirmed: the network does not show it
  planned for     2026-12-03 13:00 Europe/Paris, at most 10 min late
  moved to        2026-12-03 13:30
  network         mastodon, account secret:masto-martin
  sequence        part 1 of 2
  campaign        noel
  content         {delivery.content}
  approval        by karim, 2026-12-03 12:00 UTC
  attempt         1, 2026-12-03 12:00 UTC, 3f0c
  request         0000000000000000, marked own feed
  version         1, changed 0 times
  so far          1 attempt, 2 empty looks
  looked at next  2026-12-03 12:30 UTC
  last changed    2026-12-03 12:00:31 UTC by deliver_post: the network does not show it
  its history     parution history {BRAND}/buche/fil
  to type         parution resolve {BRAND}/buche/fil --live URL
  to type         parution resolve {BRAND}/buche/fil --not-live
"""
    )


def test_one_that_is_out_says_where_and_how_we_know(stack: StackInMemory) -> None:
    published: dict[str, Any] = {
        "url": URL,
        "proof": "own feed",
        "remote_id": "1",
        "published_at": NOON + timedelta(seconds=1),
    }
    delivery = stack.add("buche", 0, state=State.PUBLISHED, wake_at=None, **published)

    told = parution("status", "--delivery", delivery.id).stdout

    assert "  published       2026-12-03 12:00:01 UTC\n" in told
    assert f"  address         {URL}\n  known by        own feed, id 1\n" in told
    assert "looked at next" not in told


def test_machines_get_every_field_of_one(stack: StackInMemory) -> None:
    delivery = stack.add("buche", state=State.CHECKING, attempt=an_attempt("3f0c"))

    told = as_json("status", "--delivery", delivery.id)

    assert (told["id"], told["attempt"]["id"], told["todo"]) == (delivery.id, "3f0c", [])


def test_one_that_is_not_there_is_told_with_its_nearest(stack: StackInMemory) -> None:
    delivery = stack.add("buche")

    result = parution("status", "--delivery", f"{BRAND}/buches/fil")

    assert result.exit_code == 1
    assert f"did you mean '{delivery.id}'?" in result.stderr
