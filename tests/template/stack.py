"""The stack as CloudFormation would make it: the translated template, under made-up physical names."""

import copy
import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
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
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:",
    "AWS::S3::Bucket": "arn:aws:s3:::",
    "AWS::Scheduler::ScheduleGroup": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:",
}
_QUEUES = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/"
_NOTHING = object()  # AWS::NoValue


def declared(kind: str) -> dict[str, dict[str, Any]]:
    """Give the properties of all resources of a type, as template.yaml says them."""
    resources = template()["Resources"].items()
    return {name: each.get("Properties", {}) for name, each in resources if each["Type"] == kind}


def functions() -> dict[str, dict[str, Any]]:
    """Give the functions' properties, with what Globals says of all."""
    ours = template()["Globals"]["Function"]
    return {name: {**ours, **each} for name, each in declared("AWS::Serverless::Function").items()}


def nested(name: str) -> dict[str, Any]:
    """Read a template that template.yaml nests, by its name in infra/."""
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


class Stack:
    """One template once it is made, with the parameters that it was told and the defaults of the others."""

    def __init__(self, name: str, path: Path, told: Mapping[str, str], resources: Mapping[str, Any]) -> None:
        self.name, self.resources = name, resources
        self._path, self._document = path, template(path)
        declared = self._document.get("Parameters", {})
        self._told = {each: str(told.get(each, declared[each].get("Default"))) for each in declared}

    @cached_property
    def made(self) -> dict[str, Any]:
        """The properties of those resources whose conditions hold."""
        return {
            name: self.value(each.get("Properties", {}))
            for name, each in self.resources.items()
            if self._holds({"Condition": each["Condition"]} if "Condition" in each else True)
        }

    @cached_property
    def outputs(self) -> dict[str, Any]:
        return {name: self.value(each["Value"]) for name, each in self._document["Outputs"].items()}

    def inner(self, name: str) -> "Stack":
        """Give the stack that one of the resources is."""
        properties = self.resources[name]["Properties"]
        path = self._path.parent / properties["TemplateURL"]
        told = self.value(properties.get("Parameters", {}))
        return Stack(f"{self.name}-{name}", path, told, template(path)["Resources"])

    def physical(self, logical_id: str) -> str:
        name = f"{self.name}-{logical_id}"
        return name.lower() if "Bucket" in logical_id else name

    def value(self, value: Any) -> Any:
        """Give a value of the template as it stands once the stack is made."""
        match value:
            case list():
                return [each for each in map(self.value, value) if each is not _NOTHING]
            case dict() if len(value) == 1 and value.keys() <= self._intrinsics.keys():
                ((name, arguments),) = value.items()
                return self._intrinsics[name](arguments)
            case dict():
                pairs = {key: self.value(each) for key, each in value.items()}
                return {key: each for key, each in pairs.items() if each is not _NOTHING}
        return value

    @cached_property
    def _intrinsics(self) -> Mapping[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Fn::FindInMap": self._found_in_map,
            "Fn::GetAtt": lambda path: self._attribute(*path),
            "Fn::If": lambda arms: self.value(arms[1] if self._holds({"Condition": arms[0]}) else arms[2]),
            "Fn::Join": lambda arguments: arguments[0].join(self.value(arguments[1])),
            "Fn::Select": lambda arguments: self.value(arguments[1])[int(arguments[0])],
            "Fn::Split": lambda arguments: self.value(arguments[1]).split(arguments[0]),
            "Fn::Sub": self._filled,
        }

    def _found_in_map(self, path: list[Any]) -> Any:
        name, row, column = path
        return self._document["Mappings"][name][self.value(row)][column]

    def _filled(self, text: str | list[Any]) -> str:
        pattern, names = (text, {}) if isinstance(text, str) else (text[0], self.value(text[1]))

        def fill(found: re.Match[str]) -> str:
            if found[1].startswith("!"):  # as it stands, without the mark
                return f"${{{found[1][1:]}}}"
            return str(names[found[1]] if found[1] in names else self._named(found[1]))

        return re.sub(r"\$\{([^}]+)\}", fill, pattern)

    def _named(self, name: str) -> Any:
        return self._attribute(*name.split(".", 1)) if "." in name else self._ref(name)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in self._told:
            return self._told[name]
        is_queue = self.resources.get(name, {}).get("Type") == "AWS::SQS::Queue"
        return _PSEUDO.get(name) or (_QUEUES if is_queue else "") + self.physical(name)

    def _attribute(self, name: str, attribute: str) -> Any:
        match attribute.split("."):
            case ["Outputs", output]:
                return self.inner(name).outputs[output]
            case ["QueueName"]:
                return self.physical(name)
            case ["StreamArn"]:
                return f"{self._attribute(name, 'Arn')}/stream/2026-12-01T00:00:00.000"
        assert attribute == "Arn", attribute
        return _ARNS[self.resources[name]["Type"]] + self.physical(name)

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Condition": name}:
                return self._holds(self._document["Conditions"][name])
            case {"Fn::Equals": [one, other]}:
                return bool(self.value(one) == self.value(other))
            case {"Fn::Not": [other]}:
                return not self._holds(other)
            case {"Fn::Or": others}:
                return any(map(self._holds, others))
        assert condition is True, condition
        return True


def stack(**told: str) -> Stack:
    """Give the whole stack, with default parameters but for these."""
    return Stack(NAME, TEMPLATE, told, translated())


@cache
def _default() -> Stack:
    return stack()


def physical(logical_id: str) -> str:
    return _default().physical(logical_id)


def resolved(value: Any) -> Any:
    """Give a value of template.yaml as it stands once the stack is made, with default parameters."""
    return _default().value(value)


def environment(function: str) -> dict[str, str]:
    """Give what this function alone is told."""
    told: dict[str, str] = resolved(functions()[function]["Environment"]["Variables"])
    return told


def statements(role: str, **told: str) -> list[dict[str, Any]]:
    """Give the statements of a role's own policies, with default parameters but for these."""
    policies = translated()[role]["Properties"].get("Policies", [])
    return [
        statement
        for policy in policies
        for statement in stack(**told).value(policy["PolicyDocument"]["Statement"])
    ]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
