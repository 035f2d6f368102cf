"""X, formerly Twitter: one account through version 2 of the API, which is paid for by the call."""

import re
import time
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import NamedTuple

import httpx
from pydantic import SecretStr

from parution.credentials import Credentials
from parution.networks import x_answers as answers
from parution.networks.calls import Calls, Means, Patience, Told
from parution.networks.oauth import App, RefreshGrant
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
# A post is one write, and X states no bound of it.
_PATIENCE = Patience(commit=httpx.Timeout(30.0, connect=5.0))
_SETTLING = timedelta(seconds=90)

# What is uploaded ahead lives for a day (expires_after_secs of the upload), less an hour for waiting films.
_MEDIA_LIVES = timedelta(hours=23)
# docs.x.com: at most 5 MB a part, and 1,000 parts.
_PART = 4 * 1024 * 1024
_UPLOADING = 25.0  # seconds of one preparation: what is left of a film is sent by the next
_NEXT, _SOON = timedelta(seconds=1), timedelta(seconds=10)

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
        self._calls = Calls("X", client, base_url, tokens, told=answers.meant, patience=_PATIENCE)

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
            told = self._calls.make(answers.Uploaded, "GET", "2/media/upload", params=asked)
            return self._settled(told, ref, begun)
        name, mark, part = begun.partition("+")
        if name and not mark:
            return name
        if not name:
            opened = self._opened(ref, media)
            if not isinstance(opened, answers.Made):
                return opened
            name = opened.data.id
        broken = self._sent(name, int(part or 0), ref, media, until)
        if broken is not None:
            return broken
        closed = self._calls.make(answers.Uploaded, "POST", f"2/media/upload/{name}/finalize")
        return self._settled(closed, ref, f"{name}?")

    def _opened(self, ref: MediaRef, media: Media) -> answers.Made | Refused | NotSent:
        said = {
            "media_type": ref.kind,
            "total_bytes": media.size(ref),
            "media_category": _CATEGORIES[ref.kind],
        }
        return self._calls.make(answers.Made, "POST", "2/media/upload/initialize", json=said)

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
        self, told: answers.Uploaded | Refused | NotSent, ref: MediaRef, begun: str
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
            return Refused(reason=f"{answers.BAD_FILE.words}: {ref.key}{why}")
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
        made = parsed(answers.Made, answer)
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
        found: answers.Post | None = None
        for page in self._own_posts(since - _SKEW, below=piece.reply_to is not None):
            if isinstance(page, NotSent):
                return page
            found = next((one for one in reversed(page) if _shows(one, piece)), found)
        return NotFound() if found is None else _published(found, "own feed")

    def _own_posts(self, since: datetime, *, below: bool) -> Iterator[list[answers.Post] | NotSent]:
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
            **({"expansions": "referenced_posts"} if below else {}),
        }
        for _ in range(_PAGES):
            page = self._calls.look(answers.Page, "GET", f"2/users/{account}/tweets", params=asked)
            if not isinstance(page, answers.Page):
                yield page if isinstance(page, NotSent) else _gone()
                return
            yield page.data
            if page.meta.next_token is None:
                return
            asked["pagination_token"] = page.meta.next_token
        yield NotSent(reason="too many posts since then to look through", retry_after=timedelta(minutes=5))

    def _account(self) -> str | NotSent:
        me = self._calls.look(answers.Made, "GET", "2/users/me")
        match me:
            case answers.Made():
                return me.data.id
            case NotFound():
                return _gone()
        return me

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read likes, reposts, answers and views: one request, which X bills as one of our own posts."""
        asked = {"post.fields": "public_metrics"}
        post = self._calls.look(answers.One, "GET", f"2/tweets/{remote_id}", params=asked)
        if not isinstance(post, answers.One):
            return post
        counts = post.data.public_metrics or answers.Counts()
        return PostFigures.model_validate(counts.model_dump())

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
        page = self._calls.look(answers.Page, "GET", "2/tweets/search/recent", params=asked)
        if not isinstance(page, answers.Page):
            return page
        names = {user.id: user.username for user in page.includes.users}
        found = tuple(_comment(one, names) for one in page.data)
        return Comments(found=found, more=page.meta.next_token)

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Hide an answer in a conversation that this account began."""
        done = self._calls.do("PUT", f"2/tweets/{comment}/hidden", json={"hidden": True})
        if not isinstance(done, Answer):
            return done
        now = parsed(answers.HiddenNow, done)
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


def _published(post: answers.Identity, proof: str) -> Published:
    at = post.created_at if isinstance(post, answers.Post) else None
    return Published(remote_id=post.id, url=f"https://x.com/i/status/{post.id}", proof=proof, at=at)


def _gone() -> NotSent:
    return NotSent(reason="X does not find this account", retry_after=timedelta(minutes=5))


def _comment(post: answers.Post, names: Mapping[str, str]) -> Comment:
    text = unescape(_NAMED_AHEAD.sub("", post.text))
    return Comment(remote_id=post.id, text=text, author=names.get(post.author_id or ""), at=post.created_at)


# ---------------------------------------------------------------- is it this one?
def _shows(post: answers.Post, piece: Piece) -> bool:
    stands_below = post.conversation_id not in {None, post.id}
    return (
        stands_below == (piece.reply_to is not None)
        and len(post.attachments.media_keys or ()) == len(piece.content.media)
        and all(one.id == piece.reply_to for one in post.references if one.type == "replied_to")
        and _comparable(_text(post)) == _comparable(piece.content.body)
    )


def _text(post: answers.Post) -> str:
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
