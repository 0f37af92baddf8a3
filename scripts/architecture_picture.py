"""Draw docs/pictures/architecture.svg: the rooms, and which of them imports which, read from the code.

python scripts/architecture_picture.py            draw
python scripts/architecture_picture.py --check    exit code 1 when rooms or arrows are no longer those drawn
"""

import sys
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "pictures" / "architecture.svg"
PACKAGES = ("batchwright", "bots", "keywords", "mes_core", "rules", "twin")
Point = tuple[float, float]
Arrow = tuple[str, str]

EDGE = "batchwright"
"""Wires all rooms; its arrows go everywhere and are not drawn one by one."""
GROUND = {"mes_core.spelling": "how numbers, times and tables are written"}
"""Rooms that nearly all import and that import nothing: a band at the bottom, which says by whom."""
ROOMS: dict[str, tuple[Point, str]] = {
    "bots": ((150, 190), "suites; worker, evidence"),
    "keywords": ((150, 300), "what suites call; drives pages"),
    "mes_core.client": ((150, 410), "speaks to the MES"),
    "mes_core.messages": ((310, 520), "shapes that cross borders"),
    "mes_core.web": ((530, 190), "API and console"),
    "mes_core.services": ((530, 300), "what may happen, signed"),
    "mes_core.filing": ((530, 410), "reports, forms, their clocks"),
    "mes_core.domain": ((530, 560), "states, hashes, identities"),
    "mes_core.journey": ((795, 400), "ways, delays, plans"),
    "rules": ((830, 560), "the rule book, and who judges"),
    "mes_core.storage": ((770, 300), "SQLite, PostgreSQL"),
    "mes_core.exchange": ((1050, 440), "files of other systems"),
    "twin.sites": ((1050, 190), "pretend web systems"),
    "twin": ((1050, 300), "pretend plant, study"),
}
BENT: dict[Arrow, Point] = {
    ("bots", "mes_core.client"): (-80, 300),
    ("bots", "mes_core.messages"): (360, 300),
    ("keywords", "mes_core.messages"): (300, 370),
    ("mes_core.client", "mes_core.web"): (330, 300),
    ("mes_core.services", "mes_core.domain"): (310, 420),
    ("mes_core.services", "mes_core.messages"): (390, 350),
    ("mes_core.services", "rules"): (650, 400),
    ("mes_core.storage", "mes_core.domain"): (652, 380),
    ("twin", "mes_core.messages"): (920, 510),
    ("mes_core.web", "mes_core.domain"): (760, 360),
    ("mes_core.web", "mes_core.exchange"): (880, 195),
    ("mes_core.web", "mes_core.messages"): (370, 290),
}
"""Where an arrow is drawn towards, that would otherwise run through a room."""
NETWORK: Arrow = ("mes_core.client", "mes_core.web")
WIDTH, HEIGHT, HALF_X, HALF_Y = 1160, 695, 98, 27
_HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif">
<title>Rooms of Batchwright and the arrows of their imports</title>
<defs><marker id="to" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 1 L10 5 L0 9 z" fill="#4a5566"/></marker></defs>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>
"""


def room_of(module: str) -> str:
    """The room that a module belongs to: the longest of the names above that it begins with."""
    parts = module.split(".")
    found = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((one for one in found if one in ROOMS or one in GROUND), parts[0])


def arrows() -> list[Arrow]:
    """Which room imports which, as the code has it now."""
    graph = grimp.build_graph(*PACKAGES)
    found = {
        (room_of(module), room_of(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    return sorted((one, other) for one, other in found if one != other)


def picture(found: list[Arrow]) -> str:
    """The whole drawing."""
    unknown = {one for arrow in found for one in arrow} - ROOMS.keys() - GROUND.keys() - {EDGE}
    if unknown:
        sys.exit(f"{sorted(unknown)} have no place in the picture: add them to ROOMS in {Path(__file__).name}.")
    lines = [_line(one, other) for one, other in found if one != EDGE and other not in GROUND]
    lines.append(_line(*NETWORK, dashed=True, said="HTTP"))
    wired = [other for one, other in found if one == EDGE and other in ROOMS]
    every = "every room" if set(wired) == ROOMS.keys() else ", ".join(wired)
    band = _box(WIDTH / 2, 60, WIDTH / 2 - 22, 34, EDGE, f"command line, demo, practice: puts together {every}")
    below = [_ground(place, name, said, found) for place, (name, said) in enumerate(GROUND.items())]
    boxes = [_box(x, y, HALF_X, HALF_Y, name, said) for name, ((x, y), said) in ROOMS.items()]
    note = (
        f'<text x="22" y="{HEIGHT - 12}" font-size="12" fill="#4a5566">An arrow: imports. What none leads away from'
        " stands on its own. Drawn by scripts/architecture_picture.py from the code; import contracts hold it.</text>"
    )
    return _HEAD + "\n".join([*lines, band, *boxes, *below, note]) + "\n</svg>\n"


def _ground(place: int, name: str, said: str, found: list[Arrow]) -> str:
    """A room of the ground: where it stands among them, what it is, who imports it."""
    width = (WIDTH - 44) / len(GROUND)
    by = ", ".join(one.removeprefix("mes_core.") for one, other in found if other == name)
    return _box(22 + width * (place + 0.5), 632, width / 2 - 3, 27, name, f"{said}; imported by {by}")


def _box(x: float, y: float, half_x: float, half_y: float, name: str, said: str) -> str:
    return (
        f'<g><rect x="{x - half_x:g}" y="{y - half_y:g}" width="{2 * half_x:g}" height="{2 * half_y:g}" rx="7"'
        f' fill="#eef2f8" stroke="#4a5566"/><text x="{x:g}" y="{y - 4:g}" text-anchor="middle" font-size="15"'
        f' font-weight="600" fill="#1c2430">{escape(name)}</text><text x="{x:g}" y="{y + 14:g}" text-anchor="middle"'
        f' font-size="12" fill="#4a5566">{escape(said)}</text></g>'
    )


def _line(one: str, other: str, *, dashed: bool = False, said: str = "") -> str:
    start, end = ROOMS[one][0], ROOMS[other][0]
    bend = BENT.get((one, other), ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    begin, stop = _border(start, bend), _border(end, bend)
    style = ' stroke-dasharray="6 5"' if dashed else ""
    path = (
        f'<path d="M{begin[0]:.1f} {begin[1]:.1f} Q{bend[0]:g} {bend[1]:g} {stop[0]:.1f} {stop[1]:.1f}" fill="none"'
        f' stroke="#4a5566" stroke-width="1.4"{style} marker-end="url(#to)"/>'
    )
    where = f'x="{bend[0] - 20:g}" y="{bend[1] - 16:g}"'
    label = f'<text {where} font-size="12" fill="#4a5566">{said}</text>' if said else ""
    return f"<!-- {one} -> {other} -->{path}{label}"


def _border(middle: Point, towards: Point) -> Point:
    """Where the straight line from the middle of a box towards a point leaves the box."""
    along_x, along_y = towards[0] - middle[0], towards[1] - middle[1]
    share = min(HALF_X / abs(along_x) if along_x else 9.0, HALF_Y / abs(along_y) if along_y else 9.0)
    return middle[0] + along_x * share, middle[1] + along_y * share


def main() -> int:
    """Draw, or check."""
    drawn = picture(arrows())
    if "--check" in sys.argv[1:]:
        same = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == drawn
        if not same:
            print("docs/pictures/architecture.svg is out of date: run 'python scripts/architecture_picture.py'.")
        return 0 if same else 1
    TARGET.write_text(drawn, encoding="utf-8")
    print(f"Wrote {TARGET.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
