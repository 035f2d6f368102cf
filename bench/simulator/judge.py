"""The verdict: what the rows say, against what the public saw."""

from array import array
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from bench.simulator.networks import Effect, Timelines
from bench.simulator.table import ENDED
from bench.simulator.world import SECOND, World
from parution.publishing.deliveries import Delivery, State
from parution.publishing.ports import Guarantee

# A hold is effective for what is not in its call yet; between reading it and calling lies no wait of ours.
_HELD_AFTER = SECOND


class Fault(NamedTuple):
    """One thing that must not be."""

    kind: str
    delivery: str
    told: str


class Judge:
    """Compares each delivery with its timeline as soon as nothing can happen to it any more."""

    def __init__(self, world: World, timelines: Timelines) -> None:
        self._world, self._timelines = world, timelines
        self.faults: list[Fault] = []
        self.counts: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        self.arrived = array("q")  # microseconds from the instant until the request was at the network's door
        self.shown = array("q")  # until the post was to be seen
        self.called_early = array("q")  # microseconds before the instant, of those that left too early
        self.held_since: dict[str, int] = {}

    def all_of(self, rows: Iterable[Delivery]) -> None:
        for row in rows:
            self.one(row)
        for post, effects in self._timelines.posts.items():
            if effects:
                self._found("an effect after its end", post, f"{len(effects)} at {effects[0].at / SECOND} s")

    def one(self, row: Delivery) -> None:
        post = f"{row.account} {row.post}"
        effects = self._timelines.posts.pop(post, [])
        self.counts["deliveries"] += 1
        self.states[row.state] += 1
        self._count_effects(row, effects)
        match row.state:
            case State.PUBLISHED if not effects:
                self._found("published, it says, and is not there", row.id, f"proof {row.proof}")
            case State.PUBLISHED:
                self._take_time(row, effects[0])
            case State.UNCONFIRMED:
                self._judge_flag(row, effects)
            case state if state not in ENDED:
                self._found("never ended", row.id, f"{state}, {row.reason}")
            case state if effects:
                self._found(f"{state}, it says, and is there", row.id, f"{row.reason}")

    def _judge_flag(self, row: Delivery, effects: list[Effect]) -> None:
        blind = row.network == Guarantee.BLIND
        self.counts["flagged on a blind network" if blind else "flagged"] += 1
        if effects:
            # Nobody can look on a blind network: a person is asked, and half of the time it is there.
            self.counts["flagged on a blind network, and there"] += blind
            if not blind:
                self._found("flagged as not there, and is there", row.id, f"{row.reason}")

    def _count_effects(self, row: Delivery, effects: list[Effect]) -> None:
        if len(effects) > 1:
            self._found("doubled", row.id, f"{[effect.at / SECOND for effect in effects]} s")
        due_at = self._world.since_beginning(row.due_at)
        for effect in effects:
            if effect.arrived < due_at:
                self.counts["early"] += 1
                self.called_early.append(due_at - effect.arrived)
            if effect.called > self.held_since.get(row.brand, effect.called) + _HELD_AFTER:
                self._found("under a hold", row.id, f"called at {effect.called / SECOND} s")

    def _take_time(self, row: Delivery, effect: Effect) -> None:
        due_at = self._world.since_beginning(row.due_at)
        self.arrived.append(effect.arrived - due_at)
        self.shown.append(effect.at - due_at)

    def _found(self, kind: str, delivery: str, told: str) -> None:
        self.faults.append(Fault(kind, delivery, told))

    def count(self, kind: str) -> int:
        return sum(fault.kind == kind for fault in self.faults)
