"""The mail service: SES, one call for each message."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from parution.aws.items import code_of
from parution.errors import MailRefused, MailUnknown

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class SesMailer:
    """Mailer on SES. Its client must not try again by itself: SES knows no idempotency key.

    SES names addresses in what it says of an error, so that of an error only the code goes on.
    """

    def __init__(self, client: SESV2Client) -> None:
        self._client = client

    def send(self, message: bytes, sender: str, recipient: str) -> str:
        try:
            answer = self._client.send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": [recipient]},
                Content={"Raw": {"Data": message}},
            )
        except ClientError as error:
            if _status(error) < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise MailRefused(code_of(error)) from None
            raise MailUnknown(code_of(error)) from None
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            raise MailRefused(type(error).__name__) from None
        except BotoCoreError as error:
            raise MailUnknown(type(error).__name__) from None
        return answer["MessageId"]


def _status(error: ClientError) -> int:
    # An answer without a status proves nothing, as one of a service that broke.
    answered = error.response.get("ResponseMetadata", {})
    return answered.get("HTTPStatusCode", HTTPStatus.INTERNAL_SERVER_ERROR)
