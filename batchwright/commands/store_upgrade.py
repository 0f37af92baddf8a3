"""`batchwright store migrate`: the tables brought up to date, or an upgrade and the way back rehearsed on a backup."""

import tempfile
from contextlib import closing
from pathlib import Path

from batchwright.commands.store_drill import Looked, of_the_trail, of_what_can_be_read
from batchwright.support.errors import Refused
from batchwright.support.wiring import clock
from mes_core.domain.errors import DomainError
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from mes_core.storage.rehearsal import Upgraded, take_back, upgrade_a_copy


def rehearse_upgrade(backup: Path, address: str | None) -> list[Looked]:
    """Bring a copy of an older store up to date, look at it, and take it back; the store in use is not touched.

    Raises:
        Refused: the backup can't be read or is of a newer version, or the address names no empty store.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="batchwright-upgrade-") as folder:
            target = address or Path(folder) / "upgrade.sqlite"
            made = upgrade_a_copy(target, backup)
            with closing(open_store(target)) as store:
                mes = Mes(store, BuiltinRules(None), clock)
                seen = [*of_the_trail(mes.verify_audit(), checked=False), *of_what_can_be_read(mes)]
            return [*_of_upgrade(made), *seen, _of_the_way_back(take_back(target, backup), made)]
    except (DomainError, OSError) as error:
        raise Refused(str(error)) from None


def _of_upgrade(made: Upgraded) -> list[Looked]:
    lost = sorted(name for name, count in made.rows.items() if made.now.get(name, 0) < count)
    told = f"{sum(made.now.values()):,} of {sum(made.rows.values()):,}{f'; rows of {lost[0]} are lost' if lost else ''}"
    return [
        Looked("store version", f"{made.before}, brought up to {made.after}", right=True),
        Looked("rows after the upgrade", told, not lost),
    ]


def _of_the_way_back(differing: dict[str, int], made: Upgraded) -> Looked:
    told = ", ".join(f"{count} of {name}" for name, count in sorted(differing.items()))
    found = f"rows that differ: {told}" if told else "every row as in the backup"
    return Looked(f"taken back to {made.before}", found, not differing)
