"""What a world that has come to its end is worth: the public's view against what the rows claim."""

from collections import defaultdict
from typing import NamedTuple

from parution.publishing.deliveries import Delivery, State
from tests.simulation.sites import Effect
from tests.simulation.world import World

_NOTHING_IS_OUT = {State.MISSED, State.FAILED, State.CANCELLED, State.HELD, State.SKIPPED}


class Outcome(NamedTuple):
    """What one schedule came to."""

    doubles: int = 0  # effects beyond the first of a delivery
    wrong: tuple[str, ...] = ()  # what should have kept an effect from appearing, and did not
    lost: tuple[str, ...] = ()  # rows that nobody looks at any more, or that claim what is not so
    flagged: tuple[str, ...] = ()  # left to a person, and why at first
    flagged_live: int = 0  # of these, such as the public sees
    ends: tuple[str, ...] = ()  # the states of the rows
    told: tuple[str, ...] = ()  # what people were told


def judge(world: World) -> Outcome:
    effects: defaultdict[str, list[Effect]] = defaultdict(list)
    for effect in world.site.effects:
        effects[world.cast.texts[effect.text]].append(effect)
    flagged = [row for row in world.rows if row.state is State.UNCONFIRMED]
    wrong = {each for effect in world.site.effects for each in effect.wrong}
    wrong |= {"with what had expired"} if world.site.misused else set()
    wrong |= {each for row in world.rows for each in _misplaced(row, effects)}
    return Outcome(
        doubles=sum(max(0, len(shown) - 1) for shown in effects.values()),
        wrong=tuple(sorted(wrong)),
        lost=tuple(claim for row in world.rows if (claim := _false_claim(world, row, effects[row.id]))),
        flagged=tuple(world.flagged.get(row.id, "") for row in flagged),
        flagged_live=sum(bool(effects[row.id]) for row in flagged),
        ends=tuple(row.state.value for row in world.rows),
        told=world.notes,
    )


def _false_claim(world: World, row: Delivery, shown: list[Effect]) -> str:
    """Say what the row claims that is not so; a row that nobody looks at any more claims too much, too."""
    match row.state:
        case State.UNCONFIRMED:
            claim = ""
        case State.PUBLISHED if not shown:
            claim = "published, but nothing is there"
        case State.PUBLISHED if row.remote_id not in {None, *(effect.id for effect in shown)}:
            claim = "published, under the name of something else"
        case State.PUBLISHED:
            claim = ""
        case State.HELD if not world.posts.standing().holds:
            claim = "held, though no hold stands"
        case state if state in _NOTHING_IS_OUT:
            claim = f"{state}, but it is there" if shown else ""
        case state:
            claim = f"left {state} for ever"
    return claim


def _misplaced(row: Delivery, effects: dict[str, list[Effect]]) -> list[str]:
    """Say which effects stand in the wrong place, or before what they answer."""
    above = effects.get(row.part_ticket(row.under).delivery, []) if row.under is not None else []
    wrong = []
    for effect in effects.get(row.id, []):
        if row.under is None:
            wrong += ["out of place"] if effect.reply_to else []
        elif effect.reply_to not in {one.id for one in above if one.at <= effect.at}:
            wrong.append("out of place")
    return wrong
