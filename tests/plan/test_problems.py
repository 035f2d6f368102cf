import re
from pathlib import Path

import pytest

from parution.plan.codes import CODES, page
from parution.plan.problems import in_document_order, instead, nearest, parts_of, pointer_to, problem

ROOT = Path(__file__).parents[2]
SOURCES = "\n".join(
    source.read_text()
    for source in (ROOT / "layers/parution/parution").rglob("*.py")
    if source.name != "codes.py"
)
USED = set(re.findall(r'"([EW]\d{3})"', SOURCES))


def test_the_page_of_errors_is_written_from_the_codes() -> None:
    assert (ROOT / "docs/errors.md").read_text() == page()


def test_every_code_that_is_used_is_documented_and_the_reverse() -> None:
    assert set(CODES) == USED


@pytest.mark.parametrize("code", CODES)
def test_every_code_says_what_it_means_and_what_to_do(code: str) -> None:
    entry = CODES[code]

    assert entry.title[0].islower() or entry.title.startswith(("`", "JSON"))
    assert not entry.title.endswith(".")
    assert entry.explanation.endswith(".")
    assert entry.remedy.rstrip('"').endswith((".", ":"))


def test_the_letter_of_a_code_is_its_severity() -> None:
    assert problem("E101", "", "m", "h").severity == "error"
    assert problem("W201", "", "m", "h").severity == "warning"


def test_a_code_without_an_entry_cannot_be_told() -> None:
    with pytest.raises(KeyError):
        problem("E999", "", "m", "h")


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [((), ""), (("posts", 3, "at"), "/posts/3/at"), (("a/b", "~"), "/a~1b/~0"), (("",), "/")],
)
def test_a_pointer_is_written_and_read_as_the_standard_says(
    parts: tuple[str | int, ...], pointer: str
) -> None:
    assert pointer_to(parts) == pointer
    assert parts_of(pointer) == [str(part) for part in parts]


def test_the_nearest_value_is_named_and_nothing_far_away() -> None:
    assert nearest("Facebok", ["facebook", "fediverse"]) == "facebook"
    assert nearest("zzz", ["facebook"]) is None
    assert instead("zzz", ["b", "a"]) == "write one of: a, b"
    assert instead("zzz", []) == "write one of: (there is none)"


def test_findings_come_in_the_order_of_the_document() -> None:
    document = {"b": [{"x": 1}, {"y": 2}], "a": {"z": 3}}
    pointers = ["/a/z", "/b/1/missing", "/b/1/y", "/b/0/x", "", "/b/10"]

    found = in_document_order(document, [problem("E101", pointer, "m", "h") for pointer in pointers])

    assert [one.pointer for one in found] == ["", "/b/10", "/b/0/x", "/b/1/missing", "/b/1/y", "/a/z"]
