"""Whether the store still says what its audit trail says: every row that was sealed, and every document by its hash."""

from mes_core.domain import audit
from mes_core.services import as_told
from mes_core.services.batches import genealogy
from mes_core.services.people import signatures
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AuditRow


def chains(work: UnitOfWork) -> dict[str, list[AuditRow]]:
    """All chains as they are stored, by name, each in its order."""
    found: dict[str, list[AuditRow]] = {}
    for row in work.find("audit", order=("batch_id", "number")):
        found.setdefault(row["batch_id"], []).append(row)
    return {name: found[name] for name in sorted(found)}


def problems(work: UnitOfWork) -> list[str]:
    """One sentence for each thing that is wrong, in the order of the chains; empty when all is whole."""
    stored = chains(work)
    resets = as_told.resets_of(stored.get("system:store", ()))
    found = [problem for chain in stored.values() for problem in audit.problems(chain, resets)]
    found += as_told.rows(work, stored)
    found += signatures.borrowed(work)
    said = {name: as_told.said_by(chain) for name, chain in stored.items()}
    for batch in work.find("batches", order=("batch_id",)):
        found += as_told.batch_problems(batch, said.get(batch["batch_id"], {}))
    for version in work.find("record_versions", order=("batch_id", "version")):
        found += as_told.version_problems(version, said.get(version["batch_id"], {}))
    found += genealogy.problems(work)
    for signed in work.find("signatures", order=("batch_id", "at")):
        if signatures.binding(signed) != signed["binding"]:
            where = audit.chain_name(signed["batch_id"])
            found.append(f"{where}: the signature {signed['signature_id']} does not belong to what it stands under.")
    return found
