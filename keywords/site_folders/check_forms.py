"""The words of a form, compared with its page: path, fields, button, and the question where it lies ready in it."""

from datetime import datetime

from keywords.site_folders.check_lists import open_where_it_is
from keywords.site_folders.finding import Checks
from keywords.site_folders.opening import open_form
from keywords.site_folders.proposal import Place
from keywords.site_folders.trying import labels_of, unnamed_fields
from keywords.site_folders.visit import PageWords, Question, VisitedPage
from keywords.sites.words.forms import FormWords

_AFTER = "it shows only after something was sent"


def check_form(page: VisitedPage, name: str, behind: str, checks: Checks, now: datetime) -> None:
    """Compare the words of one form; of a form in pages those of its first.

    Raises:
        ItemError: Its page can't be opened.
    """
    form = page.locators.forms[name]
    if form.flow:
        checks.skip(("forms", name), form.button, "its fields stand behind a flow")
        return
    if form.path:
        open_where_it_is(page, ("forms", name, "path"), form.path, name, checks)
        page.rest(page.frame(form.frame))
    elif why := open_form(page, form, behind, now):
        checks.skip(("forms", name), form.button, why)
        return
    shown = page.all_words(page.frame(form.frame))
    before = len(checks.moved)
    _fields(page, name, shown, checks)
    _buttons(page, name, shown, checks)
    _question(name, form, shown, checks)
    renamed = {one.likely for one in checks.moved[before:] if one.likely}
    for label in unnamed_fields(shown, {*labels_of(form).values(), *renamed}):
        checks.new(("forms", name, "fields"), f"forms.{name}: the page wants '{label}', which the form does not name.")
    for key, word in (("done", form.done), ("reference", form.reference), ("number_text", form.number_text)):
        if word:
            checks.skip(("forms", name, key), word, _AFTER)
    for number, keys in enumerate(form.steps[1:], start=2):
        checks.skip(("forms", name, "steps"), ", ".join(keys), f"page {number} of the form shows only after the first")


def _fields(page: VisitedPage, name: str, shown: PageWords, checks: Checks) -> None:
    form = page.locators.forms[name]
    labels = labels_of(form)
    found = page.has_fields([*labels.values()], page.frame(form.frame))
    for (key, label), there in zip(labels.items(), found, strict=True):
        kind, place = _place(name, form, key)
        alike = [one.label for one in shown.fields if one.seen and _of_kind(one.kind, kind)]
        checks.word(place, label, alike, [*labels.values()], "field" if kind != "checks" else "box", there=there)


def _place(name: str, form: FormWords, key: str) -> tuple[str, Place]:
    for kind in ("fields", "choices", "files"):
        if key in getattr(form, kind):
            return kind, ("forms", name, kind, key)
    return "checks", ("forms", name, "checks", form.checks.index(key))


def _of_kind(seen: str, kind: str) -> bool:
    """Whether a field of the page can be what the folder means."""
    if kind == "files":
        return seen == "file"
    if kind == "checks":
        return seen in ("checkbox", "radio")
    return seen not in ("file", "password")


def _buttons(page: VisitedPage, name: str, shown: PageWords, checks: Checks) -> None:
    form = page.locators.forms[name]
    buttons = [one for one in shown.buttons if one in shown.shown_buttons]
    if form.steps:
        there = page.has_control(form.next, page.frame(form.frame))
        checks.word(("forms", name, "next"), form.next, buttons, [form.next], "button", there=there)
        checks.skip(("forms", name, "button"), form.button, "it is on the form's last page")
    else:
        there = page.has_control(form.button, page.frame(form.frame))
        checks.word(("forms", name, "button"), form.button, buttons, [form.button], "button", there=there)


def _question(name: str, form: FormWords, shown: PageWords, checks: Checks) -> None:
    """The question that has to be confirmed: compared where it lies ready in the page, hidden until it is asked."""
    if not form.confirm:
        return
    if not shown.questions:
        checks.skip(("forms", name, "confirm"), form.confirm, "the question is made when it is asked")
        return
    asked = [one for one in shown.questions if form.dialog in one.text]
    checks.compared += 1
    if not asked:
        likely = _likely_question(form, shown.questions)
        says = likely.says[0] if likely and likely.says else ""
        checks.missing(("forms", name, "dialog"), form.dialog, says, "question", [one.text for one in shown.questions])
        asked = [likely] if likely else []
    if asked:
        place, buttons = ("forms", name, "confirm"), asked[0].buttons
        there = form.confirm in buttons
        checks.word(place, form.confirm, buttons, [form.confirm], "button in the question", there=there)


def _likely_question(form: FormWords, questions: tuple[Question, ...]) -> Question | None:
    """The question that has our button, or the only one that there is."""
    own = [one for one in questions if form.confirm in one.buttons] or list(questions)
    return own[0] if len(own) == 1 else None
