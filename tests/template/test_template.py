import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from parution import settings
from parution.plan.model import NETWORKS
from parution.publishing.dispatch import LONGEST_HOLD
from tests.tables import TEMPLATE, template
from tests.template.stack import (
    Stack,
    as_list,
    declared,
    functions,
    nested,
    resolved,
    stack,
    statements,
    translated,
)

ROOT = TEMPLATE.parent
OPERATIONS = (ROOT / "docs/operations.md").read_text()
NESTED = sorted(path.stem for path in (ROOT / "infra").glob("*.yaml"))
FUNCTIONS = sorted(functions())
ROLES = sorted(name for name, each in translated().items() if each["Type"] == "AWS::IAM::Role")


def _folder(function: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", function.removesuffix("Function")).lower()


MESSAGES = nested("messages")["Resources"]
OF_QUEUES = sorted(name for name, each in MESSAGES.items() if "ScalingConfig" in each["Properties"])


def _function(mapping: str) -> str:
    """The logical id of the function that an event source mapping wakes."""
    told = template()["Resources"]["Messages"]["Properties"]["Parameters"]
    function: str = told[MESSAGES[mapping]["Properties"]["FunctionName"]["Ref"]]["Ref"]
    return function


def _lanes(of: Stack) -> dict[str, list[str]]:
    lanes: dict[str, list[str]] = json.loads(of.inner("Lanes").outputs["Lanes"])
    return lanes


# ------------------------------------------------------------------ functions
def test_every_function_has_its_folder_and_every_folder_its_function() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}

    assert {_folder(name) for name in FUNCTIONS} == folders
    assert {each["CodeUri"] for each in functions().values()} == {f"functions/{name}" for name in folders}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_told_exactly_what_its_settings_ask_for(name: str) -> None:
    told = declared("AWS::Serverless::Function")[name]["Environment"]["Variables"]
    asked = getattr(settings, name.removesuffix("Function")).model_fields

    assert {variable.lower() for variable in told} == asked.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_writes_to_a_log_group_that_forgets(name: str) -> None:
    logs = functions()[name]["LoggingConfig"]["LogGroup"]["Ref"]

    assert logs == name.replace("Function", "Logs")
    assert declared("AWS::Logs::LogGroup")[logs] == {"RetentionInDays": {"Ref": "RetentionDays"}}


def test_functions_and_layers_agree_on_the_architecture() -> None:
    layers = declared("AWS::Serverless::LayerVersion").values()

    assert {str(each["Architectures"]) for each in functions().values()} == {"[{'Ref': 'Architecture'}]"}
    assert {str(each["CompatibleArchitectures"]) for each in layers} == {"[{'Ref': 'Architecture'}]"}
    assert template()["Parameters"]["Architecture"]["AllowedValues"] == ["arm64", "x86_64"]


def test_layers_are_built_for_the_default_architecture_unless_told_otherwise() -> None:
    default = template()["Parameters"]["Architecture"]["Default"]

    assert f"PARUTION_ARCHITECTURE ?= {default}\n" in (ROOT / "layers/build.mk").read_text()
    assert f"ARCHITECTURE ?= {default}\n" in (ROOT / "Makefile").read_text()


def test_every_layer_is_built_by_its_own_makefile() -> None:
    for name, layer in declared("AWS::Serverless::LayerVersion").items():
        assert template()["Resources"][name]["Metadata"] == {"BuildMethod": "makefile"}
        assert f"\nbuild-{name}:\n" in (ROOT / layer["ContentUri"] / "Makefile").read_text()


def test_only_the_report_carries_the_reporting_layer() -> None:
    with_more = {name for name, each in declared("AWS::Serverless::Function").items() if "Layers" in each}

    assert with_more == {"WriteReportFunction"}


def test_the_runtime_is_the_python_that_is_tested() -> None:
    version = (ROOT / ".python-version").read_text().strip()

    assert {each["Runtime"] for each in functions().values()} == {f"python{version}"}


# ------------------------------------------------------------------ queues and dead letters
@pytest.mark.parametrize("name", OF_QUEUES)
def test_a_message_stays_invisible_six_times_as_long_as_its_function_may_take(name: str) -> None:
    queues = {"Orders": stack().inner("ApplyQueue")}
    queue = queues.get(name) or stack(DeliveryLanes="8").inner("Lanes").inner(name)

    assert int(queue.made["Queue"]["VisibilityTimeout"]) >= 6 * functions()[_function(name)]["Timeout"]


@pytest.mark.parametrize("name", OF_QUEUES)
def test_a_worker_answers_for_each_message_and_no_more_work_than_may(name: str) -> None:
    mapping = MESSAGES[name]["Properties"]

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "MaximumConcurrency" in mapping["ScalingConfig"]


def test_a_worker_has_a_thread_for_each_message_of_a_batch() -> None:
    batches = {MESSAGES[name]["Properties"]["BatchSize"] for name in OF_QUEUES if "Lane" in name}

    assert f"ThreadPoolExecutor({max(batches)})" in (ROOT / "functions/deliver_post/app.py").read_text()


def test_a_worker_holds_only_a_few_videos_at_once() -> None:
    assert MESSAGES["SlowLane"]["Properties"]["BatchSize"] <= 2


def test_amounts_are_set_one_at_a_time() -> None:
    assert MESSAGES["Orders"]["Properties"]["BatchSize"] == 1


def test_a_worker_has_time_to_hold_and_to_send() -> None:
    # The longest commit call takes 30 s; the rest is for preparing.
    assert functions()["DeliverPostFunction"]["Timeout"] >= LONGEST_HOLD.total_seconds() + 30 + 10


def test_a_worker_is_not_taken_for_dead_while_it_may_still_run() -> None:
    deliver = functions()["DeliverPostFunction"]

    assert int(deliver["Environment"]["Variables"]["LEASE_SECONDS"]) > deliver["Timeout"]


def test_concurrency_is_numbers_for_every_stage() -> None:
    stages = nested("messages")["Mappings"]["Concurrency"]

    assert stages.keys() == set(template()["Parameters"]["Stage"]["AllowedValues"])
    assert all(2 <= count <= 1000 for stage in stages.values() for count in stage.values())


def test_all_lanes_together_leave_workers_of_a_new_account_to_the_other_functions() -> None:
    of = nested("messages")["Mappings"]["Concurrency"]["prod"]

    assert 8 * of["Lane"] + of["SlowLane"] + of["Orders"] <= 1000 - 90


# ------------------------------------------------------------------ lanes
@pytest.mark.parametrize("count", ["1", "2", "4", "8"])
def test_accounts_are_spread_over_as_many_lanes_as_the_parameter_says(count: str) -> None:
    of = stack(DeliveryLanes=count)

    assert len(set(_lanes(of)["*"])) == int(count)
    assert len(of.inner("Lanes").outputs["Arns"].split(",")) == int(count) + 1
    assert sum(name.startswith("Lane") for name in of.inner("Messages").made) == int(count)


@pytest.mark.parametrize("count", ["1", "2", "4", "8"])
def test_each_lane_is_polled_once(count: str) -> None:
    of = stack(DeliveryLanes=count)
    mappings = of.inner("Messages").made

    polled = [each["EventSourceArn"] for name, each in mappings.items() if "Lane" in name]
    assert sorted(polled) == sorted(of.inner("Lanes").outputs["Arns"].split(","))


def test_networks_that_are_slow_by_nature_have_a_lane_and_a_limit_of_their_own() -> None:
    (networks,) = _lanes(stack()).keys() - {"*"}

    assert set(networks.split(",")) <= set(NETWORKS)
    assert MESSAGES["SlowLane"]["Properties"]["ScalingConfig"] == {
        "MaximumConcurrency": {"Fn::FindInMap": ["Concurrency", {"Ref": "Stage"}, "SlowLane"]}
    }


def test_without_slow_networks_there_is_no_lane_for_them() -> None:
    of = stack(SlowNetworks="none")

    assert _lanes(of).keys() == {"*"}
    assert "SlowLane" not in of.inner("Lanes").made
    assert "SlowLane" not in of.inner("Messages").made


def test_all_lanes_share_the_dead_letters_that_ring() -> None:
    lanes = stack(DeliveryLanes="8").inner("Lanes")
    letters = lanes.inner("DeadLetters").outputs["Arn"]

    redrives = [lanes.inner(name).made["Queue"]["RedrivePolicy"] for name in lanes.made if "Lane" in name]
    assert len(redrives) == 9
    assert all(each == {"deadLetterTargetArn": letters, "maxReceiveCount": 5} for each in redrives)


def test_a_lane_rings_when_its_messages_wait() -> None:
    lane = stack().inner("Lanes").inner("Lane0").made

    assert lane["DeliveriesWait"]["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert lane["DeliveriesWait"]["Dimensions"] == [
        {"Name": "QueueName", "Value": "parution-Lanes-Lane0-Queue"}
    ]
    # A ticket is sent seven minutes ahead at most, and comes back once after a failed receive.
    assert lane["DeliveriesWait"]["Threshold"] > 7 * 60 + lane["Queue"]["VisibilityTimeout"]


# ------------------------------------------------------------------ history
def test_the_history_reads_every_edge_of_a_delivery_and_nothing_else() -> None:
    (one,) = MESSAGES["Edges"]["Properties"]["FilterCriteria"]["Filters"]

    assert json.loads(one["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "delivery#"}]}}},
    }
    assert MESSAGES["Edges"]["Properties"]["StartingPosition"] == "TRIM_HORIZON"
    assert declared("AWS::DynamoDB::Table")["PostsTable"]["StreamSpecification"] == {
        "StreamViewType": "NEW_IMAGE"
    }


def test_an_edge_that_cannot_be_kept_ends_in_dead_letters_while_the_stream_still_has_it() -> None:
    edges = stack().inner("Messages").made["Edges"]

    assert edges["BisectBatchOnFunctionError"] is True
    assert 0 < edges["MaximumRetryAttempts"] <= 10_000
    assert 0 < edges["MaximumRecordAgeInSeconds"] <= 12 * 3600
    letters = stack().inner("HistoryDeadLetters").outputs["Arn"]
    assert edges["DestinationConfig"] == {"OnFailure": {"Destination": letters}}


# ------------------------------------------------------------------ dead letters
def test_a_queue_ends_in_dead_letters_that_ring() -> None:
    queue = nested("queue")["Resources"]
    dead = nested("dead_letters")["Resources"]

    redrive = queue["Queue"]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetters", "Outputs.Arn"]}
    assert redrive["maxReceiveCount"] >= 5
    assert queue["DeadLetters"]["Properties"]["TemplateURL"] == "dead_letters.yaml"
    alarm = dead["Alarm"]["Properties"]
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Queue", "QueueName"]}}]
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert dead["Queue"]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600


@pytest.mark.parametrize("name", ["queue", "lane", "dead_letters"])
def test_queues_are_encrypted_and_spoken_to_over_tls_alone(name: str) -> None:
    resources = nested(name)["Resources"]
    (deny, *_) = resources["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert resources["Queue"]["Properties"]["SqsManagedSseEnabled"] is True
    assert (deny["Effect"], deny["Action"], deny["Principal"]) == ("Deny", "sqs:*", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_queue_stands_outside_the_nested_templates() -> None:
    assert declared("AWS::SQS::Queue") == {}


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {_function(mapping) for mapping in MESSAGES}))
def test_what_an_asynchronous_run_could_not_do_becomes_a_dead_letter(name: str) -> None:
    failed = functions()[name]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]

    assert failed["Destination"]["Fn::GetAtt"][0] in declared("AWS::CloudFormation::Stack")


def test_what_never_reached_a_function_becomes_a_dead_letter() -> None:
    events = [event for each in functions().values() for event in each.get("Events", {}).values()]

    assert sorted(event["Type"] for event in events) == ["EventBridgeRule", "ScheduleV2"]
    for event in events:
        assert event["Properties"]["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][1] == "Outputs.Arn"
        assert "MaximumEventAgeInSeconds" in event["Properties"]["RetryPolicy"]


def test_only_plans_are_imported_and_no_result_calls_for_another_import() -> None:
    (event,) = functions()["ImportPlanFunction"]["Events"].values()

    pattern = event["Properties"]["Pattern"]
    assert pattern["detail"]["object"]["key"] == [{"wildcard": "plans/*.json"}]
    assert pattern["detail"]["bucket"]["name"] == [{"Ref": "PlansBucket"}]


# ------------------------------------------------------------------ permissions
@pytest.mark.parametrize("role", ROLES)
def test_a_role_names_single_actions_and_single_resources(role: str) -> None:
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action), action
        for resource in as_list(statement["Resource"]):
            # A star stands for ids that are data, at the end of a path, and for nothing else.
            assert re.fullmatch(r"arn:aws:[^*]+(/\*)?", resource), resource


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_a_role_of_its_own_and_no_managed_policy_but_for_logs(name: str) -> None:
    role = translated()[f"{name}Role"]["Properties"]

    assert translated()[name]["Properties"]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert [arn.rsplit("/")[-1] for arn in role["ManagedPolicyArns"]] == ["AWSLambdaBasicExecutionRole"]


KEEPERS = {"CollectInsightsFunctionRole", "DeliverPostFunctionRole"}


def test_the_key_of_rotating_tokens_is_made_only_where_it_is_asked_for() -> None:
    assert translated()["TokenKey"]["Condition"] == "KeepsTokens"
    assert template()["Parameters"]["KeepTokens"]["Default"] == "false"
    assert [role for role in ROLES for one in statements(role) if "kms" in str(one)] == []


@pytest.mark.parametrize("role", ROLES)
def test_only_who_speaks_to_networks_may_use_the_key_and_only_for_an_account_and_its_network(
    role: str,
) -> None:
    granted = [one for one in statements(role, KeepTokens="true") if "kms" in str(one["Action"])]

    assert bool(granted) is (role in KEEPERS)
    for one in granted:
        assert one["Action"] == ["kms:Encrypt", "kms:Decrypt"]
        assert one["Resource"] == stack(KeepTokens="true").inner("TokenKey").outputs["Arn"]
        assert set(one["Condition"]["StringLike"]) == {
            "kms:EncryptionContext:account",
            "kms:EncryptionContext:network",
        }


def test_reading_figures_may_renew_a_token_and_write_nothing_else_of_the_posts() -> None:
    writes = [
        one
        for one in statements("CollectInsightsFunctionRole", KeepTokens="true")
        if one["Resource"] == resolved({"Fn::GetAtt": ["PostsTable", "Arn"]})
        and "dynamodb:PutItem" in as_list(one["Action"])
    ]

    assert [one["Condition"] for one in writes] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["account#*"]}}
    ]


def test_the_brands_schedules_run_their_three_jobs_and_nothing_else() -> None:
    allowed = {
        (statement["Action"], resource.rsplit(":", 1)[-1])
        for statement in statements("BrandScheduleRole")
        for resource in as_list(statement["Resource"])
    }

    assert allowed == {
        ("lambda:InvokeFunction", "parution-CollectInsightsFunction"),
        ("lambda:InvokeFunction", "parution-AllocateBudgetFunction"),
        ("lambda:InvokeFunction", "parution-WriteReportFunction"),
        ("sqs:SendMessage", "parution-ScheduleDeadLetters-Queue"),
    }


def test_scheduler_takes_the_brands_role_for_this_stacks_group_alone() -> None:
    role = resolved(translated()["BrandScheduleRole"]["Properties"]["AssumeRolePolicyDocument"])
    (statement,) = role["Statement"]

    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(
        "schedule-group/parution-BrandSchedules"
    )


# ------------------------------------------------------------------ data
@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::S3::Bucket"])
def test_data_outlives_the_stack(kind: str) -> None:
    for name in declared(kind):
        assert template()["Resources"][name]["DeletionPolicy"] == "Retain"
        assert template()["Resources"][name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", sorted(declared("AWS::DynamoDB::Table")))
def test_a_table_costs_nothing_when_idle_and_can_be_brought_back(name: str) -> None:
    table = declared("AWS::DynamoDB::Table")[name]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}


@pytest.mark.parametrize("name", sorted(declared("AWS::S3::Bucket")))
def test_a_bucket_is_closed_to_the_public_encrypted_and_keeps_versions(name: str) -> None:
    bucket = declared("AWS::S3::Bucket")[name]
    policies = stack().inner("BucketPolicies").made.values()
    (policy,) = [each for each in policies if each["Bucket"] == resolved({"Ref": name})]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "BucketEncryption" in bucket
    assert bucket["LifecycleConfiguration"]["Rules"][0]["NoncurrentVersionExpiration"]
    (deny,) = policy["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Action"]) == ("Deny", "s3:*")
    arn = resolved({"Fn::GetAtt": [name, "Arn"]})
    assert deny["Resource"] == [arn, f"{arn}/*"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_reports_are_kept_for_ever_and_can_be_removed_unless_the_stack_is_told_otherwise() -> None:
    bucket = stack().value(declared("AWS::S3::Bucket")["ReportsBucket"])

    assert [rule["Id"] for rule in bucket["LifecycleConfiguration"]["Rules"]] == ["OlderVersions"]
    assert not {"ObjectLockEnabled", "ObjectLockConfiguration"} & bucket.keys()


def test_reports_are_forgotten_and_locked_for_as_long_as_the_parameters_say() -> None:
    of = stack(ReportsKeptDays="400", ReportsLockedDays="365")
    bucket = of.value(declared("AWS::S3::Bucket")["ReportsBucket"])

    assert bucket["LifecycleConfiguration"]["Rules"][1] == {
        "Id": "OldReports", "Status": "Enabled", "Prefix": "reports/", "ExpirationInDays": "400",
    }  # fmt: skip
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"] == {
        "DefaultRetention": {"Mode": "GOVERNANCE", "Days": "365"}
    }


def test_a_report_is_mailed_only_as_the_identity_that_the_stack_is_told() -> None:
    identity = "arn:aws:ses:eu-west-3:123456789012:identity/agence.example"

    def mailing(**told: str) -> list[Any]:
        return [
            (role, one["Action"], one["Resource"])
            for role in ROLES
            for one in statements(role, **told)
            if "ses:" in str(one["Action"])
        ]

    assert mailing() == []
    assert mailing(ReportIdentityArn=identity) == [("WriteReportFunctionRole", "ses:SendEmail", identity)]


# ------------------------------------------------------------------ the template itself
def test_names_are_given_by_cloudformation_so_that_two_stacks_live_side_by_side() -> None:
    named = re.compile(r"^(Bucket|Function|LogGroup|Layer|Queue|Role|Table|Topic|Alarm)?Name$")
    documents = [template(), *(nested(name) for name in NESTED)]
    fixed = {
        (name, key)
        for document in documents
        for name, resource in document["Resources"].items()
        for key, value in resource.get("Properties", {}).items()
        if named.match(key) and isinstance(value, str)
    }

    assert fixed == set()
    assert "Name" not in translated()["DispatchDueFunctionEveryMinute"]["Properties"]


def test_the_template_is_read_in_one_sitting() -> None:
    assert len(TEMPLATE.read_text().splitlines()) < 600


def test_the_outputs_name_what_people_and_tests_reach_for() -> None:
    outputs = template()["Outputs"]

    assert set(FUNCTIONS) <= outputs.keys()
    assert set(declared("AWS::DynamoDB::Table")) | set(declared("AWS::S3::Bucket")) <= outputs.keys()
    assert {"DeliveryLanes", "ApplyQueueUrl", "BrandSchedules", "SecretsPrefix"} <= outputs.keys()


def test_every_alarm_says_where_its_first_step_is_written() -> None:
    documents = [template(), *map(nested, NESTED)]
    resources = [each for document in documents for each in document["Resources"].values()]
    told = [each["Properties"].get("Parameters", {}) for each in resources if "Stack" in each["Type"]]
    alarms = [each["Properties"]["AlarmDescription"] for each in resources if "Alarm" in each["Type"]]
    texts = [text for text in alarms if isinstance(text, str)]
    texts += [each["Meaning"] for each in told if isinstance(each.get("Meaning"), str)]

    assert len(texts) == 11
    for text in texts:
        page, _, heading = text.rpartition(". ")[2].partition(": ")
        assert page == "docs/operations.md", text
        assert f"\n### {heading}\n" in OPERATIONS, text


@pytest.mark.parametrize("stage", ["default", "prod"])
def test_samconfig_sets_parameters_that_exist_to_values_they_take(stage: str) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())[stage]["deploy"]["parameters"]
    parameters = template()["Parameters"]

    for pair in config["parameter_overrides"]:
        name, value = pair.split("=", 1)
        assert value in {str(each) for each in parameters[name].get("AllowedValues", [value])}
        assert re.search(parameters[name].get("AllowedPattern", ""), value)


def test_every_nested_template_is_used_and_looked_at_by_checkov() -> None:
    documents = [template(), *map(nested, NESTED)]
    used = {
        Path(each["Properties"]["TemplateURL"]).stem
        for document in documents
        for each in document["Resources"].values()
        if each["Type"] == "AWS::CloudFormation::Stack"
    }

    assert used == set(NESTED)
    checked = yaml.safe_load((ROOT / ".checkov.yaml").read_text())["file"]
    assert {Path(file).stem for file in checked} - {"template"} == used
