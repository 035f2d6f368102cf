"""Real servers, where `make real-networks` asked for them; nothing here is collected otherwise."""

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.contracts.certification.record import Record, asked
from tests.contracts.certification.rows import ROWS
from tests.contracts.certification.rows.row import Row
from tests.contracts.certification.stages import Stage
from tests.real import servers

collect_ignore_glob = [] if "PARUTION_REAL_NETWORKS" in os.environ else ["test_*.py"]


class Site(NamedTuple):
    """A running server, and how all that is public on it is listed by anybody."""

    row: Row
    secret: Mapping[str, str]
    public: Callable[[], list[str]]
    comment: Callable[[str, str], str] | None = None  # lets a visitor write below a post


@pytest.fixture(scope="session")
def wordpress_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    here = Path(tmp_path_factory.mktemp("blog", numbered=False))
    with servers.wordpress(here) as secret:

        def public() -> list[str]:
            told = httpx.get(f"{secret['base_url']}/wp-json/wp/v2/posts", params={"per_page": 1})
            return [str(number) for number in range(int(told.headers["X-WP-Total"]))]

        yield Site(_row("wordpress"), secret, public, lambda on, text: _visit(secret["base_url"], on, text))


@pytest.fixture(scope="session")
def bluesky_site() -> Iterator[Site]:
    with servers.bluesky() as secret:

        def public() -> list[str]:
            asked = {"repo": secret["identifier"], "collection": "app.bsky.feed.post", "limit": "100"}
            told = httpx.get(f"{secret['base_url']}/xrpc/com.atproto.repo.listRecords", params=asked)
            return [record["uri"] for record in told.raise_for_status().json()["records"]]

        # A PDS counts nothing: figures are the AppView's, and none runs here.
        yield Site(_row("bluesky")._replace(counts=False), secret, public)


def _visit(site: str, on: str, text: str) -> str:
    """Write below a post in the form that stands there, and give the comment as the connector names it."""
    post, _, parent = on.partition("/comment-")
    who = {"author": "Jeanne", "email": "jeanne@example.org"}
    said = {"comment_post_ID": post, "comment_parent": parent or "0", "comment": text, **who}
    assert httpx.post(f"{site}/wp-comments-post.php", data=said).status_code == httpx.codes.FOUND
    newest = httpx.get(f"{site}/wp-json/wp/v2/comments", params={"post": post, "orderby": "id"}).json()[0]
    return f"{post}/comment-{newest['id']}"


def _row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


_REAL = {"wordpress": "WordPress 6.1.9 of Debian 12", "bluesky": "a PDS of @atproto/dev-env 0.6.7"}
_RECORD = Record(_REAL)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    if params.get("site") in _REAL:
        _RECORD.note(item, _row(str(params["site"])), report)
    return report


def pytest_sessionfinish() -> None:
    if asked():
        _RECORD.write()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a stage for each server, and what asks for a kind for each that is claimed there."""
    if "site" not in metafunc.fixturenames:
        return
    offer = getattr(metafunc.function, "offer", None)
    offering = [name for name in _REAL if offer is None or offer in _row(name).offers]
    if "kind" in metafunc.fixturenames:
        claims = [(name, kind) for name in offering for kind in _row(name).kinds]
        names = [f"{name}-{kind}" for name, kind in claims]
        metafunc.parametrize(("site", "kind"), claims, indirect=["site"], ids=names)
    else:
        metafunc.parametrize("site", offering, indirect=True)


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue(f"{request.param}_site")
    return found


@pytest.fixture
def stage(site: Site) -> Stage:
    return Stage(site.row, site.secret, site.public, site.comment)
