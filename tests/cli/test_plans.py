"""`parution validate` and `parution schema` as people and machines call them."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from parution.cli.main import app
from parution.cli.plans import facts_of_stack
from parution.plan.facts import Facts
from parution.plan.ports import BrandRow
from parution.plan.shifting import shifted
from parution.publishing.deliveries import State
from parution.sandbox.memory_plans import MemorySecrets
from parution.sandbox.memory_posts import MemoryPosts
from tests.builders import a_delivery
from tests.plan.plans import NOW, a_plan, parsed, told
from tests.plan.test_films import FTYP, box, header

BAKERY = Path(__file__).parents[2] / "examples/bakery"
runner = CliRunner()


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """The bakery's folder, its plan moved to the days to come."""
    shutil.copytree(BAKERY / "media", tmp_path / "media")
    plan = shifted(json.loads((BAKERY / "plan.json").read_text()), [datetime.now(UTC) + timedelta(days=2)])
    (tmp_path / "plan.json").write_text(json.dumps(plan, ensure_ascii=False))
    return tmp_path / "plan.json"


def edited(file: Path, **values: Any) -> Path:
    plan = json.loads(file.read_text())
    plan.update(values)
    file.write_text(json.dumps(plan))
    return file


def column(file: Path, written: str) -> int:
    """Give where something stands in the only line of a file."""
    return file.read_text().index(written) + 1


def test_a_sound_plan_exits_with_0(bakery: Path) -> None:
    result = runner.invoke(app, ["validate", str(bakery)])

    assert (result.exit_code, result.stdout) == (0, "No errors, no warnings.\n")


def test_each_finding_is_a_line_with_place_code_fault_and_remedy(bakery: Path) -> None:
    result = runner.invoke(app, ["validate", str(edited(bakery, chanels=[], watch=[{"id": "presse"}]))])

    first, second, last = (re.sub(" +", " ", line) for line in result.stdout.splitlines())
    assert result.exit_code == 1
    assert (
        first
        == f"{bakery}:1:{column(bakery, '"chanels"')} /chanels E101 unknown key 'chanels' - did you mean 'channels'?"
    )
    assert second.startswith(
        f"{bakery}:1:{column(bakery, '[{"id": "presse"')} /watch W701 'watch' is read but has no effect in this version - "
    )
    assert last == "1 error, 1 warning. Nothing was changed. (parution explain E101)"


def test_warnings_alone_exit_with_0(bakery: Path) -> None:
    result = runner.invoke(app, ["validate", str(edited(bakery, watch=[{"id": "presse"}]))])

    assert result.exit_code == 0
    assert result.stdout.endswith("1 warning. Nothing was changed.\n")


def test_a_place_in_the_file_is_told_where_it_is_known(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{\n  "version": 1,\n}')

    result = runner.invoke(app, ["validate", str(tmp_path / "broken.json")])

    assert result.stdout.startswith(f"{tmp_path / 'broken.json'}:2:15 ")


def test_machines_get_every_field_of_every_finding(bakery: Path) -> None:
    result = runner.invoke(app, ["validate", "--format", "json", str(edited(bakery, chanels=[]))])

    (found,) = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found == {
        "code": "E101",
        "severity": "error",
        "pointer": "/chanels",
        "message": "unknown key 'chanels'",
        "hint": "did you mean 'channels'?",
        "file": str(bakery),
        "line": 1,
        "column": column(bakery, '"chanels"'),
    }


def test_media_are_looked_for_beside_the_plan(bakery: Path) -> None:
    (bakery.parent / "media/sables.png").unlink()
    (bakery.parent / "media/galette.png").write_bytes(b"")

    found = json.loads(runner.invoke(app, ["validate", "--format", "json", str(bakery)]).stdout)

    assert [(one["code"], one["pointer"]) for one in found] == [
        ("E503", "/posts/4/media/0/src"),
        ("E505", "/posts/8/media/0/src"),
    ]


def test_several_files_are_checked_in_one_go_and_one_that_is_missing_is_told(bakery: Path) -> None:
    result = runner.invoke(app, ["validate", str(bakery), str(bakery.parent / "absent.json")])

    assert result.exit_code == 1
    assert "E004" in result.stdout
    assert result.stdout.endswith("1 error. Nothing was changed.  (parution explain E004)\n")


def test_a_key_goes_with_one_file(bakery: Path) -> None:
    result = runner.invoke(app, ["validate", "--key", "plans/a.json", str(bakery), str(bakery)])

    assert result.exit_code == 1
    assert "--key goes with one file" in result.stderr


def test_the_schema_is_printed_as_json() -> None:
    result = runner.invoke(app, ["schema"])

    assert result.exit_code == 0
    assert json.loads(result.stdout)["$id"] == "https://parution.invalid/schema/plan-1.json"


# ---------------------------------------------------------------------- against a stack
class StackInMemory:
    def __init__(self) -> None:
        self.posts = MemoryPosts()
        self.secrets = MemorySecrets({name: {"token": "t"} for name in ("masto-martin", "ads-martin")})


def told_by(stack: StackInMemory, plan: dict[str, Any], key: str | None = None) -> list[tuple[str, str]]:
    facts = Facts.model_validate(facts_of_stack(parsed(a_plan()), stack, key))
    return told(plan, facts)


def imported(stack: StackInMemory, key: str) -> None:
    stack.posts.claim_key(key, "boulangerie-martin")
    stack.posts.keep_brand(
        BrandRow(plan=parsed(a_plan()), key=key, digest="d", version=1, imported_at=NOW), None
    )


def test_a_stack_tells_which_secrets_it_holds() -> None:
    assert told_by(StackInMemory(), a_plan()) == [("E208", "/channels/1/account")]


def test_a_stack_knows_what_was_published_in_its_time() -> None:
    stack, plan = (
        StackInMemory(),
        a_plan(posts__0__at="2026-01-05T08:00", channels__1__account="secret:ads-martin"),
    )
    for channel in ("fil", "site"):
        due_at = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
        stack.posts.create(a_delivery(post="buche", channel=channel, due_at=due_at, state=State.PUBLISHED))

    assert told_by(stack, plan) == []


def test_a_stack_knows_which_file_holds_the_brand() -> None:
    stack, plan = StackInMemory(), a_plan(channels__1__account="secret:ads-martin")
    imported(stack, "plans/bakery.json")

    assert told_by(stack, plan) == []
    assert told_by(stack, plan, key="plans/bakery.json") == []
    assert told_by(stack, plan, key="plans/other.json") == [("E211", "/brand/id")]


def test_a_stack_knows_which_brand_a_file_holds() -> None:
    stack = StackInMemory()
    imported(stack, "plans/bakery.json")
    plan = a_plan(brand__id="patisserie-martin", channels__1__account="secret:ads-martin")

    assert ("E210", "/brand/id") in told_by(stack, plan, key="plans/bakery.json")


def test_a_picture_beside_the_plan_is_measured_where_its_network_minds(bakery: Path) -> None:
    plan = json.loads(bakery.read_text())
    plan["channels"][0]["network"] = "instagram"
    bakery.write_text(json.dumps(plan))
    wide = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (1200).to_bytes(4) + (400).to_bytes(4) + bytes(16)
    (bakery.parent / "media/sables.png").write_bytes(wide)
    (bakery.parent / "media/galette.png").write_bytes(b"no picture")

    found = json.loads(runner.invoke(app, ["validate", "--format", "json", str(bakery)]).stdout)

    (misshapen,) = [one for one in found if one["code"] == "E510"]
    assert misshapen["message"] == "'sables.png' is 3.00 times as wide as high; instagram takes 0.8 to 1.91"


# ---------------------------------------------------------------------- how much, how strictly, in which language
@pytest.mark.parametrize(("network", "format_"), [("youtube", "short"), ("facebook", "reel"), ("x", None)])
def test_a_film_beside_the_plan_is_timed_where_its_network_or_its_format_minds(
    tmp_path: Path, network: str, format_: str | None
) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media/four.mp4").write_bytes(FTYP + box(b"moov", header(1_000, 200_000)))
    plan = a_plan(campaigns=[], channels=[{"id": "c", "network": network, "account": "secret:c"}])
    film = {"src": "s3://media/four.mp4", "alt": "Un four", "silent_ok": True}
    variants = {"c": {"format": format_}} if format_ else {}
    plan["posts"] = [
        {
            **plan["posts"][0],
            "at": "2099-01-06T08:00",
            "channels": ["c"],
            "media": [film],
            "variants": variants,
        }
    ]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))

    told = CliRunner().invoke(app, ["validate", str(file), "--format", "json"])

    assert "E513" in told.stdout


def test_warnings_fail_where_they_are_taken_for_errors(bakery: Path) -> None:
    result = runner.invoke(app, ["validate", "--strict", str(edited(bakery, watch=[{"id": "presse"}]))])

    assert result.exit_code == 1
    assert "1 warning. Nothing was changed." in result.stdout


def test_fifty_findings_are_printed_and_the_others_counted(bakery: Path) -> None:
    spoilt = edited(bakery, **{f"wrong-{number}": 1 for number in range(61)})

    result = runner.invoke(app, ["validate", str(spoilt)])

    assert result.stdout.count(" E101 ") == 50
    assert "… and 11 more; --all prints them\n61 errors. Nothing was changed." in result.stdout
    assert runner.invoke(app, ["validate", "--all", str(spoilt)]).stdout.count(" E101 ") == 61
    assert len(json.loads(runner.invoke(app, ["validate", "--format", "json", str(spoilt)]).stdout)) == 61


def test_a_file_from_an_old_editor_is_written_anew_in_utf_8_and_checked(bakery: Path) -> None:
    raw = json.dumps(json.loads(bakery.read_text()), ensure_ascii=False).replace("🎄", "").replace("…", "...")
    bakery.write_bytes(raw.encode("cp1252"))

    refused = runner.invoke(app, ["validate", str(bakery)])
    mended = runner.invoke(app, ["validate", "--fix-encoding", str(bakery)])

    assert "in Windows-1252 (Latin-1) it is 'à'" in refused.stdout
    assert (mended.exit_code, mended.stdout) == (0, "No errors, no warnings.\n")
    assert bakery.with_name("plan.utf8.json").read_text() == raw
    assert bakery.read_bytes() == raw.encode("cp1252")


def test_a_code_is_explained_to_people_and_to_machines() -> None:
    text = runner.invoke(app, ["explain", "e104"]).stdout
    machine = json.loads(runner.invoke(app, ["explain", "E104", "--format", "json"]).stdout)

    assert text.splitlines()[0] == "E104 unknown network"
    assert text.splitlines()[-1] == "What to do: Correct the spelling."
    assert (machine["code"], machine["severity"], machine["title"]) == ("E104", "error", "unknown network")


def test_a_code_that_does_not_exist_names_the_nearest_one() -> None:
    result = runner.invoke(app, ["explain", "E1004"])

    assert result.exit_code == 1
    assert "did you mean E104: unknown network?" in result.stderr.replace("\n", " ")
