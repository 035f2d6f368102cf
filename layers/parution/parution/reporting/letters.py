"""A letter: the verdict and the cards of a report as an e-mail, with the whole report behind them."""

import re
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import NamedTuple

from parution.reporting.contract import Report
from parution.reporting.page import Card, cards
from parution.reporting.templates import template
from parution.reporting.words import Words

# What a reader's mail program shows as the file's name.
_UNSAFE = re.compile(r"[^a-z0-9.-]+")


class Whole(NamedTuple):
    """The whole report: attached, or behind a link where it is too heavy for a mail."""

    page: bytes
    link: str | None = None


class Front(NamedTuple):
    """What a letter shows of a report."""

    name: str  # of the brand, or of the agency
    title: str
    subject: str
    tone: str
    verdict: str
    cards: list[Card]
    at: datetime
    file_name: str


class Letter(NamedTuple):
    """What every reader of one audience and language gets."""

    subject: str
    text: str
    html: str
    whole: Whole
    file_name: str


def front(report: Report, words: Words, audience: str) -> Front:
    """Give what a letter shows of a brand's report."""
    month = words.month(report.period.first)
    return Front(
        name=report.brand.name,
        title=words.say("mail.greeting", month=month),
        subject=words.say("mail.subject", name=report.brand.name, month=month),
        tone=report.verdict.tone,
        verdict=report.verdict.text,
        cards=cards(report, words),
        at=report.generated_at,
        file_name=_UNSAFE.sub("-", f"{report.brand.id}-{report.period.first:%Y-%m}-{audience}.html"),
    )


def letter(shown: Front, words: Words, audience: str, whole: Whole) -> Letter:
    """Write the letter in the language of these words."""
    why = words.say("mail.why", name=shown.name, audience=words.say(f"mail.audience.{audience}"))
    html = template(Path(__file__).parent / "mail.html.j2").render(
        front=shown, words=words, say=words.say, why=why, link=whole.link
    )
    return Letter(shown.subject, _text(shown, words, why, whole), html, whole, shown.file_name)


def message(written: Letter, sender: str, recipient: str) -> bytes:
    """Put the letter into one message (RFC 5322) for one reader.

    Raises ValueError where either address is none.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = _address(sender), _address(recipient)
    mail["Subject"] = written.subject
    # Nobody's holiday reply goes to a machine, and no list's software takes it for a question.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(written.text)
    mail.add_alternative(written.html, subtype="html")
    if written.whole.link is None:
        mail.add_attachment(
            written.whole.page,
            maintype="text",
            subtype="html",
            filename=written.file_name,
            params={"charset": "utf-8"},
        )
    return mail.as_bytes()


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        # Not what was said of it: that names the address.
        raise ValueError("this is no address of a mailbox: write it like claire@martin.example") from None


def _text(shown: Front, words: Words, why: str, whole: Whole) -> str:
    """Write what a reader without HTML sees, and a watch, and a screen reader that prefers it."""
    say = words.say
    paragraphs = [
        f"{shown.name}\n{shown.title}",
        say("mail.told", what=say(f"tone.{shown.tone}"), told=shown.verdict),
        "\n".join(_line(card, words) for card in shown.cards),
        f"{say('mail.linked')}\n{whole.link}" if whole.link else say("mail.attached"),
        why,
    ]
    return "\n\n".join(paragraphs) + "\n"


def _line(card: Card, words: Words) -> str:
    more = " · ".join(filter(None, (card.of, f"{card.glyph} {card.mark}".strip())))
    told = f"{card.number} ({more})" if more else card.number
    return f"- {words.say('mail.told', what=card.label, told=told)}"
