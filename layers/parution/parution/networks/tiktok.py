"""TikTok: one account, through the Content Posting API: films, posted directly.

Sources: developers.tiktok.com, content-posting-api: reference-direct-post, media-transfer-guide,
reference-get-video-status, content-sharing-guidelines; tiktok-api-v2-video-query. No description of this API
in a form that a program reads is published.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, BeforeValidator, Field, SecretStr

from parution.credentials import Credentials
from parution.errors import MediaChanged
from parution.networks.calls import Calls, Means, Patience, Told
from parution.networks.oauth import App, RefreshGrant
from parution.networks.terms import Terms
from parution.networks.uploads import Span
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
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

_API, _WEB, _HOSTS = "https://open.tiktokapis.com", "https://www.tiktok.com", ".tiktokapis.com"

# The last part goes with the one call that publishes: 10 MiB at most, for which a worker has 30 s.
_PATIENCE = Patience(commit=httpx.Timeout(30.0, connect=5.0))
# Films of 512 MB are processed in half a minute (reference-get-video-status); meanwhile nothing is resent.
_SETTLING = timedelta(seconds=60)
_SOON, _A_MOMENT, _MINUTE = timedelta(seconds=10), timedelta(seconds=1), timedelta(minutes=1)
# An upload's address and the film's own live for an hour.
_GOOD_FOR = timedelta(minutes=50)

# Parts have 5 MB at least, and all but the last are alike: the smallest parts make the smallest last one.
# 5 MiB is enough for whoever counts megabytes either way.
_LEAST, _MOST_PARTS = 5 * 1024 * 1024, 1000
# A worker lives for 90 s and may have to hold for 45: a long film goes on in the next one.
_UPLOADS_FOR = 20.0
_LARGEST = 4 * 1024**3
_LONGEST_TEXT = 2200  # units of UTF-16

_PRIVACIES = ("PUBLIC_TO_EVERYONE", "FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
_PUBLIC_ID = re.compile(r"[0-9]{5,20}")

_CONNECT_AGAIN = (
    "TikTok asks you to connect the account again, and to allow that films are posted (video.publish)"
)
_CHANGE = "TikTok does not take this post: change it"
_AUDIT = (
    "TikTok has not audited the app behind the secret: until then it posts to private accounts alone, and"
    ' for nobody but the account itself (privacy "SELF_ONLY")'
)
_THERE = "TikTok has another part of this film than the one before"
_PRIVACY = "TikTok does not offer this account the privacy that the secret names: it offers"

# Errors by their codes, each with a fixture in the tests; they count only in TikTok's own envelope, which
# comes with status 200, too.
CODES: Mapping[str, tuple[Means, str]] = {
    "access_token_invalid": (Means.TOKEN, ""),
    "invalid_file_upload": (Means.REFUSED, "TikTok does not take this file: give an MP4 file with H.264"),
    "invalid_param": (Means.REFUSED, _CHANGE),
    "invalid_params": (Means.REFUSED, _CHANGE),
    "invalid_publish_id": (Means.MISSING, "TikTok no longer knows this upload"),
    "privacy_level_option_mismatch": (
        Means.REFUSED,
        "TikTok does not offer this account the privacy that the secret names",
    ),
    "rate_limit_exceeded": (Means.LATER, "TikTok asks for a pause: too many requests"),
    "reached_active_user_cap": (Means.LATER, "TikTok lets no more accounts post through this app today"),
    "scope_not_authorized": (Means.REFUSED, _CONNECT_AGAIN),
    "scope_permission_missed": (Means.REFUSED, _CONNECT_AGAIN),
    "spam_risk_too_many_posts": (Means.LATER, "TikTok takes no more posts of this account today"),
    "spam_risk_user_banned_from_posting": (Means.REFUSED, "TikTok forbids this account to post"),
    "token_not_authorized_for_specified_publish_id": (
        Means.REFUSED,
        "This upload belongs to another TikTok account",
    ),
    "unaudited_client_can_only_post_to_private_accounts": (Means.REFUSED, _AUDIT),
}
_WAITS = {
    "rate_limit_exceeded": _MINUTE,  # counted over a minute that rolls on
    "reached_active_user_cap": timedelta(hours=1),
    "spam_risk_too_many_posts": timedelta(hours=1),
}
# Why a film that was sent whole does not appear.
FAILURES: Mapping[str, str] = {
    "auth_removed": "the account took its permission back: connect it again",
    "duration_check_failed": "it is too short, or longer than this account may post",
    "file_format_check_failed": "its format: give an MP4 file with H.264",
    "frame_rate_check_failed": "its frame rate: give 23 to 60 frames a second",
    "internal": "something went wrong at TikTok: plan it again",
    "picture_size_check_failed": "its size: give 360 to 4096 pixels a side",
    "publish_cancelled": "somebody cancelled it",
    "spam_risk": "TikTok takes it for spam",
    "spam_risk_text": "TikTok takes its text for spam: change it",
    "spam_risk_too_many_posts": "TikTok takes no more posts of this account today",
    "spam_risk_user_banned_from_posting": "TikTok forbids this account to post",
}


class _Failure(BaseModel):
    code: str
    message: str = ""


class _Envelope(BaseModel):
    error: _Failure


class _Creator(BaseModel):
    user: str = Field("", alias="creator_username")
    privacies: tuple[str, ...] = Field(alias="privacy_level_options")
    no_comments: bool = Field(default=False, alias="comment_disabled")
    no_duets: bool = Field(default=False, alias="duet_disabled")
    no_stitches: bool = Field(default=False, alias="stitch_disabled")


class _CreatorInfo(BaseModel):
    data: _Creator


class _Begun(BaseModel):
    publish_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
    upload_url: Annotated[str, Field(max_length=512)]


class _Init(BaseModel):
    data: _Begun


def _listed(value: object) -> object:
    # Documented as a list, seen as a single value; and as a number, although longer than JavaScript's.
    if value is None:
        return []
    return [str(one) for one in (value if isinstance(value, list) else [value])]


class _State(BaseModel):
    status: str
    fail_reason: str = ""
    uploaded: int | None = Field(None, alias="uploaded_bytes")
    public_ids: Annotated[list[str], BeforeValidator(_listed)] = Field(
        [], alias="publicaly_available_post_id"
    )


class _Status(BaseModel):
    data: _State


class _Counts(BaseModel):
    likes: int | None = Field(None, alias="like_count")
    shares: int | None = Field(None, alias="share_count")
    replies: int | None = Field(None, alias="comment_count")
    views: int | None = Field(None, alias="view_count")


class _Counted(BaseModel):
    videos: list[_Counts]


class _Query(BaseModel):
    data: _Counted


class Declared(NamedTuple):
    """What an account declares of each film, and who may see it."""

    privacy: str = _PRIVACIES[0]
    own_brand: bool = False  # the film promotes the account's own business
    paid_partnership: bool = False
    ai_generated: bool = False


class _Upload(NamedTuple):
    """One upload as its references keep it."""

    publish: str
    upload: str
    until: datetime
    user: str
    last: str = ""  # the place of the film's last part, as Content-Range writes it

    @classmethod
    def kept(cls, refs: tuple[str, ...]) -> "_Upload | None":
        said = dict(ref.split(" ", 1) for ref in refs if " " in ref)
        if not {"publish", "upload", "until"} <= said.keys():
            return None
        until = datetime.fromisoformat(said["until"])
        rest = [said.get(key, "") for key in ("user", "last")]
        return cls(said["publish"], said["upload"], until, *rest)

    @property
    def refs(self) -> tuple[str, ...]:
        said = self._asdict() | {"until": self.until.isoformat()}
        return tuple(f"{key} {value}" for key, value in said.items() if value)


def connect(
    name: str,
    values: Mapping[str, str],
    client: httpx.Client,
    tokens: TokenSource,
    *,
    media: Media | None = None,
) -> "TikTok":
    """Open an account with `{"client_key", "client_secret", "refresh_token"}`.

    At will `privacy` (one of TikTok's own words), `own_brand`, `paid_partnership` and `ai_generated`
    ("true"). Without ``media`` it can tell of films, and publish none. Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    privacy = values.get("privacy", _PRIVACIES[0])
    if privacy not in _PRIVACIES:
        raise secret.wrong("privacy", f"must be one of {', '.join(_PRIVACIES)}")
    paid = secret.flag("paid_partnership")
    if paid and privacy == "SELF_ONLY":
        raise secret.wrong("paid_partnership", "cannot be declared of what nobody else may see")
    declared = Declared(privacy, secret.flag("own_brand"), paid, secret.flag("ai_generated"))
    return TikTok(client, _base(secret, values), tokens, declared, media=media)


def refresher(name: str, values: Mapping[str, str], client: httpx.Client) -> tuple[RefreshGrant, SecretStr]:
    """Give what renews the account's access, and the refresh token that it begins with.

    Each refresh token works once. Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    password = SecretStr(secret.token("client_secret"))
    app = App(secret.token("client_key"), password, in_header=False, id_field="client_key")
    grant = RefreshGrant(client, f"{_base(secret, values)}/v2/oauth/token/", app)
    return grant, SecretStr(secret.token("refresh_token"))


def _secret(name: str, values: Mapping[str, str]) -> Credentials:
    return Credentials(
        name,
        values,
        required=("client_key", "client_secret", "refresh_token"),
        optional=("privacy", "own_brand", "paid_partnership", "ai_generated", "base_url"),
    )


def _base(secret: Credentials, values: Mapping[str, str]) -> str:
    return secret.base_url("base_url") if "base_url" in values else _API


class TikTok:
    """One account. A film appears once its last part has arrived; all others are sent ahead."""

    guarantee = Guarantee.STEPWISE
    settling = _SETTLING
    key_lives: timedelta | None = None
    # 6 uploads a minute and some 15 posts a day: both are refused ahead, by their names.
    limits: tuple[Limit, ...] = ()

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        tokens: TokenSource,
        declared: Declared | None = None,
        *,
        media: Media | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = Calls("TikTok", client, base_url, tokens, told=_told, patience=_PATIENCE)
        self._base, self._media, self._elapsed = base_url, media, elapsed
        self._declared = declared or Declared()

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Begin an upload and send all parts but the last; one that is not finished is gone on with."""
        film = _planned(piece)
        if isinstance(film, Refused):
            return film
        size = media.size(film)
        if size > _LARGEST:
            return Refused(reason="TikTok takes films of 4 GB at most")
        upload, there = _Upload.kept(piece.refs), self._there(piece.refs)
        if isinstance(there, NotSent):
            return there
        if upload is None or there is None or _now() >= upload.until:
            begun = self._begun(piece.content, size)
            if not isinstance(begun, _Upload):
                return begun
            upload, there = begun, 0
        return self._sent(upload, there, film, media)

    def _there(self, refs: tuple[str, ...]) -> int | NotSent | None:
        """Ask how much of an upload is there; None: it is over, and another one begins."""
        upload = _Upload.kept(refs)
        if upload is None:
            return None
        state = self._state(upload.publish)
        if isinstance(state, NotSent):
            return state
        going_on = isinstance(state, _State) and state.status == "PROCESSING_UPLOAD"
        return (state.uploaded or 0) if isinstance(state, _State) and going_on else None

    def _begun(self, content: Content, size: int) -> _Upload | Refused | NotSent:
        """Begin an upload. One to which nothing is sent has no effect, so that it may be begun again."""
        creator = self._creator()
        if not isinstance(creator, _Creator):
            return creator
        first = parts(size)[0]
        said = {
            "post_info": self._post_info(content, creator),
            "source_info": {
                "source": "FILE_UPLOAD",
                "video_size": size,
                "chunk_size": first.length,
                "total_chunk_count": len(parts(size)),
            },
        }
        made = self._calls.make(_Init, "POST", "v2/post/publish/video/init/", **_json(said))
        if not isinstance(made, _Init):
            return made
        if not _is_of(made.data.upload_url, self._base):
            return NotSent(reason="TikTok gave no address to upload to", retry_after=_SOON)
        until = (_now() + _GOOD_FOR).replace(microsecond=0)
        return _Upload(made.data.publish_id, made.data.upload_url, until, creator.user)

    def _creator(self) -> _Creator | Refused | NotSent:
        """Ask what the account may do now, as TikTok wants it before each post."""
        info = self._calls.make(_CreatorInfo, "POST", "v2/post/publish/creator_info/query/", **_json({}))
        if not isinstance(info, _CreatorInfo):
            return info
        offered = info.data.privacies
        if self._declared.privacy in offered:
            return info.data
        return Refused(reason=_AUDIT if offered == ("SELF_ONLY",) else f"{_PRIVACY} {', '.join(offered)}")

    def _post_info(self, content: Content, creator: _Creator) -> dict[str, Any]:
        declared = self._declared
        return {
            "title": content.body.strip(),
            "privacy_level": declared.privacy,
            "disable_comment": creator.no_comments,
            "disable_duet": creator.no_duets,
            "disable_stitch": creator.no_stitches,
            "brand_organic_toggle": declared.own_brand,
            "brand_content_toggle": declared.paid_partnership,
            "is_aigc": declared.ai_generated,
        }

    def _sent(
        self, upload: _Upload, there: int, film: MediaRef, media: Media
    ) -> Prepared | Preparing | Refused:
        """Send the parts that are not there yet, but the last; a long film goes on in the next worker."""
        *ahead, last = parts(media.size(film))
        until = self._elapsed() + _UPLOADS_FOR
        for part in (each for each in ahead if each.last >= there):
            if self._elapsed() > until:
                reason = f"{part.first} of {part.of} bytes are on TikTok"
                return Preparing(refs=upload.refs, reason=reason, retry_after=_A_MOMENT)
            failed = self._put(upload, part, film, media)
            if isinstance(failed, NotSent):
                return Preparing(refs=upload.refs, reason=failed.reason, retry_after=failed.retry_after)
            if failed:
                return failed
        ready = upload._replace(last=last.content_range)
        return Prepared(refs=ready.refs, good_until=upload.until)

    def _put(self, upload: _Upload, part: Span, film: MediaRef, media: Media) -> Refused | NotSent | None:
        data, headers = media.part(film, part.first, part.length), _place(film.kind, part.content_range)
        answer = self._calls.made("PUT", upload.upload, bearer=False, headers=headers, content=data)
        if isinstance(answer, Refused) and answer.reason == _THERE:
            return NotSent(reason=_THERE, retry_after=_SOON)  # it is asked how much is there
        return None if isinstance(answer, Answer) else answer

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Send the last part: TikTok then posts the film. Sent twice, it is one part of one film."""
        upload, film = _Upload.kept(piece.refs), _planned(piece)
        if upload is None or not upload.last or isinstance(film, Refused):
            return NotSent(reason="its film is not on TikTok yet", retry_after=_SOON)
        data = self._last(upload, film)
        if not isinstance(data, bytes):
            return data
        answer = self._calls.commit(
            "PUT",
            upload.upload,
            fence,
            f"publish id: {upload.publish}",
            bearer=False,
            headers=_place(film.kind, upload.last),
            content=data,
            binds=piece.content.hash.encode(),
        )
        match answer:
            case Told(means=Means.MISSING):
                return Refused(reason=answer.words)
            case Told() | Answer(status=httpx.codes.CREATED):  # it is there now, or was there before
                return self._posted(upload)
            case Answer():
                return self._calls.unclear(answer)
        return answer

    def _last(self, upload: _Upload, film: MediaRef) -> bytes | Refused | NotSent:
        """Read the film's last part before the fence is crossed."""
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", upload.last)
        if self._media is None or found is None:
            return NotSent(reason="the last part of the film could not be read", retry_after=_SOON)
        first, last = int(found[1]), int(found[2])
        try:
            return self._media.part(film, first, last - first + 1)
        except MediaChanged:
            return Refused(reason=f"{film.key} is no longer the file that was planned")

    def _posted(self, upload: _Upload) -> Published | Refused | Unknown:
        """Ask at once what TikTok makes of the whole film; while it checks it, nobody knows."""
        state = self._state(upload.publish)
        if isinstance(state, _State) and state.status == "FAILED":
            return Refused(reason=f"TikTok did not post the film: {_why(state)}")
        if isinstance(state, _State) and state.status == "PUBLISH_COMPLETE":
            return _published(upload, state, "answer")
        return Unknown(reason="TikTok has the whole film, and is still checking it")

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:  # noqa: ARG002 (it is asked by its id)
        """Ask what became of the upload; while TikTok checks a film that it has whole, ask again."""
        upload = _Upload.kept(piece.refs)
        state = self._state(upload.publish) if upload else NotFound()
        if upload is None or not isinstance(state, _State):
            return NotFound() if isinstance(state, _State) else state
        if state.status == "PUBLISH_COMPLETE":
            return _published(upload, state, "status")
        has_all = state.uploaded is None or state.uploaded >= int(upload.last.rpartition("/")[2] or 0)
        if state.status.startswith("PROCESSING") and upload.last and has_all:
            return NotSent(reason="TikTok is still checking the film", retry_after=_MINUTE)
        return NotFound()

    def _state(self, publish: str) -> _State | NotFound | NotSent:
        asked = _json({"publish_id": publish})
        found = self._calls.look(_Status, "POST", "v2/post/publish/status/fetch/", **asked)
        return found.data if isinstance(found, _Status) else found

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read likes, shares, comments and views, by the public id or by the upload's, which leads to it."""
        public = remote_id if _PUBLIC_ID.fullmatch(remote_id) else self._public_id(remote_id)
        if isinstance(public, NotSent):
            return public
        found = self._calls.look(
            _Query,
            "POST",
            "v2/video/query/",
            params={"fields": "id,like_count,comment_count,share_count,view_count"},
            **_json({"filters": {"video_ids": [public]}}),
        )
        if not isinstance(found, _Query):
            return found
        counted = found.data.videos
        return PostFigures(**counted[0].model_dump()) if counted else NotFound()

    def _public_id(self, publish: str) -> str | NotSent:
        state = self._state(publish)
        if isinstance(state, _State) and state.public_ids:
            return state.public_ids[0]
        # Private films have none; those that a moderator looks at get theirs hours later.
        reason = "TikTok has not told the public id of this film"
        return NotSent(reason=reason, retry_after=timedelta(hours=1))


TERMS = Terms((TikTok.guarantee,), TikTok.settling, TikTok.key_lives, TikTok.limits, kinds=("film",))


def remote_id_in(url: str) -> str | None:
    """Read a film's id from its address: https://www.tiktok.com/@martin/video/7123456789012345678."""
    match urlsplit(url).path.rstrip("/").split("/"):
        case ["", account, "video", name] if account.startswith("@") and _PUBLIC_ID.fullmatch(name):
            return name
    return None


# ---------------------------------------------------------------- the film
def parts(size: int) -> list[Span]:
    """Cut a film as TikTok wants it: equal parts, and a last one that takes what is left.

    Their number is the size divided by that of the first, rounded down (media-transfer-guide).
    """
    count = min(max(1, size // _LEAST), _MOST_PARTS)
    each = size // count
    ends = [each * (number + 1) - 1 for number in range(count - 1)] + [size - 1]
    return [Span(number, each * number, end, size) for number, end in enumerate(ends)]


def _planned(piece: Piece) -> MediaRef | Refused:
    content = piece.content
    if piece.reply_to:
        return Refused(reason="TikTok lets no program write comments: leave it out")
    if content.format is not None:
        return Refused(reason=f"TikTok has no format {content.format!r}: leave it out")
    if not content.has_film and content.media:
        # Photos are fetched from a domain that TikTok verified as the app's own, which a bucket's is not; and
        # after a lost answer nothing could tell whether they are posted.
        return Refused(reason="TikTok takes photos from no program like this one: give a film")
    if len(content.media) != 1:
        return Refused(reason="TikTok takes one film in a post: change the media")
    if len(content.body.strip().encode("utf-16-le")) // 2 > _LONGEST_TEXT:
        return Refused(reason=f"TikTok takes {_LONGEST_TEXT} characters at most: shorten the text")
    return content.media[0]


def _place(kind: str, content_range: str) -> dict[str, str]:
    return {"Content-Type": kind, "Content-Range": content_range}


# ---------------------------------------------------------------- answers
def _json(said: Mapping[str, Any]) -> dict[str, Any]:
    """Write a body as TikTok asks for it: with its charset."""
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    return {"content": json.dumps(said, ensure_ascii=False).encode(), "headers": headers}


def _published(upload: _Upload, state: _State, proof: str) -> Published:
    """Give the public id where it is told already; else the upload's, which leads to it later."""
    public = state.public_ids[0] if state.public_ids else None
    is_named = public and re.fullmatch(r"[\w.]{1,50}", upload.user)
    url = f"{_WEB}/@{upload.user}/video/{public}" if is_named else None
    return Published(remote_id=public or upload.publish, url=url, proof=proof)


def _why(state: _State) -> str:
    return FAILURES.get(state.fail_reason, state.fail_reason[:100] or "it did not say why")


def _told(answer: Answer) -> Told | None:
    if answer.status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:  # where files go there is no envelope
        return Told(Means.DUPLICATE, _THERE)
    told = parsed(_Envelope, answer)
    if told is None or told.error.code not in CODES:
        return None
    means, words = CODES[told.error.code]
    return Told(means, words, said=told.error.message, wait=_WAITS.get(told.error.code))


def _is_of(upload: str, base: str) -> bool:
    """Say whether an address that TikTok gave is its own; its hosts differ from region to region."""
    try:
        there, here = httpx.URL(upload), httpx.URL(base)
    except httpx.InvalidURL:
        return False
    if there.userinfo or there.fragment or not upload.isascii():
        return False
    if (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port):
        return True
    return there.scheme == "https" and there.port is None and there.host.endswith(_HOSTS)


def _now() -> datetime:
    return datetime.now(UTC)
