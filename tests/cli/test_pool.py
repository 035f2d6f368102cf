"""`parution pool`: who gets what of a shared budget is shown first, and stands when somebody says so."""

import json
from pathlib import Path
from typing import Any

import pytest

from parution.sandbox.memory_posts import MemoryPosts
from tests.buying.doubles import a_campaign, a_plan, a_row
from tests.cli.stack import BRAND, HOTEL, StackInMemory, as_json, parution

POOL: dict[str, Any] = {
    "id": "pool-q4",
    "currency": "EUR",
    "total": 10_000,
    "flight": ["2026-12-01", "2026-12-31"],
    "shares": {BRAND: {"fixed": 4_000}, HOTEL: {}, "studio-montreal": {}},
}
SHOWN = """\
pool-q4: 0.00 EUR of 100.00 EUR are spent or reserved, 100.00 EUR to share out

campaign                 days left  cost so far  gets       at most in all  brings
boulangerie-martin/noel  8          0.00 EUR     40.00 EUR  40.00 EUR       26.04
boulangerie-martin                               40.00 EUR
hotel-cimes/noel         8          0.00 EUR     60.00 EUR  60.00 EUR       35.47
hotel-cimes                                      60.00 EUR
"""


@pytest.fixture
def agency(stack: StackInMemory) -> StackInMemory:
    """Give a stack with two brands, whose campaigns have lines of one prior."""
    stack.posts = MemoryPosts()
    for brand in (BRAND, HOTEL):
        plan = a_plan(a_campaign())
        plan = plan.model_copy(update={"brand": plan.brand.model_copy(update={"id": brand})})
        stack.posts.keep_brand(a_row(plan), None)
    return stack


def a_workspace(folder: Path, **pool: Any) -> str:
    file = folder / "workspace.json"
    brands = [{"include": "brands/martin.json"}]
    document = {
        "version": 1,
        "workspace": {"id": "agence"},
        "brands": brands,
        "budget_pool": {**POOL, **pool},
    }
    file.write_text(json.dumps(document))
    return str(file)


def allowance(stack: StackInMemory, brand: str) -> int | None:
    account = stack.budgets.account(brand, "noel")
    return account.allowance if account else None


def test_the_split_is_shown_and_nothing_changes(agency: StackInMemory, tmp_path: Path) -> None:
    result = parution("pool", a_workspace(tmp_path), "--by", "claire")

    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(SHOWN)
    assert "studio-montreal takes no part: no plan of this brand is deployed" in result.stdout
    assert "boulangerie-martin is held by its cap: 0.01 EUR more is worth 0.00091" in result.stdout
    assert "--apply" in result.stdout
    assert allowance(agency, BRAND) is None


def test_with_apply_it_stands(agency: StackInMemory, tmp_path: Path) -> None:
    result = parution("pool", a_workspace(tmp_path), "--apply", "--by", "claire")

    assert "Shared out by claire, version 1" in result.stdout
    assert (allowance(agency, BRAND), allowance(agency, HOTEL)) == (4_000, 6_000)


def test_machines_read_the_allowances_and_the_proof(agency: StackInMemory, tmp_path: Path) -> None:
    told = as_json("pool", a_workspace(tmp_path), "--by", "claire")

    assert (told["done"], told["answer"]["status"]) == (False, "optimal")
    assert told["allowances"] == {f"{BRAND}/noel": 4_000, f"{HOTEL}/noel": 6_000}


def test_each_line_and_each_share_is_explained(agency: StackInMemory, tmp_path: Path) -> None:
    result = parution("pool", a_workspace(tmp_path), "--explain", "--by", "claire")

    assert f"{BRAND}/noel/fb-video\n  gets 20.00 EUR" in result.stdout
    assert f"group {BRAND}\n  Its lines get 40.00 EUR together." in result.stdout


def test_shares_that_exclude_each_other_change_nothing(agency: StackInMemory, tmp_path: Path) -> None:
    file = a_workspace(tmp_path, shares={BRAND: {"fixed": 6_000}, HOTEL: {"min": 0.5}})

    result = parution("pool", file, "--apply", "--by", "claire")

    assert result.exit_code == 1
    assert "infeasible: no split keeps all of this; nothing is changed" in result.stderr
    assert allowance(agency, BRAND) is None


@pytest.mark.parametrize(
    ("pool", "error"),
    [
        ({"total": 10.5}, "is no sound workspace - `parution validate"),
        ({"shares": {"studio-montreal": {}}}, "no campaign takes part in pool-q4 - studio-montreal: no plan"),
    ],
)
def test_a_pool_that_can_not_be_shared_out_is_refused(
    agency: StackInMemory, tmp_path: Path, pool: dict[str, Any], error: str
) -> None:
    result = parution("pool", a_workspace(tmp_path, **pool), "--by", "claire")

    assert result.exit_code == 1
    assert error in result.stderr.replace("\n", " ")


def test_a_workspace_without_a_pool_is_told_so(agency: StackInMemory, tmp_path: Path) -> None:
    file = tmp_path / "workspace.json"
    file.write_text('{"version": 1, "workspace": {"id": "agence"}, "brands": [{"include": "martin.json"}]}')

    result = parution("pool", str(file))

    assert result.exit_code == 1
    assert "has no budget_pool - docs/plan.md shows one" in result.stderr
