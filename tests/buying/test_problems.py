import json
from typing import Any

import pytest

from parution.buying.problems import Problem
from parution.errors import Fault, ProblemRefused

# The problem document of the design, as people write it.
DESIGN: dict[str, Any] = {
    "currency": "EUR",
    "budget": 150_000,
    "lines": [
        {
            "id": "fb-video",
            "response": {"kind": "hill", "ceiling": 812.0, "half_spend": 42_000, "slope": 1.4},
            "floor": 0,
            "cap": 80_000,
            "minimum_if_funded": 500,
            "groups": ["facebook"],
        }
    ],
    "groups": [{"id": "facebook", "floor": 0, "cap": 100_000}],
}


def faults_of(text: str) -> list[Fault]:
    with pytest.raises(ProblemRefused) as refused:
        Problem.read(text)
    return list(refused.value.faults)


def with_line(**facts: Any) -> str:
    line = {"id": "a", "response": {"kind": "hill", "ceiling": 10.0, "half_spend": 100}, **facts}
    return json.dumps({"currency": "EUR", "budget": 1_000, "lines": [line]})


def test_the_designs_own_document_is_read() -> None:
    problem = Problem.read(json.dumps(DESIGN))

    assert problem.lines[0].groups == ("facebook",)
    assert problem.groups[0].cap == 100_000


@pytest.mark.parametrize(
    ("facts", "pointer", "words"),
    [
        ({"cap": 12.5}, "/lines/0/cap", "whole minor units"),
        ({"cap": 100.0}, "/lines/0/cap", "whole minor units"),
        ({"floor": "100"}, "/lines/0/floor", "whole minor units"),
        ({"floor": True}, "/lines/0/floor", "whole minor units"),
        ({"floor": -1}, "/lines/0/floor", "greater than or equal to 0, not -1"),
        ({"cap": 2**53}, "/lines/0/cap", "less than or equal to"),
        ({"capp": 1}, "/lines/0/capp", "did you mean 'cap'?"),
        ({"minimum": 1}, "/lines/0/minimum", "cap, floor, groups, id, minimum_if_funded, response, step"),
        ({"groups": "x"}, "/lines/0/groups", 'write ["x"]'),
        ({"cap": float("nan")}, "/lines/0/cap", "whole minor units"),
        ({"step": 0}, "/lines/0/step", "greater than or equal to 1"),
        ({"groups": ["nobody"]}, "/lines/0/groups/0", "add it to the problem's groups"),
        ({"response": {"kind": "hil"}}, "/lines/0/response/kind", "did you mean 'hill'?"),
        ({"response": {}}, "/lines/0/response/kind", "is missing"),
        ({"response": {"kind": "log", "scale": 1.0}}, "/lines/0/response/half_spend", "is missing"),
        (
            {"response": {"kind": "power", "scale": 1.0, "exponent": 1.2}},
            "/lines/0/response/exponent",
            "equal to 1",
        ),
        (
            {"response": {"kind": "hill", "ceiling": "9", "half_spend": 1}},
            "/lines/0/response/ceiling",
            "a number",
        ),
        (
            {"response": {"kind": "hill", "ceiling": 9, "half_spend": 0}},
            "/lines/0/response/half_spend",
            "greater",
        ),
        (
            {"response": {"kind": "hill", "ceiling": -9, "half_spend": 1}},
            "/lines/0/response/ceiling",
            "greater",
        ),
        ({"response": {"kind": "points", "points": [[0, 0]]}}, "/lines/0/response/points", "two points"),
        (
            {"response": {"kind": "points", "points": [[1, 0], [2, 1]]}},
            "/lines/0/response/points/0/0",
            "spend 0",
        ),
        (
            {"response": {"kind": "points", "points": [[0, 0], [0, 1]]}},
            "/lines/0/response/points/1/0",
            "rise",
        ),
        (
            {"response": {"kind": "points", "points": [[0, 3], [5, 1]]}},
            "/lines/0/response/points/1/1",
            "never fall",
        ),
        (
            {"response": {"kind": "points", "points": [[0, 0], [5.5, 1]]}},
            "/lines/0/response/points/1/0",
            "whole",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(facts: dict[str, Any], pointer: str, words: str) -> None:
    (fault,) = faults_of(with_line(**facts))

    assert fault.pointer == pointer
    assert words in fault.message


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    for key in ("ceiling", "half_spend"):
        text = with_line().replace(
            '"ceiling": 10.0' if key == "ceiling" else '"half_spend": 100', f'"{key}": {number}'
        )

        (fault,) = faults_of(text)

        assert fault.pointer == f"/lines/0/response/{key}"
        assert "finite" in fault.message


def test_every_fault_is_told_at_once() -> None:
    text = json.dumps({"currency": "euro", "budget": -1, "lines": [{"id": ""}], "extra": 1})

    pointers = {fault.pointer for fault in faults_of(text)}

    assert pointers == {"/currency", "/budget", "/lines/0/id", "/lines/0/response", "/extra"}


def test_ids_are_unique() -> None:
    line = {"id": "a", "response": {"kind": "hill", "ceiling": 10.0, "half_spend": 100}}
    text = json.dumps({"currency": "EUR", "budget": 1, "lines": [line, {**line, "id": "b"}, line]})

    assert faults_of(text) == [Fault("/lines/2/id", "'a' is the id of /lines/0 already - write another")]


@pytest.mark.parametrize("key", ["parent", "groups", "lines"])
def test_who_writes_groups_into_groups_learns_how_they_nest(key: str) -> None:
    group = {"id": "x", key: ["y"]}
    text = json.dumps({**json.loads(with_line()), "groups": [group, {"id": "y"}]})

    (fault,) = faults_of(text)

    assert fault.pointer == f"/groups/0/{key}"
    assert "one whose lines are all in another lies inside it" in fault.message


def test_an_unknown_key_of_a_curve_names_the_curves_own() -> None:
    response = {"kind": "log", "scale": 1.0, "half_spend": 9, "halfspend": 1, "ceiling": 2.0}

    faults = faults_of(with_line(response=response))

    assert [fault.pointer for fault in faults] == ["/lines/0/response/halfspend", "/lines/0/response/ceiling"]
    assert "did you mean 'half_spend'?" in faults[0].message
    assert "there are: half_spend, kind, scale" in faults[1].message


def test_a_key_written_twice_is_refused_though_json_would_keep_the_last() -> None:
    text = with_line().replace('"id": "a"', '"id": "a", "floor": 1, "floor": 2')

    assert faults_of(text) == [Fault("/lines/0/floor", "this key is written twice - leave one of them out")]


def test_a_problem_without_lines_is_refused() -> None:
    assert [fault.pointer for fault in faults_of('{"currency": "EUR", "budget": 1, "lines": []}')] == [
        "/lines"
    ]


@pytest.mark.parametrize("text", ["", "{", "[1, 2", '{"currency": "EUR",}', "[" * 100_000])
def test_what_is_not_json_is_said_to_be_none(text: str) -> None:
    (fault,) = faults_of(text)

    assert fault.message.startswith("the file is not JSON")


@pytest.mark.parametrize("text", ["7", "[]", "null", '"plan"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    (fault,) = faults_of(text)

    assert (fault.pointer, fault.message.split(",")[0]) == ("", "must be an object")


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(ProblemRefused, match="UTF-8"):
        Problem.read(b'{"currency": "\xe9"}')


def test_a_slash_in_a_key_is_escaped_in_its_pointer() -> None:
    (fault,) = faults_of(with_line(**{"a/b": 1}))

    assert fault.pointer == "/lines/0/a~1b"
