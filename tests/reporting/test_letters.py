"""The letter: the verdict and the cards in a mail, the whole report behind them."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import html5lib
import pytest

from parution.reporting.contract import Report
from parution.reporting.letters import Letter, Whole, front, letter, message
from parution.reporting.words import Words
from tests.reporting.months import MID_FLIGHT, STUDIO_NOW, bakery, studio
from tests.reporting.test_page import hostile_month

PAGE = b"<!doctype html><title>Rapport</title>"
LINK = "https://reports.example/report.html?signature=a&expires=b"


def a_report() -> Report:
    return bakery().report(MID_FLIGHT)


def letter_of(report: Report, audience: str, whole: Whole) -> Letter:
    words = Words(report.brand.locale, report.brand.timezone)
    return letter(front(report, words, audience), words, audience, whole)


def a_letter(whole: Whole | None = None) -> Letter:
    return letter_of(a_report(), "executive", whole or Whole(PAGE))


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def test_the_verdict_and_each_card_are_in_both_bodies() -> None:
    report = a_report()

    written = a_letter()

    for body in (written.text, written.html):
        assert report.verdict.text in body
        assert "588,22\u00a0€" in body
        assert "142" in body


def test_the_whole_report_is_attached_as_it_was_written() -> None:
    mail = read(message(a_letter(), "rapports@agence.example", "claire@martin.example"))

    (attached,) = mail.iter_attachments()
    assert attached.get_content().encode() == PAGE
    assert attached.get_filename() == "boulangerie-martin-2026-12-executive.html"
    assert attached.get_content_type() == "text/html"


def test_a_report_that_is_too_heavy_is_linked_and_not_attached() -> None:
    written = a_letter(Whole(PAGE, LINK))

    mail = read(message(written, "rapports@agence.example", "claire@martin.example"))

    assert list(mail.iter_attachments()) == []
    assert LINK in written.text
    assert LINK.replace("&", "&amp;") in written.html


def test_the_message_names_one_reader_and_says_that_a_machine_wrote_it() -> None:
    mail = read(message(a_letter(), "rapports@agence.example", "claire@martin.example"))

    assert (mail["From"], mail["To"]) == ("rapports@agence.example", "claire@martin.example")
    assert mail["Subject"] == "Boulangerie Martin · rapport · décembre\u00a02026"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("plain",)) is not None
    assert mail.get_body(("html",)) is not None


@pytest.mark.parametrize(
    "address", ["", "claire", "Claire <claire@martin.example>", "a@b.example\nBcc: c@d.example"]
)
def test_an_address_that_is_none_is_an_error(address: str) -> None:
    with pytest.raises(ValueError, match="no address of a mailbox"):
        message(a_letter(), "rapports@agence.example", address)


def test_the_letter_is_in_the_language_of_its_report() -> None:
    english = studio().report(STUDIO_NOW)

    written = letter_of(english, "buyer", Whole(PAGE))

    assert written.subject.startswith("Studio Montreal · report · December")
    assert "The whole report is attached" in written.text
    assert '<html lang="en-CA">' in written.html


def test_the_letter_fetches_nothing_and_runs_nothing() -> None:
    html = a_letter().html

    assert not any(
        word in html for word in ("<script", "<img", "src=", "url(", "http://", "https://", "@import")
    )


def test_hostile_texts_stay_texts() -> None:
    report = hostile_month().report(MID_FLIGHT)
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)

    written = letter_of(report, "executive", Whole(PAGE))

    parsed = parser.parse(written.html)
    assert parsed.find(".//script") is None
    assert len(parsed.findall(".//h1")) == 1
    assert read(message(written, "a@b.example", "c@d.example"))["Subject"]
    assert report.brand.name in read(message(written, "a@b.example", "c@d.example"))["Subject"]
