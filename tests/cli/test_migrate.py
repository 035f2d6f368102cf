"""`parution migrate`: says which version a plan has, and rewrites only what needs it."""

from pathlib import Path

import pytest

from parution.plan import migrations
from tests.cli.stack import parution
from tests.plan.plans import a_plan, as_bytes


def a_file(folder: Path, **values: object) -> Path:
    (folder / "plan.json").write_bytes(as_bytes(a_plan(**values)))
    return folder / "plan.json"


def test_a_plan_of_this_version_has_nothing_to_do(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    before = file.read_bytes()

    result = parution("migrate", str(file), "--write")

    assert (result.exit_code, file.read_bytes()) == (0, before)
    assert "version 1, nothing to do" in result.stdout.replace("\n", "")
    assert list(tmp_path.iterdir()) == [file]


def test_a_plan_that_is_newer_than_this_program_is_left_alone(tmp_path: Path) -> None:
    file = a_file(tmp_path, version=2)

    result = parution("migrate", str(file), "--write")

    assert result.exit_code == 1
    assert "version 2 is newer than this program, which knows up to 1" in result.stderr


def test_an_older_plan_is_rewritten_only_when_asked_and_what_it_was_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations.migrated, "__defaults__", ({1: lambda document: document}, 2))
    file = a_file(tmp_path)
    before = file.read_bytes()

    told = parution("migrate", str(file))
    untouched = file.read_bytes()
    done = parution("migrate", str(file), "--write")

    assert (told.exit_code, untouched, done.exit_code) == (2, before, 0)
    assert '"version": 2' in file.read_text()
    assert (tmp_path / "plan.json.before").read_bytes() == before
