"""YouTube: one channel, through version 3 of its Data API: films, Shorts, and comments below them.

Sources: developers.google.com/youtube/v3 (errors, videos, guides/using_resumable_upload_protocol,
determine_quota_cost) and the discovery document of 4 November 2026.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from parution.credentials import Credentials
from parution.networks.calls import Calls, Patience, Told
from parution.networks.oauth import App, RefreshGrant
from parution.networks.terms import Offer, Terms
from parution.networks.uploads import opened
from parution.networks.youtube_answers import (
    FAILURES,
    GONE,
    LOCKED,
    Made,
    Replies,
    Reply,
    Statistics,
    Threads,
    Video,
    Videos,
    told,
)
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

_API, _TOKENS, _WEB = (
    "https://youtube.googleapis.com",
    "https://oauth2.googleapis.com/token",
    "https://www.youtube.com",
)
_GOOGLE = ".googleapis.com"

# Making a film public writes one row; its subscribers are told afterwards.
_PATIENCE = Patience(commit=httpx.Timeout(30.0, connect=5.0))
_SETTLING = timedelta(seconds=90)
_SOON, _AT_WORK = timedelta(seconds=1), timedelta(seconds=30)
# A worker lives for 90 s and may have to hold for 45: a long film goes on in the next one.
_UPLOADS_FOR = 20.0
_PART = 8 * 1024 * 1024  # parts are multiples of 256 KiB
# What is not ready so long before its instant is published as it is: it plays in its first quality, or
# as soon as it can, and a film that waited for all of them would be missed.
_PROCESSED_BY = timedelta(seconds=45)

_LONGEST_TITLE, _LONGEST_TAGS = 100, 500
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")  # those of comments are longer
_HASHTAG = re.compile(r"(?<![\w#])#(\w+)")
_RANGE = re.compile(r"bytes=0-(\d{1,15})")
_VIDEO, _SESSION, _THUMBNAIL = "video ", "session ", "thumbnail"
_PEOPLE_AND_BLOGS = "22"


class Declared(NamedTuple):
    """What a channel declares of each film, for the law and for YouTube's own order."""

    category: str = _PEOPLE_AND_BLOGS
    made_for_kids: bool = False
    synthetic_media: bool = False


def connect(name: str, values: Mapping[str, str], client: httpx.Client, tokens: TokenSource) -> "YouTube":
    """Open a channel with `{"client_id", "client_secret", "refresh_token"}`.

    At will `category` (a number), `made_for_kids` and `synthetic_media` ("true"). Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    category = values.get("category", _PEOPLE_AND_BLOGS)
    if not re.fullmatch(r"[0-9]{1,3}", category):
        raise secret.wrong("category", 'must be the number of a category, such as "22"')
    declared = Declared(category, secret.flag("made_for_kids"), secret.flag("synthetic_media"))
    return YouTube(client, _base(secret, values) or _API, tokens, declared)


def refresher(name: str, values: Mapping[str, str], client: httpx.Client) -> tuple[RefreshGrant, SecretStr]:
    """Give what renews the channel's access, and the refresh token that it begins with.

    Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    app = App(secret.token("client_id"), SecretStr(secret.token("client_secret")), in_header=False)
    base = _base(secret, values)
    grant = RefreshGrant(client, f"{base}/oauth/token" if base else _TOKENS, app)
    return grant, SecretStr(secret.token("refresh_token"))


def _secret(name: str, values: Mapping[str, str]) -> Credentials:
    return Credentials(
        name,
        values,
        required=("client_id", "client_secret", "refresh_token"),
        optional=("category", "made_for_kids", "synthetic_media", "base_url"),
    )


def _base(secret: Credentials, values: Mapping[str, str]) -> str | None:
    return secret.base_url("base_url") if "base_url" in values else None


class YouTube:
    """One channel. A film is uploaded as private under an id that is made public once."""

    guarantee = Guarantee.STEPWISE
    settling = _SETTLING
    key_lives: timedelta | None = None
    # 100 uploads and 10,000 units a day for a whole project: what is over is refused ahead, by its name.
    limits: tuple[Limit, ...] = ()

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        tokens: TokenSource,
        declared: Declared | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = Calls("YouTube", client, base_url, tokens, told=told, patience=_PATIENCE)
        self._base, self._declared, self._elapsed = base_url, declared or Declared(), elapsed

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Upload the film as private, or go on with it; then its thumbnail; then wait for YouTube."""
        if piece.reply_to:
            return _comment_ready(piece)
        planned = _planned(piece.content)
        if isinstance(planned, Refused):
            return planned
        film, thumbnail = planned
        made = _ref(piece.refs, _VIDEO) or self._uploaded(piece, film, media)
        if not isinstance(made, str):
            return made
        refs = tuple(dict.fromkeys((_VIDEO + made, *piece.refs[1:])))
        if thumbnail and _THUMBNAIL not in refs:
            failed = self._thumbnail(made, thumbnail, media)
            if failed:
                return failed if isinstance(failed, Refused) else _go_on(refs, failed)
            refs += (_THUMBNAIL,)
        return self._processed(made, refs, piece.due_at)

    def _uploaded(self, piece: Piece, film: MediaRef, media: Media) -> str | Preparing | Refused | NotSent:
        """Give the id of the film once its last byte is there; a session that has ended begins anew."""
        size, until = media.size(film), self._elapsed() + _UPLOADS_FOR
        if session := _ref(piece.refs, _SESSION):
            there = self._put(session, b"", f"bytes */{size}")
            if not isinstance(there, NotFound):
                return self._sent(session, there, film, media, until)
        begun = self._begun(piece.content, film, size)
        return self._sent(begun, 0, film, media, until) if isinstance(begun, str) else begun

    def _begun(self, content: Content, film: MediaRef, size: int) -> str | Refused | NotSent:
        """Begin a session with all that is said of the film; its address is its own right."""
        answer = self._calls.made(
            "POST",
            "upload/youtube/v3/videos",
            params={"uploadType": "resumable", "part": "snippet,status"},
            json={"snippet": self._snippet(content), "status": self._status("private")},
            headers={"X-Upload-Content-Type": film.kind, "X-Upload-Content-Length": str(size)},
        )
        if not isinstance(answer, Answer):
            return answer
        session = str(answer.headers.get("Location", ""))
        if not _is_of(session, self._base):
            return NotSent(reason="YouTube began no upload", retry_after=_AT_WORK)
        return session

    def _sent(
        self, session: str, there: str | int | Refused | NotSent, film: MediaRef, media: Media, until: float
    ) -> str | Preparing | Refused:
        """Send what is not there yet, part after part; what breaks goes on where YouTube says that it is."""
        size, refs = media.size(film), (_SESSION + session,)
        while isinstance(there, int):
            if self._elapsed() > until:
                return Preparing(
                    refs=refs, reason=f"{there} of {size} bytes are on YouTube", retry_after=_SOON
                )
            data = media.part(film, there, _PART)
            now_there = self._put(session, data, f"bytes {there}-{there + len(data) - 1}/{size}")
            if isinstance(now_there, NotFound) or now_there == there:
                return Preparing(refs=refs, reason="the upload to YouTube broke off", retry_after=_AT_WORK)
            there = now_there
        return _go_on(refs, there) if isinstance(there, NotSent) else there

    def _put(self, session: str, data: bytes, place: str) -> str | int | NotFound | Refused | NotSent:
        """Put a part; give the film's id after the last one, else how many bytes YouTube has."""
        upload = {"headers": {"Content-Range": place}, "content": data, "timeout": _PATIENCE.upload}
        answer = self._calls.do("PUT", session, **upload)
        if not isinstance(answer, Answer):
            return answer
        if answer.status == httpx.codes.PERMANENT_REDIRECT:
            there = _RANGE.fullmatch(answer.headers.get("Range", ""))
            return int(there[1]) + 1 if there else 0
        made = parsed(Made, answer)
        unread = NotSent(reason="YouTube did not say which film it made", retry_after=_AT_WORK)
        return made.id if made else unread

    def _thumbnail(self, video: str, picture: MediaRef, media: Media) -> Refused | NotSent | None:
        answer = self._calls.made(
            "POST",
            "upload/youtube/v3/thumbnails/set",
            params={"uploadType": "media", "videoId": video},
            headers={"Content-Type": picture.kind},
            content=opened(media, picture),
        )
        return None if isinstance(answer, Answer) else answer

    def _processed(
        self, video: str, refs: tuple[str, ...], due_at: datetime
    ) -> Prepared | Preparing | Refused:
        """Say whether YouTube has understood the film; while it works, there is time to the instant."""
        found = self._read(video, "status")
        match found:
            case NotSent():
                return _go_on(refs, found)
            case NotFound():
                return Refused(reason=GONE)
        status = found.status
        if status.upload in {"failed", "rejected", "deleted"}:
            why = status.failure or status.rejection or status.upload
            return Refused(reason=f"YouTube does not take this film: {FAILURES.get(why, why)}")
        if status.upload == "uploaded" and _now() + _PROCESSED_BY < due_at:
            return Preparing(refs=refs, reason="YouTube is still processing the film", retry_after=_AT_WORK)
        return Prepared(refs=refs)

    def _snippet(self, content: Content) -> dict[str, Any]:
        title, description = _title_and_text(content)
        return {
            "title": title,
            "description": description,
            "tags": list(_tags(content.text)),
            "categoryId": self._declared.category,
            "defaultLanguage": content.language.partition("-")[0],
        }

    def _status(self, privacy: str) -> dict[str, Any]:
        # What an update leaves out of a part goes back to its default, so that both calls say all of it.
        return {
            "privacyStatus": privacy,
            "embeddable": True,
            "publicStatsViewable": True,
            "license": "youtube",
            "selfDeclaredMadeForKids": self._declared.made_for_kids,
            "containsSyntheticMedia": self._declared.synthetic_media,
        }

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Make the film public by its id: asked twice, it is one film. A comment is written."""
        if piece.reply_to:
            return self._commented(piece, piece.reply_to, fence)
        video = _ref(piece.refs, _VIDEO)
        if video is None:
            return NotSent(reason="its film is not on YouTube yet", retry_after=_AT_WORK)
        said = {"id": video, "status": self._status("public")}
        binds = piece.content.hash.encode()
        answer = self._calls.commit(
            "PUT",
            "youtube/v3/videos",
            fence,
            _VIDEO + video,
            params={"part": "status"},
            json=said,
            binds=binds,
        )
        match answer:
            case Told():
                return Refused(reason="Somebody deleted the film on YouTube before it was published")
            case Answer():
                return self._public(answer, piece, video)
        return answer

    def _public(self, answer: Answer, piece: Piece, video: str) -> Published | Refused | Unknown:
        """Believe what is read afterwards: a project without audit is told yes, and the film is locked."""
        made = parsed(Video, answer)
        if made is None:
            return self._calls.unclear(answer)
        seen = self._read(video, "snippet,status") if made.status.privacy == "public" else made
        if isinstance(seen, Video) and seen.status.privacy != "public":
            return Refused(reason=f"{LOCKED}: https://studio.youtube.com/video/{video}")
        return _published(piece, video, "answer", seen if isinstance(seen, Video) else made)

    def _commented(self, piece: Piece, under: str, fence: Fence) -> Outcome:
        where, said = _comment(under, _plain(piece.content.body))
        binds = piece.content.hash.encode()
        answer = self._calls.commit(
            "POST",
            f"youtube/v3/{where}",
            fence,
            params={"part": "snippet"},
            json=said,
            binds=binds,
            marker=under,
        )
        match answer:
            case Told():
                return Refused(reason=answer.words)
            case Answer():
                made = parsed(Made, answer)
                return _below(made.id, under, "answer") if made else self._calls.unclear(answer)
        return answer

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """See whether the film is public; or whether the comment stands among the newest of the channel."""
        if piece.reply_to:
            return self._comment_found(piece, piece.reply_to, since)
        video = _ref(piece.refs, _VIDEO)
        found = self._read(video, "snippet,status") if video else NotFound()
        if not isinstance(found, Video) or video is None:
            return found if isinstance(found, NotFound | NotSent) else NotFound()
        return _published(piece, video, "film", found) if found.status.privacy == "public" else NotFound()

    def _read(self, video: str, part: str) -> Video | NotFound | NotSent:
        found = self._calls.look(Videos, "GET", "youtube/v3/videos", params={"part": part, "id": video})
        if isinstance(found, Videos):
            return found.items[0] if found.items else NotFound()
        return found

    def _comment_found(self, piece: Piece, under: str, since: datetime) -> Published | NotFound | NotSent:
        said, begins = _plain(piece.content.body).strip(), since - timedelta(minutes=1)
        page: str | None = None
        for _ in range(5):
            found = self._page(under, page)
            if isinstance(found, NotFound | NotSent):
                return found
            for one in _first_comments(found):
                written = one.snippet
                ours = written.by and written.by.value == written.channel
                if ours and written.at >= begins and (written.original or written.shown).strip() == said:
                    return _below(one.id, under, "own comments")
            page = found.more
            if page is None:
                break
        return NotFound()

    def _page(self, under: str, page: str | None) -> Threads | Replies | NotFound | NotSent:
        asked = {"part": "snippet", "maxResults": "100", "textFormat": "plainText"}
        asked |= {"pageToken": page} if page else {}
        if _VIDEO_ID.fullmatch(under):
            asked |= {"videoId": under, "order": "time"}
            return self._calls.look(Threads, "GET", "youtube/v3/commentThreads", params=asked)
        return self._calls.look(
            Replies, "GET", "youtube/v3/comments", params=asked | {"parentId": _thread(under)}
        )

    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Read what stands below a film, or below a comment; what waits for a moderator is not shown."""
        found = self._page(remote_id, after)
        if isinstance(found, NotFound | NotSent):
            return found
        return Comments(found=tuple(_read_as(one) for one in _first_comments(found)), more=found.more)

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Hold a comment for review: nobody else sees it, and a moderator may let it out again."""
        asked = {"id": comment, "moderationStatus": "heldForReview"}
        return _done(self._calls.do("POST", "youtube/v3/comments/setModerationStatus", params=asked))

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Delete a film for good, or a comment of ours."""
        where = "videos" if _VIDEO_ID.fullmatch(remote_id) else "comments"
        return _done(self._calls.do("DELETE", f"youtube/v3/{where}", params={"id": remote_id}))

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read views, likes and comments of a film, or likes and answers of a comment."""
        if not _VIDEO_ID.fullmatch(remote_id):
            return self._comment_figures(remote_id)
        asked = {"part": "statistics", "id": remote_id}
        found = self._calls.look(Statistics, "GET", "youtube/v3/videos", params=asked)
        if not isinstance(found, Statistics):
            return found
        return PostFigures(**found.items[0].statistics.model_dump()) if found.items else NotFound()

    def _comment_figures(self, comment: str) -> PostFigures | NotFound | NotSent:
        asked, is_reply = {"part": "snippet", "id": comment}, "." in comment
        if is_reply:
            reply = self._calls.look(Replies, "GET", "youtube/v3/comments", params=asked)
            if not isinstance(reply, Replies):
                return reply
            return PostFigures(likes=reply.items[0].snippet.likes) if reply.items else NotFound()
        found = self._calls.look(Threads, "GET", "youtube/v3/commentThreads", params=asked)
        if not isinstance(found, Threads):
            return found
        if not found.items:
            return NotFound()
        thread = found.items[0].snippet
        return PostFigures(likes=thread.first.snippet.likes, replies=thread.replies)


TERMS = Terms(
    (YouTube.guarantee,),
    YouTube.settling,
    YouTube.key_lives,
    YouTube.limits,
    kinds=("film", "short"),
    offers=frozenset({Offer.COMMENTS, Offer.ANSWERS, Offer.HIDES, Offer.DELETES}),
)


def remote_id_in(url: str) -> str | None:
    """Read the id of a film from its address, or of the comment that the address names (`lc`)."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    match parts.path.strip("/").split("/"):
        case ["watch"] if "v" in asked:
            found = asked.get("lc", asked["v"])[0]
        case ["shorts" | "live" | "embed", name]:
            found = name
        case [name] if parts.hostname == "youtu.be":
            found = name
        case _:
            return None
    return found if re.fullmatch(r"[A-Za-z0-9_.-]{11,80}", found) else None


# ---------------------------------------------------------------- what is planned
def _planned(content: Content) -> tuple[MediaRef, MediaRef | None] | Refused:
    """Give the film and, at will, the picture that is its thumbnail."""
    if content.format not in {None, "short"}:
        return Refused(reason=f'YouTube has no format {content.format!r}: write "short", or leave it out')
    films = [ref for ref in content.media if ref.kind.startswith("video/")]
    pictures = [ref for ref in content.media if ref.kind.startswith("image/")]
    if len(films) != 1 or len(pictures) > 1 or len(films) + len(pictures) != len(content.media):
        return Refused(reason="YouTube takes one film, and one picture as its thumbnail: change the media")
    if not content.text.strip():
        return Refused(reason="YouTube takes no film without a title: write one as the text's first line")
    return films[0], pictures[0] if pictures else None


def _title_and_text(content: Content) -> tuple[str, str]:
    """Take the first line as the title where more follows; else the text begins its own title."""
    first, _, rest = content.text.strip().partition("\n")
    below = f"\n\n{content.link}" if content.link and content.link not in content.text else ""
    title, text = first.strip(), rest.strip() or content.text.strip()
    if _length(title) > _LONGEST_TITLE:
        title, text = _cut(title), content.text.strip()
    return _plain(title), _plain(text + below)


def _length(title: str) -> int:
    # YouTube's own form counts in units of UTF-16, where most emoji are two.
    return len(title.encode("utf-16-le")) // 2


def _cut(title: str) -> str:
    while _length(title) >= _LONGEST_TITLE:
        title = title[:-1]
    return title.rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _plain(text: str) -> str:
    # YouTube refuses both signs wherever they stand; the quotation marks look like them.
    return text.translate({ord("<"): 0x2039, ord(">"): 0x203A})


def _tags(text: str) -> Iterator[str]:
    """Give the text's hashtags as tags, as many as YouTube takes; it counts a comma between them."""
    length = 0
    for tag in dict.fromkeys(_HASHTAG.findall(text)):
        length += len(tag) + 1
        if length > _LONGEST_TAGS:
            return
        yield tag


# ---------------------------------------------------------------- comments
def _comment_ready(piece: Piece) -> Prepared | Refused:
    if piece.content.media:
        return Refused(reason="YouTube takes no files in comments: leave them out")
    # Without a reference the desk sends nothing twice: a comment cannot be held back, and has no mark.
    return Prepared()


def _comment(under: str, text: str) -> tuple[str, dict[str, Any]]:
    """Say where a comment goes: below a film it begins a thread, below a comment it answers."""
    if _VIDEO_ID.fullmatch(under):
        first = {"snippet": {"textOriginal": text}}
        return "commentThreads", {"snippet": {"videoId": under, "topLevelComment": first}}
    return "comments", {"snippet": {"parentId": _thread(under), "textOriginal": text}}


def _thread(comment: str) -> str:
    # Answers hang below the first comment of a thread; their ids begin with its own.
    return comment.partition(".")[0]


def _first_comments(page: Threads | Replies) -> list[Reply]:
    return [one.snippet.first for one in page.items] if isinstance(page, Threads) else page.items


def _read_as(one: Reply) -> Comment:
    written = one.snippet
    return Comment(remote_id=one.id, text=written.shown, author=written.author, at=written.at)


def _below(made: str, under: str, proof: str) -> Published:
    url = f"{_WEB}/watch?v={under}&lc={made}" if _VIDEO_ID.fullmatch(under) else None
    return Published(remote_id=made, url=url, proof=proof)


# ---------------------------------------------------------------- answers
def _published(piece: Piece, video: str, proof: str, seen: Video) -> Published:
    page = f"shorts/{video}" if piece.content.format == "short" else f"watch?v={video}"
    at = seen.snippet.at if seen.snippet else None
    return Published(remote_id=video, url=f"{_WEB}/{page}", proof=proof, at=at)


def _ref(refs: tuple[str, ...], kind: str) -> str | None:
    return next((ref.removeprefix(kind) for ref in refs if ref.startswith(kind)), None)


def _go_on(refs: tuple[str, ...], why: NotSent) -> Preparing:
    # Given back as not sent, what was uploaded would be forgotten, and uploaded once more.
    return Preparing(refs=refs, reason=why.reason, retry_after=why.retry_after)


def _done(answer: Answer | NotFound | Refused | NotSent) -> Done | NotFound | Refused | NotSent:
    return Done() if isinstance(answer, Answer) else answer


def _is_of(session: str, base: str) -> bool:
    """Say whether an address that YouTube gave is its own: it gets the access token, too."""
    try:
        there, here = httpx.URL(session), httpx.URL(base)
    except httpx.InvalidURL:
        return False
    if (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port):
        return True
    return there.scheme == "https" and there.host.endswith(_GOOGLE) and here.host.endswith(_GOOGLE)


def _now() -> datetime:
    return datetime.now(UTC)
