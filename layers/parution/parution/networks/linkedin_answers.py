"""What LinkedIn answers: its forms, and what each of its errors means."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import AliasChoices, BaseModel, Field

from parution.networks.calls import Means, Told
from parution.transport import Answer, parsed

_DAY = timedelta(days=1)
_A_WHILE, _SOON = timedelta(minutes=5), timedelta(seconds=30)

# Errors by their code, else by their status; each has a fixture in the tests. They count in the API's own
# envelope alone, whose status is that of the answer. Sources: learn.microsoft.com error-handling, posts-api,
# videos-api and ugc-post-api; the recorded bodies of n8n-io/n8n#14737 and Arisamiga/Linkedin-RSS#5.
_NO_VERSION = Told(
    Means.REFUSED,
    "LinkedIn has ended the version of its API that is asked for: update the program, or take 'version' out"
    " of the secret",
)
_BY_CODE: Mapping[str, Told] = {
    "DUPLICATE_POST": Told(Means.DUPLICATE, "LinkedIn has these very words from this author already"),
    "EXPIRED_UPLOAD_URL": Told(Means.LATER, "LinkedIn wants the file once more", wait=_SOON),
    "FIELD_LENGTH_TOO_LONG": Told(
        Means.REFUSED, "This text is too long for LinkedIn: it takes 3,000 characters"
    ),
    "MEDIA_ASSET_PROCESSING_FAILED": Told(
        Means.REFUSED, "LinkedIn could not read the file of this post: use JPEG, PNG, GIF, MP4 or PDF"
    ),
    "MEDIA_ASSET_WAITING_UPLOAD": Told(
        Means.LATER, "LinkedIn is still at work on the file of this post", wait=_SOON
    ),
    "NONEXISTENT_VERSION": _NO_VERSION,
    "VERSION_MISSING": _NO_VERSION,
}
_BY_STATUS: Mapping[int, Told] = {
    400: Told(Means.REFUSED, "LinkedIn does not take this post: change it"),
    401: Told(Means.TOKEN, "LinkedIn does not accept this access"),
    403: Told(
        Means.REFUSED,
        "LinkedIn does not let this access do that: the member must administer the page, and the app needs"
        " w_organization_social (a page) or w_member_social (a person); connect the account again",
    ),
    404: Told(Means.MISSING, "LinkedIn no longer shows the post that this one answers"),
    422: Told(Means.REFUSED, "LinkedIn does not take this post: change it"),
    426: _NO_VERSION,
}
_UNPROCESSABLE, _TOO_MANY = 422, 429


class _Input(BaseModel):
    code: str = ""


class _Details(BaseModel):
    inputs: list[_Input] = Field([], alias="inputErrors")


class _Problem(BaseModel):
    status: int
    message: str = ""
    code: str = ""
    details: _Details | None = Field(None, alias="errorDetails")

    @property
    def codes(self) -> list[str]:
        return [self.code, *(one.code for one in (self.details.inputs if self.details else ()))]


# ---------------------------------------------------------------- what is read of successes
class Instruction(BaseModel):
    """Where one part of a film goes."""

    url: str = Field(alias="uploadUrl")
    first: int = Field(alias="firstByte")
    last: int = Field(alias="lastByte")


class Place(BaseModel):
    """Where a file goes, and the URN that it will have."""

    url: str | None = Field(None, alias="uploadUrl")
    urn: str = Field(validation_alias=AliasChoices("image", "document", "video"))
    parts: list[Instruction] = Field([], alias="uploadInstructions")
    token: str = Field("", alias="uploadToken")


class Opened(BaseModel):
    value: Place


class Asset(BaseModel):
    """How far LinkedIn is with a file."""

    status: str
    why: str = Field("", alias="processingFailureReason")


class _Many(BaseModel):
    images: list[object] = []


class _Content(BaseModel):
    media: object | None = None
    many: _Many | None = Field(None, alias="multiImage")

    @property
    def files(self) -> int:
        return len(self.many.images) if self.many else int(self.media is not None)


class Post(BaseModel):
    """A post among an author's own; instants are in milliseconds since 1970."""

    id: str
    commentary: str = ""
    created: int = Field(0, alias="createdAt")
    modified: int = Field(0, alias="lastModifiedAt")
    content: _Content = _Content()

    @property
    def at(self) -> datetime:
        return instant(self.created)


class Posts(BaseModel):
    elements: list[Post]


class _Words(BaseModel):
    text: str = ""


class _Stamp(BaseModel):
    actor: str = ""
    time: int = 0


class Remark(BaseModel):
    """A comment."""

    id: str = ""
    given: str = Field("", validation_alias=AliasChoices("commentUrn", "$URN"))
    thread: str = Field("", alias="object")
    actor: str = ""
    message: _Words = _Words()
    created: _Stamp = _Stamp()

    @property
    def urn(self) -> str:
        return self.given or f"urn:li:comment:({self.thread},{self.id})"


class Remarks(BaseModel):
    elements: list[Remark]


class Statistics(BaseModel):
    likes: int | None = Field(None, alias="likeCount")
    shares: int | None = Field(None, alias="shareCount")
    replies: int | None = Field(None, alias="commentCount")
    views: int | None = Field(None, alias="impressionCount")


class _OfOne(BaseModel):
    total: Statistics = Field(alias="totalShareStatistics")


class OfShares(BaseModel):
    elements: list[_OfOne]


class _Counted(BaseModel):
    count: int


class Count(BaseModel):
    elements: list[_Counted]


class _Likes(BaseModel):
    total: int | None = Field(None, alias="totalLikes")


class _Below(BaseModel):
    total: int | None = Field(
        None, validation_alias=AliasChoices("aggregatedTotalComments", "totalFirstLevelComments")
    )


class Social(BaseModel):
    """What people did with a comment."""

    likes: _Likes = Field(_Likes(), alias="likesSummary")
    below: _Below = Field(_Below(), alias="commentsSummary")


def instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


# ---------------------------------------------------------------- what an error means
def meant(answer: Answer) -> Told | None:
    """Read an error; None for what is none, and for what the list does not hold."""
    problem = parsed(_Problem, answer)
    if problem is None or problem.status != answer.status:
        return None
    told = next((_BY_CODE[code] for code in problem.codes if code in _BY_CODE), None)
    if told is None and answer.status == _UNPROCESSABLE and "is a duplicate of urn:" in problem.message:
        told = _BY_CODE["DUPLICATE_POST"]
    if told is None and answer.status == _TOO_MANY:
        told = _pause(answer, problem.message)
    told = told or _BY_STATUS.get(answer.status)
    return told._replace(said=problem.message) if told else None


def _pause(answer: Answer, message: str) -> Told:
    """Say how long to wait: no header tells, and most is counted by days that end at midnight UTC."""
    if " DAY limit" not in message and "throttle limit" not in message:
        return Told(Means.LATER, "LinkedIn asks for a pause: too many requests", wait=_A_WHILE)
    now = _date(answer)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
    words = "LinkedIn takes no more from this app or this member until midnight (UTC)"
    return Told(Means.LATER, words, wait=midnight - now)


def _date(answer: Answer) -> datetime:
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
