"""LinkedIn: posts of a page, or of a person, through the versioned REST API."""

import json
import re
import time
import unicodedata
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from pydantic import SecretStr

from parution.credentials import Credentials
from parution.networks import linkedin_answers as answers
from parution.networks.calls import Calls, Means, Patience, Told
from parution.networks.cards import Pages, card_of
from parution.networks.little_text import little, plain
from parution.networks.oauth import App, RefreshGrant
from parution.networks.terms import Offer, Terms, Version
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
from parution.publishing.tokens import StaticToken, TokenSource
from parution.transport import Answer, parsed

_BASE, _TOKENS = "https://api.linkedin.com", "https://www.linkedin.com/oauth/v2/accessToken"
_FINDER = {"X-RestLi-Method": "FINDER"}
# A post is one write, and LinkedIn states no bound of it.
_PATIENCE = Patience(commit=httpx.Timeout(30.0, connect=5.0))
_SETTLING = timedelta(seconds=90)

# Uploaded files have no stated end; addresses to upload to live for 30 days (videos-api).
_FILES_LIVE = timedelta(days=7)
# The parts' addresses and marks are too long to keep between two runs: a film goes in one, four at once.
_AT_ONCE, _UPLOADING = 4, 40.0
_AT_WORK, _NEXT = timedelta(seconds=15), timedelta(seconds=10)
_THUMBNAIL = 5_000_000  # bytes of the picture of a page that is linked to

_SKEW = timedelta(seconds=60)  # LinkedIn's clock against ours
_PAGE, _PAGES = 50, 4  # 200 posts since the attempt: where there are more, a person looks
_REMARKS = 100
_LATER = timedelta(minutes=5)
# What a person's post is counted by, and the name of each count: one request for each.
_COUNTED = (("likes", "REACTION"), ("replies", "COMMENT"), ("shares", "RESHARE"), ("views", "IMPRESSION"))

_PLACES = {
    "image/jpeg": "images",
    "image/png": "images",
    "image/gif": "images",
    "video/mp4": "videos",
    "application/pdf": "documents",
}
_AUTHOR = re.compile(r"urn:li:(?:organization|person):[A-Za-z0-9_-]{1,60}")
_POST = re.compile(r"urn:li:(?:share|ugcPost|activity):(\d{1,19})")
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:\w+:\d+),(\d+)\)")
_IN_A_NAME = re.compile(r"[-_]activity-(\d{15,19})-")
_CARD = "card "  # begins the reference that holds what a linked page says of itself


def connect(
    name: str,
    values: Mapping[str, str],
    client: httpx.Client,
    tokens: TokenSource | None = None,
    *,
    pages: Pages | None = None,
) -> "LinkedIn":
    """Open an author with `{"author", "access_token"}`, or with what renews its access.

    Without ``pages`` the card of a link shows its host alone. Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    author = values["author"].strip()
    if not _AUTHOR.fullmatch(author):
        raise secret.wrong("author", "must be urn:li:organization:… (a page) or urn:li:person:… (a person)")
    if tokens is None and not values.get("access_token"):
        raise secret.wrong("access_token", "is missing; the secret needs it, or a refresh_token")
    source = tokens or StaticToken("LinkedIn", SecretStr(secret.token("access_token")))
    reads = author.startswith("urn:li:organization:") or secret.flag("reads_own_posts")
    kind = ReadableLinkedIn if reads else LinkedIn
    return kind(client, _base_url(secret, values), author, source, _version(secret, values), pages=pages)


def refresher(
    name: str, values: Mapping[str, str], client: httpx.Client
) -> "tuple[RefreshGrant, SecretStr] | None":
    """Give what renews the access of an app that LinkedIn approved for it; None for the others.

    Raises NoSuchSecret.
    """
    secret = _secret(name, values)
    if not values.get("refresh_token"):
        return None
    for key in ("client_id", "client_secret"):
        if not values.get(key):
            raise secret.wrong(key, "is missing; a refresh_token needs client_id and client_secret")
    # LinkedIn reads the app from the body (authorization-code-flow, programmatic-refresh-tokens).
    app = App(secret.token("client_id"), SecretStr(secret.token("client_secret")), in_header=False)
    url = f"{_base_url(secret, values)}/oauth/v2/accessToken" if "base_url" in values else _TOKENS
    return RefreshGrant(client, url, app), SecretStr(secret.token("refresh_token"))


def _secret(name: str, values: Mapping[str, str]) -> Credentials:
    renewing = ("refresh_token", "client_id", "client_secret")
    at_will = ("access_token", *renewing, "version", "reads_own_posts", "base_url")
    return Credentials(name, values, required=("author",), optional=at_will)


def _base_url(secret: Credentials, values: Mapping[str, str]) -> str:
    return secret.base_url("base_url") if "base_url" in values else _BASE


# ---------------------------------------------------------------- the API's versions
@cache
def _versions() -> Mapping[str, Any]:
    versions: Mapping[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return versions


def _version(secret: Credentials, values: Mapping[str, str]) -> str:
    """Give the version that is asked for: the program's own, or the secret's while that one lives."""
    version = values.get("version", "").strip() or str(_versions()["speaks"])
    ended = _versions()["ends"].get(version)
    if not re.fullmatch(r"20\d\d(0[1-9]|1[0-2])", version):
        raise secret.wrong("version", 'must be a year and a month, such as "202607"; it may be left out')
    if "version" in values and ended and date.fromisoformat(ended) <= datetime.now(UTC).date():
        raise secret.wrong("version", f"is one that LinkedIn ended on {ended}: leave it out")
    return version


def _own_version() -> Version:
    speaks = _versions()["speaks"]
    return Version(speaks, date.fromisoformat(_versions()["ends"][speaks]), _versions()["source"])


class LinkedIn:
    """One author. Of a person nobody may read the posts back: what became of a lost answer, a person says."""

    guarantee = Guarantee.BLIND
    settling = _SETTLING
    key_lives: timedelta | None = None
    limits: tuple[Limit, ...] = ()  # LinkedIn states none, and no header tells what is left

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        author: str,
        tokens: TokenSource,
        version: str,
        *,
        pages: Pages | None = None,
    ) -> None:
        self._author, self._tokens, self._pages = author, tokens, pages
        self._host = urlsplit(base_url).netloc
        headers = {"LinkedIn-Version": version, "X-Restli-Protocol-Version": "2.0.0"}
        self._calls = Calls(
            "LinkedIn",
            client,
            base_url,
            tokens,
            told=answers.meant,
            patience=_PATIENCE,
            headers=headers,
        )

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Upload the files; what LinkedIn is still at work on is asked for by the next call."""
        if why := _not_for_linkedin(piece):
            return Refused(reason=why)
        access = self._tokens.token(_now())  # a text needs it at its instant only, but renewed before
        if isinstance(access, NotSent):
            return access
        refs = _begun(piece)
        for ref in piece.content.media[len(refs) :]:
            uploaded = self._uploaded(ref, media)
            if not isinstance(uploaded, str):
                return _kept(refs, uploaded)
            refs.append(uploaded)
        for place, urn in enumerate(refs):
            ready = self._ready(urn)
            if not isinstance(ready, str):
                return _kept(refs, ready)
            refs[place] = ready
        if (card := self._card(piece)) is not None:
            refs.append(card)
        return Prepared(refs=tuple(refs), good_until=_now() + _FILES_LIVE if refs else None)

    def _uploaded(self, ref: MediaRef, media: Media) -> str | Refused | NotSent:
        """Give the URN of the file, with `?` where LinkedIn is to be asked whether it is done with it."""
        place = self._place(_PLACES[ref.kind], media.size(ref))
        if not isinstance(place, answers.Place):
            return place
        if place.parts:
            return self._in_parts(place, ref, media)
        if place.url is None:
            return NotSent(reason="LinkedIn named no address for the file", retry_after=_NEXT)
        sent = self._put(place.url, content=opened(media, ref), headers={"Content-Type": ref.kind})
        if not isinstance(sent, Answer):
            return sent
        return f"{place.urn}?" if ref.kind == "application/pdf" else place.urn

    def _place(self, where: str, size: int) -> answers.Place | Refused | NotSent:
        asked: dict[str, Any] = {"owner": self._author}
        if where == "videos":
            asked |= {"fileSizeBytes": size, "uploadCaptions": False, "uploadThumbnail": False}
        said = {"initializeUploadRequest": asked}
        told = self._calls.make(answers.Opened, "POST", f"rest/{where}?action=initializeUpload", json=said)
        return told.value if isinstance(told, answers.Opened) else told

    def _put(self, url: str, **parts: Any) -> Answer | Refused | NotSent:
        """Send a file where LinkedIn wants it; the access goes with it to LinkedIn's own hosts alone."""
        host = urlsplit(url).netloc
        is_its_own = host == self._host or host.endswith(".linkedin.com")
        return self._calls.made("PUT", url, bearer=is_its_own, **parts)

    def _in_parts(self, place: answers.Place, ref: MediaRef, media: Media) -> str | Refused | NotSent:
        """Send a film as LinkedIn parts it, then tell it the marks of the parts, in their order."""
        until = time.monotonic() + _UPLOADING

        def sent(part: answers.Instruction) -> str | Refused | NotSent:
            if time.monotonic() > until:
                return NotSent(reason=f"LinkedIn takes too long over {ref.key}", retry_after=_NEXT)
            data = media.part(ref, part.first, part.last - part.first + 1)
            # The address itself is the right to send there: LinkedIn refuses an access beside it.
            headers = {"Content-Type": "application/octet-stream"}
            done = self._calls.made("PUT", part.url, bearer=False, content=data, headers=headers)
            if not isinstance(done, Answer):
                return done
            mark = done.headers.get("ETag", "").strip('"')
            return mark or NotSent(reason="LinkedIn gave no mark for a part", retry_after=_NEXT)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            marks = list(pool.map(sent, place.parts))
        if amiss := next((one for one in marks if not isinstance(one, str)), None):
            return amiss
        said = {"video": place.urn, "uploadToken": place.token, "uploadedPartIds": marks}
        closed = self._calls.made(
            "POST", "rest/videos?action=finalizeUpload", json={"finalizeUploadRequest": said}
        )
        return f"{place.urn}?" if isinstance(closed, Answer) else closed

    def _ready(self, ref: str) -> str | Preparing | Refused | NotSent:
        """See whether LinkedIn is done with a file; who may not ask takes it that it is."""
        if not ref.endswith("?"):
            return ref
        urn = ref.removesuffix("?")
        where = f"rest/{urn.split(':')[2]}s/{quote(urn, safe='')}"
        told = self._calls.make(answers.Asset, "GET", where)
        match told:
            case Refused():
                return urn  # w_member_social alone may write and not read (images-api)
            case answers.Asset(status="AVAILABLE"):
                return urn
            case answers.Asset(status="PROCESSING_FAILED"):
                return Refused(reason=f"LinkedIn could not read the file: use MP4 or PDF ({told.why[:200]})")
            case answers.Asset():
                return Preparing(refs=(), reason="LinkedIn is at work on the file", retry_after=_AT_WORK)
        return told

    def _card(self, piece: Piece) -> str | None:
        """Give what a linked page says of itself; LinkedIn reads no page."""
        content = piece.content
        if self._pages is None or content.link is None or content.media or piece.reply_to:
            return None
        card = card_of(self._pages, content.link, _THUMBNAIL)
        if card is None:
            return None
        said = {"title": card.title, **({"description": card.sentence} if card.sentence else {})}
        if card.picture and card.picture.kind in _PLACES:
            place = self._place("images", len(card.picture.body))
            if isinstance(place, answers.Place) and place.url:
                headers = {"Content-Type": card.picture.kind}
                sent = self._put(place.url, content=card.picture.body, headers=headers)
                said |= {"thumbnail": place.urn} if isinstance(sent, Answer) else {}
        return _CARD + json.dumps(said, separators=(",", ":"), sort_keys=True)

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Post it. LinkedIn refuses the same words for ten minutes, which is looked into at once."""
        marker, binds = f"own feed: {piece.content.hash}", piece.content.hash.encode()
        where, said = self._remark(piece) if piece.reply_to else ("rest/posts", self._post(piece))
        done = self._calls.commit("POST", where, fence, marker, json=said, binds=binds)
        match done:
            case Told(means=Means.DUPLICATE):
                return self._repeated(piece, done)
            case Told():
                return Refused(reason=done.words)
            case Answer():
                return self._made(piece, done)
        return done

    def _post(self, piece: Piece) -> dict[str, Any]:
        shown = _shown(piece)
        return {
            "author": self._author,
            "commentary": little(_commentary(piece.content)),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
            **({"content": shown} if shown else {}),
        }

    def _remark(self, piece: Piece) -> tuple[str, dict[str, Any]]:
        """Say where a comment goes, and what it is: below a post, or below a comment of its thread."""
        above = piece.reply_to or ""
        said = {"actor": self._author, "object": above, "message": {"text": piece.content.body}}
        if found := _COMMENT.fullmatch(above):
            said |= {"object": found[1], "parentComment": above}
        return f"rest/socialActions/{quote(above, safe='')}/comments", said

    def _made(self, piece: Piece, answer: Answer) -> Published | Unknown:
        urn = answer.headers.get("x-restli-id", "")
        if piece.reply_to:
            remark = parsed(answers.Remark, answer)
            urn = remark.urn if remark and _COMMENT.fullmatch(remark.urn) else ""
        elif not _POST.fullmatch(urn):
            urn = ""
        return _published(urn, "answer") if urn else self._calls.unclear(answer)

    def _repeated(self, piece: Piece, told: Told) -> Published | Refused | Unknown:
        """Say what the words are that LinkedIn has already, by the age of the post that it names.

        It names one that nobody can see, too (ComposioHQ/composio#2710): a young one proves nothing.
        """
        named = _POST.search(told.said)
        again = "change the text, or let ten minutes pass"
        if named and _made_at(named[1]) < min(piece.due_at, _now()) - _SKEW:
            return Refused(reason=f"{told.words}: {again}")
        where = f"; see {_address(named[0])}" if named else ""
        return Unknown(reason=f"LinkedIn says that it has this post already{where}")

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:  # noqa: ARG002 (the port's signature)
        """Find nothing: LinkedIn lets almost no app read what a person posted (r_member_social is closed)."""
        return NotFound()

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read reactions, comments, reshares and how often it was shown; of a comment, the first two."""
        if _COMMENT.fullmatch(remote_id):
            return self._figures_of_a_comment(remote_id)
        return self._figures_of_a_post(remote_id)

    def _figures_of_a_comment(self, urn: str) -> PostFigures | NotFound | NotSent:
        told = self._calls.look(answers.Social, "GET", f"rest/socialActions/{quote(urn, safe='')}")
        if not isinstance(told, answers.Social):
            return told
        return PostFigures(likes=told.likes.total, replies=told.below.total)

    def _figures_of_a_post(self, urn: str) -> PostFigures | NotFound | NotSent:
        """Ask for each figure of a person's post (r_member_postAnalytics)."""
        kind = {"share": "share", "ugcPost": "ugc"}.get(urn.split(":")[2] if urn.count(":") > 2 else "")  # noqa: PLR2004 (urn:li:kind:id)
        if kind is None:
            return NotSent(reason="LinkedIn counts only what has its own id", retry_after=_LATER)
        found: dict[str, int | None] = {}
        for name, asked in _COUNTED:
            of = f"entity=({kind}:{quote(urn, safe='')})&queryType={asked}&aggregation=TOTAL"
            where = f"rest/memberCreatorPostAnalytics?q=entity&{of}"
            told = self._calls.look(answers.Count, "GET", where, headers=_FINDER)
            if not isinstance(told, answers.Count):
                return told
            found[name] = told.elements[0].count if told.elements else None
        return PostFigures.model_validate(found)

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Delete a post, or a comment of ours; LinkedIn says yes to what is gone already, too."""
        where = f"rest/posts/{quote(remote_id, safe='')}"
        if found := _COMMENT.fullmatch(remote_id):
            thread, author = quote(found[1], safe=""), quote(self._author, safe="")
            where = f"rest/socialActions/{thread}/comments/{found[2]}?actor={author}"
        done = self._calls.do("DELETE", where, headers={"X-RestLi-Method": "DELETE"})
        return Done() if isinstance(done, Answer) else done


class ReadableLinkedIn(LinkedIn):
    """A page, whose posts and comments an app may read; or a person of an app that LinkedIn lets."""

    guarantee = Guarantee.READABLE

    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Look through the author's own posts, or below the post that it answers, for the oldest such."""
        since -= _SKEW
        if piece.reply_to:
            return self._remark_found(piece, piece.reply_to, since)
        found: answers.Post | None = None
        for page in self._own_posts(since):
            if isinstance(page, NotSent):
                return page
            found = next((one for one in reversed(page) if _is(one, piece, since)), found)
        return NotFound() if found is None else _published(found.id, "own feed", found.at)

    def _own_posts(self, since: datetime) -> Iterator[list[answers.Post] | NotSent]:
        author = quote(self._author, safe="")
        for place in range(_PAGES):
            asked = f"author={author}&q=author&start={place * _PAGE}&count={_PAGE}&sortBy=LAST_MODIFIED"
            told = self._calls.look(answers.Posts, "GET", f"rest/posts?{asked}", headers=_FINDER)
            if not isinstance(told, answers.Posts):
                yield told if isinstance(told, NotSent) else _gone()
                return
            yield told.elements
            # Newest changes first: what was not touched since then was not made since then.
            if len(told.elements) < _PAGE or answers.instant(told.elements[-1].modified) < since:
                return
        yield NotSent(reason="too many posts since then to look through", retry_after=_LATER)

    def _remark_found(self, piece: Piece, above: str, since: datetime) -> Published | NotFound | NotSent:
        for place in range(_PAGES):
            told = self._remarks(above, place * _REMARKS)
            if not isinstance(told, answers.Remarks):
                return told
            for one in told.elements:
                is_ours = self._author in {one.actor, one.created.actor}
                same = _comparable(one.message.text) == _comparable(piece.content.body)
                if is_ours and same and answers.instant(one.created.time) >= since:
                    return _published(one.urn, "comments", answers.instant(one.created.time))
            if len(told.elements) < _REMARKS:
                return NotFound()
        return NotSent(reason="too many comments to look through", retry_after=_LATER)

    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Read what stands below a post or a comment, but for our own; LinkedIn tells people by URN alone."""
        start = int(after or 0)
        told = self._remarks(remote_id, start)
        if not isinstance(told, answers.Remarks):
            return told
        found = (one for one in told.elements if self._author not in {one.actor, one.created.actor})
        more = str(start + _REMARKS) if len(told.elements) == _REMARKS else None
        return Comments(found=tuple(map(_comment, found)), more=more)

    def _remarks(self, urn: str, start: int) -> answers.Remarks | NotFound | NotSent:
        where = f"rest/socialActions/{quote(urn, safe='')}/comments?start={start}&count={_REMARKS}"
        return self._calls.look(answers.Remarks, "GET", where)

    def _repeated(self, piece: Piece, told: Told) -> Published | Refused | Unknown:
        found = self.find(piece, min(piece.due_at, _now()))
        match found:
            case Published():
                return found
            case NotFound():
                return Refused(reason=f"{told.words}: change the text, or let ten minutes pass")
        return Unknown(reason=f"{told.words}; whether it is this post could not be seen: {found.reason}")

    def _figures_of_a_post(self, urn: str) -> PostFigures | NotFound | NotSent:
        """Read a page's statistics; a post that nobody saw yet has none, as one has that is gone."""
        if not self._author.startswith("urn:li:organization:"):
            return super()._figures_of_a_post(urn)
        kind = "ugcPosts" if ":ugcPost:" in urn else "shares"
        asked = f"q=organizationalEntity&organizationalEntity={quote(self._author, safe='')}"
        where = f"rest/organizationalEntityShareStatistics?{asked}&{kind}=List({quote(urn, safe='')})"
        told = self._calls.look(answers.OfShares, "GET", where, headers=_FINDER)
        if not isinstance(told, answers.OfShares):
            return told
        if told.elements:
            return PostFigures.model_validate(told.elements[0].total.model_dump())
        post = self._calls.look(answers.Post, "GET", f"rest/posts/{quote(urn, safe='')}")
        return PostFigures() if isinstance(post, answers.Post) else post


TERMS = Terms(
    (Guarantee.READABLE, Guarantee.BLIND),
    LinkedIn.settling,
    LinkedIn.key_lives,
    LinkedIn.limits,
    kinds=("text", "link", "picture", "pictures", "film", "document"),
    offers=frozenset({Offer.COMMENTS, Offer.ANSWERS, Offer.DELETES}),
    version=_own_version(),
)


def remote_id_in(url: str) -> str | None:
    """Read a post's URN from its address: …/feed/update/urn:li:share:7141138937766391808/."""
    parts = urlsplit(url)
    if parts.hostname not in {"www.linkedin.com", "linkedin.com"}:
        return None
    path = parts.path.replace("%3A", ":")
    if found := _POST.search(path):
        return found[0]
    activity = _IN_A_NAME.search(path)
    return f"urn:li:activity:{activity[1]}" if activity else None


def _now() -> datetime:
    return datetime.now(UTC)


def _not_for_linkedin(piece: Piece) -> str | None:
    content = piece.content
    if content.format not in {None, "document"}:
        return f"LinkedIn has no posts of the format '{content.format}': leave the format out"
    if piece.reply_to and content.media:
        return "LinkedIn takes no file from an app below a post: leave the file out of this part"
    for file in content.media:
        if file.kind not in _PLACES:
            return f"LinkedIn takes no {file.kind}: use JPEG, PNG, GIF, MP4 or PDF instead of {file.key}"
    if len(content.media) > 1 and any(_PLACES[file.kind] != "images" for file in content.media):
        return "LinkedIn shows a film or a document alone: take the other files out"
    return None


def _begun(piece: Piece) -> list[str]:
    """Give the files that are on their way; where all are done, they are asked for because they expired."""
    refs = [ref for ref in piece.refs if not ref.startswith(_CARD)]
    is_over = len(refs) == len(piece.content.media) and not any(ref.endswith("?") for ref in refs)
    return [] if is_over else refs


def _kept(refs: list[str], state: Preparing | Refused | NotSent) -> Preparing | Refused | NotSent:
    """Keep what is uploaded already, whatever the next file met with."""
    if isinstance(state, Refused) or (isinstance(state, NotSent) and not refs):
        return state
    return Preparing(refs=tuple(refs), reason=state.reason, retry_after=state.retry_after)


def _commentary(content: Content) -> str:
    """Give the text; a link that has a card of its own is not written out as well."""
    return content.body if content.media else content.text


def _shown(piece: Piece) -> dict[str, Any] | None:
    """Give what stands below the text: files, or a card."""
    content = piece.content
    files = [{"id": urn, **_told_of(ref)} for urn, ref in zip(piece.refs, content.media, strict=False)]
    if len(files) > 1:
        return {"multiImage": {"images": files}}
    if files:
        return {"media": files[0]}
    if content.link is None:
        return None
    card: dict[str, str] = next(
        (json.loads(ref[len(_CARD) :]) for ref in piece.refs if ref.startswith(_CARD)), {}
    )
    return {"article": {"source": content.link, "title": urlsplit(content.link).hostname} | card}


def _told_of(ref: MediaRef) -> dict[str, str]:
    """Say what a file is: pictures have an alternative text, films and documents a title."""
    if ref.kind.startswith("image/"):
        return {"altText": ref.alt} if ref.alt else {}
    return {"title": ref.alt or ref.key.rsplit("/", 1)[-1]}


def _published(urn: str, proof: str, at: datetime | None = None) -> Published:
    return Published(remote_id=urn, url=_address(urn), proof=proof, at=at)


def _address(urn: str) -> str:
    found = _COMMENT.fullmatch(urn)
    return f"https://www.linkedin.com/feed/update/{found[1] if found else urn}/"


def _gone() -> NotSent:
    return NotSent(reason="LinkedIn does not find this author", retry_after=_LATER)


def _made_at(number: str) -> datetime:
    # The milliseconds since 1970 are all but the last 22 bits: urn:li:share:7141138937766391808 is of
    # 14 December 2023, the day of Arisamiga/Linkedin-RSS#5.
    return answers.instant(int(number) >> 22)


def _comment(one: answers.Remark) -> Comment:
    at = answers.instant(one.created.time) if one.created.time else None
    return Comment(remote_id=one.urn, text=one.message.text, author=one.actor or None, at=at)


# ---------------------------------------------------------------- is it this one?
def _is(post: answers.Post, piece: Piece, since: datetime) -> bool:
    return (
        post.at >= since
        and post.content.files == len(piece.content.media)
        and _comparable(plain(post.commentary)) == _comparable(_commentary(piece.content))
    )


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
