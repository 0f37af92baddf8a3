"""Words of forms: their fields, how they are sent and end, and where what was sent shows afterwards."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from keywords.gate import ChangeWords
from keywords.sites.words.base import Pattern, Words
from keywords.sites.words.cells import NumberWords
from keywords.sites.words.flows import FlowWords
from keywords.sites.words.lists import ChannelKind, ChannelWords, ListWords, StateWords
from keywords.sites.words.login import DialogWords


class FieldKind(StrEnum):
    """How a field is operated; `auto` looks at it."""

    AUTO = "auto"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    SELECT = "select"
    COMBOBOX = "combobox"
    LOOKUP = "lookup"
    RADIO = "radio"
    RICH = "rich text"


class FieldWords(Words):
    """One field by its label. `format` is how a day is written there (strptime) where it isn't the site's native field;
    `numbers` how a number is written; `option` the name of an option, with `{}` for the value."""

    label: str
    kind: FieldKind = FieldKind.AUTO
    format: str = ""
    numbers: NumberWords | None = None
    option: str = "{}"

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "FieldWords":
        if self.numbers and self.kind is not FieldKind.NUMBER:
            raise ValueError(f"field '{self.label}' says 'numbers', so its kind is number")
        if "{}" not in self.option:
            raise ValueError(f"field '{self.label}': 'option' needs {{}} where the value goes")
        return self


def as_field(given: Any) -> Any:
    """A field given by its label alone."""
    return {"label": given} if isinstance(given, str) else given


FieldOrLabel = Annotated[FieldWords, BeforeValidator(as_field)]


class OnceWords(Words):
    """Where a form shows after it was sent: our names of the list, of its column (and filter, and the form's field)
    that carries our key, and of its column with the number that the site gave.

    `number_pattern` is what such a number looks like (whole), `state` what the row's state means, `channel` the second
    channel, `compare` our names of the fields that the row has to show as they were sent (by default all that the list
    has a column for), `not_compared` those that it shows otherwise.

    `export` instead of a list: the site shows what was sent in a file alone (`csv`, `xlsx`) or as JSON, at a `path` of
    its own with `{key}` for our key where it takes one; its `headers` by our names of the columns, which are those
    that the other words name. A file may be cut or late and nothing says so: what was sent and does not show in it is
    a person's, never sent again.

    `receipt: true` instead of a list: the site shows what was sent nowhere but on the page after sending. What was
    sent and got no receipt is a person's, never sent again.

    Both count only where the plant's settings allow it.
    """

    list: str = ""
    key: str
    number: str = ""
    export: ChannelWords | None = None
    receipt: bool = False
    number_pattern: Pattern = ""
    state: StateWords | None = None
    channel: ChannelWords = ChannelWords()
    compare: tuple[str, ...] | None = None
    not_compared: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_proof(self) -> "OnceWords":
        shown = bool(self.list) or self.export is not None
        if bool(self.list) + (self.export is not None) + self.receipt != 1 or shown != bool(self.number):
            raise ValueError(
                "'once' names a 'list' with the column 'number', or an 'export' with it, or says 'receipt: true'"
            )
        if self.export is not None:
            self._by_a_file(self.export)
        return self

    def _by_a_file(self, export: ChannelWords) -> None:
        if export.kind in (ChannelKind.DETAIL, ChannelKind.NONE) or not export.path:
            raise ValueError("an 'export' is csv, xlsx or json, at a 'path' of the site")
        if self.channel != ChannelWords():
            raise ValueError("an 'export' is the only way of looking: leave 'channel' out")
        state = (self.state.column,) if self.state else ()
        for name in (self.key, self.number, *state, *(self.compare or ())):
            if name not in export.headers:
                raise ValueError(f"the export's 'headers' have no '{name}'")

    def as_list(self, form: str) -> ListWords:
        """The rows of the export, as those of a list."""
        headers = self.export.headers if self.export is not None else {}
        return ListWords.model_validate({"path": "", "caption": form, "columns": dict(headers)})


class AnswerWords(Words):
    """The answer of a named request that ends the act: `path` (with `*`), and where in its JSON the number stands."""

    path: str
    number: str = ""


class FormWords(Words):
    """One form: labels by our key, the button, the question that has to be confirmed, and the page when it is done.
    A form that asks no question names no `confirm`.

    A form in pages names the keys of each page in `steps`, the button between them in `next`, and in `button` the one
    of the last page; it asks no question. `picks` are choices among rows, by their accessible name.
    `drafts` says that the pages before the last change nothing but a draft of our own, so that they need no effect.

    `flow` is the way through a form that is more than a page of fields: tabs, lines in dialogs, one after the other;
    `within` is then where its button stands. `always` are values that are the same each time, by our names.

    The act has ended when the heading `done` shows (or the text, where no heading says so), or `answer` has come, or
    the page complains. `reference` labels the site's number; `number_text` finds it in a text instead, as its only
    group. `asks` are the browser's own questions and our answers. `sends` are the changes that one sending takes;
    without, it is one request that carries our key."""

    path: str | None = None
    frame: str = ""
    steps: tuple[tuple[str, ...], ...] = ()
    next: str = ""
    drafts: bool = False
    flow: tuple[FlowWords, ...] = ()
    within: str = ""
    always: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, FieldOrLabel] = Field(default_factory=dict)
    picks: dict[str, str] = Field(default_factory=dict)
    choices: dict[str, FieldOrLabel] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict)
    checks: tuple[str, ...] = ()
    button: str
    dialog: str = ""
    confirm: str = ""
    asks: tuple[DialogWords, ...] = ()
    done: str = ""
    answer: AnswerWords | None = None
    reference: str = ""
    number_text: Pattern = ""
    wait_s: float = Field(default=10.0, gt=0, le=300)
    sends: tuple[ChangeWords, ...] = ()
    once: OnceWords | None = None

    @model_validator(mode="after")
    def _ends(self) -> "FormWords":
        if not self.done and self.answer is None:
            raise ValueError(f"form '{self.button}' does not say when it is done: give 'done' or 'answer'")
        if not self.reference and not self.number_text and not (self.answer and self.answer.number):
            raise ValueError(
                f"form '{self.button}' does not say where the site's number stands: give 'reference', 'number_text' or"
                " 'answer.number'"
            )
        known = {*self.fields, *self.choices}
        for key in self.always:
            if key not in known:
                raise ValueError(f"form '{self.button}': 'always' gives '{key}', which is no field of it")
        for key in (key for step in self.flow for key in step.fill):
            if key not in known:
                raise ValueError(f"form '{self.button}': its flow fills '{key}', which is no field of it")
        if self.flow and (self.steps or self.files or self.checks or self.picks):
            raise ValueError(f"form '{self.button}': a flow goes with 'fields' and 'choices' alone")
        if self.flow and (self.dialog or self.confirm):
            raise ValueError(f"form '{self.button}': a flow presses what answers a question itself, as its last step")
        return self
