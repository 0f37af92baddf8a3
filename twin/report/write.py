"""The report's two forms: a page that needs nothing beside it, and a PDF, from the same blocks."""

from html import escape
from io import BytesIO
from pathlib import Path

from fpdf import FPDF
from matplotlib.figure import Figure

from twin.line.compiled import wake
from twin.model.errors import TwinError
from twin.report.blocks import Block, Heading, Plot, Table, Text
from twin.report.content import report_blocks
from twin.report.plots import as_svg
from twin.study.assumed import without_assumptions
from twin.study.inputs import Inputs
from twin.study.levers import run_factorial
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.run import run_study
from twin.study.sensitivity import MOST_BATCHES, sensitivities

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#222}
h1{font-size:1.6em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #ccc}
table{border-collapse:collapse;width:100%;font-size:.88em;margin:1em 0}
th,td{text-align:left;padding:.3em .6em;border-bottom:1px solid #ddd;vertical-align:top}th{background:#f3f4f6}
svg{max-width:100%;height:auto}
"""
_PAGE_WIDTH = 180


def write_report(inputs: Inputs, folder: Path, *, batches: int, seed: int, jobs: int = 1) -> tuple[Path, Path]:
    """Run the study and write report.html and report.pdf into `folder`.

    The full factorial runs on a fifth of the batches, the sensitivity of each input on an eighth, 600 at most. Raises
    `TwinError` for a folder that can't be written to and whatever `run_study` refuses.
    """
    wake()  # so many small studies are worth it
    scenarios = {"baseline": BASELINE, "augmented": AUGMENTED}
    study = run_study(inputs, scenarios, batches=batches, seed=seed, jobs=jobs)
    factorial = run_factorial(inputs, batches=max(batches // 5, 40), seed=seed, jobs=jobs)
    moved = sensitivities(inputs, seed=seed, jobs=jobs, batches=max(min(batches // 8, MOST_BATCHES), 40))
    without = without_assumptions(inputs, batches=batches, seed=seed, jobs=jobs)
    blocks = report_blocks(study, factorial, moved, without, scales=True)
    page, pdf = folder / "report.html", folder / "report.pdf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(_as_html(blocks), encoding="utf-8")
        pdf.write_bytes(_as_pdf(blocks))
    except OSError as error:
        raise TwinError(f"The report can't be written to {folder}: {error.strerror}.") from None
    return page, pdf


def _as_html(blocks: list[Block]) -> str:
    body = "\n".join(_html_of(block) for block in blocks)
    title = escape(blocks[0].text) if isinstance(blocks[0], Heading) else "Report"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _html_of(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Text):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Plot):
        caption = f"<figcaption>{escape(block.caption)}</figcaption>"
        return f"<figure>{as_svg(block.draw, height=block.height)}{caption}</figure>"
    head = "".join(f"<th>{escape(cell)}</th>" for cell in block.header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in block.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _as_pdf(blocks: list[Block]) -> bytes:
    pdf = FPDF(format="A4")
    pdf.set_margin(15)
    pdf.set_auto_page_break(True, margin=15)
    pdf.add_page()
    for block in blocks:
        _to_pdf(pdf, block)
    return bytes(pdf.output())


def _latin(text: str) -> str:
    """The PDF's built-in fonts know Latin-1 only."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _to_pdf(pdf: FPDF, block: Block) -> None:
    if isinstance(block, Heading):
        if pdf.will_page_break(45):
            pdf.add_page()
        pdf.ln(3)
        pdf.set_font("Helvetica", "B", 18 if block.level == 1 else 13)
        pdf.multi_cell(0, 8, _latin(block.text), align="L", new_x="LMARGIN", new_y="NEXT")
    elif isinstance(block, Text):
        pdf.set_font("Helvetica", "", 10)
        pdf.multi_cell(0, 5, _latin(block.text), align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(2)
    elif isinstance(block, Plot):
        figure = Figure(figsize=(8.0, block.height), layout="constrained")
        block.draw(figure.subplots())
        picture = BytesIO()
        figure.savefig(picture, format="png", dpi=180)
        height = _PAGE_WIDTH * block.height / 8.0
        if pdf.will_page_break(height + 8):
            pdf.add_page()
        pdf.image(picture, w=_PAGE_WIDTH, h=height)
        pdf.set_font("Helvetica", "I", 9)
        pdf.multi_cell(0, 5, _latin(block.caption), new_x="LMARGIN", new_y="NEXT")
        pdf.ln(2)
    else:
        _table_to_pdf(pdf, block)


def _table_to_pdf(pdf: FPDF, block: Table) -> None:
    pdf.set_font("Helvetica", "", 8)
    widths = block.widths or tuple(1.0 for _ in block.header)
    with pdf.table(
        col_widths=widths, line_height=4.2, text_align="LEFT", borders_layout="HORIZONTAL_LINES", padding=0.8
    ) as table:
        for row in (block.header, *block.rows):
            table.row([_latin(cell) for cell in row])
    pdf.ln(3)
