"""What X answers: its forms, and what each of its errors means."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AliasChoices, AwareDatetime, BaseModel, Field

from parution.networks.calls import Means, Told
from parution.networks.rate_headers import left
from parution.transport import Answer, parsed

_SOON = timedelta(seconds=10)
_LOOK_AGAIN = 5  # seconds between two looks at a film where X does not say it

# Errors of the API by the last part of their problem's type, else by what the detail says; each has a
# fixture in the tests. Sources: docs.x.com response-codes-and-errors; the bodies that publishing tools keep.
_AGAIN = "then connect the account again"
BAD_FILE = Told(
    Means.REFUSED,
    "X does not take the file of this post: a film must be MP4 of H.264 and AAC, at most 60 pictures a"
    " second and 140 s long",
)
_KINDS: Mapping[str, Told] = {
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
_SAYINGS: Mapping[str, Told] = {
    "duplicate content": Told(Means.DUPLICATE, "X has these very words from this account already"),
    "status is a duplicate": Told(Means.DUPLICATE, "X has these very words from this account already"),
    "media ids are invalid": BAD_FILE,
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


class Identity(BaseModel):
    id: str


class Made(BaseModel):
    data: Identity


class _Failure(BaseModel):
    message: str = ""


class _Work(BaseModel):
    state: str
    check_after_secs: int = Field(_LOOK_AGAIN, ge=1, le=600)
    error: _Failure | None = None


class _File(Identity):
    processing_info: _Work | None = None


class Uploaded(BaseModel):
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


class Counts(BaseModel):
    # Answers to requests that name the fields as they were before 2026 count retweets.
    likes: int | None = Field(None, alias="like_count")
    shares: int | None = Field(None, validation_alias=AliasChoices("repost_count", "retweet_count"))
    replies: int | None = Field(None, alias="reply_count")
    views: int | None = Field(None, alias="impression_count")


class Post(Identity):
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
    public_metrics: Counts | None = None


class One(BaseModel):
    data: Post


class _Meta(BaseModel):
    next_token: str | None = None


class _User(Identity):
    username: str


class _Included(BaseModel):
    users: list[_User] = []


class Page(BaseModel):
    data: list[Post] = []
    meta: _Meta  # in every page, an empty one too: without it this is something else
    includes: _Included = _Included()


class _Hidden(BaseModel):
    hidden: bool


class HiddenNow(BaseModel):
    data: _Hidden


# ---------------------------------------------------------------- what an error means
def meant(answer: Answer) -> Told | None:
    """Read an error, in successes too; None for what is none, and for what the list does not hold."""
    problem = parsed(_Problem, answer)
    # An answer may hold what was asked for beside errors about something else.
    if problem is None or problem.data is not None:
        return None
    found = _by_kind(answer.status, problem)
    if found is not None:
        return found._replace(said=problem.says)
    return _throttled(answer) if answer.status == _TOO_MANY else None


def _by_kind(status: int, problem: _Problem) -> Told | None:
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
    now = datetime.now(UTC)
    ends = [one.resets_at for one in left(answer, now) if one.remaining == 0]
    wait = max(ends, default=now + _SOON) - now
    return Told(Means.LATER, "X asks for a pause: too many requests", wait=wait)
