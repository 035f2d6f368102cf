"""A report that is written reaches the readers that the plan names, each in their edition."""

import json
from datetime import timedelta
from typing import Any

import pytest

from parution.plan.model import Plan
from parution.reporting import desk
from parution.reporting.desk import ReportingDesk, Written
from parution.reporting.mail_desk import MailDesk, Posted
from parution.sandbox.memory_mail import MemoryMail
from tests.reporting.months import MARTIN, MID_FLIGHT, Month
from tests.reporting.undrawn import undrawn  # noqa: F401 (for the whole module)

CLAIRE, MEDIA = "claire@martin.example", "media@agence.example"
READERS: list[dict[str, Any]] = [
    {"audience": "executive", "every": "week:mon@07:00", "to": [CLAIRE]},
    {"audience": "buyer", "every": "day@06:00", "locale": "en-GB", "to": [MEDIA, CLAIRE]},
    {"audience": "community"},
]


def a_month(*readers: dict[str, Any]) -> Month:
    return Month(Plan.model_validate(MARTIN.model_dump(by_alias=True) | {"reports": readers or READERS}))


def written(month: Month, mail: MemoryMail, sender: str = "rapports@agence.example") -> Written:
    found: ReportingDesk = month.desk()
    found._mail = MailDesk(month.files, mail, sender)
    done = found.write(month.brand, MID_FLIGHT)
    assert done is not None
    return done


def test_each_reader_gets_their_audience_in_their_language() -> None:
    month, mail = a_month(), MemoryMail()

    done = written(month, mail)

    assert done.posted == Posted(mailed=3)
    found = {(sent.recipient, sent.message["Subject"].replace("\u00a0", " ")) for sent in mail.sent}
    assert found == {
        (CLAIRE, "Boulangerie Martin · rapport · décembre 2026"),
        (MEDIA, "Boulangerie Martin · report · December 2026"),
        (CLAIRE, "Boulangerie Martin · report · December 2026"),
    }


def test_each_edition_is_kept_beside_the_report_and_named_by_the_manifest() -> None:
    month = a_month()

    done = written(month, MemoryMail())

    manifest = json.loads(month.files.files[done.manifest][0])
    pages = ["report.executive.fr-FR.html", "report.buyer.en-GB.html", "report.community.fr-FR.html"]
    assert [name for name in manifest["files"] if name.endswith(".html")] == ["report.html", *pages]
    assert all(f"{done.folder}/{name}" in month.files.files for name in pages)
    assert '<html lang="en-GB">' in month.files.files[f"{done.folder}/{pages[1]}"][0].decode()


def test_what_is_attached_is_the_page_that_was_kept() -> None:
    month, mail = a_month(READERS[0]), MemoryMail()

    done = written(month, mail)

    (attached,) = mail.sent[0].message.iter_attachments()
    kept, _ = month.files.files[f"{done.folder}/report.executive.fr-FR.html"]
    assert attached.get_content().encode().rstrip() == kept.rstrip()


def test_a_page_that_is_too_heavy_for_a_mail_is_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_ATTACHED", 100)
    month, mail = a_month(READERS[0]), MemoryMail()

    done = written(month, mail)

    (text,) = [part for part in mail.sent[0].message.walk() if part.get_content_type() == "text/plain"]
    assert f"{done.folder}/report.executive.fr-FR.html?for=21600" in text.get_content()
    assert list(mail.sent[0].message.iter_attachments()) == []


def test_the_report_is_there_whatever_becomes_of_its_mail() -> None:
    month, mail = a_month(READERS[0]), MemoryMail()
    mail.refuses = {CLAIRE}

    done = written(month, mail)

    assert done.posted == Posted(refused=1)
    assert done.latest
    assert json.loads(month.files.files[done.manifest][0])["complete"]


def test_a_run_that_is_tried_again_mails_nobody_twice() -> None:
    month, mail = a_month(), MemoryMail()
    written(month, mail)

    again = month.desk()
    again._mail = MailDesk(month.files, mail, "rapports@agence.example")
    done = again.write(month.brand, MID_FLIGHT + timedelta(minutes=1))

    assert done is not None
    assert done.posted == Posted(earlier=3)
    assert len(mail.sent) == 3


def test_a_stack_without_a_sender_mails_nobody_and_the_manifest_says_so() -> None:
    month, mail = a_month(), MemoryMail()

    done = written(month, mail, sender="")

    assert (done.posted, mail.sent) == (Posted(), [])
    assert json.loads(month.files.files[done.manifest][0])["mail"] == {"has_sender": False}
