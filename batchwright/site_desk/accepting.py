"""New words of a site taken over by a person: written to its folder, and in production put forward for signing."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from batchwright.support.errors import Refused

if TYPE_CHECKING:
    from keywords.site_folders.checking import Checked
    from keywords.site_folders.visit import Visit

PRODUCTION = "production"


def accept_words(visit: "Visit", checked: "Checked", user: str) -> str:
    """Write the proposed words; what was done, for whoever accepted them.

    In production the folder with its new words is put forward by its author; until another person has approved it by
    signature, no item that needs the site is handed out.

    Raises:
        Refused: In production nobody is named, or the folder can't be written.
    """
    path, production = visit.folder / "locators.yaml", visit.settings.environment == PRODUCTION
    if production and not user:
        raise Refused(
            "In production new words of a site count when they are signed: name who puts them forward with --user;"
            " another person approves them with 'batchwright bots approve site'."
        )
    before = path.read_text(encoding="utf-8")
    _write(path, checked.proposed)
    if not production:
        return f"Accepted: {path} holds the new words. Run the check once more, and then the site's tests."
    try:
        said = _put_forward(visit, user)
    except BaseException:  # also Ctrl-C at the password: words that nobody put forward are not left there
        _write(path, before)
        raise
    return said


def _write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
            file.write(text)
        Path(file.name).chmod(path.stat().st_mode & 0o777)
        os.replace(file.name, path)  # noqa: PTH105 - over what is there
    except OSError as error:
        raise Refused(f"{path} can't be written ({error.strerror}): nothing was accepted.") from None


def _put_forward(visit: "Visit", user: str) -> str:
    """Put the site's folder as it is now forward for approval, as its author."""
    from batchwright.commands.rules_approve import ask_password
    from batchwright.support.settings import main_home
    from batchwright.support.wiring import open_mes
    from keywords.provenance import folder_hash
    from mes_core.domain.errors import DomainError
    from mes_core.messages.approvals import NewProposal

    folder_hash.cache_clear()
    told = {"kind": "site", "name": visit.folder.name, "content_hash": folder_hash(visit.folder), "version": "check"}
    mes = open_mes(main_home())
    try:
        author = mes.authenticate(mes.login(user, ask_password(user)).token)
        mes.propose(NewProposal.model_validate(told), author)
    except DomainError as error:
        raise Refused(str(error)) from None
    return (
        f"Put forward by {user}: the site {visit.folder.name} ({told['content_hash'][:12]}) with its new words. Bots do"
        f" not use it before another person approves it: batchwright bots approve site {visit.folder.name} --user ..."
    )
