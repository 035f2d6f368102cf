"""A workspace: shared parts below, each brand's own file in the middle, what the agency overrides on top."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.plan.facts import NOTHING_KNOWN
from parution.plan.problems import Problem
from parution.plan.resolution import BrandPlan, Resolution, examine_brands, resolve
from tests.plan.plans import NOW, judged

MARTIN = {
    "version": 1,
    "brand": {
        "id": "martin",
        "name": "Martin",
        "locale": "fr-FR",
        "timezone": "Europe/Paris",
        "currency": "EUR",
    },
    "schedules": {"insights": "rate(2 hours)"},
}
CIMES = {"version": 1, "brand": {**MARTIN["brand"], "id": "cimes", "name": "Cimes"}}  # type: ignore[dict-item]


def a_workspace(**values: Any) -> dict[str, Any]:
    brands = [{"include": "brands/martin.json"}, {"include": "brands/cimes.json"}]
    return {"version": 1, "workspace": {"id": "agence"}, "brands": brands, **values}


def resolved(workspace: dict[str, Any], **files: Any) -> Resolution:
    there = {"agency.json": workspace, "brands/martin.json": MARTIN, "brands/cimes.json": CIMES}
    there |= {name.replace("__", "/") + ".json": document for name, document in files.items()}
    return resolve("agency.json", lambda name: json.dumps(there[name]).encode() if name in there else None)


def told(found: Resolution) -> list[tuple[str, str | None, str]]:
    return [(one.code, one.file, one.pointer) for one in found.problems]


def errors_of(plan: BrandPlan) -> list[Problem]:
    return [plan.at_its_source(one) for one in judged(plan.document)[1]]


def test_a_workspace_gives_one_whole_plan_per_brand_in_its_order() -> None:
    found = resolved(a_workspace())

    assert [(each.brand, each.document) for each in found.brands] == [("martin", MARTIN), ("cimes", CIMES)]
    assert found.problems == []


def test_the_brands_own_word_goes_over_the_defaults_and_the_override_over_both() -> None:
    workspace = a_workspace(
        defaults={
            "schedules": {"insights": "rate(1 hour)", "report": "cron(0 7 1 * ? *)"},
            "policies": ["fr-evin"],
        },
        brands=[
            {"include": "brands/martin.json", "override": {"brand": {"currency": "CHF"}, "policies": []}}
        ],
    )

    (martin,) = resolved(workspace).brands

    assert martin.document["schedules"] == {"insights": "rate(2 hours)", "report": "cron(0 7 1 * ? *)"}
    assert martin.document["brand"] == {**MARTIN["brand"], "currency": "CHF"}  # type: ignore[dict-item]
    assert martin.document["policies"] == []


def test_an_error_points_to_the_file_in_which_its_value_stands() -> None:
    workspace = a_workspace(
        defaults={"schedules": {"report": "daily", "insights": "rate(1 hour)"}},
        brands=[{"include": "brands/martin.json", "override": {"brand": {"timezone": "Europe/Zuerich"}}}],
    )
    lost = {**MARTIN, "posts": [{"id": "a", "at": "2026-12-03T08:00", "channels": ["fil"], "text": "A"}]}

    (martin,) = resolved(workspace, brands__martin=lost).brands

    assert {(one.code, one.file, one.pointer) for one in errors_of(martin)} == {
        ("E114", "agency.json", "/brands/0/override/brand/timezone"),
        ("E601", "agency.json", "/defaults/schedules/report"),
        ("E202", "brands/martin.json", "/posts/0/channels/0"),
    }


def test_what_is_missing_is_missing_in_the_brands_own_file() -> None:
    nameless = {"version": 1, "brand": {key: MARTIN["brand"][key] for key in ("id", "locale")}}  # type: ignore[index]

    found = resolved(a_workspace(brands=[{"include": "brands/martin.json"}]), brands__martin=nameless)

    assert {(one.file, one.pointer) for one in errors_of(found.brands[0])} == {
        ("brands/martin.json", f"/brand/{key}") for key in ("name", "timezone", "currency")
    }


def test_a_shared_part_comes_from_a_file_and_what_stands_beside_it_goes_over_it() -> None:
    workspace = a_workspace(defaults={"crisis": {"include": "packs/crisis.json", "hard_words": ["rappel"]}})

    found = resolved(
        workspace, packs__crisis={"hard_words": ["allergène"], "sla": {"include": "sla.json"}}, packs__sla=[4]
    )

    assert found.problems == []
    assert found.brands[1].document["crisis"] == {"hard_words": ["rappel"], "sla": [4]}
    assert found.brands[1].source("/crisis/hard_words/0") == (
        "agency.json",
        ("defaults", "crisis", "hard_words", 0),
    )
    assert found.brands[1].source("/crisis/sla/0") == ("packs/sla.json", (0,))


def test_a_list_in_a_default_may_hold_what_stands_in_a_file() -> None:
    workspace = a_workspace(defaults={"watch": [{"id": "presse"}, {"include": "packs/blogs.json"}]})

    found = resolved(workspace, packs__blogs={"id": "blogs"})

    assert found.brands[0].document["watch"] == [{"id": "presse"}, {"id": "blogs"}]
    assert found.brands[0].source("/watch/1/id") == ("packs/blogs.json", ("id",))


@pytest.mark.parametrize(
    "name", ["../secrets.json", "packs/../../etc/passwd", "/etc/passwd", "packs\\crisis.json", 7, None]
)
def test_no_include_leaves_the_folder(name: Any) -> None:
    found = resolved(a_workspace(defaults={"crisis": {"include": name}}))

    assert ("E033", "agency.json", "/defaults/crisis/include") in told(found)


def test_a_missing_file_is_named_where_it_is_asked_for_and_the_other_brands_are_still_read() -> None:
    workspace = a_workspace(brands=[{"include": "brands/matrin.json"}, {"include": "brands/cimes.json"}])

    found = resolved(workspace)

    assert told(found) == [("E031", "agency.json", "/brands/0/include")]
    assert [each.brand for each in found.brands] == ["cimes"]


def test_files_that_include_each_other_are_refused_with_the_whole_circle() -> None:
    workspace = a_workspace(defaults={"crisis": {"include": "packs/a.json"}})

    found = resolved(workspace, packs__a={"include": "b.json"}, packs__b={"include": "a.json"})

    assert told(found) == [("E032", "packs/b.json", "/include")]
    assert "packs/a.json -> packs/b.json -> packs/a.json" in found.problems[0].message


def test_a_workspace_cannot_be_one_of_its_own_brands() -> None:
    assert told(resolved(a_workspace(brands=[{"include": "agency.json"}]))) == [
        ("E032", "agency.json", "/brands/0/include")
    ]


def test_the_same_brand_in_two_files_is_refused_at_the_second() -> None:
    found = resolved(a_workspace(), brands__cimes=MARTIN)

    assert told(found) == [("E034", "brands/cimes.json", "/brand/id")]


def test_a_file_that_is_not_json_is_told_with_its_place_and_its_name() -> None:
    files = {"agency.json": json.dumps(a_workspace()).encode(), "brands/martin.json": b'{"version": 1,}'}
    files["brands/cimes.json"] = json.dumps(CIMES).encode()

    found = resolve("agency.json", files.get)

    assert [(one.code, one.file, one.line) for one in found.problems] == [("E002", "brands/martin.json", 1)]
    assert [each.brand for each in found.brands] == ["cimes"]


def test_a_default_that_is_no_object_is_told_and_the_brands_are_still_read() -> None:
    found = resolved(a_workspace(defaults={"include": "packs/list.json"}), packs__list=[1])

    assert told(found) == [("E005", "packs/list.json", "")]
    assert [each.document for each in found.brands] == [MARTIN, CIMES]


def test_a_brands_file_that_is_a_list_is_no_plan() -> None:
    assert told(resolved(a_workspace(), brands__martin=[]))[0] == ("E005", "brands/martin.json", "")


def test_a_misspelt_key_of_the_workspace_has_the_nearest_one_named() -> None:
    (found,) = resolved(a_workspace(default={}, defaults={})).problems

    assert (found.code, found.pointer) == ("E101", "/default")
    assert found.hint == "did you mean 'defaults'?"


@pytest.mark.parametrize(
    ("rates", "pointer", "code", "hint"),
    [
        ({"CHF": 0}, "CHF", "E107", "write more than 0"),
        ({"CHF": -1.2}, "CHF", "E107", "write more than 0"),
        ({"CHF": "1,06"}, "CHF", "E103", "write a number"),
        ({"chf": 1.06}, "chf", "E108", 'write it like "C'),
    ],
)
def test_a_rate_that_cannot_be_is_told_at_its_place(
    rates: dict[str, Any], pointer: str, code: str, hint: str
) -> None:
    fx = {"source": "European Central Bank", "as_of": "2026-11-20", "rates": rates}

    (found,) = resolved(a_workspace(workspace={"id": "agence", "fx": fx})).problems

    assert (found.code, found.pointer) == (code, f"/workspace/fx/rates/{pointer}")
    assert hint in found.hint


def test_a_rate_without_its_day_or_its_source_is_refused() -> None:
    found = resolved(a_workspace(workspace={"id": "agence", "fx": {"rates": {"CHF": 1.06}}}))

    assert [pointer for _, _, pointer in told(found)] == ["/workspace/fx/source", "/workspace/fx/as_of"]


def test_what_has_no_effect_yet_is_told_once() -> None:
    found = resolved(a_workspace(people=[{"id": "karim"}], on_call={"coverage": "24x7"}))

    assert told(found) == [("W701", "agency.json", "/people"), ("W701", "agency.json", "/on_call")]


def test_a_brands_own_file_stands_for_itself() -> None:
    found = resolve("martin.json", {"martin.json": json.dumps(MARTIN).encode()}.get)

    assert [(each.brand, each.document) for each in found.brands] == [("martin", MARTIN)]
    assert found.brands[0].source("/brand/id") == ("martin.json", ("brand", "id"))


def test_no_file_at_all_is_said() -> None:
    assert told(resolve("martin.json", lambda _: None)) == [("E004", "martin.json", "")]


KEYS = st.sampled_from(
    [
        "version",
        "workspace",
        "defaults",
        "brands",
        "include",
        "override",
        "brand",
        "posts",
        "at",
        "cadence",
        "id",
    ]
)
VALUES = st.sampled_from(
    [None, 1, "a", "a.json", "b.json", "../a.json", "agency.json", "2026-12-03T08:00", "slot"]
)
TREES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@given(agency=TREES, one=TREES, other=TREES, is_whole=st.booleans())
def test_no_workspace_brings_it_down_and_each_finding_names_a_file(
    *, agency: Any, one: Any, other: Any, is_whole: bool
) -> None:
    brands = [{"include": "a.json"}, {"include": "b.json", "override": agency}]
    documents = {"agency.json": a_workspace(brands=brands, defaults=other) if is_whole else agency}
    documents |= {"a.json": {**MARTIN, "posts": one, "cadence": other}, "b.json": one}
    files = {name: json.dumps(document).encode() for name, document in documents.items()}

    sound, problems = examine_brands(resolve("agency.json", files.get), lambda _: NOTHING_KNOWN, NOW)

    assert all(found.file in files for found in problems)
    assert all(plan.brand.id == each.brand for each, plan in sound)
