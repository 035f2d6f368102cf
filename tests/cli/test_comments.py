"""`parution comments`: what others wrote below a post, and what is hidden there."""

from collections.abc import Iterator
from typing import Any

import pytest

from parution.publishing.deliveries import Delivery, State
from parution.publishing.ports import Published
from parution.sandbox.servers import Server, running
from tests.builders import open_fence
from tests.cli.stack import StackInMemory, as_json, parution
from tests.contracts.certification.rows import ROWS
from tests.contracts.certification.stages import Stage

ROW = next(row for row in ROWS if row.name == "wordpress")


@pytest.fixture
def blog(stack: StackInMemory) -> Iterator[Server]:
    with running("wordpress") as server:
        (secret,) = server.secrets().values()
        stack.secrets.store("blog", secret)
        yield server


@pytest.fixture
def post(stack: StackInMemory, blog: Server) -> Delivery:
    """A post that stands on a blog."""
    stage = Stage.on(ROW, blog)
    made = stage.network.commit(stage.prepared(), open_fence())
    assert isinstance(made, Published)
    return stack.add(
        "buche",
        network="wordpress",
        account="secret:blog",
        state=State.PUBLISHED,
        wake_at=None,
        remote_id=made.remote_id,
        url=made.url,
        proof="answer",
    )


def test_what_others_wrote_is_read_and_one_of_it_hidden(blog: Server, post: Delivery) -> None:
    kind = blog.comment(post.remote_id or "", "Encore !")
    blog.comment(post.remote_id or "", "[b]Voleurs[/]")

    before = parution("comments", post.id)
    names = {one["text"]: one["name"] for one in as_json("comments", post.id)}
    hidden = parution("comments", post.id, "--hide", names["[b]Voleurs[/]"])
    again = parution("comments", post.id, "--hide", kind)
    after = as_json("comments", post.id)

    assert (before.exit_code, hidden.exit_code, again.exit_code) == (0, 0, 0)
    assert all(word in before.stdout for word in (*names, *names.values(), "2 comments."))
    assert "2 comments; 1 comment hidden now." in hidden.stdout
    assert [one for one in after if not one["hidden"]] == []


def test_only_what_stands_below_this_post_is_hidden(blog: Server, post: Delivery) -> None:
    blog.comment(post.remote_id or "", "Encore !")

    refused = parution("comments", post.id, "--hide", "1/comment-999")

    assert refused.exit_code == 1
    assert f"'1/comment-999' does not stand below {post.id}" in refused.stderr


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "nobody can comment on 'boulangerie-martin/buche/fil' that we know of: it is planned"),
        (
            {
                "state": State.PUBLISHED,
                "wake_at": None,
                "url": "https://blog.example/buche",
                "proof": "claire",
            },
            "the network's own id of it is not known",
        ),
        (
            {
                "state": State.PUBLISHED,
                "wake_at": None,
                "network": "pinterest",
                "remote_id": "7",
                "proof": "answer",
            },
            "a program reads no comments there: look yourself: pinterest",
        ),
        (
            {
                "state": State.PUBLISHED,
                "wake_at": None,
                "remote_id": "7",
                "proof": "answer",
                "account": "secret:none",
            },
            "none",
        ),
    ],
)
def test_what_cannot_be_read_is_said_with_its_reason(
    stack: StackInMemory, facts: dict[str, Any], said: str
) -> None:
    row = stack.add("buche", **facts)

    refused = parution("comments", row.id)

    assert refused.exit_code == 1
    assert said in refused.stderr.replace("\n", " ")


def test_an_unknown_delivery_is_told_with_the_one_that_was_meant(stack: StackInMemory) -> None:
    stack.add("buche")

    assert parution("comments", "boulangerie-martin/buch/fil").exit_code == 1
