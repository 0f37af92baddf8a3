"""Kind `role`: whoever signed an entry stands in the record's log of signatures, in one of these roles."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, blank, items
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, got


class Role(Each):
    """Whoever signed an entry stands in the record's log of signatures, in one of these roles.

    A field in which nobody signed is another rule's finding.
    """

    kind: Literal["role"]
    fields: tuple[Name, ...] = Field(min_length=1)
    roles: tuple[str, ...] = Field(min_length=1)
    people: Name = "signatories"
    account: Name = "account"
    role: Name = "role"

    def reads(self) -> Reads:
        return Reads(fields=self.fields)


def check(rule: Role, facts: Facts) -> Iterator[Hit]:
    """Signatures by somebody who is not in the log of signatures, or not in a role that may sign there."""
    held: dict[str, list[str]] = {}
    for person in items(facts, rule.people, rule.account):
        account, named = person.values.get(rule.account), person.values.get(rule.role)
        if not blank(account) and not blank(named):
            held.setdefault(str(account).strip().lower(), []).append(str(named).strip())
    for one in chosen(rule, facts):
        for name in rule.fields:
            value = one.values.get(name)
            if blank(value):
                continue
            roles = held.get(str(value).strip().lower(), [])
            if not set(roles) & set(rule.roles):
                said = " and ".join(roles) or "nobody in the log of signatures"
                yield hit(one, name, value=value, held=said, roles=" or ".join(rule.roles))


def screen(rule: Role, names: Names, tag: str) -> Part:
    account, held = got(rule.account, "o"), got(rule.role, "o")
    named = f"{account}.__class__ is str and {held}.__class__ is str and {held} in {names.give(frozenset(rule.roles))}"
    before = (
        f"{tag}t = rows(f, {rule.people!r})",
        f"{tag}s = {{LO[{account}] for o in {tag}t or () if {named}}}",
    )
    signed = [names.field(name) for name in rule.fields]
    tests = " and ".join(f"{one}.__class__ is str and LO[{one}] in {tag}s" for one in signed)
    return Part(tests, before, finally_=f"{tag}t is not None")


KIND = Kind(Role, check, words=("value", "held", "roles"), place="entries", screen=screen)
