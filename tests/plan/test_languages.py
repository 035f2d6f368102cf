"""Every sentence that a check may say has one in every language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from parution.plan.codes import CODES
from parution.plan.languages import (
    Language,
    catalogue,
    entry_in,
    language_for,
    language_of,
    told_in,
    translated,
)
from tests.plan.plans import a_plan, only

PACKAGE = Path(__file__).parents[2] / "layers/parution/parution"
FRENCH = catalogue(Language.FR)
# What a check hands on without writing it: a network's or a parser's own words, or a sentence of these.
_RAISING = {"NotASchedule", "NotARule"}


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def written_sentences() -> Iterator[str]:
    """Give the sentences that stand in the source where a finding is made, with something for each value."""
    sources = [source.read_text() for source in PACKAGE.rglob("*.py")]
    for source in (each for each in sources if re.search("problem\\(|NotA", each)):
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef):
                yield from _of_function(function)


def _of_function(function: ast.FunctionDef) -> Iterator[str]:
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            at = {"problem": (2, 3), "_idle": (), "_against": (1,), "_left_out": (1, 2)}.get(node.func.id, ())
            at = (0, 1) if node.func.id in _RAISING else at
            for argument in (node.args[place] for place in at if place < len(node.args)):
                known = given.get(argument.id, []) if isinstance(argument, ast.Name) else [argument]
                for expression in known:
                    # What has hardly a word of its own is put together from others, which are found too.
                    yield from (text for text in _spelt(expression) if len(re.findall("[a-z]", text)) > 4)


def _spelt(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_spelt(node.body), *_spelt(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        made = [""]
        for part in node.values:
            value = part.value if isinstance(part, ast.FormattedValue) else part
            made = [text + piece for text in made for piece in (_spelt(value) or ["7"])]
        return made
    return []


def test_every_sentence_of_a_check_is_said_in_french() -> None:
    found = set(written_sentences())

    assert sorted(one for one in found if translated(Language.FR, one) is None) == []
    assert len(found) > 200
    assert {"the post has neither text nor media", "'7' is not a network", "it has no end"} <= found


def test_a_translation_has_the_values_of_its_sentence_and_no_other() -> None:
    texts = FRENCH["texts"].items()

    assert [english for english, french in texts if names_in(french) != names_in(english)] == []


def test_no_sentence_hides_another() -> None:
    hidden = []
    for english, french in FRENCH["texts"].items():
        values = {name: f"«{name}»" for name in names_in(english)}
        plain = re.sub(r"\{(\w+):t\}", r"{\1}", english).format_map(values)
        if translated(Language.FR, plain) != french.format_map(values):
            hidden.append(english)

    assert hidden == []


def test_every_code_is_explained_in_french() -> None:
    assert set(FRENCH["codes"]) == set(CODES)
    assert all(entry_in(Language.FR, code) != entry for code, entry in CODES.items())


def test_the_commands_own_words_are_the_same_ones_in_each_language() -> None:
    english, french = catalogue(Language.EN)["words"], FRENCH["words"]

    assert {key: names_in(text) for key, text in english.items()} == {
        key: names_in(text) for key, text in french.items()
    }


def test_a_finding_is_told_in_the_readers_language_at_the_same_place() -> None:
    english = only(a_plan(posts__0__chanels=["fil"]))

    french = told_in(Language.FR, english)

    assert (french.message, french.hint) == ("clé inconnue « chanels »", "vouliez-vous « channels » ?")
    assert (french.code, french.pointer, french.line) == (english.code, english.pointer, english.line)
    assert told_in(Language.EN, english) is english


def test_what_a_sentence_quotes_is_not_translated() -> None:
    english = only(a_plan(posts__0__text="a list", brand__voice={"forbidden": ["a list"]}))

    assert told_in(Language.FR, english).message == "la marque ne dit jamais « a list »"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "fr_FR.UTF-8"}, Language.FR),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "en_GB.UTF-8"}, Language.EN),
        ({"LC_ALL": "", "LC_MESSAGES": "fr"}, Language.FR),
        ({"LANG": "de_DE.UTF-8"}, Language.EN),
        ({"LANG": "C.UTF-8"}, Language.EN),
        ({}, Language.EN),
    ],
)
def test_the_language_is_the_machines(environment: dict[str, str], language: Language) -> None:
    assert language_of(environment) is language


def test_a_brand_reads_in_the_language_of_its_locale() -> None:
    assert (language_for("fr-CH"), language_for("en-GB"), language_for("it-IT")) == (
        Language.FR,
        Language.EN,
        Language.EN,
    )
