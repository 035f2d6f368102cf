"""Values and keys are found by line and column, whatever stands between them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.plan.positions import Place, positions
from parution.plan.problems import pointer_to

TEXT = """{
  "version": 1,
  "posts": [
    {"id": "a", "at": "é"},
    {"id": "b", "tags": [ "x" , "y\\"]" ]}
  ],
  "a/b~c": {"": null}
}
"""


@pytest.mark.parametrize(
    ("pointer", "value", "key"),
    [
        ("", (1, 1), (1, 1)),
        ("/version", (2, 14), (2, 3)),
        ("/posts", (3, 12), (3, 3)),
        ("/posts/0/at", (4, 23), (4, 17)),
        ("/posts/1", (5, 5), (5, 5)),
        ("/posts/1/tags/1", (5, 33), (5, 33)),
        ("/a~1b~0c/", (7, 17), (7, 13)),
    ],
)
def test_a_value_and_its_key_are_found(pointer: str, value: tuple[int, int], key: tuple[int, int]) -> None:
    assert positions(TEXT, [pointer])[pointer] == (Place(*value), Place(*key), None)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/brand/id", (1, 1)), ("/posts/7", (3, 12)), ("/posts/0/text", (4, 5)), ("/version/x", (2, 14))],
)
def test_what_is_missing_stands_where_the_nearest_thing_around_it_does(
    pointer: str, value: tuple[int, int]
) -> None:
    assert positions(TEXT, [pointer])[pointer].value == value


def test_several_are_found_at_once_and_of_two_equal_keys_the_last_counts_as_it_does_for_json() -> None:
    found = positions('{"a": 1, "b": {"c": 2}, "a": 3}', ["/a", "/b/c", "/b"])

    assert {pointer: at.value.column for pointer, at in found.items()} == {"/a": 30, "/b/c": 21, "/b": 15}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 0, 2]))
def test_every_value_of_every_document_is_read_from_where_it_is_said_to_stand(
    document: Any, indent: int | None
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    lines = text.split("\n")

    values = dict(_values(document, ()))

    for pointer, at in positions(text, values).items():
        rest = "\n".join([lines[at.value.line - 1][at.value.column - 1 :], *lines[at.value.line :]])
        assert json.JSONDecoder(strict=False).raw_decode(rest)[0] == values[pointer]


def _values(node: Any, path: tuple[str | int, ...]) -> Any:
    yield pointer_to(path), node
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for part, each in members:
        yield from _values(each, (*path, part))
