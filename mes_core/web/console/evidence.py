"""Evidence in the console: the files of an attempt, from its folder or, where that was removed, from its capsule."""

import mimetypes
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from mes_core.domain.errors import NotFound
from mes_core.messages.capsules import capsule_of
from mes_core.web.console import show
from mes_core.web.console.session import PersonDep

router = APIRouter(include_in_schema=False)
_POLICY = {"Content-Security-Policy": "sandbox allow-scripts; default-src 'unsafe-inline' 'self' data:"}
_MOST_BYTES = 200_000_000
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)


@router.get("/evidence/{path:path}")
def evidence(request: Request, who: PersonDep, path: str) -> Response:
    """A file of the evidence folder, or the list of an attempt's files; nothing outside the folder."""
    folder: Path | None = request.app.state.evidence
    if folder is None:
        raise NotFound("This server does not show evidence: start it with 'batchwright serve'.")
    root = folder.resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        raise _gone(path)
    if not file.exists():
        return _from_capsule(request, who, root, path)
    if file.is_dir():
        names = sorted(one.relative_to(root).as_posix() for one in file.rglob("*") if one.is_file())
        return _listed(request, who, root, path, names)
    return FileResponse(file, headers=_POLICY)


def _from_capsule(request: Request, who: PersonDep, root: Path, path: str) -> Response:
    """Batch and attempt name the capsule, the rest a file in it."""
    batch_and_attempt, inside = PurePosixPath(path).parts[:2], PurePosixPath(path).parts[2:]
    capsule = capsule_of(root.joinpath(*batch_and_attempt))
    if len(batch_and_attempt) < 2 or not capsule.is_file():
        raise _gone(path)
    name, content = "/".join(inside), b""
    try:
        with zipfile.ZipFile(capsule) as archive:
            files = {one.filename: one for one in archive.infolist()}
            if name in files and files[name].file_size <= _MOST_BYTES:
                content = archive.read(name)
            elif inside:
                raise _gone(path)
    except _DAMAGE as error:
        raise NotFound(
            f"The capsule of {path!r} is damaged ({error}): 'batchwright verify' says how; bring back a copy."
        ) from None
    if not inside:
        return _listed(request, who, root, path, [f"{path.rstrip('/')}/{one}" for one in sorted(files)])
    return Response(content, media_type=mimetypes.guess_type(name)[0] or "application/octet-stream", headers=_POLICY)


def _listed(request: Request, who: PersonDep, root: Path, path: str, names: list[str]) -> Response:
    capsule = capsule_of(root / path)
    beside = capsule.relative_to(root).as_posix() if capsule.is_relative_to(root) and capsule.is_file() else None
    facts = {"who": who, "path": path, "names": names, "capsule": beside}
    return show.page(request, "evidence.html", facts)


def _gone(path: str) -> NotFound:
    return NotFound(f"There is no evidence {path!r}: it may have been moved or deleted.")
