"""`batchwright filings`: clocks, what is due, drafts, approvals and submissions, for people of compliance."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, text_console
from batchwright.support.settings import home_to_serve, main_home
from mes_core.messages.filing import APPROVAL

if TYPE_CHECKING:
    from mes_core.messages.filing import DraftView, FilingView
    from mes_core.services import Mes

filings_app = typer.Typer(help="Filings: which clocks run, what is due, drafts, approvals, submissions.")
_USER = typer.Option(help="Who signs or asks; the password is asked, or taken from BATCHWRIGHT_PASSWORD.")
_FILING = typer.Argument(help="Id of the filing, as 'batchwright filings list' shows it.")
_MEANING = APPROVAL


@filings_app.command()
def clocks(
    jurisdiction: Annotated[str | None, typer.Option(help="US, EU, GB, CH or ANY only.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List every clock, also what only looks applicable. With id, clause, jurisdiction and status."""
    from mes_core.filing.loading import book
    from mes_core.services.filing.words import clock_view

    views = [clock_view(one) for one in book().clocks]
    if jurisdiction and jurisdiction not in {one.jurisdiction for one in views}:
        raise Refused(f"No clock is of {jurisdiction!r}: use US, EU, GB, CH or ANY.")
    shown = [one for one in views if jurisdiction in (None, one.jurisdiction)]
    if output is Format.JSON:
        _json([one.model_dump(mode="json") for one in shown])
        return
    for one in shown:
        what = one.reason if one.category == "not_applicable" else f"{one.due}, {one.unit}"
        say(f"{one.id}  {one.clause} ({one.status.replace('_', ' ')}): {one.title}; {what}")


@filings_app.command("list")
def list_filings(
    status: Annotated[str | None, typer.Option(help="One status only, such as drafted or accepted.")] = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List filings, soonest due first. All of them, unless one status is asked for."""
    from mes_core.messages.filing import FilingStatus

    if status and status not in set(FilingStatus):
        raise Refused(f"No filing is {status!r}: use one of {', '.join(FilingStatus)}.")
    _show_filings(mes_of(run).all_filings(status=status), output)


@filings_app.command()
def due(
    run: RunOption = None,
    calendar: Annotated[Path | None, typer.Option(help="Also write what runs to this calendar file (.ics).")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List filings whose clock runs, soonest due first. Periods that have begun are started before."""
    from batchwright.support.wiring import clock, who_runs_this

    mes = mes_of(run)
    mes.tick(who_runs_this())
    views = mes.all_filings(running=True)
    if calendar is not None:
        from mes_core.exchange.filing_calendar import calendar_of

        try:
            calendar.write_bytes(calendar_of(views, clock()))
        except OSError as error:
            raise Refused(f"{calendar} can't be written ({error.strerror}): give another path.") from None
    _show_filings(views, output)


@filings_app.command()
def show(filing: Annotated[str, _FILING], run: RunOption = None, output: FormatOption = Format.TEXT) -> None:
    """Show a filing. With its newest draft, its open questions and what the agency answered."""
    mes = mes_of(run)
    view = asked(mes.filing, filing)
    draft = asked(mes.filing_draft, filing) if view.draft_number else None
    answers = asked(mes.filing_answers, filing)
    if output is Format.JSON:
        found = {"filing": view.model_dump(mode="json"), "draft": draft.model_dump(mode="json") if draft else None}
        _json({**found, "answers": [one.model_dump(mode="json") for one in answers]})
        return
    say(_line(view))
    say(f"  {view.why}")
    for one in answers:
        say(f"  {one.at:%Y-%m-%d %H:%M} UTC: {one.kind.value} {one.reference} {one.reasons}".rstrip())
    if draft:
        _say_draft(draft)


@filings_app.command()
def draft(
    filing: Annotated[str, _FILING],
    user: Annotated[str, _USER],
    given: Annotated[list[str] | None, typer.Option(help="An answer to an open question: field=text.")] = None,
    file: Annotated[Path | None, typer.Option(help="Also write the draft as the file that is submitted.")] = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Draft a filing from what the records say now. Open questions are listed, and answered with --given."""
    answers = pairs(given or [])
    mes = mes_of(run)
    person = log_in(mes, user)[0]
    made = asked(mes.draft_filing, filing, answers, person)
    if file is not None:
        from mes_core.exchange.filing_files import of_draft

        try:
            file.write_bytes(of_draft(made)[0])
        except OSError as error:
            raise Refused(f"{file} can't be written ({error.strerror}): give another path.") from None
    if output is Format.JSON:
        _json(made.model_dump(mode="json"))
        return
    _say_draft(made)


@filings_app.command()
def approve(
    filing: Annotated[str, _FILING],
    user: Annotated[str, _USER],
    reason: Annotated[str, typer.Option(help="Why it is right and complete.")],
    draft_hash: Annotated[
        str, typer.Option("--hash", help="Hash of the draft that was looked at; default: newest.")
    ] = "",
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Approve the newest draft for submission, signed on its hash. The filing bot submits it."""
    from mes_core.messages.filing import ApproveDraft

    mes = mes_of(run)
    person, password = log_in(mes, user)
    seen = draft_hash or asked(mes.filing_draft, filing).content_hash
    try:
        signed = {"content_hash": seen, "meaning": _MEANING, "reason": reason}
        approval = ApproveDraft.model_validate({**signed, "password": password, "user_name": user})
    except ValueError:
        raise Refused(f"{seen!r} is no hash of a draft, or the reason is too short: see 'filings show'.") from None
    _show_filings((asked(mes.approve_filing, filing, approval, person),), output)


@filings_app.command()
def submit(
    filing: Annotated[str, _FILING],
    user: Annotated[str, _USER],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Queue an approved filing for the filing bot again. After an outage, or when its item was cancelled."""
    mes = mes_of(run)
    _show_filings((asked(mes.submit_filing, filing, log_in(mes, user)[0]),), output)


@filings_app.command("import")
def import_events(
    file: Annotated[Path, typer.Argument(help="CSV of a safety database, one event a line.")],
    source: Annotated[str, typer.Option(help="Name of the database; events of one name and key come in once.")],
    user: Annotated[str, _USER],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take events from the CSV of a safety database. A line that can't be is named; all others come in."""
    from mes_core.domain.errors import DomainError
    from mes_core.exchange.errors import ImportRefused
    from mes_core.exchange.safety_csv import read

    try:
        lines = read(file, source)
    except ImportRefused as refused:
        raise Refused(str(refused)) from None
    mes = mes_of(run)
    person = log_in(mes, user)[0]
    done: list[dict[str, Any]] = []
    for number, event, wrong in lines:
        try:
            view = mes.record_event(event, person) if event else None
        except DomainError as refused:
            view, wrong = None, str(refused)
        said = {"line": number, "event_id": view.event_id if view else None, "new": bool(view and view.created)}
        done.append({**said, "refused": wrong, "questions": list(view.questions) if view else []})
    if output is Format.JSON:
        _json(done)
    else:
        for one in done:
            what = one["refused"] or f"{one['event_id']}{'' if one['new'] else ' (known)'} {' '.join(one['questions'])}"
            say(f"line {one['line']}: {what}".rstrip())
    if any(one["refused"] for one in done):
        raise typer.Exit(1)


def mes_of(run: str | None) -> "Mes":
    """The services on the store of a run."""
    # The store and its migrations take a second to import, which every other command would pay for.
    from batchwright.support.wiring import open_mes

    return open_mes(home_to_serve(main_home(), run))


def log_in(mes: "Mes", user: str) -> tuple[Any, str]:
    """A person by user name and password, and the password for what they sign."""
    from batchwright.commands.rules_approve import ask_password

    password = ask_password(user)
    return mes.authenticate(asked(mes.login, user, password).token), password


def asked(call: Any, *arguments: Any) -> Any:
    """What a use case answers; a refusal is one sentence at the prompt."""
    from mes_core.domain.errors import DomainError

    try:
        return call(*arguments)
    except DomainError as error:
        raise Refused(str(error)) from None


def pairs(given: list[str]) -> dict[str, str]:
    """Answers as field=text."""
    found = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise Refused(f"{one!r} answers no question: write --given field=text.")
        found[name.strip()] = text.strip()
    return found


def _show_filings(views: "tuple[FilingView, ...]", output: Format) -> None:
    if output is Format.JSON:
        _json([one.model_dump(mode="json") for one in views])
        return
    for one in views:
        say(_line(one))
    if not views:
        say("No filing.")


def _line(view: "FilingView") -> str:
    due_at = f"{view.due_at:%Y-%m-%d %H:%M} UTC" if view.due_at else "no time"
    late = " OVERDUE" if view.due_at and view.due_at < datetime.now(UTC) and view.status not in _OVER else ""
    doubt = f"; not known: {', '.join(view.undecided)}" if view.undecided else ""
    said = f"; {view.answer}" if view.answer else ""
    return f"{view.filing_id}  {view.status}, due {due_at}{late}: {view.form} ({view.unit}){doubt}{said}"


_OVER = frozenset({"accepted", "withdrawn", "not_applicable"})


def _say_draft(made: "DraftView") -> None:
    by = f", approved by {made.printed_name}" if made.printed_name else ""
    say(f"Draft {made.number} ({made.content_hash}){by}")
    for one in made.fields:
        say(f"  {one.name}: {one.value if one.value is not None else '-'}  [{one.source or 'open'}]")
    for table in made.tables:
        say(f"  {table.name}: {len(table.rows)} rows")
    for question in made.questions:
        say(f"  open: {question}")


def _json(content: Any) -> None:
    print(json.dumps(content, ensure_ascii=False))  # noqa: T201 - the answer of the command


def say(text: str) -> None:
    """A line for people."""
    text_console().print(text, highlight=False, soft_wrap=True)
