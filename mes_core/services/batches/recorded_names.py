"""Names in batch records: which are known, and whose they are said to be."""

import json
from functools import partial

from mes_core.domain import names
from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages import people as m
from mes_core.services import as_told, aside
from mes_core.services.batches.had_a_part import people_of
from mes_core.services.core import Change, iso, write_audit
from mes_core.services.ledger import USERS
from mes_core.services.people import identity, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AliasRow, BatchRow


def _people_in(batch: BatchRow) -> frozenset[str]:
    return people_of(json.loads(batch["record"]))


class Names(SignedActs):
    """Whose the names in records are."""

    def names_in_records(self, *, unknown: bool = False) -> tuple[m.NameView, ...]:
        """Every name that was mapped, and those in records of batches that nobody knows yet.

        Args:
            unknown: only those that nobody knows.
        """
        with self._store.read() as work:
            written: dict[str, tuple[str, set[str]]] = {}
            nobody = aside.standing_in(frozenset[str]())
            for batch in work.find("batches", order=("batch_id",)):
                for name in aside.readable(f"batch {batch['batch_id']}", partial(_people_in, batch), nobody):
                    written.setdefault(names.key(name), (name, set()))[1].add(batch["batch_id"])
            open_ = identity.involved(work, [name for name, _ in written.values()]).unknown
            mapped = [] if unknown else work.find("aliases", order=("name",))
        views = [m.NameView(name=name, batches=tuple(sorted(written[names.key(name)][1]))) for name in sorted(open_)]
        return (*views, *(_view(row, written.get(row["name_key"], ("", set()))[1]) for row in mapped))

    def map_name(self, mapping: m.MapName, person: Actor) -> m.NameView:
        """Say whose a name in records is, signed by an administrator.

        Raises:
            Forbidden: no administrator, the wrong password, or the administrator's own name.
            NotFound: there is no such account of a person.
            Conflict: the name is an account's, or was mapped already.
            Invalid: nothing of the name can be seen.
        """
        who = signer(person, "say whose a name is", Role.ADMINISTRATOR)
        self.confirm_signature(who, mapping)
        name_key, now = names.key(mapping.name), self.now()
        if not name_key:
            raise Invalid("Nothing of this name can be seen: copy it from the record.")
        with self._store.write() as work:
            as_told.check(work, USERS)
            if not identity.involved(work, [mapping.name]).unknown:
                raise Conflict(f"{mapping.name!r} is known already: it is an account's name, or was mapped before.")
            _check_whose(work, mapping, who)
            row: AliasRow = {
                "name_key": name_key,
                "name": mapping.name,
                "user": mapping.user,
                "mapped_by": who.user,
                "mapped_at": iso(now),
            }
            work.add("aliases", [row])
            signature = signatures.sign(
                work,
                USERS,
                who,
                now,
                act="name mapped",
                subject=mapping.name,
                content_hash=digest([name_key, mapping.user]),
                meaning="I know whose name this is.",
                reason=mapping.reason,
            )
            new = {"user": mapping.user, **signatures.shown(signature)}
            write_audit(work, USERS, who, now, Change("name mapped", mapping.name, None, new, mapping.reason))
            return _view(row, set())


def _check_whose(work: UnitOfWork, mapping: m.MapName, who: PersonPrincipal) -> None:
    """See that a name goes to whom it could be read as, and that nobody maps their own.

    Raises:
        Conflict: it could be read as another account's name.
        NotFound: there is no such account of a person.
        Forbidden: it is the administrator's own.
    """
    alike = identity.looking_like(work, mapping.name)
    if alike and mapping.user not in [one["user"] for one in alike]:
        raise Conflict(
            f"{mapping.name!r} could be read as the name of {alike[0]['user']}: map it to that account, or have the"
            " record corrected."
        )
    if mapping.user is None:
        return
    account = work.get("accounts", user=mapping.user, kind="person")
    if account is None:
        raise NotFound(f"There is no account {mapping.user!r} of a person: choose one, or map to nobody.")
    if identity.person_of(account) == identity.person_of_user(work, who.user):
        raise Forbidden("Another administrator says which names are yours.")


def _view(row: AliasRow, batches: set[str]) -> m.NameView:
    shown = {name: row[name] for name in ("name", "user", "mapped_by", "mapped_at")}
    return m.NameView.model_validate({**shown, "batches": tuple(sorted(batches))})
