"""IAM for one function: asked before each call that botocore is about to send.

moto's own authorisation knows the resource of few services' calls; its evaluation of policies is sound.
So the actions and resources that AWS asks for are named here, and moto's policy engine decides.
"""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import OperationModel
from moto.iam.access_control import IAMPolicy, PermissionResult

from tests.template.stack import ACCOUNT, REGION, statements

Need = tuple[str, str]  # an action, and the ARN of what it is done to

_HERE = f"{REGION}:{ACCOUNT}"
_ITEM_ACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}
_FACTS = {"iam:PassedToService": "scheduler.amazonaws.com"}


class Guard:
    """Refuses what the function's role does not allow, and remembers what was used."""

    def __init__(self, function: str, **told: str) -> None:
        self._policy = IAMPolicy(json.dumps({"Statement": statements(f"{function}Role", **told)}))
        self.used: set[Need] = set()

    def allows(self, action: str, resource: str) -> bool:
        answer = self._policy.is_action_permitted(action, resource, incoming_condition_values=_FACTS)
        return answer is PermissionResult.PERMITTED

    def __call__(self, params: dict[str, Any], model: OperationModel, **_: Any) -> None:
        for action, resource in needs(model.service_model.service_name, model.name, params):
            if not self.allows(action, resource):
                denied = {"Code": "AccessDeniedException", "Message": f"{action} on {resource}"}
                raise ClientError({"Error": denied}, model.name)  # type: ignore[typeddict-item]  # (a code suffices)
            self.used.add((action, resource))


def needs(service: str, operation: str, params: dict[str, Any]) -> Iterator[Need]:
    """Give what a call must be allowed to do, by AWS's service authorization reference."""
    match service:
        case "dynamodb":
            yield from _of_dynamodb(operation, params)
        case "s3":
            yield from _of_s3(operation, params)
        case "scheduler":
            yield from _of_scheduler(operation, params)
        case "sesv2" if operation == "SendEmail":
            # SES asks for the identity that the sender belongs to: the address, or its domain.
            domain = params["FromEmailAddress"].rpartition("@")[2]
            yield "ses:SendEmail", f"arn:aws:ses:{_HERE}:identity/{domain}"
        case "sqs" if operation == "SendMessageBatch":
            yield "sqs:SendMessage", f"arn:aws:sqs:{_HERE}:{params['QueueUrl'].rsplit('/', 1)[-1]}"
        case "ssm" if operation == "GetParameters":
            for name in params["Names"]:
                yield "ssm:GetParameters", f"arn:aws:ssm:{_HERE}:parameter{name}"
        case _:
            raise AssertionError(f"no function calls {service}:{operation} yet; name here what it needs")


def _of_dynamodb(operation: str, params: dict[str, Any]) -> Iterator[Need]:
    if operation == "TransactWriteItems":
        for write in params["TransactItems"]:
            ((kind, item),) = write.items()
            yield f"dynamodb:{_ITEM_ACTIONS[kind]}", f"arn:aws:dynamodb:{_HERE}:table/{item['TableName']}"
    elif operation == "BatchWriteItem":
        for table in params["RequestItems"]:
            yield "dynamodb:BatchWriteItem", f"arn:aws:dynamodb:{_HERE}:table/{table}"
    else:
        index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
        yield f"dynamodb:{operation}", f"arn:aws:dynamodb:{_HERE}:table/{params['TableName']}{index}"


def _of_s3(operation: str, params: dict[str, Any]) -> Iterator[Need]:
    file = f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"
    if operation in {"GetObject", "HeadObject"}:
        yield "s3:GetObject", file
        # Or else a file that is not there would be answered with 403.
        yield "s3:ListBucket", f"arn:aws:s3:::{params['Bucket']}"
    else:
        yield f"s3:{operation}", file


def _of_scheduler(operation: str, params: dict[str, Any]) -> Iterator[Need]:
    schedule = f"{params['GroupName']}/{params['Name']}"
    yield f"scheduler:{operation}", f"arn:aws:scheduler:{_HERE}:schedule/{schedule}"
    if "Target" in params:
        yield "iam:PassRole", params["Target"]["RoleArn"]
