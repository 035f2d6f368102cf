"""What becomes of a post under every placement of faults: ours, and what else is done about lost answers."""

from collections import Counter
from typing import Any

from bench.measure import Aim, Measure
from parution.publishing.ports import Guarantee
from tests.simulation import scenes
from tests.simulation.explorer import Found, explore
from tests.simulation.searches import ALL
from tests.simulation.test_broken_desks import SendsAgainWhatItDoesNotFind, SendsAgainWhatWasLost, desk_with

# On a network whose feed can be read and which knows no key: there the ways differ.
_ON, _FAULTS = Guarantee.READABLE, 2


def measures() -> list[Measure]:
    found = [explore(search.world()) for searches in ALL.values() for search in searches if _has_time(search)]
    ours, naive, reposts = (
        _shares(explore(scenes.one_post(_ON, _FAULTS, **desk)))
        for desk in ({}, _desk(SendsAgainWhatWasLost), _desk(SendsAgainWhatItDoesNotFind))
    )
    alternatives = {"naive retry": naive, "read back, then repost": reposts}
    return [
        Measure("fault schedules tried", sum(one.schedules for one in found), "schedules"),
        _total("effects that are doubles", found, "doubled"),
        _total("effects early, stale, held or out of place", found, "wrong"),
        _total("rows lost in silence, or wrong", found, "lost"),
        Measure(
            "doubled on a readable network, one worker, two faults",
            ours["doubled"],
            "%",
            Aim("==", 0),
            {name: share["doubled"] for name, share in alternatives.items()},
        ),
        Measure(
            "left to a person there",
            ours["flagged"],
            "%",
            None,
            {name: share["flagged"] for name, share in alternatives.items()},
        ),
    ]


def _has_time(search: Any) -> bool:
    return search.faults is not None


def _desk(broken: Any) -> dict[str, Any]:
    return {"desk": desk_with(broken)}


def _counts(found: Found) -> Counter[str]:
    return Counter(
        {
            "doubled": found.count(lambda end: end.doubles),
            "wrong": found.count(lambda end: end.wrong),
            "lost": found.count(lambda end: end.lost),
            "flagged": found.count(lambda end: end.flagged),
        }
    )


def _shares(found: Found) -> dict[str, float]:
    return {what: round(100 * number / found.schedules, 2) for what, number in _counts(found).items()}


def _total(what: str, found: list[Found], kind: str) -> Measure:
    return Measure(what, sum(_counts(one)[kind] for one in found), "schedules", Aim("==", 0))
