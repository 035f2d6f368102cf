"""Every request that a connector makes, held against what its network publishes about its API."""

from typing import cast

import pytest

from parution.networks.terms import Offer
from parution.publishing.content import Content
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import Conversing, Deleting, Hiding, Piece, Published
from parution.sandbox.servers import running
from tests.builders import a_piece, open_fence
from tests.contracts.certification.described import CHECKS, READS
from tests.contracts.certification.rows import ROWS
from tests.contracts.certification.rows.row import Row
from tests.contracts.certification.stages import CONTENTS, Pixels, Stage
from tests.networks.accounts import now

DESCRIBED = [row for row in ROWS if row.network in CHECKS]
MARKED = Content(text="Merci @sandbox.example ! #bûche https://martin.example/a", language="fr-FR")


def all_that_is_said(stage: Stage) -> None:
    """Publish one of each kind; look each up, read its figures, and do all that the connector offers."""
    pieces = [stage.prepared(kind, kind) for kind in stage.row.kinds]
    if "text" in stage.row.kinds:
        mentions = stage.piece().model_copy(update={"content": MARKED, "key": "mentions"})
        made = stage.network.prepare(mentions, Pixels())
        assert isinstance(made, Prepared)
        pieces.append(mentions.model_copy(update={"refs": made.refs}))
    for piece in pieces:
        outcome = stage.network.commit(piece, open_fence())
        assert isinstance(outcome, Published), outcome
        stage.network.find(piece, now())
        stage.network.figures(outcome.remote_id)
    plain = stage.network.commit(_with_other_words(stage), open_fence())
    assert isinstance(plain, Published)
    _below(stage, plain.remote_id)
    if Offer.DELETES in stage.row.offers:
        cast("Deleting", stage.network).delete(plain.remote_id)


def _with_other_words(stage: Stage) -> Piece:
    """Give one more piece, for the networks that refuse the same words twice."""
    piece = stage.piece(key="plain")
    content = piece.content.model_copy(update={"text": f"Encore : {piece.content.text}"})
    other = piece.model_copy(update={"content": content})
    made = stage.network.prepare(other, Pixels())
    assert isinstance(made, Prepared)
    return other.model_copy(update={"refs": made.refs})


def _below(stage: Stage, post: str) -> None:
    offers, network = stage.row.offers, stage.network
    comment = stage.comment(post, "Encore !") if Offer.COMMENTS in offers and stage.comment else None
    if Offer.ANSWERS in offers:
        below = stage.prepared("text", "below", comment or post)
        assert isinstance(network.commit(below, open_fence()), Published)
        network.find(below, now())
    if Offer.COMMENTS in offers:
        cast("Conversing", network).comments(post)
    if Offer.HIDES in offers and comment:
        cast("Hiding", network).hide(comment)


@pytest.mark.parametrize("row", DESCRIBED, ids=lambda row: row.name)
def test_each_request_is_one_that_the_network_describes(row: Row) -> None:
    if not READS[row.network].exists():
        pytest.skip(f"the description of {row.network} is not part of the project: see docs/networks.md")
    with running(row.network, **row.options) as server:
        stage = Stage.on(row, server)
        all_that_is_said(stage)

    wrong = [each for said in stage.wire.said for each in CHECKS[row.network](*said)]

    assert len(stage.wire.said) > 3 * len(row.kinds)
    assert wrong == []


@pytest.mark.parametrize("row", DESCRIBED, ids=lambda row: row.name)
def test_a_request_that_is_not_described_is_found_out(row: Row) -> None:
    if not READS[row.network].exists():
        pytest.skip(f"the description of {row.network} is not part of the project: see docs/networks.md")
    with running(row.network, **row.options) as server:
        stage = Stage.on(row, server)
        stage.network.commit(stage.prepared(), open_fence())
    request, answer = next(said for said in stage.wire.said if row.is_commit(said[0]))

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
