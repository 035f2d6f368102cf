"""A letter: the report's verdict and cards as an e-mail, with the whole report behind them."""

import re
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jinja2

from parution.reporting.contract import Report
from parution.reporting.page import Card, cards
from parution.reporting.words import Words

# What a reader's mail program shows as the file's name.
_UNSAFE = re.compile(r"[^a-z0-9.-]+")


class Whole(NamedTuple):
    """The whole report: attached, or behind a link where it is too heavy for a mail."""

    page: bytes
    link: str | None = None


class Letter(NamedTuple):
    """What every reader of one audience and language gets."""

    subject: str
    text: str
    html: str
    whole: Whole
    file_name: str


def letter(report: Report, audience: str, whole: Whole) -> Letter:
    """Write the letter in the language of the report."""
    words = Words(report.brand.locale, report.brand.timezone)
    month = words.month(report.period.first)
    values = {
        "report": report,
        "words": words,
        "say": words.say,
        "month": month,
        "audience": words.say(f"mail.audience.{audience}"),
        "cards": cards(report, words),
        "link": whole.link,
    }
    return Letter(
        subject=words.say("mail.subject", name=report.brand.name, month=month),
        text=_text(report, words, audience, whole),
        html=_template().render(**values),
        whole=whole,
        file_name=_UNSAFE.sub("-", f"{report.brand.id}-{report.period.first:%Y-%m}-{audience}.html"),
    )


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
        mail.add_attachment(written.whole.page, maintype="text", subtype="html", filename=written.file_name)
    return mail.as_bytes()


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        # Not what was said of it: that names the address.
        raise ValueError("this is no address of a mailbox: write it like claire@martin.example") from None


def _text(report: Report, words: Words, audience: str, whole: Whole) -> str:
    """Write what a reader without HTML sees, and a watch, and a screen reader that prefers it."""
    say = words.say
    paragraphs = [
        f"{report.brand.name}\n{say('mail.greeting', month=words.month(report.period.first))}",
        f"{say(f'tone.{report.verdict.tone}')} : {report.verdict.text}"
        if words.language == "fr"
        else f"{say(f'tone.{report.verdict.tone}')}: {report.verdict.text}",
        "\n".join(_line(card) for card in cards(report, words)),
        f"{say('mail.linked')}\n{whole.link}" if whole.link else say("mail.attached"),
        say("mail.why", name=report.brand.name, audience=say(f"mail.audience.{audience}")),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _line(card: Card) -> str:
    told = " · ".join(filter(None, (card.of, f"{card.glyph} {card.mark}".strip())))
    return f"- {card.label} : {card.number}" + (f" ({told})" if told else "")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html.j2")
