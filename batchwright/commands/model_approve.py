"""`batchwright model approve`: a model from draft to validated, approved by two people, and retired; by signature."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from batchwright.commands.rules_approve import ask_password
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, plain, text_console
from batchwright.support.settings import main_home

if TYPE_CHECKING:
    from keywords.predictive_holds.serving import Model
    from mes_core.messages.predictive import ModelView

_MEANING = {
    "draft": "I put this model into the register.",
    "validated": "I have seen that the card of this model is complete and its evidence is true.",
    "approved": "I approve this model for holding batches.",
    "retired": "This model is not to be used any more.",
}


def approve_model(
    model: Annotated[Path, typer.Option(help="Model file.")],
    user: Annotated[str, typer.Option(help="Who signs.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    to: Annotated[str, typer.Option(help="draft, validated, approved (two people, one after the other) or retired.")],
    least_recall: Annotated[
        float, typer.Option(min=0.5, max=1, help="Criterion for recall, set with the draft; the change plan asks 0.5.")
    ] = 0.5,
    data: Annotated[
        Path | None, typer.Option(help="With --to validated: the table it was trained on; its card is computed again.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Move a model along its way in the MES, signed. Refused when its card does not carry it."""
    from keywords.predictive_holds.errors import ModelRefused
    from keywords.predictive_holds.serving import Model

    if to not in _MEANING:
        raise Refused(f"There is no state {to!r}: use one of {', '.join(_MEANING)}.")
    try:
        loaded = Model.load(model)
    except ModelRefused as error:
        raise Refused(str(error)) from None
    if not loaded.answers_as_stored():
        raise Refused(f"{model} no longer gives the answers it was stored with: install the locked versions again.")
    card = json.loads(json.dumps(loaded.card, default=plain))
    if to == "validated":
        reason = seen_again(loaded, card, data, least_recall, reason)
    view = _move(loaded.hash, loaded.parts_hash, card, model.stem, user, to, reason,
                 least_recall=least_recall)  # fmt: skip
    _show(view, output)


def seen_again(loaded: "Model", card: dict[str, Any], data: Path | None, least: float, reason: str) -> str:
    """The reason, with what the model was computed again on; a card that hinders approval anyway needs no such proof.

    Raises:
        Refused: the table is missing, is another one, or the model does not do on it what its card says.
    """
    from keywords.predictive_holds.errors import ModelRefused
    from keywords.predictive_holds.table import read_table
    from keywords.predictive_holds.training.evidence import card_again
    from mes_core.domain.model_states import hindrances

    if hindrances(card, least):
        return reason
    if data is None:
        raise Refused(
            "Its card is to carry an approval, so it is computed again before it counts as validated: add --data with"
            " the table it was trained on."
        )
    try:
        return f"{reason} {card_again(loaded, read_table(data))}"[:1000]
    except ModelRefused as error:
        raise Refused(str(error)) from None


def _move(
    content_hash: str,
    parts_hash: str,
    card: dict[str, object],
    name: str,
    user: str,
    to: str,
    reason: str,
    *,
    least_recall: float,
) -> "ModelView":
    from batchwright.support.wiring import open_mes
    from mes_core.domain.errors import DomainError
    from mes_core.messages import predictive as p

    password = ask_password(user)
    mes = open_mes(main_home())
    try:
        person = mes.authenticate(mes.login(user, password).token)
        if to == "draft":
            new = p.NewModel(
                name=name,
                content_hash=content_hash,
                parts_hash=parts_hash,
                card=card,
                least_recall=least_recall,
            )
            return mes.register_model(new, person)
        known = mes.models(content_hash)
        if not known:
            raise Refused(f"{name} ({content_hash[:12]}) is not in the register: begin with --to draft.")
        move = p.MoveModel(to=p.ModelState(to), reason=reason, meaning=_MEANING[to], password=password, user_name=user)
        return mes.move_model(known[0].model_id, move, person)
    except DomainError as error:
        raise Refused(str(error)) from None


def _show(view: "ModelView", output: Format) -> None:
    if output is Format.JSON:
        print(json.dumps(view.model_dump(mode="json"), ensure_ascii=False))  # noqa: T201 - the answer of the command
        return
    said = f"{view.model_id} ({view.content_hash[:12]}) is {view.state.value}"
    said += f", signed by {', '.join(view.signed_by)}" if view.signed_by else ""
    text_console().print(said + ".", highlight=False, soft_wrap=True)
    for one in view.hindrances:
        text_console().print(f"  Not to be approved as it is: {one}.", highlight=False, soft_wrap=True)
