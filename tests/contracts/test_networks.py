"""Every connector answers alike to the same misfortunes, over real connections to the sandboxes.

What may differ is what its guarantee says: whether a lost effect can be found, and whether a second
attempt under the same key is harmless.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from parution.errors import FenceClosed
from parution.networks import SecretNetworks
from parution.publishing.content import Content
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Guarantee,
    Network,
    NotFound,
    NotSent,
    Piece,
    PostFigures,
    Published,
    Refused,
    Unknown,
)
from parution.sandbox.servers import Server, running
from parution.transport import open_client
from tests.builders import a_piece, open_fence
from tests.networks.accounts import BUCHE, LONG_AGO, VITRINE, MediaInMemory, OneSecret, now
from tests.waiting import until

CLIENT = open_client()
VITRINE_TEXT = Content(text="Et la vitrine aussi.", language="fr-FR")


class Stage(NamedTuple):
    """A connector, the sandbox it speaks to, and how to open it with another secret."""

    server: Server
    reopened: Callable[..., Network]
    posting: str  # the path of the one call that publishes
    posted: str  # what the ground truth calls an effect

    @property
    def network(self) -> Network:
        return self.reopened()

    def effects(self) -> list[str]:
        return [event["id"] for event in self.server.events() if event["effect"] == self.posted]

    def prepared(self, content: Content = BUCHE, key: str = "key-1") -> Piece:
        prepared = self.network.prepare(a_piece(content), MediaInMemory())
        assert isinstance(prepared, Prepared)
        return a_piece(content, key, refs=prepared.refs)

    @property
    def findable(self) -> bool:
        """Whether a post can be looked for: everywhere but at receivers without a lookup."""
        return self.posted == "status" or self.network.guarantee is Guarantee.READABLE

    def fault(self, kind: str, **order: object) -> None:
        self.server.fault(kind, method="POST", path=self.posting, **order)


def staged(server: Server, network: str, posting: str, posted: str, **facts: str | None) -> Stage:
    (secret,) = server.secrets().values()

    def reopened(**changes: str) -> Network:
        values = {key: value for key, value in (secret | facts | changes).items() if value is not None}
        return SecretNetworks(OneSecret("account", values)).open(network, "secret:account")

    return Stage(server, reopened, posting, posted)


@pytest.fixture(params=["mastodon", "webhook keyed", "webhook readable", "webhook blind"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    match request.param.split():
        case ["mastodon"]:
            with running("mastodon") as server:
                yield staged(server, "mastodon", "/api/v1/statuses", "status")
        case ["webhook", "keyed"]:
            with running("webhook", deduplicates=True) as server:
                yield staged(server, "webhook", "/", "post", lookup_url=None)
        case ["webhook", "readable"]:
            with running("webhook") as server:
                yield staged(server, "webhook", "/", "post")
        case _:
            with running("webhook") as server:
                yield staged(server, "webhook", "/", "post", lookup_url=None)


# ---------------------------------------------------------------- all is well
def test_a_text_is_published_once(stage: Stage) -> None:
    outcome = stage.network.commit(stage.prepared(), open_fence())

    assert isinstance(outcome, Published)
    assert stage.effects() == [outcome.remote_id]
    assert isinstance(stage.network.figures(outcome.remote_id), PostFigures)


def test_the_address_of_a_published_post_shows_it_to_people(stage: Stage) -> None:
    outcome = stage.network.commit(stage.prepared(), open_fence())

    assert isinstance(outcome, Published)
    assert outcome.url is not None
    assert "La bûche praliné est de retour." in CLIENT.get(outcome.url).text


def test_nothing_is_public_before_the_commit(stage: Stage) -> None:
    prepared = stage.prepared(VITRINE)
    before = stage.effects()

    outcome = stage.network.commit(prepared, open_fence())

    assert before == []
    assert isinstance(outcome, Published)
    assert stage.effects() == [outcome.remote_id]


def test_the_fence_is_crossed_before_anything_is_public(stage: Stage) -> None:
    piece, seen = stage.prepared(VITRINE), []

    def look(request: str, marker: str | None) -> None:
        seen.append((len(request), bool(marker), stage.effects()))

    stage.network.commit(piece, Fence(look))

    assert seen == [(16, True, [])]
    assert len(stage.effects()) == 1


def test_a_fence_that_stays_closed_keeps_the_post_back(stage: Stage) -> None:
    def stays_closed(request: str, marker: str | None) -> None:
        raise FenceClosed("intoxication signalée")

    with pytest.raises(FenceClosed):
        stage.network.commit(stage.prepared(), Fence(stays_closed))

    assert stage.effects() == []


def test_the_same_piece_is_the_same_request_each_time(stage: Stage) -> None:
    hashes: list[str] = []
    piece = stage.prepared()

    for _ in range(2):
        stage.network.commit(piece, Fence(lambda request, marker: hashes.append(request)))

    assert hashes[0] == hashes[1]


def test_an_answer_is_published_below_the_post_that_it_answers(stage: Stage) -> None:
    first = stage.network.commit(stage.prepared(), open_fence())
    assert isinstance(first, Published)
    answer = a_piece(VITRINE_TEXT, "key-2", reply_to=first.remote_id)

    second = stage.network.commit(answer, open_fence())

    assert isinstance(second, Published)
    assert stage.effects() == [first.remote_id, second.remote_id]


def test_a_picture_is_shown_with_its_alternative_text(stage: Stage) -> None:
    stage.network.commit(stage.prepared(VITRINE), open_fence())

    page = CLIENT.get(f"{stage.server.url}/").text

    assert 'alt="Une vitrine illuminée"' in page


# ---------------------------------------------------------------- the answer is lost
@pytest.mark.parametrize("kind", ["lost_answer", "error_after"])
def test_an_effect_whose_answer_was_lost_is_unknown_and_not_repeated(stage: Stage, kind: str) -> None:
    stage.fault(kind)

    outcome = stage.network.commit(stage.prepared(), open_fence())

    assert isinstance(outcome, Unknown)
    assert len(stage.effects()) == 1


def test_a_lost_effect_is_found_where_it_can_be_looked_for(stage: Stage) -> None:
    stage.fault("lost_answer")
    began = now()
    stage.network.commit(stage.prepared(), open_fence())

    found = stage.network.find(a_piece(BUCHE), began)

    (effect,) = stage.effects()
    if stage.findable:
        assert isinstance(found, Published)
        assert found.remote_id == effect
    else:
        assert found == NotFound()


def test_an_effect_that_comes_late_is_missing_first_and_found_then(stage: Stage) -> None:
    stage.fault("late_effect", seconds=0.8)
    began = now()

    outcome = stage.network.commit(stage.prepared(), open_fence())
    first_look = stage.network.find(a_piece(BUCHE), began)
    until(stage.effects)

    assert isinstance(outcome, Unknown)
    assert first_look == NotFound()
    assert isinstance(stage.network.find(a_piece(BUCHE), began), Published) is stage.findable


def test_a_second_attempt_under_the_same_key_is_harmless_where_keys_are_honoured(stage: Stage) -> None:
    stage.fault("lost_answer")
    stage.network.commit(stage.prepared(), open_fence())

    outcome = stage.network.commit(stage.prepared(), open_fence())

    keyed = stage.network.guarantee is Guarantee.KEYED
    assert isinstance(outcome, Published)
    assert len(stage.effects()) == (1 if keyed else 2)
    assert (stage.network.key_lives is not None) is keyed


def test_another_key_is_another_post(stage: Stage) -> None:
    first = stage.network.commit(stage.prepared(), open_fence())
    second = stage.network.commit(stage.prepared(key="key-2"), open_fence())

    assert isinstance(first, Published)
    assert isinstance(second, Published)
    assert stage.effects() == [first.remote_id, second.remote_id]


def test_what_was_never_sent_is_not_found(stage: Stage) -> None:
    assert stage.network.find(a_piece(BUCHE), now() - LONG_AGO) == NotFound()


# ---------------------------------------------------------------- nothing happened
def test_a_refusal_is_final_and_without_effect(stage: Stage) -> None:
    stage.fault("refuse", status=422, body='{"error": "Validation failed"}')

    outcome = stage.network.commit(stage.prepared(), open_fence())

    assert isinstance(outcome, Refused)
    assert stage.effects() == []


def test_a_refused_key_can_be_used_again(stage: Stage) -> None:
    stage.fault("refuse", status=422, body='{"error": "Validation failed"}')
    stage.network.commit(stage.prepared(), open_fence())

    assert isinstance(stage.network.commit(stage.prepared(), open_fence()), Published)


def test_throttling_is_without_effect_and_says_how_long(stage: Stage) -> None:
    stage.fault("rate_limit", headers={"Retry-After": "7"})

    outcome = stage.network.commit(stage.prepared(), open_fence())

    assert isinstance(outcome, NotSent)
    assert outcome.retry_after.total_seconds() == 7
    assert stage.effects() == []


@pytest.mark.parametrize("kind", ["error_before", "late_effect"])
def test_what_looks_like_a_lost_answer_is_unknown_even_without_effect(stage: Stage, kind: str) -> None:
    stage.fault(kind, seconds=60)

    outcome = stage.network.commit(stage.prepared(), open_fence())

    assert isinstance(outcome, Unknown)
    assert stage.effects() == []


def test_a_server_that_is_down_was_sent_nothing(stage: Stage) -> None:
    prepared, network = stage.prepared(), stage.network
    stage.server.stop()

    assert isinstance(network.commit(prepared, open_fence()), NotSent)
    assert isinstance(network.prepare(a_piece(VITRINE), MediaInMemory()), NotSent)


def test_an_account_that_no_longer_opens_is_refused_in_words_to_act_on(stage: Stage) -> None:
    key = "access_token" if stage.posted == "status" else "signing_key"
    expired = stage.reopened(**{key: "whsec_ZXhwaXJlZC1zaWduaW5nLWtleS0wMDAw"})

    outcome = expired.commit(a_piece(BUCHE), open_fence())

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(
        ("Mastodon no longer accepts this access token", "127.0.0.1 does not accept the signature")
    )
    assert isinstance(expired.prepare(a_piece(VITRINE), MediaInMemory()), Refused)
    assert stage.effects() == []


# ---------------------------------------------------------------- before the commit
@pytest.mark.parametrize("kind", ["lost_answer", "error_before", "error_after", "rate_limit", "late_effect"])
def test_an_upload_that_fails_may_simply_be_done_again(stage: Stage, kind: str) -> None:
    stage.server.fault(kind, method="POST")

    outcome = stage.network.prepare(a_piece(VITRINE), MediaInMemory())

    assert isinstance(outcome, NotSent)
    assert isinstance(stage.network.commit(stage.prepared(VITRINE), open_fence()), Published)
    assert len(stage.effects()) == 1


def test_a_slow_network_is_waited_for(stage: Stage) -> None:
    stage.fault("delay", seconds=0.2)

    assert isinstance(stage.network.commit(stage.prepared(), open_fence()), Published)
    assert len(stage.effects()) == 1
