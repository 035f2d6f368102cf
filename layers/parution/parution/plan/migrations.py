"""Plans of earlier versions of the format, rewritten into this one's, step by step."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from parution.errors import ParutionError

Document = dict[str, Any]

# From each version to the one after it: how a document is rewritten. Version 1 is the first one, so that
# there is no step yet; the next version adds its own under 1, and raises NEWEST.
NEWEST = 1
STEPS: Mapping[int, Callable[[Document], Document]] = {}


class Migration(NamedTuple):
    """A document of the newest version, and the versions that it went through."""

    document: Document
    versions: tuple[int, ...]  # the first is its own; with one alone there was nothing to do

    @property
    def is_needed(self) -> bool:
        return len(self.versions) > 1


class NotMigrated(ParutionError):
    """The document cannot be rewritten; ``instead`` says what to do."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.instead = instead


def migrated(
    document: Document,
    steps: Mapping[int, Callable[[Document], Document]] = STEPS,
    newest: int = NEWEST,
) -> Migration:
    """Rewrite a document into the newest version; keys keep their order. Raises NotMigrated."""
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise NotMigrated(f"the version is {version!r}", f'write "version": {newest} if it is new')
    if version > newest:
        raise NotMigrated(
            f"version {version} is newer than this program, which knows up to {newest}",
            "install a newer parution",
        )
    versions = [version]
    while version < newest:
        if version not in steps:
            raise NotMigrated(f"there never was a version {version}", f'write "version": {newest}')
        version += 1
        document = {**steps[version - 1](document), "version": version}
        versions.append(version)
    return Migration(document, tuple(versions))
