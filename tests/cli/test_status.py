"""What `parution status` says about a stack, and what it says when there is none."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from moto import mock_aws
from typer.testing import CliRunner

from parution.aws.posts_table import PostsTable
from parution.cli.main import app
from parution.plan.ports import BrandRow
from parution.publishing.deliveries import State
from tests import clients
from tests.builders import NOON, a_delivery
from tests.contracts.test_posts import PLAN
from tests.tables import create_table

runner = CliRunner()


@pytest.fixture
def stack() -> Iterator[PostsTable]:
    """A stack whose outputs name one table, with a brand of three deliveries."""
    with mock_aws():
        template = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {
                "PostsTable": {"Value": "posts"},
                "SecretsPrefix": {"Value": "/parution-dev/secrets"},
            },
        }
        clients.client("cloudformation").create_stack(
            StackName="parution-dev", TemplateBody=json.dumps(template)
        )
        client = clients.client("dynamodb")
        posts = PostsTable(client, create_table(client, "PostsTable", "posts"))
        posts.keep_brand(
            BrandRow(plan=PLAN, key="plans/martin.json", digest="d", version=1, imported_at=NOON), None
        )
        posts.create(a_delivery(post="first", state=State.PUBLISHED, url="https://masto.example/1"))
        posts.create(a_delivery(post="second", due_at=NOON + timedelta(hours=1)))
        posts.create(a_delivery(post="third", state=State.UNCONFIRMED, reason="the network does not show it"))
        yield posts


def test_what_needs_a_person_comes_first(stack: PostsTable) -> None:
    shown = json.loads(runner.invoke(app, ["status", "--format", "json"]).stdout)

    assert [(row["id"].split("/")[1], row["state"]) for row in shown] == [
        ("third", "unconfirmed"),
        ("second", "planned"),
        ("first", "published"),
    ]


def test_the_summary_counts_each_state(stack: PostsTable) -> None:
    result = runner.invoke(app, ["status"])

    assert result.exit_code == 0
    assert "1 unconfirmed, 1 planned, 1 published." in result.stdout


def test_a_stack_that_does_not_answer_is_an_error_that_says_what_to_check(stack: PostsTable) -> None:
    result = runner.invoke(app, ["status", "--stack", "nowhere"])

    assert result.exit_code == 1
    assert "'nowhere' does not answer" in result.stderr
    assert "--stack" in result.stderr


def test_without_a_region_it_says_so_and_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    result = runner.invoke(app, ["status"])

    assert result.exit_code == 1
    assert "You must specify a region" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_an_address_is_never_broken(stack: PostsTable) -> None:
    long = "https://a-rather-long-name-of-an-instance.example/@boulangerie-martin/117659131278571999"
    stack.create(a_delivery(post="fourth", state=State.PUBLISHED, url=long))

    assert long in runner.invoke(app, ["status"]).stdout


@pytest.mark.usefixtures("stack")
def test_what_aws_refuses_is_told_in_its_words_and_shows_no_traceback() -> None:
    clients.client("dynamodb").delete_table(TableName="posts")

    result = runner.invoke(app, ["status"])

    assert result.exit_code == 1
    assert "ResourceNotFoundException" in result.stderr
    assert isinstance(result.exception, SystemExit)
