"""Commands on a deployed stack, found by its outputs; and on none, or on one that is older than they are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws
from typer.core import TyperGroup
from typer.main import get_command

from parution.aws.history import HistoryTable
from parution.aws.posts_table import PostsTable
from parution.cli import stacks
from parution.cli.main import app
from parution.guarding.holds import Standing
from parution.plan.ports import BrandRow
from parution.publishing.deliveries import Delivery, State
from parution.publishing.history import edge_of
from tests import clients
from tests.builders import BUCHE, NOON, a_delivery
from tests.cli.stack import BRAND, CRISIS, as_json, parution
from tests.contracts.test_posts import PLAN
from tests.tables import create_table

GROUP = get_command(app)
assert isinstance(GROUP, TyperGroup)


def deploy(name: str, outputs: dict[str, str]) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    clients.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


@pytest.fixture
def posts() -> Iterator[PostsTable]:
    """A stack with a brand; and an older one with the same tables, that has no lanes."""
    with mock_aws():
        client = clients.client("dynamodb")
        lane = clients.client("sqs").create_queue(QueueName="lane")["QueueUrl"]
        tables = {
            "PostsTable": create_table(client, "PostsTable", "posts"),
            "InsightsTable": create_table(client, "InsightsTable", "insights"),
            "SecretsPrefix": "/parution-dev/secrets",
        }
        deploy("parution-dev", tables | {"DeliveryLanes": json.dumps({"*": [lane]})})
        deploy("parution-old", tables)
        posts = PostsTable(client, "posts")
        row = BrandRow(plan=PLAN, key="plans/martin.json", digest="d", version=1, imported_at=NOON)
        posts.keep_brand(row, None)
        yield posts


def add_held(posts: PostsTable) -> Delivery:
    held = a_delivery(due_at=datetime.now(UTC) - timedelta(hours=1), state=State.HELD, wake_at=None)
    posts.create(held)
    posts.keep_content(held.brand, held.post, BUCHE)
    return held


def messages_on_their_way() -> int:
    sqs = clients.client("sqs")
    url = sqs.get_queue_url(QueueName="lane")["QueueUrl"]
    waiting = "ApproximateNumberOfMessagesDelayed"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[waiting])["Attributes"][waiting])


def test_what_is_held_and_released_there_is_on_its_way(posts: PostsTable) -> None:
    held = add_held(posts)

    assert parution("hold", "--everything", "--reason", CRISIS, "--by", "claire").exit_code == 0
    result = parution("release", "--everything", "--yes", "--by", "claire")

    row = posts.read(held.ticket, consistent=True)
    assert result.exit_code == 0, result.stderr
    assert row is not None
    assert row.state is State.PLANNED
    assert posts.standing() == Standing(epoch=2)
    assert messages_on_their_way() == 1


def test_the_history_there_is_the_one_of_the_insights_table(posts: PostsTable) -> None:
    held = add_held(posts)
    HistoryTable(clients.client("dynamodb"), "insights").append(
        [edge_of(held), edge_of(held.model_copy(update={"state": State.PUBLISHED, "fence": 1}))]
    )

    assert [edge["state"] for edge in as_json("history", held.id)] == ["held", "published"]


def test_a_stack_without_lanes_can_be_held_and_what_needs_them_says_to_deploy_it(posts: PostsTable) -> None:
    held = add_held(posts)

    on_hold = parution(
        "hold", "--everything", "--reason", CRISIS, "--by", "claire", "--stack", "parution-old"
    )
    release = parution("release", "--everything", "--yes", "--by", "claire", "--stack", "parution-old")

    assert on_hold.exit_code == 0, on_hold.stderr
    assert release.exit_code == 1
    assert (
        "stack 'parution-old' is older than this command - deploy this version of it first" in release.stderr
    )
    assert len(posts.standing().holds) == 1
    assert posts.read(held.ticket, consistent=True) == held


@pytest.mark.usefixtures("posts")
def test_a_stack_that_does_not_answer_is_an_error_that_says_what_to_check() -> None:
    result = parution("status", "--stack", "nowhere")

    assert result.exit_code == 1
    assert "'nowhere' does not answer" in result.stderr
    assert "--stack" in result.stderr


@pytest.mark.parametrize("command", sorted(GROUP.commands))
def test_every_command_explains_itself(command: str) -> None:
    result = parution(command, "--help")

    assert result.exit_code == 0, result.exception
    assert f"Usage: parution {command}" in result.stdout


DELIVERY = f"{BRAND}/buche-2026/masto"


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["holds"],
        ["hold", "--everything", "--reason", CRISIS, "--by", "claire"],
        ["release", "--everything"],
        ["resolve", DELIVERY, "--not-live"],
        ["approve", DELIVERY],
        ["history", DELIVERY],
    ],
    ids=lambda words: words[0],
)
def test_every_command_says_so(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    def nowhere(name: str) -> stacks.Stack:
        raise stacks.NoSuchStack(f"stack '{name}' does not answer")

    monkeypatch.setattr(stacks, "Stack", nowhere)

    result = parution(*words, "--stack", "nowhere")

    assert result.exit_code == 1
    assert result.stderr.startswith("error stack 'nowhere' does not answer - name the stack with --stack")


@pytest.mark.usefixtures("posts")
def test_without_a_region_it_says_so_and_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    result = parution("status")

    assert result.exit_code == 1
    assert "You must specify a region" in result.stderr
    assert isinstance(result.exception, SystemExit)


@pytest.mark.usefixtures("posts")
def test_what_aws_refuses_is_told_in_its_words_and_shows_no_traceback() -> None:
    clients.client("dynamodb").delete_table(TableName="posts")

    result = parution("status")

    assert result.exit_code == 1
    assert "ResourceNotFoundException" in result.stderr
    assert isinstance(result.exception, SystemExit)
