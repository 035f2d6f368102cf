"""Files that posts show: where they lie, and which kinds networks take."""

_PREFIX = "s3://media/"

# By the name's ending; a table of our own, since the machine's differs from one to the next.
KINDS = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
}
# What a network takes of which nothing else is known: documents are shown by those alone that say so.
PICTURES_AND_FILMS = frozenset(kind for kind in KINDS.values() if kind != "application/pdf")


def media_name(src: str) -> str:
    """Give the name that `s3://media/NAME` holds: the file's path in the folder media/ beside the plan."""
    return src.removeprefix(_PREFIX)


def media_key(src: str) -> str:
    """Give the key in the plan bucket."""
    return f"media/{media_name(src)}"


def kind_of(src: str) -> str | None:
    """Give the MIME type, or None for a kind that networks do not take."""
    return KINDS.get(src[src.rfind(".") :].lower())


def is_film(src: str) -> bool:
    return (kind_of(src) or "").startswith("video/")


def is_document(src: str) -> bool:
    return kind_of(src) == "application/pdf"
