"""What a form's answer has to satisfy: every field is checked on the server, and every complaint is one sentence."""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from starlette.datastructures import FormData, UploadFile

MAX_UPLOAD_BYTES = 5_000_000
_MAX_FIELD = 300
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_BEGINS = {".pdf": b"%PDF-", ".xlsx": b"PK\x03\x04"}


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its bare name and its content."""

    name: str
    content: bytes


@dataclass
class Answer:
    """A form as it was sent: trimmed values, uploads, and what is wrong with it."""

    values: dict[str, str]
    uploads: dict[str, Upload] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def need(self, labels: Mapping[str, str]) -> None:
        """Complain of every field that is empty or too long."""
        for key, label in labels.items():
            value = self.values.get(key, "")
            if not value:
                self.complaints.append(f"{label} is required.")
            elif len(value) > _MAX_FIELD:
                self.complaints.append(f"{label} is longer than {_MAX_FIELD} characters.")

    def need_positive(self, key: str, label: str) -> None:
        """Complain of a quantity that is no number above zero."""
        value = self.values.get(key, "")
        if value and not (_NUMBER.fullmatch(value) and float(value) > 0):
            self.complaints.append(f"{label} must be a number above 0.")

    def need_check(self, key: str, label: str) -> None:
        """Complain of a box that is not ticked."""
        if self.values.get(key) != "yes":
            self.complaints.append(f"Tick '{label}'.")

    def allow_upload(self, key: str, label: str, endings: tuple[str, ...], *, required: bool = False) -> None:
        """Complain of a missing upload, a wrong ending, a file that is too large or is not what its ending says."""
        upload = self.uploads.get(key)
        if upload is None:
            if required:
                self.complaints.append(f"{label} is required.")
            return
        ending = PurePath(upload.name).suffix.lower()
        if ending not in endings:
            self.complaints.append(f"{label} must be one of {', '.join(endings)}.")
        elif not 0 < len(upload.content) <= MAX_UPLOAD_BYTES:
            self.complaints.append(f"{label} must hold between 1 byte and {MAX_UPLOAD_BYTES // 1_000_000} MB.")
        elif not upload.content.startswith(_BEGINS.get(ending, b"")):
            self.complaints.append(f"{label} is called {ending} but is none.")

    def need_sheet(self, key: str, label: str, sheet: str) -> None:
        """Complain of an upload that is no workbook, or lacks a sheet."""
        upload = self.uploads.get(key)
        if upload is None or self.complaints:
            return
        try:
            names = load_workbook(io.BytesIO(upload.content), read_only=True).sheetnames
        except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, OSError):
            self.complaints.append(f"{label} can't be opened as a workbook.")
            return
        if sheet not in names:
            self.complaints.append(f"{label} has no sheet '{sheet}'.")


async def read(form: FormData) -> Answer:
    """Take a form apart; a file's name loses any folder, and a file is read up to the limit only."""
    answer = Answer({})
    for key, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                name = PurePath(value.filename.replace("\\", "/")).name
                answer.uploads[key] = Upload(name, await value.read(MAX_UPLOAD_BYTES + 1))
        else:
            answer.values[key] = value.strip()
    return answer
