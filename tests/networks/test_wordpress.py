"""WordPress: what is written, what is found again, and what each of its errors comes to."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from parution.errors import NoSuchSecret
from parution.networks import SecretNetworks, remote_id_in, wordpress
from parution.networks.wordpress import WordPress, slug_of
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import (
    Comments,
    Done,
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
from tests.networks.accounts import BUCHE, VITRINE, MediaInMemory, OneSecret, OnlyInRanges, now

ARTICLE = Content(
    text="La bûche & <b>Cie</b>\n\nElle revient <i>vite</i>.\nVoir https://martin.example/b?a=1&b=2.\n\nFin.",
    language="fr-FR",
    link="https://martin.example/buche",
)
SECRET = {"base_url": "https://blog.example", "user": "martin", "application_password": "abcd EFGH 1234"}


@pytest.fixture
def server() -> Iterator[Server]:
    with running("wordpress") as server:
        yield server


@pytest.fixture
def network(server: Server) -> WordPress:
    return opened(server)


def opened(server: Server, **changes: str) -> WordPress:
    (secret,) = server.secrets().values()
    network = SecretNetworks(OneSecret("blog", secret | changes)).open("wordpress", "secret:blog")
    assert isinstance(network, WordPress)
    return network


def answering(status: int, body: str, headers: dict[str, str] | None = None) -> WordPress:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, headers=headers, content=body))
    return WordPress(open_client(transport), "https://blog.example", "martin", SecretStr("canary-password"))


def refusal(code: str, status: int, message: str = "as the site says") -> str:
    return json.dumps({"code": code, "message": message, "data": {"status": status}})


def prepared(network: WordPress, content: Content, key: str = "key-1", **facts: Any) -> Piece:
    made = network.prepare(a_piece(content, key, **facts), MediaInMemory())
    assert isinstance(made, Prepared)
    return a_piece(content, key, refs=made.refs, **facts)


def read(server: Server, kind: str, **asked: str) -> list[dict[str, Any]]:
    (secret,) = server.secrets().values()
    with open_client() as client:
        told = client.get(
            f"{server.url}/wp-json/wp/v2/{kind}",
            params=asked,
            auth=(secret["user"], secret["application_password"]),
        )
    found: list[dict[str, Any]] = told.raise_for_status().json()
    return found


# ---------------------------------------------------------------- what is written
def test_the_first_line_is_the_title_and_the_rest_is_written_in_blocks(
    server: Server, network: WordPress
) -> None:
    network.commit(prepared(network, ARTICLE), open_fence())

    (post,) = read(server, "posts")
    assert post["title"]["raw"] == "La bûche &amp; &lt;b&gt;Cie&lt;/b&gt;"
    paragraphs = re.findall(r"<!-- wp:paragraph -->\n(.+)\n<!-- /wp:paragraph -->", post["content"]["raw"])
    address = "https://martin.example/b?a=1&amp;b=2"
    assert paragraphs == [
        f'<p>Elle revient &lt;i&gt;vite&lt;/i&gt;.<br>Voir <a href="{address}">{address}</a>.</p>',
        "<p>Fin.</p>",
        '<p><a href="https://martin.example/buche">https://martin.example/buche</a></p>',
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("La bûche est de retour.", "La bûche est de retour."),
        ("mot " * 40, "mot " * 24 + "mot…"),
        ("x" * 120, "x" * 100 + "…"),
    ],
)
def test_a_text_of_one_line_begins_its_own_title(
    server: Server, network: WordPress, text: str, title: str
) -> None:
    prepared(network, Content(text=text, language="fr-FR"))

    (post,) = read(server, "posts", status="any")
    assert post["title"]["raw"] == title
    assert text.strip() in post["content"]["raw"]


def test_the_first_picture_stands_above_and_the_others_in_the_text(
    server: Server, network: WordPress
) -> None:
    class Each(MediaInMemory):
        def read(self, ref: MediaRef) -> bytes:
            return ref.key.encode()

    two = tuple(
        MediaRef(key=f"media/Four {name}.PNG", etag="a", kind="image/png", alt=f'Le "{name}"')
        for name in ("un", "deux")
    )
    made = network.prepare(a_piece(VITRINE.model_copy(update={"media": two})), Each())

    assert isinstance(made, Prepared)
    (post,), files = read(server, "posts", status="any"), read(server, "media")
    assert [one["alt_text"] for one in files] == ['Le "un"', 'Le "deux"']
    assert post["featured_media"] == files[0]["id"]
    assert f'src="{files[1]["source_url"]}" alt="Le &quot;deux&quot;"' in post["content"]["raw"]
    assert files[0]["source_url"] not in post["content"]["raw"]


def test_posts_are_filed_under_the_categories_of_the_secret(server: Server) -> None:
    prepared(opened(server, categories="3, 7"), BUCHE)

    (post,) = read(server, "posts", status="any")
    assert post["categories"] == [3, 7]


def test_a_slug_is_readable_and_no_other_deliverys() -> None:
    slugs = {slug_of(a_piece(BUCHE, f"key-{number}")) for number in range(100)}

    assert slug_of(a_piece(BUCHE)) == "la-buche-praline-est-de-retour-be297454"
    assert len(slugs) == 100
    assert slug_of(a_piece(Content(text="日本", language="ja"))) == "be297454"


# ---------------------------------------------------------------- once
def test_a_draft_is_made_once_and_published_once(server: Server, network: WordPress) -> None:
    first, second = prepared(network, VITRINE), prepared(network, VITRINE)

    one, other = network.commit(first, open_fence()), network.commit(second, open_fence())

    assert first.refs == second.refs
    assert isinstance(one, Published)
    assert other == one
    assert len(read(server, "posts")) == 1
    assert len(read(server, "media")) == 1
    assert prepared(network, VITRINE).refs == first.refs


def test_of_two_drafts_the_one_that_is_public_counts(server: Server, network: WordPress) -> None:
    piece = prepared(network, BUCHE)
    (secret,) = server.secrets().values()
    with open_client() as client:
        client.post(
            f"{server.url}/wp-json/wp/v2/posts",
            json={"status": "publish", "slug": slug_of(piece)},
            auth=(secret["user"], secret["application_password"]),
        ).raise_for_status()

    (public,) = read(server, "posts")
    assert prepared(network, BUCHE).refs == (str(public["id"]),)


def test_a_draft_that_was_not_made_is_not_published(network: WordPress) -> None:
    assert isinstance(network.commit(a_piece(BUCHE), open_fence()), NotSent)


def test_a_site_that_keeps_it_for_review_did_not_publish_it() -> None:
    body = json.dumps({"id": 7, "link": "https://blog.example/?p=7", "status": "pending"})

    outcome = answering(200, body).commit(a_piece(BUCHE, refs=("7",)), open_fence())

    assert outcome == Refused(reason="WordPress keeps it as 'pending': somebody must publish it there")


# ---------------------------------------------------------------- comments
def test_a_comment_is_held_until_its_instant(server: Server, network: WordPress) -> None:
    post = network.commit(prepared(network, BUCHE), open_fence())
    assert isinstance(post, Published)

    comment = prepared(network, VITRINE.model_copy(update={"media": ()}), "key-2", reply_to=post.remote_id)
    before = (read(server, "comments"), network.find(comment, now()))
    shown = network.commit(comment, open_fence())

    assert before == ([], NotFound())
    assert isinstance(shown, Published)
    assert shown.remote_id == f"{post.remote_id}/comment-{read(server, 'comments')[0]['id']}"
    assert network.commit(comment, open_fence()) == shown
    assert network.figures(post.remote_id) == PostFigures(replies=1)


def test_what_others_write_is_read_page_by_page_and_our_own_is_left_out(
    server: Server, network: WordPress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wordpress, "_PAGE", 2)
    post = network.commit(prepared(network, BUCHE), open_fence())
    assert isinstance(post, Published)
    network.commit(prepared(network, BUCHE, "key-2", reply_to=post.remote_id), open_fence())
    written = [server.comment(post.remote_id, text) for text in ("Un & un", "<Deux>", "Trois")]
    network.hide(written[1])

    first = network.comments(post.remote_id)
    assert isinstance(first, Comments)
    second = network.comments(post.remote_id, first.more)

    assert isinstance(second, Comments)
    assert [(one.text, one.author, one.hidden) for one in first.found + second.found] == [
        ("Un & un", "Jeanne", False),
        ("<Deux>", "Jeanne", True),
        ("Trois", "Jeanne", False),
    ]
    assert (first.more, second.more) == ("2", None)


def test_what_stands_below_a_comment_is_read_and_deleted_by_its_own_id(
    server: Server, network: WordPress
) -> None:
    post = network.commit(prepared(network, BUCHE), open_fence())
    assert isinstance(post, Published)
    comment = server.comment(post.remote_id, "Encore !")
    below = server.comment(comment, "Oui !", "Léa")

    read_below = network.comments(comment)

    assert isinstance(read_below, Comments)
    assert [(one.remote_id, one.author) for one in read_below.found] == [(below, "Léa")]
    assert [network.delete(below), network.delete(below)] == [Done(), NotFound()]
    assert network.hide(below) == NotFound()


def test_a_post_cannot_be_hidden(network: WordPress) -> None:
    assert isinstance(network.hide("7"), Refused)


def test_who_may_not_delete_is_told_so() -> None:
    outcome = answering(403, refusal("rest_cannot_delete", 403)).delete("7")

    assert isinstance(outcome, Refused)
    assert "the role Editor" in outcome.reason


def test_a_film_is_read_in_ranges(server: Server, network: WordPress) -> None:
    film = MediaRef(key="media/four.mp4", etag="a", kind="video/mp4", alt="")

    made = network.prepare(a_piece(BUCHE.model_copy(update={"media": (film,)})), OnlyInRanges())

    assert isinstance(made, Prepared)
    (file,) = read(server, "media")
    with open_client() as client:
        assert len(client.get(file["source_url"]).content) == 9_000_000


def test_a_comment_that_is_public_already_is_not_written_again(server: Server, network: WordPress) -> None:
    post = network.commit(prepared(network, BUCHE), open_fence())
    assert isinstance(post, Published)
    comment = prepared(network, BUCHE, "key-2", reply_to=post.remote_id)
    network.commit(comment, open_fence())

    again = prepared(network, BUCHE, "key-2", reply_to=post.remote_id)

    assert again.refs == comment.refs
    assert len(read(server, "comments")) == 1


def test_a_comment_below_a_comment_names_both(server: Server, network: WordPress) -> None:
    post = network.commit(prepared(network, BUCHE), open_fence())
    assert isinstance(post, Published)
    first = network.commit(prepared(network, BUCHE, "key-2", reply_to=post.remote_id), open_fence())
    assert isinstance(first, Published)
    text = Content(text="Et la vitrine.", language="fr-FR")
    network.commit(prepared(network, text, "key-3", reply_to=first.remote_id), open_fence())

    parents = [one["parent"] for one in read(server, "comments")]

    assert parents == [0, int(first.remote_id.rsplit("-", 1)[1])]
    assert network.figures(first.remote_id) == PostFigures(replies=1)


def test_the_figures_of_what_is_gone_are_not_found(network: WordPress) -> None:
    assert network.figures("999") == NotFound()
    assert network.figures("1/comment-999") == NotFound()


# ---------------------------------------------------------------- errors, each as WordPress writes it
@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("application_passwords_disabled", 401, "application password"),
        ("incorrect_password", 401, "application password"),
        ("invalid_email", 401, "application password"),
        ("invalid_username", 401, "application password"),
        ("rest_cannot_create", 401, "application password"),
        ("rest_cannot_delete", 403, "the role Editor"),
        ("rest_cannot_create", 403, "the role Editor"),
        ("rest_cannot_edit", 403, "the role Editor"),
        ("rest_cannot_publish", 403, "the role Editor"),
        ("rest_comment_author_data_required", 400, "no e-mail address"),
        ("rest_comment_closed", 403, "Comments are closed"),
        ("rest_comment_content_invalid", 400, "change it"),
        ("rest_comment_invalid_id", 404, "deleted the comment"),
        ("rest_comment_invalid_post_id", 403, "does not find the post"),
        ("rest_forbidden", 403, "the role Editor"),
        ("rest_forbidden_context", 403, "the role Editor"),
        ("rest_forbidden_status", 403, "the role Editor"),
        ("rest_invalid_param", 400, "change it"),
        ("rest_no_route", 404, "does not offer its API"),
        ("rest_not_logged_in", 401, "application password"),
        ("rest_post_invalid_id", 404, "deleted the draft"),
        ("rest_upload_file_too_big", 400, "no file as large"),
        ("rest_upload_limited_space", 400, "no room"),
        ("rest_upload_user_quota_exceeded", 400, "no room"),
    ],
)
def test_a_refusal_is_told_in_words_to_act_on(code: str, status: int, words: str) -> None:
    outcome = answering(status, refusal(code, status)).commit(a_piece(BUCHE, refs=("7",)), open_fence())

    assert isinstance(outcome, Refused)
    assert words in outcome.reason
    assert outcome.reason.endswith("(as the site says)")


@pytest.mark.parametrize("status", [200, 400, 403, 404, 500, 503])
@pytest.mark.parametrize(
    "body",
    [
        "<html>a firewall's page</html>",
        '{"id": 7, "lin',
        '{"code": "renamed"}',
        '{"code": "rest_cannot_edit", "data": 3}',
    ],
)
def test_what_is_not_on_the_list_proves_nothing(status: int, body: str) -> None:
    outcome = answering(status, body).commit(a_piece(BUCHE, refs=("7",)), open_fence())

    assert isinstance(outcome, Unknown)


def test_a_code_on_the_list_with_a_servers_own_failure_proves_nothing() -> None:
    network = answering(500, refusal("rest_cannot_edit", 500))

    assert isinstance(network.commit(a_piece(BUCHE, refs=("7",)), open_fence()), Unknown)


@pytest.mark.parametrize("code", ["rest_upload_unknown_error", "rest_upload_sideload_error"])
def test_a_file_that_the_site_does_not_take_is_refused_although_it_says_500(
    server: Server, code: str
) -> None:
    message = "Sorry, you are not allowed to upload this file type."
    server.fault("refuse", method="POST", path="*/media", status=500, body=refusal(code, 500, message))

    outcome = opened(server).prepare(a_piece(VITRINE), MediaInMemory())

    assert outcome == Refused(reason=f"WordPress does not take this file: change it ({message})")


def test_a_file_too_large_for_the_web_server_is_refused(server: Server) -> None:
    server.fault("refuse", method="POST", path="*/media", status=413, body="<html>413</html>")

    outcome = opened(server).prepare(a_piece(VITRINE), MediaInMemory())

    assert outcome == Refused(reason="This WordPress site takes no file as large as this one")


@pytest.mark.parametrize("changes", [{"application_password": "wrongWRONG"}, {"user": "nobody"}])
def test_who_is_not_let_in_is_told_so_whatever_wordpress_answers(
    server: Server, network: WordPress, changes: dict[str, str]
) -> None:
    piece, stranger = prepared(network, VITRINE), opened(server, **changes)

    told = [
        stranger.prepare(a_piece(VITRINE), MediaInMemory()),
        stranger.prepare(a_piece(BUCHE), MediaInMemory()),
        stranger.commit(piece, open_fence()),
        stranger.find(piece, now()),
    ]

    assert [type(one) for one in told] == [Refused, Refused, Refused, NotSent]
    assert all("with this application password" in repr(one) for one in told)


def test_words_that_hold_the_password_are_not_quoted() -> None:
    network = answering(403, refusal("rest_cannot_edit", 403, "you sent canary-password"))

    outcome = network.commit(a_piece(BUCHE, refs=("7",)), open_fence())

    assert outcome == Refused(reason="WordPress does not let this user do that: give it the role Editor")


# ---------------------------------------------------------------- the secret
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("user", "mar:tin"),
        ("user", "martin\n"),
        ("application_password", "abc d\x00"),
        ("application_password", "é" * 24),
        ("categories", "noël"),
        ("categories", "1,,2"),
        ("base_url", "http://blog.example"),
    ],
)
def test_a_secret_that_cannot_serve_is_told_by_its_key(key: str, value: str) -> None:
    with pytest.raises(NoSuchSecret, match=f"secret:blog: '{key}'"):
        SecretNetworks(OneSecret("blog", SECRET | {key: value})).open("wordpress", "secret:blog")


@pytest.mark.parametrize(
    ("url", "remote_id"),
    [
        ("https://blog.example/?p=12", "12"),
        ("https://blog.example/la-buche-be297454/", None),
        ("https://blog.example/?p=x", None),
        ("https://blog.example/?p=١٢", None),
        ("https://blog.example/?p=1&p=2", None),
    ],
)
def test_a_plain_address_tells_the_post(url: str, remote_id: str | None) -> None:
    assert remote_id_in("wordpress", url) == remote_id
