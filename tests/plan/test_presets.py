"""Presets are sound on whatever day one begins."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from parution.plan.presets import Beginner, Preset, preset
from parution.plan.times import zone
from tests.plan.plans import judged

FIRST = date(2026, 12, 20)
PARIS = zone("Europe/Paris")


@pytest.mark.parametrize("which", ["tpe", "pme"])
@pytest.mark.parametrize("days", [0, 9, 37, 69, 94, 96, 160, 305, 313, 434])
def test_a_preset_is_sound_on_any_day_of_the_year(which: Preset, days: int) -> None:
    # Among them the days before both changes of the clocks, the end of a year, and a 29th of February.
    today = FIRST + timedelta(days=days)
    who = Beginner("ma-marque", "Ma Marque", "Europe/Paris", "EUR", french=True)
    late_at_night = datetime.combine(today, time(23, 59), PARIS).astimezone(UTC)

    (document,) = preset(which, who, today).values()

    assert judged(document, now=late_at_night)[1] == []


def test_an_agencys_brands_have_names_of_their_own() -> None:
    who = Beginner("my-agency", "My Agency", "Europe/London", "GBP", french=False)

    files = preset("agence", who, FIRST)

    assert [each["include"] for each in files["workspace.json"]["brands"]] == [
        "brands/client-one.json",
        "brands/client-two.json",
    ]
    assert files["brands/client-two.json"]["channels"][0]["account"] == "secret:mastodon-client-two"
