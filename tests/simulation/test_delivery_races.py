"""Every interleaving of two workers at their steps, with the same ticket, or with one that was forgotten."""

from tests.simulation.proof import each, proven
from tests.simulation.searches import ALL, Search


@each(ALL["two workers"])
def test_of_two_workers_with_one_ticket_one_publishes_whatever_their_order(search: Search) -> None:
    proven(search)


@each(ALL["a lease outlived"])
def test_a_worker_that_outlives_its_lease_at_any_step_doubles_nothing(search: Search) -> None:
    # It cannot: the lease is longer than a function's timeout. Should it, for once, still nothing is doubled.
    found = proven(search)

    assert {outcome.ends for outcome in found.ends} == {("published",)}
