"""The manifest of a run: which files it wrote, with sums, from what, and that they are whole."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from parution.reporting.contract import Report
from parution.reporting.lake import LakeFile

SCHEMA = "parution.manifest/1"
HTML, JSON, CSV = "text/html; charset=utf-8", "application/json", "text/csv; charset=utf-8"


class File(NamedTuple):
    """One file of the report; ``rows`` are those of a sheet."""

    body: bytes
    content_type: str
    rows: int | None = None


def manifest(
    report: Report,
    run: str,
    files: Mapping[str, File],
    lake: Mapping[str, LakeFile],
    inputs: Mapping[str, Any],
    *,
    mails: bool,
) -> bytes:
    """Write the manifest; it is written after all that it names, so that it stands for a whole run.

    ``mails`` says whether the stack knows a sender: without one no reader is mailed.
    """
    document = {
        "schema": SCHEMA,
        "report": report.schema_,
        "run": run,
        "generated_at": report.generated_at.isoformat(),
        "plan": {"key": report.plan.key, "digest": report.plan.digest, "version": report.plan.version},
        "period": report.period.model_dump(mode="json"),
        "currency": report.brand.currency,
        "inputs": inputs,
        "rows": {"campaigns": len(report.campaigns), "posts": len(report.posts)}
        | {name: file.rows for name, file in files.items() if file.rows is not None},
        "files": {name: sums(file.body) for name, file in files.items()},
        "lake": {key: {"rows": file.rows, **sums(file.body)} for key, file in lake.items()},
        "mail": {"has_sender": mails},
        "complete": True,
    }
    return as_json(document)


def lake_keys(standing: bytes | None) -> Sequence[str]:
    """Give the keys of the lake that an earlier run's manifest names."""
    return list(json.loads(standing).get("lake", ())) if standing else []


def as_json(document: Mapping[str, Any]) -> bytes:
    """Write JSON as every file of a report is written: indented, in UTF-8, with a newline at its end."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def sums(body: bytes) -> dict[str, Any]:
    """Give what a reader holds a file to: its size and its SHA-256."""
    return {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
