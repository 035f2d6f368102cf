"""The bucket of reports and its double in memory answer alike."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from parution.aws.report_bucket import ReportBucket
from parution.sandbox.memory_reports import MemoryReports
from tests import clients

type Files = MemoryReports | ReportBucket

LATEST = "reports/brand=boulangerie-martin/latest.json"


@pytest.fixture(params=["memory", "bucket"])
def files(request: pytest.FixtureRequest) -> Iterator[Files]:
    if request.param == "memory":
        yield MemoryReports()
        return
    request.getfixturevalue("moto_aws")
    client = clients.client("s3")
    client.create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    yield ReportBucket(client, "reports")


def a_pointer(run: str) -> bytes:
    return json.dumps({"run": run}).encode()


def test_a_file_is_read_as_it_was_written(files: Files) -> None:
    files.write("reports/a/report.html", "<p>é</p>".encode(), "text/html; charset=utf-8")

    assert files.read("reports/a/report.html") == "<p>é</p>".encode()


def test_what_was_never_written_is_not_there(files: Files) -> None:
    assert files.read("reports/a/report.html") is None


def test_the_pointer_moves_to_a_later_run(files: Files) -> None:
    assert files.point(LATEST, "20261210T070000Z", a_pointer("20261210T070000Z"))
    assert files.point(LATEST, "20261211T070000Z", a_pointer("20261211T070000Z"))

    assert files.read(LATEST) == a_pointer("20261211T070000Z")


def test_the_pointer_does_not_go_back_to_an_earlier_run(files: Files) -> None:
    files.point(LATEST, "20261211T070000Z", a_pointer("20261211T070000Z"))

    assert not files.point(LATEST, "20261210T070000Z", a_pointer("20261210T070000Z"))
    assert files.read(LATEST) == a_pointer("20261211T070000Z")


def test_pointing_to_the_same_run_again_is_fine(files: Files) -> None:
    files.point(LATEST, "20261211T070000Z", a_pointer("20261211T070000Z"))

    assert files.point(LATEST, "20261211T070000Z", a_pointer("20261211T070000Z"))


def test_the_bucket_keeps_the_content_type(moto_aws: None) -> None:
    client = clients.client("s3")
    client.create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})

    ReportBucket(client, "reports").write("report.csv", b"a,b", "text/csv; charset=utf-8")

    assert client.head_object(Bucket="reports", Key="report.csv")["ContentType"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize("etag", ['"0123456789abcdef0123456789abcdef"', None])
def test_a_pointer_that_moved_meanwhile_is_not_overwritten(moto_aws: None, etag: str | None) -> None:
    client = clients.client("s3")
    client.create_bucket(Bucket="reports", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    files = ReportBucket(client, "reports")
    files.point(LATEST, "20261211T070000Z", a_pointer("20261211T070000Z"))

    assert not files._swap(LATEST, a_pointer("20261210T070000Z"), etag)
    assert files.read(LATEST) == a_pointer("20261211T070000Z")


def test_of_all_who_claim_a_key_one_has_it(files: Files) -> None:
    assert files.claim("mail/a.claimed.json", b"{}")

    assert not files.claim("mail/a.claimed.json", b'{"later": true}')
    assert files.read("mail/a.claimed.json") == b"{}"


def test_a_link_names_the_file_and_ends(files: Files) -> None:
    files.write("reports/a/report.html", b"<p>", "text/html; charset=utf-8")

    link = files.link("reports/a/report.html", timedelta(hours=6))

    assert "reports/a/report.html" in link
    assert "21600" in link
