"""What the emulator tests do as users do: write a plan, upload it, and look."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from parution.cli.local import Local
from parution.cli.stacks import Stack
from parution.publishing.deliveries import Delivery, State

PARIS = ZoneInfo("Europe/Paris")


def until[Fact](fact: Callable[[], Fact | None], within: float, told: Callable[[], object] = str) -> Fact:
    """Wait for a fact, however long it takes up to a limit in seconds, and give it.

    ``told`` says, where it does not come, how things stand.
    """
    end = time.monotonic() + within
    while not (found := fact()):
        if time.monotonic() > end:
            pytest.fail(f"not within {within} s {told()}")
        time.sleep(0.2)
    return found


def soon(seconds: float) -> datetime:
    """Give an instant so many seconds from now, on a whole second."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def a_plan(brand: str, **parts: Any) -> dict[str, Any]:
    """A small brand of Paris on one Mastodon account, with its secret `masto-<brand>`."""
    return {
        "version": 1,
        "brand": {
            "id": brand,
            "name": "Boulangerie Martin",
            "locale": "fr-FR",
            "timezone": "Europe/Paris",
            "currency": "EUR",
        },
        "channels": [{"id": "masto", "network": "mastodon", "account": f"secret:masto-{brand}"}],
        **parts,
    }


def a_post(name: str, due_at: datetime, **facts: Any) -> dict[str, Any]:
    return {
        "id": name,
        "at": due_at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M:%S"),
        "channels": ["masto"],
        "text": f"Bonjour d'Annecy, {name}.",
        **facts,
    }


class Newsroom:
    """One test's view on the deployed stack: its own brand, its own secrets, its own files."""

    def __init__(self, here: Local, stack: Stack) -> None:
        self.here, self.stack = here, stack
        self._s3 = stack.session.client("s3")

    def store_secret(self, name: str, kind: str) -> None:
        self.stack.secrets.store(name, self.here.sandboxes[kind].secret)

    def upload_media(self, name: str, body: bytes) -> None:
        self._s3.put_object(Bucket=self.stack.outputs["PlansBucket"], Key=f"media/{name}", Body=body)

    def upload(self, key: str, plan: dict[str, Any] | bytes) -> dict[str, Any]:
        """Upload a plan file and give the result that its import writes."""
        body = plan if isinstance(plan, bytes) else json.dumps(plan).encode()
        began = datetime.now(UTC)
        self._s3.put_object(Bucket=self.stack.outputs["PlansBucket"], Key=f"plans/{key}.json", Body=body)

        def result() -> dict[str, Any] | None:
            found = self.object("PlansBucket", f"results/{key}.json")
            document: dict[str, Any] = json.loads(found) if found else {}
            return document if document and datetime.fromisoformat(document["at"]) >= began else None

        return until(result, within=60)

    def object(self, bucket: str, key: str) -> bytes | None:
        try:
            return bytes(self._s3.get_object(Bucket=self.stack.outputs[bucket], Key=key)["Body"].read())
        except self._s3.exceptions.NoSuchKey:
            return None

    def rows(self, brand: str) -> dict[str, Delivery]:
        return {row.post: row for row in self.stack.posts.of_brand(brand)}

    def published(self, brand: str, post: str) -> Delivery | None:
        """The row of a post once it says that it is published."""
        row = self.rows(brand)[post]
        return row if row.state is State.PUBLISHED else None

    def items(self, brand: str) -> list[Any]:
        """Every item of the posts table that belongs to a brand, as it is stored."""
        client = self.stack.session.client("dynamodb")
        items: list[Any] = []
        for pk in (f"brand#{brand}", "brands", "plans"):
            items += client.query(
                TableName=self.stack.outputs["PostsTable"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ConsistentRead=True,
            )["Items"]
        return items

    def timeline(self, containing: str) -> list[datetime]:
        """The instants of every status ever made whose text contains this: the ground truth."""
        events = httpx.get(f"{self.here.sandboxes['mastodon'].url}/_sandbox/events", timeout=5).json()[
            "events"
        ]
        return [
            datetime.fromisoformat(event["at"])
            for event in events
            if event["effect"] == "status" and containing in event["facts"]["text"]
        ]

    def order_fault(self, sandbox: str, **fault: Any) -> None:
        answer = httpx.post(f"{self.here.sandboxes[sandbox].url}/_sandbox/faults", json=fault, timeout=5)
        assert answer.status_code == httpx.codes.CREATED, answer.text

    def invoke(self, function: str, brand: str) -> None:
        answer = self.stack.session.client("lambda").invoke(
            FunctionName=self.stack.outputs[function], Payload=json.dumps({"brand": brand}).encode()
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
