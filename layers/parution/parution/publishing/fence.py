"""The fence: what every adapter crosses right before its one public call."""

import hashlib
from collections.abc import Callable

from parution.errors import CrossedTwice


class Fence:
    """Stands between an adapter and the public; it opens once per attempt.

    Crossing claims the delivery, then reads the holds, then compares the clock. It raises FenceClosed
    or NotAsRead where the call must not be made; an adapter lets these pass.
    """

    def __init__(self, claim: Callable[[str, str | None], None]) -> None:
        self._claim, self.crossed = claim, False

    def cross(self, request: bytes, marker: str | None = None) -> None:
        """Open the way for exactly this request; its hash is kept, and the mark it can be found by."""
        if self.crossed:
            raise CrossedTwice("an attempt has one public call")
        self._claim(hashlib.sha256(request).hexdigest()[:16], marker)
        self.crossed = True
