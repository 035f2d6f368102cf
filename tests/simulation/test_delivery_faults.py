"""Every placement of faults on the way of one delivery, through the real desk and a connector.

Each step that touches the world may die or fail, before its effect or after it; the network may also be
late, slow, busy, lag behind or say no. Whatever happens: at most one post, never early, and no row that
claims what is not so. What is left to a person is truly not there, wherever the network can be searched.
"""

from tests.simulation.proof import each, proven
from tests.simulation.searches import ALL, Search


@each(ALL["one worker"])
def test_no_two_faults_make_a_double_an_early_post_or_a_silent_loss(search: Search) -> None:
    found = proven(search)

    assert {end for outcome in found.ends for end in outcome.ends} >= {"published", "missed", "failed"}


@each(ALL["a picture sent ahead"])
def test_a_picture_sent_ahead_is_sent_again_when_it_expires_and_never_published_twice(search: Search) -> None:
    proven(search)


@each(ALL["a thread with a comment"])
def test_a_thread_goes_on_where_it_broke_under_the_right_part_and_none_of_it_twice(search: Search) -> None:
    found = proven(search)

    assert any(outcome.ends == ("published", "failed", "published") for outcome in found.ends)
    assert any(outcome.ends == ("failed", "skipped", "skipped") for outcome in found.ends)


@each(ALL["a tick that fails"])
def test_a_tick_that_fails_anywhere_delays_but_loses_nothing(search: Search) -> None:
    proven(search)
