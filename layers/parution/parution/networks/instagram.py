"""Instagram: professional accounts, by Instagram's own login or by that of a Facebook page."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx
from pydantic import AwareDatetime, BaseModel, SecretStr

from parution.credentials import Credentials
from parution.networks.calls import Means, Told
from parution.networks.containers import Containers, Names, Said, Where
from parution.networks.graph import (
    ASIDE,
    SETTLING,
    SKEW,
    Graph,
    LongLived,
    Made,
    Page,
    Table,
    app_secret_in,
    comparable,
    host,
    number,
    version,
)
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
from parution.publishing.tokens import StaticToken, TokenSource
from parution.transport import Answer, parsed

_OWN_LOGIN, _PAGES_LOGIN = "graph.instagram.com", "graph.facebook.com"
_MOST_IN_A_CAROUSEL = 10

# reference/error-codes, 2 June 2026.
_AGAIN = "Instagram could not fetch the file, or failed with it"
_OWN: Table = {
    (-2, 2207003): (Means.LATER, _AGAIN),
    (-2, 2207020): (Means.LATER, _AGAIN),
    (-1, 2207001): (Means.LATER, _AGAIN),
    (-1, 2207032): (Means.LATER, _AGAIN),
    (-1, 2207053): (Means.LATER, _AGAIN),
    (4, 2207051): (
        Means.REFUSED,
        "Instagram took this for spam and has restricted what the account may do: look into the app",
    ),
    (9, 2207042): (Means.LATER, "Instagram takes no more posts of this account for now: its day is full"),
    # What a container's id is answered with that is published, gone or not ready: it is looked into.
    (24, 2207006): (Means.DUPLICATE, "Instagram no longer has what was prepared for this post"),
    (24, 2207008): (Means.DUPLICATE, "Instagram no longer has what was prepared for this post"),
    (9007, 2207027): (Means.DUPLICATE, "Instagram is not ready to publish this post"),
    (25, 2207050): (
        Means.REFUSED,
        "Instagram has restricted this account: open the app and follow what it asks for",
    ),
    (100, 2207023): (Means.REFUSED, "Instagram does not know this kind of post"),
    (100, 2207028): (Means.REFUSED, "Instagram takes two to ten pictures and films in one post"),
    (100, 2207035): (Means.REFUSED, "Instagram refuses a tag of a product in this post"),
    (100, 2207040): (Means.REFUSED, "Instagram takes at most 20 mentions: take some out"),
    (352, 2207026): (Means.REFUSED, "Instagram does not take this film: export it as MP4 (H.264 and AAC)"),
    (9004, 2207052): (Means.LATER, _AGAIN),
    (36000, 2207004): (Means.REFUSED, "Instagram takes pictures of 8 MB at most: save it smaller"),
    (36001, 2207005): (Means.REFUSED, "Instagram takes JPEG pictures only: save it as JPEG"),
    (36003, 2207009): (
        Means.REFUSED,
        "Instagram takes pictures from 4:5 (upright) to 1.91:1 (wide): crop it",
    ),
    (36004, 2207010): (Means.REFUSED, "Instagram takes captions of at most 2,200 characters: shorten it"),
}
_BY_SUBCODE = {subcode: told for (_, subcode), told in _OWN.items()}

_FILMS = ("video/mp4", "video/quicktime")
_SUBCODE = re.compile(r"22070\d\d")
_COMMENT = "comment/"  # before the id of a comment: the API asks for another path than for a post


class _Counts(BaseModel):
    like_count: int | None = None
    comments_count: int | None = None


class _Value(BaseModel):
    value: int


class _Insight(BaseModel):
    name: str
    values: list[_Value]


class _Comment(BaseModel):
    id: str
    text: str = ""
    username: str | None = None
    timestamp: AwareDatetime
    hidden: bool = False


def connect(
    name: str, values: Mapping[str, str], client: httpx.Client, tokens: TokenSource | None = None
) -> "Instagram":
    """Open an account with `{"user_id", "access_token"}`; `host` says by which login.

    Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    by_page = _host(secret, values) == _PAGES_LOGIN
    token = SecretStr(secret.token("access_token"))
    calls = Graph(
        "Instagram",
        client,
        f"{host(secret, values, 'https://' + _host(secret, values))}/{version(secret, values)}",
        tokens or StaticToken("Instagram", token),
        own=_OWN,
        asks="reconnect the account" if tokens is None else None,
        app_secret=app_secret_in(secret, values) if by_page else None,
    )
    return (InstagramOfAPage if by_page else Instagram)(calls, number(secret, values, "user_id"))


def refresher(
    name: str, values: Mapping[str, str], client: httpx.Client
) -> tuple[LongLived, SecretStr] | None:
    """Give what renews a token of Instagram's own login; that of a page does not end.

    Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    if _host(secret, values) == _PAGES_LOGIN:
        return None
    root = host(secret, values, f"https://{_OWN_LOGIN}")
    seed = SecretStr(secret.token("access_token"))
    return LongLived(client, "Instagram", root, "ig_refresh_token"), seed


def _secret(name: str, values: Mapping[str, str]) -> Credentials:
    optional = ("host", "version", "app_secret", "base_url")
    return Credentials(name, values, required=("user_id", "access_token"), optional=optional)


def _host(secret: Credentials, values: Mapping[str, str]) -> str:
    written = values.get("host", _OWN_LOGIN)
    if written not in {_OWN_LOGIN, _PAGES_LOGIN}:
        raise secret.wrong("host", f"must be {_OWN_LOGIN} or {_PAGES_LOGIN}: where the token was given")
    return written


class Instagram:
    """One professional account. What is published was a container before, which is published once."""

    guarantee = Guarantee.STEPWISE
    settling = SETTLING
    key_lives: timedelta | None = None
    limits: tuple[Limit, ...] = ()  # its own count of the day is read before each post

    def __init__(self, calls: Graph, account: str) -> None:
        self._calls, self._containers = calls, Containers(calls, account, _NAMES)

    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Make the container, and wait until Instagram has fetched the files from their addresses."""
        if why := _cannot(piece):
            return Refused(reason=why)
        if piece.reply_to:
            # Without a reference the desk sends nothing twice: a comment has no container.
            return Prepared()
        together = {"caption": piece.content.body}
        return self._containers.prepare(piece.refs, lambda: _files(piece, media), together, _where(piece))

    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Publish the container by its id; an answer is written below what it answers."""
        if piece.reply_to:
            return self._answer(piece, fence)
        return self._containers.commit(piece, fence, _where(piece))

    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Ask the container whether it was published, then look for the post that it became."""
        if piece.reply_to:
            return self._own_comment(piece, since)
        return self._containers.find(piece, since, _where(piece))

    # ---------------------------------------------------------------- below a post
    def _answer(self, piece: Piece, fence: Fence) -> Outcome:
        above, said = piece.reply_to or "", {"message": piece.content.body}
        done = self._calls.commit("POST", _below_of(above), fence, f"comments: {above}", data=said)
        match done:
            case Answer():
                made = parsed(Made, done)
                return _answered(made.id, "answer") if made else self._calls.unclear(done)
            case Told():
                return Refused(reason=done.words)
            case _:
                return done

    def _own_comment(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        asked = {"fields": "id,text,username,timestamp", "limit": "50"}
        page = self._calls.look(Page[_Comment], "GET", _below_of(piece.reply_to or ""), params=asked)
        if not isinstance(page, Page):
            return page
        wanted = comparable(piece.content.body)
        same = (one for one in page.data if comparable(one.text) == wanted and one.timestamp >= since - SKEW)
        found = min(same, key=lambda one: one.timestamp, default=None)
        return _answered(found.id, "comments") if found else NotFound()

    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Read what stands below a post, or below a comment."""
        return self._calls.comments(
            _below_of(remote_id), _Comment, "id,text,username,timestamp,hidden", _shown, after
        )

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Hide a comment from everybody but its author."""
        return self._calls.done("POST", comment.removeprefix(_COMMENT), data={"hide": "true"})

    # ---------------------------------------------------------------- afterwards
    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read likes and comments, and how often it was shared and seen where Instagram counts that.

        Views are those of the post itself: where an ad shows it, they are not counted.
        """
        is_comment = remote_id.startswith(_COMMENT)
        asked = {"fields": "like_count" if is_comment else "like_count,comments_count"}
        counts = self._calls.look(_Counts, "GET", remote_id.removeprefix(_COMMENT), params=asked)
        if not isinstance(counts, _Counts):
            return counts
        told = {} if is_comment else self._insights(remote_id)
        return PostFigures(
            likes=counts.like_count,
            replies=counts.comments_count,
            shares=told.get("shares"),
            views=told.get("views"),
        )

    def _insights(self, remote_id: str) -> dict[str, int]:
        # One metric that a kind of post does not have fails the whole call.
        told = self._told(remote_id, "shares,views")
        return (self._told(remote_id, "shares") or {}) if told is None else told

    def _told(self, remote_id: str, metrics: str) -> dict[str, int] | None:
        page = self._calls.look(
            Page[_Insight], "GET", f"{remote_id}/insights", params={"metric": metrics}, timeout=ASIDE
        )
        if not isinstance(page, Page):
            return None
        return {one.name: one.values[0].value for one in page.data if one.values}


class InstagramOfAPage(Instagram):
    """An account that a Facebook page opens: only there may a program delete posts."""

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Delete a post, a reel, a story or a comment; needs instagram_manage_contents."""
        return self._calls.done("DELETE", remote_id.removeprefix(_COMMENT))


TERMS = Terms(
    (Instagram.guarantee,),
    Instagram.settling,
    Instagram.key_lives,
    Instagram.limits,
    kinds=("picture", "pictures", "film", "reel", "story"),
    offers=frozenset({Offer.COMMENTS, Offer.ANSWERS, Offer.HIDES, Offer.DELETES}),
)


def remote_id_in(url: str) -> None:
    """Say that an address tells no id: its short code is not the id that the API knows."""


# ---------------------------------------------------------------- what is made
def _cannot(piece: Piece) -> str | None:
    """Say why Instagram has no such post, and what to write instead."""
    content = piece.content
    if piece.reply_to:
        return "Instagram takes no files in a comment: take them out" if content.media else None
    if not content.media:
        return "Instagram publishes no text alone: add a picture or a film"
    return _not_in_this_format(content) or _not_these_files(content)


def _not_in_this_format(content: Content) -> str | None:
    if content.format not in {None, "reel", "story"}:
        return f"Instagram has no format {content.format}: use reel or story, or leave it out"
    if content.format and len(content.media) > 1:
        return f"An Instagram {content.format} shows one file: give one"
    if content.format == "reel" and not content.has_film:
        return "An Instagram reel is a film: give one, or leave the format out"
    return None


def _not_these_files(content: Content) -> str | None:
    if len(content.media) > _MOST_IN_A_CAROUSEL:
        return f"Instagram shows at most {_MOST_IN_A_CAROUSEL} files in a post: take some out"
    other = next((ref for ref in content.media if ref.kind not in {"image/jpeg", *_FILMS}), None)
    if other is None:
        return None
    return f"Instagram takes JPEG pictures, and MP4 or MOV films: {other.key} is {other.kind}"


def _files(piece: Piece, media: Media) -> list[Said]:
    files = piece.content.media
    if len(files) > 1:
        return [_item(ref, media) for ref in files]
    if piece.content.format == "story":
        return [{"media_type": "STORIES", **_file(files[0], media)}]
    said = {"caption": piece.content.body, **_file(files[0], media)}
    if _is_film(files[0]):
        return [{"media_type": "REELS", "share_to_feed": "true", **said}]
    return [said | _described(files[0])]


def _item(ref: MediaRef, media: Media) -> dict[str, str]:
    kind = {"media_type": "VIDEO"} if _is_film(ref) else _described(ref)
    return {"is_carousel_item": "true", **kind, **_file(ref, media)}


def _file(ref: MediaRef, media: Media) -> dict[str, str]:
    return {"video_url" if _is_film(ref) else "image_url": media.address(ref)}


def _described(ref: MediaRef) -> dict[str, str]:
    return {"alt_text": ref.alt} if ref.alt else {}


def _is_film(ref: MediaRef) -> bool:
    return ref.kind in _FILMS


# ---------------------------------------------------------------- what is read
def _failed(status: str) -> Refused | None:
    """Read why a container failed: its status names a subcode in a sentence."""
    subcode = _SUBCODE.search(status)
    means, words = _BY_SUBCODE.get(int(subcode[0]) if subcode else 0, (None, ""))
    if means is Means.LATER:
        return None
    return Refused(reason=words or f"Instagram does not take these files: {status[:200]}")


_NAMES = Names(
    make="media",
    publish="media_publish",
    limit="content_publishing_limit",
    status="status_code",
    why="status",
    text="caption",
    failed=_failed,
)


def _where(piece: Piece) -> Where:
    is_story = piece.content.format == "story"
    return Where("stories", None) if is_story else Where("media", piece.content.body)


def _below_of(remote_id: str) -> str:
    if remote_id.startswith(_COMMENT):
        return f"{remote_id.removeprefix(_COMMENT)}/replies"
    return f"{remote_id}/comments"


def _answered(comment: str, proof: str) -> Published:
    return Published(remote_id=f"{_COMMENT}{comment}", proof=proof)


def _shown(one: _Comment) -> Comment:
    return Comment(
        remote_id=f"{_COMMENT}{one.id}",
        text=one.text,
        author=one.username,
        at=one.timestamp,
        hidden=one.hidden,
    )
