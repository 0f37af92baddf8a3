"""The words of a product's pages, as data: captions, labels, buttons, headers. No flow in here."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from keywords.gate import SiteRequests
from keywords.settings import SettingsError
from keywords.sites.words.base import Words
from keywords.sites.words.cells import ColumnWords, NumberWords
from keywords.sites.words.forms import FieldWords, FormWords, OnceWords
from keywords.sites.words.lists import ChannelKind, ControlWords, ListWords, ReadyWords
from keywords.sites.words.login import LoginWords, NoticeWords
from keywords.wrong_fields import first_fault
from mes_core.spelling import yaml_text

__all__ = [
    "ColumnWords",
    "ControlWords",
    "FieldWords",
    "FormWords",
    "ListWords",
    "Locators",
    "LoginWords",
    "NoticeWords",
    "OnceWords",
    "load_locators",
]


class Locators(Words):
    """Everything that `locators.yaml` of one product says.

    `identity` selects elements that show who the patient is (masked when captured). `settle_s`, in seconds, is longer
    than the longest request of the site and the staleness of its lists together: a site that bots change has to say
    it. `changed_by_link` are paths, with `*`, of pages that change the site when they are merely opened, by a link or
    by a form that is sent by GET: they need an effect like any other change. `requests` say what its requests mean,
    `hosts` which other hosts belong to it (`https://host`, with `*`), `numbers` how it writes numbers, `ready` when
    what it shows can be believed, `frame` the title of the frame that holds it. `on_trial` says what nobody has tried
    of the product yet: it is opened where the plant's settings say `trial` alone."""

    product: str
    on_trial: str = ""
    settle_s: float = Field(default=0.0, ge=0)
    identity: str
    login: LoginWords
    notice: NoticeWords | None = None
    controls: ControlWords
    changed_by_link: tuple[str, ...] = ()
    requests: SiteRequests = SiteRequests()
    hosts: tuple[str, ...] = ()
    numbers: NumberWords | None = None
    ready: ReadyWords = ReadyWords()
    frame: str = ""
    lists: dict[str, ListWords]
    forms: dict[str, FormWords] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _forms_show_afterwards(self) -> "Locators":
        for name, form in self.forms.items():
            if form.once is None:
                continue
            if form.once.receipt or form.once.export is not None:
                if form.once.key not in form.fields:
                    raise ValueError(f"'{form.once.key}' has to be a field of form '{name}'")
                continue
            shown = self.lists.get(form.once.list)
            if shown is None:
                raise ValueError(f"form '{name}' shows in list '{form.once.list}', which there is not")
            if form.once.key not in form.fields or form.once.key not in shown.filters:
                raise ValueError(f"'{form.once.key}' has to be a field of form '{name}' and a filter of its list")
            if not {form.once.key, form.once.number} <= set(shown.columns):
                raise ValueError(f"list '{form.once.list}' needs the columns '{form.once.key}', '{form.once.number}'")
            for wrong in _once_names(form.once, shown):
                raise ValueError(wrong)
        return self

    @model_validator(mode="after")
    def _changing_sites_settle(self) -> "Locators":
        if self.forms and not self.settle_s:
            raise ValueError("a site with forms has to say settle_s, the seconds after which a request has shown")
        return self


def _once_names(once: OnceWords, shown: ListWords) -> Iterator[str]:
    """Names that `once` uses and its list has not."""
    if once.state is not None and once.state.column not in shown.columns:
        yield f"'once.state' names '{once.state.column}', which is no column of list '{once.list}'"
    for name in (*(once.compare or ()), *once.channel.headers, *once.channel.labels):
        if name not in shown.columns:
            yield f"'once' names '{name}', which is no column of list '{once.list}'"
    if once.channel.kind is ChannelKind.JSON and not {once.key, once.number} <= set(once.channel.headers):
        yield f"a JSON channel needs 'headers' for '{once.key}' and '{once.number}'"
    if once.channel.kind is ChannelKind.DETAIL and once.key not in once.channel.labels:
        yield f"a detail page needs the label of '{once.key}'"


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
        raise SettingsError(f"Locators {path}, {first_fault(error, Locators)}.") from error
