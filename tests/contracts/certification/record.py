"""Writes down what was certified, and against what: `make certify`, and `make real-networks` for real servers.

`parution networks --certified` prints it. A network counts only where all of its tests passed; an entry keeps
its date until the connector, its kinds or its checks are others.
"""

import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import parution.networks
from parution.networks import CONNECTED
from tests.contracts.certification.described import NAMED, READS
from tests.contracts.certification.rows.row import Row

ASKED = "PARUTION_CERTIFY"
_IMPORTED = re.compile(r"^from parution\.networks\.(\w+) import", re.MULTILINE)
FILE = Path(parution.networks.__file__).parent / "certified.json"


def connector_of(network: str) -> str:
    """Name the state of a connector: 16 hex digits over its module and all that it is made of beside it."""
    made_of, waiting = set[str](), [network]
    while waiting:
        name = waiting.pop()
        if name not in made_of and (FILE.parent / f"{name}.py").exists():
            made_of.add(name)
            waiting += _IMPORTED.findall((FILE.parent / f"{name}.py").read_text())
    digest = hashlib.sha256()
    for name in sorted(made_of):
        digest.update((FILE.parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


class Record:
    """What was tried in one run, by network."""

    def __init__(self, servers: Mapping[str, str] | None = None) -> None:
        """``servers`` are the real ones, by network; None: the sandboxes."""
        self._servers = servers
        self._passed: dict[str, set[str]] = defaultdict(set)
        self._kinds: dict[str, set[str]] = defaultdict(set)
        self._offers: dict[str, set[str]] = defaultdict(set)
        self._failed: set[str] = set()
        self._described: set[str] = set()

    def note(self, item: pytest.Item, row: Row, report: pytest.TestReport) -> None:
        network = row.network
        if report.failed:
            self._failed.add(network)
        if report.when != "call" or not report.passed:
            return
        self._passed[network].add(item.nodeid)
        function = getattr(item, "function", None)
        if (offer := getattr(function, "offer", None)) is not None:
            self._offers[network].add(str(offer))
        name = getattr(function, "__name__", "")
        if name == "test_each_kind_is_published_once_and_nothing_of_it_before":
            self._kinds[network].add(item.callspec.params["kind"])  # type: ignore[attr-defined]  # pytest's own
        if name.startswith("test_each_request"):
            self._described.add(network)

    def write(self) -> None:
        """Lay this run over what stands in the file."""
        stands: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
        for network in self._passed.keys() - self._failed:
            entry = stands.setdefault(network, {})
            part = "real" if self._servers is not None else "double"
            made = self._entry(network)
            if {**entry.get(part, {}), "on": None} != {**made, "on": None}:
                entry[part] = made
        kept = {network: stands[network] for network in sorted(stands) if network in CONNECTED}
        FILE.write_text(json.dumps(kept, indent=2) + "\n")

    def _entry(self, network: str) -> dict[str, Any]:
        described = NAMED[network] if network in self._described and READS[network].exists() else None
        return {
            "on": datetime.now(UTC).date().isoformat(),
            "connector": connector_of(network),
            **({"server": self._servers[network]} if self._servers is not None else {}),
            "requests": described,
            "kinds": sorted(self._kinds[network]),
            "offers": sorted(self._offers[network]),
            "tests": len(self._passed[network]),
        }


def asked() -> bool:
    """Say whether this run shall be written down."""
    return ASKED in os.environ
