"""Every request that a connector makes, held against what its network publishes about its API."""

import pytest

from parution.publishing.content import Content
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import Published
from parution.sandbox.servers import running
from tests.builders import a_piece, open_fence
from tests.contracts.certification.descriptions import CHECKS, READS
from tests.contracts.certification.stages import CONTENTS, ROWS, Pixels, Row, Stage
from tests.networks.accounts import now

DESCRIBED = [row for row in ROWS if row.network in CHECKS]
MARKED = Content(text="Merci @sandbox.example ! #bûche https://martin.example/a", language="fr-FR")


def all_that_is_said(stage: Stage) -> None:
    """Publish one of each kind, one that mentions, one below another; look each up and read its figures."""
    mentions = stage.piece().model_copy(update={"content": MARKED, "key": "mentions"})
    made = stage.network.prepare(mentions, Pixels())
    assert isinstance(made, Prepared)
    pieces = [
        mentions.model_copy(update={"refs": made.refs}),
        *(stage.prepared(kind, kind) for kind in CONTENTS),
    ]
    outcomes = [stage.network.commit(piece, open_fence()) for piece in pieces]
    for piece, outcome in zip(pieces, outcomes, strict=True):
        assert isinstance(outcome, Published)
        stage.network.find(piece, now())
        stage.network.figures(outcome.remote_id)
    assert isinstance(outcomes[0], Published)
    below = stage.prepared("text", "below", outcomes[0].remote_id)
    assert isinstance(stage.network.commit(below, open_fence()), Published)
    stage.network.find(below, now())


@pytest.mark.parametrize("row", DESCRIBED, ids=lambda row: row.name)
def test_each_request_is_one_that_the_network_describes(row: Row) -> None:
    if not READS[row.network].exists():
        pytest.skip(f"the description of {row.network} is not part of the project: see docs/networks.md")
    with running(row.network) as server:
        stage = Stage.on(row, server)
        all_that_is_said(stage)

    wrong = [each for said in stage.wire.said for each in CHECKS[row.network](*said)]

    assert len(stage.wire.said) > 15
    assert wrong == []


@pytest.mark.parametrize("row", DESCRIBED, ids=lambda row: row.name)
def test_a_request_that_is_not_described_is_found_out(row: Row) -> None:
    if not READS[row.network].exists():
        pytest.skip(f"the description of {row.network} is not part of the project: see docs/networks.md")
    with running(row.network) as server:
        stage = Stage.on(row, server)
        stage.network.commit(stage.prepared(), open_fence())
    request, answer = stage.wire.said[-1]

    for wrong in (
        request.__class__("PATCH", request.url, headers=request.headers, content=request.content),
        request.__class__("POST", request.url.copy_with(path="/xrpc/wp/v2/nothing"), content=b""),
        request.__class__(
            "POST", request.url, headers={"content-type": "application/json"}, content=b'{"status": 7}'
        ),
    ):
        assert list(CHECKS[row.network](wrong, answer)) != []


def test_the_suite_has_a_row_for_each_connector_and_no_piece_is_like_another() -> None:
    from parution.networks import CONNECTED  # noqa: PLC0415 (only this test asks)

    assert {row.network for row in ROWS} == CONNECTED.keys()
    assert len({content.hash for content in CONTENTS.values()}) == len(CONTENTS)
    assert a_piece(CONTENTS["text"]).content.media == ()
