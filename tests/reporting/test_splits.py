"""The day's split as its reader sees it: each move, what it brings, what holds it, what waits for a yes."""

import csv
import io
import json
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from parution.buying.allocator import allocate
from parution.buying.campaigns import Allocation, Approved, Guard
from parution.buying.problems import Problem
from parution.reporting.allocations import allocation_figures
from parution.reporting.contract import AllocationFigures, Share
from parution.reporting.splits import Split
from parution.reporting.words import Words
from tests.buying.builders import a_hill, a_line, a_problem
from tests.measuring.readings import morning
from tests.reporting.buying import FOURTH, a_plan, allocation_of, bought, bought_once
from tests.reporting.months import MARTIN, MID_FLIGHT, NOEL, Month, in_paris

DAY = date(2026, 12, 4)


def an_allocation(document: dict[str, Any], **facts: Any) -> Allocation:
    problem = Problem.of(document)
    answer = allocate(problem)
    known = {
        "brand": "boulangerie-martin",
        "campaign": "noel",
        "day": DAY,
        "version": 1,
        "currency": "EUR",
        "budget": problem.budget,
        "amounts": answer.allocations,
        "problem": problem.model_dump(mode="json"),
        "answer": answer.model_dump(mode="json"),
        "at": morning(4),
    }
    return Allocation.model_validate({**known, **facts})


def two_lines(budget: int = 1_000, **facts: Any) -> Allocation:
    lines = (a_line("fb-video", a_hill(30.0, 500.0)), a_line("ig-reel", a_hill(10.0, 500.0)))
    return an_allocation(a_problem(budget, *lines), **facts)


def told(figures: AllocationFigures, locale: str = "en-GB") -> Split:
    return Split(figures, "boulangerie-martin/noel", "orders", Words(locale, "Europe/Paris"), 12)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@cache
def fourth() -> AllocationFigures:
    month, _ = bought_once()
    before, day = (allocation_of(month, DAY - timedelta(days=back)) for back in (1, 0))
    return allocation_figures(day, before)


def share(name: str) -> Share:
    return next(one for one in fourth().shares if one.line == name)


def figure(value: Any) -> float:
    assert value is not None
    assert value.value is not None
    return float(value.value)


# ---------------------------------------------------------------- moves
def test_each_move_shows_where_it_comes_from_and_what_it_brings_with_80_percent() -> None:
    move = share("fb-video")

    assert figure(move.before) < figure(move.amount)
    assert 0 < figure(move.gain_low) < figure(move.gain) < figure(move.gain_high)


def test_the_gains_of_the_lines_add_up_to_the_days() -> None:
    gains = [figure(one.gain) for one in fourth().shares]

    assert sum(gains) == pytest.approx(figure(fourth().gain))


def test_without_a_day_before_nothing_is_a_gain() -> None:
    figures = allocation_figures(two_lines())

    assert figures.before_day is None
    assert {one.gain and one.gain.value for one in figures.shares} == {None}
    assert "more than" not in told(figures).lead


def test_amounts_other_than_those_that_were_foreseen_have_no_range() -> None:
    month, _ = bought_once()
    day = allocation_of(month, DAY)
    lowered = day.model_copy(update={"amounts": day.amounts | {"fb-video": 100}, "lowered_because": "cap"})

    figures = allocation_figures(lowered, allocation_of(month, DAY - timedelta(days=1)))

    by_line = {one.line: one for one in figures.shares}
    assert by_line["fb-video"].gain_low == by_line["fb-video"].results_low
    assert figure(by_line["ig-reel"].gain_low) < figure(by_line["ig-reel"].gain_high)
    assert "Amounts were lowered during the day" in told(figures).lead
    assert told(figures).proof == ""


def test_what_moving_brings_is_measured_at_the_same_money() -> None:
    before = two_lines(amounts={"fb-video": 250, "ig-reel": 250})

    figures = allocation_figures(two_lines(), before)

    # 500 on each would bring 15 and 5.
    assert figure(figures.moved) == pytest.approx(figure(figures.results) - 20.0)
    assert figure(figures.gain) > figure(figures.moved) > 0


def test_a_split_that_a_rule_makes_worse_than_the_day_before_says_so() -> None:
    barred = an_allocation(
        a_problem(
            1_000, a_line("fb-video", a_hill(30.0, 500.0), cap=0), a_line("ig-reel", a_hill(10.0, 500.0))
        )
    )

    said = told(allocation_figures(barred, two_lines())).lead

    assert "results more, but a rule allows them no longer." in said


def test_where_little_is_known_only_a_range_is_told() -> None:
    month = bought(a_plan("en-GB"), in_paris(1, 12, 40))

    first = allocation_figures(allocation_of(month, date(2026, 12, 1)))

    rows = list(told(first).rows)
    assert {row.results for row in rows} == {""}
    assert all(" to " in row.results_between for row in rows)
    assert "One more result" not in told(first).lead
    assert told(first).proof == "There is no better split by what little is known so far, and that is proven."


# ---------------------------------------------------------------- proofs
STEEP = (a_line("fb-video", a_hill(30.0, 500.0, 3.0)), a_line("ig-reel", a_hill(28.0, 500.0, 3.0)))


def test_curves_that_bend_twice_are_proven_by_the_bound_and_show_no_gap() -> None:
    figures = allocation_figures(an_allocation(a_problem(200, *STEEP)))

    assert (figures.status, figures.certified) == ("optimal", False)
    assert figures.proof == "bound"
    assert told(figures).proof == (
        "There is no better split, and that is proven: under these rules none brings more than this one, "
        "1.8 results a day."
    )


def test_a_split_out_of_time_says_how_much_better_another_might_be() -> None:
    day = an_allocation(a_problem(700, *STEEP))
    stopped = day.model_copy(update={"answer": day.answer | {"status": "time_limit", "gap": 0.0123}})

    assert "another split would bring 1.23% more at best" in told(allocation_figures(stopped)).proof


def test_amounts_that_are_not_worth_changing_claim_no_proof() -> None:
    figures = allocation_figures(two_lines(forgone=0.004), two_lines())

    assert "the best ones would bring only 0.0040 results more" in told(figures).lead
    assert told(figures).proof == ""
    assert {row.held for row in told(figures).rows} == {"nothing"}


def test_a_stopped_day_has_one_sentence_and_no_table() -> None:
    month = Month(MARTIN)
    guard = Guard(constraint="budget", rule="stopped", limit=0)
    month.budgets.keep_allocation(two_lines(0, guards=(guard,), day=MID_FLIGHT.date()))

    page = month.written(MID_FLIGHT)["report.html"].decode()

    assert "la campagne est arrêtée." in page
    assert 'class="stack moves"' not in page


# ---------------------------------------------------------------- rules
def test_a_rule_shows_what_it_keeps_away_in_results_and_in_money() -> None:
    (cost,) = fourth().costs

    assert (cost.rule, cost.lines[0]) == ("approve_above", "fb-video")
    assert figure(cost.money) == round(figure(cost.results) / figure(fourth().shadow_price))
    assert cost.money.currency == "EUR"


def test_a_line_names_the_rule_that_holds_it_and_what_a_unit_of_money_more_brings() -> None:
    rows = {row.share.line: row for row in told(fourth()).rows}

    assert plain(rows["fb-video"].held) == "the yes that more would need (approve_above): €21.46"
    assert plain(rows["fb-video"].price) == "€1 more: +0.0025"
    assert rows["ig-reel"].held == "nothing, it is at its best"


def test_a_line_without_money_and_without_a_rule_says_why() -> None:
    worthless = an_allocation(
        a_problem(100, a_line("fb-video", a_hill(30.0, 500.0)), a_line("x", a_hill(0.001, 500.0)))
    )

    rows = {row.share.line: row for row in told(allocation_figures(worthless)).rows}

    assert rows["x"].held == "nothing: the money works harder elsewhere"


def test_a_rule_that_costs_less_than_a_coin_is_left_out() -> None:
    split = told(allocation_figures(two_lines(costs={"step": 0.00001, "min": 0.5})))

    assert [price.rule for price in split.prices] == ["its floor (min)"]


def test_a_barred_line_is_set_aside_in_the_proof() -> None:
    guard = Guard(line="fb-video", constraint="cap", rule="stop_if", limit=0)
    lines = (
        a_line("fb-video", a_hill(30.0, 500.0), cap=0),
        a_line("ig-reel", a_hill(10.0, 500.0)),
        a_line("ig-story", a_hill(9.0, 500.0)),
    )
    day = an_allocation(a_problem(1_000, *lines), guards=(guard,))
    unpriced = day.model_copy(update={"answer": day.answer | {"binding": []}})

    assert told(allocation_figures(unpriced)).proof.endswith(
        "The line “fb-video” is at its limit, and left aside."
    )


def test_a_rule_that_yields_is_told() -> None:
    guard = Guard(line="ig-reel", constraint="floor", rule="test_share", limit=900, yielded=True)

    split = told(allocation_figures(two_lines(guards=(guard,))), "fr-FR")

    assert [plain(text) for text in split.remarks] == [
        "Sur « ig-reel », une règle cède à une plus forte ou à ce que le jour reçoit : sa part d\u2019essai (test_share)."
    ]


def test_a_group_that_is_full_is_told_with_its_price() -> None:
    group = {"id": "meta", "cap": 400}
    line = a_line("fb-video", a_hill(30.0, 500.0), groups=["meta"])
    day = an_allocation(a_problem(1_000, line, a_line("ig-reel", a_hill(10.0, 500.0)), groups=(group,)))

    (remark,) = told(allocation_figures(day)).remarks

    assert remark.startswith("The group “meta” is at its cap of €4.00. €1 more: +")


def test_a_rule_without_a_text_keeps_its_name() -> None:
    guard = Guard(line="ig-reel", constraint="cap", rule="moon_phase", limit=0)
    day = an_allocation(
        a_problem(1_000, a_line("fb-video", a_hill(30.0, 500.0)), a_line("ig-reel", a_hill(9.0, 5.0), cap=0)),
        guards=(guard,),
    )

    assert [row.held for row in told(allocation_figures(day)).rows][1] == "moon_phase"


# ---------------------------------------------------------------- yes
def test_what_waits_for_a_yes_says_what_it_would_bring_and_how_to_say_it() -> None:
    split = told(fourth(), "fr-FR")

    said = plain(split.proposal)

    assert "« fb-video » de 21,46 € à 23,61 €" in said
    assert said.endswith("0,51 résultat de plus par jour. Pour dire oui aujourd\u2019hui :")
    assert split.yes == "parution approve --campaign boulangerie-martin/noel"


def test_a_yes_is_told_while_its_amounts_stand() -> None:
    day = two_lines()
    yes = Approved(proposal="0" * 32, by="claire", at=FOURTH, amounts=day.amounts)
    other = yes.model_copy(update={"amounts": {"fb-video": 1}})

    said = [told(allocation_figures(day.model_copy(update={"approved": one}))).lead for one in (yes, other)]

    assert ["claire said yes to these amounts" in text for text in said] == [True, False]


# ---------------------------------------------------------------- what is known
def test_what_is_known_of_a_line_is_told_in_the_readers_language() -> None:
    french, english = (dict(told(fourth(), locale).known)["fb-video"] for locale in ("fr-FR", "en-GB"))

    assert plain(french).startswith(
        "3 jours de chiffres, 17 résultats. À 14,88 € par jour, un résultat coûte"
    )
    assert english.startswith("3 days of figures, 17 results. At €14.88 a day, a result costs between €1.52")


def test_a_change_is_told_with_how_sure_it_is() -> None:
    move = share("fb-video")
    assert move.known
    changed = move.known.model_copy(
        update={
            "changed_on": date(2026, 12, 3),
            "changed_times": move.known.days.model_copy(update={"value": 0.6}),
            "changed_sure": move.known.days.model_copy(update={"value": 0.92}),
        }
    )
    figures = fourth().model_copy(update={"shares": (move.model_copy(update={"known": changed}),)})

    ((_, said),) = told(figures, "fr-FR").known

    assert plain(said).endswith(
        "Depuis le 3 déc., elle donne 0,60 fois ce qu\u2019elle donnait (sûr à 92 %)."
    )


# ---------------------------------------------------------------- files
def test_the_sheet_has_a_row_for_each_number_of_a_split() -> None:
    month, now = bought_once()

    files = month.written(now)

    rows = list(csv.DictReader(io.StringIO(files["report.csv"].decode(), newline="")))
    held = {(row["section"], row["line"], row["figure"], row["text"]): row["value"] for row in rows}
    assert held["held", "fb-video", "limit", "approve_above"] == "21.46"
    assert float(held["share", "fb-video", "gain_low", ""]) < float(held["share", "fb-video", "gain", ""])
    assert held["proposed", "fb-video", "amount", ""] == "23.61"
    assert held["known", "fb-video", "days", ""] == "3"
    assert any(key[0] == "rule" and key[3] == "approve_above" for key in held)


def test_the_contract_only_gains_fields() -> None:
    old = {name for name, field in AllocationFigures.model_fields.items() if field.is_required()}

    assert json.loads(bought_once()[0].written(FOURTH)["report.json"])["schema"] == "parution.report/1"
    assert old == {
        "day", "at", "version", "status", "budget", "spent", "shadow_price", "gap", "leftover",
        "leftover_because", "next_cent", "last_cent", "certified", "shares",
    }  # fmt: skip


def test_a_split_over_many_lines_shows_the_largest_and_counts_the_rest() -> None:
    lines = [a_line(f"line-{number}", a_hill(10.0 + number, 500.0)) for number in range(30)]
    split = told(allocation_figures(an_allocation(a_problem(20_000, *lines))))

    assert [row.share.line for row in split.rows] == [f"line-{number}" for number in range(18, 30)]
    assert split.more == 18


def test_four_full_splits_stay_under_150_kilobytes_and_say_what_is_left_out() -> None:
    lines = [
        {"id": f"instagram-line-{number}", "network": "instagram", "format": "reel"} for number in range(12)
    ]
    campaign = NOEL.model_dump(by_alias=True) | {"formats": lines}
    facts = MARTIN.model_dump(by_alias=True)
    facts["campaigns"] = [campaign | {"id": f"noel-{number}"} for number in range(4)]
    month = Month(type(MARTIN).model_validate(facts))
    kept = allocation_of(bought_once()[0], DAY)
    (known, *_), (guard, *_) = kept.learned, [one for one in kept.guards if one.line]
    names = [line["id"] for line in lines]
    hills = [a_line(name, a_hill(10.0 + number, 500.0)) for number, name in enumerate(names)]
    for one in month.plan.campaigns:
        month.open_account(one)
        for back in (1, 0):
            day = an_allocation(
                a_problem(20_000 + back, *hills),
                campaign=one.id,
                day=FOURTH.date() - timedelta(days=back),
                guards=[guard.model_copy(update={"line": name}) for name in names],
                learned=[known | {"line": name} for name in names],
                costs={"approve_above": 0.51},
                proposed=dict.fromkeys(names, 100),
            )
            month.budgets.keep_allocation(day)

    page = month.written(FOURTH)["report.html"]

    assert page.count(b'class="stack moves"') == 2
    assert len(page) <= 150_000
    assert plain(page.decode()).count("autres lignes, plus petites, sont dans report.csv") == 2
    assert "2 autres campagnes ne sont pas détaillées ici" in plain(page.decode())
