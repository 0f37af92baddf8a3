"""What follows from a walk: the log-in, the lists, the form that was sent, and where it showed afterwards."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from keywords.failures import BusinessError
from keywords.gate.words import RequestWords
from keywords.site_folders.learning.meanings import Meanings
from keywords.site_folders.learning.walk import Done, Sent, Shown, Walk
from keywords.site_folders.likely import LEAVING, likely_total
from keywords.sites.pages.once import UNDONE

_STATE = re.compile(r"^(status|state|zustand|statut|stato|estado)\b", re.IGNORECASE)
_NEXT = ("Next", "Older", "Weiter", "Suivant", "Siguiente", "›", "»", ">")
_APPLY = ("Filter", "Search", "Find", "Apply", "Go", "Suchen", "Filtern", "Anwenden")
_FILES = re.compile(r"\.(csv|xlsx)\b|export|csv", re.IGNORECASE)
_NOT_A_FIELD = ("file", "password", "checkbox", "radio")
_ANY = re.compile(r"\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24,64}", re.IGNORECASE)
"""Parts of a path that are a number of something: digits alone, or a long one in hexadecimal."""
SETTLE_S = 3.0


def draft(walk: Walk, key: str, product: str) -> dict[str, Any]:
    """The locators that a walk teaches, as plain data.

    Args:
        walk: The walk: log-in, list, form, and the list once more.
        key: The text that was typed into the field which carries our key.
        product: The product's name, for sentences.

    Raises:
        BusinessError: The walk does not show what a site folder needs.
    """
    login, inside = _log_in(walk)
    typed = {one.value for one in walk.done}
    meanings = Meanings(walk, key, inside, lambda path: _general(path, typed))
    change = meanings.change
    form_path = walk.done[change.after - 1].path
    shown_in, table, row = _row_of(walk, key, change)
    ends = _first_after(walk, change, form_path)
    lists = _lists(walk, inside, form_path, ends.path)
    name = _name_of(lists, shown_in.path, table)
    columns = lists[name]["columns"]
    number, label = _number(columns, row, ends, key)
    form = _form(walk, change, columns, inside)
    key_name = next(our for our, given in form.pop("values").items() if given == key)
    if key_name not in columns:
        _unlike(table, key_name)
    once: dict[str, Any] = {"list": name, "key": key_name, "number": number}
    state = next((our for our, header in columns.items() if _STATE.match(header) and row.get(our)), "")
    if state and not UNDONE.search(row[state]):  # what is not done yet is no word for done: bots see that by themselves
        once["state"] = {"column": state, "done": [row[state]]}
    form |= {"done": _heading(ends, walk, form_path, change), "reference": label, "once": once}
    controls = _controls(walk, lists, inside)
    return {
        "product": product,
        "on_trial": _on_trial(meanings.unnamed()),
        "settle_s": SETTLE_S,
        "identity": "[data-field-class=identity]",
        "login": login,
        "controls": controls,
        "requests": meanings.words(),
        "lists": lists,
        "forms": {_slug(form["button"]): form},
    }


def sent_values(walk: Walk, words: Mapping[str, Any], key: str) -> dict[str, str]:
    """What was typed into the learnt form, by our names, without our key."""
    ((_, form),) = words["forms"].items()
    labels = {label: our for kind in ("fields", "choices") for our, label in form.get(kind, {}).items()}
    return {labels[one.label]: one.value for one in walk.done if one.label in labels and one.value != key}


def _log_in(walk: Walk) -> tuple[dict[str, str], int]:
    """The words of the log-in, and how many things were done until one was in."""
    at = next((n for n, one in enumerate(walk.done) if one.kind == "password"), None)
    if at is None:
        raise BusinessError("WALK_NO_LOG_IN", "No password was typed: walk through the log-in first.")
    fills = [one for one in walk.done[:at] if one.what == "fill"]
    press = next((n for n in range(at + 1, len(walk.done)) if walk.done[n].what == "press"), None)
    if not fills or press is None:
        raise BusinessError("WALK_NO_LOG_IN", "The log-in shows no user's field before its password, or no button.")
    words = {"path": walk.done[at].path, "user": fills[-1].label, "password": walk.done[at].label}
    between = [one.name for one in walk.done[:at] if one.what == "press"]
    words |= {"button": walk.done[press].name} | ({"next": between[-1]} if between else {})
    if press + 1 not in walk.loads:  # the page stayed: it asks for the log-in wherever one is
        words |= {"asks": fills[-1].label, "inside": _inside(walk, press + 1)}
    return words, press + 1


def _inside(walk: Walk, inside: int) -> str:
    """What shows on every page once one is logged in, and on none before.

    Raises:
        BusinessError: Nothing does.
    """
    before = {name for shown in walk.shown if shown.after < inside for name in _pressed_names(shown)}
    pages = [_pressed_names(shown) for shown in walk.shown if shown.after >= inside]
    always = [name for name in (pages[0] if pages else ()) if name not in before and all(name in one for one in pages)]
    if not always:
        raise BusinessError(
            "WALK_NO_LOG_IN",
            "No button or link shows on every page once one is logged in, so nobody could tell: write 'login' by hand,"
            " with 'asks' and 'inside'.",
        )
    return next((name for name in always if name.casefold() in LEAVING), always[0])


def _pressed_names(shown: Shown) -> list[str]:
    """The buttons and links that a page shows."""
    return [one["name"] for one in shown.words["buttons"] if one["seen"]] + [
        one["text"] for one in shown.words["links"]
    ]


def _on_trial(unnamed: Sequence[Mapping[str, Any]]) -> str:
    """Why the folder is on trial, with what the walk left open."""
    lines = "".join(
        f"; say what {RequestWords.model_validate(one).said()} is, which left with the form" for one in unnamed
    )
    return f"learnt from one walk: see to 'settle_s' and 'identity'{lines}, then take this line out"


def _row_of(walk: Walk, key: str, change: Sent) -> tuple[Shown, str, dict[str, str]]:
    """The list that showed our key after it was sent: its page, its name, and its row by our names."""
    for shown in walk.shown:
        if shown.after < change.after:
            continue
        for name, table in shown.tables.items():
            names = _names_of(table)
            for cells in table["rows"]:
                texts = [_text(cell) for cell in cells] if isinstance(cells, list) else []
                if key in texts:
                    return shown, name, dict(zip(names, texts, strict=False))
    raise BusinessError(
        "WALK_NO_ROW",
        f"No list showed '{key}' after the form was sent: open the list in which it shows, and end there.",
    )


def _first_after(walk: Walk, change: Sent, form_path: str) -> Shown:
    """The page that said that it was done."""
    before = _headings_of(walk, form_path, change)
    for shown in walk.shown:
        if shown.after >= change.after and (shown.path != form_path or set(shown.words["headings"]) - before):
            return shown
    raise BusinessError("WALK_NO_END", "No page followed after the form was sent: wait for what the site says.")


def _lists(walk: Walk, inside: int, form_path: str, end_path: str) -> dict[str, Any]:
    """Every list that was opened, the last look at each."""
    lists: dict[str, Any] = {}
    for shown in walk.shown:
        if shown.after < inside or shown.path in (form_path, end_path):
            continue
        for caption, table in shown.tables.items():
            headers = [one for one, *_ in table["headers"]]
            if not any(headers):
                continue
            columns = {our: header for our, header in zip(_names_of(table), headers, strict=True) if header}
            labels = [one["label"] for one in shown.words["fields"] if _filters(one)]
            filters = {_called(label, columns): label for label in labels}
            lists[_slug(caption)] = {"path": shown.path, "caption": caption, "filters": filters, "columns": columns}
    return lists


def _filters(seen: Mapping[str, Any]) -> bool:
    return bool(seen["seen"]) and seen["kind"] not in _NOT_A_FIELD and not _counts(seen["options"])


def _counts(options: Sequence[str]) -> bool:
    """Whether the options of a field are numbers of rows."""
    return len(options) > 1 and all(one.isdecimal() for one in options)


def _name_of(lists: Mapping[str, Any], path: str, caption: str) -> str:
    for name, words in lists.items():
        if (words["path"], words["caption"]) == (path, caption):
            return name
    raise BusinessError("WALK_NO_ROW", f"The list '{caption}' stands on the page of the form; open it by itself.")


def _number(columns: Mapping[str, str], row: Mapping[str, str], ends: Shown, key: str) -> tuple[str, str]:
    """The column with the site's own number, and the label under which the last page shows it."""
    for our in columns:
        for label, value in ends.facts:
            if value and value != key and value == row.get(our) and any(sign.isdigit() for sign in value):
                return our, label
    raise BusinessError("WALK_NO_NUMBER", "No number of the list's row stood under a label when the form was done.")


def _form(walk: Walk, change: Sent, columns: Mapping[str, str], inside: int) -> dict[str, Any]:
    """The words of the form, and under `values` what was typed."""
    last = walk.done[change.after - 1]
    own = [one for one in walk.done[inside : change.after] if one.path == last.path]
    presses = [one for one in own if one.what == "press"]
    if not presses:
        raise BusinessError("WALK_NO_BUTTON", "The form was not sent by a button that bears a name.")
    asked = presses[-1] if presses[-1].question else None
    button = next(one for one in reversed(presses) if not one.question)
    fills = {one.label: one for one in own if one.what == "fill"}
    words: dict[str, Any] = {"path": last.path, "fields": {}, "choices": {}, "files": {}, "checks": []}
    values: dict[str, str] = {}
    for label, one in fills.items():
        our = _called(label, columns)
        if one.kind in ("checkbox", "radio"):
            words["checks"].append(label)
            continue
        words[{"select": "choices", "file": "files"}.get(one.kind, "fields")][our] = label
        values[our] = one.value
    words = {name: one for name, one in words.items() if one}
    words["button"] = button.name
    return words | ({"dialog": asked.question, "confirm": asked.name} if asked else {}) | {"values": values}


def _headings_of(walk: Walk, form_path: str, change: Sent) -> set[str]:
    """The headings of the form's page before it was sent."""
    pages = [one for one in walk.shown if one.path == form_path and one.after < change.after]
    return {text for one in pages for text in one.words["headings"]}


def _heading(ends: Shown, walk: Walk, form_path: str, change: Sent) -> str:
    """The heading that says that it is done: one that the form's own page had not."""
    before = _headings_of(walk, form_path, change)
    found = [text for text in ends.words["headings"] if text not in before]
    if not found:
        raise BusinessError("WALK_NO_END", "No new heading showed when the form was done; say 'done' by hand.")
    return str(found[0])


def _controls(walk: Walk, lists: Mapping[str, Any], inside: int) -> dict[str, Any]:
    """What all lists share, as far as their pages show it."""
    paths = {words["path"] for words in lists.values()}
    pages = [one for one in walk.shown if one.after >= inside and one.path in paths]
    presses: list[Done] = [one for one in walk.done[inside:] if one.what == "press" and one.path in paths]
    presses = [one for one in presses if one.name in _APPLY] or [one for one in presses if not _FILES.search(one.name)]
    links = [one for page in pages for one in page.words["links"]]
    selects = [one for page in pages for one in page.words["fields"] if _counts(one["options"])]
    totals = [
        found
        for page in reversed(pages)
        for table in page.tables.values()
        if (found := likely_total(len(table["rows"]), page.words["counts"]))
    ]
    if not totals:
        raise BusinessError(
            "WALK_NO_TOTAL", "No list stated how many entries it has: bots can't know that they read all."
        )
    texts = [one["text"] for one in links]
    shown = [one["name"] for page in pages for one in page.words["buttons"] if one["seen"]]
    words = {
        "apply": presses[-1].name if presses else next((one for one in shown if one in _APPLY), "Filter"),
        "next": next((one for one in _NEXT if one in texts), "Next"),
        "total": totals[0],
    }
    if selects:
        words |= {"rows": selects[0]["label"], "most_rows": max(selects[0]["options"], key=int)}
    export = next((one["text"] for one in links if _FILES.search(one["href"])), "")
    export = export or next((one for one in shown if _FILES.search(one)), "")
    return words | ({"export": export} if export else {})


def _names_of(table: Mapping[str, Any]) -> list[str]:
    """Our names of a table's columns, each once."""
    names: list[str] = []
    for number, (header, *_) in enumerate(table["headers"], start=1):
        name = _slug(header) or f"column_{number}"
        names.append(name if name not in names else f"{name}_{number}")
    return names


def _called(label: str, columns: Mapping[str, str]) -> str:
    """Our name of a field: that of the column with the same header, where there is one."""
    return next((our for our, header in columns.items() if header == label), _slug(label))


def _text(cell: Any) -> str:
    return str(cell if isinstance(cell, str) else cell.get("t", ""))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40]


def _general(path: str, typed: Collection[str]) -> str:
    """A path in which numbers, and what was typed, stand for any.

    Raises:
        BusinessError: Nothing of it is left by which it could be known.
    """
    parts = path.split("/")
    made = ["*" if _ANY.fullmatch(part) or (part and unquote(part) in typed) else part for part in parts]
    if not any(part not in ("", "*") for part in made):
        raise BusinessError(
            "WALK_NO_PATH", f"The form was sent to '{path}', which has no word in it; write 'requests' by hand."
        )
    return "/".join(made)


def _unlike(table: str, key: str) -> None:
    raise BusinessError(
        "WALK_KEY_ELSEWHERE",
        f"The field '{key}' that carries our key is called otherwise than its column in '{table}'; write both by hand.",
    )
