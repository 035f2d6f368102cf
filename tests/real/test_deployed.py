"""The deployed functions publish on real servers: a plan goes in, and anybody can read what came of it."""

from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import Any, NamedTuple

import httpx
import pytest

from parution.cli import local
from parution.publishing.deliveries import Delivery, State
from tests.contracts.certification.stages import PIXEL
from tests.emulator.newsroom import PARIS, Newsroom, soon, until
from tests.real.conftest import Site
from tests.real.gate import Gate, gate

BRAND = "boulangerie-martin"
LINK = "https://martin.example/buche"
_WITHIN = 240.0  # seconds until all is published, the lost ones being looked for after 90


class Agency(NamedTuple):
    """A stack whose channels lead to the real servers, each through a gate."""

    newsroom: Newsroom
    gates: dict[str, Gate]
    sites: dict[str, Site]
    before: dict[str, int]  # posts that were public: a new WordPress greets the world


@pytest.fixture(scope="session")
def agency(wordpress_site: Site, bluesky_site: Site) -> Iterator[Agency]:
    with (
        local.run() as run,
        gate(wordpress_site.secret["base_url"]) as (to_wordpress, wordpress_url),
        gate(bluesky_site.secret["base_url"]) as (to_bluesky, bluesky_url),
    ):
        here = local.start(run.mark)
        local.build(run.mark)
        stack = local.deploy(here, KeepTokens="true")
        stack.secrets.store("blog", {**wordpress_site.secret, "base_url": wordpress_url})
        stack.secrets.store("bsky", {**bluesky_site.secret, "base_url": bluesky_url})
        yield Agency(
            Newsroom(here, stack),
            {"wordpress": to_wordpress, "bluesky": to_bluesky},
            {"wordpress": wordpress_site, "bluesky": bluesky_site},
            {"wordpress": len(wordpress_site.public()), "bluesky": len(bluesky_site.public())},
        )


def a_plan(*posts: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "brand": {
            "id": BRAND,
            "name": "Boulangerie Martin",
            "locale": "fr-FR",
            "timezone": "Europe/Paris",
            "currency": "EUR",
        },
        "channels": [
            {"id": "wordpress", "network": "wordpress", "account": "secret:blog"},
            {"id": "bluesky", "network": "bluesky", "account": "secret:bsky"},
        ],
        "posts": list(posts),
    }


def a_post(name: str, due_at: datetime, **facts: Any) -> dict[str, Any]:
    at = due_at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M:%S")
    return {"id": name, "at": at, "channels": ["wordpress", "bluesky"], **facts}


@pytest.fixture(scope="session")
def published(agency: Agency) -> list[Delivery]:
    """A text, a picture and a link on both servers; the answer to the first commit on each is lost."""
    newsroom, due_at = agency.newsroom, soon(45)
    newsroom.upload_media("four.jpg", PIXEL)
    for name, passing in agency.gates.items():
        passing.lose(agency.sites[name].row.is_commit)
    picture = {"src": "s3://media/four.jpg", "alt": "Le four"}
    result = newsroom.upload(
        BRAND,
        a_plan(
            a_post("texte", due_at, text="La bûche praliné est de retour 🎄"),
            a_post("image", due_at, text="Notre four.", media=[picture]),
            a_post("lien", due_at, text="À commander ici.", link={"url": LINK}),
        ),
    )
    assert result["status"] == "imported", result["problems"]

    def all_of_them() -> list[Delivery] | None:
        rows = list(newsroom.stack.posts.of_brand(BRAND))
        assert [row for row in rows if row.state in {State.FAILED, State.UNCONFIRMED}] == []
        return rows if all(row.state is State.PUBLISHED for row in rows) else None

    return until(all_of_them, within=_WITHIN)


def test_each_post_stands_once_on_each_server_though_an_answer_was_lost(
    agency: Agency, published: list[Delivery]
) -> None:
    assert len(published) == 6
    assert [len(passing.lost) for passing in agency.gates.values()] == [1, 1]
    made = [len(site.public()) - agency.before[name] for name, site in agency.sites.items()]
    assert made == [3, 3]
    assert len({row.remote_id for row in published}) == 6


def test_what_was_planned_is_what_anybody_can_read(agency: Agency, published: list[Delivery]) -> None:
    blog, pds = agency.sites["wordpress"].secret, agency.sites["bluesky"].secret
    asked = {"repo": pds["identifier"], "collection": "app.bsky.feed.post"}
    told = httpx.get(f"{pds['base_url']}/xrpc/com.atproto.repo.listRecords", params=asked).json()["records"]
    records = {each["value"]["text"]: each["value"] for each in told[: len(published) // 2]}
    pages = httpx.get(f"{blog['base_url']}/wp-json/wp/v2/posts").json()
    titles = {unescape(page["title"]["rendered"]): page for page in pages[: len(published) // 2]}

    assert (
        records.keys()
        == titles.keys()
        == {"La bûche praliné est de retour 🎄", "Notre four.", "À commander ici."}
    )
    assert records["Notre four."]["embed"]["images"][0]["alt"] == "Le four"
    assert records["À commander ici."]["embed"]["external"]["uri"] == LINK
    assert titles["Notre four."]["featured_media"]
    assert LINK in titles["À commander ici."]["content"]["rendered"]


def test_the_figures_of_what_was_published_are_read_back(agency: Agency, published: list[Delivery]) -> None:
    blog = agency.sites["wordpress"].secret["base_url"]
    row = next(row for row in published if (row.post, row.channel) == ("texte", "wordpress"))
    said = {
        "post": row.remote_id,
        "status": "approved",
        "content": "Encore !",
        "author_name": "Jeanne",
        "author_email": "j@example.org",
    }
    key = (agency.sites["wordpress"].secret["user"], agency.sites["wordpress"].secret["application_password"])
    httpx.post(f"{blog}/wp-json/wp/v2/comments", json=said, auth=key).raise_for_status()

    agency.newsroom.invoke("CollectInsightsFunction", BRAND)

    read = {(one.post, one.channel): one for one in agency.newsroom.stack.insights.newest_posts(BRAND)}
    assert read["texte", "wordpress"].replies == 1
    assert read["image", "wordpress"].replies == 0
