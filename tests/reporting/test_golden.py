"""Byte for byte: a report changes only when somebody has looked at the new one."""

import json

import pytest

from tests.reporting.golden import FILES, FOLDER, MONTHS, reports, verdicts
from tests.reporting.situations import SITUATIONS


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    return reports()


@pytest.mark.parametrize("name", [f"{month}/{file}" for month in MONTHS for file in FILES])
def test_a_report_is_the_one_that_was_looked_at(written: dict[str, bytes], name: str) -> None:
    assert written[name].decode() == (FOLDER / name).read_bytes().decode()


@pytest.fixture(scope="module")
def said() -> dict[str, dict[str, str]]:
    return verdicts()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_situation_is_told_in_both_languages(said: dict[str, dict[str, str]], situation: str) -> None:
    kept = json.loads((FOLDER / "verdicts.json").read_text(encoding="utf-8"))

    assert said[situation] == kept[situation]


def test_no_two_situations_are_told_alike(said: dict[str, dict[str, str]]) -> None:
    for language in ("fr", "en"):
        assert len({sentences[language] for sentences in said.values()}) == len(SITUATIONS)
