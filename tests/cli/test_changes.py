"""`parution plan`, `apply` and `remove-brand`: what is shown is what the import does, and nothing else."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from typer.testing import Result

from parution.buying.campaigns import Account
from parution.cli import stacks
from parution.cli.proposals import etag_like
from parution.plan.ports import BrandRow, PlanFile, StoredFile
from parution.publishing.deliveries import State
from parution.sandbox.memory_budgets import MemoryBudgets
from parution.sandbox.memory_plans import MemoryPlanBucket
from tests.builders import a_change
from tests.cli.stack import parution
from tests.plan.newsroom import BRAND, Newsroom
from tests.plan.plans import NOW, REMOVED, a_plan, as_bytes
from tests.publishing.doubles import ObedientClock

MINUS = "\u2212"
KEY = f"plans/{BRAND}/plan.json"
POST = {"id": "galette", "at": "2027-01-06T08:00", "channels": ["fil"], "text": "La galette arrive."}


class LivingBucket(MemoryPlanBucket):
    """A bucket whose stack imports what is put under plans/, at once."""

    def __init__(self, newsroom: "Stack") -> None:
        super().__init__()
        self._newsroom = newsroom
        self.is_alive = True
        self.before_replacing: Callable[[], None] = lambda: None

    def upload(self, key: str, body: bytes | BinaryIO, at: datetime | str = NOW) -> None:
        now = self._newsroom.clock.now()
        super().upload(key, body if isinstance(body, bytes) else body.read(), now)
        if key.startswith("plans/") and self.is_alive:
            self._newsroom.take(key, now)

    def replace(self, key: str, body: bytes, over: str | None) -> None:
        self.before_replacing()
        super().replace(key, body, over)

    def plan_file(self, key: str, limit: int) -> PlanFile | None:
        if key in self.results:
            body = json.dumps(self.results[key]).encode()
            return PlanFile(body=body, size=len(body), etag="", uploaded_at=NOW)
        return super().plan_file(key, limit)


class Stack(Newsroom):
    """A stack in memory that imports what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.budgets = ObedientClock(NOW), MemoryBudgets()
        self.files: LivingBucket = LivingBucket(self)

    def state_of(self, name: str) -> State:
        (row,) = [each for each in self.posts.of_brand(BRAND) if each.id == f"{BRAND}/{name}"]
        return row.state


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    found = Stack()
    monkeypatch.setattr(stacks, "Stack", lambda _: found)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/buche.png").write_bytes(b"picture")
    return tmp_path


def written(folder: Path, **values: Any) -> str:
    (folder / "plan.json").write_bytes(as_bytes(a_plan(**values)))
    return str(folder / "plan.json")


def applied(folder: Path, stack: Stack, **values: Any) -> Result:
    result = parution("apply", written(folder, **values), "--yes")
    stack.clock.pass_(timedelta(minutes=1))
    return result


def planned(file: str) -> Any:
    """Give the brand's part of the plan for machines, with its exit code."""
    result = parution("plan", file, "--format", "json")
    (found,) = json.loads(result.stdout)
    return result.exit_code, found


def test_planned_and_applied_there_is_nothing_left_to_do(stack: Stack, folder: Path) -> None:
    file = written(folder)

    first = parution("plan", file)
    done = parution("apply", file, "--yes")
    again = parution("plan", file)

    assert (first.exit_code, done.exit_code, again.exit_code) == (2, 0, 0), done.output
    assert f"Imported {KEY}: deliveries 2 new.\n" in done.stdout
    assert again.stdout.endswith("Nothing to do.\n")


def test_a_plan_writes_nothing(stack: Stack, folder: Path) -> None:
    parution("plan", written(folder))

    assert (list(stack.posts.of_brand(BRAND)), stack.posts.brands(), stack.moments) == ([], [], [])
    assert stack.files.stored("media/buche.png") is None


def test_each_kind_of_change_has_its_sign_its_words_and_the_sum(stack: Stack, folder: Path) -> None:
    applied(folder, stack, posts__0__variants=REMOVED)
    buche = {**a_plan()["posts"][0], "at": "2026-12-03T09:30", "text": "La bûche praliné est là."}
    file = written(
        folder,
        posts=[buche | {"channels": ["fil"], "variants": {}}, POST],
        campaigns__0__budget=180000,
        campaigns__0__formats__0__max=90000,
        schedules={"allocate": "cron(0 6 * * ? *)"},
        pillars=[],
    )

    told = parution("plan", file).stdout.replace("\u202f", " ").replace("\xa0", " ")

    lines = [" ".join(line.split()) for line in told.splitlines()]
    assert "+ new ~ change - cancel ! locked = same" in lines
    assert f"{BRAND} · Europe/Paris · against version 2 of 2026-11-22T10:00" in lines
    assert "+ post galette fil 2027-01-06T08:00" in lines
    assert f"~ post buche fil text ({MINUS}9 +10 characters), 2026-12-03T08:00 → 2026-12-03T09:30" in lines
    assert "- post buche site 2026-12-03T08:00 (planned, not sent)" in lines
    assert (
        "~ campaign noel budget 1 500,00 € → 1 800,00 € fb-video at most 900,00 € (+100,00 €) "
        "ig-reel at most 1 800,00 € (+300,00 €)" in lines
    )
    assert "~ schedule allocate cron(0 5 * * ? *) Europe/Paris → cron(0 6 * * ? *) Europe/Paris" in lines
    assert "- schedule insights rate(1 hour) Europe/Paris" in lines
    assert "~ plan pillars" in lines
    assert lines[-2] == (
        "Deliveries: 1 new, 1 changed, 1 cancelled. Campaigns: 1 changed. "
        "Schedules: 1 changed, 1 cancelled. Spend committed: +300,00 €."
    )


def test_what_is_shown_is_what_the_import_does(stack: Stack, folder: Path) -> None:
    applied(folder, stack)
    file = written(folder, posts__0__text="Autre texte.", posts__0__variants={}, posts__0__channels=["fil"])

    _, found = planned(file)
    result = json.loads(parution("apply", file, "--yes", "--format", "json").stdout)["results"][0]

    shown = {(each["kind"], each["delivery"]) for each in found["brands"][0]["changes"]["posts"]}
    done = {(kind, name) for kind in ("change", "cancel") for name in result["changes"][kind]}
    assert shown == done == {("change", f"{BRAND}/buche/fil"), ("cancel", f"{BRAND}/buche/site")}


def test_what_was_published_is_locked(stack: Stack, folder: Path) -> None:
    applied(folder, stack)
    (fil, _) = stack.posts.of_brand(BRAND)
    out = {"state": State.PUBLISHED, "published_at": NOW, "fence": 9, "wake_at": None}
    stack.posts.move(fil, fil.model_copy(update=out))
    file = written(folder, posts__0__text="Trop tard.")

    told = parution("plan", file)

    assert "fil already published 2026-11-22T10:00: the edit is ignored" in told.stdout
    assert (told.exit_code, stack.state_of("buche/fil")) == (0, State.PUBLISHED)


def test_errors_come_first_with_their_place_and_nothing_can_be_applied(stack: Stack, folder: Path) -> None:
    file = written(folder, posts__0__channels=["fill"])

    told = parution("plan", file)
    refused = parution("apply", file, "--yes")

    assert (told.exit_code, refused.exit_code) == (1, 1)
    assert "E202" in told.stdout
    assert "Hash" not in told.stdout
    assert stack.files.stored(KEY) is None


def test_a_hash_stands_for_the_state_it_was_made_from(stack: Stack, folder: Path) -> None:
    applied(folder, stack)
    file = written(folder, posts__0__text="Autre texte.")
    _, before = planned(file)
    (fil, _) = stack.posts.of_brand(BRAND)
    held = {"state": State.HELD, "fence": fil.fence + 1, "changed": a_change(), "wake_at": None}
    stack.posts.move(fil, fil.model_copy(update=held))

    stale = parution("apply", file, "--hash", before["hash"])
    _, now = planned(file)
    good = parution("apply", file, "--hash", now["hash"])

    assert stale.exit_code == 1
    assert f"the state has moved since {before['hash']} was shown" in stale.stderr
    assert f"--hash {now['hash']}" in stale.stdout
    assert good.exit_code == 0


def test_money_that_is_spent_meanwhile_makes_a_campaigns_hash_stale(stack: Stack, folder: Path) -> None:
    applied(folder, stack)
    file = written(folder, campaigns__0__budget=110000)
    _, before = planned(file)
    account = Account(brand=BRAND, campaign="noel", currency="EUR", cap=150000, spent=120000)
    stack.budgets.open_account(account)

    stale = parution("apply", file, "--hash", before["hash"])

    assert stale.exit_code == 1
    assert "1\u202f200,00\xa0€ are spent or reserved already: nothing more is bought" in stale.stdout


def test_nobody_is_asked_twice_and_no_means_no(stack: Stack, folder: Path) -> None:
    refused = parution("apply", written(folder), answer="n\n")

    assert (refused.exit_code, stack.posts.brands()) == (1, [])
    assert refused.stdout.endswith("Nothing was changed.\n")


def test_media_go_up_where_they_are_missing_or_differ(stack: Stack, folder: Path) -> None:
    applied(folder, stack)
    (folder / "media/buche.png").write_bytes(b"another picture")

    _, found = planned(written(folder))
    again = applied(folder, stack)

    posts = found["brands"][0]["changes"]["posts"]
    assert [each["media_replaced"] for each in posts] == [["buche.png"], ["buche.png"]]
    assert found["brands"][0]["upload"] == ["media/buche.png"]
    assert "2 changed" in again.stdout
    assert planned(written(folder))[0] == 0


def test_a_post_taken_out_is_cancelled(stack: Stack, folder: Path) -> None:
    applied(folder, stack)

    applied(folder, stack, posts=[])

    assert (stack.state_of("buche/fil"), stack.state_of("buche/site")) == (State.CANCELLED, State.CANCELLED)


def test_a_brand_is_removed_only_with_its_own_yes(stack: Stack, folder: Path) -> None:
    applied(folder, stack)

    refused = parution("remove-brand", BRAND)
    untouched = stack.state_of("buche/fil")
    done = parution("remove-brand", BRAND, "--yes-remove-brand")
    again = parution("remove-brand", BRAND, "--yes-remove-brand")

    assert (refused.exit_code, untouched) == (1, State.PLANNED)
    assert "add --yes-remove-brand" in refused.stderr
    assert done.exit_code == 0
    assert stack.state_of("buche/fil") is State.CANCELLED
    assert stack.schedules.of_brand(BRAND) == {}
    assert "Nothing to do." in again.stdout


def a_workspace(folder: Path, *names: str) -> str:
    for name in names:
        plan = a_plan(brand__id=name, campaigns=[], posts__0__media=[])
        (folder / f"{name}.json").write_bytes(as_bytes(plan))
    brands = [{"include": f"{name}.json"} for name in names]
    document = {"version": 1, "workspace": {"id": "agence"}, "brands": brands}
    (folder / "agency.json").write_bytes(as_bytes(document))
    return str(folder / "agency.json")


def test_a_workspace_is_applied_brand_by_brand(stack: Stack, folder: Path) -> None:
    file = a_workspace(folder, "martin", "cimes")

    done = parution("apply", file, "--yes")

    assert done.exit_code == 0, done.output
    assert stack.posts.brands() == ["cimes", "martin"]
    assert stack.posts.owner("plans/agence/cimes.json") == "cimes"
    assert parution("plan", file).exit_code == 0


def test_a_brand_that_a_workspace_names_no_longer_ends_only_with_a_yes_of_its_own(
    stack: Stack, folder: Path
) -> None:
    parution("apply", a_workspace(folder, "martin", "cimes"), "--yes")
    stack.clock.pass_(timedelta(minutes=1))
    file = a_workspace(folder, "martin")

    refused = parution("apply", file, "--yes")
    standing = [each.state for each in stack.posts.of_brand("cimes")]
    done = parution("apply", file, "--yes", "--yes-remove-brand")

    assert (refused.exit_code, standing) == (1, [State.PLANNED, State.PLANNED])
    assert done.exit_code == 0, done.output
    assert [each.state for each in stack.posts.of_brand("cimes")] == [State.CANCELLED, State.CANCELLED]
    assert [each.state for each in stack.posts.of_brand("martin")] == [State.PLANNED, State.PLANNED]
    assert parution("plan", file).exit_code == 0


def test_ctrl_c_tells_what_goes_on_without_you(
    stack: Stack, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.files.is_alive = False

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("parution.cli.apply.time.sleep", interrupt)

    stopped = parution("apply", written(folder), "--yes")

    assert stopped.exit_code == 130
    assert f"1 file uploaded; the stack imports {KEY} without waiting for you" in stopped.stderr


def test_what_the_stack_refuses_after_all_is_shown(
    stack: Stack, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = stack.take

    def late(key: str, now: datetime) -> Any:
        stack.secrets._stored.pop("masto-martin")
        return taken(key, now)

    monkeypatch.setattr(stack, "take", late)

    refused = parution("apply", written(folder), "--yes")

    assert refused.exit_code == 1
    assert "E208" in refused.stdout


def test_a_thread_is_told_as_one_and_of_very_many_posts_the_first_are_told(
    stack: Stack, folder: Path
) -> None:
    many = [
        {**POST, "id": f"p-{n}", "at": f"2027-{n % 12 + 1:02}-{n // 12 + 1:02}T08:00"} for n in range(201)
    ]

    told = parution("plan", written(folder, posts=[{**POST, "thread": ["Un", "Deux"]}], campaigns=[])).stdout
    more = parution("plan", written(folder, posts=many, campaigns=[], schedules={})).stdout

    assert "fil 2027-01-06T08:00 in 3 parts\n" in told
    assert "… and 1 more; --format json has them all\n" in more
    assert "Deliveries: 201 new." in more


def test_warnings_do_not_say_that_nothing_was_changed(stack: Stack, folder: Path) -> None:
    result = applied(folder, stack, watch=[{"id": "presse"}])

    assert "W701" in result.stdout
    assert "Nothing was changed" not in result.stdout


def test_a_picture_that_was_uploaded_in_parts_is_known_again(
    stack: Stack, folder: Path, tmp_path: Path
) -> None:
    body = bytes(range(256)) * 36_864  # 9 MiB, as `aws s3 cp` uploads them: 8 and 1
    sums = b"".join(md5(part, usedforsecurity=False).digest() for part in (body[: 8 << 20], body[8 << 20 :]))
    stored = StoredFile(etag=f"{md5(sums, usedforsecurity=False).hexdigest()}-2", size=len(body))
    (tmp_path / "film.mp4").write_bytes(body)

    same = etag_like(tmp_path / "film.mp4", stored)
    other = etag_like(tmp_path / "film.mp4", stored.model_copy(update={"etag": "0" * 32 + "-2"}))

    assert same == stored.etag
    assert other == md5(body, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("example", ["bakery/plan.json", "agency/workspace.json"])
def test_every_example_planned_applied_and_planned_again_has_nothing_left_to_do(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    file = str(Path(__file__).parents[2] / "examples" / example)
    monkeypatch.setattr(stack.secrets, "known", lambda names: names)

    first = parution("plan", file)
    parution("apply", file, "--yes")
    stack.clock.pass_(timedelta(minutes=1))
    # As the table gives it back.
    rows = {brand: stack.posts.brand(brand) for brand in stack.posts.brands()}
    read = {
        brand: BrandRow.model_validate_json(row.model_dump_json(by_alias=True))
        for brand, row in rows.items()
        if row
    }
    monkeypatch.setattr(stack.posts, "brand", read.get)
    again = parution("plan", file)

    assert (first.exit_code, again.exit_code) == (2, 0), again.stdout


def test_of_two_people_who_apply_at_once_the_second_is_refused(stack: Stack, folder: Path) -> None:
    theirs = as_bytes(a_plan(posts__0__text="Le texte de l'agence."))
    stack.files.before_replacing = lambda: stack.files.upload(KEY, theirs)

    refused = parution("apply", written(folder), "--yes")

    assert refused.exit_code == 1
    assert f"another plan was put under {KEY} meanwhile" in refused.stderr
    file = stack.files.plan_file(KEY, 10_000)
    assert file is not None
    assert file.body == theirs


def test_a_workspace_ends_no_brand_whose_file_it_did_not_bring(stack: Stack, folder: Path) -> None:
    applied(folder, stack, brand__id="agence", campaigns=[])  # plans/agence/plan.json

    _, found = planned(a_workspace(folder, "cimes"))

    assert [each["brand"] for each in found["brands"]] == ["cimes"]


def test_an_edit_of_what_is_held_says_that_it_stays_so(stack: Stack, folder: Path) -> None:
    applied(folder, stack)
    (fil, _) = stack.posts.of_brand(BRAND)
    held = {"state": State.HELD, "fence": fil.fence + 1, "wake_at": None, "held_by": "everything"}
    stack.posts.move(fil, fil.model_copy(update=held))

    told = parution("plan", written(folder, posts__0__text="Autre texte.")).stdout

    assert " characters), stays held\n" in told


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"\xff\xfe{",
        b'{"brand": {"id": 3}}',
        b'{"brand": {"id": ""}}',
        b'{"brand": {"id": "a/../b"}, "version": 1}',
        b'{"workspace": 1, "brands": {"a": 1}}',
        b'{"workspace": {"id": "../x"}, "brands": [{"include": "../y.json"}, 3]}',
    ],
)
def test_no_file_whatever_is_planned_with_a_traceback(stack: Stack, folder: Path, raw: bytes) -> None:
    (folder / "plan.json").write_bytes(raw)

    told = parution("plan", str(folder / "plan.json"), "--format", "json")
    refused = parution("apply", str(folder / "plan.json"), "--yes", "--yes-remove-brand")

    assert (told.exit_code, refused.exit_code) == (1, 1), told.exception
    assert json.loads(told.stdout)[0]["problems"] != []
    assert stack.posts.brands() == []


def test_a_file_that_is_not_there_is_told(stack: Stack, folder: Path) -> None:
    told = parution("plan", str(folder / "absent.json"))

    assert told.exit_code == 1
    assert "E004" in told.stdout
