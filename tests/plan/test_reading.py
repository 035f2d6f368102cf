import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.plan.reading import LIMIT, as_utf8, read
from tests.plan.plans import REMOVED, a_plan, as_bytes, judged, only, told


def test_a_plan_without_a_fault_is_read_whole() -> None:
    reading = read(as_bytes(a_plan()))

    assert reading.problems == []
    assert reading.plan is not None
    assert reading.plan.brand.name == "Boulangerie Martin"
    assert [line.id for line in reading.plan.campaigns[0].lines] == ["fb-video", "ig-reel"]


# ---------------------------------------------------------------------- the file
@pytest.mark.parametrize(
    ("raw", "code", "line", "column", "hint"),
    [
        (b'{"version": 1,\n "brand": {},}', "E002", 2, 13, "remove the comma"),
        (b'{"version": 1, // Christmas\n}', "E002", 1, 16, "no comments"),
        (b'{"version": 1 /* x */}', "E002", 1, 15, "no comments"),
        (b'{\n  "version": 1\n  "brand": {}\n}', "E002", 3, 3, "mend this place"),
        ("{“version”: 1}".encode(), "E002", 1, 2, "where “ stands"),
        (b"{'version': 1}", "E002", 1, 2, "where ' stands"),
        (b'{"version": 1', "E002", 1, 14, "ends too early"),
        (b"", "E002", 1, 1, "the file is empty"),
        (b'{"version": NaN}', "E002", 1, 13, "ordinary number"),
        (b'{"version": ' + b"9" * 5000 + b"}", "E002", 1, 13, "ordinary number"),
        (b"[" * 200_000, "E002", None, None, "brackets"),
        (b'{"version": "\\ud83c"}', "E002", 1, 20, "half of its escape"),
        ('{"brand": "Pâtisserie"}'.encode("cp1252"), "E003", 1, 13, "UTF-8"),
        ('{"version": 1}'.encode("utf-16"), "E003", None, None, "UTF-8"),
        (b"[]", "E005", None, None, "begin with {"),
        (b'"plan"', "E005", None, None, "begin with {"),
        (b'{"workspace": {}, "brands": []}', "E008", None, None, "one file per brand"),
    ],
)
def test_a_file_that_holds_no_plan_says_why_and_where(
    raw: bytes, code: str, line: int | None, column: int | None, hint: str
) -> None:
    reading = read(raw)

    (found,) = reading.problems
    assert (found.code, found.severity, found.pointer) == (code, "error", "")
    assert (found.line, found.column) == (line, column)
    assert hint in found.hint
    assert (reading.plan, reading.rest) == (None, None)


def test_a_plan_of_five_megabytes_names_its_size_the_limit_and_what_to_do() -> None:
    found = only(as_bytes(a_plan(posts__0__text="x" * 5_000_000)))

    assert found.code == "E001"
    assert "5,00" in found.message
    assert "4,194,304" in found.message
    assert "media/" in found.hint


def test_a_file_whose_beginning_alone_was_read_is_judged_by_its_whole_size() -> None:
    assert read(as_bytes(a_plan()), size=LIMIT + 1).problems[0].code == "E001"


def test_a_byte_order_mark_is_read_over_with_a_warning() -> None:
    reading = read(b"\xef\xbb\xbf" + as_bytes(a_plan()))

    assert [found.code for found in reading.problems] == ["W001"]
    assert reading.plan is not None


def test_windows_line_ends_are_no_fault() -> None:
    raw = json.dumps(a_plan(), indent=1).replace("\n", "\r\n").encode()

    assert read(raw).problems == []


def test_a_key_that_stands_twice_is_told_where_it_stands() -> None:
    raw = as_bytes(a_plan()).replace(b'"text": ', b'"text": "Hidden", "text": ', 1)

    assert told(raw) == [("E006", "/posts/0/text")]


def test_null_is_left_out_not_written() -> None:
    assert told(a_plan(posts__0__text=None, posts__0__pillar=None)) == [
        ("E007", "/posts/0/text"),
        ("E007", "/posts/0/pillar"),
    ]


# ---------------------------------------------------------------------- the shape
@pytest.mark.parametrize(
    ("values", "code", "pointer", "hint"),
    [
        ({"posts__0__chanels": ["fil"]}, "E101", "/posts/0/chanels", "did you mean 'channels'?"),
        ({"chanels": []}, "E101", "/chanels", "did you mean 'channels'?"),
        ({"brand__zzz": 1}, "E101", "/brand/zzz", "write one of: currency, id, locale, name"),
        ({"posts__0__variants__site__txt": "x"}, "E101", "/posts/0/variants/site/txt", "did you mean 'text'?"),
        ({"brand__a/b~c": 1}, "E101", "/brand/a~1b~0c", "write one of"),
        ({"brand__name": REMOVED}, "E102", "/brand/name", 'add "name": "Boulangerie Martin"'),
        ({"brand": REMOVED}, "E102", "/brand", 'add "brand": {'),
        ({"campaigns__0__formats": REMOVED}, "E102", "/campaigns/0/formats", 'add "formats"'),
        ({"posts__0__text": 8}, "E103", "/posts/0/text", "write a text, such as"),
        ({"posts": {}}, "E103", "/posts", "write a list"),
        ({"posts__0": "buche"}, "E103", "/posts/0", "write an object"),
        ({"means": {"hours_per_week": "4"}}, "E103", "/means/hours_per_week", "write a number, such as 4"),
        ({"posts__0__kind": "jobs"}, "E105", "/posts/0/kind", "did you mean 'job'?"),
        ({"posts__0__fold": 2}, "E105", "/posts/0/fold", "write one of: 0, 1"),
        ({"objectives__0__family": "sale"}, "E105", "/objectives/0/family", "did you mean 'sales'?"),
        ({"brand__id": "Boulangerie Martin & Fils"}, "E106", "/brand/id", "write 'boulangerie-martin-fils'"),
        ({"posts__0__id": "Bûche de Noël"}, "E106", "/posts/0/id", "write 'buche-de-noel'"),
        ({"posts__0__id": "🎄"}, "E106", "/posts/0/id", "small letters"),
        ({"pillars__0__share": 1.5}, "E107", "/pillars/0/share", "write at most 1"),
        ({"campaigns__0__budget": 0}, "E107", "/campaigns/0/budget", "write more than 0"),
        ({"campaigns__0__formats__0__min": -1}, "E107", "/campaigns/0/formats/0/min", "write at least 0"),
        ({"posts__0__max_late": "PT5S"}, "E107", "/posts/0/max_late", "write at least 1 minute"),
        ({"channels__0__account": "masto-martin"}, "E108", "/channels/0/account", '"secret:masto-martin"'),
        ({"posts__0__link": {"url": "martin.example"}}, "E108", "/posts/0/link/url", "https://"),
        ({"posts__0__media__0__src": "buche.png"}, "E108", "/posts/0/media/0/src", "s3://media/"),
        ({"posts__0__media__0__src": "s3://media/../secret"}, "E108", "/posts/0/media/0/src", "s3://media/"),
        ({"objectives__0__period": "2026-13"}, "E108", "/objectives/0/period", "2026-12"),
        ({"campaigns__0__pacing": "fast"}, "E108", "/campaigns/0/pacing", "even"),
        ({"posts__0__channels": []}, "E109", "/posts/0/channels", "write at least 1"),
        ({"campaigns__0__flight": ["2026-12-01"]}, "E109", "/campaigns/0/flight", "write at least 2"),
        ({"campaigns__0__flight": ["2026-12-01"] * 3}, "E109", "/campaigns/0/flight", "write at most 2"),
        ({"posts__0__text": "x" * 50_001}, "E109", "/posts/0/text", "write at most 50,000"),
        ({"campaigns__0__flight__0": "01/12/2026"}, "E111", "/campaigns/0/flight/0", "2026-12-24"),
        ({"posts__0__max_late": "1h"}, "E112", "/posts/0/max_late", "PT4H"),
        ({"posts__0__max_late": 3600}, "E112", "/posts/0/max_late", "PT4H"),
        ({"version": 2}, "E117", "/version", '"version": 1'),
        ({"version": "1"}, "E117", "/version", '"version": 1'),
    ],
)  # fmt: skip
def test_a_wrong_shape_is_told_with_what_to_write_instead(
    values: dict[str, Any], code: str, pointer: str, hint: str
) -> None:
    found = only(a_plan(**values))

    assert (found.code, found.pointer) == (code, pointer)
    assert hint in found.hint


@pytest.mark.parametrize(
    ("written", "currency", "hint"),
    [
        (1500.5, "EUR", "write 150050 for 1500.50 EUR"),
        (1500.0, "EUR", "write 150000 for 1500.00 EUR or 1500 for 15.00 EUR"),
        ("1 500,00 €", "EUR", "write 150000 for 1500.00 EUR"),
        ("1,500.00", "EUR", "write 150000 for 1500.00 EUR"),
        ("1.500,50", "EUR", "write 150050 for 1500.50 EUR"),
        ("1500", "EUR", "write 150000 for 1500.00 EUR or 1500 for 15.00 EUR"),
        (1500.0, "JPY", "write 1500 for 1500 JPY"),
        (1.5, "TND", "write 1500 for 1.500 TND"),
        ("much", "EUR", "write a whole number: 150000 is 1500.00 EUR"),
        (True, "EUR", "write a whole number: 150000 is 1500.00 EUR"),
        (1e300, "EUR", "write a whole number: 150000 is 1500.00 EUR"),
    ],
)
def test_money_that_is_no_whole_number_of_cents_is_computed(written: Any, currency: str, hint: str) -> None:
    found = only(
        a_plan(brand__currency=currency, campaigns__0__currency=currency, campaigns__0__budget=written)
    )

    assert (found.code, found.pointer, found.hint) == ("E113", "/campaigns/0/budget", hint)


def test_every_fault_is_told_at_once_in_the_order_of_the_document() -> None:
    plan = a_plan(
        brand__timezone="Europe/Pariss",
        channels__1__network="webhok",
        posts__0__id="Bûche",
        campaigns__0__formats__0__min=200.5,
        campaigns__0__formats__1__network="facebok",
        schedules__insights="rate(1 hours)",
        zzz=1,
    )

    assert told(plan) == [
        ("E114", "/brand/timezone"),
        ("E104", "/channels/1/network"),
        ("E106", "/posts/0/id"),
        ("E113", "/campaigns/0/formats/0/min"),
        ("E601", "/schedules/insights"),
        ("E101", "/zzz"),
    ]


def test_what_stands_beside_a_broken_part_is_checked_under_its_own_place() -> None:
    good = a_plan()["posts"][0]
    plan = a_plan(
        posts=[{**good, "at": 8}, {**good, "id": "Bûche"}, {**good, "id": "past", "at": "2026-01-01T08:00"}]
    )

    assert told(plan) == [
        ("E103", "/posts/0/at"),
        ("E106", "/posts/1/id"),
        ("E303", "/posts/2/at"),
    ]


def test_what_stands_beside_an_unknown_key_is_checked_too() -> None:
    assert told(a_plan(posts__0__chanels=[], posts__0__at="3/12/2026", campaigns__0__formats__0__mni=1)) == [
        ("E110", "/posts/0/at"),
        ("E101", "/posts/0/chanels"),
        ("E101", "/campaigns/0/formats/0/mni"),
    ]


def test_what_a_broken_part_is_called_is_not_reported_as_missing() -> None:
    assert told(a_plan(channels__0__objectives=8)) == [("E103", "/channels/0/objectives")]


@given(st.binary(max_size=300))
def test_no_bytes_bring_it_down(raw: bytes) -> None:
    assert read(raw).plan is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.data())
def test_no_spoilt_plan_brings_it_down_or_is_read_with_errors(data: st.DataObject) -> None:
    plan: Any = a_plan()
    for _ in range(data.draw(st.integers(1, 3))):
        _spoil(plan, data)

    found = told(json.dumps(plan).encode())

    assert found == sorted(found, key=found.index)
    assert all(code[0] in "EW" and (pointer == "" or pointer.startswith("/")) for code, pointer in found)


def _spoil(node: Any, data: st.DataObject) -> None:
    """Put another value at some place of the plan."""
    while True:
        places: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        if isinstance(node[place], dict | list) and node[place] and data.draw(st.booleans()):
            node = node[place]
            continue
        node[place] = data.draw(json_values)
        return


# ---------------------------------------------------------------------- comments and places
def test_a_comment_may_stand_in_any_object_and_is_passed_over() -> None:
    plan = a_plan()
    plan["$comment"] = "For Christmas"
    plan["posts"][0]["variants"]["$comment"] = {"why": None}
    plan["campaigns"][0]["formats"][0]["$comment"] = "Claire's choice"

    assert told(plan) == []


def test_a_comment_does_not_move_the_place_of_what_is_wrong() -> None:
    raw = b'{\n  "$comment": "x",\n  "version": 1,\n  "brand": {"$comment": "y", "idd": "a"}\n}'

    places = {one.pointer: (one.line, one.column) for one in judged(raw)[1]}

    assert places["/brand/idd"] == (4, 30)
    assert places["/brand/id"] == (4, 12)


def test_half_a_character_is_told_at_its_place_beside_a_comment() -> None:
    found = only(b'{"$comment": "x",\n "version": "\\ud83c"}')

    assert (found.code, found.line) == ("E002", 2)


def test_a_key_that_stands_twice_names_both_lines() -> None:
    raw = json.dumps(a_plan(), indent=1).encode()

    found = only(raw.replace(b'"name"', b'"id": "x",\n  "name"', 1))

    assert found.message == "the key 'id' stands twice, in line 4 and in line 5"
    assert (found.line, found.column) == (5, 3)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_another_encoding_becomes_utf_8(encoding: str) -> None:
    assert as_utf8('{"brand": "Pâtisserie"}'.encode(encoding)) == '{"brand": "Pâtisserie"}'.encode()


def test_what_is_utf_8_stays() -> None:
    assert as_utf8('{"brand": "Pâtisserie"}'.encode()) is None
