"""A browser for the tests and for the pictures: it opens a folder's page once and gives what it shows."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from html import unescape
from importlib import resources
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DARK = "--blink-settings=preferredColorScheme=0"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
# The page itself runs no script: a frame around it looks at it. What it found is printed with the frame.
LOOK = """<!doctype html><meta charset="utf-8"><body style="margin:0">{frames}<pre id="found"></pre><script>
{look}
onload = async () => {{
  const found = [];
  for (const frame of document.querySelectorAll("iframe")) found.push(await look(frame));
  document.getElementById("found").textContent = JSON.stringify(found);
}};
</script>"""
FRAME = '<iframe src="{page}" style="border:0;width:{width}px;height:2000px"></iframe>'


def run(*arguments: str | Path) -> str:
    """Run the browser once, with a profile of its own, and give what it printed."""
    assert CHROMIUM
    with tempfile.TemporaryDirectory() as profile:
        command = [CHROMIUM, *QUIET, f"--user-data-dir={profile}", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def looked_at(folder: Path, views: Iterable[tuple[str, int]], look: str, *flags: str) -> list[Any]:
    """Open pages of a folder, each at a width, and give what ``look(frame)``, in JavaScript, found in each."""
    views = list(views)
    frames = "".join(FRAME.format(page=page, width=width) for page, width in views)
    (folder / "frames.html").write_text(LOOK.format(frames=frames, look=look), encoding="utf-8")
    shown = run(
        f"--window-size={max(width for _, width in views)},2000",
        "--allow-file-access-from-files",
        # Long enough for all that waits, and over at once when nothing does.
        "--virtual-time-budget=60000",
        *flags,
        "--dump-dom",
        folder / "frames.html",
    )
    found = re.search(r'<pre id="found">(.+?)</pre>', shown, re.DOTALL)
    assert found, shown[-500:]
    reports: list[Any] = json.loads(unescape(found[1]))
    return reports


def with_axe(page: bytes) -> bytes:
    """Put axe-core into a copy of a page; the page's own policy would not let it run."""
    axe = (resources.files("axe_playwright_python") / "axe.min.js").read_bytes()
    unguarded = re.sub(rb'<meta http-equiv="Content-Security-Policy"[^>]*>', b"", page)
    return unguarded.replace(b"</body>", b"<script>%b</script></body>" % axe)
