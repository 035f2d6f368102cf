"""Facebook: pages."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import AwareDatetime, BaseModel, Field, SecretStr

from parution.credentials import Credentials
from parution.networks.calls import Means, Told
from parution.networks.facebook_films import VIDEO_FIELDS, Films, Video, edge
from parution.networks.graph import (
    ASIDE,
    SETTLING,
    Graph,
    Made,
    Page,
    Succeeded,
    Table,
    app_secret_in,
    comparable,
    host,
    is_of,
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
    Unknown,
)
from parution.publishing.rates import Limit
from parution.publishing.tokens import StaticToken
from parution.transport import Answer, parsed

_HOST, _UPLOADS = "https://graph.facebook.com", "https://rupload.facebook.com"
_WEB = "https://www.facebook.com"
_PHOTO_LIVES = timedelta(hours=20)  # unpublished; those not used within a day are taken away
_SOON, _WORKS = timedelta(seconds=10), timedelta(seconds=20)
_MOST_PICTURES = 10
_PICTURES, _FILMS = ("image/jpeg", "image/png"), ("video/mp4", "video/quicktime")

# Beside what all of Meta shares. 506: docs/graph-api/guides/error-handling. Subcodes: gitroomhq/postiz-app,
# facebook.provider.ts; they come with several codes.
_OWN: Table = {
    (506, None): (
        Means.DUPLICATE,
        "Facebook has these very words as this page's last post: write them otherwise",
    ),
    (1609005, None): (
        Means.REFUSED,
        "Facebook cannot read the page that the link leads to: check the address",
    ),
    (None, 1366046): (
        Means.REFUSED,
        "Facebook takes JPEG and PNG pictures of at most 4 MB: save it smaller",
    ),
    (None, 1390008): (Means.LATER, "Facebook finds that this page posts too fast"),
    (None, 1346003): (
        Means.REFUSED,
        "Facebook takes this for abusive: change it, or ask for a review on the page",
    ),
    (None, 1404078): (
        Means.REFUSED,
        "Facebook asks who runs this page to authorise publishing: open the page and follow what it asks for",
    ),
    (None, 1609008): (Means.REFUSED, "Facebook takes no link to facebook.com here: take it out"),
}

_STORY = "story/"  # before the id of a story, which is no post
_IDS = re.compile(r"[0-9]{5,30}")


class _Post(BaseModel):
    id: str
    message: str | None = None
    created_time: AwareDatetime
    permalink_url: str | None = None


class _Story(BaseModel):
    post_id: str
    media_id: str | None = None
    url: str | None = None
    creation_time: Any = None


class _Author(BaseModel):
    id: str | None = None
    name: str | None = None


class _Comment(BaseModel):
    id: str
    message: str = ""
    created_time: AwareDatetime
    author: _Author = Field(_Author(), alias="from")
    is_hidden: bool = False
    permalink_url: str | None = None


class _Count(BaseModel):
    total_count: int | None = None
    count: int | None = None


class _Summed(BaseModel):
    summary: _Count = _Count()


class _Counts(BaseModel):
    shares: _Count = _Count(count=0)  # left out where nobody shared it
    reactions: _Summed = _Summed()
    comments: _Summed = _Summed()


class _Value(BaseModel):
    value: int


class _Insight(BaseModel):
    values: list[_Value]


class _Call(NamedTuple):
    """The one call that publishes, and what it is about."""

    path: str
    said: dict[str, str]
    film: str | None = None  # what becomes public by it, where that has an id already


def connect(name: str, values: Mapping[str, str], client: httpx.Client) -> "Facebook":
    """Open a page with `{"page_id", "access_token"}`, and at will `app_secret`. Raises NoSuchSecret."""
    optional = ("app_secret", "version", "base_url")
    secret = Credentials(name, values, required=("page_id", "access_token"), optional=optional)
    of, base = version(secret, values), host(secret, values, _HOST)
    calls = Graph(
        "Facebook",
        client,
        f"{base}/{of}",
        StaticToken("Facebook", SecretStr(secret.token("access_token"))),
        own=_OWN,
        asks="reconnect the page",
        app_secret=app_secret_in(secret, values),
    )
    # Never the address that an answer tells: a token goes to the network's own hosts alone.
    uploads = f"{base if 'base_url' in values else _UPLOADS}/video-upload/{of}"
    return Facebook(calls, number(secret, values, "page_id"), uploads)


class Facebook:
    """One page. Films and pictures lie there unpublished before; words are found again among its posts."""

    guarantee = Guarantee.READABLE
    settling = SETTLING
    key_lives: timedelta | None = None
    limits: tuple[Limit, ...] = ()  # its headers tell when calls run out

    def __init__(self, calls: Graph, page: str, uploads: str) -> None:
        self._calls, self._page, self._films = calls, page, Films(calls, page, uploads)

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Send the files, unpublished; an upload that broke goes on where it did."""
        if why := _cannot(piece):
            return Refused(reason=why)
        if not piece.content.media or piece.reply_to:
            return Prepared()
        if not piece.content.has_film:
            return self._pictured(piece.content.media, media)
        if piece.content.format:
            return self._films.sent(piece, media)
        return self._films.uploaded(piece, media)

    def _pictured(self, files: tuple[MediaRef, ...], media: Media) -> Prepared | Refused | NotSent:
        """Let Facebook fetch the pictures: each is a photo that nobody sees."""
        photos: list[str] = []
        for ref in files:
            alt = {"alt_text_custom": ref.alt} if ref.alt else {}
            said = {"url": media.address(ref), "published": "false", **alt}
            made = self._calls.make(Made, "POST", f"{self._page}/photos", data=said)
            if not isinstance(made, Made):
                return made
            photos.append(made.id)
        return Prepared(refs=tuple(photos), good_until=datetime.now(UTC) + _PHOTO_LIVES)

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Publish what lies there, or write the words."""
        if len(piece.refs) < len(piece.content.media):
            return NotSent(reason="its files are not there yet", retry_after=_SOON)
        call = self._call(piece)
        done = self._calls.commit(
            "POST",
            call.path,
            fence,
            f"video: {call.film}" if call.film else f"own posts: {piece.content.hash}",
            data=call.said,
            binds=piece.content.hash.encode(),
        )
        match done:
            case Answer():
                return self._outcome(piece, call, done)
            case Told(means=Means.DUPLICATE):
                return self._said_already(piece, done)
            case Told():
                return Refused(reason=done.words)
            case _:
                return done

    def _call(self, piece: Piece) -> _Call:
        content = piece.content
        if piece.reply_to:
            return _Call(f"{piece.reply_to}/comments", {"message": content.body})
        if not content.media:
            link = {"link": content.link} if content.link else {}
            return _Call(f"{self._page}/feed", {"message": content.text, **link})
        first = piece.refs[0]
        if content.format == "story" and not content.has_film:
            return _Call(f"{self._page}/photo_stories", {"photo_id": first}, first)
        if content.format:
            said = {"upload_phase": "finish", "video_id": first, "video_state": "PUBLISHED"}
            words = {"description": content.body} if content.format == "reel" else {}
            return _Call(f"{self._page}/{edge(piece)}", said | words, first)
        if content.has_film:
            return _Call(first, {"published": "true"}, first)
        shown = ",".join(f'{{"media_fbid":"{one}"}}' for one in piece.refs)
        return _Call(f"{self._page}/feed", {"message": content.body, "attached_media": f"[{shown}]"})

    def _outcome(self, piece: Piece, call: _Call, answer: Answer) -> Outcome:
        told = self._calls.left(answer)
        if call.film is None:
            made = parsed(Made, answer)
            return self._shown(made.id, told) if made else self._calls.unclear(answer)
        done = parsed(Succeeded, answer)
        if not (done and done.success):
            return self._calls.unclear(answer)
        if piece.content.format == "story":
            return self._of_story(call.film, done.post_id)
        read = self._calls.look(Video, "GET", call.film, params={"fields": VIDEO_FIELDS}, timeout=ASIDE)
        film = read if isinstance(read, Video) else Video(id=call.film, post_id=done.post_id)
        return self._of_film(film, "answer")

    def _shown(self, post: str, told: Any) -> Published:
        asked = {"fields": "permalink_url,created_time"}
        read = self._calls.look(_Post, "GET", post, params=asked, timeout=ASIDE)
        url, at = (read.permalink_url, read.created_time) if isinstance(read, _Post) else (None, None)
        return Published(remote_id=post, url=url, proof="answer", at=at, left=told)

    def _of_film(self, film: Video, proof: str) -> Published:
        post = f"{self._page}_{film.post_id.rpartition('_')[2]}" if film.post_id else film.id
        url = httpx.URL(_WEB).join(film.permalink_url) if film.permalink_url else None
        return Published(remote_id=post, url=str(url) if url else None, proof=proof, at=film.created_time)

    def _of_story(self, shown: str, post: str | None) -> Published:
        found = self._story(shown)
        if isinstance(found, Published):
            return found.model_copy(update={"proof": "answer"})
        return Published(remote_id=f"{_STORY}{post or shown}", proof="answer")

    def _said_already(self, piece: Piece, told: Told) -> Outcome:
        """Look whether the same words are ours, from an attempt whose answer was lost."""
        found = self._found(piece, min(piece.due_at, datetime.now(UTC)), ever=True)
        match found:
            case Published():
                return found
            case NotFound():
                return Refused(reason=told.words)
        return Unknown(reason="Facebook has these words already, and does not show whose they are")

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Look at the film itself, or through the page's own posts, stories or comments."""
        return self._found(piece, since)

    def _found(self, piece: Piece, since: datetime, *, ever: bool = False) -> Published | NotFound | NotSent:
        content = piece.content
        if piece.reply_to:
            return self._comment_found(piece, since, ever=ever)
        if not content.media or not (content.has_film or content.format):
            return self._post_found(piece, since, ever=ever)
        if not piece.refs:
            return NotFound()
        return self._story(piece.refs[0]) if content.format == "story" else self._film_found(piece.refs[0])

    def _film_found(self, video: str) -> Published | NotFound | NotSent:
        read = self._calls.look(Video, "GET", video, params={"fields": VIDEO_FIELDS})
        if not isinstance(read, Video):
            return read
        if read.published or read.status.publishing_phase.status == "complete":
            return self._of_film(read, "own film")
        if read.status.publishing_phase.status == "in_progress":
            return NotSent(reason="Facebook is still publishing it", retry_after=_WORKS)
        return NotFound()

    def _story(self, shown: str) -> Published | NotFound | NotSent:
        asked = {"fields": "post_id,media_id,url,creation_time", "limit": "50"}
        page = self._calls.look(Page[_Story], "GET", f"{self._page}/stories", params=asked)
        if not isinstance(page, Page):
            return page
        found = next((one for one in page.data if one.media_id == shown), None)
        if found is None:
            return NotFound()
        return Published(remote_id=f"{_STORY}{found.post_id}", url=found.url, proof="own stories")

    def _post_found(self, piece: Piece, since: datetime, *, ever: bool) -> Published | NotFound | NotSent:
        asked = {"fields": "message,created_time,permalink_url", "limit": "100"}
        page = self._calls.look(Page[_Post], "GET", f"{self._page}/published_posts", params=asked)
        if not isinstance(page, Page):
            return page
        said = self._call(piece).said["message"]
        same = (
            one
            for one in reversed(page.data)  # the newest come first, to the second
            if is_of(one.created_time, since, ever=ever) and comparable(one.message) == comparable(said)
        )
        found = min(same, key=lambda one: one.created_time, default=None)
        if found is None:
            return NotFound()
        return Published(remote_id=found.id, url=found.permalink_url, proof="own feed", at=found.created_time)

    def _comment_found(self, piece: Piece, since: datetime, *, ever: bool) -> Published | NotFound | NotSent:
        asked = {
            "fields": "message,created_time,permalink_url,from",
            "order": "reverse_chronological",
            "limit": "100",
        }
        page = self._calls.look(Page[_Comment], "GET", f"{piece.reply_to}/comments", params=asked)
        if not isinstance(page, Page):
            return page
        wanted = comparable(piece.content.body)
        found = next(
            (
                one
                for one in page.data
                if is_of(one.created_time, since, ever=ever)
                and one.author.id in {None, self._page}
                and comparable(one.message) == wanted
            ),
            None,
        )
        if found is None:
            return NotFound()
        return Published(remote_id=found.id, url=found.permalink_url, proof="comments", at=found.created_time)

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Count reactions, comments, shares and views; who may not read all is told what may be read.

        What becomes of a story is counted under names that Meta does not document.
        """
        if remote_id.startswith(_STORY):
            return PostFigures()
        found = self._counts(remote_id)
        if not isinstance(found, PostFigures):
            return found
        return found.model_copy(update={"views": self._views(remote_id)})

    def _counts(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        whole = "shares,reactions.limit(0).summary(true),comments.limit(0).summary(true)"
        counts = self._calls.look(_Counts, "GET", remote_id, params={"fields": whole})
        if isinstance(counts, _Counts):
            return PostFigures(
                likes=counts.reactions.summary.total_count,
                replies=counts.comments.summary.total_count,
                shares=counts.shares.count,
            )
        return counts if isinstance(counts, NotFound) else self._counted(remote_id, counts)

    def _counted(self, remote_id: str, otherwise: NotSent) -> PostFigures | NotFound | NotSent:
        """Ask for one metric: the counts need pages_read_user_content, this read_insights."""
        asked = {"metric": "post_reactions_like_total"}
        page = self._calls.look(Page[_Insight], "GET", f"{remote_id}/insights", params=asked)
        if not isinstance(page, Page):
            return page if isinstance(page, NotFound) else otherwise
        values = [one.values[0].value for one in page.data if one.values]
        return PostFigures(likes=values[0]) if values else otherwise

    def _views(self, remote_id: str) -> int | None:
        # Only a post of the page has them: neither a comment nor a film that is no post yet.
        if not remote_id.startswith(f"{self._page}_"):
            return None
        asked = {"metric": "post_media_view"}
        page = self._calls.look(Page[_Insight], "GET", f"{remote_id}/insights", params=asked, timeout=ASIDE)
        values = [one.values[0].value for one in page.data if one.values] if isinstance(page, Page) else []
        return values[0] if values else None

    # ---------------------------------------------------------------- what stands below
    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Read what stands below a post, or below a comment."""
        fields = "message,created_time,from,is_hidden"
        return self._calls.comments(f"{remote_id}/comments", _Comment, fields, _told, after)

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Hide a comment from everybody but its author and their friends."""
        return self._calls.done("POST", comment, data={"is_hidden": "true"})

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Delete a post, a film or a comment."""
        if remote_id.startswith(_STORY):
            return Refused(reason="A Facebook story is taken away on Facebook itself, or by its day's end")
        return self._calls.done("DELETE", remote_id)


TERMS = Terms(
    (Facebook.guarantee,),
    Facebook.settling,
    Facebook.key_lives,
    Facebook.limits,
    kinds=("text", "link", "picture", "pictures", "film", "reel", "story"),
    offers=frozenset({Offer.COMMENTS, Offer.ANSWERS, Offer.HIDES, Offer.DELETES}),
)


def remote_id_in(url: str) -> str | None:
    """Read an address whose ids are numbers: https://www.facebook.com/61550000000001/posts/122100000000001.

    Newer ones (pfbid…) tell none.
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    match parts.path.rstrip("/").split("/"):
        case ["", page, "posts", post] if _IDS.fullmatch(page) and _IDS.fullmatch(post):
            return f"{page}_{post}"
        case ["", "reel", video] | ["", _, "videos", video] if _IDS.fullmatch(video):
            return video
        case ["", "permalink.php" | "story.php"]:
            both = [*asked.get("id", []), *asked.get("story_fbid", [])]
            return "_".join(both) if len(both) == 2 and all(map(_IDS.fullmatch, both)) else None  # noqa: PLR2004 (page and post)
    return None


# ---------------------------------------------------------------- what Facebook has
def _cannot(piece: Piece) -> str | None:
    """Say why Facebook has no such post, and what to write instead."""
    content = piece.content
    if piece.reply_to and piece.reply_to.startswith(_STORY):
        return "Facebook stories have no comments: take this one out"
    if piece.reply_to:
        return "Facebook comments are published without files: take them out" if content.media else None
    return _not_in_this_format(content) or _not_these_files(content)


def _not_in_this_format(content: Content) -> str | None:
    if content.format not in {None, "reel", "story"}:
        return f"Facebook has no format {content.format}: use reel or story, or leave it out"
    if content.format and len(content.media) != 1:
        return f"A Facebook {content.format} shows one file: give one"
    if content.format == "reel" and not content.has_film:
        return "A Facebook reel is a film: give one, or leave the format out"
    return None


def _not_these_files(content: Content) -> str | None:
    if content.has_film and len(content.media) > 1:
        return "Facebook shows a film alone: make two posts of it"
    if len(content.media) > _MOST_PICTURES:
        return f"Facebook posts of this kind show at most {_MOST_PICTURES} pictures: take some out"
    other = next((ref for ref in content.media if ref.kind not in {*_PICTURES, *_FILMS}), None)
    if other is None:
        return None
    return f"Facebook takes JPEG and PNG pictures, and MP4 and MOV films: {other.key} is {other.kind}"


def _told(one: _Comment) -> Comment:
    return Comment(
        remote_id=one.id, text=one.message, author=one.author.name, at=one.created_time, hidden=one.is_hidden
    )
