"""Plans that slipped from somebody's hand: never a traceback, never half an import."""

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parution.plan.checks import examine
from parution.plan.facts import Facts
from parution.plan.languages import Language, told_in
from tests.plan.newsroom import KEY, Newsroom
from tests.plan.plans import NOW, a_plan

EXAMPLES = Path(__file__).parents[2] / "examples"
CORPUS = Path(__file__).parent / "corpus"
PLANS = [
    json.loads(file.read_text())
    for file in [EXAMPLES / "bakery/plan.json", *sorted((EXAMPLES / "agency/brands").glob("*.json"))]
]

# What people, spreadsheets and programs put where something else belongs.
ODDITIES: list[Any] = [
    None, True, False, 0, -1, 1, 2**63, 10**400, -0.0, 1e308, 0.1, "", " ", "null", "auto", "slot", "next",
    "2026-12-03T08:00", "2027-03-28T02:30", "2026-10-25T02:30", "9999-12-31T23:59", "0001-01-01T00:00",
    "2026-12-03T08:00Z", "24:00", "P9999999D", "PT0S", "-PT1H", "secret:a", "s3://media/a.png", "s3://media/a.mp4",
    "FREQ=DAILY;COUNT=400", "FREQ=WEEKLY;UNTIL=2026-12-24", "FREQ=YEARLY", "cron(0 5 * * ? *)", "cron(* * * * * *)",
    "rate(0 hours)", "even", "ahead:9@2026-12-15", "facebook", "x", "tumblr", "viadeo", "mastodon", "fr-FR",
    "Pacific/Apia", "Europe/Paris", "EUR", "JPY", "=HYPERLINK(1)", "</script>", "\u202e", "\u200d", "{url}", "{0}", "%s",
    "é", "e\u0301", "\x00", "\ud83c", "a" * 60, "👨\u200d👩\u200d👧\u200d👦", [], [[]], {}, [None], {"": None},
    {"include": "a.json"}, {"$comment": 1}, ["2026-12-01", "2026-12-24"], ["22:00", "06:30"], ["fil"], ["fil", "fil"],
]  # fmt: skip
KEYS = ["at", "id", "posts", "channels", "text", "variants", "network", "$comment", "", "é", "a/b~c", "0"]


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the way to every value of a document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for part, each in inner for place in places(each, (*path, part)))]


def at(node: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        node = node[part]
    return node


def slip(plan: Any, data: st.DataObject) -> None:
    """Do one thing to a plan that a hand may do to it."""
    *way, part = data.draw(st.sampled_from(places(plan)[1:]))
    around, other = at(plan, tuple(way)), data.draw(st.sampled_from(places(plan)))
    act = data.draw(st.sampled_from(["put", "put", "copy", "drop", "name", "again"]))
    if act == "put":
        around[part] = copy.deepcopy(data.draw(st.sampled_from(ODDITIES)))
    elif act == "copy":
        around[part] = copy.deepcopy(at(plan, other))
    elif act == "drop":
        del around[part]
    elif act == "name" and isinstance(around, dict):
        around[data.draw(st.sampled_from(KEYS))] = around.pop(part)
    elif act == "again" and isinstance(around, list):
        around.append(copy.deepcopy(around[part]))


@st.composite
def slipped(draw: st.DrawFn, plans: list[Any]) -> bytes:
    plan = copy.deepcopy(draw(st.sampled_from(plans)))
    data = draw(st.data())
    for _ in range(draw(st.integers(1, 4))):
        if places(plan)[1:]:
            slip(plan, data)
    return json.dumps(plan, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2]))).encode(
        errors="surrogatepass"
    )


@given(raw=slipped(PLANS))
def test_no_plan_brings_a_check_down_and_each_finding_has_its_place(raw: bytes) -> None:
    plan, found = examine(raw, lambda _: Facts(media={}), NOW)

    lines = raw.decode(errors="replace").split("\n")
    for one in found:
        assert one.line is not None
        assert one.column is not None
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1
        assert told_in(Language.FR, one).hint
    assert len(found) == len(set(found))
    assert (plan is None) == any(one.severity == "error" for one in found)


@given(raw=slipped([a_plan()]))
def test_a_plan_is_imported_whole_or_not_at_all(raw: bytes) -> None:
    newsroom = Newsroom()
    newsroom.imported(a_plan())
    before = newsroom.standing()

    result = newsroom.imported(raw)

    is_wrong = any(one.severity == "error" for one in result.problems)
    assert (result.status == "refused") is is_wrong
    if is_wrong:
        assert newsroom.writes == []
        assert newsroom.standing() == before
        assert newsroom.posts.owner(KEY) == "boulangerie-martin"


@given(data=st.data())
def test_no_torn_file_brings_reading_down(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(sorted(CORPUS.glob("*.json")))).read_bytes()
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    torn = raw[:first] + data.draw(st.binary(max_size=4)) + raw[last:]

    _, found = examine(torn, lambda _: Facts(), NOW)

    assert all(one.line and one.column for one in found)
