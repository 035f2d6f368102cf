"""A plan that is edited, cancelled, held or released while a worker is at it, at each of its steps."""

from tests.simulation.explorer import Found
from tests.simulation.proof import each, proven
from tests.simulation.searches import ALL, Search


def at(*moments: str) -> list[Search]:
    searches = ALL["a person at the worst moment"]
    return [search for search in searches if search.name.split(", ")[0] in moments]


def ends_when_told(found: Found, *told: str) -> set[str]:
    """Give how the delivery ended where people were told so."""
    return {state for end in found.ends if end.told == told for state in end.ends}


@each(at("edited", "moved to a later time"))
def test_a_plan_edited_at_the_worst_moment_never_shows_a_stale_or_doubled_post(search: Search) -> None:
    found = proven(search)

    assert "published" in ends_when_told(found, "imported")
    assert "published" in ends_when_told(found, "locked")


@each(at("cancelled"))
def test_a_plan_cancelled_at_the_worst_moment_never_shows_a_stale_or_doubled_post(search: Search) -> None:
    found = proven(search)

    assert "cancelled" in ends_when_told(found, "imported")
    assert "cancelled" not in ends_when_told(found, "locked")


@each(at("cancelled and planned again"))
def test_a_plan_cancelled_and_planned_again_at_the_worst_moment_shows_the_new_post_once(
    search: Search,
) -> None:
    found = proven(search)

    assert ends_when_told(found, "imported", "imported") == {"published"}


@each(at("held"))
def test_a_plan_held_at_the_worst_moment_never_shows_what_was_not_yet_in_its_call(search: Search) -> None:
    found = proven(search)

    assert ends_when_told(found, "held") >= {"held", "published"}


@each(at("held and released"))
def test_a_plan_held_and_released_at_the_worst_moment_shows_each_post_once(search: Search) -> None:
    found = proven(search)

    assert ends_when_told(found, "held", "released") == {"published"}


@each(at("edited and held"))
def test_a_plan_edited_and_held_at_the_worst_moment_shows_nothing_that_either_forbids(search: Search) -> None:
    found = proven(search)

    assert ends_when_told(found, "held", "imported") == {"held"}


@each(at("approved and edited"))
def test_a_yes_at_the_worst_moment_lets_nothing_appear_but_what_was_shown(search: Search) -> None:
    found = proven(search)

    assert "published" in ends_when_told(found, "approved")
    assert ends_when_told(found, "imported", "approved") == {"published"}


@each(at("judged by a person"))
def test_a_persons_verdict_at_the_worst_moment_doubles_nothing(search: Search) -> None:
    proven(search)
