"""`parution export`: everything that a brand owns, and a plan that imports to where it came from."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from parution.buying.campaigns import Account, LineDay
from parution.cli import stacks
from parution.measuring.insights import LineInsight, PostInsight
from parution.publishing.history import edge_of
from parution.sandbox.memory_history import MemoryHistory
from parution.sandbox.memory_insights import MemoryInsights
from tests.cli.stack import parution
from tests.cli.test_changes import KEY, Stack
from tests.plan.newsroom import BRAND
from tests.plan.plans import NOW, a_plan, as_bytes

PLAN = json.dumps(a_plan(), ensure_ascii=False, indent=3).encode()


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A brand that was imported, with figures of a post and of a line."""
    found: Any = Stack()
    found.name, found.history, found.insights = "parution-dev", MemoryHistory(), MemoryInsights()
    monkeypatch.setattr(stacks, "Stack", lambda _: found)
    found.files.upload("media/buche.png", b"picture")
    found.files.upload(KEY, PLAN)
    found.history.append(edge_of(each) for each in found.posts.of_brand(BRAND))
    found.insights.append_post(
        PostInsight(brand=BRAND, post="buche", channel="fil", network="mastodon", read_at=NOW, likes=3)
    )
    line: dict[str, Any] = {"brand": BRAND, "campaign": "noel", "line": "fb-video", "day": date(2026, 12, 1)}
    found.insights.append_line(LineInsight(**line, read_at=NOW, spend=1200, results=4.0))
    found.budgets.open_account(Account(brand=BRAND, campaign="noel", currency="EUR", cap=150000))
    found.budgets.record(LineDay(**line), LineDay(**line, fence=1), [])
    return found


def rows(folder: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


def test_everything_that_a_brand_owns_is_written_and_counted(stack: Any, tmp_path: Path) -> None:
    manifest = json.loads(
        parution("export", BRAND, "--out", str(tmp_path / "out"), "--format", "json").stdout
    )

    assert manifest["files"] == {
        "deliveries.jsonl": 2,
        "contents.jsonl": 2,
        "history.jsonl": 2,
        "accounts.jsonl": 1,
        "line-days.jsonl": 1,
        "ledger.jsonl": 0,
        "allocations.jsonl": 0,
        "post-figures.jsonl": 1,
        "line-figures.jsonl": 1,
        "media.jsonl": 1,
    }
    assert [row["id"] for row in rows(tmp_path / "out", "deliveries")] == [
        f"{BRAND}/buche/fil",
        f"{BRAND}/buche/site",
    ]
    assert rows(tmp_path / "out", "post-figures")[0]["likes"] == 3
    assert rows(tmp_path / "out", "line-figures")[0]["spend"] == 1200
    assert json.loads((tmp_path / "out/manifest.json").read_text()) == manifest


def test_what_was_exported_imports_to_the_same_digest(stack: Any, tmp_path: Path) -> None:
    parution("export", BRAND, "--out", str(tmp_path), "--media")

    planned = parution("plan", str(tmp_path / "plan.json"))
    elsewhere = Stack()
    elsewhere.files.upload("media/buche.png", (tmp_path / "media/buche.png").read_bytes())
    elsewhere.files.upload(KEY, (tmp_path / "plan.json").read_bytes())

    assert planned.exit_code == 0
    there, here = elsewhere.posts.brand(BRAND), stack.posts.brand(BRAND)
    assert there is not None
    assert there.digest == here.digest
    assert elsewhere.standing() == stack.standing()


def test_an_export_holds_no_secret_but_the_names(stack: Any, tmp_path: Path) -> None:
    stack.secrets.store("masto-martin", {"token": "hush-hush"})

    parution("export", BRAND, "--out", str(tmp_path), "--media")

    written = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
    assert b"hush-hush" not in written
    assert b"masto-martin" in written


def test_a_newer_file_that_was_not_imported_is_told(stack: Any, tmp_path: Path) -> None:
    stack.files.is_alive = False
    stack.files.upload(KEY, as_bytes(a_plan(posts=[])))

    told = parution("export", BRAND, "--out", str(tmp_path)).stdout

    assert "plan.json is a newer file, not the one that was imported last" in told


def test_an_export_never_writes_over_another(stack: Any, tmp_path: Path) -> None:
    parution("export", BRAND, "--out", str(tmp_path))

    again = parution("export", BRAND, "--out", str(tmp_path))

    assert again.exit_code == 1
    assert "holds an export already" in again.stderr
