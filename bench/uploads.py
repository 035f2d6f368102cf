"""A film of 500 MB on its way: the memory of the process that uploads it, by connector.

Each connector runs in a process of its own, its network in another; the film lies on a disk, and is read in
ranges as it is from S3.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Aim, Measure
from parution.publishing.content import Content, MediaRef
from parution.publishing.ports import Piece

SIZE = 500_000_000
SMALLER = {"mastodon": 99_000_000, "bluesky": 45_000_000}  # what their servers take
NETWORKS = (
    "x",
    "linkedin",
    "youtube",
    "tiktok",
    "facebook",
    "mastodon",
    "bluesky",
    "wordpress",
    "pinterest",
    "tumblr",
)
_HEAD = bytes.fromhex("0000001c667479706d703432000000006d70343269736f6d61766331")

_UPLOADS = """
import json, sys
from bench.uploads import FromDisk, piece
from parution.networks import SecretNetworks
from parution.publishing.tokens import TokenKeeper
from parution.sandbox.memory_tokens import MemoryTokens
from datetime import timedelta
from tests.networks.accounts import OneSecret

network, secret, film = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
keeper = lambda connection: TokenKeeper(connection, MemoryTokens(), timedelta(seconds=120))
account = SecretNetworks(OneSecret("account", secret), tokens=keeper).open(network, "secret:account")
outcome = account.prepare(piece(), FromDisk(film))
# Of this program alone: ru_maxrss counts what started it, too.
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({"peak": int(status["VmHWM"].split()[0]) / 1000, "outcome": repr(outcome)}))
"""


def measures() -> list[Measure]:
    """Measure the aim of the issue on memory, by network: the peak of the whole process in MB."""
    peaks = {network: _peak(network) for network in NETWORKS}
    largest = max(peaks.values())
    return [Measure("memory while a film of 500 MB is uploaded", largest, "MB", Aim("<=", 150), peaks)]


def _peak(network: str) -> float:
    with TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        with film.open("wb") as out:
            out.write(_HEAD)
            out.truncate(SMALLER.get(network, SIZE))
        command = [sys.executable, "-m", "parution.sandbox", network, "--until-input-ends"]
        with subprocess.Popen(  # noqa: S603 (our own command)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as sandbox:
            assert sandbox.stdout is not None
            told = json.loads(sandbox.stdout.readline())[network]
            secret = json.dumps(next(iter(told["secrets"].values())))
            uploads = [sys.executable, "-c", _UPLOADS, network, secret, str(film)]
            done = subprocess.run(  # noqa: S603 (our own command)
                uploads, check=True, capture_output=True, text=True
            )
            assert sandbox.stdin is not None
            sandbox.stdin.close()
    measured = json.loads(done.stdout)
    assert measured["outcome"].startswith(("Prepared", "Preparing")), (network, measured["outcome"])
    peak: float = measured["peak"]
    return peak


class FromDisk:
    """Media on a disk, read as the bucket's are."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def read(self, ref: MediaRef) -> bytes:
        raise AssertionError(f"{ref.key} is a film: it is read in ranges")

    def size(self, ref: MediaRef) -> int:  # noqa: ARG002 (the port's signature)
        return self._path.stat().st_size

    def part(self, ref: MediaRef, start: int, length: int) -> bytes:  # noqa: ARG002 (the port's signature)
        with self._path.open("rb") as film:
            film.seek(start)
            return film.read(length)

    def address(self, ref: MediaRef) -> str:
        return f"https://media.example/{ref.key}"


def piece() -> Piece:
    """Give a post that shows the film."""
    film = MediaRef(key="media/film.mp4", etag="a", kind="video/mp4", alt="Notre four s'allume")
    content = Content(text="Notre four s'allume.", language="fr-FR", media=(film,))
    return Piece(content=content, key="film", due_at=datetime(2026, 12, 3, 12, tzinfo=UTC))
