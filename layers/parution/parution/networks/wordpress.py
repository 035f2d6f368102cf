"""WordPress: any blog of version 5.6 or newer, through its REST API."""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import BaseModel, RootModel, SecretStr

from parution.credentials import Credentials
from parution.networks.rate_headers import left
from parution.networks.terms import Offer, Terms
from parution.networks.uploads import opened
from parution.publishing.content import MediaRef
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
    Published,
    Refused,
    Unknown,
)
from parution.publishing.rates import Limit
from parution.transport import Answer, Lost, Unsent, exchange, parsed, wait_asked

# Publishing runs whatever plugins hang on it (feeds, mails, caches): PHP's own limit is 30 s by default.
_COMMIT = httpx.Timeout(35.0, connect=5.0)
_UPLOAD = httpx.Timeout(35.0, connect=5.0)  # the server makes its smaller copies meanwhile
_READ = httpx.Timeout(15.0, connect=5.0)
_SETTLING = timedelta(seconds=90)
_SOON, _LATER = timedelta(seconds=10), timedelta(minutes=5)

# Errors of the API by their codes, each with a fixture in the tests. They count only with the API's own
# {"code", "message", "data": {"status"}}, so that a page of a firewall in front of it proves nothing.
_NOT_LET_IN = (
    "WordPress does not accept this user with this application password: connect it again (or its web server"
    " passes the header Authorization on to nobody)"
)
_MAY_NOT = "WordPress does not let this user do that: give it the role Editor"
_FILE = "WordPress does not take this file: change it"
_REFUSALS = {
    "application_passwords_disabled": "Application passwords are switched off on this WordPress site",
    "incorrect_password": _NOT_LET_IN,
    "invalid_email": _NOT_LET_IN,
    "invalid_username": _NOT_LET_IN,
    "rest_cannot_create": _MAY_NOT,
    "rest_cannot_delete": _MAY_NOT,
    "rest_cannot_edit": _MAY_NOT,
    "rest_cannot_publish": _MAY_NOT,
    "rest_comment_author_data_required": "This WordPress user has no e-mail address: add one in its profile",
    "rest_comment_closed": "Comments are closed below this WordPress post",
    "rest_comment_content_invalid": "WordPress does not take this comment: change it",
    "rest_comment_invalid_id": "Somebody deleted the comment on WordPress before it was published",
    "rest_comment_invalid_post_id": "WordPress does not find the post that this comment belongs to",
    "rest_forbidden": _MAY_NOT,
    "rest_forbidden_context": _MAY_NOT,
    "rest_forbidden_status": _MAY_NOT,
    "rest_invalid_param": "WordPress does not take this post: change it",
    "rest_no_route": "This WordPress site does not offer its API: see whether a plugin switched it off",
    "rest_not_logged_in": _NOT_LET_IN,
    "rest_post_invalid_id": "Somebody deleted the draft on WordPress before it was published",
    "rest_upload_file_too_big": "This WordPress site takes no file as large as this one",
    "rest_upload_limited_space": "This WordPress site has no room for another file",
    "rest_upload_user_quota_exceeded": "This WordPress site has no room for another file",
}
# Said with status 500 although it is final: WordPress does not know why it could not store a file.
_UPLOAD_REFUSALS = {"rest_upload_unknown_error": _FILE, "rest_upload_sideload_error": _FILE}
_NOT_THERE = {"rest_post_invalid_id", "rest_comment_invalid_id"}
_SAID_ALREADY = "comment_duplicate"
_TOO_MANY, _SERVERS_FAULT = 429, 500

_LONGEST_TITLE, _LONGEST_SLUG = 100, 60
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?')\]]")
_PAGE = 100  # the most that is told at once
_COMMENT = "/comment-"  # between the id of a post and that of a comment below it


class _Status(BaseModel):
    status: int


class _Error(BaseModel):
    code: str
    message: str = ""
    data: _Status | list[Any] | None = None


class _Made(BaseModel):
    id: int
    link: str
    status: str
    date_gmt: datetime | None = None


class _Posts(RootModel[list[_Made]]):
    pass


class _Written(BaseModel):
    raw: str


class _Comment(_Made):
    post: int
    content: _Written
    author_name: str = ""


class _Comments(RootModel[list[_Comment]]):
    pass


class _File(BaseModel):
    id: int
    source_url: str


class _Files(RootModel[list[_File]]):
    pass


class _Some(RootModel[list[Any]]):
    pass


class _User(BaseModel):
    id: int


class _Gone(BaseModel):
    deleted: bool


def connect(name: str, values: Mapping[str, str], client: httpx.Client) -> "WordPress":
    """Open a site with `{"base_url", "user", "application_password"}`, and at will `categories`.

    Raises NoSuchSecret.
    """
    secret = Credentials(
        name, values, required=("base_url", "user", "application_password"), optional=("categories",)
    )
    if not values["user"].isprintable() or ":" in values["user"]:
        raise secret.wrong("user", "must be a user's name, without a colon")
    # It is shown in groups of four; the spaces are not part of it.
    password = "".join(values["application_password"].split())
    if not (password.isascii() and password.isalnum()):
        raise secret.wrong("application_password", "must be letters and digits; paste it again")
    categories = values.get("categories", "").replace(" ", "")
    if categories and not re.fullmatch(r"\d{1,9}(,\d{1,9})*", categories):
        raise secret.wrong("categories", 'must be numbers of categories, such as "3,7"')
    filed_under = tuple(int(each) for each in categories.split(",") if each)
    user = values["user"].strip()
    return WordPress(client, secret.base_url("base_url"), user, SecretStr(password), filed_under)


class WordPress:
    """One user on one site. What is published was a draft before, under an id that is published once."""

    guarantee = Guarantee.STEPWISE
    settling = _SETTLING
    key_lives: timedelta | None = None
    limits: tuple[Limit, ...] = ()  # WordPress has none of its own; a host's firewall answers 429

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        user: str,
        password: SecretStr,
        categories: tuple[int, ...] = (),
    ) -> None:
        self._client, self._base_url, self._categories = client, base_url, categories
        self._user, self._password = user, password

    # ---------------------------------------------------------------- before the instant
    def prepare(self, piece: Piece, media: Media) -> Prepared | Refused | NotSent:
        """Upload the files and make the draft, or find those that an earlier call made.

        Both are looked for under names that follow from the delivery: WordPress makes a second draft
        of the same slug without a word, and publishes it under `slug-2`.
        """
        if piece.reply_to:
            return self._comment_held(piece)
        shown: list[tuple[_File, MediaRef]] = []
        for ref in piece.content.media:
            file = self._file(ref, media)
            if not isinstance(file, _File):
                return file
            shown.append((file, ref))
        draft = self._draft(piece, shown)
        return Prepared(refs=(str(draft.id),)) if isinstance(draft, _Made) else draft

    def _file(self, ref: MediaRef, media: Media) -> _File | Refused | NotSent:
        """Find the file among those uploaded, or upload it with its alternative text."""
        name = _file_name(ref)
        asked = {"slug": name.rsplit(".", 1)[0], "status": "inherit", "context": "edit"}
        known = self._send("GET", "media", params=asked)
        files = _as(_Files, known)
        if files is None:
            return self._not_prepared(known)
        return files.root[0] if files.root else self._uploaded(ref, name, media)

    def _uploaded(self, ref: MediaRef, name: str, media: Media) -> _File | Refused | NotSent:
        headers = {"Content-Type": ref.kind, "Content-Disposition": f'attachment; filename="{name}"'}
        reply = self._send("POST", "media", headers=headers, content=opened(media, ref), timeout=_UPLOAD)
        file = _as(_File, reply)
        if file is None:
            return self._not_prepared(reply, also=_UPLOAD_REFUSALS)
        if not ref.alt:
            return file
        described = self._send("POST", f"media/{file.id}", json={"alt_text": ref.alt})
        return _as(_File, described) or self._not_prepared(described)

    def _draft(self, piece: Piece, shown: list[tuple[_File, MediaRef]]) -> _Made | Refused | NotSent:
        slug = slug_of(piece)
        known = self._send("GET", "posts", params={"slug": slug, "status": "any", "context": "edit"})
        posts = _as(_Posts, known)
        if posts is None:
            # A visitor may not ask for drafts, and is told that there is no such status.
            is_visitor = isinstance(known, Answer) and _code(known) == "rest_invalid_param"
            return Refused(reason=_NOT_LET_IN) if is_visitor else self._not_prepared(known)
        if posts.root:
            return min(posts.root, key=lambda post: (post.status != "publish", post.id))
        title, content = _written(piece, shown)
        pictures = [file for file, ref in shown if ref.kind.startswith("image/")]
        post = {
            "status": "draft",
            "slug": slug,
            "title": {"raw": title},
            "content": {"raw": content},
            **({"featured_media": pictures[0].id} if pictures else {}),
            **({"categories": list(self._categories)} if self._categories else {}),
        }
        made = self._send("POST", "posts", json=post, timeout=_UPLOAD)
        return _as(_Made, made) or self._not_prepared(made)

    def _comment_held(self, piece: Piece) -> Prepared | Refused | NotSent:
        """Write the comment where nobody sees it yet."""
        held = self._own_comment(piece, "hold")
        if isinstance(held, NotFound):
            comment = {**_under(piece), "content": {"raw": _text(piece)}, "status": "hold"}
            reply = self._send("POST", "comments", json=comment)
            made = _as(_Comment, reply)
            if made is None and isinstance(reply, Answer) and _code(reply) == _SAID_ALREADY:
                held = self._own_comment(piece, "approve")
            else:
                held = made or self._not_prepared(reply)
        if isinstance(held, NotFound):
            return Refused(
                reason="WordPress has this comment already, but does not show it: look into its spam"
            )
        return Prepared(refs=(_comment_id(held),)) if isinstance(held, _Comment) else held

    def _own_comment(self, piece: Piece, status: str) -> _Comment | NotFound | Refused | NotSent:
        asked = {**_under(piece), "status": status, "context": "edit", "per_page": "100"}
        reply = self._send("GET", "comments", params=asked)
        comments = _as(_Comments, reply)
        if comments is None:
            return self._not_prepared(reply)
        same = (one for one in comments.root if one.content.raw == _text(piece))
        return next(same, NotFound())

    def _not_prepared(
        self, reply: Answer | Unsent | Lost, also: Mapping[str, str] | None = None
    ) -> Refused | NotSent:
        # Nothing here is public, so that whatever is not a refusal may simply be done again.
        if not isinstance(reply, Answer):
            return NotSent(reason=reply.reason, retry_after=_SOON)
        if reply.status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:  # said by the web server in front, too
            return Refused(reason=_REFUSALS["rest_upload_file_too_big"])
        if words := (also or {}).get(_code(reply)):
            return Refused(reason=self._quoting(words, reply))
        return self._refusal(reply) or _wait(reply)

    # ---------------------------------------------------------------- the one call that publishes
    def commit(self, piece: Piece, fence: Fence) -> Outcome:
        """Publish the draft by its id: published twice, it is one post."""
        if not piece.refs:
            return NotSent(reason="its draft is not made yet", retry_after=_SOON)
        draft = piece.refs[0]
        post, _, comment = draft.partition(_COMMENT)
        where = f"comments/{comment}" if comment else f"posts/{post}"
        status = {"status": "approved" if comment else "publish"}
        request = self._request("POST", where, json=status, timeout=_COMMIT)
        fence.cross(f"{where} {piece.content.hash} ".encode() + request.content, marker=f"draft: {draft}")
        reply = exchange(self._client, request)
        match reply:
            case Unsent():
                return NotSent(reason=reply.reason, retry_after=_SOON)
            case Lost():
                return Unknown(reason=reply.reason)
            case Answer():
                return self._outcome(reply, draft)

    def _outcome(self, answer: Answer, draft: str) -> Outcome:
        made = _as(_Made, answer)
        if made and made.status in {"publish", "approved"}:
            return _published(made, draft, "answer")
        if made:
            return Refused(reason=f"WordPress keeps it as {made.status!r}: somebody must publish it there")
        if answer.status == _TOO_MANY:
            return _wait(answer)
        return self._refusal(answer) or Unknown(
            reason=f"WordPress answered {answer.status} without saying what became of the post"
        )

    # ---------------------------------------------------------------- afterwards
    def find(self, piece: Piece, since: datetime) -> Published | NotFound | NotSent:  # noqa: ARG002 (it is asked by id or slug)
        """Read the draft under its id, or under its slug, and see whether it is public."""
        if piece.reply_to:
            return self._comment_found(piece)
        asked = {"slug": slug_of(piece), "status": "publish", "context": "edit"}
        reply = self._send("GET", "posts", params=asked)
        posts = _as(_Posts, reply)
        if posts is None:
            return self._not_read(reply)
        return _published(posts.root[0], str(posts.root[0].id), "slug") if posts.root else NotFound()

    def _comment_found(self, piece: Piece) -> Published | NotFound | NotSent:
        found = self._own_comment(piece, "approve")
        match found:
            case _Comment():
                return _published(found, _comment_id(found), "comments")
            case Refused():
                return NotSent(reason=found.reason, retry_after=_LATER)
            case NotFound() | NotSent():
                return found

    def figures(self, remote_id: str) -> PostFigures | NotFound | NotSent:
        """Count the comments that are shown; WordPress itself counts neither readers nor likes."""
        post, _, comment = remote_id.partition(_COMMENT)
        kind, name, number = ("comments", "parent", comment) if comment else ("posts", "post", post)
        reply = self._send("GET", f"{kind}/{number}", params={"_fields": "id"})
        if isinstance(reply, Answer) and _code(reply) in _NOT_THERE:
            return NotFound()
        if not isinstance(reply, Answer) or not httpx.codes.is_success(reply.status):
            return self._not_read(reply)
        counted = self._send("GET", "comments", params={name: number, "per_page": "1", "_fields": "id"})
        if _as(_Some, counted) is None or not isinstance(counted, Answer):
            return self._not_read(counted)
        total = counted.headers.get("X-WP-Total", "")
        return PostFigures(replies=int(total) if total.isdecimal() else None)

    # ---------------------------------------------------------------- what stands below, and what goes away
    def comments(self, remote_id: str, after: str | None = None) -> Comments | NotFound | NotSent:
        """Read what others wrote below a post or a comment, page by page, the oldest first."""
        me = self._send("GET", "users/me", params={"_fields": "id"})
        user = _as(_User, me)
        if user is None:
            return self._not_read(me)
        post, _, comment = remote_id.partition(_COMMENT)
        page = int(after) if after and after.isdecimal() else 1
        asked = {
            **({"parent": comment} if comment else {"post": post}),
            "status": "all",
            "context": "edit",
            "author_exclude": str(user.id),
            "order": "asc",
            "per_page": str(_PAGE),
            "page": str(page),
        }
        reply = self._send("GET", "comments", params=asked)
        written = _as(_Comments, reply)
        if written is None or not isinstance(reply, Answer):
            return self._not_read(reply)
        pages = reply.headers.get("X-WP-TotalPages", "")
        more = str(page + 1) if pages.isdecimal() and page < int(pages) else None
        return Comments(found=tuple(_read(one) for one in written.root), more=more)

    def hide(self, comment: str) -> Done | NotFound | Refused | NotSent:
        """Hold a comment back for moderation."""
        number = comment.partition(_COMMENT)[2]
        if not number:
            return Refused(reason="WordPress hides comments, not posts: delete the post")
        reply = self._send("POST", f"comments/{number}", json={"status": "hold"})
        return Done() if _as(_Comment, reply) else self._not_done(reply)

    def delete(self, remote_id: str) -> Done | NotFound | Refused | NotSent:
        """Delete a post or a comment for good, past the trash."""
        post, _, comment = remote_id.partition(_COMMENT)
        where = f"comments/{comment}" if comment else f"posts/{post}"
        reply = self._send("DELETE", where, params={"force": "true"})
        return Done() if _as(_Gone, reply) else self._not_done(reply)

    def _not_done(self, reply: Answer | Unsent | Lost) -> NotFound | Refused | NotSent:
        is_gone = isinstance(reply, Answer) and _code(reply) in _NOT_THERE
        return NotFound() if is_gone else self._not_prepared(reply)

    # ---------------------------------------------------------------- what every call shares
    def _send(self, method: str, path: str, **parts: Any) -> Answer | Unsent | Lost:
        return exchange(self._client, self._request(method, path, **{"timeout": _READ, **parts}))

    def _request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **parts: Any
    ) -> httpx.Request:
        pair = base64.b64encode(f"{self._user}:{self._password.get_secret_value()}".encode()).decode()
        credentials = {"Authorization": f"Basic {pair}", **(headers or {})}
        return self._client.build_request(
            method, f"{self._base_url}/wp-json/wp/v2/{path}", headers=credentials, **parts
        )

    def _refusal(self, answer: Answer) -> Refused | None:
        words = _REFUSALS.get(_code(answer)) if answer.status < _SERVERS_FAULT else None
        if words and answer.status == httpx.codes.UNAUTHORIZED:
            # A wrong password makes a visitor of whoever sent it, who then may do nothing; the status tells
            # the two apart (rest_authorization_required_code: 401 for visitors, 403 for users).
            words = _NOT_LET_IN
        return Refused(reason=self._quoting(words, answer)) if words else None

    def _quoting(self, words: str, answer: Answer) -> str:
        """Add the site's own words, unless it says more than it should: what it was sent."""
        error = parsed(_Error, answer)
        said = unescape(re.sub(r"<[^>]*>", "", error.message if error else ""))
        tells = self._password.get_secret_value() in said or "Basic " in said
        return words if tells else f"{words} ({said[:200]})"

    def _not_read(self, reply: Answer | Unsent | Lost) -> NotSent:
        failure = self._not_prepared(reply)
        if isinstance(failure, Refused):
            return NotSent(reason=failure.reason, retry_after=_LATER)
        return failure


TERMS = Terms(
    (WordPress.guarantee,),
    WordPress.settling,
    WordPress.key_lives,
    WordPress.limits,
    kinds=("text", "link", "picture", "pictures", "film"),
    offers=frozenset({Offer.COMMENTS, Offer.ANSWERS, Offer.HIDES, Offer.DELETES}),
)


def remote_id_in(url: str) -> str | None:
    """Read a post's id from its plain address, https://site.example/?p=12; a pretty one does not tell it."""
    asked = parse_qs(urlsplit(url).query).get("p", [""])
    return asked[0] if len(asked) == 1 and asked[0].isascii() and asked[0].isdecimal() else None


# ---------------------------------------------------------------- names
def slug_of(piece: Piece) -> str:
    """Name a post readably, and as no other delivery names it: 32 bits of its key stand at the end."""
    title, _ = _title_and_text(piece.content.text)
    return _named(title, hashlib.sha256(piece.key.encode()).hexdigest()[:8])


def _file_name(ref: MediaRef) -> str:
    """Name a file after itself and its bytes, which its etag stands for: a film is not read for that."""
    stem, _, ending = ref.key.rsplit("/", 1)[-1].rpartition(".")
    return f"{_named(stem, hashlib.sha256(ref.etag.encode()).hexdigest()[:12])}.{ending.lower()}"


def _named(words: str, mark: str) -> str:
    plain = unicodedata.normalize("NFKD", words.replace("œ", "oe").replace("æ", "ae")).encode(
        "ascii", "ignore"
    )
    slug = re.sub(r"[^a-z0-9]+", "-", plain.decode().lower()).strip("-")
    return f"{slug[:_LONGEST_SLUG].strip('-')}-{mark}".strip("-")


# ---------------------------------------------------------------- the post
def _title_and_text(text: str) -> tuple[str, str]:
    """Take the first line as the title where more follows; else the text begins its own title."""
    first, _, rest = text.strip().partition("\n")
    if rest.strip() and len(first) <= _LONGEST_TITLE:
        return first.strip(), rest.strip()
    if len(first) <= _LONGEST_TITLE:
        return first.strip(), text.strip()
    return first[:_LONGEST_TITLE].rsplit(" ", 1)[0].rstrip(" ,;:") + "…", text.strip()


def _written(piece: Piece, shown: list[tuple[_File, MediaRef]]) -> tuple[str, str]:
    """Write title and content as the block editor would, so that people can go on with it."""
    title, text = _title_and_text(piece.content.text)
    paragraphs = [each.strip() for each in re.split(r"\n\s*\n", text) if each.strip()]
    if piece.content.link and piece.content.link not in text:
        paragraphs.append(piece.content.link)
    blocks = [_block("paragraph", f"<p>{_linked(each)}</p>") for each in paragraphs]
    # The first picture stands above the post already.
    above = next((file.id for file, ref in shown if ref.kind.startswith("image/")), None)
    blocks += [_figure(file, ref) for file, ref in shown if file.id != above]
    return escape(title, quote=False), "\n\n".join(blocks)


def _block(name: str, html: str) -> str:
    return f"<!-- wp:{name} -->\n{html}\n<!-- /wp:{name} -->"


def _figure(file: _File, ref: MediaRef) -> str:
    source, alt = escape(file.source_url), escape(ref.alt or "")
    if ref.kind.startswith("video/"):
        html = f'<figure class="wp-block-video"><video controls src="{source}"></video></figure>'
        return _block("video", html)
    return _block("image", f'<figure class="wp-block-image"><img src="{source}" alt="{alt}"/></figure>')


def _linked(text: str) -> str:
    parts, at = [], 0
    for link in _LINK.finditer(text):
        address = escape(link[0])
        parts += [escape(text[at : link.start()], quote=False), f'<a href="{address}">{address}</a>']
        at = link.end()
    return "".join([*parts, escape(text[at:], quote=False)]).replace("\n", "<br>")


def _text(piece: Piece) -> str:
    return escape(piece.content.body.strip(), quote=False)


def _under(piece: Piece) -> dict[str, str]:
    """Say below which post a comment stands, and below which other comment."""
    post, _, comment = (piece.reply_to or "").partition(_COMMENT)
    return {"post": post, **({"parent": comment} if comment else {})}


def _comment_id(comment: _Comment) -> str:
    return f"{comment.post}{_COMMENT}{comment.id}"


# ---------------------------------------------------------------- answers
def _read(comment: _Comment) -> Comment:
    return Comment(
        remote_id=_comment_id(comment),
        text=unescape(re.sub(r"<[^>]*>", "", comment.content.raw)),
        author=comment.author_name or None,
        at=comment.date_gmt.replace(tzinfo=UTC) if comment.date_gmt else None,
        hidden=comment.status != "approved",
    )


def _published(made: _Made, remote_id: str, proof: str) -> Published:
    at = made.date_gmt.replace(tzinfo=UTC) if made.date_gmt else None
    return Published(remote_id=remote_id, url=made.link, proof=proof, at=at)


def _as[Model: BaseModel](model: type[Model], reply: Answer | Unsent | Lost) -> Model | None:
    return (
        parsed(model, reply) if isinstance(reply, Answer) and httpx.codes.is_success(reply.status) else None
    )


def _code(answer: Answer) -> str:
    error = parsed(_Error, answer) if not httpx.codes.is_success(answer.status) else None
    return error.code if error else ""


def _wait(answer: Answer) -> NotSent:
    told = left(answer, datetime.now(UTC))
    asked = answer.status == _TOO_MANY
    reason = "This WordPress site asks for a pause" if asked else f"WordPress answered {answer.status}"
    return NotSent(reason=reason, retry_after=wait_asked(answer, otherwise=_SOON), left=told)
