"""Which money is kept for trials."""

import pytest

from parution.measuring.exploring import share_after, trials
from parution.measuring.learned import Learned
from parution.measuring.learning import learn
from tests.measuring.readings import SHARE, a_line, day, steady

LINES = ("dear", "fair", "cheap")
BUDGET = 3 * SHARE


def after(days: int) -> dict[str, Learned]:
    """Learn from days on which the even share brought 5, 20 and 60."""
    results = zip(LINES, (5.0, 20.0, 60.0), strict=True)
    readings = [one for line, each in results for one in steady(range(1, days + 1), each, line=line)]
    return learn([a_line(line) for line in LINES], readings, day(60))


def test_before_any_day_all_money_is_for_trials_and_every_line_has_some() -> None:
    tried = trials(after(0), BUDGET)

    assert min(tried.values()) > BUDGET / 10
    assert 0.9 * BUDGET < sum(tried.values()) <= BUDGET


def test_lines_that_are_known_alike_are_tried_alike() -> None:
    tried = trials(after(0), BUDGET)

    assert tried["dear"] == tried["fair"] == tried["cheap"]


def test_a_line_that_is_known_to_be_dear_is_hardly_tried() -> None:
    tried = trials(after(7), BUDGET)

    assert tried["dear"] < tried["cheap"] / 5


@pytest.mark.parametrize(("days", "share"), [(0, 1.0), (1, 0.5), (3, 0.25), (27, 1 / 28)])
def test_the_share_for_trials_shrinks_with_the_days_that_were_read(days: int, share: float) -> None:
    assert share_after(days) == pytest.approx(share)
    assert sum(trials(after(days), BUDGET).values()) <= share * BUDGET


def test_the_share_stays_below_what_a_person_allows() -> None:
    assert share_after(0, most=0.1) == pytest.approx(0.1)
    assert share_after(3, most=0.1) == pytest.approx(0.1)
    assert share_after(99, most=0.1) == pytest.approx(0.01)
    assert sum(trials(after(0), BUDGET, most=0.1).values()) <= 0.1 * BUDGET


@pytest.mark.parametrize("budget", [0, 1, 7, 10**12])
def test_trials_never_pass_the_budget(budget: int) -> None:
    assert sum(trials(after(1), budget).values()) <= budget


def test_the_same_day_run_again_gives_the_same_trials() -> None:
    assert trials(after(2), BUDGET) == trials(after(2), BUDGET)


def test_without_lines_nothing_is_tried() -> None:
    assert trials({}, BUDGET) == {}
