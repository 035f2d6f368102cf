"""Other ways to deliver a post once, as they are found in the field; each over the same seam as ours.

They have what a queue gives to everybody: a message that is shown again until somebody deletes it. None has
a sweep, and none is wired worse than its idea: each waits for the instant, and ends what the network refuses.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, base, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.idempotency.persistence import base as persistence
from aws_lambda_powertools.utilities.idempotency.persistence import datarecord

from parution.errors import NotAsRead
from parution.publishing.deliveries import Attempt, Change, Delivery, State, Ticket
from parution.publishing.ports import NotFound, NotSent, Outcome, Piece, Published, Refused
from tests.simulation import ports
from tests.simulation.seam import LostAnswer, reading, through, writing
from tests.simulation.sites import SiteNetwork
from tests.simulation.world import Deliverer, World

_TIMEOUT = dt.timedelta(seconds=90)  # of the function
_INPROGRESS = datarecord.STATUS_CONSTANTS["INPROGRESS"]


class _Way:
    """What all of them share: read the row, wait for the instant, make the call, keep what came of it."""

    def __init__(self, world: World) -> None:
        self._world, self._table, self._clock = world, ports.Table(world), ports.Clock(world)
        self._network = SiteNetwork(world)

    def _row(self, ticket: Ticket) -> Delivery:
        row = self._table.read(ticket, consistent=True)
        assert row is not None
        return row

    def _piece(self, row: Delivery) -> Piece:
        content = self._table.content(row.brand, row.post, row.content)
        return Piece(content=content, key=row.key, due_at=row.due_at)

    def _publish(self, row: Delivery) -> Outcome:
        piece = self._piece(row)
        return self._network.publish(self._world.call_of(piece, None))

    def _attempt(self) -> Attempt:
        return Attempt(id=str(uuid.uuid4()), number=1, at=self._clock.now())

    def _keep(self, row: Delivery, state: State, **facts: Any) -> Delivery:
        change = Change(actor="worker", cause=state.value, at=self._clock.now())
        after = row.model_copy(update={"state": state, "fence": row.fence + 1, "changed": change, **facts})
        try:
            self._table.move(row, after)
        except NotAsRead as error:  # somebody else is at it: come back later
            raise LostAnswer from error
        return after

    def _keep_outcome(self, row: Delivery, outcome: Outcome) -> None:
        match outcome:
            case Published(remote_id=remote_id):
                self._keep(row, State.PUBLISHED, remote_id=remote_id)
            case Refused(reason=reason):
                self._keep(row, State.FAILED, reason=reason)
            case _:
                raise LostAnswer  # the message is shown again


class Retrying(_Way):
    """Publish, note it; whatever fails is tried again."""

    def deliver(self, ticket: Ticket) -> None:
        row = self._row(ticket)
        if row.state is State.PLANNED:
            self._clock.wait_until(row.due_at)
            self._keep_outcome(row, self._publish(row))


class ReadingBack(_Way):
    """Note the attempt first; where there was one, look for the post, and publish if it is not there."""

    def deliver(self, ticket: Ticket) -> None:
        row = self._row(ticket)
        if row.state is not State.PLANNED:
            return
        self._clock.wait_until(row.due_at)
        if row.attempt is None:
            row = self._keep(row, State.PLANNED, attempt=self._attempt())
            self._keep_outcome(row, self._publish(row))
            return
        match self._network.find(self._piece(row), row.attempt.at):
            case NotSent():
                raise LostAnswer
            case NotFound():
                self._keep_outcome(row, self._publish(row))
            case Published() as seen:
                self._keep_outcome(row, seen)


class AtMostOnce(_Way):
    """Claim, publish once; whatever is not known to have worked is left to a person."""

    def deliver(self, ticket: Ticket) -> None:
        row = self._row(ticket)
        if row.state is State.PLANNED:
            self._clock.wait_until(row.due_at)
            claimed = self._keep(row, State.SENDING, attempt=self._attempt())
            match self._publish(claimed):
                case Published() | Refused() as outcome:
                    self._keep_outcome(claimed, outcome)
                case outcome:
                    self._keep(claimed, State.UNCONFIRMED, reason=outcome.reason)
        elif row.state is State.SENDING:
            if row.attempt and self._clock.now() < row.attempt.at + _TIMEOUT:
                raise LostAnswer  # another worker has it
            self._keep(row, State.UNCONFIRMED, reason="a worker stopped")


# -------------------------------------------------------------------- Powertools
class _Kept(NamedTuple):
    """One item of the idempotency table."""

    status: str
    expires: int | None
    in_progress_until: int | None
    response: str


class _Layer(persistence.BasePersistenceLayer):
    """Powertools' own base over the world's store, by the conditions of its DynamoDBPersistenceLayer.

    https://github.com/aws-powertools/powertools-lambda-python: utilities/idempotency/persistence/dynamodb.py
    """

    def __init__(self, world: World) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # it publishes no types
        self._world = world

    def _now(self) -> dt.datetime:
        return self._world.now

    def _kept(self, key: str) -> _Kept | None:
        kept = self._world.kept.get(key)
        return kept if isinstance(kept, _Kept) else None

    def _get_record(self, idempotency_key: str) -> datarecord.DataRecord:
        def act() -> _Kept | None:
            return self._kept(idempotency_key)

        kept = through("idempotency: get", act, reading(act), self._now)
        if kept is None:
            raise IdempotencyItemNotFoundError
        return _record(idempotency_key, kept)

    def _put_record(self, data_record: datarecord.DataRecord) -> None:
        through(
            "idempotency: put",
            lambda: self._put(data_record),
            writing(lambda: self._put(data_record)),
            self._now,
        )

    def _put(self, new: datarecord.DataRecord) -> None:
        old, now = self._kept(new.idempotency_key), self._world.now.timestamp()
        if old is not None and not _is_over(old, now):
            raise IdempotencyItemAlreadyExistsError(old_data_record=_record(new.idempotency_key, old))
        self._keep(new)

    def _update_record(self, data_record: datarecord.DataRecord) -> None:
        def act() -> None:
            self._keep(data_record)

        through("idempotency: update", act, writing(act), self._now)

    def _delete_record(self, data_record: datarecord.DataRecord) -> None:
        def act() -> None:
            self._world.kept.pop(data_record.idempotency_key, None)

        through("idempotency: delete", act, writing(act), self._now)

    def _keep(self, record: datarecord.DataRecord) -> None:
        kept = _Kept(
            record.status,
            record.expiry_timestamp,
            record.in_progress_expiry_timestamp,
            record.response_data,
        )
        self._world.kept[record.idempotency_key] = kept


def _is_over(kept: _Kept, now: float) -> bool:
    if kept.expires is not None and kept.expires < int(now):
        return True
    until = kept.in_progress_until
    return kept.status == _INPROGRESS and until is not None and until < int(now * 1000)


def _record(key: str, kept: _Kept) -> datarecord.DataRecord:
    return datarecord.DataRecord(
        idempotency_key=key,
        status=kept.status,
        expiry_timestamp=kept.expires,
        in_progress_expiry_timestamp=kept.in_progress_until,
        response_data=kept.response,
    )


class Idempotent(_Way):
    """Powertools' own idempotency around the publication: an hour, and the function's time in progress."""

    def deliver(self, ticket: Ticket) -> None:
        row = self._row(ticket)
        if row.state is not State.PLANNED:
            return
        self._clock.wait_until(row.due_at)
        config = IdempotencyConfig(lambda_context=self._context())

        def publish(ticket: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG001 (it is what the key is made of)
            match self._publish(row):
                case Published(remote_id=remote_id):
                    return {"published": remote_id}
                case Refused(reason=reason):
                    return {"refused": reason}
                case _:
                    raise LostAnswer

        once = idempotent_function(
            publish, data_keyword_argument="ticket", persistence_store=_Layer(self._world), config=config
        )
        try:
            answer = once(ticket=ticket.model_dump())
        except (
            IdempotencyAlreadyInProgressError,
            IdempotencyInconsistentStateError,
            IdempotencyPersistenceLayerError,
        ) as error:
            raise LostAnswer from error  # the message is shown again
        if "published" in answer:
            self._keep(row, State.PUBLISHED, remote_id=answer["published"])
        else:
            self._keep(row, State.FAILED, reason=answer["refused"])

    def _context(self) -> Any:
        ends_at = self._clock.now() + _TIMEOUT
        return SimpleNamespace(
            get_remaining_time_in_millis=lambda: int((ends_at - self._clock.now()).total_seconds() * 1000)
        )


@contextmanager
def on_the_clock_of(now: Callable[[], dt.datetime]) -> Iterator[None]:
    """Let Powertools read this clock. It has no hook for one: its modules' name `dt` stands in."""

    class Now(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Now":
            return cls.fromtimestamp(now().timestamp(), tz)

    stand_in = SimpleNamespace(datetime=Now, timedelta=dt.timedelta, date=dt.date, time=dt.time)
    modules = (base, persistence, datarecord)
    for module in modules:
        vars(module)["dt"] = stand_in
    try:
        yield
    finally:
        for module in modules:
            vars(module)["dt"] = dt


WAYS: Mapping[str, Callable[[World], Deliverer]] = {
    "naive retry": Retrying,
    "Powertools idempotency": Idempotent,
    "read back, then repost": ReadingBack,
    "at most once, then flag": AtMostOnce,
}
