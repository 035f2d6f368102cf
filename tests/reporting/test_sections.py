"""What the sections say: sums that add up, rankings that are fair, and what nobody reads named as missing."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parution.guarding.holds import Scope
from parution.plan.model import Audience, Plan
from parution.publishing.content import MediaRef
from parution.publishing.deliveries import State
from parution.reporting.audiences import SECTIONS, sections_of
from parution.reporting.contract import Report
from parution.reporting.page import page
from parution.reporting.sheet import sheet
from parution.reporting.words import Words
from tests.reporting.buying import FOURTH, bought_once
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, STUDIO_NOW, Month, bakery, in_paris, studio
from tests.reporting.situations import SITUATIONS, in_language
from tests.reporting.unusual import BRAND, after_a_crisis, corrected, empty, stopped, tell

LATER = MID_FLIGHT + timedelta(minutes=5)


# ---------------------------------------------------------------- to the cent
DAYS = st.lists(
    st.tuples(
        st.sampled_from(("fb-video", "ig-reel", "ig-story")),
        st.integers(0, 9),
        st.integers(0, 6000),
        st.none() | st.integers(0, 30),
        st.none() | st.integers(0, 500),
    ),
    max_size=25,
)


@given(reads=DAYS)
@settings(deadline=None, max_examples=10)
def test_sections_reconcile_with_ledger_and_insights_to_the_cent(
    reads: list[tuple[str, int, int, int | None, int | None]],
) -> None:
    month = Month(MARTIN)
    month.open_account(NOEL)
    for number, (line, step, spend, results, clicks) in enumerate(reads):
        day, read_at = date(2026, 12, 1) + timedelta(days=step), MID_FLIGHT + timedelta(seconds=number)
        month.tell(NOEL, line, day, 100)
        month.spend(NOEL, line, day, read_at, spend=spend, results=results, clicks=clicks)

    report = month.report(MID_FLIGHT + timedelta(hours=1))

    entries = list(month.budgets.entries(BRAND, NOEL.id))
    kept = list(month.insights.newest_lines(BRAND, NOEL.id))
    booked = sum(one.amount for one in entries if one.kind == "spent")
    (campaign,), (total,), (objective,) = report.campaigns, report.totals, report.objectives
    assert (total.spent.value or 0) == booked == sum(row.spend for row in kept)
    assert sum(line.allocated.value or 0 for line in campaign.lines if line.allocated) == sum(
        one.amount for one in entries if one.kind == "committed"
    )
    told = [(line.variance, line.spent.value or 0, line.allocated) for line in campaign.lines]
    assert all(
        off.value == spent - (allocated.value or 0)
        for off, spent, allocated in told
        if off and off.value is not None and allocated
    )
    assert report.both is not None
    by_network = [figure for one in report.both.networks for figure in one.spent]
    assert sum(figure.value or 0 for figure in by_network) == booked
    claimed = [row.results for row in kept if row.results is not None]
    assert objective.actual.value == (sum(claimed) if claimed else None)
    assert sum(day.paid.value or 0 for day in report.both.days) == sum(row.clicks or 0 for row in kept)
    days = [day.results.value for day in campaign.days if day.results and day.results.value is not None]
    assert sum(days) == sum(claimed)


def test_a_total_is_unknown_while_a_part_of_it_is() -> None:
    plan = MARTIN.model_dump(by_alias=True)
    plan["campaigns"] = [*plan["campaigns"], NOEL.model_dump(by_alias=True) | {"id": "silent"}]

    (total,) = bakery(plan=Plan.model_validate(plan)).report(MID_FLIGHT).totals

    assert (total.budget.value, total.spent.value, total.projected.value) == (300000, None, None)


def test_amounts_of_two_currencies_are_never_added() -> None:
    totals = {one.currency: one.budget.value for one in studio().report(STUDIO_NOW).totals}

    assert totals == {"CAD": 480000, "USD": 60000}


# ---------------------------------------------------------------- objectives
def test_an_objective_without_a_campaign_says_that_nothing_counts_it() -> None:
    (objective,) = empty().report(MID_FLIGHT).objectives

    assert (objective.missing, objective.actual.value) == ("no_campaign", None)
    # Nine of the month's days are over.
    assert round(float(objective.to_date.value or 0), 1) == round(320 * 9 / 31, 1)


def test_two_campaigns_serve_one_objective_together() -> None:
    month = bakery()
    one = month.report(MID_FLIGHT)
    plan = MARTIN.model_dump(by_alias=True)
    plan["campaigns"] = [*plan["campaigns"], NOEL.model_dump(by_alias=True) | {"id": "noel-2"}]
    both = Month(Plan.model_validate(plan), insights=month.insights, budgets=month.budgets)
    for row in list(month.insights.newest_lines(BRAND, "noel")):
        both.insights.append_line(row.model_copy(update={"campaign": "noel-2"}))

    (objective,) = both.report(MID_FLIGHT).objectives

    assert objective.actual.value == 2 * int(one.objectives[0].actual.value or 0)
    assert objective.campaigns == ("noel", "noel-2")


def test_of_an_objective_that_two_serve_neither_is_called_short() -> None:
    plan = MARTIN.model_dump(by_alias=True)
    plan["campaigns"] = [*plan["campaigns"], NOEL.model_dump(by_alias=True) | {"id": "noel-2", "budget": 90}]
    month = bakery(yields=0.5, posts=False, plan=Plan.model_validate(plan))

    verdict = month.report(MID_FLIGHT).verdict

    assert (verdict.campaign, verdict.situation) == ("noel-2", "no_figures")
    assert "320" not in verdict.text


# ---------------------------------------------------------------- posts
def with_posts(*reactions: int | None, channel: str = "fil", network: str = "mastodon") -> Month:
    month = Month(Plan.model_validate({**MARTIN.model_dump(by_alias=True), "campaigns": ()}))
    for number, count in enumerate(reactions):
        at = in_paris(1 + number, 8, 0)
        month.publish(f"post-{number}", channel, network, at, "Bonjour")
        month.count(f"post-{number}", channel, network, MID_FLIGHT, likes=count)
    return month


def test_the_best_and_the_weakest_are_those_beside_the_usual() -> None:
    ranking = with_posts(10, 40, 20, 30, 20).report(MID_FLIGHT).ranking

    assert ranking is not None
    assert [(one.post, one.times.value) for one in ranking.top] == [("post-1", 2.0), ("post-3", 1.5)]
    assert [(one.post, one.times.value) for one in ranking.flop] == [("post-0", 0.5), ("post-4", 1.0)]


def test_a_count_of_reactions_has_its_interval() -> None:
    ranking = with_posts(10, 40, 20, 30, 20).report(MID_FLIGHT).ranking

    assert ranking is not None
    best = ranking.top[0]
    bounds = (best.reactions_low.value, best.reactions.value, best.reactions_high.value)
    assert [round(float(value or 0)) for value in bounds] == [32, 40, 49]


@pytest.mark.parametrize("reactions", [(10, 40, 20), (10, 40, 20, None, None)])
def test_too_few_posts_are_not_ranked(reactions: tuple[int | None, ...]) -> None:
    assert with_posts(*reactions).report(MID_FLIGHT).ranking is None


def test_a_post_of_yesterday_is_too_young_to_be_weak() -> None:
    month = with_posts(10, 40, 20, 30, 20)
    month.publish("young", "fil", "mastodon", in_paris(9, 18, 0), "Bonsoir")
    month.count("young", "fil", "mastodon", MID_FLIGHT, likes=0)

    ranking = month.report(MID_FLIGHT).ranking

    assert ranking is not None
    assert ranking.judged.value == 5


def test_a_channel_at_even_gaps_is_regular() -> None:
    timing = with_posts(1, 2, 3, 4).report(MID_FLIGHT).timing

    assert timing is not None
    assert [(one.channel, one.regularity.value) for one in timing.rhythms] == [("fil", 1.0)]
    assert {(one.weekday, one.hour): one.posts.value for one in timing.hours} == {
        (day, 8): 1 for day in (1, 2, 3, 4)
    }


def test_a_networks_figures_count_once_for_a_thread() -> None:
    month = with_posts(10)
    row = next(iter(month.posts.of_brand(BRAND)))
    month.posts.create(row.model_copy(update={"part": 1, "parts": 2, "under": 0}))

    report = month.report(MID_FLIGHT)

    assert [(post.part, post.likes.value) for post in report.posts] == [(0, 10), (1, None)]


def test_views_are_added_by_network_and_are_unknown_where_nobody_counts_them() -> None:
    report = bakery().report(MID_FLIGHT)

    assert report.both is not None
    views = {one.network: one.views.value if one.views else 0 for one in report.both.networks}
    assert views == {"facebook": 1114 + 1536, "instagram": 1325 + 2169, "mastodon": None}
    assert {row.views.value if row.views else 0 for row in report.posts if row.network == "mastodon"} == {
        None
    }


def test_a_report_from_before_views_were_read_is_still_read() -> None:
    written = bakery().report(MID_FLIGHT).model_dump(mode="json", by_alias=True)
    for one in (*written["posts"], *written["both"]["networks"]):
        del one["views"]

    assert {row.views for row in Report.model_validate_json(json.dumps(written)).posts} == {None}


def test_what_nobody_reads_is_missing_and_not_zero() -> None:
    report = bakery().report(MID_FLIGHT)

    assert report.community is not None
    assert report.both is not None
    unread = (
        report.community.answered,
        report.community.first_response_median,
        report.community.open_too_long,
        *(one.reach for one in report.both.networks),
        *(line.reach for line in report.campaigns[0].lines),
    )
    assert {figure.value if figure else 0 for figure in unread} == {None}
    assert report.community.missing == ("comments_not_read",)


# ---------------------------------------------------------------- alerts
def test_a_crisis_is_told_with_its_span_its_cause_and_who_lifted_it() -> None:
    report = after_a_crisis().report(MID_FLIGHT)

    stop = next(alert for alert in report.alerts if alert.code == "stop")
    assert (stop.at, stop.until) == (in_paris(7, 8, 0), in_paris(8, 9, 0))
    assert (stop.lifted_by, stop.values) == ("claire@martin.example", {"n": 1})
    assert [pause.last for pause in report.campaigns[0].pauses] == [in_paris(8, 9, 0)]


def test_a_post_that_was_refused_is_an_alert() -> None:
    codes = [(alert.code, alert.values["post"]) for alert in bakery().report(MID_FLIGHT).alerts]

    assert codes == [("post_refused", "apprenti-2027")]


# ---------------------------------------------------------------- restated figures
def test_a_corrected_day_is_listed_with_before_and_after() -> None:
    report = corrected(by=412).report(LATER)

    told = [(one.figure, one.day.day, one.before.value, one.after.value) for one in report.restated]
    assert told == [("spent", 8, 5812, 6224), ("results", 8, 14, 7)]


def test_the_present_day_grows_and_is_not_corrected() -> None:
    month = bakery(posts=False)
    tell(month, MID_FLIGHT)
    month.spend(NOEL, "fb-video", MID_FLIGHT.date(), LATER, spend=1900, results=9)

    assert month.report(LATER).restated == ()


def test_the_first_report_has_nothing_to_compare() -> None:
    report = bakery().report(MID_FLIGHT)

    assert (report.compared, report.restated) == (None, ())


def test_a_run_that_is_written_again_compares_with_the_same_report_as_before() -> None:
    month = corrected(by=412)

    first, second = (month.written(LATER) for _ in range(2))

    assert first == second
    assert json.loads(first["report.json"])["compared"]["at"] == "2026-12-10T10:40:00Z"


def test_a_report_in_words_that_are_no_longer_read_is_not_compared() -> None:
    month = corrected()
    name = next(key for key in month.files.files if key.endswith("report.json"))
    month.files.write(name, b'{"schema": "parution.report/0"}', "application/json")

    assert month.report(LATER).compared is None


def test_another_budget_than_the_report_before_knew_is_noted() -> None:
    month = bakery(posts=False)
    tell(month, MID_FLIGHT)
    plan = MARTIN.model_dump(by_alias=True)
    plan["campaigns"] = [NOEL.model_dump(by_alias=True) | {"budget": 170000}]
    later = Month(
        Plan.model_validate(plan), insights=month.insights, budgets=month.budgets, files=month.files
    )

    (campaign,) = later.report(LATER).campaigns

    (change,) = campaign.budget_changes
    assert (change.at, change.before.value, change.after.value) == (LATER, 150000, 170000)


# ---------------------------------------------------------------- costs
def test_costs_follow_from_what_was_counted() -> None:
    scheduled = {"insights": "rate(1 hour)", "allocate": "cron(0 5 * * ? *)"}
    plan = Plan.model_validate({**MARTIN.model_dump(by_alias=True), "schedules": scheduled})

    cost = bakery(plan=plan).report(MID_FLIGHT).cost

    assert cost is not None
    counted = {name: figure.value for name, figure in cost.counted.items()}
    assert counted == {"deliveries": 6, "reads": 228, "allocations": 10, "orders": 30, "reports": 1}
    assert (cost.brand.value, cost.brand.currency, cost.brand.source) == (1, "USD", "estimate")
    # 1.74 a month, for nine days and a half.
    assert cost.stack.value == 55


def test_what_a_network_asks_is_apart() -> None:
    month = with_posts()
    month.publish("fil-1", "x", "x", in_paris(3, 8, 0), "Bonjour https://martin.example")
    month.publish("fil-2", "x", "x", in_paris(4, 8, 0), "Bonjour")

    cost = month.report(MID_FLIGHT).cost

    assert cost is not None
    assert [(fee.network, fee.posts.value, fee.amount.value) for fee in cost.fees] == [("x", 2, 22)]


def test_pictures_that_are_described_are_billed_beside_their_post() -> None:
    month = with_posts()
    four = MediaRef(key="media/four.jpg", etag="a", kind="image/jpeg", alt="Un four")
    plain = four.model_copy(update={"alt": ""})
    month.publish("fil-1", "x", "x", in_paris(3, 8, 0), "Bonjour", media=(four, four, four, plain))

    cost = month.report(MID_FLIGHT).cost

    # 15 thousandths of a dollar for the post, 5 for each description: three cents, where one alone is two.
    assert cost is not None
    assert [fee.amount.value for fee in cost.fees] == [3]


# ---------------------------------------------------------------- the verdict
def test_a_proposal_that_waits_is_never_nothing_to_change() -> None:
    verdict = bought_once()[0].report(FOURTH).verdict

    assert (verdict.action, verdict.tone) == ("approve", "act")


@pytest.mark.parametrize("situation", SITUATIONS)
def test_only_kept_or_best_amounts_need_no_change(situation: str) -> None:
    make, now = SITUATIONS[situation]
    report = make().report(now)

    if report.verdict.action == "keep":
        (campaign,) = [one for one in report.campaigns if one.id == report.verdict.campaign]
        assert campaign.allocation is not None
        assert campaign.allocation.proof not in {"kept", "lowered"}
        assert not campaign.allocation.proposed


def test_the_more_pressing_of_two_campaigns_speaks() -> None:
    plan = MARTIN.model_dump(by_alias=True)
    plan["campaigns"] = [*plan["campaigns"], NOEL.model_dump(by_alias=True) | {"id": "second", "budget": 90}]
    month = stopped(Scope(campaign="second"), bakery(posts=False, plan=Plan.model_validate(plan)))

    verdict = month.report(MID_FLIGHT).verdict

    assert (verdict.campaign, verdict.situation) == ("second", "paused")


# ---------------------------------------------------------------- audiences
def ids(report: Report, audience: Audience | None) -> list[str]:
    return [section.id for section in sections_of(report, audience)]


def test_thirteen_sections_have_ids_that_links_may_name() -> None:
    assert [section.id for section in SECTIONS] == [
        *("verdict", "cards", "pacing", "spend", "split", "objectives", "both"),
        *("posts", "timing", "community", "alerts", "notes", "terms"),
    ]


@pytest.mark.parametrize(
    ("audience", "left_out"),
    [
        (None, set()),
        ("executive", {"spend", "split", "both", "posts", "timing", "community"}),
        ("buyer", {"posts", "timing", "community"}),
        ("community", {"pacing", "spend", "split"}),
    ],
)
def test_each_audience_is_shown_what_concerns_it(audience: Audience | None, left_out: set[str]) -> None:
    report = bakery().report(MID_FLIGHT)

    assert set(ids(report, None)) - set(ids(report, audience)) == left_out


def test_the_page_has_the_sections_of_its_audience_in_their_order() -> None:
    report = bakery().report(MID_FLIGHT)

    shown = re.findall(r'<section id="(\w+)"', page(report, "executive").decode())

    assert shown == ids(report, "executive")


def test_an_empty_month_has_no_empty_sections() -> None:
    assert ids(empty().report(MID_FLIGHT), None) == [
        *("verdict", "cards", "objectives", "posts", "community", "alerts", "notes")
    ]


def test_a_page_explains_only_the_words_that_it_uses() -> None:
    report = bakery().report(MID_FLIGHT)
    word = "<dt>Dernier centime, centime suivant</dt>"

    assert word in page(report).decode()
    assert word not in page(report, "executive").decode()


def test_a_reader_of_another_language_gets_the_same_figures() -> None:
    french, english = (in_language(after_a_crisis(), one).report(MID_FLIGHT) for one in ("fr-FR", "en-GB"))
    told: Any = {"brand": ..., "verdict": ...}

    assert french.model_dump(exclude=set(told)) == english.model_dump(exclude=set(told))
    assert page(french, "community") != page(english, "community")


def test_a_weekday_is_named_as_the_reader_names_it() -> None:
    assert [Words(one, "Europe/Paris").weekday(0) for one in ("fr-FR", "en-GB")] == ["lun.", "Mon"]


def test_now_is_told_on_the_brands_clock_in_costs_too() -> None:
    # Half past eleven of the month's last evening in UTC is January in Paris: a new month, at no cost yet.
    report = empty().report(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))

    assert report.cost is not None
    assert (report.period.first, report.cost.counted["deliveries"].value) == (date(2027, 1, 1), 0)


def test_an_unconfirmed_post_asks_for_a_look() -> None:
    alerts = studio().report(STUDIO_NOW).alerts

    assert [(one.code, one.values["network"]) for one in alerts] == [("post_unconfirmed", "linkedin")]
    assert State.UNCONFIRMED in {post.state for post in studio().report(STUDIO_NOW).posts}


# ---------------------------------------------------------------- three questions
@pytest.mark.parametrize(
    "answer",
    [
        "will end near its budget: €181.75 spent, with €220.48 planned by now",
        "a better split waits for your yes today: 0.51 commandes more each day, worth €2.17.",
        "parution approve --campaign boulangerie-martin/noel",
        "With another amount this day would bring, in commandes: 19.9 for €56.25, 22.8 for €68.75, 23.5 for €75.00.",
    ],
)
def test_the_answers_that_the_documentation_quotes_are_the_pages_own(answer: str, a_page: str) -> None:
    documentation = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")

    assert answer in " ".join(documentation.replace("\n> ", " ").split())
    assert answer in a_page


@pytest.fixture(scope="module")
def a_page() -> str:
    """The bakery's fourth day in English, with ordinary spaces."""
    shown = page(in_language(bought_once()[0], "en-GB").report(FOURTH)).decode()
    return " ".join(shown.replace("\u00a0", " ").replace("\u202f", " ").split())


# ---------------------------------------------------------------- the sheet
def figures_in(node: Any) -> int:
    if isinstance(node, dict):
        return "source" in node or sum(figures_in(one) for one in node.values())
    return sum(figures_in(one) for one in node) if isinstance(node, list) else 0


@pytest.mark.parametrize("make", [bakery, lambda: corrected(by=412)])
def test_each_figure_of_the_months_sections_has_its_row_in_the_sheet(make: Callable[[], Month]) -> None:
    report = make().report(LATER)
    names = ("totals", "objectives", "both", "ranking", "timing", "community", "restated", "cost")
    sections = report.model_dump(mode="json", include=set(names))
    if sections["ranking"]:
        # What the ranking is made of, not what it says.
        del sections["ranking"]["judged"], sections["ranking"]["least_age"]

    rows = [row for row in rows_of(report) if row["unit"]]

    shown = {"total", "objective", "both", "network", "top", "flop", "hour", "rhythm", "community"}
    shown |= {"restated", "cost", "fee"}
    assert len([row for row in rows if row["section"] in shown]) == figures_in(sections)


def rows_of(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sheet(report)[0].decode(), newline="")))


def test_alerts_and_other_amounts_have_their_rows_too() -> None:
    sections = [row["section"] for row in rows_of(bought_once()[0].report(FOURTH))]

    assert sections.count("what_if") == 8
    assert [row["figure"] for row in rows_of(bakery().report(MID_FLIGHT)) if row["section"] == "alert"] == [
        "post_refused"
    ]


HOSTILE = "</script><script>alert(1)</script>\x00\u202e=cmd|' /C calc'!A0"


def test_a_hostile_reason_of_a_stop_stays_text() -> None:
    month = bakery(posts=False)
    before = month.posts.standing()
    month.posts.change(
        before, before.with_hold(Scope(brand=BRAND, tag=HOSTILE), HOSTILE, HOSTILE, in_paris(6, 15, 10))
    )
    report = month.report(MID_FLIGHT)

    shown, rows = page(report).decode(), rows_of(report)

    assert "<script" not in shown
    assert "\x00" not in shown
    assert shown.count("&lt;script&gt;") == 3
    (alert,) = [row for row in rows if row["section"] == "alert"]
    assert not any(cell.lstrip().startswith(("=", "+", "@")) for cell in alert.values())
