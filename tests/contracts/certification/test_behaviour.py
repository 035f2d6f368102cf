"""What every connector does, whatever its network: one table of connectors, one table of fortunes.

The tests know a connector by its port and its row alone, so that they run as well against a real server.
"""

import functools
from collections.abc import Callable
from typing import cast

import httpx
import pytest

from parution.errors import FenceClosed
from parution.networks.terms import Offer
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Comments,
    Conversing,
    Deleting,
    Done,
    Hiding,
    NotFound,
    NotSent,
    PostFigures,
    Published,
    Refused,
    Unknown,
)
from tests.builders import open_fence
from tests.contracts.certification.rows.row import Said
from tests.contracts.certification.stages import Endless, Pixels, Stage
from tests.networks.accounts import now


# ---------------------------------------------------------------- all is well
def test_each_kind_is_published_once_and_nothing_of_it_before(stage: Stage, kind: str) -> None:
    piece = stage.prepared(kind)
    before = stage.posts()

    outcome = stage.network.commit(piece, open_fence())

    assert before == 0
    assert isinstance(outcome, Published)
    assert stage.posts() == 1


def where(offer: Offer) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Mark a test of what only some networks let a program do."""

    def marked(test: Callable[[Stage], None]) -> Callable[[Stage], None]:
        @functools.wraps(test)
        def tried(stage: Stage) -> None:
            if offer not in stage.row.offers:  # where a table of its own runs all tests for one connector
                pytest.skip(f"{stage.row.network} does not let a program do that")
            test(stage)

        tried.offer = offer  # type: ignore[attr-defined]  # read where the tests are made
        return tried

    return marked


@where(Offer.ANSWERS)
def test_an_answer_stands_below_the_post_that_it_answers(stage: Stage) -> None:
    first = stage.network.commit(stage.prepared(), open_fence())
    assert isinstance(first, Published)

    second = stage.network.commit(stage.prepared("text", "second", first.remote_id), open_fence())

    assert isinstance(second, Published)
    assert second.remote_id != first.remote_id


def test_the_figures_of_a_post_are_read_and_never_invented(stage: Stage) -> None:
    post = stage.network.commit(stage.prepared(), open_fence())
    assert isinstance(post, Published)

    figures = stage.network.figures(post.remote_id)

    assert isinstance(figures, PostFigures if stage.row.counts else NotSent)
    if isinstance(figures, PostFigures):
        assert set(figures.model_dump().values()) <= {0, None}


def test_a_fence_that_stays_closed_keeps_the_post_back(stage: Stage) -> None:
    def stays_closed(request: str, marker: str | None) -> None:
        raise FenceClosed("intoxication signalée")

    with pytest.raises(FenceClosed):
        stage.network.commit(stage.prepared(), Fence(stays_closed))

    assert stage.posts() == 0


def test_the_same_piece_is_the_same_request(stage: Stage) -> None:
    piece, requests = stage.prepared(stage.row.with_a_file), list[str]()

    for _ in range(2):
        stage.network.commit(piece, Fence(lambda request, marker: requests.append(f"{request} {marker}")))

    assert len(requests) == 2
    assert requests[0] == requests[1]


# ---------------------------------------------------------------- the answer is lost
def test_a_post_whose_answer_was_lost_is_found_and_stays_one(stage: Stage, kind: str) -> None:
    piece, began = stage.prepared(kind), now()
    stage.wire.loses = True

    outcome = stage.network.commit(piece, open_fence())
    found = stage.network.find(piece, began)

    assert isinstance(outcome, Unknown)
    assert isinstance(found, Published if stage.row.finds else NotFound)
    assert stage.posts() == 1


def test_the_same_piece_twice_is_one_post_where_the_network_sees_to_that(stage: Stage) -> None:
    piece = stage.prepared()
    stage.wire.loses = True
    stage.network.commit(piece, open_fence())

    again = stage.network.commit(piece, open_fence())

    # Who refuses the same words and cannot be asked which they are leaves it to a person.
    assert isinstance(again, Published if stage.row.repeats or stage.row.finds else Unknown)
    assert stage.posts() == (1 if stage.keeps_to_one or not stage.row.repeats else 2)


def test_what_is_found_is_what_the_answer_would_have_told(stage: Stage) -> None:
    piece, began = stage.prepared(), now()
    told = stage.network.commit(piece, open_fence())

    found = stage.network.find(piece, began)

    assert isinstance(told, Published)
    if stage.row.finds:
        assert isinstance(found, Published)
        assert (found.remote_id, found.url) == (told.remote_id, told.url)


def test_preparing_again_makes_nothing_public_and_no_second_post(stage: Stage) -> None:
    first = stage.prepared(stage.row.with_a_file)
    again = stage.prepared(stage.row.with_a_file)
    before = stage.posts()

    stage.network.commit(again, open_fence())
    stands_in = stage.keeps_to_one and not stage.row.prepares_anew
    stage.network.commit(first if stands_in else again, open_fence())

    assert before == 0
    assert stage.posts() == (1 if stage.keeps_to_one or not stage.row.repeats else 2)


def test_the_same_words_under_another_key_are_another_post_where_the_network_takes_them(stage: Stage) -> None:
    first, second = (
        stage.network.commit(stage.prepared(key=key), open_fence()) for key in ("first", "second")
    )

    assert isinstance(first, Published)
    assert isinstance(second, Published if stage.row.repeats or stage.row.finds else Unknown)
    assert stage.posts() == (2 if stage.row.repeats else 1)


def test_what_was_never_sent_is_not_found(stage: Stage) -> None:
    piece = stage.prepared()

    assert stage.network.find(piece, now()) == NotFound()


# ---------------------------------------------------------------- nothing happened
def test_a_refusal_in_the_networks_own_words_is_final_and_the_key_stays_free(stage: Stage) -> None:
    piece = stage.prepared()
    stage.says(stage.row.refusal)

    outcome = stage.network.commit(piece, open_fence())

    assert isinstance(outcome, Refused)
    assert stage.posts() == 0
    assert isinstance(stage.network.commit(piece, open_fence()), Published)


def test_throttling_says_how_long_in_the_networks_own_headers(stage: Stage) -> None:
    piece = stage.prepared()
    stage.says(stage.row.throttled)

    outcome = stage.network.commit(piece, open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == stage.row.waits
    assert stage.posts() == 0


def test_an_expired_token_is_renewed_or_a_person_is_asked(stage: Stage) -> None:
    piece = stage.prepared()
    stage.says(stage.row.expired)

    outcome = stage.network.commit(piece, open_fence())

    assert isinstance(outcome, stage.row.then)
    assert stage.posts() == 0
    assert isinstance(stage.network.commit(piece, open_fence()), Published)


def test_a_certificate_that_is_wrong_sends_nothing(stage: Stage) -> None:
    piece = stage.prepared()
    stage.wire.breaks = True

    outcome = stage.network.commit(piece, open_fence())

    assert isinstance(outcome, NotSent)
    assert stage.posts() == 0


def test_an_upload_that_cannot_be_sent_may_simply_be_done_again(stage: Stage) -> None:
    if stage.row.with_a_file not in stage.row.uploads:
        pytest.skip(f"{stage.row.network} is sent nothing ahead")
    stage.prepared()  # who has no session yet begins one
    stage.wire.breaks = True

    outcome = stage.network.prepare(stage.piece(stage.row.with_a_file), Pixels())

    assert isinstance(outcome, NotSent)
    assert isinstance(stage.network.prepare(stage.piece(stage.row.with_a_file), Pixels()), Prepared)


# ---------------------------------------------------------------- answers that say nothing
@pytest.mark.parametrize(
    "said",
    [
        Said(502, "<html>Bad Gateway</html>"),
        Said(500, '{"error": "Internal Server Error"}'),
        Said(503, "", {"Retry-After": "30"}),
        Said(302, "", {"Location": "https://elsewhere.example/"}),
    ],
    ids=["a gateway's page", "an error of the server", "not available", "a redirect"],
)
def test_a_failure_that_may_come_after_the_effect_proves_nothing(stage: Stage, said: Said) -> None:
    piece = stage.prepared()
    stage.says(said)

    assert isinstance(stage.network.commit(piece, open_fence()), Unknown)


@pytest.mark.parametrize(
    "body",
    [
        "<html>Please log in to the wireless network</html>",
        '{"id": "1150000',
        '{"error": "it failed"}',
        "[]",
        "",
    ],
    ids=["a page", "cut off", "an error inside", "a list", "nothing"],
)
def test_a_success_that_cannot_be_read_proves_nothing(stage: Stage, body: str) -> None:
    piece = stage.prepared()
    stage.says(Said(200, body))

    outcome = stage.network.commit(piece, open_fence())

    assert isinstance(outcome, Unknown if stage.row.reads_bodies else Published)


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_firewalls_page_is_no_refusal(stage: Stage, status: int) -> None:
    piece = stage.prepared()
    stage.says(Said(status, "<html>Access denied</html>"))

    outcome = stage.network.commit(piece, open_fence())

    assert isinstance(outcome, Unknown if stage.row.reads_bodies else Refused)


def test_an_answer_of_a_hundred_megabytes_is_not_read_to_its_end(stage: Stage) -> None:
    piece, body = stage.prepared(), Endless()
    stage.wire.instead = httpx.Response(200, stream=body)

    outcome = stage.network.commit(piece, open_fence())

    assert isinstance(outcome, Unknown)
    assert body.read < 2_000_000


# ---------------------------------------------------------------- what stands below, and what goes away
def test_a_connector_does_what_it_offers_and_nothing_else(stage: Stage) -> None:
    does = {offer for offer, method in _METHODS.items() if hasattr(stage.network, method)}

    assert does == stage.row.offers - {Offer.ANSWERS}


_METHODS = {Offer.COMMENTS: "comments", Offer.HIDES: "hide", Offer.DELETES: "delete"}


@where(Offer.COMMENTS)
def test_what_others_write_below_a_post_is_read(stage: Stage) -> None:
    post = _published(stage)
    number = _commented(stage, post, "Encore une ! 🎄")

    read = cast("Conversing", stage.network).comments(post.remote_id)

    assert isinstance(read, Comments)
    assert [(one.remote_id, one.text, one.hidden) for one in read.found] == [
        (number, "Encore une ! 🎄", False)
    ]
    assert read.more is None


@where(Offer.COMMENTS)
def test_a_comment_is_answered_where_it_stands(stage: Stage) -> None:
    post = _published(stage)
    if Offer.ANSWERS not in stage.row.offers:
        pytest.skip(f"{stage.row.network} takes no answers from a program")
    number = _commented(stage, post, "À quelle heure ouvrez-vous ?")

    answer = stage.network.commit(stage.prepared("text", "answer", number), open_fence())

    assert isinstance(answer, Published)


@where(Offer.HIDES)
def test_a_comment_is_hidden_and_stays_so(stage: Stage) -> None:
    post = _published(stage)
    number = _commented(stage, post, "Voleurs !")
    network = cast("Hiding", stage.network)

    done = [network.hide(number), network.hide(number)]

    assert done == [Done(), Done()]
    read = cast("Conversing", stage.network).comments(post.remote_id)
    assert isinstance(read, Comments)
    assert [one.hidden for one in read.found if one.remote_id == number] in ([True], [])


@where(Offer.DELETES)
def test_a_post_that_is_deleted_is_there_no_longer(stage: Stage) -> None:
    post = _published(stage)
    network = cast("Deleting", stage.network)

    done = network.delete(post.remote_id)

    assert done == Done()
    assert network.delete(post.remote_id) in (Done(), NotFound())
    if stage.row.counts:
        assert stage.network.figures(post.remote_id) == NotFound()


def _published(stage: Stage) -> Published:
    post = stage.network.commit(stage.prepared(), open_fence())
    assert isinstance(post, Published)
    return post


def _commented(stage: Stage, post: Published, text: str) -> str:
    if stage.comment is None:
        pytest.skip("nobody else can be made to write here")
    return stage.comment(post.remote_id, text)
