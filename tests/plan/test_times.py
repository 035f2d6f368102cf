from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parution.plan.times import NoSuchTime, NotDoubled, instant, is_doubled, wall_clock, written, zone, zones

PARIS = zone("Europe/Paris")


@pytest.mark.parametrize(
    ("place", "wall", "fold", "utc"),
    [
        ("Europe/Paris", "2026-12-03T08:00", None, "2026-12-03T07:00"),
        ("Europe/Paris", "2026-10-25T02:30", None, "2026-10-25T00:30"),
        ("Europe/Paris", "2026-10-25T02:30", 0, "2026-10-25T00:30"),
        ("Europe/Paris", "2026-10-25T02:30", 1, "2026-10-25T01:30"),
        ("America/New_York", "2027-11-07T01:30", 0, "2027-11-07T05:30"),
        ("America/New_York", "2027-11-07T01:30", 1, "2027-11-07T06:30"),
        ("Australia/Lord_Howe", "2027-10-03T02:30", None, "2027-10-02T15:30"),
        ("Asia/Kathmandu", "2026-12-03T08:00", None, "2026-12-03T02:15"),
    ],
)
def test_a_wall_clock_time_names_one_instant(place: str, wall: str, fold: int | None, utc: str) -> None:
    assert instant(wall_clock(wall), zone(place), fold) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "wall", "before", "after"),
    [
        ("Europe/Paris", "2026-03-29T02:30", "2026-03-29T01:59", "2026-03-29T03:00"),
        ("Europe/Paris", "2026-03-29T02:00", "2026-03-29T01:59", "2026-03-29T03:00"),
        ("Europe/Paris", "2026-03-29T02:59:59", "2026-03-29T01:59", "2026-03-29T03:00"),
        ("America/New_York", "2027-03-14T02:30", "2027-03-14T01:59", "2027-03-14T03:00"),
        # Thirty minutes only, and a jump at midnight that once cost another scheduler the whole day.
        ("Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-03T01:59", "2027-10-03T02:30"),
        ("Africa/Cairo", "2027-04-30T00:30", "2027-04-29T23:59", "2027-04-30T01:00"),
        # Samoa crossed the date line: a whole day is missing.
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-29T23:59", "2011-12-31T00:00"),
    ],
)
def test_a_time_that_the_clocks_jump_over_names_both_neighbours(
    place: str, wall: str, before: str, after: str
) -> None:
    with pytest.raises(NoSuchTime) as jump:
        instant(wall_clock(wall), zone(place))

    assert (written(jump.value.before), written(jump.value.after)) == (before, after)


@pytest.mark.parametrize("fold", [0, 1])
def test_fold_without_a_doubled_time_is_refused(fold: int) -> None:
    with pytest.raises(NotDoubled):
        instant(wall_clock("2026-12-03T08:00"), PARIS, fold)


def test_only_the_hour_that_comes_twice_is_doubled() -> None:
    times = (
        "2026-10-25T01:59",
        "2026-10-25T02:00",
        "2026-10-25T02:59",
        "2026-10-25T03:00",
        "2026-03-29T02:30",
    )

    assert [is_doubled(wall_clock(time), PARIS) for time in times] == [False, True, True, False, False]


@pytest.mark.parametrize(
    "text",
    ["", "08:00", "2026-12-03", "2026-12-03 08:00", "2026-12-03T08:00Z", "2026-12-03T08:00+01:00", "2026-13-03T08:00",
     "2026-02-30T08:00", "2026-12-03T24:00", "2026-12-03T08:00:00.5", "1999-12-31T23:59", "2200-01-01T00:00",
     "٢٠٢٦-12-03T08:00"],
)  # fmt: skip
def test_only_one_way_of_writing_a_time_is_read(text: str) -> None:
    assert not _reads(text)


def _reads(text: str) -> bool:
    try:
        wall_clock(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    "name", ["Europe/Pariss", "Europe", "", "../../etc/passwd", "localtime", "Europe/paris"]
)
def test_a_zone_that_the_database_does_not_have_is_refused(name: str) -> None:
    assert name not in zones()
    with pytest.raises(ValueError, match="^" + name.replace(".", r"\.") + "$"):
        zone(name)


def test_every_zone_of_the_database_loads() -> None:
    assert len(zones()) > 500
    assert all(zone(name).key == name for name in zones())


moments = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds are naive there)


@given(moment=moments, name=st.sampled_from(sorted(zones())))
def test_what_a_clock_shows_leads_back_to_the_moment(moment: datetime, name: str) -> None:
    place = zone(name)
    shown = moment.replace(microsecond=0).astimezone(place)
    wall = shown.replace(tzinfo=None, fold=0)

    fold = shown.fold if is_doubled(wall, place) else None

    assert instant(wall, place, fold) == moment.replace(microsecond=0)


@given(wall=st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)), name=st.sampled_from(sorted(zones())))  # noqa: DTZ001 (wall-clock times are naive)
def test_a_wall_clock_time_is_shown_at_its_instant_or_lies_between_its_neighbours(
    wall: datetime, name: str
) -> None:
    place, wall = zone(name), wall.replace(microsecond=0)

    try:
        shown = instant(wall, place).astimezone(place)
    except NoSuchTime as jump:
        before, after = (each.replace(tzinfo=None, fold=0) for each in (jump.before, jump.after))
        assert before < wall < after
    else:
        assert shown.replace(tzinfo=None, fold=0) == wall


def test_the_rules_come_from_the_package_and_agree_with_pythons() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)

    assert noon.astimezone(PARIS).utcoffset() == noon.astimezone(ZoneInfo("Europe/Paris")).utcoffset()
