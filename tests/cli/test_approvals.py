"""`parution approve --campaign`: a move of money is shown first, and the yes is to exactly that."""

import pytest

from parution.buying.campaigns import Allocation
from parution.plan.ports import BrandRow
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import NOON
from tests.buying.doubles import TODAY, a_plan
from tests.cli.stack import BRAND, StackInMemory, as_json, parution

NAME = f"{BRAND}/noel"
APPROVE = ("approve", "--campaign", NAME, "--by", "claire")
CURVE = {"kind": "hill", "ceiling": 20.0, "half_spend": 1000, "slope": 1.0}
PROBLEM = {
    "currency": "EUR",
    "budget": 1000,
    "lines": [
        {"id": "fb-video", "response": CURVE},
        {"id": "ig-reel", "response": {**CURVE, "ceiling": 60.0}},
    ],
}
SHOWN = """\
line      stands    proposed  brings  would bring
fb-video  5.00 EUR  2.00 EUR  6.7     3.3
ig-reel   5.00 EUR  8.00 EUR  20.0    26.7

It would bring 3.3 results more today.

"""


@pytest.fixture
def proposing(stack: StackInMemory) -> StackInMemory:
    """Give a stack whose campaign proposes to move 3 euros."""
    stack.posts = MemoryPosts()
    row = BrandRow(plan=a_plan(), key="plans/bakery.json", digest="0", version=1, imported_at=NOON)
    stack.posts.keep_brand(row, None)
    stack.budgets.keep_allocation(
        Allocation(
            brand=BRAND,
            campaign="noel",
            day=TODAY,
            version=1,
            currency="EUR",
            budget=1000,
            amounts={"fb-video": 500, "ig-reel": 500},
            problem=PROBLEM,
            answer={},
            at=NOON,
            proposed={"fb-video": 200, "ig-reel": 800},
            proposed_problem=PROBLEM,
            proposed_answer={},
        )
    )
    return stack


def amounts(stack: StackInMemory) -> dict[str, int]:
    allocation = stack.budgets.allocation(BRAND, "noel", TODAY)
    assert allocation
    return allocation.amounts


def test_a_move_of_money_is_shown_before_it_is_approved(proposing: StackInMemory) -> None:
    result = parution(*APPROVE, answer="n\n")

    assert result.exit_code == 1
    assert SHOWN in result.stdout
    assert result.stdout.endswith("Nothing was changed.\n")
    assert amounts(proposing) == {"fb-video": 500, "ig-reel": 500}


@pytest.mark.parametrize(("words", "answer"), [([], "y\n"), (["--yes"], None)])
def test_a_yes_lets_it_stand_and_orders_it(
    proposing: StackInMemory, words: list[str], answer: str | None
) -> None:
    result = parution(*APPROVE, *words, answer=answer)

    assert result.exit_code == 0, result.stderr
    assert "Approved by claire, 2026-12-03 12:00 UTC: proposal " in result.stdout
    assert amounts(proposing) == {"fb-video": 200, "ig-reel": 800}
    assert [order.line for order in proposing.apply_queue.sent] == ["fb-video", "ig-reel"]


def test_machines_see_it_first_and_name_it_in_their_yes(proposing: StackInMemory) -> None:
    seen = as_json(*APPROVE)

    told = as_json(*APPROVE, "--yes", "--exactly", seen["proposal"]["hash"])

    assert (seen["done"], told["done"]) == (False, True)
    assert seen["proposal"]["gain"] == pytest.approx(3.333, abs=1e-3)
    assert told["approved"]["by"] == "claire"


def test_a_yes_to_another_hash_changes_nothing(proposing: StackInMemory) -> None:
    result = parution(*APPROVE, "--yes", "--exactly", "0" * 32)

    assert result.exit_code == 1
    assert "not 00000000000000000000000000000000 - look at it again" in result.stderr
    assert amounts(proposing) == {"fb-video": 500, "ig-reel": 500}


def test_saying_it_twice_asks_nothing_and_is_no_error(proposing: StackInMemory) -> None:
    parution(*APPROVE, "--yes")

    result = parution("approve", "--campaign", NAME, "--by", "karim")

    assert result.exit_code == 0
    assert result.stdout.startswith("Approved already by claire")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "a yes is said to one thing - name a delivery, or --campaign BRAND/CAMPAIGN"),
        (("a/b/c", "--campaign", NAME), "a yes is said to one thing"),
        (("a/b/c", "--exactly", "0"), "--exactly is of a campaign's proposal"),
        (("--campaign", f"{BRAND}/nöel"), f"{BRAND} has no campaign 'nöel'"),
        (("--campaign", "boulangerie-martine/noel"), "the stack has no brand 'boulangerie-martine'"),
    ],
)
def test_what_names_nothing_to_decide_is_refused(
    proposing: StackInMemory, words: tuple[str, ...], error: str
) -> None:
    result = parution("approve", *words, "--by", "claire")

    assert result.exit_code == 1
    assert error in result.stderr


def test_a_campaign_without_a_proposal_is_told_so(proposing: StackInMemory) -> None:
    proposing.budgets.keep_allocation(
        Allocation(
            brand=BRAND,
            campaign="noel",
            day=TODAY,
            version=2,
            currency="EUR",
            budget=1000,
            amounts={"fb-video": 500},
            problem=PROBLEM,
            answer={},
            at=NOON,
        )
    )

    result = parution(*APPROVE)

    assert result.exit_code == 1
    assert f"{NAME}: nothing of it waits for a yes" in result.stderr
