"""Draw the bakery's pictures: `python examples/bakery/draw.py`. Flat shapes, so that each stays small."""
# ruff: noqa: PLR0917, PLR2004 (a script run by its path; shapes are written as SVG orders them)

import math
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import vl_convert

WIDTH, HEIGHT = 1200, 800
MEDIA = Path(__file__).parent / "media"

NIGHT, SNOW, WOOD, DARK_WOOD = "#1f2a44", "#fbfaf5", "#a8703f", "#7c4f2a"
CRUST, LIGHT_CRUST, DARK_CRUST, FLOUR = "#c98645", "#e3ad68", "#9a5f2b", "#f7e7c8"
CREAM, CHOCOLATE, DARK_CHOCOLATE, HOLLY, BERRY = "#fff3dc", "#6b3f24", "#4b2a17", "#3f7d4e", "#c8323c"
GOLD, ROSE, SLATE = "#f4c95d", "#e9a6a1", "#3b4a5f"

_SHADES = bytes(min(255, round(value / 12) * 12) for value in range(256))


def rect(
    x: float, y: float, width: float, height: float, fill: str, round_: float = 0, more: str = ""
) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}" fill="{fill}" {more}/>'


def disc(x: float, y: float, radius: float, fill: str, more: str = "") -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}" {more}/>'


def oval(x: float, y: float, rx: float, ry: float, fill: str, turn: float = 0, more: str = "") -> str:
    turned = f'transform="rotate({turn} {x} {y})"' if turn else ""
    return f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" fill="{fill}" {turned} {more}/>'


def path(shape: str, fill: str = "none", stroke: str = "none", width: float = 0, more: str = "") -> str:
    line = f'stroke="{stroke}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"'
    return f'<path d="{shape}" fill="{fill}" {line} {more}/>'


def group(parts: Iterator[str] | list[str], more: str = "") -> str:
    return f"<g {more}>{''.join(parts)}</g>"


def star(x: float, y: float, outer: float, inner: float, points: int, fill: str, turn: float = -90) -> str:
    corners = []
    for number in range(points * 2):
        radius = inner if number % 2 else outer
        angle = math.radians(turn + number * 180 / points)
        corners.append(f"{x + radius * math.cos(angle):.1f},{y + radius * math.sin(angle):.1f}")
    line = f'stroke="{fill}" stroke-width="10" stroke-linejoin="round"'
    return f'<polygon points="{" ".join(corners)}" fill="{fill}" {line}/>'


def scattered(count: int, low: float, high: float) -> Iterator[tuple[float, float, float]]:
    """Give places and sizes that look like chance and are the same on every machine."""
    for number in range(count):
        x = (number * 379.7) % WIDTH
        y = low + (number * 233.3) % (high - low)
        yield x, y, 2 + number * 7 % 5


def table(top: float, wood: str = WOOD) -> Iterator[str]:
    yield rect(0, top, WIDTH, HEIGHT - top, wood)
    yield rect(0, top, WIDTH, 14, "#ffffff", more='opacity=".16"')
    for number, y in enumerate(range(int(top) + 70, HEIGHT, 80)):
        yield path(
            f"M{-40 + number * 90} {y} q 300 -18 620 4 t 700 -6",
            stroke=DARK_WOOD,
            width=3,
            more='opacity=".35"',
        )


def holly(x: float, y: float, size: float) -> str:
    there, back = (
        f"q {size} {-size * 0.9} {size * 2.1} {-size * 0.2}",
        f"q {-size} {size * 0.9} {-size * 2.1}",
    )
    leaf = f"M0 0 {there} {back} {size * 0.2}"
    leaves = [path(leaf, HOLLY, more=f'transform="rotate({turn})"') for turn in (-160, -15)]
    places = ((-0.1, 0.1), (0.4, 0.35), (0.1, -0.4))
    berries = [disc(dx * size, dy * size, size * 0.32, BERRY) for dx, dy in places]
    return group([*leaves, *berries], f'transform="translate({x} {y})"')


def loaf(x: float, y: float, rx: float, ry: float, turn: float = 0) -> str:
    parts = [oval(0, 14, rx, ry, "#000000", more='opacity=".18"'), oval(0, 0, rx, ry, CRUST)]
    parts.append(oval(-rx * 0.06, -ry * 0.16, rx * 0.86, ry * 0.68, LIGHT_CRUST))
    for place in (-0.5, -0.17, 0.17, 0.5):
        curve = f"q {rx * 0.02:.0f} {-ry * 0.55:.0f} {rx * 0.22:.0f} {-ry * 0.9:.0f}"
        cut = f"M{rx * (place - 0.11):.0f} {ry * 0.42:.0f} {curve}"
        parts += [path(cut, stroke=DARK_CRUST, width=ry * 0.2), path(cut, stroke=FLOUR, width=ry * 0.1)]
    return group(parts, f'transform="translate({x} {y}) rotate({turn})"')


def wheat(x: float, y: float, turn: float) -> str:
    parts = [path("M0 0 v-250", stroke="#b98b3e", width=6)]
    parts += [
        oval(side * 17, -150 - number * 26, 9, 22, "#d9ab53", turn=side * 28)
        for number in range(7)
        for side in (-1, 1)
    ]
    parts.append(oval(0, -338, 9, 22, "#d9ab53"))
    return group(parts, f'transform="translate({x} {y}) rotate({turn})"')


def bread() -> Iterator[str]:
    """Two loaves of sourdough on a wooden table, with wheat."""
    yield rect(0, 0, WIDTH, HEIGHT, "#efe0c6")
    yield disc(930, 210, 300, "#f6ecd9")
    yield from table(470)
    yield wheat(170, 560, -14)
    yield wheat(235, 570, 4)
    yield wheat(290, 575, 20)
    yield rect(240, 560, 820, 46, "#c89a64", 23)
    yield rect(240, 584, 820, 22, "#a97b48", 11)
    yield loaf(560, 460, 260, 120, -4)
    yield loaf(800, 510, 230, 96, 5)
    yield from (disc(x * 0.6 + 280, y, size * 0.7, FLOUR) for x, y, size in scattered(46, 640, 760))


def yule_log() -> Iterator[str]:
    """A praline Yule log on a white plate, with holly."""
    yield rect(0, 0, WIDTH, HEIGHT, "#7a2e35")
    yield from (star(x, y, 5, 2.2, 4, "#a4525a") for x, y, _ in scattered(40, 30, 470))
    yield from table(500, "#8d5b36")
    yield oval(600, 640, 470, 84, "#000000", more='opacity=".2"')
    yield oval(600, 620, 470, 84, SNOW)
    yield oval(600, 612, 400, 62, "#ece7da")
    yield path("M300 600 v-150 a 110 110 0 0 1 110 -110 h 430 a 115 130 0 0 1 0 260 z", CHOCOLATE)
    yield path(
        "M300 470 q 30 -130 120 -130 h 420 q 70 0 100 50 q -120 -30 -250 -14 t -230 20 t -160 74", "#84553a"
    )
    for y, start, end in ((410, 420, 760), (455, 470, 700), (505, 430, 800), (552, 480, 760)):
        yield path(
            f"M{start} {y} q {(end - start) / 2} {-14} {end - start} 2", stroke=DARK_CHOCOLATE, width=6
        )
    yield oval(842, 470, 108, 130, DARK_CHOCOLATE)
    yield oval(842, 470, 96, 117, CREAM)
    spiral = " ".join(
        f"{'M' if not step else 'L'}{842 + (8 + step * 1.75) * math.cos(step / 5):.1f} "
        f"{470 + (9 + step * 2.1) * math.sin(step / 5):.1f}"
        for step in range(46)
    )
    yield path(spiral, stroke=CHOCOLATE, width=15)
    icing = "M360 372 q 60 -60 130 -34 q 70 -30 140 4 q 60 -24 120 6 q -30 44 -90 26 q -60 34 -120 6"
    yield path(f"{icing} q -90 34 -180 -8", SNOW)
    yield holly(520, 344, 44)
    yield from (
        oval(x, y, 13, 9, "#b9854a", turn) for x, y, turn in ((410, 352, 20), (640, 362, -15), (705, 350, 30))
    )


def shop_window() -> Iterator[str]:
    """The shop at nightfall: a lit window with bread, snow falling, mountains behind."""
    yield rect(0, 0, WIDTH, HEIGHT, NIGHT)
    yield path("M0 330 L190 130 L330 270 L520 70 L720 290 L880 160 L1200 360 V800 H0 Z", "#2c3a5c")
    yield path(
        "M520 70 L455 138 L500 130 L530 160 L560 132 L592 150 Z M190 130 L140 182 L190 170 L235 190 Z", SNOW
    )
    yield rect(180, 250, 840, 490, "#5a2f2a", 10)
    yield rect(180, 250, 840, 86, "#8c3b3b", 10)
    for number in range(12):
        x = 180 + number * 70
        yield path(f"M{x} 336 h70 v34 a35 35 0 0 1 -70 0 z", "#f2e6cf" if number % 2 else BERRY)
    yield rect(225, 420, 510, 270, "#ffdf94")
    yield rect(225, 420, 510, 130, "#ffe9b5")
    yield rect(790, 420, 180, 320, "#7a423a", 6)
    yield rect(815, 445, 130, 150, "#ffe3a3", 4)
    yield disc(935, 640, 9, GOLD)
    for shelf in (560, 676):
        yield rect(225, shelf, 510, 14, DARK_WOOD)
    yield from (oval(285 + n * 98, 540, 44, 24, CRUST) for n in range(5))
    yield from (path(f"M{262 + n * 98} 536 q 22 -18 46 -4", stroke=FLOUR, width=5) for n in range(5))
    yield from (rect(300 + n * 58, 580, 20, 98, LIGHT_CRUST, 10, 'transform="skewX(-4)"') for n in range(3))
    yield from (disc(470 + n * 74, 650, 28, "#8a5632") for n in range(4))
    yield from (disc(470 + n * 74, 640, 24, SNOW) for n in range(4))
    yield from (disc(470 + n * 74, 622, 6, BERRY) for n in range(4))
    yield path("M225 420 h510 v270 h-510 z M480 420 v270", stroke="#3f211d", width=12)
    for number in range(15):
        x, y = 240 + number * 35, 432 + 12 * math.sin(number * 1.3)
        yield disc(x, y, 6, (GOLD, BERRY, HOLLY)[number % 3])
    yield holly(880, 520, 26)
    yield path("M0 740 q 300 -34 600 -6 t 600 -8 v 80 h-1200 z", SNOW)
    yield path("M170 250 q 60 -26 130 -12 t 180 -4 t 220 2 t 200 -4 t 130 18 v12 h-860 z", SNOW)
    yield from (disc(x, y, size, SNOW, 'opacity=".9"') for x, y, size in scattered(90, 10, 730))


def biscuits() -> Iterator[str]:
    """Christmas biscuits cooling on a rack: stars, hearts and rounds."""
    yield rect(0, 0, WIDTH, HEIGHT, "#cfdcd6")
    yield rect(80, 80, 1040, 640, SLATE, 40)
    yield rect(100, 100, 1000, 600, "#46566d", 30)
    for number in range(13):
        yield rect(100, 130 + number * 44, 1000, 5, "#7a8aa0")
    heart = "M0 62 C-96 -8 -58 -84 0 -36 C58 -84 96 -8 0 62 Z"
    for row in range(3):
        for column in range(5):
            x, y, kind = 200 + column * 200, 205 + row * 195, (row + column * 2) % 3
            yield oval(x + 6, y + 12, 74, 66, "#000000", more='opacity=".16"')
            if kind == 0:
                yield star(x, y, 82, 48, 5, LIGHT_CRUST)
                yield star(x, y, 52, 30, 5, SNOW)
            elif kind == 1:
                yield path(heart, CRUST, CRUST, 14, f'transform="translate({x} {y + 6})"')
                yield path(heart, ROSE, more=f'transform="translate({x} {y + 4}) scale(.7)"')
            else:
                yield disc(x, y, 74, LIGHT_CRUST)
                yield disc(x, y, 40, BERRY)
                yield disc(x - 12, y - 12, 9, "#e8747a")


def galette() -> Iterator[str]:
    """An Epiphany cake with its crown."""
    yield rect(0, 0, WIDTH, HEIGHT, "#dfe6ef")
    yield from table(450, "#9c6a40")
    yield oval(600, 640, 440, 112, "#000000", more='opacity=".2"')
    yield oval(600, 610, 440, 120, SNOW)
    yield path("M230 540 a370 150 0 0 0 740 0 v36 a370 150 0 0 1 -740 0 z", DARK_CRUST)
    yield oval(600, 540, 370, 150, CRUST)
    yield oval(600, 530, 340, 130, LIGHT_CRUST)
    for turn in range(0, 360, 30):
        angle = math.radians(turn)
        x, y = 600 + 320 * math.cos(angle), 530 + 122 * math.sin(angle)
        bend_x, bend_y = 600 + 200 * math.cos(angle + 0.7), 530 + 76 * math.sin(angle + 0.7)
        yield path(f"M600 530 Q{bend_x:.0f} {bend_y:.0f} {x:.0f} {y:.0f}", stroke=DARK_CRUST, width=7)
    crown = "M455 400 L430 215 L520 300 L600 180 L680 300 L770 215 L745 400 Z"
    yield path(crown, GOLD, "#d9a62e", 8)
    yield rect(455, 372, 290, 34, "#d9a62e", 8)
    yield from (disc(x, y, 15, BERRY) for x, y in ((430, 212), (600, 176), (770, 212)))
    yield from (disc(500 + n * 66, 389, 9, SNOW) for n in range(4))


PICTURES: dict[str, Callable[[], Iterator[str]]] = {
    "pain-au-levain": bread,
    "buche-praline": yule_log,
    "vitrine-de-noel": shop_window,
    "sables": biscuits,
    "galette": galette,
}


def repacked(png: bytes) -> bytes:
    """Write an 8-bit RGBA PNG again without alpha, its shades coarser: a quarter of the bytes."""
    packed = b"".join(data for kind, data in _chunks(png) if kind == b"IDAT")
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + _coarse(row) for row in _rows(zlib.decompress(packed)))
    written = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return png[:8] + b"".join(_chunk(kind, data) for kind, data in written)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 8
    while place < len(png):
        size = int.from_bytes(png[place : place + 4])
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        place += size + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(filtered: bytes) -> Iterator[bytes]:
    """Undo the row filters (PNG specification, section 9)."""
    size, above = WIDTH * 4, bytes(WIDTH * 4)
    for start in range(0, len(filtered), size + 1):
        rule, row = filtered[start], bytearray(filtered[start + 1 : start + 1 + size])
        for place in range(size):
            left = row[place - 4] if place >= 4 else 0
            corner = above[place - 4] if place >= 4 else 0
            row[place] = (row[place] + _predicted(rule, left, above[place], corner)) & 255
        yield (above := bytes(row))


def _predicted(rule: int, left: int, above: int, corner: int) -> int:
    if rule < 4:
        return (0, left, above, (left + above) // 2)[rule]
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def _coarse(row: bytes) -> bytes:
    channels = [row[channel::4].translate(_SHADES) for channel in range(3)]
    return bytes(value for pixel in zip(*channels, strict=True) for value in pixel)


def draw() -> dict[str, bytes]:
    """Give each picture's name and its PNG."""
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    drawn = {name: f"{opening}{''.join(parts())}</svg>" for name, parts in PICTURES.items()}
    return {name: repacked(vl_convert.svg_to_png(svg)) for name, svg in drawn.items()}


if __name__ == "__main__":
    MEDIA.mkdir(exist_ok=True)
    for name, png in draw().items():
        (MEDIA / f"{name}.png").write_bytes(png)
