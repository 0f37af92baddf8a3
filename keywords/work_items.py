"""Work items for suites: the adapter behind the standard `RPA.Robocorp.WorkItems` keywords.

Named in RPA_WORKITEMS_ADAPTER as `keywords.work_items.BatchwrightAdapter`. It serves the one item that the worker
has in hand; claiming, completing and failing stay with the worker, so that a suite cannot forget them.
"""

from pathlib import Path
from typing import Any

from RPA.Robocorp.WorkItems import BaseAdapter, EmptyQueue, State

from keywords.context import ItemContext, current
from keywords.failures import ApplicationError, BusinessError, ItemError, QualityError, parse_failure
from mes_core.messages.views import Family

_OUTPUT = "output"
_KINDS: dict[Family, type[ItemError]] = {
    Family.BUSINESS: BusinessError,
    Family.APPLICATION: ApplicationError,
    Family.QUALITY: QualityError,
}


class BatchwrightAdapter(BaseAdapter):
    """One input item, the one in hand; output items become the output of the MES work item."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reserved = False

    def reserve_input(self) -> str:
        """The item in hand; there is only one a run."""
        if self._reserved:
            raise EmptyQueue("This item is the only one of the run; the worker starts a run for each item.")
        self._reserved = True
        return str(current().item["item_id"])

    def release_input(self, item_id: str, state: State, exception: dict[str, Any] | None = None) -> None:
        """Note how the suite released the item; the worker tells the MES when the evidence is sealed."""
        del item_id
        if state is State.FAILED and current().released_as is None:
            current().released_as = _failure(exception or {})

    def create_output(self, parent_id: str, payload: Any = None) -> str:
        """Take what the suite hands over."""
        del parent_id
        self.save_payload(_OUTPUT, payload)
        return _OUTPUT

    def load_payload(self, item_id: str) -> Any:
        """What the item says: its keys and payload; for an output what was handed over so far."""
        context = current()
        return dict(context.output) if item_id == _OUTPUT else dict(context.item)

    def save_payload(self, item_id: str, payload: Any) -> None:
        """Take output; an input item cannot be changed."""
        if item_id != _OUTPUT:
            raise BusinessError(
                "INPUT_CHANGED", "A suite tried to change its input item; use 'Create Output Work Item' for results."
            )
        current().hand_over(payload or {})

    def list_files(self, item_id: str) -> list[str]:
        """Files of the attempt's evidence."""
        return [path.name for path in _files(item_id, current()).glob("*") if path.is_file()]

    def get_file(self, item_id: str, name: str) -> bytes:
        """Content of a file of the evidence."""
        return (_files(item_id, current()) / Path(name).name).read_bytes()

    def add_file(self, item_id: str, name: str, *, original_name: str, content: bytes) -> None:
        """Put a file into the evidence."""
        del original_name
        folder = _files(item_id, current())
        folder.mkdir(exist_ok=True)
        (folder / Path(name).name).write_bytes(content)

    def remove_file(self, item_id: str, name: str) -> None:
        """Evidence is never removed."""
        del item_id
        raise BusinessError("EVIDENCE_KEPT", f"File '{name}' is evidence and stays.")


def _files(item_id: str, context: ItemContext) -> Path:
    return context.evidence.path / ("output" if item_id == _OUTPUT else "files")


def _failure(exception: dict[str, Any]) -> ItemError:
    """The failure that a suite named with `Release Input Work Item`, or that its message names."""
    message = str(exception.get("message") or "The suite released the item as failed without a message.")
    parsed = parse_failure(message)
    stated = str(exception.get("type") or "").upper()
    family = parsed.family
    if family is Family.APPLICATION and stated in Family.__members__:
        family = Family[stated]
    return _KINDS[family](str(exception.get("code") or parsed.code), parsed.message)
