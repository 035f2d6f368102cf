"""What the charts show: the marks stand where the figures say, and the words beside them say the same."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from parution.reporting import illustrations
from parution.reporting.charts import NARROW, WIDE, every, lines_chart, pacing_chart, pacing_text
from parution.reporting.contract import (
    AllocationFigures,
    Both,
    BudgetChange,
    CampaignFigures,
    CurvePoint,
    DayOfBoth,
    Figure,
    ObjectiveProgress,
    Pause,
    Proposal,
    Report,
    Share,
    derived,
    money,
)
from parution.reporting.curve_charts import curve_rows, curves_chart, curves_text, results_at
from parution.reporting.drawing import fitting, width_of
from parution.reporting.progress_charts import both_chart, both_text, objectives_chart, objectives_text
from parution.reporting.words import Words
from tests.reporting.golden import FOLDER
from tests.reporting.test_page import contrast, tokens

FRENCH, ENGLISH = Words("fr-FR", "Europe/Paris"), Words("en-GB", "Europe/Paris")


def euros(value: int | None) -> Figure:
    return money(value, "EUR", "derived")


def orders(value: float | None) -> Figure:
    return derived(value, "commandes")


@pytest.fixture(scope="module")
def noel() -> CampaignFigures:
    """The bakery's campaign, on the tenth of its twenty-four days."""
    return Report.model_validate_json((FOLDER / "bakery" / "report.json").read_bytes()).campaigns[0]


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (drawn by ourselves)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in drawn(svg).iter("text")]


def filled(svg: str, token: str) -> list[str]:
    """Give the outlines that are filled with a token."""
    return [e.attrib["d"] for e in drawn(svg).iter("path") if e.attrib.get("fill") == f"var(--{token})"]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# ---------------------------------------------------------------- pacing
def test_a_pause_and_another_budget_are_marked_and_told(noel: CampaignFigures) -> None:
    stopped = Pause(
        first=datetime(2026, 12, 4, 15, 0, tzinfo=UTC),
        last=datetime(2026, 12, 5, 11, 0, tzinfo=UTC),
        scope="brand=boulangerie-martin",
        reason="fuite d'eau",
    )
    raised = BudgetChange(
        at=datetime(2026, 12, 7, 8, 0, tzinfo=UTC), before=euros(120000), after=euros(150000)
    )
    figures = noel.model_copy(update={"pauses": (stopped,), "budget_changes": (raised,)})

    chart, text = pacing_chart(figures, FRENCH, WIDE, "c"), plain(pacing_text(figures, FRENCH))

    assert len(filled(chart, "pause")) == len(filled(pacing_chart(noel, FRENCH, WIDE, "c"), "pause")) + 1
    assert {"pause", "budget 1 500,00 €"} <= set(map(plain, texts(chart)))
    assert "En pause du 4 déc. 16:00 au 5 déc. 12:00." in text
    assert "Le 7 déc., le budget passe de 1 200,00 € à 1 500,00 €." in text


def test_a_pause_that_still_stands_reaches_to_the_present_moment(noel: CampaignFigures) -> None:
    stopped = Pause(first=datetime(2026, 12, 9, 23, 0, tzinfo=UTC), last=None, scope="", reason="")
    figures = noel.model_copy(update={"pauses": (stopped,)})

    (band,) = filled(pacing_chart(figures, FRENCH, WIDE, "c"), "pause")

    left, width = re.findall(r"M([\d.]+),0h([\d.]+)", band)[0]
    over = float(figures.elapsed.value or 0)
    assert (float(left), float(width)) == pytest.approx((9 / 24 * 800, (over - 9) / 24 * 800), abs=1)
    assert "En pause depuis le 10 déc. 00:00." in plain(pacing_text(figures, FRENCH))


def test_labels_that_would_touch_are_left_to_the_text(noel: CampaignFigures) -> None:
    at = datetime(2026, 12, 4, 8, 0, tzinfo=UTC)
    pauses = tuple(
        Pause(first=at + timedelta(hours=4 * n), last=at + timedelta(hours=4 * n + 2), scope="", reason="")
        for n in range(6)
    )
    figures = noel.model_copy(update={"pauses": pauses})

    chart = pacing_chart(figures, FRENCH, NARROW, "c")

    assert len(filled(chart, "pause")) == 6
    assert texts(chart).count("pause") == 1
    assert pacing_text(figures, FRENCH).count("En pause") == 6


def test_the_band_ends_where_the_campaign_is_likely_to(noel: CampaignFigures) -> None:
    days = [
        day.model_copy(
            update={"ahead": euros(150000), "ahead_low": euros(140000), "ahead_high": euros(160000)}
        )
        if day.day >= date(2026, 12, 10)
        else day.model_copy(update={"ahead": None, "ahead_low": None, "ahead_high": None})
        for day in noel.days
    ]
    ends = {"projected_low": euros(140000), "projected_high": euros(160000), "projected": euros(150000)}
    figures = noel.model_copy(update={"days": tuple(days), **ends})

    (band,) = filled(pacing_chart(figures, FRENCH, WIDE, "c"), "band")

    places = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", band)]
    at_the_end = sorted(y for x, y in places if x == 800)
    top = 160000 * 1.04
    assert at_the_end == pytest.approx([240 - 160000 / top * 240, 240 - 140000 / top * 240], abs=0.2)
    assert "entre 1 400,00 € et 1 600,00 € avec 80 % de chances" in plain(pacing_text(figures, FRENCH))


# ---------------------------------------------------------------- lines
def test_a_line_shows_what_it_spent_beside_what_was_told(noel: CampaignFigures) -> None:
    lines = tuple(line.model_copy(update={"allocated": euros(30000)}) for line in noel.lines)
    chart = drawn(lines_chart(noel.model_copy(update={"lines": lines}), FRENCH, "c"))

    # The fullest bar and the marks share one scale: 300.00 € are the whole width, less half a mark's.
    marks = [e for e in chart.iter("line") if e.attrib.get("stroke") == "var(--s2)"]
    assert {e.attrib["transform"].split(",")[0] for e in marks} == {"translate(298"}
    assert "fb-video 270,59 €, pour 300,00 € confiés à la régie" in plain(chart[1].text or "")


def test_a_long_name_gives_way_to_its_amount(noel: CampaignFigures) -> None:
    lines = tuple(line.model_copy(update={"format": "vidéo verticale " * 9}) for line in noel.lines)

    named = texts(lines_chart(noel.model_copy(update={"lines": lines}), FRENCH, "c"))

    assert all(width_of(name) < 300 for name in named)
    assert sum(name.endswith("…") for name in named) == 3


@pytest.mark.parametrize(
    ("text", "room", "kept"),
    [("abc", 30, "abc"), ("abcdefghij", 40, "abc…"), ("日本語日本語", 60, "日本語…"), ("", 0, "")],
)
def test_a_label_loses_its_end_where_there_is_no_room(text: str, room: float, kept: str) -> None:
    assert fitting(text, room) == kept


# ---------------------------------------------------------------- response curves
def a_share(line: str, amount: int, points: list[tuple[int, float]], **facts: Any) -> Share:
    return Share(
        line=line,
        amount=euros(amount),
        last=derived(None, "per_minor"),
        next=derived(None, "per_minor"),
        limit=None,
        limit_price=derived(None, "per_minor"),
        curve=tuple(CurvePoint(spend=spend, results=results) for spend, results in points),
        **facts,
    )


@pytest.fixture(scope="module")
def split(noel: CampaignFigures) -> AllocationFigures:
    assert noel.allocation
    shares = (
        a_share(
            "fb-video", 2000, [(0, 0.0), (2000, 8.0), (4000, 10.0)], before=euros(1000), best=euros(3000)
        ),
        a_share("ig-story", 500, [(0, 0.0), (1000, 2.0)], best=euros(500)),
    )
    return noel.allocation.model_copy(update={"shares": shares, "before_day": date(2026, 12, 9)})


def test_each_amount_stands_on_its_curve(split: AllocationFigures) -> None:
    chart = drawn(curves_chart(split, FRENCH, WIDE, "k", "commandes", 12))
    places = {
        (e.attrib["stroke"], e.attrib["fill"]): tuple(
            map(float, re.findall(r"[\d.]+", e.attrib["transform"]))
        )
        for e in chart.iter("path")
        if e.attrib.get("transform", "").startswith("translate(") and "stroke" in e.attrib
    }

    # Four panels of 186 by 104 stand beside each other; 40.00 € and 10 results are the ends of their axes.
    assert places["var(--s1)", "var(--paper)"] == pytest.approx((46.5, 144 - 104 * 0.4), abs=0.1)
    assert places["var(--s2)", "var(--paper)"] == pytest.approx((139.5, 144 - 104 * 0.9), abs=0.1)


def test_the_best_is_marked_only_where_another_amount_stands(split: AllocationFigures) -> None:
    at_best = split.model_copy(update={"shares": split.shares[1:]})

    curves = illustrations.curves(at_best, FRENCH, "k", "commandes", 12)

    assert curves
    assert [sign for sign, _ in curves.drawing.legend] == ["dot"]
    assert 'stroke="var(--s2)"' not in curves.drawing.wide


def test_what_waits_for_a_yes_is_marked_before_what_the_rules_allow(split: AllocationFigures) -> None:
    proposal = Proposal(line="fb-video", amount=euros(4000), gain=derived(1.0, "results"))

    curves = illustrations.curves(
        split.model_copy(update={"proposed": (proposal,)}), FRENCH, "k", "commandes", 12
    )

    assert curves
    assert ("diamond", "Avec votre accord") in curves.drawing.legend
    # At 40.00 € the first panel's axis ends.
    assert re.search(r'translate\(186,40\)"[^>]*stroke="var\(--s2\)"', curves.drawing.wide)


def test_a_curve_is_told_with_its_numbers_and_no_further_than_it_goes(split: AllocationFigures) -> None:
    amounts, rows = curve_rows(split, FRENCH, 12)

    assert list(map(plain, amounts)) == ["10 €", "20 €", "30 €", "40 €"]
    assert rows == [("fb-video", ["4,0", "8,0", "9,0", "10,0"]), ("ig-story", ["2,0", None, None, None])]
    assert "fb-video 8,0 pour 20,00 €" in plain(curves_text(split, FRENCH, "commandes", 12))


def test_of_many_lines_those_with_the_most_money_are_drawn(split: AllocationFigures) -> None:
    text = curves_text(split, ENGLISH, "orders", 1)

    assert "fb-video" in text
    assert "ig-story" not in text


@pytest.mark.parametrize(
    ("spend", "results"), [(0, 0.0), (1000, 4.0), (3000, 9.0), (4000, 10.0), (9000, 10.0)]
)
def test_a_curve_is_read_between_its_points(split: AllocationFigures, spend: int, results: float) -> None:
    assert results_at(split.shares[0].curve, spend) == results


# ---------------------------------------------------------------- objectives
def progress(**figures: float | None) -> ObjectiveProgress:
    named = ("target", "to_date", "actual", "forecast", "forecast_low", "forecast_high")
    facts = {"id": "commandes", "kpi": "orders", "unit": "commandes", "period": "2026-12"}
    counted = {name: orders(figures.get(name)) for name in named}
    return ObjectiveProgress.model_validate({**facts, "campaigns": ("noel",), **counted})


def test_an_objective_is_drawn_to_the_scale_of_its_farthest_figure() -> None:
    one = progress(target=320, to_date=127, actual=160, forecast=360, forecast_low=330, forecast_high=400)

    chart = drawn(objectives_chart([one], FRENCH, WIDE, "o"))

    (target,) = [e.attrib for e in chart.iter("line") if e.attrib.get("stroke") == "var(--ink)"]
    assert float(re.findall(r"[\d.]+", target["transform"])[0]) == pytest.approx(320 / 400 * 798, abs=0.1)
    assert texts(objectives_chart([one], FRENCH, WIDE, "o")) == ["commandes", "160 / 320"]


def test_what_nobody_counted_is_no_bar_and_no_zero() -> None:
    one = progress(target=500, to_date=160)

    chart = objectives_chart([one], FRENCH, WIDE, "o")

    assert filled(chart, "s1") == filled(chart, "band") == []
    assert "pas encore connu sur 500" in plain(objectives_text([one], FRENCH))


# ---------------------------------------------------------------- both halves
def test_each_half_is_drawn_on_its_own_scale_and_an_unknown_day_is_left_open() -> None:
    days = [(10, 900), (None, 450), (5, None)]
    both = Both(
        days=tuple(
            DayOfBoth(day=date(2026, 12, n), organic=orders(organic), paid=orders(paid))
            for n, (organic, paid) in enumerate(days, start=1)
        ),
        networks=(),
    )

    chart = both_chart(both, ENGLISH, WIDE, "b")

    assert (len(filled(chart, "s3")), len(filled(chart, "s1"))) == (2, 2)
    assert {"10 at most", "900 at most"} <= set(texts(chart))
    assert both_text(both, ENGLISH) == (
        "From 1\u00a0Dec to 3\u00a0Dec: reactions to posts, 15; clicks on ads, 1,350."
    )


# ---------------------------------------------------------------- cards
def test_a_card_s_line_leaves_out_the_present_day(noel: CampaignFigures) -> None:
    sparks = illustrations.sparks(noel, FRENCH, date(2026, 12, 10))

    assert "le 9 déc." in plain(sparks["spent"])


def test_two_days_make_no_line(noel: CampaignFigures) -> None:
    assert illustrations.sparks(noel, FRENCH, date(2026, 12, 3)) == {}


# ---------------------------------------------------------------- axes
@pytest.mark.parametrize(
    ("days", "most", "shown"),
    [(1, 6, [0]), (24, 6, [0, 7, 14, 21]), (24, 4, [0, 7, 14, 21]), (31, 4, [0, 14, 28])],
)
def test_days_are_marked_at_steps_that_people_count_in(days: int, most: int, shown: list[int]) -> None:
    first = date(2026, 12, 1)

    assert [n for n, _ in every([first + timedelta(days=n) for n in range(days)], most)] == shown


def test_the_same_figures_give_the_same_bytes(noel: CampaignFigures) -> None:
    assert pacing_chart(noel, FRENCH, WIDE, "c") == pacing_chart(noel, FRENCH, WIDE, "c")


# ---------------------------------------------------------------- colours
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_every_warmth_and_bars_stand_out(theme: str) -> None:
    colours = tokens(theme)

    grounds = [colours[name] for name in ("heat1", "heat2", "heat3", "heat4", "band", "pause")]
    assert min(contrast(colours["ink"], ground) for ground in grounds) >= 4.5
    assert min(contrast(colours["s3"], colours[ground]) for ground in ("paper", "card")) >= 3
    # What is drawn across the band and the pauses must not drown in them.
    assert min(contrast(colours["s1"], colours[ground]) for ground in ("band", "pause")) >= 3
