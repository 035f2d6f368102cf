"""`parution release`: its plan is shown and asked about first, then taken as it was shown."""

from datetime import datetime, timedelta

import pytest

from parution.guarding.holds import Scope
from parution.publishing.deliveries import Delivery, State
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import NOON
from tests.cli.stack import BRAND, CRISIS, GALETTE, HOTEL, StackInMemory, as_json, in_paris, parution
from tests.publishing.doubles import ObedientClock

RELEASE = ("release", "--everything", "--by", "claire")
TEN_MINUTES = timedelta(minutes=10)


def two_held(stack: StackInMemory) -> tuple[Delivery, Delivery]:
    stack.place_hold()
    return stack.add_held("buche", -90), stack.add_held("sables", -60)


def test_a_release_brings_back_what_was_held_with_its_spacing(stack: StackInMemory) -> None:
    first, second = two_held(stack)

    result = parution(*RELEASE, "--yes")

    rows = stack.row(first), stack.row(second)
    assert result.exit_code == 0, result.stderr
    assert [row.state for row in rows] == [State.PLANNED, State.PLANNED]
    assert rows[1].due_at - rows[0].due_at == TEN_MINUTES
    assert rows[0].changed.actor == "claire"
    assert stack.posts.standing().holds == ()
    assert result.stdout.endswith("Released: 2 deliveries.\n")


def test_what_comes_soon_is_sent_at_once(stack: StackInMemory) -> None:
    first, second = two_held(stack)

    parution(*RELEASE, "--yes")

    sent = stack.delivery_queue.next_at
    assert sent is not None
    assert stack.row(first).due_at - sent == timedelta(seconds=2)
    assert stack.row(second).due_at == sent + timedelta(seconds=2) + TEN_MINUTES


SHOWN = f"""\
This lifts the hold on everything, by claire: {CRISIS}

boulangerie-martin, Europe/Paris
delivery                 was planned for   now at
buche/fil                2026-12-03 11:30  2026-12-03 13:02
sables/fil               2026-12-03 12:00  2026-12-03 13:12
recette/fil and 2 parts  2026-12-03 12:30  2026-12-03 13:22

hotel-cimes, Europe/Paris
delivery   was planned for   now at
hotel/fil  2026-12-03 14:30  2026-12-03 14:30 as planned

"""


def test_the_plan_is_shown_by_brand_with_each_sequence_in_one_line(stack: StackInMemory) -> None:
    two_held(stack)
    stack.add_held("recette", -30, parts=3)
    stack.add("recette", -30, part=1, parts=3, under=0)
    stack.add("recette", -30, part=2, parts=3, under=1, state=State.MISSED)
    stack.add_held("hotel", 90, brand=HOTEL)

    assert parution(*RELEASE, answer="n\n").stdout.startswith(SHOWN)


@pytest.mark.parametrize(
    ("words", "now_at"), [(["--drop"], "dropped"), (["--shift"], "shifted"), (["--spaced", "P1D"], "spaced")]
)
def test_each_way_says_what_becomes_of_the_second_one(
    stack: StackInMemory, words: list[str], now_at: str
) -> None:
    first, second = two_held(stack)

    result = parution(*RELEASE, "--yes", *words)

    rows = stack.row(first), stack.row(second)
    assert result.exit_code == 0, result.stderr
    match now_at:
        case "dropped":
            assert {(row.state, row.dropped) for row in rows} == {(State.CANCELLED, True)}
            assert result.stdout.endswith("Dropped: 2 deliveries.\n")
        case "shifted":
            same_time = [(in_paris(row.due_at)[11:], in_paris(row.asked_at)[11:]) for row in rows]
            assert [now == planned for now, planned in same_time] == [True, True]
            assert all(row.due_at - row.asked_at >= timedelta(hours=23) for row in rows)
        case _:
            assert rows[1].due_at - rows[0].due_at == timedelta(days=1)


def test_a_no_changes_nothing(stack: StackInMemory) -> None:
    first, _ = two_held(stack)

    result = parution(*RELEASE, answer="n\n")

    assert result.exit_code == 1
    assert result.stdout.endswith("Nothing was changed.\n")
    assert (stack.row(first), len(stack.posts.standing().holds)) == (first, 1)


def test_a_yes_releases_what_was_shown(stack: StackInMemory) -> None:
    first, _ = two_held(stack)

    result = parution(*RELEASE, answer="y\n")

    assert result.exit_code == 0, result.stderr
    assert in_paris(stack.row(first).due_at) in result.stdout


def test_where_nobody_can_answer_nothing_is_changed_and_yes_is_named(stack: StackInMemory) -> None:
    first, _ = two_held(stack)

    result = parution(*RELEASE)

    assert result.exit_code == 1
    assert "nobody answered, and nothing was changed - --yes does it without asking" in result.stderr
    assert stack.row(first) == first


def test_a_plan_that_was_looked_at_for_too_long_is_shown_again(stack: StackInMemory) -> None:
    class Hesitating(ObedientClock):
        """Lets five minutes pass once the first plan is shown."""

        looks = 0

        def now(self) -> datetime:
            self.looks += 1
            if self.looks == 2:
                self.pass_(timedelta(minutes=5))
            return super().now()

    first, _ = two_held(stack)
    stack.clock = Hesitating(NOON)

    result = parution(*RELEASE, answer="y\ny\n")

    assert result.exit_code == 0, result.stderr
    assert "Meanwhile the first time is over. The plan is now:" in result.stdout
    assert stack.row(first).due_at == NOON + timedelta(minutes=7)


def test_for_machines_without_yes_nothing_is_changed(stack: StackInMemory) -> None:
    first, second = two_held(stack)

    told = as_json(*RELEASE)

    assert (told["done"], told["way"], told["spacing"]) == (False, "spaced", "PT10M")
    assert [step["delivery"] for step in told["steps"]] == [first.id, second.id]
    assert told["lifts"]["reason"] == CRISIS
    assert stack.row(first) == first


def test_for_machines_with_yes_it_is_done(stack: StackInMemory) -> None:
    first, _ = two_held(stack)

    told = as_json(*RELEASE, "--yes", "--drop")

    assert (told["done"], told["left"]) == (True, [])
    assert [step["at"] for step in told["steps"]] == [None, None]
    assert stack.row(first).state is State.CANCELLED


# ---------------------------------------------------------------------- what another hold keeps
def test_what_another_hold_keeps_is_told(stack: StackInMemory) -> None:
    first, _ = two_held(stack)
    stack.place_hold(Scope(tag="galette"))
    kept = stack.add_held("galette", content=GALETTE)

    result = parution(*RELEASE, "--yes")

    assert "1 delivery stays held by tag=galette.\n" in result.stdout
    assert (stack.row(first).state, stack.row(kept).state) == (State.PLANNED, State.HELD)
    assert as_json("release", "--tag", "galette")["lifts"]["scope"] == "tag=galette"


def test_what_only_another_hold_keeps_cannot_be_released_here(stack: StackInMemory) -> None:
    first, _ = two_held(stack)

    result = parution("release", "--brand", BRAND, "--yes", "--stack", "parution-prod")

    assert result.exit_code == 1
    assert f"no hold stands on brand={BRAND}; 2 deliveries of it are held by everything" in result.stderr
    assert "`parution release --everything --stack parution-prod` releases that" in result.stderr
    assert stack.row(first) == first


# ---------------------------------------------------------------------- again
def test_releasing_twice_says_that_nothing_is_held(stack: StackInMemory) -> None:
    two_held(stack)
    parution(*RELEASE, "--yes")

    result = parution(*RELEASE, "--yes")

    assert (result.exit_code, result.stdout) == (
        0,
        "No hold stands on everything, and nothing of it is held.\n",
    )


def test_a_scope_on_which_no_hold_stands_names_those_that_do(stack: StackInMemory) -> None:
    stack.place_hold(Scope(tag="galette"))

    result = parution("release", "--tag", "galete")

    assert result.exit_code == 0
    assert result.stdout.endswith("What stands: tag=galette\n")


def test_a_release_that_was_cut_off_is_finished_by_the_brands_own(stack: StackInMemory) -> None:
    left = stack.add_held("buche")

    result = parution("release", "--brand", BRAND, "--yes")

    assert result.exit_code == 0, result.stderr
    assert stack.row(left).state is State.PLANNED


def test_a_hold_under_which_nothing_was_held_is_lifted(stack: StackInMemory) -> None:
    stack.place_hold()

    result = parution(*RELEASE, answer="y\n")

    assert "Nothing was held under it." in result.stdout
    assert "Lift the hold? [y/N]" in result.stderr
    assert stack.posts.standing().holds == ()


def test_what_others_are_in_the_way_of_stays_held_and_is_told(stack: StackInMemory) -> None:
    class Contested(MemoryPosts):
        def move(self, before: Delivery, after: Delivery) -> None:
            super().move(before, before.model_copy(update={"fence": before.fence + 1}))
            super().move(before, after)

    stack.posts = Contested()
    stack.add_held("buche")
    stack.place_hold()
    stack.posts.brands = lambda: [BRAND]  # type: ignore[method-assign]  # nothing was imported here

    result = parution(*RELEASE, "--yes")

    assert result.exit_code == 1
    assert f"others changed these meanwhile, and they stay held: {BRAND}/buche/fil" in result.stderr
    assert "`parution release --everything` takes them up" in result.stderr


# ---------------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--drop", "--shift"], "--spaced, --shift and --drop are three ways - choose one"),
        (["--spaced", "PT10M", "--drop"], "--spaced, --shift and --drop are three ways - choose one"),
        (["--spaced", "10"], "'10' is no spacing - write one from PT1M to P7D"),
        (["--spaced", "10 minutes"], "'10 minutes' is no spacing"),
        (["--spaced", "PT59S"], "'PT59S' is no spacing"),
        (["--spaced", "P8D"], "'P8D' is no spacing"),
        (["--spaced", "Pâques"], "'Pâques' is no spacing"),
    ],
)
def test_a_way_that_is_none_changes_nothing(stack: StackInMemory, words: list[str], error: str) -> None:
    first, _ = two_held(stack)

    result = parution(*RELEASE, "--yes", *words)

    assert result.exit_code == 1
    assert error in result.stderr
    assert stack.row(first) == first
