"""What stands below a post on Bluesky, and the record by which whoever began a thread hides answers.

Sources: the lexicons app.bsky.feed.getPostThread, app.bsky.feed.defs and app.bsky.feed.threadgate.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from parution.publishing.ports import Comment

GATE = "app.bsky.feed.threadgate"
MOST_HIDDEN = 300


class _Author(BaseModel):
    did: str
    handle: str


class _Named(BaseModel):
    uri: str
    cid: str


class _Reply(BaseModel):
    root: _Named


class _Written(BaseModel):
    text: str = ""
    reply: _Reply | None = None


class _Post(_Named):
    author: _Author
    record: _Written
    at: AwareDatetime = Field(alias="indexedAt")


class _Node(BaseModel):
    """A post with what stands below it; one that is gone, or whose author blocks us, has no post."""

    post: _Post | None = None
    replies: list["_Node"] = []


class _Hides(BaseModel):
    hidden: list[str] = Field([], alias="hiddenReplies")


class _Gate(BaseModel):
    record: _Hides = _Hides()


class Thread(BaseModel):
    """A post as it was asked for, with all that stands below it."""

    thread: _Node
    gate: _Gate = Field(_Gate(), alias="threadgate")

    @property
    def is_gone(self) -> bool:
        return self.thread.post is None

    def comments(self) -> Iterator[Comment]:
        """Give what others wrote, at any depth, each before what answers it.

        Its name is what an answer must tell: itself and the thread's first post, both by hash.
        """
        post, hidden = self.thread.post, set(self.gate.record.hidden)
        ours = post.author.did if post else None
        for one in _below(self.thread):
            if one.author.did != ours and one.record.reply:
                root = one.record.reply.root
                yield Comment(
                    remote_id=f"{one.uri}#{one.cid}#{root.uri}#{root.cid}",
                    text=one.record.text,
                    author=one.author.handle,
                    at=one.at,
                    hidden=one.uri in hidden,
                )


def _below(node: _Node) -> Iterator[_Post]:
    for one in node.replies:
        if one.post:
            yield one.post
        yield from _below(one)


class Gate(BaseModel):
    """The gate of a thread as it stands, with whatever else it rules."""

    cid: str
    value: dict[str, JsonValue]

    @property
    def hidden(self) -> list[str]:
        return _Hides.model_validate(self.value).hidden


def hiding(uri: str, root: str, standing: Gate | None, now: datetime) -> dict[str, Any]:
    """Write the gate that hides one answer more; what it rules beside that stays as it is."""
    value: Mapping[str, Any] = standing.value if standing else {}
    hidden = standing.hidden if standing else []
    made = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"$type": GATE, "post": root, "createdAt": made, **value, "hiddenReplies": [*hidden, uri]}
