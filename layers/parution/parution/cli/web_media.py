"""Pictures that lie on the web, brought into the folder media/ beside a plan."""

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from parution.fetching import Fetched, NotFetched
from parution.networks.pictures import proportions

_FOLDER = "fetched"
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp"}
_LARGEST = 20_000_000  # bytes; no network takes a larger picture
_LONGEST_STEM = 60


class _Web(Protocol):
    def fetch(self, url: str, kinds: tuple[str, ...], most: int) -> Fetched | NotFetched: ...


class WebMedia:
    """Fetches each address once; nothing lies in the folder before ``keep``."""

    def __init__(self, web: _Web) -> None:
        self._web = web
        self._brought: dict[str, str] = {}
        self._files: dict[str, bytes] = {}

    def bring(self, url: str) -> str:
        """Give the name under media/ that it will have. Raises LookupError, saying why it has none."""
        if url not in self._brought:
            self._brought[url] = self._fetched(url)
        return self._brought[url]

    def _fetched(self, url: str) -> str:
        found = self._web.fetch(url, tuple(_ENDINGS), _LARGEST)
        match found:
            case NotFetched(reason):
                raise LookupError(reason)
            case Fetched(_, _, body) if proportions(body) is None:
                raise LookupError("it is no picture, whatever its server calls it")
        name = (
            f"{_FOLDER}/{_stem(found.url)}{hashlib.sha256(found.body).hexdigest()[:8]}{_ENDINGS[found.kind]}"
        )
        self._files[name] = found.body
        return name

    @property
    def sizes(self) -> dict[str, int]:
        """Give the length of each file, by the name that it will have beside the plan."""
        return {f"media/{name}": len(body) for name, body in self._files.items()}

    def keep(self, folder: Path) -> int:
        """Write what was fetched into ``folder``/media; gives the number of files."""
        for name, body in self._files.items():
            place = folder / "media" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        return len(self._files)


def _stem(url: str) -> str:
    """Give what the file is called at its address, as a name that every system takes."""
    last = unquote(urlsplit(url).path).rsplit("/", 1)[-1].rsplit(".", 1)[0]
    ascii_only = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:_LONGEST_STEM].strip("-")
    return f"{plain}-" if plain else ""
