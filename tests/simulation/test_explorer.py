"""The searches are right themselves: what is left out is known, and what goes on for ever is found."""

from itertools import count

import pytest

from parution.publishing.deliveries import Delivery
from parution.publishing.desk import Delivered, PublishingDesk
from parution.publishing.ports import Guarantee
from tests.simulation import people, scenes
from tests.simulation.explorer import explore
from tests.simulation.world import World

BEGINNINGS = {
    "one worker, a fault": lambda: scenes.one_post(Guarantee.KEYED, 1),
    "two workers": lambda: scenes.one_post(Guarantee.STEPWISE, 0, workers=2, copies=2),
    "a person": lambda: scenes.one_post(Guarantee.READABLE, 0, people={"hold": people.hold}),
    "a thread": lambda: scenes.a_sequence(Guarantee.READABLE, 1),
}


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_leaving_out_what_is_known_changes_no_count(beginning: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pruned = explore(BEGINNINGS[beginning]())
    numbers = count()
    monkeypatch.setattr(World, "likeness", lambda self: next(numbers))

    whole = explore(BEGINNINGS[beginning]())

    assert whole.ends == pruned.ends
    assert whole.runs == whole.schedules


def test_interleavings_are_counted_as_they_should_be() -> None:
    # Both stop at read, claim, read of the holds, call and last write; who comes second finds it claimed.
    found = explore(scenes.one_post(Guarantee.READABLE, 0, workers=2, copies=2))

    assert found.schedules == 100
    assert found.runs < found.schedules


class AsksAgain(PublishingDesk):
    def _publish(self, delivery: Delivery) -> Delivered:
        self._see_to(delivery)
        return Delivered(id=delivery.id, metric="TicketEarly")


def test_a_loop_in_which_no_time_passes_is_found() -> None:
    start = scenes.one_post(Guarantee.READABLE, 0, desk=lambda world: scenes.desk_of(world, AsksAgain))

    with pytest.raises(AssertionError, match="no time passes"):
        explore(start)
