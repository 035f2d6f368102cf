"""Tumblr: posts on one blog, in the Neue Post Format.

Sources: tumblr/docs api.md and npf-spec.md. That a post takes another id as it is published, and that what
is read of a draft may be written back, is also what others build on (AprilSylph/XKit-Rewritten,
tumblr/docs#58).
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
from pydantic import BaseModel, Field, SecretStr

from parution.networks import grants
from parution.networks.calls import Calls, Means, Patience, Told
from parution.networks.oauth import RefreshGrant
from parution.networks.terms import Offer, Terms
from parution.networks.uploads import opened
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
    Unknown,
)
from parution.publishing.rates import Limit
from parution.publishing.tokens import TokenSource
from parution.transport import Answer, parsed

_API = "https://api.tumblr.com/v2"
_PATIENCE = Patience(commit=httpx.Timeout(30.0, connect=5.0))
# After the post is out there is little time left, and its address can be found out later as well.
_AFTERWARDS = httpx.Timeout(5.0)
_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=5)
_SETTLING, _SKEW = timedelta(seconds=90), timedelta(seconds=60)
_PAGE, _PAGES = 20, 13  # the most at once; 250 posts a day are the most that a user may publish
_ITS_DAYS = ZoneInfo("America/New_York")  # GET /user/limits: its days begin at five in the morning, UTC
_LONGEST_BLOCK, _MOST_PICTURES = 4096, 30

_BLOG = re.compile(r"t:[A-Za-z0-9_-]+|[A-Za-z0-9.-]+")
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?')\]»…]")
_TAG = re.compile(r"(?<!\S)#(\w+)")

# The subcodes of NPF, and what is said without one by status; only with the API's own {"meta": …}.
_TOMORROW = {
    8004: "Tumblr takes no more files from this account today",
    8011: "Tumblr takes no more films from this account today",
    8023: "Tumblr takes no more posts on this blog today",
}
_REFUSALS = {
    8001: "Tumblr does not take this post: change it",
    8005: "Tumblr does not take this kind of file here: change it",
    400: "Tumblr does not take this post: change it",
    403: "Tumblr does not let this account do that: is the blog its own, and may the app write?",
}
_STILL_AT_WORK, _ONE_BY_ONE = 8010, "Tumblr is still at work on this account's last film"
_NOT_THERE = "Tumblr does not find the blog or the post: check blog in the secret"
_UNAUTHORISED, _NOT_FOUND = 401, 404


class _Meta(BaseModel):
    status: int
    msg: str = ""


class _Wrong(BaseModel):
    title: str = ""
    code: int = 0


class _Error(BaseModel):
    meta: _Meta
    errors: list[_Wrong] = []


class _Answered[What: BaseModel](BaseModel):
    response: What


class _Made(BaseModel):
    id: str


class _Medium(BaseModel):
    """A file as Tumblr keeps it."""

    url: str
    type: str | None = None
    width: int | None = None
    height: int | None = None


class _Block(BaseModel):
    type: str
    media: list[_Medium] | _Medium | None = None


class _Draft(BaseModel):
    id: str
    content: list[_Block]


class _Post(BaseModel):
    id_string: str
    genesis_post_id: str | None = None
    post_url: str | None = None
    state: str = "published"
    timestamp: int


class _Posts(BaseModel):
    posts: list[_Post]


class _Note(BaseModel):
    type: str
    timestamp: float
    blog_name: str
    reply_text: str | None = None
    added_text: str | None = None


class _Next(BaseModel):
    query_params: dict[str, Any]


class _Links(BaseModel):
    next: _Next | None = None


class _Notes(BaseModel):
    notes: list[_Note]
    total_likes: int | None = None
    total_reblogs: int | None = None
    links: _Links = Field(_Links(), alias="_links")


def connect(
    name: str, values: Mapping[str, str], client: httpx.Client, tokens: TokenSource | None = None
) -> "Tumblr":
    """Open a blog with `{"blog", "client_id", "client_secret", "refresh_token"}`.

    `access_token` may stand in the place of the last three, for as long as it lives. Raises NoSuchSecret.
    """
    secret = grants.credentials(name, values, required=("blog",))
    blog = values["blog"].strip()
    if not _BLOG.fullmatch(blog):
        raise secret.wrong("blog", "must be the blog's name, its host or its number (t:…)")
    base_url = secret.base_url("base_url") or _API
    return Tumblr(client, base_url, blog, grants.tokens_of("Tumblr", values, tokens))


def refresher(
    name: str, values: Mapping[str, str], client: httpx.Client
) -> tuple[RefreshGrant, SecretStr] | None:
    """Give what renews the tokens: some forty minutes each, the refresh token a new one each time."""
    secret = grants.credentials(name, values, required=("blog",))
    token_url = f"{secret.base_url('base_url') or _API}/oauth2/token"
    return grants.refresh_grant(values, client, token_url, in_header=False)


class Tumblr:
    """One blog. What is published was a draft before, under an id that is gone once it is published."""

    guarantee = Guarantee.STEPWISE
    settling = _SETTLING
    key_lives: timedelta | None = None
    limits: tuple[Limit, ...] = ()  # 250 posts a day and user: it says when they are used up

    def __init__(self, client: httpx.Client, base_url: str, blog: str, tokens: TokenSource) -> None:
        where = f"{base_url}/blog/{blog}"
        self._calls = Calls("Tumblr", client, where, tokens, told=_told, patience=_PATIENCE)
        self._blog = blog

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Upload the files into a draft, and read where Tumblr keeps them: publishing names them anew."""
        if why := _never_a_post(piece):
            return Refused(reason=why)
        draft = piece.refs[0] if piece.refs else self._drafted(piece, media)
        if not isinstance(draft, str):
            return draft
        return self._kept(draft, len(piece.content.media))

    def _drafted(self, piece: Piece, media: Media) -> str | Refused | NotSent:
        files = piece.content.media
        written = [
            _shown(ref, {"type": ref.kind, "identifier": f"file-{number}"})
            for number, ref in enumerate(files)
        ]
        post = json.dumps(_written(piece.content, written, "draft"))
        parts: list[tuple[str, Any]] = [("json", (None, post, "application/json"))]
        for number, ref in enumerate(files):
            name = ref.key.rsplit("/", 1)[-1]
            parts.append((f"file-{number}", (name, opened(media, ref), ref.kind)))
        made = self._calls.make(_Answered[_Made], "POST", "posts", files=parts)
        return made.response.id if isinstance(made, _Answered) else made

    def _kept(self, draft: str, files: int) -> Prepared | Preparing | Refused | NotSent:
        if not files:
            return Prepared(refs=(draft,))
        found = self._calls.make(_Answered[_Draft], "GET", f"posts/{draft}", params={"post_format": "npf"})
        if isinstance(found, Refused):
            return found
        if isinstance(found, NotSent):  # what was uploaded is not uploaded again for that
            return Preparing(refs=(draft,), reason=found.reason, retry_after=found.retry_after)
        kept = tuple(each.model_dump_json(exclude_none=True) for each in _media(found.response))
        if len(kept) < files:
            return Preparing(refs=(draft,), reason=_ONE_BY_ONE, retry_after=_SOON)
        return Prepared(refs=(draft, *kept))

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Publish the draft by its id. Asked once more, there is no such draft any more."""
        if not piece.refs:
            return NotSent(reason="its draft is not made yet", retry_after=_SOON)
        draft, *kept = piece.refs
        shown = [_shown(ref, json.loads(file)) for ref, file in zip(piece.content.media, kept, strict=False)]
        post = _written(piece.content, shown, "published")
        binds = piece.content.hash.encode()
        done = self._calls.commit("PUT", f"posts/{draft}", fence, f"draft: {draft}", json=post, binds=binds)
        match done:
            case Answer():
                return self._published(done, draft)
            case Told():
                return self._gone(draft)
            case Refused() | NotSent() | Unknown():
                return done

    def _published(self, answer: Answer, draft: str) -> Published | Unknown:
        made = parsed(_Answered[_Made], answer)
        if made is None:
            return self._calls.unclear(answer)
        told = self._calls.left(answer)
        found = self._newest(draft)
        if isinstance(found, _Post):
            return self._as_shown(found, "answer").model_copy(update={"left": told})
        return Published(remote_id=made.response.id, proof="answer", left=told)

    def _gone(self, draft: str) -> Published | Unknown:
        """Say why there is no such draft: an earlier attempt published it, or nobody knows."""
        found = self._newest(draft)
        if isinstance(found, _Post):
            return self._as_shown(found, "own blog")
        return Unknown(reason="the draft is gone from Tumblr, and the blog does not show what became of it")

    def _newest(self, draft: str) -> _Post | None:
        page = self._page(0, timeout=_AFTERWARDS)
        return _came_of(draft, page) if isinstance(page, list) else None

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Look through the blog for the post that came of this draft: it tells the id that it had."""
        if not piece.refs:
            return NotFound()
        for number in range(_PAGES):
            page = self._page(number)
            if isinstance(page, NotSent):
                return page
            if found := _came_of(piece.refs[0], page):
                return self._as_shown(found, "own blog")
            if len(page) < _PAGE or page[-1].timestamp < (since - _SKEW).timestamp():
                return NotFound()
        return NotSent(reason="too many posts since then to look through", retry_after=_LATER)

    def _page(self, number: int, **parts: Any) -> list[_Post] | NotSent:
        asked = {"npf": "true", "limit": str(_PAGE), "offset": str(_PAGE * number)}
        found = self._calls.look(_Answered[_Posts], "GET", "posts", params=asked, **parts)
        if isinstance(found, NotFound):
            return NotSent(reason=_NOT_THERE, retry_after=_LATER)
        return found if isinstance(found, NotSent) else found.response.posts

    def _as_shown(self, post: _Post, proof: str) -> Published:
        at = datetime.fromtimestamp(post.timestamp, UTC)
        return Published(remote_id=post.id_string, url=post.post_url, proof=proof, at=at)

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read likes and reblogs."""
        notes = self._notes(remote_id)
        if not isinstance(notes, _Notes):
            return notes
        return PostFigures(likes=notes.total_likes, shares=notes.total_reblogs)

    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Read replies, and reblogs that add words; neither has an id of its own that the API tells."""
        notes = self._notes(remote_id, after)
        if not isinstance(notes, _Notes):
            return notes
        asks = notes.links.next.query_params if notes.links.next else {}
        more = asks.get("before_timestamp")
        return Comments(found=tuple(_comments(remote_id, notes.notes)), more=str(more) if more else None)

    def _notes(self, remote_id: str, after: str | None = None) -> _Notes | NotFound | NotSent:
        asked = {"id": remote_id, "mode": "conversation", **({"before_timestamp": after} if after else {})}
        found = self._calls.look(_Answered[_Notes], "GET", "notes", params=asked)
        return found.response if isinstance(found, _Answered) else found

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Take the post off the blog for good; what was reblogged of it stays."""
        done = self._calls.do("POST", "post/delete", json={"id": remote_id})
        return Done() if isinstance(done, Answer) else done


TERMS = Terms(
    (Tumblr.guarantee,),
    Tumblr.settling,
    Tumblr.key_lives,
    Tumblr.limits,
    kinds=("text", "link", "picture", "pictures", "film"),
    offers=frozenset({Offer.COMMENTS, Offer.DELETES}),
)


def remote_id_in(url: str) -> str | None:
    """Read a post's id: https://martin.tumblr.com/post/7412/buche or https://www.tumblr.com/martin/7412."""
    parts = urlsplit(url)
    match parts.path.rstrip("/").split("/"):
        case ["", "post", number, *_]:
            pass
        case ["", _, number, *_] if parts.hostname == "www.tumblr.com":
            pass
        case _:
            return None
    return number if number.isascii() and number.isdecimal() else None


# ---------------------------------------------------------------- the post
def _never_a_post(piece: Piece) -> str | None:
    content = piece.content
    films = sum(file.kind.startswith("video/") for file in content.media)
    if piece.reply_to:
        return "Tumblr lets no program reply: say it in the post itself"
    if content.format:
        return f"Tumblr has no {content.format}: plan the post without a format"
    if films > 1 or len(content.media) - films > _MOST_PICTURES:
        return "Tumblr takes one film and thirty pictures in a post: plan the others as posts of their own"
    return None


def _written(content: Content, shown: list[dict[str, Any]], state: str) -> dict[str, Any]:
    """Write the post in blocks: its files, a block a paragraph, and its link."""
    link = [{"type": "link", "url": content.link}] if content.link else []
    tags = ",".join(dict.fromkeys(_TAG.findall(content.text)))
    blocks = [*shown, *_paragraphs(content.text), *link]
    return {"content": blocks, "state": state, **({"tags": tags} if tags else {})}


def _shown(ref: MediaRef, medium: Mapping[str, Any]) -> dict[str, Any]:
    if ref.kind.startswith("video/"):
        return {"type": "video", "media": medium}
    return {"type": "image", "media": [medium], **({"alt_text": ref.alt} if ref.alt else {})}


def _paragraphs(text: str) -> Iterator[dict[str, Any]]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        for part in _cut(paragraph.strip()):
            # Places are counted in code points, as Python counts.
            links = [
                {"start": one.start(), "end": one.end(), "type": "link", "url": one[0]}
                for one in _LINK.finditer(part)
            ]
            yield {"type": "text", "text": part, **({"formatting": links} if links else {})}


def _cut(paragraph: str) -> Iterator[str]:
    """Part what is longer than a block may be between two words."""
    while len(paragraph) > _LONGEST_BLOCK:
        at = max(paragraph.rfind(" ", 1, _LONGEST_BLOCK), paragraph.rfind("\n", 1, _LONGEST_BLOCK))
        at = at if at > 0 else _LONGEST_BLOCK
        yield paragraph[:at].rstrip()
        paragraph = paragraph[at:].lstrip()
    if paragraph:
        yield paragraph


# ---------------------------------------------------------------- answers
def _media(draft: _Draft) -> Iterator[_Medium]:
    """Give each file's widest form, in the order of the post."""
    for block in draft.content:
        match block:
            case _Block(type="image", media=[widest, *_]) | _Block(type="video", media=_Medium() as widest):
                yield widest


def _came_of(draft: str, posts: list[_Post]) -> _Post | None:
    shown = (one for one in posts if draft in {one.genesis_post_id, one.id_string})
    return next((one for one in shown if one.state == "published"), None)


def _comments(post: str, notes: list[_Note]) -> Iterator[Comment]:
    for note in notes:
        if text := note.reply_text or note.added_text:
            at = datetime.fromtimestamp(note.timestamp, UTC)
            name = f"{post}#{note.blog_name}@{note.timestamp:.0f}"
            yield Comment(remote_id=name, text=text, author=note.blog_name, at=at)


def _told(answer: Answer) -> Told | None:
    error = parsed(_Error, answer)
    if error is None:
        return None
    # JSONP's way, which anything in between may follow: a success outside, the status inside.
    status, wrong = error.meta.status, next(iter(error.errors), _Wrong())
    if wrong.code in _TOMORROW:
        return Told(Means.LATER, _TOMORROW[wrong.code], wait=until_its_new_day(datetime.now(UTC)))
    if wrong.code == _STILL_AT_WORK:
        return Told(Means.LATER, _ONE_BY_ONE, wait=timedelta(minutes=1))
    if status == _UNAUTHORISED:
        return Told(Means.TOKEN, "")
    if status == _NOT_FOUND:
        return Told(Means.MISSING, _NOT_THERE)
    words = _REFUSALS.get(wrong.code) or _REFUSALS.get(status)
    return Told(Means.REFUSED, words, wrong.title) if words else None


def until_its_new_day(now: datetime) -> timedelta:
    """Say when daily limits begin anew: at its own midnight, with a minute to spare."""
    here = now.astimezone(_ITS_DAYS)
    midnight = datetime(here.year, here.month, here.day, tzinfo=_ITS_DAYS) + timedelta(days=1)
    return midnight.astimezone(UTC) - now + _SKEW
