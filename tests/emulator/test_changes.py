"""A plan shown, applied and shown again on the deployed stack: then there is nothing left to do."""

import json
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from typer.testing import CliRunner, Result

from parution.cli import stacks
from parution.cli.main import app
from parution.publishing.deliveries import State
from tests.emulator.newsroom import Newsroom, a_plan, a_post, soon

BRAND = "atelier-du-plan"
DAY = 24 * 3600


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def as_json(*words: str) -> Any:
    return json.loads(typed(*words, "--format", "json").stdout)


@pytest.fixture
def file(newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan with a picture that is nowhere but here."""
    monkeypatch.setattr(stacks, "Stack", lambda _: newsroom.stack)
    newsroom.store_secret(f"masto-{BRAND}", "mastodon")
    (tmp_path / "media").mkdir()
    (tmp_path / "media/atelier.png").write_bytes(b"a picture of the workshop")
    return tmp_path / "plan.json"


def write(file: Path, text: str) -> None:
    media = [{"src": "s3://media/atelier.png", "alt": "L'atelier"}]
    posts = [a_post("un", soon(2 * DAY), text=text, media=media), a_post("deux", soon(3 * DAY))]
    plan = a_plan(BRAND, posts=posts, schedules={"insights": "rate(1 hour)"})
    file.write_text(json.dumps(plan, ensure_ascii=False))


def test_planned_applied_and_planned_again_until_the_brand_is_removed(
    newsroom: Newsroom, file: Path, tmp_path: Path
) -> None:
    write(file, "Bonjour de l'atelier.")
    (first,) = as_json("plan", str(file))
    wrong = typed("apply", str(file), "--hash", "0" * 12)
    done = typed("apply", str(file), "--hash", first["hash"])
    again = typed("plan", str(file))

    assert first["brands"][0]["upload"] == ["media/atelier.png"]
    assert wrong.exit_code == 1
    assert done.exit_code == 0, done.output
    assert (again.exit_code, again.stdout.splitlines()[-1]) == (0, "Nothing to do.")

    edited = json.loads(file.read_text())
    edited["posts"][0]["text"] = "Bonsoir de l'atelier."
    file.write_text(json.dumps(edited))
    told = typed("plan", str(file))
    typed("apply", str(file), "--yes")

    assert told.exit_code == 2
    assert "text (\u22127 +7 characters)" in told.stdout
    assert typed("plan", str(file)).exit_code == 0

    out = tmp_path / "out"
    manifest = as_json("export", BRAND, "--out", str(out))
    typed("export-ics", BRAND, "--out", str(tmp_path / "a.ics"))

    assert (manifest["plan_is_the_imported_one"], manifest["files"]["deliveries.jsonl"]) == (True, 2)
    assert (out / "plan.json").read_bytes() == file.read_bytes()
    assert len(Calendar.from_ical((tmp_path / "a.ics").read_bytes()).walk("VEVENT")) == 2

    removed = typed("remove-brand", BRAND, "--yes-remove-brand")

    assert removed.exit_code == 0, removed.output
    assert {row.state for row in newsroom.rows(BRAND).values()} == {State.CANCELLED}
    assert newsroom.stack.schedules.of_brand(BRAND) == {}
