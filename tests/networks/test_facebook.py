"""Facebook pages: how films get there, what is found again, and what each of its errors comes to."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from parution.errors import NoSuchSecret
from parution.networks import SecretNetworks, facebook_films, remote_id_in
from parution.networks.facebook import Facebook
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    Comments,
    NotFound,
    NotSent,
    Outcome,
    PostFigures,
    Preparing,
    Published,
    Refused,
    Unknown,
)
from parution.sandbox.servers import Server, running
from parution.transport import open_client
from tests.builders import a_piece, open_fence
from tests.networks.accounts import BUCHE, MediaInMemory, OneSecret, now

FOUR = MediaRef(key="media/four.jpg", etag="a", kind="image/jpeg", alt="Le four")
PAIN = MediaRef(key="media/pain.png", etag="a", kind="image/png")
MOVIE = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4")
TEXT = Content(text="La bûche est de retour.", language="fr-FR")
PICTURES = TEXT.model_copy(update={"media": (FOUR, PAIN), "link": "https://martin.example/buche"})
FILM = TEXT.model_copy(update={"media": (MOVIE,)})
REEL = FILM.model_copy(update={"format": "reel"})
STORY = FILM.model_copy(update={"format": "story"})
PAGE = "61550000000001"
SECRET = {"page_id": PAGE, "access_token": "canary-token"}


class Reel(MediaInMemory):
    """A film of a hundred bytes; it says which of them were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def read(self, ref: MediaRef) -> bytes:
        raise AssertionError("a film is never read whole")

    def size(self, ref: MediaRef) -> int:
        return 100

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:
        self.asked.append((start, length))
        return bytes(range(100))[start : start + length]


@pytest.fixture
def server() -> Iterator[Server]:
    with running("facebook") as server:
        yield server


@pytest.fixture
def network(server: Server) -> Facebook:
    return opened(server)


def opened(server: Server, **changes: str) -> Facebook:
    (secret,) = server.secrets().values()
    network = SecretNetworks(OneSecret("page", secret | changes)).open("facebook", "secret:page")
    assert isinstance(network, Facebook)
    return network


def answering(status: int, said: Any, headers: Mapping[str, str] | None = None) -> Facebook:
    body = said if isinstance(said, str) else json.dumps(said)
    client = open_client(
        httpx.MockTransport(lambda request: httpx.Response(status, headers=headers, content=body))
    )
    network = SecretNetworks(OneSecret("page", SECRET), client).open("facebook", "secret:page")
    assert isinstance(network, Facebook)
    return network


def error(code: int, subcode: int | None = None, said: str = "as Facebook says") -> dict[str, Any]:
    told: dict[str, Any] = {"message": said, "type": "OAuthException", "code": code, "fbtrace_id": "AbC"}
    return {"error": told | ({"error_subcode": subcode} if subcode else {})}


def committed(network: Facebook, content: Content = TEXT, refs: tuple[str, ...] = ()) -> Outcome:
    return network.commit(a_piece(content, refs=refs), open_fence())


def published(network: Facebook, content: Content = TEXT) -> Published:
    made = network.prepare(a_piece(content), Reel() if content.has_film else MediaInMemory())
    assert isinstance(made, Prepared), made
    outcome = committed(network, content, made.refs)
    assert isinstance(outcome, Published), outcome
    return outcome


def made(server: Server) -> list[dict[str, Any]]:
    return [one["facts"] for one in server.events() if one["effect"] == "post"]


# ---------------------------------------------------------------- what is said
def test_a_link_alone_is_attached_and_beside_pictures_it_is_written_out(
    server: Server, network: Facebook
) -> None:
    published(network, BUCHE)
    published(network, PICTURES)

    assert made(server) == [
        {"text": "La bûche praliné est de retour.", "link": "https://martin.example/buche"},
        {"text": "La bûche est de retour.\n\nhttps://martin.example/buche", "link": None},
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (FILM.model_copy(update={"media": (MOVIE, FOUR)}), "a film alone"),
        (TEXT.model_copy(update={"media": (FOUR,) * 11}), "at most 10 pictures"),
        (TEXT.model_copy(update={"media": (FOUR.model_copy(update={"kind": "image/webp"}),)}), "image/webp"),
        (TEXT.model_copy(update={"format": "short"}), "no format short: use reel or story"),
        (TEXT.model_copy(update={"format": "reel"}), "one file"),
        (PICTURES.model_copy(update={"format": "story"}), "one file"),
        (REEL.model_copy(update={"media": (FOUR,)}), "reel is a film"),
    ],
)
def test_what_facebook_has_not_is_refused_with_what_to_do(
    network: Facebook, content: Content, words: str
) -> None:
    outcome = network.prepare(a_piece(content), MediaInMemory())

    assert isinstance(outcome, Refused)
    assert words in outcome.reason


def test_pictures_that_were_not_used_within_a_day_are_sent_anew(network: Facebook) -> None:
    prepared = network.prepare(a_piece(PICTURES), MediaInMemory())

    assert isinstance(prepared, Prepared)
    assert prepared.good_until is not None
    assert now() + timedelta(hours=19) < prepared.good_until < now() + timedelta(hours=24)


# ---------------------------------------------------------------- films
def test_a_film_is_sent_in_the_parts_that_are_asked_for_and_stays_unseen() -> None:
    with running("facebook", part=40) as server:
        film = Reel()
        prepared = opened(server).prepare(a_piece(FILM), film)

        assert isinstance(prepared, Prepared)
        assert film.asked == [(0, 40), (40, 40), (80, 20)]
        assert made(server) == []


def test_no_part_is_larger_than_what_a_function_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facebook_films, "_PART", 30)
    with running("facebook") as server:
        film = Reel()
        opened(server).prepare(a_piece(FILM), film)

    assert film.asked == [(0, 30), (30, 30), (60, 30), (90, 10)]


def test_an_upload_that_breaks_goes_on_where_it_did() -> None:
    with running("facebook", part=40) as server:
        network, film = opened(server), Reel()
        server.fault("error_before", method="POST", path="*/videos", contains='"start_offset"\r\n\r\n40')
        broken = network.prepare(a_piece(FILM), film)
        assert isinstance(broken, Preparing)

        prepared = network.prepare(a_piece(FILM, refs=broken.refs), film)

        assert isinstance(prepared, Prepared)
        assert film.asked == [(0, 40), (40, 40), (40, 40), (80, 20)]
        assert isinstance(committed(network, FILM, prepared.refs), Published)


def test_a_film_that_is_sent_and_not_yet_finished_is_not_sent_again(
    network: Facebook, server: Server
) -> None:
    film = Reel()
    server.fault("error_before", method="POST", path="*/videos", contains="upload_phase=finish")
    broken = network.prepare(a_piece(FILM), film)
    assert isinstance(broken, Preparing)

    assert isinstance(network.prepare(a_piece(FILM, refs=broken.refs), film), Prepared)
    assert film.asked == [(0, 100)]


def test_a_film_whose_finish_was_done_and_not_answered_is_ready(network: Facebook, server: Server) -> None:
    server.fault("error_after", method="POST", path="*/videos", contains="upload_phase=finish")

    assert isinstance(network.prepare(a_piece(FILM), Reel()), Prepared)


def test_parts_of_an_upload_that_facebook_gave_up_are_sent_anew(network: Facebook) -> None:
    film = Reel()

    prepared = network.prepare(a_piece(FILM, refs=("parts 1290 122000000000999 40 80",)), film)

    assert isinstance(prepared, Prepared)
    assert film.asked == [(0, 100)]


def test_what_of_a_film_takes_too_long_is_sent_in_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facebook_films, "_AT_A_TIME", -1.0)
    with running("facebook", part=60) as server:
        network = opened(server)
        begun = network.prepare(a_piece(FILM), Reel())

        assert isinstance(begun, Preparing)
        assert begun.refs[0].startswith("parts ")
        assert begun.refs[0].endswith(" 0 60")


def test_a_film_in_work_is_waited_for_and_not_sent_again() -> None:
    with running("facebook", looks=1) as server:
        network, film = opened(server), Reel()
        begun = network.prepare(a_piece(FILM), film)
        assert isinstance(begun, Preparing)

        ready = network.prepare(a_piece(FILM, refs=begun.refs), film)

    assert isinstance(ready, Prepared)
    assert ready.refs == begun.refs
    assert film.asked == [(0, 100)]


@pytest.mark.parametrize("content", [FILM, REEL])
def test_a_film_of_a_codec_that_facebook_has_not_is_refused(content: Content) -> None:
    with running("facebook", broken=True) as server:
        network = opened(server)
        outcome = network.prepare(a_piece(content), Reel())
        if isinstance(outcome, Prepared):  # a reel is looked at only while it is being sent
            outcome = network.prepare(a_piece(content, refs=outcome.refs), Reel())

    assert isinstance(outcome, Refused)
    assert "export it as MP4 (H.264 and AAC)" in outcome.reason


@pytest.mark.parametrize("content", [REEL, STORY])
def test_a_stream_that_breaks_goes_on_from_what_has_arrived(content: Content) -> None:
    with running("facebook", breaks_at=70) as server:
        network, film = opened(server), Reel()
        broken = network.prepare(a_piece(content), film)
        assert isinstance(broken, Preparing)
        film.asked.clear()

        prepared = network.prepare(a_piece(content, refs=broken.refs), film)

        assert isinstance(prepared, Prepared)
        assert film.asked[0] == (70, 30)
        assert isinstance(committed(network, content, prepared.refs), Published)
        assert len(made(server)) == 1


def test_an_upload_that_facebook_no_longer_knows_begins_anew(network: Facebook) -> None:
    prepared = network.prepare(a_piece(REEL, refs=("122000000000999",)), Reel())

    assert isinstance(prepared, Prepared)
    assert prepared.refs != ("122000000000999",)


def test_a_film_that_is_made_public_twice_is_one_post(server: Server, network: Facebook) -> None:
    prepared = network.prepare(a_piece(FILM), Reel())
    assert isinstance(prepared, Prepared)

    outcomes = [committed(network, FILM, prepared.refs) for _ in range(2)]

    assert outcomes[0] == outcomes[1]
    assert isinstance(outcomes[0], Published)
    assert outcomes[0].remote_id.startswith(f"{PAGE}_")
    assert outcomes[0].url == f"https://www.facebook.com/{PAGE}/videos/{prepared.refs[0]}/"
    assert len(made(server)) == 1


# ---------------------------------------------------------------- what became of it
def test_the_same_words_twice_are_looked_into(server: Server, network: Facebook) -> None:
    first = published(network)
    again = committed(network)
    server.fault("refuse", method="GET", path="*/published_posts", status=200, body='{"data": []}')
    of_somebody = committed(network)
    server.fault("error_before", method="GET", path="*/published_posts")
    unseen = committed(network)

    assert isinstance(again, Published)
    assert (again.remote_id, again.proof) == (first.remote_id, "own feed")
    assert isinstance(of_somebody, Refused)
    assert "very words" in of_somebody.reason
    assert isinstance(unseen, Unknown)
    assert len(made(server)) == 1


def test_the_same_words_of_an_attempt_an_hour_late_are_still_ours(network: Facebook) -> None:
    published(network)
    late = a_piece(TEXT, due_at=now() - timedelta(hours=1))

    again = network.commit(late, open_fence())

    assert isinstance(again, Published)
    assert again.proof == "own feed"


def test_words_without_their_pictures_are_not_published(network: Facebook, server: Server) -> None:
    assert isinstance(committed(network, PICTURES, ("121000000000001",)), NotSent)
    assert made(server) == []


def test_of_two_posts_with_the_same_words_the_older_is_nearer_to_the_attempt(network: Facebook) -> None:
    first, _, _ = published(network), published(network, BUCHE), published(network)

    found = network.find(a_piece(TEXT), now() - timedelta(seconds=30))

    assert isinstance(found, Published)
    assert found.remote_id == first.remote_id


def test_a_comment_below_a_story_or_with_a_file_is_refused(network: Facebook) -> None:
    below_story = network.prepare(a_piece(TEXT, reply_to="story/125000000000001"), MediaInMemory())
    with_a_file = network.prepare(a_piece(PICTURES, reply_to=f"{PAGE}_123000000000001"), MediaInMemory())

    assert isinstance(below_story, Refused)
    assert "stories have no comments" in below_story.reason
    assert isinstance(with_a_file, Refused)


def test_the_same_words_of_yesterday_are_another_post(network: Facebook) -> None:
    published(network)

    assert isinstance(network.find(a_piece(TEXT), now()), Published)
    assert network.find(a_piece(TEXT), now() + timedelta(days=1)) == NotFound()


@pytest.mark.parametrize("content", [FILM, REEL, STORY, STORY.model_copy(update={"media": (FOUR,)})])
def test_what_lies_there_unseen_is_not_found_until_it_is_public(network: Facebook, content: Content) -> None:
    prepared = network.prepare(a_piece(content), Reel())
    assert isinstance(prepared, Prepared)
    piece = a_piece(content, refs=prepared.refs)
    before = network.find(piece, now())
    told = network.commit(piece, open_fence())

    found = network.find(piece, now())

    assert before == NotFound()
    assert isinstance(told, Published)
    assert isinstance(found, Published)
    assert (found.remote_id, found.url) == (told.remote_id, told.url)


@pytest.mark.parametrize(
    ("phase", "expected"), [("in_progress", NotSent), ("complete", Published), ("not_started", NotFound)]
)
def test_a_reel_is_out_when_its_publishing_says_so(phase: str, expected: type[object]) -> None:
    said = {"id": "1220", "published": False, "status": {"publishing_phase": {"status": phase}}}

    assert isinstance(answering(200, said).find(a_piece(REEL, refs=("1220",)), now()), expected)


def test_a_token_goes_to_metas_own_hosts_whatever_address_an_answer_names() -> None:
    hosts: list[str] = []

    def heard(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(200, json={"video_id": "1220", "upload_url": "https://evil.example/1220"})

    client = open_client(httpx.MockTransport(heard))
    network = SecretNetworks(OneSecret("page", SECRET), client).open("facebook", "secret:page")
    network.prepare(a_piece(REEL), Reel())

    assert hosts == ["graph.facebook.com", "rupload.facebook.com"]


@pytest.mark.parametrize("content", [FILM, REEL, STORY])
def test_a_success_that_is_none_proves_nothing(content: Content) -> None:
    assert isinstance(committed(answering(200, {"success": False}), content, ("1220",)), Unknown)


# ---------------------------------------------------------------- below a post
def test_an_answer_whose_answer_was_lost_is_found_below_its_post(network: Facebook) -> None:
    post = published(network)
    answer = a_piece(BUCHE, "answer", reply_to=post.remote_id)
    before = network.find(answer, now())
    told = network.commit(answer, open_fence())

    found = network.find(answer, now())

    assert before == NotFound()
    assert isinstance(told, Published)
    assert isinstance(found, Published)
    assert (found.remote_id, found.url) == (told.remote_id, told.url)


def test_the_same_words_of_somebody_else_are_not_ours(server: Server, network: Facebook) -> None:
    post = published(network)
    server.comment(post.remote_id, BUCHE.body)

    assert network.find(a_piece(BUCHE, "answer", reply_to=post.remote_id), now()) == NotFound()


def test_comments_are_read_page_by_page_and_counted(server: Server, network: Facebook) -> None:
    post = published(network)
    for number in range(51):
        server.comment(post.remote_id, f"Bravo {number}")

    first = network.comments(post.remote_id)
    assert isinstance(first, Comments)
    second = network.comments(post.remote_id, first.more)

    assert isinstance(second, Comments)
    assert (len(first.found), len(second.found), second.more) == (50, 1, None)
    assert first.found[0].author == "Jeanne"
    assert network.figures(post.remote_id) == PostFigures(likes=0, replies=51, shares=0, views=0)


def test_who_may_not_read_people_still_counts_their_likes() -> None:
    with running("facebook", reads_users=False) as server:
        network = opened(server)

        assert network.figures(published(network).remote_id) == PostFigures(likes=0, views=0)


def test_views_that_facebook_does_not_give_take_no_other_figure_away() -> None:
    counts = {"reactions": {"summary": {"total_count": 12}}, "comments": {"summary": {"total_count": 3}}}
    views = {"data": [{"name": "post_media_view", "values": [{"value": 900}]}]}
    seen = PostFigures(likes=12, replies=3, shares=0, views=900)
    unseen = seen.model_copy(update={"views": None})

    assert counting(counts, httpx.Response(200, json=views)).figures(f"{PAGE}_1") == seen
    assert counting(counts, httpx.Response(400, json=error(100))).figures(f"{PAGE}_1") == unseen
    assert counting(counts, httpx.Response(200, json={"data": []})).figures(f"{PAGE}_1") == unseen


def test_a_comment_is_not_asked_for_the_views_of_a_post() -> None:
    views = {"data": [{"name": "post_media_view", "values": [{"value": 900}]}]}

    assert counting({}, httpx.Response(200, json=views)).figures("1230_1240") == PostFigures(shares=0)


def counting(counts: Mapping[str, Any], insights: httpx.Response) -> Facebook:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/insights"):
            return insights
        return httpx.Response(200, json=counts)

    client = open_client(httpx.MockTransport(answer))
    network = SecretNetworks(OneSecret("page", SECRET), client).open("facebook", "secret:page")
    assert isinstance(network, Facebook)
    return network


def test_a_story_has_no_figures_and_goes_by_itself(network: Facebook) -> None:
    story = published(network, STORY)

    assert story.remote_id.startswith("story/")
    assert network.figures(story.remote_id) == PostFigures()
    assert isinstance(network.delete(story.remote_id), Refused)


# ---------------------------------------------------------------- errors, each as Facebook writes it
@pytest.mark.parametrize(
    ("code", "subcode", "words"),
    [
        (3, None, "see its permissions"),
        (10, None, "allow all that is asked"),
        (100, None, "change it"),
        (100, 33, "somebody deleted it"),
        (200, None, "allow all that is asked"),
        (299, None, "allow all that is asked"),
        (368, None, "has blocked"),
        (1609005, None, "check the address"),
        (324, 1366046, "at most 4 MB"),
        (368, 1346003, "for abusive"),
        (200, 1404078, "authorise publishing"),
        (100, 1609008, "no link to facebook.com"),
    ],
)
def test_a_refusal_is_told_in_words_to_act_on(code: int, subcode: int | None, words: str) -> None:
    outcome = committed(answering(400, error(code, subcode)))

    assert isinstance(outcome, Refused)
    assert words in outcome.reason


def test_a_page_whose_access_ended_asks_for_a_person_and_names_why() -> None:
    outcome = committed(answering(400, error(190, 460, "canary-token: the user changed their password")))

    assert outcome == Refused(reason="Facebook asks you to reconnect the page: the password was changed")


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001])
def test_throttling_is_waited_for_as_long_as_the_headers_say(code: int) -> None:
    usage = f'{{"{PAGE}": [{{"call_count": 100, "estimated_time_to_regain_access": 7}}]}}'
    outcome = committed(answering(400, error(code), {"X-Business-Use-Case-Usage": usage}))
    too_fast = committed(answering(400, error(368, 1390008)))

    assert isinstance(outcome, NotSent)
    assert (outcome.retry_after, outcome.left[0].remaining) == (timedelta(minutes=7), 0)
    assert isinstance(too_fast, NotSent)
    assert "too fast" in too_fast.reason


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("code", [1, 2, 6000, 2500])
def test_what_is_not_on_the_list_proves_nothing(status: int, code: int) -> None:
    assert isinstance(committed(answering(status, error(code))), Unknown)


def test_a_version_that_meta_does_not_know_is_told_by_its_key(server: Server) -> None:
    outcome = committed(opened(server, version="v99.0"))

    assert isinstance(outcome, Refused)
    assert "change `version` in the account's secret" in outcome.reason


def test_calls_prove_that_they_come_from_the_app() -> None:
    with running("facebook", app_secret="5a2b") as server:
        right, without = opened(server), opened(server, app_secret="")

        assert isinstance(committed(without), Refused)
        assert isinstance(committed(right), Published)


# ---------------------------------------------------------------- the secret, and addresses
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("page_id", "boulangerie.martin"),
        ("version", "25"),
        ("access_token", "a b"),
        ("app_secret", "é"),
        ("base_url", "http://graph.example"),
    ],
)
def test_a_secret_that_cannot_serve_is_told_by_its_key(key: str, value: str) -> None:
    with pytest.raises(NoSuchSecret, match=f"secret:page: '{key}'"):
        SecretNetworks(OneSecret("page", SECRET | {key: value})).open("facebook", "secret:page")


@pytest.mark.parametrize(
    ("path", "remote_id"),
    [
        ("61550000000001/posts/122100000000001", "61550000000001_122100000000001"),
        ("permalink.php?story_fbid=122100000000001&id=61550000000001", "61550000000001_122100000000001"),
        ("reel/122000000000001/", "122000000000001"),
        ("boulangerie.martin/videos/122000000000001/", "122000000000001"),
        ("boulangerie.martin/posts/pfbid02abc", None),
        ("boulangerie.martin/posts/122100000000001", None),
        ("permalink.php?story_fbid=pfbid02abc&id=61550000000001", None),
        ("permalink.php?id=61550000000001", None),
        ("", None),
    ],
)
def test_an_address_of_numbers_tells_the_post(path: str, remote_id: str | None) -> None:
    assert remote_id_in("facebook", f"https://www.facebook.com/{path}") == remote_id
