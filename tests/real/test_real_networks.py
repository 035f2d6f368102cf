"""The suite that every connector passes, before real servers on this machine."""

import json
from typing import cast

import httpx
import pytest

from parution.publishing.ports import Done, Hiding, PostFigures, Published
from tests.builders import open_fence
from tests.contracts.certification.described import CHECKS, READS
from tests.contracts.certification.stages import PIXEL, Stage
from tests.contracts.certification.test_behaviour import *  # noqa: F403 (all of its tests, with our stage)
from tests.contracts.certification.test_descriptions import all_that_is_said
from tests.real.conftest import Site


def test_wordpress_shows_anybody_the_text_the_picture_and_the_comment(wordpress_site: Site) -> None:
    stage = Stage(wordpress_site.row, wordpress_site.secret, wordpress_site.public)
    piece = stage.prepared("picture")
    post = stage.network.commit(piece, open_fence())
    assert isinstance(post, Published)
    comment = stage.network.commit(stage.prepared("text", "below", post.remote_id), open_fence())
    assert isinstance(comment, Published)

    api = f"{wordpress_site.secret['base_url']}/wp-json/wp/v2"
    shown = httpx.get(f"{api}/posts/{post.remote_id}").json()
    picture = httpx.get(f"{api}/media/{shown['featured_media']}").json()

    assert shown["title"]["rendered"] == piece.content.text
    assert picture["alt_text"] == "Le four 1"
    assert httpx.get(picture["source_url"]).content.startswith(PIXEL)
    assert stage.network.figures(post.remote_id) == PostFigures(replies=1)


def test_bluesky_gives_anybody_the_record_with_its_picture(bluesky_site: Site) -> None:
    stage = Stage(bluesky_site.row, bluesky_site.secret, bluesky_site.public)
    piece = stage.prepared("picture")
    post = stage.network.commit(piece, open_fence())
    assert isinstance(post, Published)

    uri = post.remote_id.split("#")[0]
    repo, collection, rkey = uri.removeprefix("at://").split("/")
    api = f"{bluesky_site.secret['base_url']}/xrpc"
    asked = {"repo": repo, "collection": collection, "rkey": rkey}
    record = httpx.get(f"{api}/com.atproto.repo.getRecord", params=asked).json()["value"]
    (picture,) = record["embed"]["images"]
    blob = httpx.get(
        f"{api}/com.atproto.sync.getBlob", params={"did": repo, "cid": picture["image"]["ref"]["$link"]}
    )

    assert record["text"] == piece.content.text
    assert (picture["alt"], picture["aspectRatio"]) == ("Le four 1", {"width": 1, "height": 1})
    assert blob.content.startswith(PIXEL)


def test_a_pds_takes_the_gate_that_hides_answers_and_keeps_each_of_them(bluesky_site: Site) -> None:
    stage = Stage(bluesky_site.row, bluesky_site.secret, bluesky_site.public)
    post = stage.network.commit(stage.prepared(), open_fence())
    assert isinstance(post, Published)
    uri = post.remote_id.split("#")[0]
    answers = [f"at://did:plc:{'a' * 24}/app.bsky.feed.post/3mbqxyzabcd{last}e" for last in "23"]
    network = cast("Hiding", stage.network)

    done = [network.hide(f"{one}#cid#{post.remote_id}") for one in (*answers, answers[0])]

    repo, _, rkey = uri.removeprefix("at://").split("/")
    asked = {"repo": repo, "collection": "app.bsky.feed.threadgate", "rkey": rkey}
    api = f"{bluesky_site.secret['base_url']}/xrpc"
    gate = httpx.get(f"{api}/com.atproto.repo.getRecord", params=asked).json()["value"]
    assert done == [Done(), Done(), Done()]
    assert (gate["post"], gate["hiddenReplies"]) == (uri, answers)


def test_each_request_and_each_real_answer_is_as_the_network_describes_it(site: Site) -> None:
    if not READS[site.row.network].exists():
        pytest.skip(f"the description of {site.row.network} is not part of the project: see docs/networks.md")
    stage = Stage(site.row, site.secret, site.public)

    all_that_is_said(stage)

    wrong = [each for said in stage.wire.said for each in CHECKS[site.row.network](*said)]
    assert len(stage.wire.said) > 3 * len(site.row.kinds)
    assert wrong == []


def test_the_routes_that_are_kept_are_the_routes_of_this_wordpress(wordpress_site: Site) -> None:
    told = httpx.get(f"{wordpress_site.secret['base_url']}/wp-json/wp/v2/").json()["routes"]
    kept = json.loads(READS["wordpress"].read_text())["routes"]

    for path, methods in kept.items():
        endpoints = told[path.replace("{id}", r"(?P<id>[\d]+)")]["endpoints"]
        for method, arguments in methods.items():
            (live,) = [one["args"] for one in endpoints if method in one["methods"]]
            assert {name: one.get("type") for name, one in arguments.items()} == {
                name: one.get("type") for name, one in live.items()
            }
