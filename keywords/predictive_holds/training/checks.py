"""What a table must be before a model may learn from it; everything else is refused with one sentence."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped]

from keywords.predictive_holds.clock_columns import RECORDED_AT, day_of, refuse_late_columns, row_times
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.prepare import Column, Preparation, learn_levels, learn_number, level_of
from keywords.predictive_holds.table import Array, Readings, Table, is_missing
from keywords.predictive_holds.training.simulated import SIMULATED

FEWEST_ROWS = 40
FEWEST_OF_A_CLASS = 8
_MOST_LEVELS = 30
_LEAK_AUC = 0.995
_ASK_AUC = 0.95
"""Area under the curve of one column from which it is asked about: few values known early tell so much."""
_NAMES_A_LOT = re.compile(r"(_batch|_lot|_id|_no|_number|^batch|^lot|^id)$|^(batch|lot)(_|$)", re.IGNORECASE)
_NAMES_A_CODE = re.compile(r"(^|_)(code|product|strength|site|line|equipment|supplier|recipe)$", re.IGNORECASE)
_YES = {"1", "1.0", "true", "t", "yes", "y", "fail", "failed"}
_NO = {"0", "0.0", "false", "f", "no", "n", "pass", "passed"}
_HARDLY = 0.1
"""Share of texts among numbers below which a column is a measured one with a few bad cells."""


@dataclass(frozen=True)
class Roles:
    """Which columns are not inputs: target, time, group, and the continuous outcome behind the target."""

    target: str
    time: str
    group: str | None = None
    severity: str | None = None
    early_days: float | None = None
    known_early: tuple[str, ...] = ()
    """Columns that a person says were known on the day of decision, although they nearly tell the outcome."""

    def named(self) -> set[str]:
        """Names of the columns that have a role."""
        return {name for name in (self.target, self.time, self.group, self.severity) if name}


@dataclass(frozen=True)
class Learnable:
    """A checked table in time order: `fail` 0 or 1, `times`, `groups`, and the outcome behind `fail` where given."""

    table: Table
    fail: Array
    times: Array
    groups: list[str]
    severity: Array | None

    def take(self, places: np.ndarray) -> "Learnable":
        """The rows at these places."""
        severity = None if self.severity is None else self.severity[places]
        groups = [self.groups[place] for place in places]
        return Learnable(self.table.take(places), self.fail[places], self.times[places], groups, severity)


def learnable(table: Table, roles: Roles) -> Learnable:
    """Check a table and put it in time order.

    Raises:
        ModelRefused: a role's column is missing, the target is not yes/no, rows or failures are too few, one class
            only, a column was recorded too late or gives the target away.
    """
    _refuse_doubled_roles(roles)
    fail = target_of(table, roles.target)
    times = row_times(table, roles.time)
    _enough(table, roles.target, fail)
    refuse_late_columns(table, roles.time, roles.early_days, roles.named())
    groups = _groups(table, roles.group) if roles.group else [str(row) for row in range(table.rows)]
    severity = _severity(table, roles.severity) if roles.severity else None
    order = np.argsort(times, kind="stable")
    made = Learnable(table, fail, times, groups, severity).take(order)
    _refuse_unusable(made, roles)
    _refuse_leaks(made, roles)
    return made


def _refuse_doubled_roles(roles: Roles) -> None:
    named = [("target", roles.target), ("time", roles.time), ("group", roles.group), ("severity", roles.severity)]
    known: dict[str, str] = {}
    for role, name in named:
        if name and name in known:
            raise ModelRefused(f"Column {name!r} is named as {known[name]} and as {role}: name another one for {role}.")
        if name:
            known[name] = role


def _groups(table: Table, name: str) -> list[str]:
    """The group of each row; two ways to write one name (case, letters, 7 and 007) are one group: none may leak."""
    cells = table.column(name, "the group")
    gone = next((row for row, cell in enumerate(cells, start=1) if is_missing(cell)), None)
    if gone:
        raise ModelRefused(f"{table.source}, row {gone}: {name} is empty; say which group the row belongs to.")
    return [unicodedata.normalize("NFKC", level_of("code", cell)).casefold() for cell in cells]


def target_of(table: Table, name: str) -> Array:
    """The target as 0 and 1; raises `ModelRefused` for a cell that is neither yes nor no."""
    made = []
    for row, cell in enumerate(table.column(name, "the target"), start=1):
        word = cell.lower()
        if word not in _YES | _NO:
            raise ModelRefused(f"{table.source}, row {row}: the target {name} holds {cell[:40]!r}; give 1 or 0.")
        made.append(float(word in _YES))
    return np.array(made)


def _severity(table: Table, name: str) -> Array:
    values = table.readings(name, "the outcome behind the target").values
    if np.isnan(values).any():
        raise ModelRefused(f"Column {name!r} of {table.source} must hold a number in every row: mend it or leave it.")
    return values


def _enough(table: Table, target: str, fail: Array) -> None:
    if table.rows < FEWEST_ROWS:
        raise ModelRefused(f"{table.source} has {table.rows} rows and a model needs {FEWEST_ROWS}: collect more.")
    failed = int(fail.sum())
    if failed in (0, table.rows):
        raise ModelRefused(f"Every row of {table.source} has {target} = {int(fail[0])}: a model needs both classes.")
    if min(failed, table.rows - failed) < FEWEST_OF_A_CLASS:
        raise ModelRefused(
            f"{table.source} has {failed} failures in {table.rows} rows and a model needs {FEWEST_OF_A_CLASS} of each "
            f"class: collect more."
        )


def _inputs(table: Table, roles: Roles) -> list[str]:
    hidden = {SIMULATED, *roles.named()} | {
        name for name in table.columns if name.endswith(RECORDED_AT) and name.removesuffix(RECORDED_AT) in table.columns
    }
    return [name for name in table.columns if name not in hidden]


def _refuse_unusable(data: Learnable, roles: Roles) -> None:
    for name in _inputs(data.table, roles):
        cells = data.table.columns[name]
        known = {cell for cell in cells if not is_missing(cell)}
        if not known:
            raise ModelRefused(f"Column {name!r} of {data.table.source} holds no value at all: leave it out.")
        if len(known) == 1 and not any(is_missing(cell) for cell in cells):
            raise ModelRefused(
                f"Column {name!r} of {data.table.source} is {next(iter(known))[:40]!r} in every row: leave it out."
            )
    if not _inputs(data.table, roles):
        raise ModelRefused(f"{data.table.source} has no column to learn from beside target and time: add inputs.")


def _refuse_leaks(data: Learnable, roles: Roles) -> None:
    """A single column that tells the outcome all by itself was recorded with it: its numbers, its words, its gaps."""
    for name in _inputs(data.table, roles):
        auc, how = _tells(data, name)
        if auc >= _LEAK_AUC:
            raise ModelRefused(
                f"Column {name!r} of {data.table.source} {how} {roles.target} (area under the curve {auc:.3f}), so it"
                " is the outcome by another name: leave it out."
            )


def asked_about(data: Learnable, roles: Roles) -> tuple[str, ...]:
    """Columns that nearly tell the outcome, and of which nothing says that they were known on the day of decision.

    Neither their name nor their time of recording does, nor a person by `known_early`. A model that rests on one is
    not approved until somebody has said.
    """
    return tuple(
        name
        for name in _inputs(data.table, roles)
        if name not in roles.known_early
        and not _shown_early(data.table, name, roles)
        and _tells(data, name)[0] >= _ASK_AUC
    )


def question(data: Learnable, names: tuple[str, ...], target: str) -> str:
    """The question about such columns, with what to do; empty where there are none."""
    if not names:
        return ""
    told = ", ".join(f"{name!r} (area under the curve {_tells(data, name)[0]:.3f})" for name in names)
    return (
        f"{data.table.source}: {told} nearly {'tells' if len(names) == 1 else 'tell'} {target} alone: if it was not"
        " known on the day of decision, leave it out; if it was, say so with --known-early and its name. Until then"
        " this model is not approved."
    )


def _tells(data: Learnable, name: str) -> tuple[float, str]:
    """How well a column alone tells the outcome, as the area under its curve, and in which way."""
    cells, read = data.table.columns[name], data.table.readings(name)
    told = separation(read.values if _measured(read) else _word_rates(cells, data.fail), data.fail)
    gaps = separation(np.array([float(is_missing(cell)) for cell in cells]), data.fail)
    return max((max(told, 1 - told), "alone tells"), (max(gaps, 1 - gaps), "is empty or not just as"))


def _shown_early(table: Table, name: str, roles: Roles) -> bool:
    """Whether a day in the name or a time of recording, both checked before, shows that a column is early."""
    return name + RECORDED_AT in table.columns or (roles.early_days is not None and day_of(name) is not None)


def _measured(read: Readings) -> bool:
    """Whether a column holds numbers, or numbers among which a few words stand for no value."""
    known, words = int((~np.isnan(read.values)).sum()), int(read.words.sum())
    return words == 0 or (words < _HARDLY * (known + words) and not _few_whole(read.values))


def _word_rates(cells: list[str], fail: Array) -> Array:
    """How often each text goes with failing; 0 everywhere for texts so many that each would tell by chance."""
    rows: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        rows.setdefault(cell, []).append(row)
    if len(rows) > min(_MOST_LEVELS, len(cells) // 10):
        return np.zeros(len(cells))
    rates = {cell: float(fail[own].mean()) for cell, own in rows.items()}
    return np.array([rates[cell] for cell in cells])


def separation(values: Array, fail: Array) -> float:
    """Area under the ROC curve of one column among the rows where it is known; 0.5 when a class is absent there."""
    known = ~np.isnan(values)
    positive, negative = int(fail[known].sum()), int((1 - fail[known]).sum())
    if positive < FEWEST_OF_A_CLASS or negative < FEWEST_OF_A_CLASS:
        return 0.5
    ranks = rankdata(values[known])
    return float((ranks[fail[known] == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def learn_preparation(data: Learnable, roles: Roles) -> Preparation:
    """Learn every input column from these rows alone; what can't serve there is left out, with the reason."""
    columns: list[Column] = []
    left_out: dict[str, str] = {}
    for name in _inputs(data.table, roles):
        made = _learn(name, data)
        if isinstance(made, str):
            left_out[name] = made
        else:
            columns.append(made)
    if not columns:
        raise ModelRefused(f"No column of {data.table.source} can serve as input: see the data card of a larger table.")
    return Preparation(columns, left_out)


def _learn(name: str, data: Learnable) -> Column | str:
    read = data.table.readings(name)
    values = read.values
    known = ~np.isnan(values)
    if known.sum() + read.words.sum() < 10 or (read.measured and np.ptp(values[known]) == 0):
        return "fewer than ten values or only one in the training rows"
    if _NAMES_A_LOT.search(name):
        return "names a delivery or a record: a new one is not comparable with the old"
    if _measured(read) and not (_NAMES_A_CODE.search(name) and _few_whole(values)):
        cells = data.table.columns[name]
        words = (cells[row] for row in np.flatnonzero(read.words).tolist())
        return learn_number(name, values, float(read.bounds.sum() / known.sum()), words)
    return _learn_named(name, "code" if read.measured else "category", data)


def _few_whole(values: Array) -> bool:
    known = np.unique(values[~np.isnan(values)])
    return len(known) <= _MOST_LEVELS and bool((known % 1 == 0).all())


def _learn_named(name: str, kind: str, data: Learnable) -> Column | str:
    cells = data.table.columns[name]
    levels = {level_of(kind, cell) for cell in cells}
    early = {level_of(kind, cell) for cell in cells[: int(len(cells) * 0.8)]}
    if len({level for level in levels if level != "(missing)"}) < 2:
        return "fewer than ten values or only one in the training rows"
    if kind == "category" and len(levels) > _MOST_LEVELS:
        return f"{len(levels)} different texts: an identifier rather than a category"
    if kind == "category" and len(levels - early) > max(1, len(levels) // 5):
        return "new texts keep turning up: it tells when, not what"
    return learn_levels(name, kind, cells, data.fail)
