"""Wrong plans, each as somebody writes it: all that is told of it, with line, column and hint.

`corpus/` holds the files as they were written, byte for byte; `corpus/expected/findings.json` what is told.
"""

import json
from pathlib import Path

import pytest

from parution.plan.checks import examine
from parution.plan.codes import CODES
from parution.plan.facts import Facts
from parution.plan.languages import Language, translated
from parution.plan.ports import StoredFile
from tests.plan.plans import NOW

CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[str, list[tuple[str, int, int, str]]] = json.loads(
    (CORPUS / "expected/findings.json").read_text()
)
KNOWN = Facts(
    secrets=frozenset({"masto-martin", "site-martin", "ads-martin"}),
    media={
        "media/buche.png": StoredFile(etag="a", size=40_000),
        "media/buche.jpg": StoredFile(etag="b", size=40_000),
        "media/lourd.png": StoredFile(etag="c", size=9_000_000),
        "media/film.mp4": StoredFile(etag="d", size=9_000_000),
        "media/vide.png": StoredFile(etag="e", size=0),
    },
)
# What no small file alone can show.
ELSEWHERE = {
    "E001",
    "E004",
    "E009",
    "E031",
    "E032",
    "E033",
    "E034",
    "E209",
    "E210",
    "E211",
    "E305",
    "E510",
    "E513",
    "W322",
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=list(EXPECTED))
def test_all_that_is_wrong_is_told_at_its_place_with_a_remedy_and_in_french_too(
    name: str, expected: list[tuple[str, int, int, str]]
) -> None:
    plan, found = examine((CORPUS / f"{name}.json").read_bytes(), lambda _: KNOWN, NOW)

    assert [[one.code, one.line, one.column] for one in found] == [list(one[:3]) for one in expected]
    assert [hint for one, (*_, hint) in zip(found, expected, strict=True) if hint not in one.hint] == []
    assert (plan is None) == any(one.severity == "error" for one in found)
    told = [text for one in found for text in (one.message, one.hint)]
    assert [text for text in told if translated(Language.FR, text) is None] == []


def test_every_file_of_the_corpus_is_judged_and_there_are_many() -> None:
    assert {file.stem for file in CORPUS.glob("*.json")} == set(EXPECTED)
    assert len(EXPECTED) >= 120


def test_every_code_stands_in_the_corpus_or_says_why_not() -> None:
    told = {code for found in EXPECTED.values() for code, *_ in found}

    assert set(CODES) - told - ELSEWHERE == set()
