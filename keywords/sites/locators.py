"""The words of a product's pages, as data: captions, labels, buttons, headers. No flow in here."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from keywords.settings import SettingsError
from mes_core.spelling import yaml_text


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LoginWords(_Words):
    """The log-in page; `next` is the button between user and password where they are asked for one after the other."""

    path: str
    user: str
    password: str
    button: str
    next: str = ""


class NoticeWords(_Words):
    """A notice that may lie over any page: name of its dialog, and the button that closes it."""

    dialog: str
    button: str


class ControlWords(_Words):
    """What all lists of the product have in common. `total` finds the number of entries, as its only group."""

    apply: str
    rows: str
    most_rows: str
    next: str
    export: str
    total: str


class ListWords(_Words):
    """One list: where it is, its caption, its filter labels, and header by our key.

    `link` names the text of a link in each row that a flow needs.
    """

    path: str
    caption: str
    filters: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, str]
    button: str | None = None
    link: str | None = None


class OnceWords(_Words):
    """Where a form shows after it was sent: our names of the list, of its column (and filter, and the form's field)
    that carries our key, and of its column with the number that the site gave."""

    list: str
    key: str
    number: str


class FormWords(_Words):
    """One form: labels by our key, the button, the question that has to be confirmed, and the page when it is done.
    A form that asks no question names no `confirm`.

    A form in pages names the keys of each page in `steps`, the button between them in `next`, and in `button` the one
    of the last page; it asks no question. `picks` are choices among rows, by their accessible name.
    `drafts` says that the pages before the last change nothing but a draft of our own, so that they need no effect.
    """

    path: str | None = None
    steps: tuple[tuple[str, ...], ...] = ()
    next: str = ""
    drafts: bool = False
    fields: dict[str, str] = Field(default_factory=dict)
    picks: dict[str, str] = Field(default_factory=dict)
    choices: dict[str, str] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict)
    checks: tuple[str, ...] = ()
    button: str
    dialog: str = ""
    confirm: str = ""
    done: str
    reference: str
    once: OnceWords | None = None


class Locators(_Words):
    """Everything that `locators.yaml` of one product says.

    `identity` selects elements that show who the patient is (masked when captured). `settle_s`, in seconds, is longer
    than the longest request of the site and the staleness of its lists together: a site that bots change has to say it.
    `changed_by_link` are paths, with `*`, of pages that change the site when they are merely opened, by a link or by a
    form that is sent by GET: they need an effect like any other change.
    """

    product: str
    settle_s: float = Field(default=0.0, ge=0)
    identity: str
    login: LoginWords
    notice: NoticeWords | None = None
    controls: ControlWords
    changed_by_link: tuple[str, ...] = ()
    lists: dict[str, ListWords]
    forms: dict[str, FormWords] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _forms_show_afterwards(self) -> "Locators":
        for name, form in self.forms.items():
            if form.once is None:
                continue
            shown = self.lists.get(form.once.list)
            if shown is None:
                raise ValueError(f"form '{name}' shows in list '{form.once.list}', which there is not")
            if form.once.key not in form.fields or form.once.key not in shown.filters:
                raise ValueError(f"'{form.once.key}' has to be a field of form '{name}' and a filter of its list")
            if not {form.once.key, form.once.number} <= set(shown.columns):
                raise ValueError(f"list '{form.once.list}' needs the columns '{form.once.key}', '{form.once.number}'")
        return self

    @model_validator(mode="after")
    def _changing_sites_settle(self) -> "Locators":
        if self.forms and not self.settle_s:
            raise ValueError("a site with forms has to say settle_s, the seconds after which a request has shown")
        return self


def load_locators(path: Path) -> Locators:
    """Read the locators of a product.

    Raises:
        SettingsError: The file is missing, or has a wrong or unknown field.
    """
    try:
        return Locators.model_validate(yaml_text.load(path.read_text("utf-8")))
    except OSError as error:
        raise SettingsError(f"The locators {path} cannot be read: {error.strerror}.") from error
    except (yaml_text.NoYaml, UnicodeDecodeError) as error:
        raise SettingsError(f"The locators {path} are not valid YAML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"Locators {path}, field '{where}': {first['msg'].lower()}.") from error
