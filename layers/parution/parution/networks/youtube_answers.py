"""What YouTube answers: its resources as far as they are read, and its errors by their reasons.

Sources: developers.google.com/youtube/v3/docs/errors; the discovery document of 4 November 2026.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal
from zoneinfo import ZoneInfo

import httpx
from pydantic import AwareDatetime, BaseModel, Field

from parution.networks.calls import Means, Told
from parution.transport import Answer, parsed

_PACIFIC = ZoneInfo("America/Los_Angeles")  # at whose midnight quotas begin anew

_CONNECT_AGAIN = "YouTube asks you to connect the channel again, and to allow all that is asked for"
LOCKED = (
    "YouTube keeps the film private: the Google Cloud project behind the secret must pass YouTube's audit"
    " before its films can be public. The film is in YouTube Studio"
)
GONE = "YouTube does not find this film"
_CHANGE = "YouTube does not take this film: change it"

# Errors by their reasons, each with a fixture in the tests; they count only in Google's own envelope.
REASONS: Mapping[str, tuple[Means, str]] = {
    "accessNotConfigured": (
        Means.REFUSED,
        "The Google Cloud project does not use the YouTube Data API: enable it there",
    ),
    "authError": (Means.TOKEN, ""),
    "authenticatedUserAccountClosed": (Means.REFUSED, "YouTube has closed this account"),
    "authenticatedUserAccountSuspended": (Means.REFUSED, "YouTube has suspended this account"),
    "channelClosed": (Means.REFUSED, "YouTube has closed this channel"),
    "channelSuspended": (Means.REFUSED, "YouTube has suspended this channel"),
    "commentNotFound": (Means.MISSING, "YouTube does not find the comment that this one answers"),
    "commentTextTooLong": (Means.REFUSED, "YouTube takes comments of 10,000 characters at most"),
    "commentsDisabled": (Means.REFUSED, "Comments are switched off below this film on YouTube"),
    "dailyLimitExceeded": (Means.LATER, "YouTube's quota of the Google Cloud project is used up for today"),
    "forbidden": (Means.REFUSED, "YouTube does not let this channel do that"),
    "forbiddenPrivacySetting": (Means.REFUSED, LOCKED),
    "ineligibleAccount": (Means.REFUSED, "This account must complete its channel on YouTube first"),
    "insufficientPermissions": (Means.REFUSED, _CONNECT_AGAIN),
    "invalidCategoryId": (Means.REFUSED, "YouTube does not know the category that the secret names"),
    "invalidDescription": (Means.REFUSED, "YouTube does not take this text: shorten it to 5,000 bytes"),
    "invalidImage": (Means.REFUSED, "YouTube does not take this picture as a thumbnail: give another one"),
    "invalidTags": (Means.REFUSED, "YouTube does not take the hashtags of this text: change them"),
    "invalidTitle": (Means.REFUSED, "YouTube does not take the first line as a title: change it"),
    "invalidVideoMetadata": (Means.REFUSED, _CHANGE),
    "notFound": (Means.MISSING, "YouTube does not find what this belongs to"),
    "parentCommentNotFound": (Means.MISSING, "YouTube does not find the comment that this one answers"),
    "quotaExceeded": (Means.LATER, "YouTube's quota of the Google Cloud project is used up for today"),
    "rateLimitExceeded": (Means.LATER, "YouTube asks for a pause: too many requests"),
    "uploadLimitExceeded": (Means.LATER, "YouTube takes no more films of this channel today"),
    "uploadRateLimitExceeded": (Means.LATER, "YouTube takes no more thumbnails of this channel for now"),
    "userRateLimitExceeded": (Means.LATER, "YouTube asks for a pause: too many requests"),
    "videoNotFound": (Means.MISSING, GONE),
    "youtubeSignupRequired": (Means.REFUSED, "This Google account has no YouTube channel: make one first"),
}
_UNTIL_MIDNIGHT = {"dailyLimitExceeded", "quotaExceeded"}
_WAITS = {"uploadLimitExceeded": timedelta(hours=1), "uploadRateLimitExceeded": timedelta(minutes=10)}

FAILURES = {
    "codec": "its codec is not known: encode it as H.264 in an MP4 file",
    "conversion": "it could not be converted: encode it as H.264 in an MP4 file",
    "copyright": "somebody has rights in it",
    "duplicate": "it is there already",
    "emptyFile": "its file is empty",
    "invalidFile": "its file is no film",
    "length": "it is too long: confirm the channel's telephone number on YouTube",
    "tooSmall": "its file is too small",
}


class _Detail(BaseModel):
    reason: str = ""


class _Failure(BaseModel):
    code: int
    message: str = ""
    errors: list[_Detail] = []
    details: list[_Detail] = []


class _Error(BaseModel):
    error: _Failure


class VideoStatus(BaseModel):
    privacy: str = Field(alias="privacyStatus")
    upload: str = Field("", alias="uploadStatus")
    failure: str = Field("", alias="failureReason")
    rejection: str = Field("", alias="rejectionReason")


class Dated(BaseModel):
    at: AwareDatetime = Field(alias="publishedAt")


class Counts(BaseModel):
    likes: int | None = Field(None, alias="likeCount")
    replies: int | None = Field(None, alias="commentCount")
    views: int | None = Field(None, alias="viewCount")


class Made(BaseModel):
    id: str


class Video(Made):
    status: VideoStatus
    snippet: Dated | None = None


class Videos(BaseModel):
    kind: Literal["youtube#videoListResponse"]
    items: list[Video] = []


class Counted(Made):
    statistics: Counts


class Statistics(BaseModel):
    kind: Literal["youtube#videoListResponse"]
    items: list[Counted] = []


class Channel(BaseModel):
    value: str


class Written(Dated):
    shown: str = Field("", alias="textDisplay")
    original: str | None = Field(None, alias="textOriginal")  # given to its author alone
    author: str | None = Field(None, alias="authorDisplayName")
    by: Channel | None = Field(None, alias="authorChannelId")
    channel: str | None = Field(None, alias="channelId")  # whose film it stands below
    likes: int | None = Field(None, alias="likeCount")


class Reply(Made):
    snippet: Written


class Thread(BaseModel):
    first: Reply = Field(alias="topLevelComment")
    replies: int | None = Field(None, alias="totalReplyCount")


class Threaded(Made):
    snippet: Thread


class Page(BaseModel):
    more: str | None = Field(None, alias="nextPageToken")


class Threads(Page):
    kind: Literal["youtube#commentThreadListResponse"]
    items: list[Threaded] = []


class Replies(Page):
    kind: Literal["youtube#commentListResponse"]
    items: list[Reply] = []


def told(answer: Answer) -> Told | None:
    ended = answer.status in {httpx.codes.NOT_FOUND, httpx.codes.GONE}
    if ended and "X-GUploader-UploadID" in answer.headers:  # only where files go
        return Told(Means.MISSING, "the upload has ended on YouTube")
    error = parsed(_Error, answer) if not httpx.codes.is_success(answer.status) else None
    if error is None:
        return None
    reasons = [one.reason for one in (*error.error.details, *error.error.errors)]
    if "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in reasons:
        reasons = ["insufficientPermissions"]
    known = next((reason for reason in reasons if reason in REASONS), "")
    if not known:
        return None
    means, words = REASONS[known]
    wait = _to_midnight(answer) if known in _UNTIL_MIDNIGHT else _WAITS.get(known)
    return Told(means, words, said=re.sub(r"<[^>]*>", "", error.error.message), wait=wait)


def _to_midnight(answer: Answer) -> timedelta:
    """Say how long it is to midnight in California, by the server's own clock."""
    try:
        here = parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(_PACIFIC)
    except ValueError:
        here = datetime.now(_PACIFIC)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC) - here.astimezone(UTC)
