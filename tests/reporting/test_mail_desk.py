"""Who gets a report by mail: each reader once for each of their times, whatever is lost on the way."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parution.errors import NotMailed
from parution.reporting.letters import Letter, Whole
from parution.reporting.mail_desk import MailDesk, Mailing, Posted
from parution.reporting.turns import latest_turn
from parution.sandbox.memory_mail import MemoryMail
from parution.sandbox.memory_reports import MemoryReports
from tests.reporting.months import in_paris

BRAND, SENDER = "brand=boulangerie-martin", "rapports@agence.example"
CLAIRE, KARIM = "claire@martin.example", "karim@agence.example"
THURSDAY = in_paris(10, 7, 0)
LETTER = Letter("Rapport", "Tout va bien.", "<p>Tout va bien.</p>", Whole(b"<p>"), "rapport.html")


class Office:
    """A mail desk in memory, and what went through it."""

    def __init__(self) -> None:
        self.files, self.mail = MemoryReports(), MemoryMail()
        self.desk = MailDesk(self.files, self.mail, SENDER)

    def send(self, now: datetime, *to: str, every: str | None = "day@06:00") -> Posted:
        mailing = Mailing("executive", every, to or (CLAIRE,), lambda: LETTER)
        return self.desk.send(BRAND, "Europe/Paris", [mailing], now)

    @property
    def recipients(self) -> list[str]:
        return [sent.recipient for sent in self.mail.sent]


@pytest.fixture
def office() -> Office:
    return Office()


# ---------------------------------------------------------------- turns
@pytest.mark.parametrize(
    ("every", "turn"),
    [
        (None, in_paris(10, 0, 0)),
        ("day@06:00", in_paris(10, 6, 0)),
        ("day@07:00", in_paris(10, 7, 0)),
        ("day@07:01", in_paris(9, 7, 1)),
        ("week:thu@06:30", in_paris(10, 6, 30)),
        ("week:fri@06:30", in_paris(4, 6, 30)),
        ("month:1@08:00", in_paris(1, 8, 0)),
        ("month:28@08:00", in_paris(1, 8, 0) - timedelta(days=3)),
    ],
)
def test_a_turn_is_the_newest_time_that_has_come(every: str | None, turn: datetime) -> None:
    assert latest_turn(every, "Europe/Paris", THURSDAY) == turn


def test_a_month_without_its_turn_for_the_clocks_jumped_over_it_waits_for_the_next() -> None:
    # In 2027 the clocks of Paris jump on the 28th of March at two.
    april = datetime(2027, 4, 20, 8, 0, tzinfo=ZoneInfo("Europe/Paris"))

    turn = latest_turn("month:28@02:30", "Europe/Paris", april)

    assert turn == datetime(2027, 2, 28, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))


# ---------------------------------------------------------------- once
def test_each_reader_gets_the_report_once_a_turn_however_often_it_is_written(office: Office) -> None:
    first = office.send(THURSDAY, CLAIRE, KARIM, CLAIRE)
    again = office.send(THURSDAY + timedelta(hours=1), CLAIRE, KARIM)

    assert first == Posted(mailed=2)
    assert again == Posted(earlier=2)
    assert office.recipients == [CLAIRE, KARIM]


def test_the_next_turn_brings_the_next_report(office: Office) -> None:
    for days in range(3):
        office.send(THURSDAY + timedelta(days=days))

    assert office.recipients == [CLAIRE] * 3


def test_a_message_whose_answer_was_lost_is_not_sent_again(office: Office) -> None:
    office.mail.loses = {CLAIRE}

    assert office.send(THURSDAY) == Posted(unknown=1)
    assert office.send(THURSDAY + timedelta(hours=1)) == Posted(earlier=1)
    assert office.recipients == [CLAIRE]


def test_a_message_that_was_refused_is_sent_by_the_next_run(office: Office) -> None:
    office.mail.refuses = {CLAIRE}
    refused = office.send(THURSDAY, CLAIRE, KARIM)
    office.mail.refuses = set()

    assert refused == Posted(mailed=1, refused=1)
    assert office.send(THURSDAY + timedelta(minutes=1), CLAIRE, KARIM) == Posted(mailed=1, earlier=1)
    assert office.recipients == [KARIM, CLAIRE]


def test_who_is_refused_time_and_again_waits_for_the_next_turn(office: Office) -> None:
    office.mail.refuses = {CLAIRE}

    fates = [office.send(THURSDAY + timedelta(minutes=n)) for n in range(11)]

    assert fates == [Posted(refused=1)] * 9 + [Posted(earlier=1)] * 2


def test_a_refusal_makes_the_run_be_tried_again_and_names_nobody() -> None:
    Posted(mailed=3, unknown=1).check()

    with pytest.raises(NotMailed, match=r"^1 of the report's readers") as raised:
        Posted(mailed=3, refused=1).check()
    assert "@" not in str(raised.value)


class Dies(MemoryMail):
    def send(self, message: bytes, sender: str, recipient: str) -> str:
        raise SystemExit


def test_a_worker_that_died_over_a_message_is_told_of_once_and_not_followed_by_another(
    office: Office,
) -> None:
    dying = MailDesk(office.files, Dies(), SENDER)
    with pytest.raises(SystemExit):
        dying.send(BRAND, "Europe/Paris", [Mailing("executive", None, (CLAIRE,), lambda: LETTER)], THURSDAY)

    fates = [office.send(THURSDAY + timedelta(minutes=minutes), every=None) for minutes in (1, 16, 30)]

    assert fates == [Posted(earlier=1), Posted(unknown=1), Posted(earlier=1)]
    assert office.recipients == []


def test_two_audiences_of_one_reader_are_two_letters(office: Office) -> None:
    mailings = [Mailing(audience, None, (CLAIRE,), lambda: LETTER) for audience in ("executive", "buyer")]

    assert office.desk.send(BRAND, "Europe/Paris", mailings, THURSDAY) == Posted(mailed=2)


@pytest.mark.parametrize(("has_mailer", "sender"), [(False, SENDER), (True, "")])
def test_without_a_sender_nobody_is_mailed_and_nothing_is_claimed(has_mailer: bool, sender: str) -> None:  # noqa: FBT001 (a parametrised fact)
    files, mail = MemoryReports(), MemoryMail()
    desk = MailDesk(files, mail if has_mailer else None, sender)

    posted = desk.send(
        BRAND, "Europe/Paris", [Mailing("executive", None, (CLAIRE,), lambda: LETTER)], THURSDAY
    )

    assert (posted, mail.sent, files.files, desk.sends) == (Posted(), [], {}, False)


def test_no_key_and_no_file_of_the_desk_names_an_address(office: Office) -> None:
    office.mail.refuses = {KARIM}

    office.send(THURSDAY, CLAIRE, KARIM)

    kept = " ".join(f"{key} {body.decode()}" for key, (body, _) in office.files.files.items())
    assert "@" not in kept
    assert "claire" not in kept
