"""`parution resolve` and `approve`: a person's word is taken once, and refused in words where it comes too early."""

from datetime import timedelta
from typing import Any

import pytest

from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Delivery, State
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import BUCHE, NOON, an_attempt
from tests.cli.stack import BRAND, StackInMemory, as_json, parution

NAME = f"{BRAND}/buche/fil"
URL = "https://masto.example/@martin/115000000000000001"
LIVE = ("resolve", NAME, "--by", "claire", "--live", URL)
NOT_LIVE = ("resolve", NAME, "--by", "claire", "--not-live")


def in_doubt(
    stack: StackInMemory, state: State = State.UNCONFIRMED, minutes: int = -5, **facts: Any
) -> Delivery:
    """A delivery that was sent on time, and whose answer was lost."""
    attempt = an_attempt(at=NOON + timedelta(minutes=minutes))
    row: dict[str, Any] = {"state": state, "attempt": attempt, "first_sent_at": attempt.at, "wake_at": None}
    return stack.add("buche", minutes, **row, **facts)


# ---------------------------------------------------------------------- resolve
def test_what_a_person_saw_is_published(stack: StackInMemory) -> None:
    delivery = in_doubt(stack)

    result = parution(*LIVE)

    row = stack.row(delivery)
    assert (result.exit_code, result.stdout) == (0, f"It is published: {URL} (seen by claire)\n")
    assert (row.state, row.url, row.remote_id) == (State.PUBLISHED, URL, "115000000000000001")


@pytest.mark.parametrize(
    ("network", "url"), [("webhook", URL), ("mastodon", "https://masto.example/@martin")]
)
def test_an_address_that_tells_no_id_says_what_is_lost(stack: StackInMemory, network: str, url: str) -> None:
    in_doubt(stack, network=network, parts=3)

    told = parution("resolve", NAME, "--live", url, "--by", "claire").stdout

    assert "The address does not tell the network's own id of it: its figures cannot be read, " in told
    assert "and 2 parts that should stand below it will be skipped." in told


def test_what_a_person_does_not_find_is_sent_again_at_once(stack: StackInMemory) -> None:
    delivery = in_doubt(stack)

    result = parution(*NOT_LIVE)

    assert (result.exit_code, result.stdout) == (0, "It is sent again at once.\n")
    assert stack.row(delivery).state is State.PLANNED
    assert stack.delivery_queue.receive() == [delivery.ticket]


def test_old_news_is_not_sent_again_and_it_says_why(stack: StackInMemory) -> None:
    delivery = in_doubt(stack, minutes=-30)

    result = parution(*NOT_LIVE)

    assert result.exit_code == 0
    assert result.stdout.startswith(
        "It is not sent again: its limit of 10 min is over. Give it a new time in the plan"
    )
    assert stack.row(delivery).state is State.MISSED


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (LIVE, f"It is published already: {URL} (seen by claire)\n"),
        (NOT_LIVE, "It is sent again at once (said already by claire).\n"),
    ],
)
def test_saying_it_twice_is_no_error_and_changes_nothing(
    stack: StackInMemory, words: tuple[str, ...], told: str
) -> None:
    delivery = in_doubt(stack)
    parution(*words)
    row = stack.row(delivery)

    result = parution(*words)

    assert (result.exit_code, result.stdout) == (0, told)
    assert stack.row(delivery) == row


def test_nobody_can_say_too_early_that_it_is_not_there(stack: StackInMemory) -> None:
    delivery = in_doubt(stack, State.CHECKING, minutes=-1)

    result = parution(*NOT_LIVE)

    assert result.exit_code == 1
    assert f"{NAME}: the network is still being asked, and may show it until 12:04:00 UTC" in result.stderr
    assert stack.row(delivery) == delivery


@pytest.mark.parametrize("state", sorted(set(State) - {State.UNCONFIRMED, State.CHECKING}))
def test_in_every_other_state_it_says_what_that_is_and_what_to_do(stack: StackInMemory, state: State) -> None:
    delivery = stack.add("buche", state=state, url=URL, proof="answer")

    result = parution(*NOT_LIVE)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"error {NAME}: ")
    assert " - " in result.stderr
    assert stack.row(delivery) == delivery


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "a post is there or it is not - say --live URL, or --not-live"),
        (["--live", URL, "--not-live"], "a post is there or it is not"),
        (["--live", "masto.example/1"], "this is no address - write where the post is to be seen: https://…"),
        (["--live", "ftp://masto.example/1"], "this is no address"),
        (["--live", "https:///1"], "this is no address"),
        (["--live", "https://[masto/1"], "this is no address"),
        (["--live", "https://masto.example/a b"], "this is no address"),
        (["--live", "https://masto.example/\a"], "this is no address"),
        (["--live", "https://masto.example/" + "x" * 2_000], "this is no address"),
    ],
)
def test_what_is_no_verdict_changes_nothing(stack: StackInMemory, words: list[str], error: str) -> None:
    delivery = in_doubt(stack)

    result = parution("resolve", NAME, "--by", "claire", *words)

    assert result.exit_code == 1
    assert error in result.stderr
    assert stack.row(delivery) == delivery


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (f"{BRAND}/buch/fil", f"no delivery is called '{BRAND}/buch/fil' - did you mean '{NAME}'?"),
        ("buche/fil", "'buche/fil' is no delivery's name - `parution status` prints those that there are"),
    ],
)
def test_a_name_that_is_not_known_is_told_with_its_nearest(
    stack: StackInMemory, name: str, error: str
) -> None:
    in_doubt(stack)

    result = parution("resolve", name, "--not-live", "--by", "claire")

    assert result.exit_code == 1
    assert error in result.stderr


def test_when_others_change_it_each_time_it_says_so(stack: StackInMemory) -> None:
    class Contested(MemoryPosts):
        def move(self, before: Delivery, after: Delivery) -> None:
            super().move(before, before.model_copy(update={"fence": before.fence + 1}))
            super().move(before, after)

    stack.posts = Contested()
    in_doubt(stack)

    result = parution(*LIVE)

    assert result.exit_code == 1
    assert f"{NAME}: others change it at this very moment - try again" in result.stderr


def test_machines_get_the_delivery_as_it_stands_then(stack: StackInMemory) -> None:
    in_doubt(stack)

    told = as_json(*LIVE)

    row = told["delivery"]
    assert (told["done"], row["id"], row["state"], row["url"]) == (True, NAME, "published", URL)


# ---------------------------------------------------------------------- approve
APPROVE = ("approve", NAME, "--by", "claire")
VITRINE = Content(
    text="Notre vitrine de Noël\n[red]est prête[/].",
    link="https://martin.example/vitrine",
    language="fr-FR",
    media=(MediaRef(key="media/vitrine.png", etag="e", kind="image/png", alt="Une vitrine"),),
    tags=("noel", "vitrine"),
)
SHOWN = f"""\
boulangerie-martin/buche/fil on mastodon, 2026-12-03 14:00 Europe/Paris
content {VITRINE.hash}

  Notre vitrine de Noël
  [red]est prête[/].

  https://martin.example/vitrine
  [image/png] media/vitrine.png: Une vitrine
  tags: noel, vitrine

"""


def asked(stack: StackInMemory, **facts: Any) -> Delivery:
    return stack.add(
        "buche", **{"state": State.AWAITING_APPROVAL, "asks_approval": True, "content": BUCHE, **facts}
    )


def test_what_is_approved_is_shown_first_with_its_hash(stack: StackInMemory) -> None:
    delivery = asked(stack, content=VITRINE)

    result = parution(*APPROVE, answer="n\n")

    assert result.exit_code == 1
    assert result.stdout.startswith(SHOWN)
    assert result.stdout.endswith("Nothing was changed.\n")
    assert stack.row(delivery) == delivery


@pytest.mark.parametrize(("words", "answer"), [([], "y\n"), (["--yes"], None)])
def test_a_yes_plans_it(stack: StackInMemory, words: list[str], answer: str | None) -> None:
    delivery = asked(stack)

    result = parution(*APPROVE, *words, answer=answer)

    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith(
        f"Approved by claire: content {BUCHE.hash}. It appears at 2026-12-03 14:00 Europe/Paris.\n"
    )
    assert stack.row(delivery).state is State.PLANNED


def test_approving_twice_asks_nothing_and_is_no_error(stack: StackInMemory) -> None:
    asked(stack)
    parution(*APPROVE, "--yes")

    result = parution("approve", NAME, "--by", "karim")

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Approved already by claire: content {BUCHE.hash}.")


def test_an_edit_between_the_look_and_the_yes_is_told(stack: StackInMemory) -> None:
    class Edited(MemoryPosts):
        """Somebody imports another text right after it was shown."""

        def content(self, brand: str, post: str, content: str) -> Content:
            row = self.read(delivery.ticket, consistent=True)
            if row == delivery:
                super().move(row, row.model_copy(update={"content": VITRINE.hash, "version": 2, "fence": 1}))
            return super().content(brand, post, content)

    stack.posts = Edited()
    delivery = asked(stack)

    result = parution(*APPROVE, answer="y\n")

    assert result.exit_code == 1
    assert "its content has changed since you saw it - look at it again" in result.stderr
    assert stack.row(delivery).state is State.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"state": State.PLANNED, "asks_approval": False}, "it needs nobody's yes"),
        ({"state": State.HELD}, "it is held - `parution release` first"),
    ],
)
def test_what_wants_no_yes_says_why(stack: StackInMemory, facts: dict[str, Any], error: str) -> None:
    asked(stack, **facts)

    result = parution(*APPROVE, "--yes")

    assert result.exit_code == 1
    assert error in result.stderr


def test_a_delivery_that_is_not_there_cannot_be_approved(stack: StackInMemory) -> None:
    result = parution(*APPROVE, "--yes")

    assert result.exit_code == 1
    assert f"no delivery is called '{NAME}'" in result.stderr


def test_machines_without_yes_only_read_it(stack: StackInMemory) -> None:
    delivery = asked(stack)

    told = as_json(*APPROVE)

    assert (told["done"], told["delivery"]["state"]) == (False, "awaiting_approval")
    assert told["hash"] == BUCHE.hash
    assert told["content"]["text"] == BUCHE.text
    assert stack.row(delivery) == delivery


def test_machines_with_yes_approve_it(stack: StackInMemory) -> None:
    asked(stack)

    told = as_json(*APPROVE, "--yes")

    row = told["delivery"]
    assert (told["done"], row["state"], row["approval"]["by"]) == (True, "planned", "claire")
