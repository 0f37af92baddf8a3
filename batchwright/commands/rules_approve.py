"""`batchwright rules propose` and `approve`: its author puts a rule set forward, another person puts it in force."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import rules
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer, text_console
from batchwright.support.settings import main_home

if TYPE_CHECKING:
    from mes_core.messages.approvals import ApprovalView, NewApproval

_MEANING = "I approve this rule set for use."


def propose_rules(
    rule_set: Annotated[str, typer.Argument(help="Name of a built-in set, or a rule file.")],
    user: Annotated[str, typer.Option(help="Who wrote it, or answers for it as its author.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Put a rule set forward for approval, as its author. The password is asked, or taken from BATCHWRIGHT_PASSWORD."""
    from batchwright.support.wiring import open_mes
    from mes_core.domain.errors import DomainError
    from mes_core.messages.approvals import Approvable, NewProposal

    chosen = _checked(rule_set)
    said = {"name": chosen.name, "version": chosen.version, "content_hash": chosen.content_hash}
    mes = open_mes(main_home())
    try:
        author = mes.authenticate(mes.login(user, ask_password(user)).token)
        view = mes.propose(NewProposal.model_validate({"kind": Approvable.RULE_SET, **said}), author)
    except DomainError as error:
        raise Refused(str(error)) from None
    line = (
        f"{view.name} {view.version} ({view.content_hash[:12]}) is put forward by {user}; another person approves it."
    )
    print_answer(view.model_dump(mode="json"), output, [line])


def approve_rules(
    rule_set: Annotated[str, typer.Argument(help="Name of a built-in set, or a rule file.")],
    user: Annotated[str, typer.Option(help="Who signs: quality assurance or a qualified person.")],
    reason: Annotated[str, typer.Option(help="Why it is put in force: the change, and its impact assessment.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Put a rule set in force, signed. The password is asked, or taken from BATCHWRIGHT_PASSWORD."""
    # The store and its migrations take a second to import, which every other command would pay for.
    from mes_core.messages.approvals import Approvable, NewApproval

    chosen = _checked(rule_set)
    approval = NewApproval(
        kind=Approvable.RULE_SET,
        name=chosen.name,
        version=chosen.version,
        content_hash=chosen.content_hash,
        reason=reason,
        meaning=_MEANING,
        password=ask_password(user),
        user_name=user,
    )
    _show(_approve(user, approval), output)


def _approve(user: str, approval: "NewApproval") -> "ApprovalView":
    from batchwright.support.wiring import open_mes
    from mes_core.domain.errors import DomainError

    mes = open_mes(main_home())
    try:
        session = mes.login(user, approval.password)
        return mes.approve(approval, mes.authenticate(session.token))
    except DomainError as error:
        raise Refused(str(error)) from None


def _show(view: "ApprovalView", output: Format) -> None:
    if output is Format.JSON:
        print(json.dumps(view.model_dump(mode="json"), ensure_ascii=False))  # noqa: T201 - the answer of the command
        return
    said = f"{view.name} {view.version} ({view.content_hash[:12]}) is in force, signed by {view.printed_name}."
    text_console().print(said, highlight=False, soft_wrap=True)


def ask_password(user: str) -> str:
    """The password of a person, from `BATCHWRIGHT_PASSWORD` or from the prompt; never from an argument.

    Raises:
        Refused: there is nobody to ask.
    """
    given = os.environ.get("BATCHWRIGHT_PASSWORD")
    if given:
        return given
    if not sys.stdin.isatty():  # piped: one line, and no warning about an echo that nobody sees
        piped = sys.stdin.readline().rstrip("\n")
        if piped:
            return piped
        raise Refused(f"No password for {user!r} was given: type it, or set BATCHWRIGHT_PASSWORD.")
    try:
        return str(typer.prompt(f"Password of {user}", hide_input=True, err=True))
    except typer.Abort:
        raise Refused(f"No password for {user!r} was given: type it, or set BATCHWRIGHT_PASSWORD.") from None


def _checked(rule_set: str) -> rules.RuleSet:
    """A rule set all of whose examples come out as they say."""
    chosen = _read(rule_set)
    failures = rules.run_examples(chosen)
    if failures:
        raise Refused(
            f"Rule set {chosen.name} is not taken: {len(failures)} of its examples fail, the first in rule"
            f" {failures[0].rule}; see 'batchwright rules check'."
        )
    return chosen


def _read(name: str) -> rules.RuleSet:
    try:
        return rules.load_rule_set(Path(name)) if Path(name).is_file() else rules.builtin_rule_set(name)
    except rules.RuleError as error:
        raise Refused(str(error)) from None
