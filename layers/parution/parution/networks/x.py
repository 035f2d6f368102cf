"""X, formerly Twitter: one account through version 2 of the API, which is paid for by the call."""

import re
import time
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, NamedTuple

import httpx
from pydantic import AliasChoices, AwareDatetime, BaseModel, Field, SecretStr

from parution.credentials import Credentials
from parution.networks.calls import Calls, Means, Patience, Told
from parution.networks.oauth import App, RefreshGrant
from parution.networks.rate_headers import left
from parution.networks.terms import Offer, Terms
from parution.networks.uploads import spans
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

_BASE = "https://api.x.com"
# A post is one mutation; X states no bound, so that twice what its own gateway waits (15 s) is allowed.
_PATIENCE = Patience(commit=httpx.Timeout(30.0, connect=5.0))
_SETTLING = timedelta(seconds=90)

# What is uploaded ahead lives for a day (expires_after_secs of the upload), less an hour for waiting films.
_MEDIA_LIVES = timedelta(hours=23)
# docs.x.com: at most 5 MB a part, and 1,000 parts.
_PART = 4 * 1024 * 1024
_UPLOADING = 25.0  # seconds of one preparation: what is left of a film is sent by the next
_NEXT, _SOON = timedelta(seconds=1), timedelta(seconds=10)
_LOOK_AGAIN = 5  # seconds between two looks at a film where X does not say it

_SKEW = timedelta(seconds=60)  # X's clock against ours
_PAGE, _PAGES = 100, 4  # 400 posts since the attempt: where there are more, a person looks
_CATEGORIES = {
    "image/jpeg": "tweet_image",
    "image/png": "tweet_image",
    "image/webp": "tweet_image",
    "image/gif": "tweet_gif",
    "video/mp4": "tweet_video",
    "video/quicktime": "tweet_video",
}
_ADDRESS = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i/web|i|\w{1,15})/status/(\d{1,19})"
)
_OF_A_FILE = re.compile(r"/status/\d+/(?:photo|video)/\d+$")  # the address that X adds for pictures and films
_NAMED_AHEAD = re.compile(r"^(?:@\w{1,15}\s+)+")  # whom an answer names of itself
_SCHEME = re.compile(r"https?://(\S+?)/?(?=\s|$)")

# Errors of the API by the last part of their problem's type, else by what the detail says; each has a
# fixture in the tests. Sources: docs.x.com response-codes-and-errors; the bodies that publishing tools keep.
_AGAIN = "then connect the account again"
_KINDS = {
    "client-forbidden": Told(
        Means.REFUSED, f"X does not let this app publish: put it into a project at console.x.com, {_AGAIN}"
    ),
    "credits": Told(
        Means.REFUSED, "Your X app has no credits left: buy some at console.x.com, then plan the post again"
    ),
    "disallowed-resource": Told(Means.REFUSED, "X does not allow what this post refers to: change it"),
    "invalid-request": Told(Means.REFUSED, "X does not take this post: change it"),
    "not-authorized-for-resource": Told(
        Means.REFUSED, "X does not show this account what the post refers to: it is protected or blocks you"
    ),
    "oauth1-permissions": Told(
        Means.REFUSED, f"This X app may only read: set its permissions to read and write, {_AGAIN}"
    ),
    "resource-not-found": Told(Means.MISSING, "X no longer has the post that this one answers"),
    "resource-unavailable": Told(Means.MISSING, "X no longer shows the post that this one answers"),
    "unsupported-authentication": Told(
        Means.REFUSED, "X wants an access that a person gave for this account: connect the account again"
    ),
    "usage-capped": Told(
        Means.REFUSED,
        "Your X app has spent what its limit allows: raise it at console.x.com, then plan the post again",
    ),
}
_SAYINGS = {
    "duplicate content": Told(Means.DUPLICATE, "X has these very words from this account already"),
    "status is a duplicate": Told(Means.DUPLICATE, "X has these very words from this account already"),
    "media ids are invalid": Told(
        Means.REFUSED,
        "X does not take the file of this post: a film must be MP4 of H.264 and AAC, at most 60 pictures a"
        " second and 140 s long",
    ),
    "longer than 2 minutes": Told(Means.REFUSED, "X takes films of at most 140 s from this account: cut it"),
    "reply to this conversation is not allowed": Told(
        Means.REFUSED, "X lets an app answer only who mentioned or quoted this account: answer on X itself"
    ),
    "deleted or not visible": Told(Means.REFUSED, "X no longer shows the post that this one answers"),
    "one cashtag": Told(Means.REFUSED, "X takes one $cashtag in a post from an app: take the others out"),
    "might be automated": Told(
        Means.REFUSED, "X takes this post for spam: change it, and let some hours pass"
    ),
    "account is suspended": Told(Means.REFUSED, "X has suspended this account: write to its support"),
    "account is temporarily locked": Told(
        Means.REFUSED, "X has locked this account: log in on X and do what it asks"
    ),
    "daily status update limit": Told(
        Means.LATER, "This account has posted as often as X allows for now", wait=timedelta(hours=1)
    ),
    "not permitted to perform this action": Told(
        Means.REFUSED,
        "X does not let this account post that: without Premium a text has 280 characters at most; see on X"
        " whether the account is restricted",
    ),
}
_NO_CREDITS = "CreditsDepleted"
_NO_RIGHT = Told(
    Means.REFUSED,
    "X gave this access no right to do that: connect the account again, and allow everything that is asked",
)
_LET_IN_NO_MORE = Told(Means.TOKEN, "X does not accept this access")
_BAD_REQUEST, _NOT_LET_IN, _TO_PAY, _FORBIDDEN, _TOO_MANY = 400, 401, 402, 403, 429


class _Detail(BaseModel):
    message: str = ""
    detail: str = ""
    title: str = ""
    type: str = ""


class _Problem(BaseModel):
    title: str = ""
    detail: str = ""
    type: str = ""
    errors: list[_Detail] = []
    data: Any = None

    @property
    def kind(self) -> str:
        """The last part of the problem's type; "" for about:blank and for none."""
        first = self.errors[0].type if self.errors else ""
        return (self.type or first).partition("/problems/")[2]

    @property
    def says(self) -> str:
        inner = " ".join(f"{one.message} {one.detail}" for one in self.errors)
        return f"{self.detail} {inner}".strip()


class _Identity(BaseModel):
    id: str


class _Made(BaseModel):
    data: _Identity


class _Failure(BaseModel):
    message: str = ""


class _Work(BaseModel):
    state: str
    check_after_secs: int = Field(_LOOK_AGAIN, ge=1, le=600)
    error: _Failure | None = None


class _File(_Identity):
    processing_info: _Work | None = None


class _Uploaded(BaseModel):
    data: _File


class _Link(BaseModel):
    url: str
    expanded_url: str = ""


class _Entities(BaseModel):
    urls: list[_Link] | None = None


class _Attached(BaseModel):
    media_keys: list[str] | None = None


class _Reference(BaseModel):
    id: str
    type: str


class _Note(BaseModel):
    text: str
    entities: _Entities = _Entities()


class _Counts(BaseModel):
    # Answers to requests that name the fields as they were before 2026 count retweets.
    likes: int | None = Field(None, alias="like_count")
    shares: int | None = Field(None, validation_alias=AliasChoices("repost_count", "retweet_count"))
    replies: int | None = Field(None, alias="reply_count")


class _Post(_Identity):
    text: str
    author_id: str | None = None
    conversation_id: str | None = None
    created_at: AwareDatetime | None = None
    attachments: _Attached = _Attached()
    entities: _Entities = _Entities()
    note: _Note | None = Field(None, validation_alias=AliasChoices("note_post", "note_tweet"))
    references: list[_Reference] = Field(
        [], validation_alias=AliasChoices("referenced_posts", "referenced_tweets")
    )
    public_metrics: _Counts | None = None


class _One(BaseModel):
    data: _Post


class _Meta(BaseModel):
    next_token: str | None = None


class _User(_Identity):
    username: str


class _Included(BaseModel):
    users: list[_User] = []


class _Page(BaseModel):
    data: list[_Post] = []
    meta: _Meta  # in every page, an empty one too: without it this is something else
    includes: _Included = _Included()


class _Hidden(BaseModel):
    hidden: bool


class _HiddenNow(BaseModel):
    data: _Hidden


class _Unfinished(NamedTuple):
    """A file that is not wholly uploaded: how it is told in the references, and when to go on."""

    ref: str
    reason: str
    wait: timedelta


def connect(name: str, values: Mapping[str, str], client: httpx.Client, tokens: TokenSource) -> "X":
    """Open an account with `{"client_id", "refresh_token"}`, and `client_secret` for a confidential app.

    Raises NoSuchSecret.
    """
    return X(client, _base_url(_secret(name, values), values), tokens)


def refresher(name: str, values: Mapping[str, str], client: httpx.Client) -> "tuple[RefreshGrant, SecretStr]":
    """Give what renews the account's access, which lives for two hours. Raises NoSuchSecret."""
    secret = _secret(name, values)
    password = SecretStr(secret.token("client_secret")) if values.get("client_secret") else None
    # X tells of a refresh token that is used up or withdrawn as of a request that it does not understand.
    app = App(secret.token("client_id"), password, dead=frozenset({"invalid_grant", "invalid_request"}))
    grant = RefreshGrant(client, f"{_base_url(secret, values)}/2/oauth2/token", app)
    return grant, SecretStr(secret.token("refresh_token"))


def _secret(name: str, values: Mapping[str, str]) -> Credentials:
    return Credentials(
        name, values, required=("client_id", "refresh_token"), optional=("client_secret", "base_url")
    )


def _base_url(secret: Credentials, values: Mapping[str, str]) -> str:
    return secret.base_url("base_url") if "base_url" in values else _BASE


class X:
    """One account. Nothing keeps a post from doubling but that X refuses the same words twice."""

    guarantee = Guarantee.READABLE
    settling = _SETTLING
    key_lives: timedelta | None = None
    limits: tuple[Limit, ...] = ()  # its headers tell what is left, of 15 minutes and of a day

    def __init__(self, client: httpx.Client, base_url: str, tokens: TokenSource) -> None:
        self._tokens = tokens
        self._calls = Calls("X", client, base_url, tokens, told=_told, patience=_PATIENCE)

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Upload the files in parts; a film that takes longer is gone on with by the next call."""
        if why := _not_for_x(piece.content):
            return Refused(reason=why)
        access = self._tokens.token(_now())  # a text needs it at its instant only, but renewed before
        if isinstance(access, NotSent):
            return access
        until, refs = time.monotonic() + _UPLOADING, list[str]()
        for ref, begun in _with_what_is_begun(piece):
            state = self._file(ref, begun, media, until)
            match state:
                case str():
                    refs.append(state)
                case _Unfinished():
                    return Preparing(refs=(*refs, state.ref), reason=state.reason, retry_after=state.wait)
                case NotSent() if refs:
                    return Preparing(refs=tuple(refs), reason=state.reason, retry_after=state.retry_after)
                case _:
                    return state
        return Prepared(refs=tuple(refs), good_until=_now() + _MEDIA_LIVES if refs else None)

    def _file(
        self, ref: MediaRef, begun: str, media: Media, until: float
    ) -> str | _Unfinished | Refused | NotSent:
        """Upload one file; ``begun`` is its id: alone when done, with `+` and a part, or with `?` in work."""
        if begun.endswith("?"):
            asked = {"command": "STATUS", "media_id": begun[:-1]}
            told = self._calls.make(_Uploaded, "GET", "2/media/upload", params=asked)
            return self._settled(told, ref, begun)
        name, mark, part = begun.partition("+")
        if name and not mark:
            return name
        if not name:
            opened = self._opened(ref, media)
            if not isinstance(opened, _Made):
                return opened
            name = opened.data.id
        broken = self._sent(name, int(part or 0), ref, media, until)
        if broken is not None:
            return broken
        closed = self._calls.make(_Uploaded, "POST", f"2/media/upload/{name}/finalize")
        return self._settled(closed, ref, f"{name}?")

    def _opened(self, ref: MediaRef, media: Media) -> _Made | Refused | NotSent:
        said = {
            "media_type": ref.kind,
            "total_bytes": media.size(ref),
            "media_category": _CATEGORIES[ref.kind],
        }
        return self._calls.make(_Made, "POST", "2/media/upload/initialize", json=said)

    def _sent(
        self, name: str, first: int, ref: MediaRef, media: Media, until: float
    ) -> _Unfinished | Refused | None:
        """Send the parts from ``first`` on; a part that comes twice replaces itself."""
        for span in spans(media.size(ref), _PART):
            if span.number < first:
                continue
            if span.number > first and time.monotonic() > until:
                return _Unfinished(f"{name}+{span.number}", f"{ref.key} is being uploaded to X", _NEXT)
            part = media.part(ref, span.first, span.length)
            done = self._calls.made(
                "POST",
                f"2/media/upload/{name}/append",
                data={"segment_index": str(span.number)},
                files={"media": ("part", part, "application/octet-stream")},
            )
            if isinstance(done, NotSent):
                return _Unfinished(f"{name}+{span.number}", done.reason, done.retry_after)
            if isinstance(done, Refused):
                return done
        return None

    def _settled(
        self, told: _Uploaded | Refused | NotSent, ref: MediaRef, begun: str
    ) -> str | _Unfinished | Refused | NotSent:
        if isinstance(told, NotSent):
            return _Unfinished(begun, told.reason, told.retry_after)
        if isinstance(told, Refused):
            return told
        work = told.data.processing_info
        if work is None or work.state == "succeeded":
            return self._described(told.data.id, ref)
        if work.state == "failed":
            why = f" ({work.error.message[:200]})" if work.error and work.error.message else ""
            return Refused(reason=f"{_SAYINGS['media ids are invalid'].words}: {ref.key}{why}")
        return _Unfinished(begun, f"X is at work on {ref.key}", timedelta(seconds=work.check_after_secs))

    def _described(self, name: str, ref: MediaRef) -> str | Refused | NotSent:
        if not ref.alt or not ref.kind.startswith("image/"):
            return name
        said = {"id": name, "metadata": {"alt_text": {"text": ref.alt}}}
        done = self._calls.made("POST", "2/media/metadata", json=said)
        return name if isinstance(done, Answer) else done

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Post it. X refuses the same words twice, which is looked into at once."""
        said = {
            "text": piece.content.body,
            **({"media": {"media_ids": list(piece.refs)}} if piece.refs else {}),
            **({"reply": {"in_reply_to_tweet_id": piece.reply_to}} if piece.reply_to else {}),
        }
        marker, binds = f"own feed: {piece.content.hash}", piece.content.hash.encode()
        done = self._calls.commit("POST", "2/tweets", fence, marker, json=said, binds=binds)
        match done:
            case Told(means=Means.DUPLICATE):
                return self._repeated(piece, done.words)
            case Told():
                return Refused(reason=done.words)
            case Answer():
                return self._made(done)
        return done

    def _made(self, answer: Answer) -> Published | Unknown:
        made = parsed(_Made, answer)
        if made is None:
            return self._calls.unclear(answer)
        return _published(made.data, "answer").model_copy(update={"left": self._calls.left(answer)})

    def _repeated(self, piece: Piece, words: str) -> Published | Refused | Unknown:
        """Say what the words are that X has already: this very post, or an older one."""
        found = self.find(piece, min(piece.due_at, _now()))
        match found:
            case Published():
                return found
            case NotFound():
                return Refused(reason=f"{words}: change the text")
            case NotSent():
                return Unknown(reason=f"{words}; whether it is this post could not be seen: {found.reason}")

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Look through the account's own posts for the oldest that shows this content."""
        found: _Post | None = None
        for page in self._own_posts(since - _SKEW, answers=piece.reply_to is not None):
            if isinstance(page, NotSent):
                return page
            found = next((one for one in reversed(page) if _shows(one, piece)), found)
        return NotFound() if found is None else _published(found, "own feed")

    def _own_posts(self, since: datetime, *, answers: bool) -> Iterator[list[_Post] | NotSent]:
        account = self._account()
        if isinstance(account, NotSent):
            yield account
            return
        asked = {
            "max_results": str(_PAGE),
            "exclude": "retweets",
            "start_time": f"{since:%Y-%m-%dT%H:%M:%SZ}",
            "post.fields": "attachments,conversation_id,created_at,entities,note_post",
            # What a post answers is told with the post that it answers, and paid for as another one.
            **({"expansions": "referenced_posts"} if answers else {}),
        }
        for _ in range(_PAGES):
            page = self._calls.look(_Page, "GET", f"2/users/{account}/tweets", params=asked)
            if not isinstance(page, _Page):
                yield page if isinstance(page, NotSent) else _gone(account)
                return
            yield page.data
            if page.meta.next_token is None:
                return
            asked["pagination_token"] = page.meta.next_token
        yield NotSent(reason="too many posts since then to look through", retry_after=timedelta(minutes=5))

    def _account(self) -> str | NotSent:
        me = self._calls.look(_Made, "GET", "2/users/me")
        match me:
            case _Made():
                return me.data.id
            case NotFound():
                return _gone("me")
        return me

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read likes, reposts and answers."""
        asked = {"post.fields": "public_metrics"}
        post = self._calls.look(_One, "GET", f"2/tweets/{remote_id}", params=asked)
        if not isinstance(post, _One):
            return post
        counts = post.data.public_metrics or _Counts()
        return PostFigures(likes=counts.likes, shares=counts.shares, replies=counts.replies)

    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Search the conversation for what others wrote during the last seven days; X bills each one."""
        account = self._account()
        if isinstance(account, NotSent):
            return account
        asked = {
            "query": f"conversation_id:{remote_id} -from:{account}",
            "max_results": str(_PAGE),
            "post.fields": "created_at,conversation_id",
            "expansions": "author_id",
            "user.fields": "username",
            **({"next_token": after} if after else {}),
        }
        page = self._calls.look(_Page, "GET", "2/tweets/search/recent", params=asked)
        if not isinstance(page, _Page):
            return page
        names = {user.id: user.username for user in page.includes.users}
        found = tuple(_comment(one, names) for one in page.data)
        return Comments(found=found, more=page.meta.next_token)

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Hide an answer in a conversation that this account began."""
        done = self._calls.do("PUT", f"2/tweets/{comment}/hidden", json={"hidden": True})
        if not isinstance(done, Answer):
            return done
        now = parsed(_HiddenNow, done)
        return Done() if now and now.data.hidden else NotSent(reason="X did not hide it", retry_after=_SOON)

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        done = self._calls.do("DELETE", f"2/tweets/{remote_id}")
        return Done() if isinstance(done, Answer) else done


TERMS = Terms(
    (X.guarantee,),
    X.settling,
    X.key_lives,
    X.limits,
    kinds=("text", "link", "picture", "pictures", "film"),
    offers=frozenset(Offer),
)


def remote_id_in(url: str) -> str | None:
    """Read a post's id from its address: https://x.com/martin/status/1900000000000000001."""
    found = _ADDRESS.match(url)
    return found[1] if found else None


def _now() -> datetime:
    return datetime.now(UTC)


def _not_for_x(content: Content) -> str | None:
    if content.format is not None:
        return f"X has no posts of the format '{content.format}': leave the format out"
    for file in content.media:
        if file.kind not in _CATEGORIES:
            return f"X takes no {file.kind}: use JPEG, PNG, GIF, WebP or MP4 instead of {file.key}"
    return None


def _with_what_is_begun(piece: Piece) -> Iterator[tuple[MediaRef, str]]:
    """Give each file with how far it is; where all are done, they are asked for because they expired."""
    is_over = len(piece.refs) == len(piece.content.media) and all(ref.isdigit() for ref in piece.refs)
    begun = () if is_over else piece.refs
    for place, ref in enumerate(piece.content.media):
        yield ref, begun[place] if place < len(begun) else ""


def _published(post: _Identity, proof: str) -> Published:
    at = post.created_at if isinstance(post, _Post) else None
    return Published(remote_id=post.id, url=f"https://x.com/i/status/{post.id}", proof=proof, at=at)


def _gone(account: str) -> NotSent:
    return NotSent(reason=f"X does not find the account {account}", retry_after=timedelta(minutes=5))


def _comment(post: _Post, names: Mapping[str, str]) -> Comment:
    text = unescape(_NAMED_AHEAD.sub("", post.text))
    return Comment(remote_id=post.id, text=text, author=names.get(post.author_id or ""), at=post.created_at)


# ---------------------------------------------------------------- is it this one?
def _shows(post: _Post, piece: Piece) -> bool:
    answers = post.conversation_id not in {None, post.id}
    return (
        answers == (piece.reply_to is not None)
        and len(post.attachments.media_keys or ()) == len(piece.content.media)
        and all(one.id == piece.reply_to for one in post.references if one.type == "replied_to")
        and _comparable(_text(post)) == _comparable(piece.content.body)
    )


def _text(post: _Post) -> str:
    """Undo what X does to a text: it shortens addresses, adds one for the files, and escapes for HTML."""
    long = post.note
    text, links = (long.text, long.entities) if long else (post.text, post.entities)
    for link in (*(links.urls or ()), *(post.entities.urls or ())):
        is_a_file = _OF_A_FILE.search(link.expanded_url)
        text = text.replace(link.url, "" if is_a_file else link.expanded_url or link.url)
    return unescape(text)


def _comparable(text: str) -> str:
    composed = _NAMED_AHEAD.sub("", unicodedata.normalize("NFC", text))
    return " ".join(_SCHEME.sub(r"\1", composed).split())


# ---------------------------------------------------------------- what an error means
def _told(answer: Answer) -> Told | None:
    problem = parsed(_Problem, answer)
    # An answer may hold what was asked for beside errors about something else.
    if problem is None or problem.data is not None:
        return None
    found = _meant(answer.status, problem)
    if found is not None:
        return found._replace(said=problem.says)
    return _throttled(answer) if answer.status == _TOO_MANY else None


def _meant(status: int, problem: _Problem) -> Told | None:
    if status == _NOT_LET_IN:
        return _LET_IN_NO_MORE if problem.title == "Unauthorized" else _KINDS.get(problem.kind)
    if status == _TO_PAY or problem.title == _NO_CREDITS:
        return _KINDS["usage-capped" if problem.kind == "usage-capped" else "credits"]
    if status in {_BAD_REQUEST, _FORBIDDEN}:
        says = problem.says.lower()
        if saying := next((told for words, told in _SAYINGS.items() if words in says), None):
            return saying
        if says == "forbidden":
            return _NO_RIGHT
    return _KINDS.get(problem.kind)


def _throttled(answer: Answer) -> Told:
    """Say how long to wait: until the end of whichever window is used up, in seconds since 1970."""
    now = _now()
    ends = [one.resets_at for one in left(answer, now) if one.remaining == 0]
    wait = max(ends, default=now + _SOON) - now
    return Told(Means.LATER, "X asks for a pause: too many requests", wait=wait)
