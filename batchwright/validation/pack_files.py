"""The files of a pack, each from the same chapters: the same bytes for the same pack."""

from importlib.metadata import version

from batchwright.validation import sbom, write_json, write_pdf, write_xlsx
from batchwright.validation.licences import read_lock
from batchwright.validation.model import Pack


def pack_files(made: Pack) -> dict[str, bytes]:
    """Content by name: PDF to sign, JSON, workbook, and the bill of materials of what is delivered."""
    locked = read_lock(sbom.lock_of(made.checkout.root))
    return {
        "validation-pack.pdf": write_pdf.written(made),
        "validation-pack.json": write_json.written(made),
        "validation-matrix.xlsx": write_xlsx.written(made),
        "bom.json": sbom.bill(made.checkout, locked, version("batchwright")),
    }
