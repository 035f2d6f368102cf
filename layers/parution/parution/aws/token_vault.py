"""The accounts' rows of the posts table, their tokens encrypted by us with a key of the stack.

pk                       sk        what
account#<secret's name>  tokens    one account; `sealed` holds its pairs, encrypted for this account alone

The table's own encryption opens to everybody who may read the table. This one opens only to who may also
use the key, and only with the account and the network that it was made for: a row's tokens copied into
another row stay shut.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from itertools import batched
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError
from pydantic import SecretStr

from parution.aws.items import code_of, condition_failed, from_item, to_item
from parution.errors import NotAsRead
from parution.publishing.tokens import Account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

_LARGEST = (
    4096  # bytes in one call, KMS's own limit for a symmetric key; two pairs fit well but for long JWTs
)
_REMEMBERED = 256  # rows whose tokens a warm worker need not have decrypted again

# Answers that say: this ciphertext is not of this key, or not of this account.
_SHUT = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_KEYS = ("pk", "sk", "sealed")
_PAIRS = ("tokens", "previous")
_SECRETS = {"access", "refresh"}


class _Kms(Protocol):
    """What of boto3's KMS client is used."""

    def encrypt(self, *args: Any, **kwargs: Any) -> Any: ...

    def decrypt(self, *args: Any, **kwargs: Any) -> Any: ...


class TokenVault:
    """A Vault on DynamoDB and KMS; each change is one conditional write."""

    def __init__(self, dynamodb: DynamoDBClient, kms: _Kms, table: str, key_id: str) -> None:
        self._client, self._table, self._seal = dynamodb, table, _Seal(kms, key_id)

    def read(self, name: str) -> Account | None:
        """Read a row consistently; one that this key does not open asks to be connected again."""
        answer = self._client.get_item(TableName=self._table, Key=to_item(_key(name)), ConsistentRead=True)
        return self._account(name, from_item(answer["Item"])) if "Item" in answer else None

    def reconnect(self, name: str) -> str | None:
        """Tell why a person must connect an account again; opens no token, and needs no key."""
        answer = self._client.get_item(
            TableName=self._table, Key=to_item(_key(name)), ProjectionExpression="reconnect"
        )
        reason = from_item(answer.get("Item", {})).get("reconnect")
        return None if reason is None else str(reason)

    def create(self, account: Account) -> None:
        self._put(account, "attribute_not_exists(pk)", {})

    def move(self, before: Account, after: Account) -> None:
        self._put(after, "fence = :fence", {"ExpressionAttributeValues": to_item({":fence": before.fence})})

    # ---------------------------------------------------------------- the row itself
    def _put(self, account: Account, condition: str, values: Mapping[str, Any]) -> None:
        """Put under a condition; a failed one is our own win when exactly this item stands there."""
        wanted = to_item(self._item(account))
        try:
            self._client.put_item(
                TableName=self._table,
                Item=wanted,
                ConditionExpression=condition,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **values,
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            if error.response.get("Item") != wanted:
                raise NotAsRead(account.name) from error

    def _item(self, account: Account) -> dict[str, Any]:
        shown = account.model_dump(mode="json", exclude_none=True, exclude=dict.fromkeys(_PAIRS, _SECRETS))
        sealed = self._seal.close(_context(account.name, account.network), _secrets(account))
        return {**_key(account.name), **shown, "sealed": list(sealed)}

    def _account(self, name: str, item: Mapping[str, Any]) -> Account:
        shown = {field: value for field, value in item.items() if field not in _KEYS} | {"name": name}
        sealed = tuple(bytes(piece) for piece in item["sealed"])
        secrets = self._seal.open(_context(name, shown["network"]), sealed)
        if secrets is None:
            return _shut(shown)
        for pair, values in json.loads(secrets).items():
            shown[pair] = {**shown[pair], **values}
        return Account.model_validate(shown)


def _key(name: str) -> dict[str, str]:
    return {"pk": f"account#{name}", "sk": "tokens"}


def _context(name: str, network: str) -> dict[str, str]:
    """Say what a ciphertext is bound to; it stands in clear in CloudTrail, and names no secret's value."""
    return {"account": name, "network": network}


def _secrets(account: Account) -> str:
    pairs = {"tokens": account.tokens, "previous": account.previous}
    return json.dumps(
        {
            name: {
                "access": pair.access.get_secret_value(),
                "refresh": pair.refresh.get_secret_value(),
            }
            for name, pair in pairs.items()
            if pair
        }
    )


def _shut(shown: Mapping[str, Any]) -> Account:
    """Give the row without its tokens: a person connects the account again, and it is overwritten."""
    nothing = {"access": SecretStr(""), "refresh": SecretStr("")}
    pairs = {pair: {**shown[pair], **nothing} for pair in _PAIRS if pair in shown}
    reason = (
        f"connect secret:{shown['name']} to {shown['network']} again:"
        " its tokens were encrypted with another key, or for another account"
    )
    return Account.model_validate({**shown, **pairs, "lease": None, "reconnect": reason})


class _Seal:
    """Encrypts for one account and decrypts; asks KMS once for what it has seen already.

    What it remembers is named by the account as well as by the ciphertext, so that no row ever opens with
    another account's.
    """

    def __init__(self, kms: _Kms, key_id: str) -> None:
        self._kms, self._key_id, self._lock = kms, key_id, Lock()
        self._opened: OrderedDict[tuple[str, tuple[bytes, ...]], str] = OrderedDict()

    def close(self, context: Mapping[str, str], text: str) -> tuple[bytes, ...]:
        """Encrypt in pieces that KMS takes; what was read or written before keeps its ciphertext."""
        if known := self._closed(context, text):
            return known
        pieces = batched(text.encode(), _LARGEST, strict=False)
        sealed = tuple(self._encrypted(context, bytes(piece)) for piece in pieces)
        self._remember(context, sealed, text)
        return sealed

    def open(self, context: Mapping[str, str], sealed: tuple[bytes, ...]) -> str | None:
        """Decrypt; None when it was not made with this key for this account."""
        with self._lock:
            known = self._opened.get((_named(context), sealed))
        if known is not None:
            return known
        try:
            text = b"".join(self._decrypted(context, piece) for piece in sealed).decode()
        except ClientError as error:
            if code_of(error) in _SHUT:
                return None
            raise
        self._remember(context, sealed, text)
        return text

    def _encrypted(self, context: Mapping[str, str], piece: bytes) -> bytes:
        answer = self._kms.encrypt(KeyId=self._key_id, Plaintext=piece, EncryptionContext=context)
        return bytes(answer["CiphertextBlob"])

    def _decrypted(self, context: Mapping[str, str], piece: bytes) -> bytes:
        answer = self._kms.decrypt(KeyId=self._key_id, CiphertextBlob=piece, EncryptionContext=context)
        return bytes(answer["Plaintext"])

    def _closed(self, context: Mapping[str, str], text: str) -> tuple[bytes, ...] | None:
        named = _named(context)
        with self._lock:
            return next(
                (key[1] for key, value in self._opened.items() if key[0] == named and value == text), None
            )

    def _remember(self, context: Mapping[str, str], sealed: tuple[bytes, ...], text: str) -> None:
        with self._lock:
            self._opened[_named(context), sealed] = text
            while len(self._opened) > _REMEMBERED:
                self._opened.popitem(last=False)


def _named(context: Mapping[str, str]) -> str:
    return json.dumps(dict(context))
