"""Documents put together from several files, each value knowing where it was written."""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from parution.plan.problems import Problem, pointer_to, problem
from parution.plan.reading import parsed

Path = tuple[str | int, ...]
# Gives the bytes of a file of the folder, by its name relative to it; None where there is none.
ReadFile = Callable[[str], bytes | None]

INCLUDE = "include"


class Source(NamedTuple):
    """A place in a file."""

    file: str
    path: Path = ()

    def below(self, path: Path) -> "Source":
        return Source(self.file, self.path + path)


class Sourced(NamedTuple):
    """A value, and for each place of it that came from elsewhere than what surrounds it, from where."""

    value: Any
    sources: Mapping[Path, Source]  # the empty path is always in it

    def source(self, path: Path) -> Source:
        """Tell where the value at a path was written, or the nearest one around it."""
        cut = next(cut for cut in range(len(path), -1, -1) if path[:cut] in self.sources)
        return self.sources[path[:cut]].below(path[cut:])

    def inside(self, part: str | int) -> "Sourced":
        deeper = {path[1:]: source for path, source in self.sources.items() if path[:1] == (part,)}
        return Sourced(self.value[part], {(): self.source((part,)), **deeper})


def merged(lower: Sourced, upper: Sourced) -> Sourced:
    """Lay one value over another: objects key by key, anything else whole."""
    if not (isinstance(lower.value, dict) and isinstance(upper.value, dict)):
        return upper
    value, sources = dict(lower.value), dict(lower.sources)
    for key in upper.value:
        over = upper.inside(key)
        laid = merged(lower.inside(key), over) if key in lower.value else over
        value[key] = laid.value
        sources = {path: source for path, source in sources.items() if path[:1] != (key,)}
        sources |= {(key, *path): source for path, source in laid.sources.items()}
    return Sourced(value, sources)


class Folder:
    """The files of one folder, each read once; what is wrong with them is gathered."""

    def __init__(self, read: ReadFile) -> None:
        self._read = read
        self._documents: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self.texts: dict[str, bytes] = {}

    def document(self, file: str) -> Any:
        """Give what a file holds; None where there is nothing that can be read."""
        if file not in self._documents:
            raw = self._read(file)
            document, problems = (None, []) if raw is None else parsed(raw)
            if raw is not None:
                self.texts[file] = raw
            self.problems += [one.model_copy(update={"file": file}) for one in problems]
            self._documents[file] = document
        return self._documents[file]

    def tell(self, code: str, at: Source, message: str, hint: str) -> None:
        found = problem(code, pointer_to(at.path), message, hint)
        self.problems.append(found.model_copy(update={"file": at.file}))

    def with_includes(self, value: Any, at: Source, trail: tuple[str, ...]) -> Sourced:
        """Follow every include of a value; what stands beside one is laid over what it brings.

        ``trail`` holds the files that are being read, outermost first.
        """
        if isinstance(value, dict) and INCLUDE in value:
            return self._included(value, at, trail)
        sources: dict[Path, Source] = {(): at}
        inner = value
        for part, each in _members(value) if isinstance(value, dict | list) else ():
            found = self.with_includes(each, at.below((part,)), trail)
            if found.value is not each:
                inner = inner if inner is not value else value.copy()
                inner[part] = found.value
                sources |= {(part, *path): source for path, source in found.sources.items()}
        return Sourced(inner, sources)

    def _included(self, value: dict[str, Any], at: Source, trail: tuple[str, ...]) -> Sourced:
        beside = {key: each for key, each in value.items() if key != INCLUDE}
        over = self.with_includes(beside, at, trail)
        file = self.named(value[INCLUDE], at.below((INCLUDE,)), trail)
        document = self.document(file) if file is not None else None
        if file is None or document is None:
            return over
        brought = self.with_includes(document, Source(file), (*trail, file))
        return merged(brought, over) if beside else brought

    def named(self, written: Any, at: Source, trail: tuple[str, ...]) -> str | None:
        """Give the file that an include names, relative to the one it stands in; None where it is refused."""
        hint = "name a file of this folder, such as packs/crisis.json"
        if not isinstance(written, str) or "\\" in written or written.startswith("/"):
            self.tell("E033", at, f"{written!r} is not a file of this folder", hint)
            return None
        file = posixpath.normpath(posixpath.join(posixpath.dirname(at.file), written))
        if file.startswith("../"):
            self.tell("E033", at, f"'{written}' leaves the folder of the workspace", hint)
        elif file in trail:
            circle = " -> ".join([*trail[trail.index(file) :], file])
            self.tell("E032", at, f"the files include each other: {circle}", "take one include out")
        elif self.document(file) is None and file not in self.texts:
            self.tell("E031", at, f"there is no file '{file}'", "correct the name, or write the file")
        else:
            return file
        return None


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    pairs: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
    return ((part, each) for part, each in pairs if isinstance(each, dict | list))
