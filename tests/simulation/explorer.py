"""Tries every way on from a world, and counts what each of all the schedules comes to.

A schedule is one sequence of choices: who goes on, and what befalls him. Two that lead to worlds with the
same future are run on only once; how many schedules there are is then counted along all paths. Nothing is
sampled and nothing is left out.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from tests.simulation.judging import Outcome, judge
from tests.simulation.world import Option, World


class Found(NamedTuple):
    """All schedules from one world by what they came to, and one example of each."""

    ends: Counter[Outcome]
    examples: dict[Outcome, list[str]]
    runs: int

    @property
    def schedules(self) -> int:
        return self.ends.total()

    def count(self, of: Callable[[Outcome], object]) -> int:
        return sum(number for outcome, number in self.ends.items() if of(outcome))

    def example(self, of: Callable[[Outcome], object]) -> list[str]:
        """Tell a schedule that ended so, the shortest that is known."""
        found = [story for outcome, story in self.examples.items() if of(outcome)]
        return min(found, key=len, default=[])


class _Node:
    def __init__(self) -> None:
        self.ways: list[_Node] = []
        self.end: Outcome | None = None
        self.ends: Counter[Outcome] | None = None


class _Open(NamedTuple):
    """A choice that is still to be tried: from a world at rest, after these, and under which node."""

    base: World
    choices: tuple[Option, ...]
    under: _Node


def explore(start: World, stop: Callable[[Outcome], Any] | None = None) -> Found:
    """Try everything; end at once when an outcome is met that ``stop`` names."""
    search = _Search(stop)
    root = _Node()
    search.follow(start, (), root)
    while search.open and not search.stopped:
        search.follow(*search.open.pop())
    return Found(_counted(root), search.examples, search.runs)


class _Search:
    def __init__(self, stop: Callable[[Outcome], Any] | None) -> None:
        self._stop = stop
        self._known: dict[Hashable, _Node] = {}
        self.open: list[_Open] = []
        self.examples: dict[Outcome, list[str]] = {}
        self.runs, self.stopped = 0, False

    def follow(self, base: World, choices: tuple[Option, ...], under: _Node) -> None:
        """Run on, always by the first choice, until something known or the end; note the other choices."""
        self.runs += 1
        world = base.copy()
        for choice in choices:
            world.take(choice)
        while True:
            place = hash(world.likeness())
            known = self._known.get(place)
            if known:
                under.ways.append(known)
                world.abandon()
                return
            node = self._known[place] = _Node()
            under.ways.append(node)
            under = node
            if not world.actors:
                base, choices = world, ()
                world = base.copy()
            options = world.options()
            if not options:
                node.end = self._ended(world)
                return
            self.open += [_Open(base, (*choices, other), node) for other in options[1:]]
            choices = (*choices, options[0])
            world.take(options[0])

    def _ended(self, world: World) -> Outcome:
        outcome = judge(world)
        story = world.story
        known = self.examples.get(outcome)
        if known is None or len(story) < len(known):
            self.examples[outcome] = story
        self.stopped = self.stopped or bool(self._stop and self._stop(outcome))
        return outcome


def _counted(root: _Node) -> Counter[Outcome]:
    """Count the paths to each outcome, from the ends back to the beginning."""
    stack, entered = [root], set[_Node]()
    while stack:
        node = stack[-1]
        waiting = [way for way in node.ways if way.ends is None]
        if node.ends is None and waiting:
            assert node not in entered, "a loop in which no time passes"
            entered.add(node)
            stack += waiting
            continue
        if node.ends is None:
            node.ends = _sum(node)
        stack.pop()
    return root.ends or Counter()


def _sum(node: _Node) -> Counter[Outcome]:
    ends = Counter() if node.end is None else Counter({node.end: 1})
    for way in node.ways:
        for outcome, number in (way.ends or Counter()).items():
            ends[outcome] += number
    return ends
