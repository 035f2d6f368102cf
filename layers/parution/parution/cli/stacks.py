"""A deployed stack as the command sees it: its outputs, and clients to what they name."""

from functools import cached_property

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from parution.aws.posts_table import PostsTable
from parution.aws.secrets import SsmSecrets
from parution.errors import ParutionError

_CONFIG = Config(connect_timeout=5, read_timeout=65, retries={"mode": "standard", "max_attempts": 4})


class NoSuchStack(ParutionError):
    """No stack of this name answers with the credentials and region at hand."""


class Stack:
    """The outputs of one deployed stack. Raises NoSuchStack when there is none."""

    def __init__(self, name: str, session: boto3.Session | None = None) -> None:
        self.name = name
        self.session = session or boto3.Session()
        self.outputs = _outputs(self.session, name)

    @cached_property
    def posts(self) -> PostsTable:
        return PostsTable(self.session.client("dynamodb", config=_CONFIG), self.outputs["PostsTable"])

    @cached_property
    def secrets(self) -> SsmSecrets:
        return SsmSecrets(self.session.client("ssm", config=_CONFIG), self.outputs["SecretsPrefix"])


def _outputs(session: boto3.Session, name: str) -> dict[str, str]:
    try:
        client = session.client("cloudformation", config=_CONFIG)
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        reason = f"stack '{name}' does not answer: {error}"
        raise NoSuchStack(reason) from error
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
