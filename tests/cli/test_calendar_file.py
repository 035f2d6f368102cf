"""`parution export-ics`: an event for each delivery, read back by a calendar's own reader."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from parution.publishing.deliveries import State, cancelled
from tests.builders import NOON, a_change
from tests.cli.stack import BRAND, GALETTE, StackInMemory, parution


def events(place: Path) -> dict[str, Any]:
    calendar = Calendar.from_ical(place.read_bytes())
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def exported(folder: Path, *words: str) -> dict[str, Any]:
    result = parution("export-ics", BRAND, "--out", str(folder / "posts.ics"), *words)
    assert result.exit_code == 0, result.output
    return events(folder / "posts.ics")


def test_a_delivery_is_an_event_at_its_instant(stack: StackInMemory, tmp_path: Path) -> None:
    stack.add("galette", content=GALETTE)

    (event,) = exported(tmp_path).values()

    assert event["UID"] == f"galette.fil.{BRAND}@parution.invalid"
    assert event.start == datetime(2026, 12, 3, 13, 0, tzinfo=UTC)
    assert (event["SUMMARY"], event["STATUS"]) == ("fil: La galette arrive.", "CONFIRMED")
    assert event["DESCRIPTION"] == f"La galette arrive.\n\n{BRAND}/galette/fil: planned"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.PLANNED, "CONFIRMED"),
        (State.PUBLISHED, "CONFIRMED"),
        (State.AWAITING_APPROVAL, "TENTATIVE"),
        (State.HELD, "TENTATIVE"),
        (State.CANCELLED, "CANCELLED"),
        (State.MISSED, "CANCELLED"),
    ],
)
def test_the_status_says_whether_it_takes_place(
    stack: StackInMemory, tmp_path: Path, state: State, status: str
) -> None:
    stack.add("galette", state=state, wake_at=None)

    (event,) = exported(tmp_path).values()

    assert event["STATUS"] == status


def test_a_change_of_plan_keeps_the_name_and_raises_the_sequence(
    stack: StackInMemory, tmp_path: Path
) -> None:
    planned = stack.add("galette")
    before = exported(tmp_path)
    stack.posts.move(planned, cancelled(planned, a_change(at=NOON + timedelta(minutes=1))))

    after = exported(tmp_path)

    assert before.keys() == after.keys()
    (old,), (new,) = before.values(), after.values()
    assert (old["SEQUENCE"], new["SEQUENCE"]) == (0, 1)
    assert new["DTSTAMP"].dt > old["DTSTAMP"].dt


def test_later_parts_are_no_events_and_a_channel_can_be_chosen(stack: StackInMemory, tmp_path: Path) -> None:
    stack.add("galette", parts=2)
    stack.add("galette", part=1, parts=2, under=0)
    stack.add("galette", channel="site")

    assert len(exported(tmp_path)) == 2
    assert list(exported(tmp_path, "--channel", "site")) == [f"galette.site.{BRAND}@parution.invalid"]


def test_the_same_deliveries_give_the_same_bytes(stack: StackInMemory, tmp_path: Path) -> None:
    stack.add("galette")
    stack.add("buche", 5)

    exported(tmp_path)
    first = (tmp_path / "posts.ics").read_bytes()
    exported(tmp_path)

    assert (tmp_path / "posts.ics").read_bytes() == first


def test_letters_beyond_ascii_and_line_ends_come_back_as_they_were(
    stack: StackInMemory, tmp_path: Path
) -> None:
    text = "Bûche 🎄; réservez, vite\n" + "é" * 100 + "\nDTEND:20000101"
    stack.add("galette", content=GALETTE.model_copy(update={"text": text}))

    (event,) = exported(tmp_path).values()

    assert str(event["DESCRIPTION"]).startswith(text)
    assert event["SUMMARY"] == "fil: Bûche 🎄; réservez, vite"
    assert event.duration == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["boulangerie"], "no brand 'boulangerie' was ever imported"),
        ([BRAND, "--channel", "x"], "'x' is no channel"),
    ],
)
def test_what_does_not_exist_is_named(stack: StackInMemory, words: list[str], told: str) -> None:
    result = parution("export-ics", *words)

    assert result.exit_code == 1
    assert told in result.stderr
