"""The allocation problem and its answer, as documents: what `parution allocate` reads and writes."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError

from parution.buying.curves import Hill, Log, Money, Points, Power, Response
from parution.errors import Fault, ProblemRefused
from parution.money import Currency
from parution.records import Record

# The gap up to which an answer is called optimal.
PROVEN = 1e-6

Status = Literal["optimal", "infeasible", "time_limit"]
Constraint = Literal["floor", "cap", "minimum_if_funded", "step"]
Leftover = Literal["caps", "curves stop paying", "steps", "minimums"]
Name = Annotated[str, Field(min_length=1, max_length=150)]  # brand/campaign/line, each at its longest, fits


class ProblemLine(Record):
    """What money is allocated to; ``cap`` None means: up to the whole budget."""

    id: Name
    response: Response
    floor: Money = 0
    cap: Money | None = None
    minimum_if_funded: Money = 0
    step: Annotated[Money, Field(ge=1)] = 1
    groups: tuple[Name, ...] = ()


class Group(Record):
    """A floor and a cap over the sum of several lines."""

    id: Name
    floor: Money = 0
    cap: Money | None = None


class Problem(Record):
    """A budget in minor units of one currency, and the lines it may be spent on."""

    currency: Currency
    budget: Money
    lines: tuple[ProblemLine, ...]
    groups: tuple[Group, ...] = ()

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """Read the JSON document. Raises ProblemRefused with everything that is wrong with it."""
        try:
            document = json.loads(text, object_pairs_hook=_Object)
        except UnicodeDecodeError as error:
            raise ProblemRefused([Fault("", "the file is not UTF-8")]) from error
        except (json.JSONDecodeError, RecursionError) as error:
            raise ProblemRefused([Fault("", f"the file is not JSON: {error}")]) from error
        return cls.of(document)

    @classmethod
    def of(cls, document: object) -> Self:
        """Check a parsed document. Raises ProblemRefused with everything that is wrong with it."""
        try:
            problem = cls.model_validate(document)
        except ValidationError as error:
            faults = [_fault(one) for one in error.errors(include_url=False)]
            raise ProblemRefused([*_doubled_keys(document), *faults]) from error
        if faults := [*_doubled_keys(document), *_faults(problem)]:
            raise ProblemRefused(faults)
        return problem


class Cent(Record):
    """The smallest change of one line, ``units`` minor units, and what each of them brings."""

    line: str
    gain: float
    units: int = 1


class Margin(Record):
    """What the last unit of a line brings, and what its next one would, were there no cap."""

    last: float | None
    next: float | None


class Binding(Record):
    """A constraint of a line or a group that costs results: what moving it by one minor unit would bring."""

    line: str | None = None
    group: str | None = None
    constraint: Constraint
    price: float


class Obstacle(Record):
    """A constraint that no allocation can meet, and by how many minor units."""

    constraint: str
    by: int
    pointer: str


class Answer(Record):
    """The amounts, and the proof that no others do better.

    ``upper_bound`` is what no allocation of whole minor units passes, and ``gap`` how far the objective may
    be from the best, as a share of it. ``next_cent`` is the best one not spent and ``last_cent`` the worst
    one spent; where curves are concave and steps even, the first brings no more than the second.
    """

    status: Status
    allocations: dict[str, int]
    spent: int
    objective: float | None
    upper_bound: float | None
    gap: float | None
    shadow_price: float | None
    binding: tuple[Binding, ...]
    seconds: float
    leftover: int
    leftover_because: Leftover | None = None
    next_cent: Cent | None = None
    last_cent: Cent | None = None
    infeasible: tuple[Obstacle, ...] = ()
    margins: dict[str, Margin] = {}


class _Object(dict[str, Any]):
    """A JSON object that remembers the keys written twice, of which json would keep the last in silence."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.doubled = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]


_NESTED = (
    "groups lie inside each other by their lines - name on each line, in its 'groups', all that it is in: "
    "one whose lines are all in another lies inside it"
)
_KINDS = frozenset({"hill", "log", "power", "points"})
_MONEY = frozenset({"budget", "floor", "cap", "minimum_if_funded", "step"})
_WORDS = {
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "finite_number": "must be a finite number, such as 812.0",
    "float_type": "must be a number",
    "string_type": "must be a text",
    "tuple_type": "must be a list",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
}


def _fault(error: Any) -> Fault:
    place = [*_keys(error["loc"]), *error.get("ctx", {}).get("at", ())]
    if error["type"].startswith("union_tag"):
        place.append("kind")
    return Fault(_pointer(place), _words(place, error))


def _faults(problem: Problem) -> Iterator[Fault]:
    if not problem.lines:
        yield Fault("/lines", "must hold at least one line")
    yield from _doubled_ids("lines", [line.id for line in problem.lines])
    yield from _doubled_ids("groups", [group.id for group in problem.groups])
    known = {group.id for group in problem.groups}
    for number, line in enumerate(problem.lines):
        for place, group in enumerate(line.groups):
            pointer = f"/lines/{number}/groups/{place}"
            if group not in known:
                near = _nearest(group, known) or " - add it to the problem's groups, or leave it out"
                yield Fault(pointer, f"there is no group {group!r}{near}")
            elif group in line.groups[:place]:
                yield Fault(pointer, f"{group!r} is named twice - once is enough")


def _keys(location: Sequence[int | str]) -> Iterator[int | str]:
    """Give the location without the kind that pydantic puts in after a response."""
    for before, step in pairwise(("", *location)):
        if before != "response":
            yield step


def _words(place: Sequence[int | str], error: Any) -> str:
    kind, got, key = error["type"], error["input"], str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        return _unknown(key, place, error["loc"])
    if kind == "tuple_type" and isinstance(got, str):
        return f"must be a list, not {_short(got)} - write {json.dumps([got])}"
    if kind == "int_type" and (key in _MONEY or isinstance(got, float)):
        return f"{got!r} is not money: write whole minor units, such as 150000 for 1500.00 EUR"
    if kind == "union_tag_invalid":
        tag = error["ctx"]["tag"]
        return f"must be one of {', '.join(sorted(_KINDS))}, not {tag!r}{_nearest(tag, _KINDS)}"
    words = _WORDS.get(kind, str(error["msg"]).replace("Input should be", "must be"))
    return words if kind in {"missing", "union_tag_not_found"} else f"{words}, not {_short(got)}"


def _unknown(key: str, place: Sequence[int | str], location: Sequence[int | str]) -> str:
    if place[0] == "groups" and key in {"parent", "inside", "within", "groups", "lines", "members"}:
        return _NESTED
    inside = "" if len(place) == 1 else str(place[0])
    models: dict[str, type[Record]] = {"lines": ProblemLine, "groups": Group}
    curves: dict[str, type[Record]] = {"hill": Hill, "log": Log, "power": Power, "points": Points}
    curve = next((curves[str(part)] for part in location if "response" in place and part in curves), None)
    known = set((curve or models.get(inside, Problem)).model_fields)
    return f"unknown key {key!r}{_nearest(key, known) or f' - there are: {", ".join(sorted(known))}'}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 (as much as a line of a terminal takes)


def _pointer(place: Sequence[int | str]) -> str:
    # RFC 6901: ~ and / inside a key are written ~0 and ~1.
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in place)


def _nearest(name: str, known: frozenset[str] | set[str]) -> str:
    near = get_close_matches(name, sorted(known), 1)
    return f" - did you mean {near[0]!r}?" if near else ""


def _doubled_ids(section: str, ids: list[str]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for number, name in enumerate(ids):
        if first.setdefault(name, number) != number:
            words = f"{name!r} is the id of /{section}/{first[name]} already - write another"
            yield Fault(f"/{section}/{number}/id", words)


def _doubled_keys(value: object, place: tuple[int | str, ...] = ()) -> Iterator[Fault]:
    if isinstance(value, _Object):
        yield from (
            Fault(_pointer((*place, key)), "this key is written twice - leave one of them out")
            for key in value.doubled
        )
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _doubled_keys(item, (*place, key))
