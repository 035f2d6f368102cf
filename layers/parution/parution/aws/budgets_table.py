"""The budgets table: one partition per campaign, so that all of its money moves in one transaction.

pk                            sk                                what
campaign#<brand>/<campaign>   account                           the balances; `available` is kept beside them
campaign#<brand>/<campaign>   line#<line>#<day>                 what one line may still spend on one day
campaign#<brand>/<campaign>   entry#<day>#<line>#<fence>-…      a row of the ledger; `seq` is its place in it
campaign#<brand>/<campaign>   allocation#<day>#<version>        the split of a day, with its proof
pool#<pool>                   shared out                        what several brands' campaigns may cost

An entry's key is its id, so that a second writing of it is refused by the key alone and a line's day
reads as its history; the order in which entries were written is the account's own count of them.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from parution.aws.items import code_of, condition_failed, from_item, to_item
from parution.buying.campaigns import Account, Allocation, Entry, LineDay, SharedOut
from parution.buying.ledger import effect
from parution.errors import CapReached, NotAsRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_ABSENT = "attribute_not_exists(pk)"
# Lines of one campaign move its account one after another; each loser reads it again. More losses in a
# row than a campaign has lines being applied at once mean that the order should come back later.
_TRIES = 20


class BudgetsTable:
    """Budgets on DynamoDB. Nothing here decides by an index or by a read that may be old."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client, self._table = client, table

    # ---------------------------------------------------------------- accounts
    def open_account(self, account: Account) -> Account:
        item = {
            **_account_key(account.brand, account.campaign),
            **account.model_dump(),
            "available": account.available,
            "entries": 0,
        }
        try:
            self._put(item, _ABSENT)
        except ClientError as error:
            if not condition_failed(error):
                raise
            return self.account(account.brand, account.campaign) or account
        return account

    def account(self, brand: str, campaign: str) -> Account | None:
        item = self._get(_account_key(brand, campaign))
        return _account(item) if item else None

    def change_cap(self, account: Account, cap: int) -> Account:
        raised = account.model_copy(update={"cap": cap}).limit - account.limit
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=to_item(_account_key(account.brand, account.campaign)),
                UpdateExpression="SET cap = :cap ADD available :raised",
                ConditionExpression=f"cap = :before AND {_allowed(account)} AND available >= :needed",
                ExpressionAttributeValues=to_item(
                    {
                        ":cap": cap,
                        ":raised": raised,
                        ":before": account.cap,
                        ":allowance": account.allowance,
                        ":needed": -raised,
                    }
                ),
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return self._cap_as_it_stands(account, cap, error)
        return _account(from_item(answer["Attributes"]))

    def _cap_as_it_stands(self, account: Account, cap: int, error: ClientError) -> Account:
        standing = self.account(account.brand, account.campaign)
        if standing and standing.cap == cap:
            return standing
        if standing is None or (standing.cap, standing.allowance) != (account.cap, account.allowance):
            raise NotAsRead(account.campaign) from error
        exposure = standing.spent + standing.reserved
        raise CapReached(f"{exposure} is spent or reserved, more than a cap of {cap}") from error

    # ---------------------------------------------------------------- pools
    def pool(self, pool: str) -> SharedOut | None:
        item = self._get(_pool_key(pool))
        return SharedOut.model_validate_json(item["body"]) if item else None

    def share_out(self, row: SharedOut, before: Sequence[Account], after: Sequence[Account]) -> None:
        writes = [self._pool_write(row)]
        writes += [self._allowance_write(*both) for both in zip(before, after, strict=True)]
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if code_of(error) != "TransactionCanceledException":
                raise
            if self.pool(row.pool) != row:  # it is there where only its answer was lost
                raise NotAsRead(f"version {row.version} of {row.pool}, or an account of it") from error

    def _pool_write(self, row: SharedOut) -> TransactWriteItemTypeDef:
        item = {**_pool_key(row.pool), "version": row.version, "body": row.model_dump_json()}
        first = row.version == 1
        put: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": to_item(item),
                "ConditionExpression": _ABSENT if first else "version = :before",
            }
        }
        if not first:
            put["Put"]["ExpressionAttributeValues"] = to_item({":before": row.version - 1})
        return put

    def _allowance_write(self, before: Account, after: Account) -> TransactWriteItemTypeDef:
        raised = after.limit - before.limit
        values = {
            ":cap": before.cap,
            ":allowance": before.allowance,
            ":raised": raised,
            ":new": after.allowance,
            ":payer": after.payer,
        }
        told = (
            "REMOVE allowance, payer" if after.allowance is None else "SET allowance = :new, payer = :payer"
        )
        condition = f"cap = :cap AND {_allowed(before)}"
        if raised < 0:
            condition += " AND available >= :needed"
            values[":needed"] = -raised
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_item(_account_key(before.brand, before.campaign)),
                "UpdateExpression": f"{told} ADD available :raised",
                "ConditionExpression": condition,
                "ExpressionAttributeValues": to_item(values),
            }
        }

    # ---------------------------------------------------------------- line days and the ledger
    def line_day(self, brand: str, campaign: str, line: str, day: date) -> LineDay:
        empty = LineDay(brand=brand, campaign=campaign, line=line, day=day)
        item = self._get(_line_key(empty))
        return _line_day(item) if item else empty

    def line_days(self, brand: str, campaign: str) -> Iterator[LineDay]:
        for item in self._query(brand, campaign, "line#"):
            yield _line_day(item)

    def record(self, before: LineDay, after: LineDay, entries: list[Entry]) -> None:
        for _ in range(_TRIES):
            account = self._get(_account_key(after.brand, after.campaign))
            if account is None:
                raise NotAsRead(f"{after.brand}/{after.campaign} has no account")
            try:
                self._transact(account, before, after, entries)
            except ClientError as error:
                if not self._is_replay(after, entries, error):
                    continue
            return
        raise NotAsRead(f"others keep moving the account of {after.campaign}")

    def _transact(
        self, account: Mapping[str, Any], before: LineDay, after: LineDay, entries: list[Entry]
    ) -> None:
        written = int(account["entries"])
        writes = [self._line_write(before, after)]
        if entries:
            writes += [self._account_write(after, written, entries)]
            writes += [
                self._entry_write(entry, written + number) for number, entry in enumerate(entries, start=1)
            ]
        # The same writes sent again, as after a lost answer, are applied once: for ten minutes by this
        # token, and after that by their conditions.
        token = hashlib.sha256(json.dumps(writes, sort_keys=True).encode()).hexdigest()[:36]
        self._client.transact_write_items(TransactItems=writes, ClientRequestToken=token)

    def _is_replay(self, after: LineDay, entries: list[Entry], error: ClientError) -> bool:
        """Say why the transaction was cancelled. True: it was done before; False: only try again."""
        if code_of(error) != "TransactionCanceledException":
            raise error
        reasons = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
        failed = [reason == "ConditionalCheckFailed" for reason in reasons]
        if any(failed[2:]):  # an entry is there already
            return True
        if failed[0]:
            if self.line_day(after.brand, after.campaign, after.line, after.day) == after:
                return True
            raise NotAsRead(f"{after.line} on {after.day}") from error
        if any(failed):
            self._check_room(after, entries, error)
        elif "TransactionConflict" not in reasons:
            raise error
        return False

    def _check_room(self, after: LineDay, entries: list[Entry], error: ClientError) -> None:
        moved, account = effect(entries), self.account(after.brand, after.campaign)
        if account and moved.needs_room and moved.exposure > account.available:
            raise CapReached(f"{moved.exposure} to reserve, {account.available} available") from error

    def _line_write(self, before: LineDay, after: LineDay) -> TransactWriteItemTypeDef:
        item = {**_line_key(after), **after.model_dump(mode="json"), "overdelivery": str(after.overdelivery)}
        if before.fence == 0:
            return {"Put": {"TableName": self._table, "Item": to_item(item), "ConditionExpression": _ABSENT}}
        return {
            "Put": {
                "TableName": self._table,
                "Item": to_item(item),
                "ConditionExpression": "fence = :fence",
                "ExpressionAttributeValues": to_item({":fence": before.fence}),
            }
        }

    def _account_write(self, after: LineDay, written: int, entries: list[Entry]) -> TransactWriteItemTypeDef:
        moved = effect(entries)
        values = {
            ":spent": moved.spent,
            ":reserved": moved.reserved,
            ":available": -moved.exposure,
            ":count": len(entries),
            ":written": written,
        }
        condition = "entries = :written"
        if moved.needs_room:
            condition += " AND available >= :needed"
            values[":needed"] = moved.exposure
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_item(_account_key(after.brand, after.campaign)),
                "UpdateExpression": (
                    "ADD spent :spent, reserved :reserved, available :available, entries :count"
                ),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": to_item(values),
            }
        }

    def _entry_write(self, entry: Entry, seq: int) -> TransactWriteItemTypeDef:
        item = {
            "pk": _partition(entry.brand, entry.campaign),
            "sk": f"entry#{entry.id}",
            "seq": seq,
            **entry.model_dump(mode="json"),
        }
        return {"Put": {"TableName": self._table, "Item": to_item(item), "ConditionExpression": _ABSENT}}

    def entries(self, brand: str, campaign: str) -> Iterator[Entry]:
        written = sorted(self._query(brand, campaign, "entry#"), key=lambda item: item["seq"])
        return (_model(Entry, item, "seq") for item in written)

    # ---------------------------------------------------------------- allocations
    def keep_allocation(self, allocation: Allocation) -> None:
        # Compressed, because a thousand lines with their curves and proof come near an item's 400 KB.
        item = {
            "pk": _partition(allocation.brand, allocation.campaign),
            "sk": f"allocation#{allocation.day}#{allocation.version:06d}",
            "body": zlib.compress(allocation.model_dump_json().encode()),
        }
        try:
            self._put(item, _ABSENT)
        except ClientError as error:
            if not condition_failed(error):
                raise
            kept = self._get({"pk": item["pk"], "sk": item["sk"]})
            if kept is None or _allocation(kept) != allocation:
                raise NotAsRead(f"version {allocation.version} of {allocation.day}") from error

    def allocation(self, brand: str, campaign: str, day: date) -> Allocation | None:
        newest = self._query(brand, campaign, f"allocation#{day}#", newest_first=True)
        return next((_allocation(item) for item in newest), None)

    def allocations(self, brand: str, campaign: str) -> Iterator[Allocation]:
        newest: dict[str, Mapping[str, Any]] = {}
        for item in self._query(brand, campaign, "allocation#"):
            newest[item["sk"].split("#")[1]] = item
        return (_allocation(item) for item in newest.values())

    # ---------------------------------------------------------------- single calls
    def _get(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=to_item(key), ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def _put(self, item: Mapping[str, Any], condition: str) -> None:
        self._client.put_item(TableName=self._table, Item=to_item(item), ConditionExpression=condition)

    def _query(
        self, brand: str, campaign: str, prefix: str, *, newest_first: bool = False
    ) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=to_item({":pk": _partition(brand, campaign), ":prefix": prefix}),
            ConsistentRead=True,
            ScanIndexForward=not newest_first,
            PaginationConfig={"PageSize": 1 if newest_first else 1000},
        )
        for page in pages:
            yield from map(from_item, page["Items"])


def _partition(brand: str, campaign: str) -> str:
    return f"campaign#{brand}/{campaign}"


def _account_key(brand: str, campaign: str) -> dict[str, str]:
    return {"pk": _partition(brand, campaign), "sk": "account"}


def _pool_key(pool: str) -> dict[str, str]:
    return {"pk": f"pool#{pool}", "sk": "shared out"}


def _allowed(account: Account) -> str:
    """Give the condition that an account's allowance is the one read, `:allowance`."""
    return "attribute_not_exists(allowance)" if account.allowance is None else "allowance = :allowance"


def _line_key(day: LineDay) -> dict[str, str]:
    return {"pk": _partition(day.brand, day.campaign), "sk": f"line#{day.line}#{day.day}"}


def _account(item: Mapping[str, Any]) -> Account:
    return _model(Account, item, "available", "entries")


def _line_day(item: Mapping[str, Any]) -> LineDay:
    return _model(LineDay, item)


def _allocation(item: Mapping[str, Any]) -> Allocation:
    return Allocation.model_validate_json(zlib.decompress(item["body"].value))


def _model[Row: (Account, LineDay, Entry)](model: type[Row], item: Mapping[str, Any], *besides: str) -> Row:
    """Read a row; the table's numbers come as Decimal, which strict integers refuse."""
    fields = {key: value for key, value in item.items() if key not in {"pk", "sk", *besides}}
    return model.model_validate(
        {key: int(value) if isinstance(value, Decimal) else value for key, value in fields.items()}
    )
