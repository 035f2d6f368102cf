"""Pinterest: pins on one board, through its API v5.

Sources: pinterest/api-description v5 (5.23.0). What it leaves out is marked [observed]: answers that others
recorded, such as codes 9 and 29 (gitroomhq/postiz-app#1962 and several more).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, SecretStr

from parution.networks import grants
from parution.networks.calls import Calls, Means, Patience, Told
from parution.networks.oauth import RefreshGrant
from parution.networks.terms import Offer, Terms
from parution.networks.uploads import opened
from parution.publishing.content import Content, MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.fence import Fence
from parution.publishing.ports import (
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

_API = "https://api.pinterest.com/v5"
# A pin is made after its pictures were fetched from us.
_PATIENCE = Patience(commit=httpx.Timeout(40.0, connect=5.0))
_SOON, _LATER, _SPAM_PAUSE = timedelta(seconds=10), timedelta(minutes=5), timedelta(hours=1)
_SKEW, _SETTLING = timedelta(seconds=60), timedelta(seconds=90)
_REACH = timedelta(seconds=40) + _SETTLING + _SKEW  # after an attempt, the latest that its pin can be made
_ADDRESSES_LIVE = timedelta(minutes=50)  # ten less than they are signed for
_UPLOADS_LIVE = timedelta(days=1)  # Pinterest does not say how long; nobody plans a film further ahead
_PAGE, _PAGES = 100, 5
_NEVER = datetime.min.replace(tzinfo=UTC)
_LONGEST_TITLE, _MOST_PICTURES = 100, 5
# In seconds; a film that is shorter shows its last picture (PinMediaSourceVideoID).
_COVER_AT = 1
_NOT_FOUND = 404

# By status, and only with the API's own {"code", "message"}: a firewall's page proves nothing.
_WORDS = {
    400: "Pinterest does not take this pin: change it",
    401: "Pinterest does not let this app do that: see what the app may do, then connect it again"
    " (boards:read, boards:write, pins:read, pins:write)",
    403: "Pinterest does not let this account do that: is the board its own, and its standing good?",
    _NOT_FOUND: "Pinterest does not find the board, the pin or the film: check board_id in the secret",
}
_NO_PINS_ON_TRIAL = (
    "Pinterest lets an app with Trial access make no pins: ask Pinterest to give the app Standard access"
)
_TOO_MANY_PINS = "Pinterest holds this account's pins back against spam: plan fewer of them"
_NOT_FETCHED = "Pinterest could not fetch the picture"


class _Error(BaseModel):
    code: int
    message: str = ""


class _Made(BaseModel):
    id: str
    created_at: datetime | None = None


class _Pin(_Made):
    title: str | None = None
    description: str | None = None
    link: str | None = None


class _Pins(BaseModel):
    items: list[_Pin]
    bookmark: str | None = None


class _Place(BaseModel):
    media_id: str
    upload_url: str
    upload_parameters: dict[str, str]


class _Film(BaseModel):
    media_id: str
    status: str


class _Counts(BaseModel):
    reaction: int | None = None
    save: int | None = None
    comment: int | None = None
    impression: int | None = None


class _Metrics(BaseModel):
    lifetime_metrics: _Counts = _Counts()


class _Counted(BaseModel):
    id: str
    pin_metrics: _Metrics | None = None


def connect(
    name: str, values: Mapping[str, str], client: httpx.Client, tokens: TokenSource | None = None
) -> "Pinterest":
    """Open a board with `{"board_id", "client_id", "client_secret", "refresh_token"}`.

    `access_token` may stand in the place of the last three, for as long as it lives. Raises NoSuchSecret.
    """
    secret = grants.credentials(name, values, required=("board_id",))
    board = values["board_id"].strip()
    if not (board.isascii() and board.isdecimal()):
        raise secret.wrong("board_id", "must be the board's number, which GET /v5/boards tells")
    base_url = secret.base_url("base_url") or _API
    return Pinterest(client, base_url, board, grants.tokens_of("Pinterest", values, tokens))


def refresher(
    name: str, values: Mapping[str, str], client: httpx.Client
) -> tuple[RefreshGrant, SecretStr] | None:
    """Give what renews the tokens: 30 days each, the refresh token 60 days and a new one each time."""
    secret = grants.credentials(name, values, required=("board_id",))
    token_url = f"{secret.base_url('base_url') or _API}/oauth/token"
    return grants.refresh_grant(values, client, token_url, in_header=True)


class Pinterest:
    """One board of one account."""

    guarantee = Guarantee.READABLE
    settling = _SETTLING
    key_lives: timedelta | None = None
    limits: tuple[Limit, ...] = ()  # its headers tell when they run out

    def __init__(self, client: httpx.Client, base_url: str, board: str, tokens: TokenSource) -> None:
        self._calls = Calls("Pinterest", client, base_url, tokens, told=_told, patience=_PATIENCE)
        self._board = board

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Sign the addresses under which Pinterest fetches pictures, or upload the film.

        A picture cannot be uploaded before its pin is made: the API takes films alone.
        """
        if why := _never_a_pin(piece):
            return Refused(reason=why)
        if not piece.content.has_film:
            addresses = tuple(media.address(ref) for ref in piece.content.media)
            return Prepared(refs=addresses, good_until=_now() + _ADDRESSES_LIVE)
        if piece.refs:
            return self._processed(piece.refs[0])
        film = self._uploaded(piece.content.media[0], media)
        return self._processed(film) if isinstance(film, str) else film

    def _uploaded(self, ref: MediaRef, media: Media) -> str | Refused | NotSent:
        place = self._calls.make(_Place, "POST", "media", json={"media_type": "video"})
        if not isinstance(place, _Place):
            return place
        file = (ref.key.rsplit("/", 1)[-1], opened(media, ref), ref.kind)
        done = self._calls.made(
            "POST", place.upload_url, data=place.upload_parameters, files={"file": file}, bearer=False
        )
        return place.media_id if isinstance(done, Answer) else done

    def _processed(self, film: str) -> Prepared | Preparing | Refused | NotSent:
        found = self._calls.make(_Film, "GET", f"media/{film}")
        match found:
            case _Film(status="succeeded"):
                return Prepared(refs=(film,), good_until=_now() + _UPLOADS_LIVE)
            case _Film(status="failed"):
                return Refused(reason="Pinterest cannot play this film: save it as MP4 with H.264 and AAC")
            case _Film():
                reason = "Pinterest is still at work on the film"
                return Preparing(refs=(film,), reason=reason, retry_after=_SOON)
        # What was uploaded is not uploaded again because it could not be asked about.
        if isinstance(found, NotSent):
            return Preparing(refs=(film,), reason=found.reason, retry_after=found.retry_after)
        return found

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Make the pin; made twice, it would be two."""
        if not piece.refs:
            return NotSent(reason="its files are not ready yet", retry_after=_SOON)
        pin = _written(piece.content) | {"board_id": self._board, "media_source": _source(piece)}
        marker = f"own board: {piece.content.hash}"
        done = self._calls.commit("POST", "pins", fence, marker, json=pin, binds=piece.content.hash.encode())
        match done:
            case Answer():
                made = parsed(_Made, done)
                return self._published(made, done) if made else self._calls.unclear(done)
            case Told():  # the board is gone
                return Refused(reason=done.words)
            case Refused() | NotSent() | Unknown():
                return done

    def _published(self, made: _Made, answer: Answer) -> Published:
        return _shown(made, "answer").model_copy(update={"left": self._calls.left(answer)})

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:
        """Look through the board for a pin of that time with the same title, description and link."""
        wanted = _marks(_Pin.model_validate(_written(piece.content) | {"id": ""}))
        for page in self._pins(since - _SKEW):
            if isinstance(page, NotSent):
                return page
            for pin in reversed(page):
                if _marks(pin) == wanted and since - _SKEW <= _made_at(pin) < since + _REACH:
                    return _shown(pin, "own board")
        return NotFound()

    def _pins(self, since: datetime) -> Iterator[list[_Pin] | NotSent]:
        """Give the board's pins page by page, until a page holds none of that time.

        The newest come first [observed]; their order is not promised.
        """
        asked = {"page_size": str(_PAGE)}
        for _ in range(_PAGES):
            page = self._calls.look(_Pins, "GET", f"boards/{self._board}/pins", params=asked)
            if not isinstance(page, _Pins):
                yield (
                    page
                    if isinstance(page, NotSent)
                    else NotSent(reason=_WORDS[_NOT_FOUND], retry_after=_LATER)
                )
                return
            yield page.items
            if not page.bookmark or all(_made_at(pin) < since for pin in page.items):
                return
            asked["bookmark"] = page.bookmark
        yield NotSent(reason="too many pins since then to look through", retry_after=_LATER)

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Read reactions, saves, comments and views since the pin was made."""
        pin = self._calls.look(_Counted, "GET", f"pins/{remote_id}", params={"pin_metrics": "true"})
        if not isinstance(pin, _Counted):
            return pin
        counts = pin.pin_metrics.lifetime_metrics if pin.pin_metrics else _Counts()
        return PostFigures(
            likes=counts.reaction, shares=counts.save, replies=counts.comment, views=counts.impression
        )

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Take the pin off the board for good."""
        done = self._calls.do("DELETE", f"pins/{remote_id}")
        return Done() if isinstance(done, Answer) else done


TERMS = Terms(
    (Pinterest.guarantee,),
    Pinterest.settling,
    Pinterest.key_lives,
    Pinterest.limits,
    kinds=("picture", "pictures", "film"),
    offers=frozenset({Offer.DELETES}),
)


def remote_id_in(url: str) -> str | None:
    """Read a pin's id from its address: https://www.pinterest.com/pin/813744226420795884/."""
    match urlsplit(url).path.rstrip("/").split("/"):
        case ["", "pin", number] if number.isascii() and number.isdecimal():
            return number
    return None


# ---------------------------------------------------------------- the pin
def _never_a_pin(piece: Piece) -> str | None:
    content = piece.content
    if piece.reply_to:
        return "Pinterest takes no comments from a program: say it in the text of the pin"
    if content.format:
        return f"Pinterest has no {content.format}: plan the pin without a format"
    if not content.media:
        return "Pinterest takes no text alone: add a picture or a film"
    if len(content.media) > (1 if content.has_film else _MOST_PICTURES):
        return "A pin shows one film, or up to five pictures: plan the others as pins of their own"
    return None


def _written(content: Content) -> dict[str, str]:
    """Take the first line as the title where it is short enough; what follows is the description."""
    first, _, rest = content.text.strip().partition("\n")
    title, description = (first, rest) if len(first) <= _LONGEST_TITLE else ("", content.text)
    alt = content.media[0].alt if content.media else None
    said = {"title": title.strip(), "description": description.strip(), "link": content.link, "alt_text": alt}
    return {key: value for key, value in said.items() if value}


def _source(piece: Piece) -> dict[str, Any]:
    if piece.content.has_film:
        cover = {"cover_image_key_frame_time": _COVER_AT}
        return {"source_type": "video_id", "media_id": piece.refs[0], **cover}
    if len(piece.refs) == 1:
        return {"source_type": "image_url", "url": piece.refs[0]}
    return {"source_type": "multiple_image_urls", "items": [{"url": url} for url in piece.refs]}


def _marks(pin: _Pin) -> tuple[str, ...]:
    """Give what tells one pin from another: its words and its link, without what may be tidied up."""
    words = (" ".join((each or "").split()) for each in (pin.title, pin.description))
    return (*words, (pin.link or "").rstrip("/"))


def _made_at(pin: _Made) -> datetime:
    """Give its instant, in UTC where Pinterest writes no zone [observed]."""
    at = pin.created_at or _NEVER
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _shown(pin: _Made, proof: str) -> Published:
    at = _made_at(pin) if pin.created_at else None
    return Published(remote_id=pin.id, url=f"https://www.pinterest.com/pin/{pin.id}/", proof=proof, at=at)


def _told(answer: Answer) -> Told | None:
    error = parsed(_Error, answer) if not httpx.codes.is_success(answer.status) else None
    if error is None:
        return None
    match answer.status, error.code:
        case _, 9:  # [observed]
            return Told(Means.LATER, _TOO_MANY_PINS, wait=_SPAM_PAUSE)
        case _, 29:  # [observed]
            return Told(Means.REFUSED, _NO_PINS_ON_TRIAL)
        case 401, 2:
            return Told(Means.TOKEN, "")
        case 400, _ if "could not fetch the image" in error.message:  # [observed]
            return Told(Means.LATER, _NOT_FETCHED)
    words = _WORDS.get(answer.status)
    means = Means.MISSING if answer.status == _NOT_FOUND else Means.REFUSED
    return Told(means, words, error.message) if words else None


def _now() -> datetime:
    return datetime.now(UTC)
