"""Threads: profiles."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx
from pydantic import AwareDatetime, BaseModel, SecretStr

from parution.credentials import Credentials
from parution.networks.calls import Means
from parution.networks.containers import Containers, Names, Said, Where
from parution.networks.graph import SETTLING, Graph, LongLived, Page, Table, host, number
from parution.networks.terms import Offer, Terms
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
    Comment,
    Comments,
    Done,
    Guarantee,
    Media,
    NotFound,
    NotSent,
    Outcome,
    Piece,
    PostFigures,
    Preparing,
    Published,
    Refused,
)
from parution.publishing.rates import Limit
from parution.publishing.tokens import TokenSource

_HOST, _VERSION = "https://graph.threads.net", "v1.0"  # the only one (threads/overview)
_MOST_FILES = 20
_PICTURES, _FILMS = ("image/jpeg", "image/png"), ("video/mp4", "video/quicktime")
_METRICS = "views,likes,replies,reposts,quotes,shares"

_AGAIN = "Threads could not fetch the files, or failed with them"
_GONE = "Threads no longer has what was prepared for this post"
# Threads publishes no table of its own; its errors have the numbers of Instagram's, as its clients meet them
# (what a container's id is answered with that is published, gone or not ready is looked into).
_OWN: Table = {
    (-1, 2207001): (Means.LATER, _AGAIN),
    (-2, 2207003): (Means.LATER, _AGAIN),
    (9, 2207042): (Means.LATER, "Threads takes no more posts of this profile for now: its day is full"),
    (24, 4279009): (Means.DUPLICATE, _GONE),
    (24, 2207006): (Means.DUPLICATE, _GONE),
    (24, 2207008): (Means.DUPLICATE, _GONE),
    (9007, 2207027): (Means.DUPLICATE, "Threads is not ready to publish this post"),
    (9004, 2207052): (Means.LATER, _AGAIN),
}

# What a container that failed says: threads/troubleshooting. INVALID_ASPEC_RATIO is written so there.
_FAILURES = {
    "FAILED_PROCESSING_AUDIO": "export its sound as AAC",
    "FAILED_PROCESSING_VIDEO": "export it as MP4 (H.264 and AAC)",
    "INVALID_ASPEC_RATIO": "its sides differ too much: crop it",
    "INVALID_ASPECT_RATIO": "its sides differ too much: crop it",
    "INVALID_BIT_RATE": "export it at a lower bit rate",
    "INVALID_DURATION": "it may take five minutes at most: cut it",
    "INVALID_FRAME_RATE": "export it with 23 to 60 pictures a second",
    "INVALID_AUDIO_CHANNELS": "export its sound in mono or stereo",
    "INVALID_AUDIO_CHANNEL_LAYOUT": "export its sound in mono or stereo",
}
_PASSING = {"FAILED_DOWNLOADING_VIDEO", "UNKNOWN"}


class _Value(BaseModel):
    value: int


class _Insight(BaseModel):
    name: str
    values: list[_Value]


class _Reply(BaseModel):
    id: str
    text: str = ""
    username: str | None = None
    timestamp: AwareDatetime
    hide_status: str = ""


def connect(name: str, values: Mapping[str, str], client: httpx.Client, tokens: TokenSource) -> "Threads":
    """Open a profile with `{"user_id", "access_token"}`. Raises NoSuchSecret."""
    secret = _secret(name, values)
    base_url = f"{host(secret, values, _HOST)}/{_VERSION}"
    calls = Graph("Threads", client, base_url, tokens, own=_OWN)
    return Threads(calls, number(secret, values, "user_id"))


def refresher(name: str, values: Mapping[str, str], client: httpx.Client) -> tuple[LongLived, SecretStr]:
    """Give what renews the profile's token of sixty days. Raises NoSuchSecret."""
    secret = _secret(name, values)
    seed = SecretStr(secret.token("access_token"))
    return LongLived(client, "Threads", host(secret, values, _HOST), "th_refresh_token"), seed


def _secret(name: str, values: Mapping[str, str]) -> Credentials:
    return Credentials(name, values, required=("user_id", "access_token"), optional=("base_url",))


class Threads:
    """One profile. What is published, replies too, was a container before, which is published once."""

    guarantee = Guarantee.STEPWISE
    settling = SETTLING
    key_lives: timedelta | None = None
    limits: tuple[Limit, ...] = ()  # its own counts of the day are read before each post

    def __init__(self, calls: Graph, user: str) -> None:
        self._calls, self._containers = calls, Containers(calls, user, _NAMES)

    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Make the container, and wait until Threads has fetched the files from their addresses."""
        if why := _cannot(piece.content):
            return Refused(reason=why)
        below = {"reply_to_id": piece.reply_to} if piece.reply_to else {}
        together = {"text": piece.content.body, **below}
        return self._containers.prepare(
            piece.refs, lambda: _files(piece.content, media, below), together, _where(piece)
        )

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Publish the container by its id."""
        return self._containers.commit(piece, fence, _where(piece))

    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Ask the container whether it was published, then look for the post that it became."""
        return self._containers.find(piece, since, _where(piece))

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Count views, likes, replies, and every way in which it was passed on."""
        asked = {"metric": _METRICS}
        page = self._calls.look(Page[_Insight], "GET", f"{remote_id}/insights", params=asked)
        if not isinstance(page, Page):
            return page
        told = {one.name: one.values[0].value for one in page.data if one.values}
        passed_on = [told[name] for name in ("reposts", "quotes", "shares") if name in told]
        return PostFigures(
            likes=told.get("likes"),
            replies=told.get("replies"),
            shares=sum(passed_on) if passed_on else None,
            views=told.get("views"),
        )

    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Read the replies to a post, or to a reply."""
        fields = "id,text,username,timestamp,hide_status"
        return self._calls.comments(f"{remote_id}/replies", _Reply, fields, _told, after, limit=None)

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Hide a reply, and what stands below it. Only those right below a post can be hidden."""
        return self._calls.done("POST", f"{comment}/manage_reply", data={"hide": "true"})

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Delete a post or a reply of this profile; needs threads_delete, 100 a day."""
        return self._calls.done("DELETE", remote_id)


TERMS = Terms(
    (Threads.guarantee,),
    Threads.settling,
    Threads.key_lives,
    Threads.limits,
    kinds=("text", "link", "picture", "pictures", "film"),
    offers=frozenset({Offer.COMMENTS, Offer.ANSWERS, Offer.HIDES, Offer.DELETES}),
)


def remote_id_in(url: str) -> None:
    """Say that an address tells no id: its short code is not the id that the API knows."""


# ---------------------------------------------------------------- what is made
def _cannot(content: Content) -> str | None:
    """Say why Threads has no such post, and what to write instead."""
    if content.format:
        return f"Threads has no format {content.format}: leave it out"
    if len(content.media) > _MOST_FILES:
        return f"Threads shows at most {_MOST_FILES} files in a post: take some out"
    other = next((ref for ref in content.media if ref.kind not in {*_PICTURES, *_FILMS}), None)
    if other is None:
        return None
    return f"Threads takes JPEG and PNG pictures, and MP4 and MOV films: {other.key} is {other.kind}"


def _files(content: Content, media: Media, below: Said) -> list[Said]:
    """Say what each container is; a link without files is attached, and shown as a card."""
    if not content.media:
        link = {"link_attachment": content.link} if content.link else {}
        return [{"media_type": "TEXT", "text": content.text, **link, **below}]
    if len(content.media) > 1:
        return [{"is_carousel_item": "true", **_file(ref, media)} for ref in content.media]
    return [{"text": content.body, **_file(content.media[0], media), **below}]


def _file(ref: MediaRef, media: Media) -> Said:
    alt = {"alt_text": ref.alt} if ref.alt else {}
    if ref.kind in _FILMS:
        return {"media_type": "VIDEO", "video_url": media.address(ref), **alt}
    return {"media_type": "IMAGE", "image_url": media.address(ref), **alt}


def _where(piece: Piece) -> Where:
    words = piece.content.body if piece.content.media else piece.content.text
    return Where("replies", words, "reply_") if piece.reply_to else Where("threads", words)


# ---------------------------------------------------------------- what is read
def _failed(message: str) -> Refused | None:
    if message in _PASSING:
        return None
    return Refused(reason=f"Threads does not take this film: {_FAILURES.get(message, message[:200])}")


_NAMES = Names(
    make="threads",
    publish="threads_publish",
    limit="threads_publishing_limit",
    status="status",
    why="error_message",
    text="text",
    failed=_failed,
)


def _told(one: _Reply) -> Comment:
    return Comment(
        remote_id=one.id,
        text=one.text,
        author=one.username,
        at=one.timestamp,
        hidden=one.hide_status == "HIDDEN",
    )
