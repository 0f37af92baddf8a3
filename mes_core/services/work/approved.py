"""In production an item goes only to a worker whose suite and sites are, to the letter, what a person approved.

The worker says what it would run, and which system it drives by which site's folder. One that lies can be found out:
the capsule of every attempt names what it rested on.
"""

from collections.abc import Sequence

from mes_core.domain.errors import Conflict
from mes_core.messages.approvals import Approvable, Content
from mes_core.services.people.in_force import check_approvals, newest_approval
from mes_core.services.ports import UnitOfWork


def jobs_that_may_run(work: UnitOfWork, jobs: Sequence[str], content: Sequence[Content]) -> tuple[str, ...]:
    """Those of the jobs whose suites are approved as the worker has them; the others' items wait for a worker that may.

    Raises:
        Conflict: the approvals were changed outside of the program, a site's folder is not approved, or none of the
            suites is, or a suite works on a system whose site the worker left out; says which.
    """
    for kind in (Approvable.SITE, Approvable.SUITE):
        check_approvals(work, kind)
    sites = [one for one in content if one.kind is Approvable.SITE]
    for why in (_hindrance(work, one) for one in sites):
        if why:
            raise Conflict(why)
    systems = {system for one in sites for system in one.systems or ()}
    hindrances = {job: _of_suite(work, job, content, systems) for job in jobs}
    may = tuple(job for job in jobs if not hindrances[job])
    if not may:
        raise Conflict(next(iter(hindrances.values())))
    return may


def _of_suite(work: UnitOfWork, job: str, content: Sequence[Content], systems: set[str]) -> str:
    suites = [one for one in content if one.kind is Approvable.SUITE and one.name == job]
    if not suites:
        return f"This is production, and the worker does not say which suite of {job} it would run: update the worker."
    for one in suites:
        if one.systems is None:
            return (
                f"This is production, and the worker does not say on which systems the suite {job} works: update the"
                " worker."
            )
        why = _hindrance(work, one)
        left_out = sorted(set(one.systems) - systems)
        if not why and left_out:
            why = (
                f"The suite {job} works on {', '.join(left_out)}, and the worker does not say by which site's folder:"
                " name an approved one in its settings ('batchwright bots list' shows what it has)."
            )
        if why:
            return why
    return ""


def _hindrance(work: UnitOfWork, one: Content) -> str:
    row = newest_approval(work, one.kind, one.name)
    if row and row["content_hash"] == one.content_hash:
        return ""
    there = f"the approved one is {row['content_hash'][:12]}" if row else "none is approved"
    return (
        f"The {one.kind.value} {one.name} ({one.content_hash[:12]}) is not in force here: {there}; put the approved"
        " content back, or let its author and a second person sign ('batchwright bots propose', 'bots approve')."
    )
