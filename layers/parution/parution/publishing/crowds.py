"""When the workers of a crowd are woken, so that all of it is in hand at its instant.

A queue's event source mapping begins with five batches at once and adds 300 a minute. A crowd that came
only two seconds early would wait for that ramp after its instant; so it comes as much earlier as the ramp
takes, and its workers hold it for longer.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_AT_FIRST = 5  # batches in work at once, on each queue
_MORE_A_SECOND = 5

# Messages that one worker takes at most; while a crowd arrives most batches are full.
_BATCH = 10

# How long after its instant a worker is free again: a claim, one call, one row.
_WORK = timedelta(seconds=2)


def wakes(
    instants: Iterable[datetime], lanes: int, least: timedelta, most: timedelta
) -> Mapping[datetime, timedelta]:
    """Say for each whole second how long before it its tickets shall arrive: ``least``, or up to ``most``.

    ``instants`` is all that is known to be due around then, spread by hash over so many ``lanes``.
    """
    crowds = Counter(map(second_of, instants))
    seconds = sorted(crowds)
    needed = _needed([_batches(crowds[second], lanes) for second in seconds], seconds, least)
    early: dict[datetime, timedelta] = {}
    peaks = [_AT_FIRST, *_highest(needed)]
    next_begins = None
    for second, before, peak in reversed(list(zip(seconds, peaks, peaks[1:], strict=False))):
        # Messages are not taken in order: a crowd must be in hand before the next one's messages come.
        begins = min(second - least, next_begins or second)
        begins -= timedelta(seconds=(peak - before) / _MORE_A_SECOND)
        early[second] = min(second - begins, most)
        next_begins = second - early[second]
    return early


def second_of(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def _batches(crowd: int, lanes: int) -> int:
    """Count the fullest lane's batches: a hash spreads unevenly, by three deviations in the worst of them."""
    share = crowd / lanes
    return math.ceil((share + (3 * math.sqrt(share) if lanes > 1 else 0)) / _BATCH)


def _needed(batches: Sequence[int], seconds: Sequence[datetime], least: timedelta) -> list[int]:
    """Add to each second's batches those of the seconds before whose workers are not free yet."""
    busy = least + _WORK
    needed, first, total = [], 0, 0
    for place, second in enumerate(seconds):
        total += batches[place]
        while seconds[first] <= second - busy:
            total -= batches[first]
            first += 1
        needed.append(total)
    return needed


def _highest(needed: Iterable[int]) -> list[int]:
    """Give for each place the most that was needed up to there: what the ramp has reached, it keeps."""
    peaks, peak = [], _AT_FIRST
    for batches in needed:
        peak = max(peak, batches)
        peaks.append(peak)
    return peaks
