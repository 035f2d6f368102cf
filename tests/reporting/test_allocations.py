"""What the report says of a day's split, line by line."""

from parution.buying.allocator import allocate
from parution.buying.campaigns import Allocation
from parution.buying.problems import Problem
from parution.measuring.learning import learn
from parution.measuring.lessons import kept_of
from parution.reporting.allocations import allocation_figures
from tests.measuring.readings import a_line, day, morning, steady


def an_allocation(**facts: object) -> Allocation:
    learned = learn([a_line("fb-video")], steady(range(1, 15), 20.0), day(60))["fb-video"]
    line = {"id": "fb-video", "response": learned.response.model_dump()}
    problem = Problem.of({"currency": "EUR", "budget": 5_000, "lines": [line]})
    answer = allocate(problem)
    known = {
        "brand": "boulangerie-martin",
        "campaign": "noel",
        "day": day(60),
        "version": 1,
        "currency": "EUR",
        "budget": 5_000,
        "amounts": answer.allocations,
        "problem": problem.model_dump(mode="json"),
        "answer": answer.model_dump(mode="json"),
        "at": morning(60),
        "learned": (kept_of(learned),),
    }
    return Allocation.model_validate({**known, **facts})


def test_a_line_says_what_was_learned_of_it_and_how_sure_that_is() -> None:
    [share] = allocation_figures(an_allocation()).shares

    assert share.learned is not None
    assert share.learned.startswith("n = 14 days, 280 results; half of the effect by ")
    assert "EUR per result at 50.00 EUR a day" in share.learned


def test_an_allocation_from_before_anything_was_kept_says_nothing_of_it() -> None:
    [share] = allocation_figures(an_allocation(learned=())).shares

    assert share.learned is None
