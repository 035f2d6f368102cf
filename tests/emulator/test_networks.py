"""Every network that is connected, through the deployed functions, before its double."""

from parution.plan.model import CONNECTED
from parution.publishing.deliveries import Delivery, State
from tests.contracts.certification.stages import FILM, PIXEL
from tests.emulator.newsroom import Newsroom, a_plan, a_post, soon, until

BRAND = "partout"
OF_FILMS = {"youtube", "tiktok"}


def test_a_picture_or_a_film_is_published_on_every_network(newsroom: Newsroom) -> None:
    newsroom.upload_media("partout.jpg", PIXEL)
    newsroom.upload_media("partout.mp4", FILM + bytes(100_000))
    channels = [
        {"id": name, "network": name, "account": f"secret:{BRAND}-{name}"} for name in sorted(CONNECTED)
    ]
    for name in CONNECTED:
        newsroom.store_secret(f"{BRAND}-{name}", name)
    due_at = soon(40)
    shown = {
        "image": (CONNECTED - OF_FILMS, {"src": "s3://media/partout.jpg", "alt": "Le four"}),
        "film": (OF_FILMS, {"src": "s3://media/partout.mp4", "alt": "Le four", "silent_ok": True}),
    }
    posts = [a_post(name, due_at, channels=sorted(on), media=[file]) for name, (on, file) in shown.items()]

    result = newsroom.upload(BRAND, a_plan(BRAND, channels=channels, posts=posts))
    rows = until(lambda: _out(newsroom), within=120, told=lambda: _waiting(newsroom))

    assert result["status"] == "imported", result["problems"]
    assert {row.network for row in rows} == CONNECTED
    assert all(row.remote_id for row in rows)


def _out(newsroom: Newsroom) -> list[Delivery] | None:
    rows = list(newsroom.stack.posts.of_brand(BRAND))
    assert [row for row in rows if row.state in {State.FAILED, State.UNCONFIRMED, State.MISSED}] == []
    return rows if rows and all(row.state is State.PUBLISHED for row in rows) else None


def _waiting(newsroom: Newsroom) -> list[str]:
    rows = newsroom.stack.posts.of_brand(BRAND)
    return [
        f"{row.network} {row.state}: {row.changed.cause}" for row in rows if row.state is not State.PUBLISHED
    ]
