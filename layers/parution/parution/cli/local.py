"""The local mode: the unchanged template on an emulator, beside sandbox networks, all on loopback."""

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import boto3
import httpx

from parution.cli import processes
from parution.cli.stacks import Stack
from parution.errors import ParutionError
from parution.records import Record

REGION = "eu-west-3"
STACK = "parution-local"
SANDBOXES = ("mastodon", "ads", "webhook")  # those of the demo
# Readers react 600 times faster than in the world: a minute shows what ten hours would.
_OPTIONS = {"mastodon": {"pace": 600}}
_HOME = Path(".parution")
_STATE = _HOME / "local.json"
_STARTS_WITHIN = 30.0  # seconds; the emulator needs 0.3, a loaded machine more


class LocalError(ParutionError):
    """The local mode could not be set up; the message says which step, and its last words."""


class Sandbox(Record):
    """One sandbox network: where it listens, and the secret that opens each of its accounts."""

    url: str
    secrets: Mapping[str, Mapping[str, str]]

    @property
    def secret(self) -> Mapping[str, str]:
        """The secret of its first account."""
        return next(iter(self.secrets.values()))


class Local(Record):
    """A running local mode: what to stop it by, and where everything listens."""

    mark: str
    endpoint: str
    sandboxes: Mapping[str, Sandbox]

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach the emulator, and nothing of a real account."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }

    def session(self) -> boto3.Session:
        os.environ.update(self.environment)
        return boto3.Session(region_name=REGION)

    def stack(self) -> Stack:
        return Stack(STACK, self.session())

    def stop(self) -> None:
        """Leave no process and no file of this run behind."""
        _end(self.mark)
        _STATE.unlink(missing_ok=True)

    @classmethod
    def standing(cls) -> Self | None:
        """Give the local mode that was noted last, if any."""
        return cls.model_validate_json(_STATE.read_text()) if _STATE.exists() else None


def architecture() -> str:
    """Name this machine's architecture as Lambda does."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def project() -> Path:
    """Give the project's folder. Raises LocalError when the command runs elsewhere."""
    if not Path("template.yaml").exists():
        raise LocalError("there is no template.yaml here")
    return Path.cwd()


class Run:
    """One run of the local mode; unless it is kept, everything that it started ends with it."""

    def __init__(self) -> None:
        self.mark, self.kept = processes.new_mark(), False

    def keep(self, here: Local) -> None:
        """Let it go on after this command, and note where, for `parution local down`."""
        _STATE.write_text(here.model_dump_json(indent=2))
        self.kept = True


@contextmanager
def run() -> Iterator[Run]:
    """Give a run whose processes and files are gone at the end, whatever ends it."""
    this = Run()
    with processes.interruptible():
        try:
            yield this
        finally:
            if not this.kept:
                with processes.undisturbed():
                    _end(this.mark)


def _end(mark: str) -> None:
    processes.stop(mark)
    shutil.rmtree(_folder(mark), ignore_errors=True)


def _folder(mark: str) -> Path:
    return (_HOME / f"run-{mark[:8]}").absolute()


def start(mark: str, sandboxes: Sequence[str] = SANDBOXES) -> Local:
    """Start the emulator and the sandbox networks, and wait until both answer."""
    folder = _folder(mark)
    folder.mkdir(parents=True)
    port = _free_port()
    emulator = _spawn(
        [sys.executable, "-m", "ministack"],
        mark,
        folder,
        "emulator",
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        MINISTACK_REGION=REGION,
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
    )
    sandbox = _spawn(
        [sys.executable, "-m", "parution.sandbox", *sandboxes, "--options", json.dumps(_OPTIONS)],
        mark,
        folder,
        "sandbox",
    )
    endpoint = f"http://127.0.0.1:{port}"
    _wait("the emulator", lambda: _healthy(f"{endpoint}/_ministack/health"), emulator, folder)
    _wait("the sandbox networks", lambda: bool(_announced(folder)), sandbox, folder)
    return Local(mark=mark, endpoint=endpoint, sandboxes=_announced(folder))


def build(mark: str) -> None:
    """Build functions and layers for this machine, apart from builds meant for AWS."""
    _sam(
        mark,
        {"PARUTION_ARCHITECTURE": architecture()},
        "build",
        "--build-dir",
        str(_HOME / "build"),
        "--parallel",
        "--parameter-overrides",
        f"Architecture={architecture()}",
    )


def deploy(local: Local, **parameters: str) -> Stack:
    """Deploy what was built to the emulator, with further template parameters."""
    chosen = {
        "Architecture": architecture(),
        "DeletionProtection": "false",
        # The emulator's queue poller needs seconds; a worker that wakes earlier still meets the instant.
        "WakeEarlySeconds": "8",
        "DeliveryLanes": "2",  # so that accounts are spread here, too
        **parameters,
    }
    _sam(
        local.mark,
        local.environment,
        "deploy",
        "--template-file",
        str(_HOME / "build" / "template.yaml"),
        "--stack-name",
        STACK,
        "--resolve-s3",
        "--capabilities",
        "CAPABILITY_IAM",
        "CAPABILITY_AUTO_EXPAND",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in chosen.items()),
    )
    stack = local.stack()
    _warm(stack)
    return stack


def _warm(stack: Stack) -> None:
    """Start the worker of the history: the emulator waits for it in the one thread that reads all queues."""
    nothing = json.dumps({"Records": []}).encode()
    stack.session.client("lambda").invoke(
        FunctionName=stack.outputs["RecordHistoryFunction"], InvocationType="Event", Payload=nothing
    )


def _sam(mark: str, environment: Mapping[str, str], *arguments: str) -> None:
    tools = str(Path(sys.executable).parent)  # `sam build` looks for python3.13, pip and uv on the path
    ran = subprocess.run(  # noqa: S603 (our own arguments)
        [str(Path(tools) / "sam"), *arguments],
        env=_clean_environment()
        | {
            processes.MARK: mark,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "AWS_DEFAULT_REGION": REGION,
        }
        | dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise LocalError(f"`sam {arguments[0]}` failed:\n{_last_words(ran.stdout)}")


def _spawn(
    command: list[str], mark: str, folder: Path, name: str, **environment: str
) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.out").open("wb") as out, (folder / f"{name}.err").open("wb") as err:
        chosen = _clean_environment() | {"TMPDIR": str(folder)} | environment
        return processes.spawn(command, mark, chosen, out, err)


def _clean_environment() -> dict[str, str]:
    """Give this environment without what points at a real account, or makes every start a first one."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    return kept | {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.5", "AWS_EC2_METADATA_DISABLED": "true"}


def _wait(what: str, ready: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            words = "\n".join(_last_words(file.read_text()) for file in sorted(folder.glob("*.err")))
            raise LocalError(f"{what} did not start:\n{words}")
        time.sleep(0.05)


def _healthy(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


def _announced(folder: Path) -> dict[str, Sandbox]:
    """Read the line in which the sandboxes say where they listen; empty until it is written whole."""
    line, end, _ = (folder / "sandbox.out").read_text().partition("\n")
    told: dict[str, Any] = json.loads(line) if end else {}
    return {kind: Sandbox.model_validate(one) for kind, one in told.items()}


def _last_words(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-15:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
