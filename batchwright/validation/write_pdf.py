"""The pack as one PDF to sign: cover with signatures, contents, chapters. The same bytes for the same pack."""

from datetime import datetime
from functools import lru_cache

from fpdf import FPDF

from batchwright.validation.model import Pack
from batchwright.validation.print_layout import BOTTOM, HEIGHT, LEFT, RIGHT, SIZE, WIDTH, Layout, Measure, Page
from mes_core.exchange.pages import latin

_INK, _QUIET, _LINK = (20, 24, 32), (96, 104, 118), (0, 82, 155)
_SHADE, _RULE = (228, 233, 240), (205, 210, 218)
_CONTENTS_FROM = 24.0
# Helvetica is not embedded: a viewer without it takes another font, DejaVu Sans being the widest of the usual ones.
_SUBSTITUTE = 1.19
_SIGNERS = (("system_owner", "System owner"), ("process_owner", "Process owner"), ("quality", "Quality unit"))


def laid_out(pack: Pack, paper: FPDF | None = None) -> Layout:
    """The pages of all chapters, and the page of every line that others lead to."""
    # Cover and contents come first and take a page each.
    layout = Layout(measure_of(paper or _paper(pack)), 2)
    for number, chapter in enumerate(pack.chapters, start=1):
        layout.chapter(chapter, number)
    return layout


def written(pack: Pack) -> bytes:
    """The document."""
    paper = _paper(pack)
    layout = laid_out(pack, paper)
    total = 2 + len(layout.pages)
    targets = _targets(paper, layout)
    paper.add_page()
    _cover(paper, pack)
    _foot(paper, pack, 1, total)
    paper.add_page()
    _contents(paper, pack, layout, targets)
    _foot(paper, pack, 2, total)
    begins = {layout.places[chapter.key][0]: chapter.title for chapter in pack.chapters}
    for number, page in enumerate(layout.pages, start=3):
        paper.add_page()
        if number in begins:
            paper.start_section(begins[number])
        draw_page(paper, page, layout, targets)
        _foot(paper, pack, number, total)
    return bytes(paper.output())


def _paper(pack: Pack) -> FPDF:
    paper = FPDF(orientation="landscape", format="A4")
    ended = str(pack.facts["run_ended_at"])
    paper.set_creation_date(datetime.fromisoformat(ended) if ended else pack.checkout.made_at)
    paper.set_title(f"Validation pack of Batchwright, commit {pack.checkout.commit[:12]}")
    paper.set_author("batchwright validation pack")
    paper.set_auto_page_break(False)
    paper.set_margins(0, 0, 0)
    return paper


def measure_of(paper: FPDF) -> Measure:
    """How wide texts are on a paper, looked up once for each."""

    @lru_cache(maxsize=200_000)
    def width(text: str, bold: bool, size: float) -> float:
        paper.set_font("helvetica", "B" if bold else "", size)
        return _SUBSTITUTE * float(paper.get_string_width(latin(text)))

    return width


def _targets(paper: FPDF, layout: Layout) -> dict[str, int]:
    """A link to each named line. Its page does not exist yet: fpdf2 looks it up when the document is written."""
    made = {}
    for name, (page, y) in layout.places.items():
        made[name] = paper.add_link(y=max(0.0, y - 4), page=page)
    return made


def draw_page(paper: FPDF, page: Page, layout: Layout, targets: dict[str, int]) -> None:
    """Draw what was laid out; `targets` are the links of named lines."""
    paper.set_fill_color(*_SHADE)
    for y, tall in page.shades:
        paper.rect(LEFT, y, WIDTH - LEFT - RIGHT, tall, style="F")
    paper.set_draw_color(*_RULE)
    paper.set_line_width(0.1)
    for y, wide in page.rules:
        paper.line(LEFT, y, LEFT + wide, y)
    for mark in page.marks:
        paper.set_font("helvetica", "B" if mark.bold else "", mark.size)
        if not mark.to:
            paper.set_text_color(*_INK)
            paper.text(mark.x, mark.y, latin(mark.text))
            continue
        place = layout.places.get(mark.to)
        kind, _, name = mark.to.removeprefix("row:").partition("::")
        paper.set_text_color(*_LINK)
        said = f"p. {place[0]}" if place else f"{kind} {name}: not there"
        paper.text(mark.x, mark.y, said)
        if place:
            paper.link(mark.x, mark.y - 2.6, 12, 3.2, targets[mark.to])


def _cover(paper: FPDF, pack: Pack) -> None:
    facts, checkout = pack.facts, pack.checkout
    text_at(paper, LEFT, 30, "Validation pack", 26, bold=True)
    text_at(paper, LEFT, 40, f"Batchwright {facts['version']}" + (f" at {pack.plant}" if pack.plant else ""), 15)
    state = f"{facts['problems']} points are open: see chapter 2" if facts["problems"] else "No point is open"
    lines = [
        ("Commit", checkout.commit),
        ("Committed", f"{checkout.made_at:%Y-%m-%d %H:%M} UTC"),
        ("Run ended", str(facts["run_ended_at"]) or "no sealed run"),
        (
            "Requirements",
            f"{facts['requirements']}, of which this run shows {facts['shown']} whole and {facts['in_part']} in part;"
            f" {facts['failed']} failed, {facts['not_shown']} not shown",
        ),
        ("Tests", f"{facts['tests']}, of which {facts['tests_with_result']} have a result in this run"),
        (
            "Cases",
            f"{facts['cases_passed']} passed, {facts['cases_failed']} failed, {facts['cases_left_out']} left out",
        ),
        ("State", state),
    ]
    for place, (name, said) in enumerate(lines):
        text_at(paper, LEFT, 56 + place * 6.5, name, 10, bold=True)
        text_at(paper, LEFT + 34, 56 + place * 6.5, said, 10)
    about = (
        "Made from the commit by 'batchwright validation pack'. Every line leads to a file of the commit, a test, a"
        " file of the",
        "run or an entry of a person. A signature says that its owner has looked at this pack for the use that the"
        " plant makes",
        "of the system; docs/validation.md says what remains the plant's own work.",
    )
    for place, said in enumerate(about):
        text_at(paper, LEFT, 106 + place * 5, said, 9)
    _signatures(paper, facts)


def _signatures(paper: FPDF, facts: dict[str, object]) -> None:
    signers = facts["signers"] if isinstance(facts["signers"], dict) else {}
    paper.set_draw_color(*_QUIET)
    for place, (key, role) in enumerate(_SIGNERS):
        y = 138 + place * 16
        text_at(paper, LEFT, y, role, 10, bold=True)
        text_at(paper, LEFT + 34, y, str(signers.get(key) or ""), 10)
        for left, wide, said in (
            (LEFT + 34, 70, "Name"),
            (LEFT + 112, 80, "Signature"),
            (LEFT + 200, 60, "Date and meaning"),
        ):
            paper.line(left, y + 2, left + wide, y + 2)
            text_at(paper, left, y + 5.5, said, 7, quiet=True)


def _contents(paper: FPDF, pack: Pack, layout: Layout, targets: dict[str, int]) -> None:
    text_at(paper, LEFT, 18, "Contents", 14, bold=True)
    step = min(7.0, (HEIGHT - BOTTOM - _CONTENTS_FROM) / len(pack.chapters))
    for number, chapter in enumerate(pack.chapters, start=1):
        y, page = _CONTENTS_FROM + number * step, layout.places[chapter.key][0]
        text_at(paper, LEFT, y, str(number), 10)
        text_at(paper, LEFT + 9, y, chapter.title, 10)
        text_at(paper, 190, y, f"{len(chapter.rows)} lines", 10, quiet=True)
        text_at(paper, 225, y, f"p. {page}", 10)
        paper.link(LEFT, y - 4, 230, 5, targets[chapter.key])


def text_at(
    paper: FPDF, x: float, y: float, said: str, size: float, *, bold: bool = False, quiet: bool = False
) -> None:
    """A line of text at a place, in millimetres."""
    paper.set_font("helvetica", "B" if bold else "", size)
    paper.set_text_color(*(_QUIET if quiet else _INK))
    paper.text(x, y, latin(said))


def _foot(paper: FPDF, pack: Pack, number: int, total: int) -> None:
    said = f"Batchwright validation pack, commit {pack.checkout.commit[:12]}"
    text_at(paper, LEFT, HEIGHT - 7, said, SIZE, quiet=True)
    text_at(paper, WIDTH - RIGHT - 24, HEIGHT - 7, f"page {number} of {total}", SIZE, quiet=True)
