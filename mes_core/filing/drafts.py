"""Drafts of filings, field by field: each value with the record that it comes from, each gap an open question. Pure.

A builder never holds a value of its own: it looks values up by the name of their record, so that a figure can't differ
from what it is said to come from.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from mes_core.domain.errors import Invalid
from mes_core.filing.model import Part

_NAMES_STAFF = frozenset({"contact", "establishment_name"})
FORMS = Path(__file__).parent / "forms" / "forms.yaml"


class FieldSpec(Part):
    """A field of a form. `source` are its records, the first that has it; `sum` adds up a column: table/column."""

    name: str
    label: str
    required: bool = False
    source: tuple[str, ...] = Field(default=(), alias="from")
    pattern: str = ".+"
    hint: str = ""
    sum: str | None = None

    @property
    def of_the_record(self) -> bool:
        """Whether it follows from the filing or the draft itself, or is counted, so that nobody answers it."""
        return self.sum is not None or any(one.startswith(("filing.", "draft.")) for one in self.source)


class ColumnSpec(Part):
    """A column of a table. `when` names a record without which it stays empty, `ask` says what is to be done then."""

    label: str
    source: tuple[str, ...] = Field(alias="from")
    when: str | None = None
    ask: str | None = None


class TableSpec(Part):
    """A table with a row for each of its records; `empty` is the field in which a person says why it has none."""

    name: str
    each: str
    empty: str | None = None
    columns: tuple[ColumnSpec, ...]


class FormSpec(Part):
    """A form. `no_identity` forbids what names a patient or donor; `hand_over` is sent by another system."""

    title: str
    name: str
    no_identity: bool = False
    hand_over: bool = False
    fields: tuple[FieldSpec, ...]
    tables: tuple[TableSpec, ...] = ()


@cache
def forms() -> Mapping[str, FormSpec]:
    """Every form by its key."""
    content = yaml.safe_load(FORMS.read_text(encoding="utf-8"))
    return {name: FormSpec.model_validate(form) for name, form in content["forms"].items()}


def form(name: str) -> FormSpec:
    """A form by its key.

    Raises:
        Invalid: there is none.
    """
    found = forms().get(name)
    if found is None:
        raise Invalid(f"There is no form {name!r}: use one of {', '.join(forms())}.")
    return found


@dataclass(frozen=True)
class Record:
    """A record under the name by which it is found again, with its content."""

    name: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What a draft may be made from.

    Attributes:
        records: by the word that forms use: event, licence, filing, draft.
        lists: for each table's `each`, its rows: records by word.
        given: what a person answered to open questions, by field.
        given_name: the name of the record that holds these answers.
        identities: numbers that name a patient or a donor.
        staff: printed names of people who work here, which belong to the contact alone.
    """

    records: Mapping[str, Record]
    lists: Mapping[str, Sequence[Mapping[str, Record]]] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    given_name: str = ""
    identities: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()


def build(form_name: str, facts: Facts) -> dict[str, Any]:
    """A draft as a document: form, title, fields with their sources, tables, and open questions.

    Args:
        form_name: key of the form.
        facts: what is known.
    """
    spec = form(form_name)
    tables = [_table(one, facts) for one in spec.tables]
    fields = [_field(one, facts, tables) for one in spec.fields]
    questions = [*_open(spec, fields), *_gaps(spec, tables), *_empty(spec, fields, tables)]
    if spec.no_identity:
        told = [one for one in fields if one["name"] not in _NAMES_STAFF]
        questions += _identities(fields, tables, facts.identities, "a patient or donor")
        questions += _identities(told, tables, facts.staff, "somebody who works here")
    return {
        "form": form_name,
        "title": spec.title,
        "name": spec.name,
        "fields": fields,
        "tables": tables,
        "questions": questions,
    }


def look_up(content: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What stands at a path of a document; None where there is nothing."""
    found: Any = content
    for part in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _value(sources: Sequence[str], records: Mapping[str, Record]) -> tuple[str | None, str | None]:
    for source in sources:
        word, *path = source.split(".")
        record = records.get(word)
        found = look_up(record.content, path) if record else None
        if record and found not in (None, ""):
            return str(found), f"{record.name}#{'.'.join(path)}"
    return None, None


def _field(spec: FieldSpec, facts: Facts, tables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    value, source = _value(spec.source, facts.records)
    if spec.sum is not None:
        value, source = _added_up(spec.sum, tables), f"sum of {spec.sum}"
    if spec.name in facts.given:
        value, source = facts.given[spec.name], f"{facts.given_name}#given.{spec.name}"
    return {"name": spec.name, "label": spec.label, "value": value, "required": spec.required, "source": source}


def _added_up(what: str, tables: Sequence[Mapping[str, Any]]) -> str | None:
    """The sum of a column; None where a row leaves it open."""
    name, _, column = what.partition("/")
    table = next(one for one in tables if one["name"] == name)
    cells = [row[table["columns"].index(column)] for row in table["rows"]]
    return str(sum(map(int, cells))) if all(re.fullmatch("[0-9]+", cell) for cell in cells) else None


def _table(spec: TableSpec, facts: Facts) -> dict[str, Any]:
    rows, sources = [], []
    for one in facts.lists.get(spec.each, ()):
        records = {**facts.records, **one}
        cells = []
        for column in spec.columns:
            open_ = column.when is None or _value((column.when,), records)[0] is not None
            cells.append(_value(column.source, records) if open_ else (None, None))
        rows.append([value or "" for value, _ in cells])
        sources.append(";".join(source or "" for _, source in cells))
    return {"name": spec.name, "columns": [one.label for one in spec.columns], "rows": rows, "sources": sources}


def _open(spec: FormSpec, fields: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one, made in zip(spec.fields, fields, strict=True):
        if made["value"] is None and one.required:
            yield f"{one.label} is required and no record says it."
        elif made["value"] is not None and re.fullmatch(one.pattern, made["value"], re.DOTALL) is None:
            yield f"{one.label} is {made['value']!r}, which is not {one.hint}."


def _gaps(spec: FormSpec, tables: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Columns whose value depends on what nobody has said yet."""
    for one, made in zip(spec.tables, tables, strict=True):
        for place, column in enumerate(one.columns):
            if column.when and any(not row[place] for row in made["rows"]):
                asked = column.ask or f"{column.when.partition('.')[2]} is said"
                yield f"{column.label} of {one.name} is open until {asked}."


def _empty(spec: FormSpec, fields: Sequence[Mapping[str, Any]], tables: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Tables without a row for which nobody has said why."""
    said = {one["name"]: one["value"] for one in fields}
    for one, made in zip(spec.tables, tables, strict=True):
        if one.empty and not made["rows"] and not said[one.empty]:
            yield f"{one.name} lists nothing: name the batches in the event, or say why there is none ({one.empty})."


def _identities(
    fields: Sequence[Mapping[str, Any]], tables: Sequence[Mapping[str, Any]], identities: frozenset[str], whose: str
) -> Iterator[str]:
    texts = [(one["label"], one["value"] or "") for one in fields]
    texts += [(table["name"], " ".join(row)) for table in tables for row in table["rows"]]
    for label, text in texts:
        for identity in sorted(identities):
            if re.search(rf"(?<![A-Za-z0-9]){re.escape(identity)}(?![A-Za-z0-9])", text):
                yield f"{label} names {identity}, which belongs to {whose}: take it out."
