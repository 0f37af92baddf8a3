"""`batchwright filings event|correct|licence|certificate|review`: what comes in, and papers that no portal takes."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchwright.commands.filings import asked, log_in, mes_of, pairs, say
from batchwright.commands.filings import filings_app as filings_app
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption
from mes_core.messages.bounds import place_of

if TYPE_CHECKING:
    from mes_core.exchange.product_review import Made
    from mes_core.services.mes import Mes

_USER = typer.Option(help="Who reports or signs; the password is asked, or taken from BATCHWRIGHT_PASSWORD.")
_BODY = typer.Argument(help="JSON file with the fields of the API's message; '-' reads it from standard input.")
_DAY = "A day, like 2026-01-01."


def _read(file: Path, what: str) -> dict[str, Any]:
    try:
        content = json.loads(typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text("utf-8"))
    except OSError as error:
        raise Refused(f"{file} can't be read ({error.strerror}): check the path.") from None
    except ValueError:
        raise Refused(f"{file} is no JSON in UTF-8: write {what} as one JSON object.") from None
    if not isinstance(content, dict):
        raise Refused(f"{file} holds no JSON object: write {what} as one JSON object.")
    return content


def _shaped(shape: Any, body: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    try:
        return shape.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = place_of(first)
        raise Refused(f"What was given is not valid at {where}: {first['msg']}.") from None


def _answer(view: Any, output: Format, line: str) -> None:
    if output is Format.JSON:
        print(view.model_dump_json())  # noqa: T201 - the answer of the command
    else:
        say(line)
        for question in getattr(view, "questions", ()):
            say(f"  open: {question}")


@filings_app.command()
def event(
    file: Annotated[Path, _BODY],
    user: Annotated[str, _USER],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Record an event that may start clocks. Its clocks are decided at once, and doubts are asked."""
    from mes_core.messages.filing import NewEvent

    new = _shaped(NewEvent, _read(file, "the event"))
    mes = mes_of(run)
    view = asked(mes.record_event, new, log_in(mes, user)[0])
    begun = [one.filing_id for one in asked(mes.event_decisions, view.event_id) if one.filing_id]
    _answer(view, output, f"{view.event_id}: {', '.join(begun) or 'no clock is started'}")


@filings_app.command()
def correct(
    event_id: Annotated[str, typer.Argument(help="Id of the event.")],
    file: Annotated[Path, _BODY],
    user: Annotated[str, _USER],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Correct an event, signed. Its clocks are worked out again under the reason and your name."""
    from mes_core.messages.filing import CorrectEvent

    body = _read(file, "the correction")
    mes = mes_of(run)
    person, password = log_in(mes, user)
    view = asked(
        mes.correct_event, event_id, _shaped(CorrectEvent, {**body, "password": password, "user_name": user}), person
    )
    _answer(view, output, f"{view.event_id} is at version {view.version}.")


@filings_app.command()
def licence(
    file: Annotated[Path, _BODY],
    user: Annotated[str, _USER],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Record or correct a licence, signed. The filings of its periods start."""
    from mes_core.messages.filing import NewLicence

    body = _read(file, "the licence")
    mes = mes_of(run)
    person, password = log_in(mes, user)
    view = asked(mes.record_licence, _shaped(NewLicence, {**body, "password": password, "user_name": user}), person)
    _answer(
        view, output, f"Licence {view.licence_id} of {view.product} in {view.jurisdiction}, version {view.version}."
    )


@filings_app.command()
def certificate(
    batch: Annotated[str, typer.Argument(help="Number of the batch.")],
    out: Annotated[Path, typer.Option(help="PDF to write.")],
    given: Annotated[list[str] | None, typer.Option(help="An answer to an open question: field=text.")] = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write the certificate of a batch for a qualified person. What no record says stays open on it."""
    from mes_core.exchange.filing_paper import paper

    view = asked(mes_of(run).batch_certificate, batch, pairs(given or []))
    _write(out, paper(view))
    _answer(view, output, f"Certificate of batch {batch}: {out}, {len(view.questions)} questions open.")


@filings_app.command()
def review(
    product: Annotated[str, typer.Argument(help="Product, or product code.")],
    out: Annotated[Path, typer.Option(help="PDF to write.")],
    begins: Annotated[str, typer.Option("--from", help=_DAY)] = "1970-01-01",
    ends: Annotated[str, typer.Option("--to", help=_DAY)] = "9999-12-31",
    undated: Annotated[
        bool, typer.Option(help="Take batches in whose record no day of manufacture stands, too.")
    ] = False,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write the yearly review of a product. Charts and capability by subgroup, what happened, open questions."""
    from batchwright.support.wiring import clock
    from mes_core.exchange.product_review import review as worked_out
    from mes_core.exchange.product_review_pdf import pages

    first, last = _day(begins), _day(ends)
    made, unread = _made_in(mes_of(run), product, first, last, undated=undated)
    if not made:
        more = f" {', '.join(unread)} can't be read." if unread else ""
        raise Refused(
            f"No batch of {product!r} was made from {begins} to {ends}: check product and days, or --undated.{more}"
        )
    found = worked_out(product, first, last, made, unread=unread)
    _write(out, pages(found, clock()))
    if output is Format.JSON:
        said = {"product": product, "batches": len(made), "file": str(out), "open": list(found.questions)}
        print(json.dumps(said, ensure_ascii=False))  # noqa: T201 - the answer of the command
        return
    say(f"Review of {product}: {len(made)} batches, {len(found.questions)} questions open; {out}")


def _made_in(
    mes: "Mes", product: str, first: date, last: date, *, undated: bool
) -> tuple[list["Made"], tuple[str, ...]]:
    """Batches of a product that were made in a period, and those whose record can't be read: they may be of it too."""
    from mes_core.exchange.product_review import Made, in_period

    made, unread, offset = [], [], 0
    while views := mes.list_batches(limit=200, offset=offset).items:
        offset += len(views)
        for view in views:
            try:
                record = mes.get_record(view.batch_id)
            except ValueError:
                unread.append(view.batch_id)
                continue
            if product not in (record.product, record.product_code):
                continue
            dated = in_period(record, first, last, mes.zone)
            if dated is None:
                raise Refused(
                    f"Whether batch {view.batch_id} was made on the first or last day depends on where the plant lies:"
                    " set BATCHWRIGHT_TIMEZONE."
                )
            if dated or (undated and record.manufactured_at is None):
                made.append(Made(record, mes.get_batch(view.batch_id), mes.deviations(view.batch_id)))
    return made, tuple(unread)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no day: write it like 2026-01-01.") from None


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refused(f"{path} can't be written ({error.strerror}): choose another file.") from None
