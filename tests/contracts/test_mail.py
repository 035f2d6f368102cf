"""SES and its double in memory answer alike."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from moto.ses.models import ses_backends

from parution.aws.mail import SesMailer
from parution.errors import MailError, MailRefused, MailUnknown
from parution.sandbox.memory_mail import MemoryMail
from tests import clients
from tests.template.stack import ACCOUNT, REGION

SENDER, CLAIRE = "rapports@agence.example", "claire@martin.example"
NOT_VERIFIED = f"Email address is not verified. The following identities failed the check: {CLAIRE}"


def a_message() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, CLAIRE, "Rapport"
    mail.set_content("Tout va bien.")
    return mail.as_bytes()


@pytest.fixture(params=["memory", "ses"])
def mailer(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryMail()
        return
    request.getfixturevalue("moto_aws")
    client = clients.client("sesv2")
    client.create_email_identity(EmailIdentity=SENDER)
    yield SesMailer(client)


def test_a_message_that_was_taken_has_a_number(mailer: Any) -> None:
    assert mailer.send(a_message(), SENDER, CLAIRE)


def test_ses_gets_the_message_as_it_was_written(moto_aws: None) -> None:
    client = clients.client("sesv2")
    client.create_email_identity(EmailIdentity=SENDER)

    SesMailer(client).send(a_message(), SENDER, CLAIRE)

    (sent,) = ses_backends[ACCOUNT][REGION].sent_messages
    assert (sent.source, set(sent.destinations)) == (SENDER, {CLAIRE})
    assert "Tout va bien." in sent.raw_data


class Fails:
    """A client of SES whose one call fails in this way."""

    def __init__(self, error: Exception) -> None:
        self._error, self.calls = error, 0

    def send_email(self, **_: Any) -> Any:
        self.calls += 1
        raise self._error


def answered(code: str, status: int) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": NOT_VERIFIED},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "SendEmail")  # type: ignore[arg-type]  # (what SES answers, in short)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (answered("MessageRejected", 400), MailRefused),
        (answered("TooManyRequestsException", 429), MailRefused),
        (answered("AccessDeniedException", 403), MailRefused),
        (answered("InternalServiceError", 500), MailUnknown),
        (ClientError({"Error": {"Code": "Mumble", "Message": CLAIRE}}, "SendEmail"), MailUnknown),
        (EndpointConnectionError(endpoint_url="https://email"), MailRefused),
        (ConnectTimeoutError(endpoint_url="https://email"), MailRefused),
        (ReadTimeoutError(endpoint_url="https://email"), MailUnknown),
    ],
    ids=[
        "rejected",
        "throttled",
        "denied",
        "broken",
        "mumbled",
        "unreachable",
        "never-connected",
        "answer-lost",
    ],
)
def test_only_what_was_certainly_not_taken_is_a_refusal_and_no_error_names_an_address(
    error: Exception, expected: type[MailError]
) -> None:
    client: Any = Fails(error)

    with pytest.raises(expected) as raised:
        SesMailer(client).send(a_message(), SENDER, CLAIRE)

    assert client.calls == 1
    assert "@" not in str(raised.value)
    assert raised.value.__suppress_context__
