"""The stack as CloudFormation would make it: the translated template, under made-up physical names."""

import copy
import re
from functools import cache
from typing import Any

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.tables import TEMPLATE, template

NAME, REGION, ACCOUNT = "parution", "eu-west-3", "123456789012"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": NAME,
}
_ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:",
    "AWS::S3::Bucket": "arn:aws:s3:::",
    "AWS::Scheduler::ScheduleGroup": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/",
}
_QUEUE_OUTPUTS = {
    "Outputs.Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:",
    "Outputs.Name": "",
    "Outputs.Url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/",
}


def declared(kind: str) -> dict[str, dict[str, Any]]:
    """Give the properties of all resources of a type, as template.yaml says them."""
    resources = template()["Resources"].items()
    return {name: each.get("Properties", {}) for name, each in resources if each["Type"] == kind}


def functions() -> dict[str, dict[str, Any]]:
    """Give the functions' properties, with what Globals says of all."""
    ours = template()["Globals"]["Function"]
    return {name: {**ours, **each} for name, each in declared("AWS::Serverless::Function").items()}


def nested(name: str) -> dict[str, Any]:
    """Read a template that template.yaml nests: `queue`, `dead_letters` or `alarms`."""
    return template(TEMPLATE.parent / "infra" / f"{name}.yaml")


@cache
def translated() -> dict[str, Any]:
    """Translate the template as SAM does at deployment, and give its resources."""
    document = copy.deepcopy(template())
    for resource in document["Resources"].values():
        for key in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][key] = "s3://bucket/key"
    parameters = {name: each["Default"] for name, each in document["Parameters"].items()}
    resources: dict[str, Any] = Translator({}, Parser()).translate(document, parameters)["Resources"]
    return resources


def physical(logical_id: str) -> str:
    return f"{NAME}-{logical_id}".lower() if "Bucket" in logical_id else f"{NAME}-{logical_id}"


def resolved(value: Any) -> Any:
    """Give a value as it stands once the stack is made, with default parameters."""
    match value:
        case {"Ref": name}:
            return _ref(name)
        case {"Fn::GetAtt": [name, attribute]}:
            return _attribute(name, attribute)
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: str(_named(found[1])), text)
        case dict():
            return {key: resolved(each) for key, each in value.items()}
        case list():
            return [resolved(each) for each in value]
        case _:
            return value


def _named(name: str) -> Any:
    return _attribute(*name.split(".", 1)) if "." in name else _ref(name)


def _ref(name: str) -> Any:
    parameters = template()["Parameters"]
    if name in parameters:
        return str(parameters[name]["Default"])
    return _PSEUDO.get(name) or physical(name)


def _attribute(name: str, attribute: str) -> str:
    if attribute in _QUEUE_OUTPUTS:
        return _QUEUE_OUTPUTS[attribute] + physical(name)
    assert attribute == "Arn", attribute
    return _ARNS[translated()[name]["Type"]] + physical(name)


def environment(function: str) -> dict[str, str]:
    """Give what this function alone is told."""
    told: dict[str, str] = resolved(functions()[function]["Environment"]["Variables"])
    return told


def statements(role: str) -> list[dict[str, Any]]:
    """Give the statements of a role's own policies."""
    policies = translated()[role]["Properties"].get("Policies", [])
    return [resolved(statement) for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
