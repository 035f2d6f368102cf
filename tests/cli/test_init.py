"""`parution init`: what it writes is sound as it stands, without a single warning."""

import json
from pathlib import Path

import pytest

from tests.cli.stack import parution

FIRST = {"tpe": "plan.json", "pme": "plan.json", "agence": "workspace.json"}


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("preset", FIRST)
def test_what_it_writes_validates_without_a_warning(tmp_path: Path, preset: str, lang: str) -> None:
    made = parution("init", str(tmp_path / "new"), "--preset", preset, "--lang", lang)

    checked = parution("validate", "--strict", str(tmp_path / "new" / FIRST[preset]), "--lang", "en")

    assert made.exit_code == 0, made.output
    assert (checked.exit_code, checked.stdout) == (0, "No errors, no warnings.\n")
    assert "$comment" in (tmp_path / "new" / FIRST[preset]).read_text()


def test_the_brand_is_named_and_the_next_commands_can_be_typed(tmp_path: Path) -> None:
    words = ["--name", "Hôtel des Cimes", "--timezone", "Europe/Zurich", "--currency", "CHF", "--lang", "fr"]

    told = parution("init", str(tmp_path), *words).stdout

    brand = json.loads((tmp_path / "plan.json").read_text())["brand"]
    assert (brand["id"], brand["name"], brand["currency"]) == ("hotel-des-cimes", "Hôtel des Cimes", "CHF")
    assert [line.split()[1] for line in told.splitlines() if line.startswith("  ")] == [
        "validate",
        "rehearse",
        "secret",
        "plan",
        "apply",
    ]
    assert "parution secret set mastodon-hotel-des-cimes --stack NAME" in told


def test_it_never_writes_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs/schedules.json").write_text("mine")

    refused = parution("init", str(tmp_path), "--preset", "agence")

    assert refused.exit_code == 1
    assert "is there already" in refused.stderr
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["schedules.json"]


@pytest.mark.parametrize(
    ("words", "told"),
    [(["--timezone", "Paris"], "'Paris' is no time zone"), (["--name", "日本"], "gives no id")],
)
def test_what_it_cannot_use_is_refused(tmp_path: Path, words: list[str], told: str) -> None:
    refused = parution("init", str(tmp_path / "new"), *words)

    assert (refused.exit_code, (tmp_path / "new").exists()) == (1, False)
    assert told in refused.stderr
