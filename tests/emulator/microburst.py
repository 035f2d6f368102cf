"""Microburst between the functions and the emulator: it fails their calls to AWS on demand.

Functions find it through the template's EndpointUrl. Without rules it passes everything on. Started by
`start`; as a program of its own it is `python -m tests.emulator.microburst`, with microburst's arguments.
"""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
from microburst import cli, forward, protocols  # type: ignore[import-untyped]  # it publishes no types

from parution.cli import processes
from parution.records import Record

_STARTS_WITHIN = 30.0  # seconds; it needs one, a loaded machine more

# The first attempt of a call, as the SDK numbers them; its own retries pass.
FIRST = {"amz-sdk-request": "attempt=1"}


class Rule(Record):
    """What happens to which call of which service. The first rule that matches and is not used up acts.

    ``holding`` is a JMESPath expression on the request's JSON, ``headers`` are parts of the values of
    headers, ``times`` is after how many calls the rule is used up.
    """

    name: str
    service: str
    operation: str | None = None
    holding: str | None = None
    headers: dict[str, str] = {}
    times: int | None = None
    fault: dict[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The rule in microburst's own words."""
        matched = self.model_dump(exclude={"name", "holding", "fault"}, exclude_defaults=True)
        return matched | ({"body": self.holding} if self.holding else {}) | self.fault


class Microburst:
    """A running microburst, and the names of the rules that it was given."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url, self._process = url, process
        self._names: dict[int, str] = {}
        self._control = httpx.Client(base_url=f"{url}/_microburst", timeout=5, trust_env=False)

    def order(self, rules: Iterable[Rule]) -> None:
        """Add these rules behind those that stand."""
        added = list(rules)
        answer = self._control.patch("/rules", json=[rule.document for rule in added]).raise_for_status()
        self._names |= {one["id"]: rule.name for one, rule in zip(answer.json(), added, strict=True)}

    def lift(self, rule: Rule) -> None:
        """Take one rule away."""
        self._control.request("DELETE", "/rules", json=[rule.document]).raise_for_status()

    def fired(self) -> Counter[str]:
        """How often each rule acted, those included that were lifted or never did."""
        events = self._control.get("/fired", params={"limit": 2000}).raise_for_status().json()
        acted = Counter(event["rule_id"] for event in events)
        return Counter({name: acted[number] for number, name in list(self._names.items())})

    def clear(self) -> None:
        """Take all rules away: everything passes again."""
        self._control.request("DELETE", "/rules", json=[]).raise_for_status()

    def stop(self) -> None:
        self._control.close()
        self._process.kill()  # asked politely it waits for connections that nobody closes


def start(mark: str, upstream: str, folder: Path) -> Microburst:
    """Start it on loopback in front of the emulator; it ends with the run whose mark it carries."""
    port = _free_port()
    command = [sys.executable, "-m", __name__, "--upstream", upstream, "--port", str(port)]
    with (folder / "microburst.log").open("wb") as log:
        process = processes.spawn(command, mark, os.environ, log, log)
    url = f"http://127.0.0.1:{port}"
    _wait(url, process, folder / "microburst.log")
    return Microburst(url, process)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _STARTS_WITHIN
    while not _healthy(url):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"microburst did not start:\n{log.read_text()}")
        time.sleep(0.1)


def _healthy(url: str) -> bool:
    try:
        # Asked through it: on its first request it reads all of AWS's service models, for seconds.
        return httpx.get(f"{url}/_ministack/health", timeout=_STARTS_WITHIN, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _serve() -> int:
    # It takes the length away from every answer, and S3 tells a file's size by nothing else.
    forward.HOP_BY_HOP -= {"content-length"}
    # It puts a namespace before each code of SQS, which has one in few; SDKs know a throttle by its bare name.
    protocols.query_error_namespace = lambda service: None
    return int(cli.main())


if __name__ == "__main__":
    sys.exit(_serve())
