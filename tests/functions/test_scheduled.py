from collections.abc import Callable

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.allocate_budget import app as allocate_budget
from functions.collect_insights import app as collect_insights
from functions.dispatch_due import app as dispatch_due
from functions.import_plan import app as import_plan
from functions.write_report import app as write_report
from parution.buying.desk import Outcome
from parution.errors import NotAsRead, NotMailed
from parution.measuring.desk import Booking, Collected, Failure
from parution.plan.desk import ImportResult
from parution.publishing.tick import Dispatched
from parution.reporting.desk import Written
from parution.reporting.mail_desk import Posted
from tests.builders import NOON
from tests.functions.events import NoonClock, event

Counted = Callable[[], dict[str, float]]


class Double:
    """Every desk's one method; answers what it was told to, or raises it."""

    def __init__(self, answer: object) -> None:
        self._answer = answer
        self.asked: list[tuple[object, ...]] = []

    def _ask(self, *question: object) -> object:
        self.asked.append(question)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    take = dispatch = collect = allocate = write = _ask


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    for app in (import_plan, dispatch_due, collect_insights, allocate_budget, write_report):
        monkeypatch.setattr(app, "clock", NoonClock())


def an_import(status: str) -> ImportResult:
    return ImportResult.model_validate(
        {
            "plan": "plans/boulangerie-martin.json",
            "brand": "boulangerie-martin",
            "digest": "ab" * 32,
            "at": NOON,
            "status": status,
            "problems": (),
        }
    )


@pytest.mark.parametrize(
    ("status", "metric"),
    [("imported", "PlanImported"), ("unchanged", "PlanUnchanged"), ("refused", "PlanRefused")],
)
def test_an_uploaded_plan_is_imported_by_its_key(
    status: str, metric: str, monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Counted
) -> None:
    desk = Double(an_import(status))
    monkeypatch.setattr(import_plan, "desk", desk)

    import_plan.handler(event("plan_uploaded"), context)

    assert desk.asked == [("plans/boulangerie-martin.json", NOON)]
    assert counted() == {metric: 1.0}


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_an_import_that_others_overtook_fails_so_that_lambda_tries_again(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext
) -> None:
    monkeypatch.setattr(import_plan, "desk", Double(NotAsRead("boulangerie-martin")))

    with pytest.raises(NotAsRead):
        import_plan.handler(event("plan_uploaded"), context)


def test_a_tick_counts_what_it_sent_and_what_it_found_again(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Counted
) -> None:
    monkeypatch.setattr(dispatch_due, "desk", Double(Dispatched(sent=3, swept=1)))

    dispatch_due.handler(event("tick"), context)

    assert counted() == {"TicketsSent": 3.0, "TicketsSwept": 1.0}


def test_a_second_tick_in_the_same_minute_is_no_error(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Counted
) -> None:
    monkeypatch.setattr(dispatch_due, "desk", Double(NotAsRead("dispatch")))

    dispatch_due.handler(event("tick"), context)

    assert counted() == {"TicketsSent": 0.0, "TicketsSwept": 0.0}


def test_figures_that_could_not_be_read_are_counted_and_do_not_fail_the_run(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Counted
) -> None:
    failure = Failure(subject="boulangerie-martin/buche-2026/masto", reason="503")
    lowered = Booking(subject="boulangerie-martin/noel", metric="AmountsLowered", reason="fb-video overspent")
    desk = Double(Collected(read=7, changed=2, failures=(failure,), bookings=(lowered,)))
    monkeypatch.setattr(collect_insights, "desk", desk)

    collect_insights.handler(event("brand_job"), context)

    assert desk.asked == [("boulangerie-martin", NOON)]
    assert counted() == {"InsightsRead": 7.0, "InsightsFailed": 1.0, "AmountsLowered": 1.0}


def test_each_campaign_is_counted_under_what_became_of_it(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Counted
) -> None:
    noel = Outcome(subject="boulangerie-martin/noel", metric="BudgetAllocated")
    paques = Outcome(subject="boulangerie-martin/paques", metric="BudgetInfeasible", reason="floor, by 200")
    desk = Double([noel, paques])
    monkeypatch.setattr(allocate_budget, "desk", desk)

    allocate_budget.handler(event("brand_job"), context)

    assert desk.asked == [("boulangerie-martin", NOON)]
    assert counted() == {"CampaignsSeen": 2.0, "BudgetAllocated": 1.0, "BudgetInfeasible": 1.0}


@pytest.mark.parametrize(
    ("written", "count"),
    [(Written(folder="boulangerie-martin/2026-12", manifest="manifest.json", latest=True), 1.0), (None, 0.0)],
)
def test_a_report_is_counted_when_there_is_one(
    written: Written | None,
    count: float,
    monkeypatch: pytest.MonkeyPatch,
    context: LambdaContext,
    counted: Counted,
) -> None:
    desk = Double(written)
    monkeypatch.setattr(write_report, "desk", desk)

    write_report.handler(event("brand_job"), context)

    assert desk.asked == [("boulangerie-martin", NOON)]
    assert counted() == {"ReportWritten": count, "ReportMailed": 0, "ReportNotMailed": 0}


def test_a_reader_who_was_refused_makes_lambda_try_again_and_the_alarm_ring(
    monkeypatch: pytest.MonkeyPatch, context: LambdaContext, counted: Counted
) -> None:
    posted = Posted(mailed=2, refused=1, unknown=1, earlier=1)
    written = Written(folder="reports/a", manifest="reports/a/manifest.json", latest=True, posted=posted)
    monkeypatch.setattr(write_report, "desk", Double(written))

    with pytest.raises(NotMailed):
        write_report.handler(event("brand_job"), context)

    assert counted() == {"ReportWritten": 1, "ReportMailed": 2, "ReportNotMailed": 2}


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("app", [dispatch_due, collect_insights, allocate_budget, write_report])
def test_a_scheduled_run_that_fails_says_so_to_lambda(
    app: object, monkeypatch: pytest.MonkeyPatch, context: LambdaContext
) -> None:
    monkeypatch.setattr(app, "desk", Double(TimeoutError("the table does not answer")))

    with pytest.raises(TimeoutError):
        app.handler(event("brand_job"), context)  # type: ignore[attr-defined]  # (a module)
