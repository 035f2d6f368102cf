"""`parution hold` and `parution holds`: what is stopped, what is said of it, and what must never get in the way."""

from typing import Any

import pytest

from parution.buying.campaigns import Account, Allocation
from parution.buying.ports import Order
from parution.guarding.holds import MOST_HOLDS, Scope, Standing
from parution.plan.ports import BrandRow
from parution.publishing.content import Content
from parution.publishing.deliveries import State
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import an_attempt
from tests.buying.doubles import FakeQueue
from tests.cli.stack import BRAND, CRISIS, GALETTE, HOTEL, StackInMemory, as_json, in_paris, parution

HOLD = ("hold", "--reason", CRISIS, "--by", "claire")


@pytest.mark.parametrize(
    ("words", "scope"),
    [
        (["--everything"], Scope()),
        (["--brand", BRAND], Scope(brand=BRAND)),
        (["--brand", BRAND, "--channel", "fil"], Scope(brand=BRAND, channel="fil")),
        (["--brand", BRAND, "--campaign", "noel"], Scope(brand=BRAND, campaign="noel")),
        (["--brand", BRAND, "--tag", "noel"], Scope(brand=BRAND, tag="noel")),
        (["--tag", "Noël & co"], Scope(tag="Noël & co")),
    ],
)
def test_what_is_named_is_held(stack: StackInMemory, words: list[str], scope: Scope) -> None:
    result = parution(*HOLD, *words)

    (hold,) = stack.posts.standing().holds
    assert result.exit_code == 0, result.stderr
    assert (hold.scope, hold.reason, hold.by) == (scope, CRISIS, "claire")


def test_it_is_told_what_is_stopped_what_comes_next_and_how_to_go_on(stack: StackInMemory) -> None:
    soon = stack.add("soon", 5)
    for number in range(3):
        stack.add(f"later-{number}", 60 + number)
    stack.add("elsewhere", brand=HOTEL)
    stack.add("out", state=State.PUBLISHED)

    told = parution(*HOLD, "--everything").stdout

    assert f"Held: everything, by claire: {CRISIS}" in told
    assert f"{BRAND}  4 deliveries\n" in told
    assert f"{HOTEL}  1 delivery\n" in told
    assert f"  {in_paris(soon.due_at)}  {soon.id}\n" in told
    assert "later-2" not in told
    assert told.endswith("To go on:  parution release --everything\n")


def test_it_is_told_what_a_hold_may_be_too_late_for(stack: StackInMemory) -> None:
    stack.add("sending", 0, state=State.SENDING, attempt=an_attempt())

    told = parution(*HOLD, "--brand", BRAND).stdout

    assert f"Being sent at this moment, and may still appear: {BRAND}/sending/fil\n" in told
    assert "Nothing of it waits at this moment." in told


def test_machines_get_the_hold_and_its_counts(stack: StackInMemory) -> None:
    stack.place_hold(Scope(tag="noel"))
    soon = stack.add("soon", 5)

    told = as_json(*HOLD, "--tag", "noel")

    assert told["hold"] | {"at": ""} == {
        "scope": "tag=noel",
        "tag": "noel",
        "reason": CRISIS,
        "by": "claire",
        "at": "",
        "epoch": 2,
    }
    assert told["instead_of"]["epoch"] == 1
    assert told["waiting"] == {BRAND: 1}
    assert [one["delivery"] for one in told["next"]] == [soon.id]
    assert (told["sending"], told["warnings"]) == ([], [])


def test_who_holds_is_the_one_at_the_machine(stack: StackInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "karim")

    parution("hold", "--reason", CRISIS, "--everything")

    assert stack.posts.standing().holds[0].by == "karim"


def test_a_hold_that_takes_the_place_of_another_says_so(stack: StackInMemory) -> None:
    stack.place_hold()

    assert f"It takes the place of a hold by claire: {CRISIS}\n" in parution(*HOLD, "--everything").stdout


# ---------------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "nothing says of what - add --brand BRAND, --tag TAG, or --everything"),
        (["--channel", "fil"], "a channel or a campaign belongs to a brand - add --brand BRAND"),
        (["--campaign", "noel"], "a channel or a campaign belongs to a brand - add --brand BRAND"),
        (["--everything", "--tag", "noel"], "--everything leaves nothing to name beside it"),
        (["--tag", "  "], "this is no tag"),
        (["--brand", "Boulangerie Martin"], "'Boulangerie Martin' is no brand's name"),
        (
            ["--brand", "boulangerie-martn"],
            "no brand 'boulangerie-martn' - did you mean 'boulangerie-martin'?",
        ),
        (["--brand", BRAND, "--channel", "fils"], "no channel 'fils' - did you mean 'fil'?"),
        (["--brand", BRAND, "--campaign", "ete"], "no campaign 'ete' - write one of: noel"),
    ],
)
def test_a_name_that_is_not_known_holds_nothing(stack: StackInMemory, words: list[str], error: str) -> None:
    result = parution(*HOLD, *words)

    assert result.exit_code == 1
    assert error in result.stderr
    assert stack.posts.standing() == Standing()


def test_force_holds_a_name_that_is_not_known(stack: StackInMemory) -> None:
    assert parution(*HOLD, "--brand", BRAND, "--channel", "fils", "--force").exit_code == 0
    assert stack.posts.standing().holds[0].scope.channel == "fils"


@pytest.mark.parametrize(
    "reason", ["", "  ", "two\nlines", "a bell \a", "a line\u2028and another", "x" * 201]
)
def test_a_reason_is_one_line_of_at_most_200_characters(stack: StackInMemory, reason: str) -> None:
    result = parution("hold", "--everything", "--reason", reason, "--by", "claire")

    assert result.exit_code == 1
    assert "this is no reason to show" in result.stderr
    assert stack.posts.standing() == Standing()


def test_a_reason_may_be_in_any_script(stack: StackInMemory) -> None:
    reason = "[red]Chef 👩‍🍳 ¡ya! 中毒[/]" + "é" * 150

    result = parution("hold", "--everything", "--reason", reason, "--by", "claire")

    assert reason in result.stdout
    assert stack.posts.standing().holds[0].reason == reason


def test_who_holds_has_a_name(stack: StackInMemory) -> None:
    result = parution("hold", "--everything", "--reason", CRISIS, "--by", " ")

    assert result.exit_code == 1
    assert "nobody says so - add --by" in result.stderr


def test_when_too_many_holds_stand_it_is_told_what_to_do(stack: StackInMemory) -> None:
    for number in range(MOST_HOLDS):
        stack.place_hold(Scope(tag=f"tag-{number}"))

    result = parution(*HOLD, "--tag", "one-more")

    assert result.exit_code == 1
    assert (
        "nothing was held: 100 holds stand - `parution holds` lists them; hold --everything" in result.stderr
    )
    assert parution(*HOLD, "--everything").exit_code == 0


def test_when_others_change_the_holds_each_time_it_is_told_that_nothing_was_held(
    stack: StackInMemory,
) -> None:
    class Restless(MemoryPosts):
        def standing(self) -> Standing:
            super().change(super().standing(), Standing(epoch=super().standing().epoch + 1))
            return Standing(epoch=super().standing().epoch - 1)

    stack.posts = Restless()

    result = parution(*HOLD, "--everything")

    assert result.exit_code == 1
    assert "nothing was held: others change the holds at this very moment - try again" in result.stderr


# ---------------------------------------------------------------------- what must not get in the way
class Unreadable(MemoryPosts):
    """A posts table in which only the holds can be read."""

    def brand(self, brand: str) -> BrandRow | None:
        raise ValueError("written by a version to come")

    def of_brand(self, brand: str) -> Any:
        raise ValueError("written by a version to come")


@pytest.mark.parametrize(
    "words", [["--everything"], ["--brand", BRAND, "--channel", "fils"], ["--tag", "noel"]]
)
def test_a_hold_is_placed_even_if_no_brand_can_be_read(stack: StackInMemory, words: list[str]) -> None:
    stack.posts, old = Unreadable(), stack.posts
    for brand in old.brands():
        row = old.brand(brand)
        assert row is not None
        stack.posts.keep_brand(row, None)

    result = parution(*HOLD, *words)

    assert result.exit_code == 0
    assert len(stack.posts.standing().holds) == 1
    assert "warning what it stops could not be counted: ValueError" in result.stdout
    assert result.stdout.startswith("Held: ")


def test_a_tag_that_nothing_carries_is_held_and_its_nearest_is_told(stack: StackInMemory) -> None:
    stack.add("galette", content=GALETTE)

    result = parution(*HOLD, "--tag", "galete")

    assert "nothing that waits carries the tag 'galete'; did you mean 'galette'?" in result.stdout
    assert len(stack.posts.standing().holds) == 1


def test_a_tag_is_looked_for_in_the_brand_that_is_named(stack: StackInMemory) -> None:
    stack.add("galette", content=GALETTE, brand=HOTEL)

    assert "did you mean" not in parution(*HOLD, "--brand", BRAND, "--tag", "galete").stdout


# ---------------------------------------------------------------------- what stands
def test_holds_are_listed_with_what_they_stopped_and_what_ends_them(stack: StackInMemory) -> None:
    stack.place_hold(Scope(brand=BRAND, tag="l'été"))
    stack.add_held("ete", content=Content(text="L'été !", language="fr-FR", tags=("l'été",)))
    stack.add_held("buche")
    stack.place_hold()

    told = parution("holds", "--stack", "parution-prod").stdout

    assert f"held brand={BRAND} tag=l'été, by claire: {CRISIS}\n" in told
    assert "; 1 delivery stopped so far\n" in told
    assert f"""  parution release --brand {BRAND} --tag 'l'"'"'été' --stack parution-prod\n""" in told
    assert "; 2 deliveries stopped so far\n  parution release --everything --stack parution-prod\n" in told


def test_what_is_held_without_a_hold_is_listed_too(stack: StackInMemory) -> None:
    stack.add_held("buche")

    told = parution("holds").stdout

    assert f"1 delivery is held, although no hold stands: {BRAND}/buche/fil\n" in told
    assert f"  parution release --brand {BRAND}\n" in told


def test_machines_get_the_holds_that_stand(stack: StackInMemory) -> None:
    assert as_json("holds") == []

    stack.place_hold()

    (told,) = as_json("holds")
    assert (told["scope"], told["by"], told["reason"], told["held"]) == ("everything", "claire", CRISIS, 0)


def test_when_nothing_is_held_it_says_so(stack: StackInMemory) -> None:
    assert parution("holds").stdout == "No hold stands.\n"


# ---------------------------------------------------------------------- money
def spend_today(stack: StackInMemory) -> None:
    """Let the bakery's only line stand at 6 EUR."""
    campaign, line = stack.posts.brand(BRAND).plan.campaigns[0], "fb-video"  # type: ignore[union-attr]
    today = stack.clock.now().date()
    stack.budgets.open_account(
        Account(brand=BRAND, campaign=campaign.id, currency="EUR", cap=campaign.budget)
    )
    stack.budgets.keep_allocation(
        Allocation(
            brand=BRAND,
            campaign=campaign.id,
            day=today,
            version=3,
            currency="EUR",
            budget=600,
            amounts={line: 600},
            problem={},
            answer={},
            at=stack.clock.now(),
        )
    )
    before = stack.budgets.line_day(BRAND, campaign.id, line, today)
    after = before.model_copy(update={"known": 600, "fence": 1})
    stack.budgets.record(before, after, [])


def test_a_hold_stops_the_advertising_that_it_covers(stack: StackInMemory) -> None:
    spend_today(stack)

    told = as_json(*HOLD, "--brand", BRAND)

    assert told["paused"] == [f"{BRAND}/noel/fb-video"]
    assert [(order.line, order.version) for order in stack.apply_queue.sent] == [("fb-video", 3)]


def test_it_is_told_which_advertising_stops(stack: StackInMemory) -> None:
    spend_today(stack)

    told = parution(*HOLD, "--everything").stdout

    assert f"Its advertising is being paused, which takes seconds: {BRAND}/noel/fb-video\n" in told


def test_a_hold_stands_and_says_so_when_the_advertising_cannot_be_told(stack: StackInMemory) -> None:
    spend_today(stack)

    class Broken(FakeQueue):
        def send(self, orders: list[Order]) -> None:
            raise ConnectionError("no route")

    stack.brake._queue = Broken()

    told = parution(*HOLD, "--everything").stdout

    assert told.startswith("Held: ")
    assert "warning advertising was not told at once: ConnectionError: no route" in told
