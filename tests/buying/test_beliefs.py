import pytest

from parution.buying.beliefs import Day, believed
from parution.plan.model import Campaign, Line
from tests.buying.doubles import a_campaign, a_line

# 10,000 cents over 10 days and 2 lines: an even share is 500 cents a day.
EVEN_SHARE = 500


def campaign_of(*lines: dict[str, object], **facts: object) -> Campaign:
    return Campaign.model_validate(a_campaign(formats=list(lines), **facts))


def a_pair(**facts: object) -> tuple[Campaign, Line]:
    campaign = campaign_of(a_line("fb-video", **facts), a_line("ig-reel"))
    return campaign, campaign.lines[0]


def test_at_an_even_share_a_result_costs_what_the_prior_says() -> None:
    curve = believed(*a_pair(prior={"cost_per_result": 200, "sd": 0.5}), days=[])

    assert curve.value(EVEN_SHARE) == pytest.approx(EVEN_SHARE / 200)
    assert curve.value(EVEN_SHARE) == pytest.approx(curve.ceiling / 2)


def test_results_as_expected_leave_the_belief_where_it_was() -> None:
    pair = a_pair(prior={"cost_per_result": 200, "sd": 0.5})

    assert believed(*pair, days=[Day(EVEN_SHARE, 2.5)] * 9) == believed(*pair, days=[])


def test_the_level_is_the_conjugate_posterior_mean() -> None:
    curve = believed(*a_pair(prior={"cost_per_result": 200, "sd": 0.5}), days=[Day(EVEN_SHARE, 7.5)])

    # shape and rate 1 / 0.25 = 4: (4 + 7.5) / (4 + 2.5) of the prior's ceiling of 5
    assert curve.ceiling == pytest.approx(5 * 11.5 / 6.5)


def test_the_surer_the_prior_the_less_it_moves() -> None:
    days = [Day(EVEN_SHARE, 10.0)]
    sure = believed(*a_pair(prior={"cost_per_result": 200, "sd": 0.1}), days=days)
    unsure = believed(*a_pair(prior={"cost_per_result": 200, "sd": 1.5}), days=days)

    assert 5 < sure.ceiling < unsure.ceiling


def test_money_that_brought_nothing_lowers_the_level_but_never_to_nothing() -> None:
    curve = believed(*a_pair(), days=[Day(EVEN_SHARE, 0.0)] * 20)

    assert 0 < curve.ceiling < 1


def test_days_without_spend_teach_nothing() -> None:
    pair = a_pair()

    assert believed(*pair, days=[Day(0, 0.0)] * 5) == believed(*pair, days=[])


def test_without_a_prior_networks_compare_as_their_published_costs() -> None:
    campaign = campaign_of(
        a_line("li", network="linkedin", format="image", prior=None),
        a_line("tt", network="tiktok", format="video", prior=None),
    )

    linkedin, tiktok = (believed(campaign, line, []) for line in campaign.lines)

    assert tiktok.ceiling / linkedin.ceiling == pytest.approx(16.34)


def test_a_cost_that_is_stated_sets_the_level_of_those_that_are_not() -> None:
    campaign = campaign_of(
        a_line("fb", prior={"cost_per_result": 1_720, "sd": 0.5}),
        a_line("tt", network="tiktok", format="video", prior=None),
    )

    curve = believed(campaign, campaign.lines[1], [])

    assert EVEN_SHARE / curve.value(EVEN_SHARE) == pytest.approx(1_000)
