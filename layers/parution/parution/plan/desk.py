"""The import desk: a plan file in, the tables and schedules as the plan says, a result out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from parution.errors import NotAsRead
from parution.plan.appearances import boosted_days
from parution.plan.diff import Diff
from parution.plan.foresight import AT_ONCE, Foresight, Intent, each_of
from parution.plan.languages import language_for, told_in
from parution.plan.model import Plan
from parution.plan.ports import BrandRow, Brands, PlanFile, PlanFiles, Schedules, Secrets
from parution.plan.problems import Problem, problem
from parution.plan.reading import LIMIT
from parution.publishing.deliveries import Delivery, State
from parution.publishing.dispatch import delay, is_soon
from parution.publishing.ports import Deliveries, DeliveryQueue, Outgoing
from parution.records import Instant, Record

Status = Literal["imported", "unchanged", "refused"]
_METRICS: Mapping[Status, str] = {
    "imported": "PlanImported",
    "unchanged": "PlanUnchanged",
    "refused": "PlanRefused",
}


class ImportResult(Record):
    """What became of a plan file; its JSON is `results/<the file's key>`."""

    plan: str  # the file's key
    brand: str | None
    digest: str | None  # SHA-256 of the file's bytes; None when it is gone or too large to read
    at: Instant
    status: Status
    problems: tuple[Problem, ...]
    changes: dict[str, Any] = {}

    @property
    def metric(self) -> str:
        return _METRICS[self.status]


class ImportDesk:
    """Converges to a plan: conditional, resumable writes, the brand's row last.

    A crash half-way is finished by taking the same file again. An import that races another of the same
    brand raises NotAsRead, and is taken again too.
    """

    def __init__(
        self,
        *,
        files: PlanFiles,
        brands: Brands,
        deliveries: Deliveries,
        secrets: Secrets,
        schedules: Schedules,
        queue: DeliveryQueue,
        wake_early: timedelta,
        at_once: int = AT_ONCE,
    ) -> None:
        self._files, self._brands, self._deliveries = files, brands, deliveries
        self._schedules, self._queue = schedules, queue
        self._wake_early, self._at_once = wake_early, at_once
        self._foresight = Foresight(
            files=files,
            brands=brands,
            deliveries=deliveries,
            secrets=secrets,
            schedules=schedules,
            actor="import_plan",
            at_once=at_once,
        )

    def take(self, key: str, now: datetime) -> ImportResult:
        """Import the file that stands under this key, whatever event told of it; write its result.

        Raises NotAsRead when another import, a publication or a newer file came between.
        """
        file = self._files.plan_file(key, LIMIT)
        result = self._import(key, file, now) if file else _gone(key, now)
        self._still_stands(key, file)
        self._files.write_result(result_key(key), result.model_dump(mode="json"))
        return result

    def _import(self, key: str, file: PlanFile, now: datetime) -> ImportResult:
        foreseen = self._foresight.of(key, file, now)
        language = language_for(foreseen.locale)
        result = ImportResult(
            plan=key,
            brand=foreseen.brand,
            digest=foreseen.digest,
            at=now,
            status="refused",
            problems=tuple(
                told_in(language, one).model_copy(update={"file": key}) for one in foreseen.problems
            ),
        )
        return self._converged(foreseen.intent, result) if foreseen.intent else result

    def _still_stands(self, key: str, file: PlanFile | None) -> None:
        """Make sure that the file is the newest: its own import may have ended while this one wrote."""
        stored = self._files.stored(key)
        if (stored and stored.etag) != (file and file.etag):
            raise NotAsRead(key)

    # ------------------------------------------------------------------ writing
    def _converged(self, intent: Intent, result: ImportResult) -> ImportResult:
        result = result.model_copy(update={"changes": intent.summary()})
        if intent.changes_nothing:
            return result.model_copy(update={"status": "unchanged"})
        plan, found = intent.plan, intent.found
        row = intent.row or self._begun(plan, result)
        if not intent.owns_file:
            self._brands.claim_key(result.plan, plan.brand.id)
        self._write(found)
        self._send([*found.written, *(() if intent.was_whole else found.same)], result.at)
        self._reschedule(plan, intent.put, intent.removed)
        self._brands.keep_brand(_row(plan, result, row.version + 1), row)
        return result.model_copy(update={"status": "imported"})

    def _begun(self, plan: Plan, result: ImportResult) -> BrandRow:
        """Take a new brand for this file, so that of two files with one brand only one writes a post."""
        row = _row(plan, result, 1).model_copy(update={"digest": ""})
        self._brands.keep_brand(row, None)
        return row

    def _write(self, found: Diff) -> None:
        """Contents first: a delivery never names one that is not there."""
        fresh = {(each.brand, each.post, content.hash): content for each, content in found.contents}
        each_of(
            lambda item: self._deliveries.keep_content(*item[0][:2], item[1]), fresh.items(), self._at_once
        )
        each_of(self._deliveries.create, [each.delivery for each in found.create], self._at_once)
        each_of(
            lambda moved: self._deliveries.move(moved.before, moved.after),
            [*found.change, *found.cancel],
            self._at_once,
        )

    def _send(self, deliveries: Iterable[Delivery], now: datetime) -> None:
        """Send at once what the dispatcher may have passed already."""
        soon = [
            Outgoing(each.ticket, each.network, delay(each.wake_at, now, self._wake_early))
            for each in deliveries
            if each.state is State.PLANNED and each.wake_at is not None and is_soon(each.wake_at, now)
        ]
        if soon:
            self._queue.send(soon)

    def _reschedule(self, plan: Plan, put: Mapping[str, str], removed: Iterable[str]) -> None:
        for job, expression in put.items():
            self._schedules.put(plan.brand.id, job, expression, plan.brand.timezone)
        for job in removed:
            self._schedules.remove(plan.brand.id, job)


def result_key(key: str) -> str:
    """Give where the result of a plan file stands: `plans/a/b.json` has `results/a/b.json`."""
    return f"results/{key.removeprefix('plans/')}"


def _row(plan: Plan, result: ImportResult, version: int) -> BrandRow:
    """Keep all but the posts, which have rows of their own."""
    kept = plan.model_copy(update={"posts": ()})
    return BrandRow(
        plan=kept,
        key=result.plan,
        digest=result.digest or "",
        version=version,
        imported_at=result.at,
        boosted_days=boosted_days(plan),
    )


def _gone(key: str, now: datetime) -> ImportResult:
    gone = problem("E004", "", f"{key} is no longer there", "upload it again")
    return ImportResult(plan=key, brand=None, digest=None, at=now, status="refused", problems=(gone,))
