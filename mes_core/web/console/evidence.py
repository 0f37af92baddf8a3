"""Evidence in the console: the files of an attempt, from its folder or, where that was removed, from its capsule."""

import mimetypes
import zipfile
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from mes_core.domain.errors import NotFound
from mes_core.web.console import show
from mes_core.web.console.session import PersonDep

router = APIRouter(include_in_schema=False)
_POLICY = {"Content-Security-Policy": "sandbox allow-scripts; default-src 'unsafe-inline' 'self' data:"}
_CAPSULE = ".capsule.zip"
_MOST_BYTES = 200_000_000


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
    capsule = root.joinpath(*batch_and_attempt)
    capsule = capsule.with_name(capsule.name + _CAPSULE)
    if len(batch_and_attempt) < 2 or not capsule.is_file():
        raise _gone(path)
    with zipfile.ZipFile(capsule) as archive:
        files = {one.filename: one for one in archive.infolist()}
        if not inside:
            return _listed(request, who, root, path, [f"{path.rstrip('/')}/{name}" for name in sorted(files)])
        name = "/".join(inside)
        if name not in files or files[name].file_size > _MOST_BYTES:
            raise _gone(path)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(archive.read(name), media_type=kind, headers=_POLICY)


def _listed(request: Request, who: PersonDep, root: Path, path: str, names: list[str]) -> Response:
    capsule = f"{path.rstrip('/')}{_CAPSULE}"
    facts = {"who": who, "path": path, "names": names, "capsule": capsule if (root / capsule).is_file() else None}
    return show.page(request, "evidence.html", facts)


def _gone(path: str) -> NotFound:
    return NotFound(f"There is no evidence {path!r}: it may have been moved or deleted.")
