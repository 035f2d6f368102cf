import pytest

from parution.buying.curves import Hill, Points
from parution.buying.envelopes import Amounts, Envelope, Shifted, envelope
from parution.buying.price_search import ANYTHING, Demand

HILL = Hill(kind="hill", ceiling=100.0, half_spend=89e6)
STRAIGHT = Points(kind="points", points=((0, 0.0), (40_000_000, 4.0)))
ROOM = Amounts(zero=True, first=1, last=40_000_000, step=1)


@pytest.mark.parametrize("short", [3, 1_000, 5_000_000])
def test_at_the_price_found_all_but_the_last_units_of_the_aim_are_taken(short: int) -> None:
    # Beside a price of its own the hills stop at almost nothing, and the straight line before them at once.
    lines: list[Envelope] = [Shifted(envelope(HILL, ROOM), 7.5e-7) for _ in range(2)]
    lines.append(envelope(STRAIGHT, ROOM))
    demand = Demand(lines, [0, 0, 0], [0, 1, 2], 0)
    most = sum(line.corner(ANYTHING) for line in lines)

    taken = demand.nearly(most - short, ANYTHING, 0.0)

    assert 0 <= most - short - sum(taken.values()) <= 2 * len(lines) + 2
