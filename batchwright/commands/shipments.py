"""`batchwright shipments`: the ways of a batch side by side, and the plan of a week."""

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, print_answer, text_console
from batchwright.support.settings import home_to_serve, main_home

if TYPE_CHECKING:
    from mes_core.messages.journeys import OfferedWay, OptionsView, PlanView
    from mes_core.services import Mes

shipments_app = typer.Typer(help="Ways of a batch, and the plan of a week.")


@shipments_app.command("options")
def show_options(
    batch: Annotated[str, typer.Argument(help="Number of the batch.")],
    most: Annotated[int, typer.Option(min=1, max=1000, help="So many ways side by side.")] = 3,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the best ways of a batch. Each with its probability in parts, its interval, the second choice, the price."""
    from mes_core.domain.errors import DomainError

    try:
        view = _mes(run).options(batch)
    except DomainError as wrong:
        raise Refused(str(wrong)) from None
    if output is Format.JSON:
        print(json.dumps(view.model_dump(mode="json")))  # noqa: T201 - the answer of the command
        return
    _show(text_console(), view, most)


@shipments_app.command("forecast")
def show_forecasts(
    batch: Annotated[str, typer.Argument(help="Number of the batch.")],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show what the booked way was worth over time. Whenever something was heard; the newest comes last."""
    from mes_core.domain.errors import DomainError

    try:
        found = _mes(run).forecasts(batch)
    except DomainError as wrong:
        raise Refused(str(wrong)) from None
    said = [f"{one.made_at:%Y-%m-%d %H:%M} UTC, booking {one.booking_reference}: {one.why}" for one in found]
    said += [f"Another way is booked under {found[-1].rebooking}."] if found and found[-1].rebooking else []
    none = f"Nothing was heard since batch {batch} was booked, or nothing is booked."
    print_answer({"forecasts": [one.model_dump(mode="json") for one in found]}, output, said or [none])


@shipments_app.command("plan")
def plan_week(
    week: Annotated[str, typer.Option(help="ISO week of the pick-ups, like 2026-W50.")],
    site: Annotated[str, typer.Option(help="Where the couriers pick up.")] = "Northfield Cell Plant, Leiden",
    offers: Annotated[
        Path | None,
        typer.Option(help="JSON: slots by treatment centre; default: those of each batch's last assessment."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="When to stop and say the gap.")] = 10.0,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Plan a week's shipments together. Proven best, or with the gap; what stands is changed as little as possible."""
    from mes_core.domain.errors import DomainError

    try:
        found = _mes(run).plan_week(week, site, _offers(offers), seconds=seconds)
    except DomainError as wrong:
        raise Refused(str(wrong)) from None
    if output is Format.JSON:
        print(json.dumps(found.model_dump(mode="json")))  # noqa: T201 - the answer of the command
        return
    _show_plan(text_console(), found)


@shipments_app.command("logger")
def sign_logger(
    batch: Annotated[str, typer.Argument(help="Number of the batch.")],
    file: Annotated[Path, typer.Argument(help="The file that the logger gave: CSV or JSON.")],
    user: Annotated[str, typer.Option(help="Who read it out, and signs.")],
    reason: Annotated[str, typer.Option(help="Why, if there is more to say.")] = "Read out after the unloading.",
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Keep the file of a journey's logger, signed. An excursion holds the batch. The password is asked for."""
    from pydantic import ValidationError

    from batchwright.commands.rules_approve import ask_password
    from mes_core.domain.errors import DomainError
    from mes_core.messages.bounds import place_of
    from mes_core.messages.logger_files import SignLoggerFile
    from mes_core.spelling.csv_text import NoTable, decoded

    try:
        content = decoded(file.read_bytes())
        signing = SignLoggerFile(content=content, reason=reason, password=ask_password(user))
        mes = _mes(run)
        view = mes.sign_logger_file(batch, signing, mes.authenticate(mes.login(user, signing.password).token))
    except OSError as wrong:
        raise Refused(f"{file} can't be read ({wrong.strerror}): check the path.") from None
    except NoTable as wrong:
        raise Refused(f"{file} {wrong}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise Refused(
            f"{file} can't be taken ({place_of(first)}: {first['msg']}): give the file of one journey."
        ) from None
    except DomainError as wrong:
        raise Refused(str(wrong)) from None
    limits = sorted(view.minutes_above, key=float)
    above = [f"{view.minutes_above[limit]:g} minutes above {limit} C" for limit in limits]
    told = (
        view.unknown
        or f"{view.coldest_c:g} to {view.warmest_c:g} C; {', '.join(above) or 'no budget to hold it against'}"
    )
    said = [f"Logger {view.logger}, {view.readings} readings from {view.since:%Y-%m-%d %H:%M} UTC: {told}."]
    if view.unknown or view.over or not view.budget:
        said.append(f"Batch {batch} is on hold: quality assurance decides.")
    print_answer(view.model_dump(mode="json"), output, said)


def _mes(run: str | None) -> "Mes":
    # The store and its migrations take a second to import, which every other command would pay for.
    from batchwright.support.wiring import open_mes

    return open_mes(home_to_serve(main_home(), run))


def _offers(path: Path | None) -> "dict[str, list[OfferedWay]]":
    if path is None:
        return {}
    from pydantic import ValidationError

    from mes_core.messages.journeys import OfferedWay

    found: dict[str, list[OfferedWay]] = defaultdict(list)
    try:
        for centre, slots in json.loads(path.read_text(encoding="utf-8")).items():
            found[str(centre)] = [OfferedWay.model_validate(one) for one in slots]
    except (OSError, ValueError, AttributeError, TypeError, ValidationError) as wrong:
        first = str(wrong).splitlines()[0]
        raise Refused(f"{path} can't be read as slots by treatment centre ({first}): correct it.") from None
    return found


def _show(console: Console, view: "OptionsView", most: int) -> None:
    console.print(view.why, highlight=False, soft_wrap=True)
    if view.gate_at:
        told = f"Received and checked by {view.gate_at:%Y-%m-%d %H:%M} UTC: {view.gate_why}."
        console.print(told, highlight=False, soft_wrap=True)
    ways = [one for one in view.ways if one.p is not None][:most]
    table = Table("", *(one.way_id for one in ways), box=box.SIMPLE_HEAD)
    hold = [f"{one.hold_left_h[0]:.0f} to {one.hold_left_h[-1]:.0f} h" if one.hold_left_h else "-" for one in ways]
    rows = {
        "Service": [f"{one.courier}, {one.service}" for one in ways],
        "Pick-up": [f"{one.pickup_at:%a %d %b %H:%M} UTC" if one.pickup_at else "-" for one in ways],
        "Delivery": [f"{one.delivery_at:%a %d %b %H:%M} UTC" if one.delivery_at else "-" for one in ways],
        "P in time, cold, unharmed": [f"{one.p or 0:.3%}" for one in ways],
        "95 % interval": [f"{one.low or 0:.2%} to {one.high or 0:.2%}" for one in ways],
        "late / warm / excursion": [f"{one.late:.3%} / {one.warm:.3%} / {one.excursion:.3%}" for one in ways],
        "Hold left at unloading": hold,
        "Second choice": [f"{one.second:.3%}" if one.second else "none" for one in ways],
        "Price": [f"{one.price:.0f} EUR" for one in ways],
        "Never": ["; ".join(one.never) or "-" for one in ways],
    }
    for name, cells in rows.items():
        table.add_row(name, *cells)
    console.print(table)
    for one in view.ways:
        if one.p is None:
            console.print(f"  not {one.way_id}: {'; '.join(one.never)}", highlight=False, soft_wrap=True)
    marks = ", ".join(f"{one.name} {one.value:g} ({one.low:g} to {one.high:g})" for one in view.priors)
    console.print(f"Delays: {view.delays}. Priors: {marks}.", highlight=False, soft_wrap=True)


def _show_plan(console: Console, found: "PlanView") -> None:
    table = Table("Batch", "Way", "Courier", "Pick-up (UTC)", "P", "Shipper", "", box=box.SIMPLE_HEAD)
    for one in found.ways:
        pickup, mark = f"{one.pickup_at:%a %d %b %H:%M}", "changed" if one.changed else ""
        table.add_row(one.batch_id, one.way_id, one.courier, pickup, f"{one.p:.3%}", one.shipper, mark)
    console.print(table)
    for batch, why in sorted(found.left.items()):
        console.print(f"  {batch}: {why}", highlight=False, soft_wrap=True)
    best = "proven best" if found.proven else f"at most {found.gap:.2%} from the best"
    console.print(
        f"{found.week}: {len(found.ways)} planned, {len(found.left)} for a person; {best} in {found.seconds:.1f} s;"
        f" expected losses {found.expected_losses:.4f}, in the worst weeks {found.worst_losses:.4f} more.",
        highlight=False,
        soft_wrap=True,
    )
