"""Films on their way to a Facebook page: in parts, or as a stream that goes on where it broke."""

import time
from datetime import timedelta

from pydantic import AwareDatetime, BaseModel

from parution.networks.graph import Graph, Succeeded
from parution.networks.uploads import opened
from parution.publishing.content import MediaRef
from parution.publishing.deliveries import Prepared
from parution.publishing.ports import Media, NotFound, NotSent, Piece, Preparing, Refused

VIDEO_FIELDS = "status,published,post_id,permalink_url,created_time"

# What of a film is held in memory, and sent in one request; Facebook names where the next part begins.
_PART = 4 * 1024 * 1024
_AT_A_TIME = 20.0  # seconds of parts in one call; what is left is sent in the next
_AT_ONCE, _WORKS = timedelta(seconds=1), timedelta(seconds=20)

_PARTS = "parts "  # before where an upload in parts stands: session, film, from, to
_BROKEN = {"error", "expired", "upload_failed"}
_UNUSABLE = "Facebook could not work with this film: export it as MP4 (H.264 and AAC)"


class _Phase(BaseModel):
    status: str = ""
    bytes_transfered: int = 0  # so is it written there


class _Status(BaseModel):
    video_status: str = ""
    uploading_phase: _Phase = _Phase()
    publishing_phase: _Phase = _Phase()


class Video(BaseModel):
    """A film on the page, as far as it has come."""

    id: str
    status: _Status = _Status()
    published: bool = False
    post_id: str | None = None
    permalink_url: str | None = None
    created_time: AwareDatetime | None = None


class _Session(BaseModel):
    """Where a film's upload stands, from its first answer to its last: from here to there it wants bytes."""

    upload_session_id: str = ""
    video_id: str = ""
    start_offset: int
    end_offset: int


class _Started(BaseModel):
    video_id: str


class Films:
    """What one page is sent; nobody sees it yet."""

    def __init__(self, calls: Graph, page: str, uploads: str) -> None:
        self._calls, self._page, self._uploads = calls, page, uploads

    # ---------------------------------------------------------------- in parts
    def uploaded(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Upload a film in the parts that Facebook asks for, and make it an unpublished video."""
        (ref,) = piece.content.media
        if piece.refs and not piece.refs[0].startswith(_PARTS):
            return self._ready(piece.refs[0])
        session = self._resumed(piece.refs) or self._begun(media.size(ref))
        until = time.monotonic() + _AT_A_TIME
        while isinstance(session, _Session) and session.start_offset < session.end_offset:
            if time.monotonic() > until:
                return _unfinished(session, "the film is being uploaded", _AT_ONCE)
            sent = self._part(session, ref, media)
            if isinstance(sent, NotSent):
                return _unfinished(session, sent.reason, sent.retry_after)
            session = sent
        return self._finished(piece, session) if isinstance(session, _Session) else session

    def _resumed(self, refs: tuple[str, ...]) -> _Session | NotSent | None:
        """Go on with an upload; None where there is none, or Facebook has given it up."""
        if not refs:
            return None
        session = _noted(refs[0])
        read = self._calls.look(Video, "GET", session.video_id, params={"fields": "status"})
        if isinstance(read, NotSent):
            return read
        is_gone = isinstance(read, NotFound) or read.status.video_status in _BROKEN
        return None if is_gone else session

    def _begun(self, size: int) -> _Session | Refused | NotSent:
        said = {"upload_phase": "start", "file_size": str(size)}
        return self._calls.make(_Session, "POST", f"{self._page}/videos", data=said)

    def _part(self, session: _Session, ref: MediaRef, media: Media) -> _Session | Refused | NotSent:
        length = min(session.end_offset - session.start_offset, _PART)
        part = media.part(ref, session.start_offset, length)
        said = {
            "upload_phase": "transfer",
            "upload_session_id": session.upload_session_id,
            "start_offset": str(session.start_offset),
        }
        files = {"video_file_chunk": ("part", part, "application/octet-stream")}
        told = self._calls.make(_Session, "POST", f"{self._page}/videos", data=said, files=files)
        if not isinstance(told, _Session):
            return told
        named = {"upload_session_id": session.upload_session_id, "video_id": session.video_id}
        return told.model_copy(update=named)

    def _finished(self, piece: Piece, session: _Session) -> Prepared | Preparing | Refused | NotSent:
        said = {
            "upload_phase": "finish",
            "upload_session_id": session.upload_session_id,
            "published": "false",
            "description": piece.content.body,
        }
        done = self._calls.make(Succeeded, "POST", f"{self._page}/videos", data=said)
        if isinstance(done, NotSent):
            ready = self._ready(session.video_id)  # where only the answer was lost, it goes on
            is_done = isinstance(ready, Prepared)
            return ready if is_done else _unfinished(session, done.reason, done.retry_after)
        return self._ready(session.video_id) if isinstance(done, Succeeded) else done

    def _ready(self, video: str) -> Prepared | Preparing | Refused | NotSent:
        """Say whether Facebook has done its work on a film."""
        read = self._calls.look(Video, "GET", video, params={"fields": VIDEO_FIELDS})
        match read:
            case NotFound():
                return _at_work(video)  # it takes a moment until a new one is shown
            case NotSent():
                return Preparing(refs=(video,), reason=read.reason, retry_after=read.retry_after)
            case Video() if read.status.video_status in _BROKEN:
                return Refused(reason=_UNUSABLE)
            case Video() if read.status.video_status == "ready":
                return Prepared(refs=(video,))
        return _at_work(video)

    # ---------------------------------------------------------------- as a stream, for reels and stories
    def sent(self, piece: Piece, media: Media) -> Prepared | Preparing | Refused | NotSent:
        """Send the film of a reel or a story to the upload server, from where it has it."""
        (ref,) = piece.content.media
        video = piece.refs[0] if piece.refs else self._started(piece)
        if not isinstance(video, str):
            return video
        offset = self._received(video) if piece.refs else 0
        if isinstance(offset, NotFound):
            return self.sent(piece.model_copy(update={"refs": ()}), media)
        if not isinstance(offset, int):
            return offset
        size = media.size(ref)
        if offset < size and (failed := self._streamed(video, ref, media, offset)):
            return failed
        return Prepared(refs=(video,))

    def _started(self, piece: Piece) -> str | Refused | NotSent:
        made = self._calls.make(
            _Started, "POST", f"{self._page}/{edge(piece)}", data={"upload_phase": "start"}
        )
        return made.video_id if isinstance(made, _Started) else made

    def _received(self, video: str) -> int | Refused | Preparing | NotFound:
        """Read how many bytes of an upload that broke have arrived."""
        read = self._calls.look(Video, "GET", video, params={"fields": "status"})
        match read:
            case NotSent():
                return Preparing(refs=(video,), reason=read.reason, retry_after=read.retry_after)
            case Video() if read.status.video_status in _BROKEN:
                return Refused(reason=_UNUSABLE)
            case Video():
                return read.status.uploading_phase.bytes_transfered
        return read

    def _streamed(self, video: str, ref: MediaRef, media: Media, offset: int) -> Refused | Preparing | None:
        size, film = media.size(ref), opened(media, ref)
        film.seek(offset)
        headers = {
            "offset": str(offset),
            "file_size": str(size),
            "Content-Length": str(size - offset),
            "Content-Type": "application/octet-stream",
        }
        where = f"{self._uploads}/{video}"
        done = self._calls.make(Succeeded, "POST", where, headers=headers, content=film, oauth=True)
        if isinstance(done, NotSent):
            return Preparing(refs=(video,), reason=done.reason, retry_after=done.retry_after)
        return done if isinstance(done, Refused) else None


def edge(piece: Piece) -> str:
    """Name where the film of a reel or a story goes."""
    return "video_reels" if piece.content.format == "reel" else "video_stories"


def _noted(ref: str) -> _Session:
    session, video, start, end = ref.removeprefix(_PARTS).split(" ")
    return _Session(upload_session_id=session, video_id=video, start_offset=int(start), end_offset=int(end))


def _unfinished(session: _Session, reason: str, wait: timedelta) -> Preparing:
    stands = (session.upload_session_id, session.video_id, session.start_offset, session.end_offset)
    ref = _PARTS + " ".join(map(str, stands))
    return Preparing(refs=(ref,), reason=reason, retry_after=wait)


def _at_work(video: str) -> Preparing:
    return Preparing(refs=(video,), reason="Facebook is still at work on the film", retry_after=_WORKS)
