"""Kind `retests`: a test has one original result; another one has an investigation before it, and one is reported."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, Item, blank, items, moment
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part

ORIGINAL, RETEST, REPORTED, SUPERSEDED = "Original", "Retest", "Yes", "No"
_FIELDS = ("test", "occasion", "investigation", "reported", "tested_at", "method")
_INVESTIGATED = ("test", "original_result", "reported_result", "cause", "opened_at", "concluded_at", "concluded_by")


class Retests(Each):
    """The results of a test: one original, lawful retests, and one that is reported.

    A retest rests on an investigation of the original that was concluded before it, by a person, with one of `causes`;
    it is made by the same method, and there are no more than `most` of them. What a result is stands in its fields
    `occasion` (Original, Retest), `investigation` and `reported` (Yes, No); where nothing stands there, a result is an
    original, and reported. Sources: 21 CFR 610.12(f), 211.192, 211.194(a).
    """

    kind: Literal["retests"]
    other: Name
    other_name: Name
    causes: tuple[str, ...] = Field(min_length=1)
    most: int = Field(default=1, ge=0, le=5)

    def reads(self) -> Reads:
        return Reads(fields=_FIELDS, others=(self.other_name, *_INVESTIGATED))


def check(rule: Retests, facts: Facts) -> Iterator[Hit]:
    """Tests whose results don't tell one lawful story."""
    known = {one.name: one for one in items(facts, rule.other, rule.other_name)}
    groups: dict[str, list[Item]] = {}
    for one in chosen(rule, facts):
        groups.setdefault(str(one.values.get("test")).strip(), []).append(one)
    for test, results in groups.items():
        for said in _wrong(rule, results, known):
            first = results[-1]
            shown = tuple(fact for one in results for fact in (one.fact("result"), one.fact("reported")))
            found = hit(first, "occasion", "investigation", "reported", said=said, key=test)
            yield Hit(found.fields, found.values, (*found.facts, *shown), found.words)


def _wrong(rule: Retests, results: list[Item], known: dict[str, Item]) -> Iterator[str]:
    occasions = [ORIGINAL if blank(one.values.get("occasion")) else one.values["occasion"] for one in results]
    originals = [one for one, what in zip(results, occasions, strict=True) if what == ORIGINAL]
    retests = [one for one, what in zip(results, occasions, strict=True) if what == RETEST]
    odd = next((what for what in occasions if what not in (ORIGINAL, RETEST)), None)
    reported = [one for one in results if blank(one.values.get("reported")) or one.values["reported"] == REPORTED]
    if odd is not None:
        yield f"{odd} is neither an original nor a retest"
    if len(originals) != 1:
        yield f"it has {len(originals)} original results"
    if len(reported) != 1:
        yield f"{len(reported)} of its {len(results)} results are reported"
    if len(retests) > rule.most:
        yield f"it was repeated {len(retests)} times, {rule.most} allowed"
    if len(originals) == 1 and retests:
        for one in retests:
            yield from _unlawful(rule, originals[0], one, known)
        last = max(retests, key=lambda one: str(one.values.get("tested_at")))
        if reported and reported[0] is not last:
            yield f"{reported[0].name} is reported, not its last retest {last.name}"


def _unlawful(rule: Retests, original: Item, retest: Item, known: dict[str, Item]) -> Iterator[str]:
    """What is wrong with one retest and the investigation that it rests on."""
    case = known.get(str(retest.values.get("investigation")).strip())
    if case is None:
        yield f"its retest {retest.name} rests on no investigation"
        return
    about = case.values
    if str(about.get("test")).strip() != str(original.values.get("test")).strip():
        yield f"investigation {case.name} is about {about.get('test')}"
    if str(about.get("original_result")).strip() != original.name:
        yield f"investigation {case.name} is about result {about.get('original_result')}, not {original.name}"
    if str(about.get("reported_result")).strip() != retest.name and retest.values.get("reported") != SUPERSEDED:
        yield f"investigation {case.name} reports {about.get('reported_result')}, not {retest.name}"
    if about.get("cause") not in rule.causes:
        yield f"investigation {case.name} found {about.get('cause') or 'no cause'}, which allows no retest"
    if blank(about.get("concluded_by")):
        yield f"nobody concluded investigation {case.name}"
    if str(retest.values.get("method")).strip() != str(original.values.get("method")).strip():
        yield f"retest {retest.name} was made by another method"
    times = [
        moment(original.values.get("tested_at"), f"{original.path}.tested_at"),
        *(moment(about.get(name), f"{case.path}.{name}") for name in ("opened_at", "concluded_at")),
        moment(retest.values.get("tested_at"), f"{retest.path}.tested_at"),
    ]
    held = [time for time in times if time is not None]
    if len(held) < len(times) or held != sorted(held):
        yield f"original, opening and conclusion of {case.name} and retest don't follow one another in time"


def screen(rule: Retests, names: Names, tag: str) -> Part:
    """Every test has one result, an original that is reported."""
    test, occasion, reported = (names.field(name) for name in ("test", "occasion", "reported"))
    before = (f"{tag}t = rows(f, {rule.other!r})", f"{tag}n = []")
    single = f"{test}.__class__ is str and {occasion} == {ORIGINAL!r} and {reported} == {REPORTED!r}"
    alone = f"len(set({tag}n)) == len({tag}n)"
    return Part(single, before, after=(f"{tag}n.append(ST[{test}])",), finally_=f"{tag}t is not None and {alone}")


KIND = Kind(Retests, check, words=("said", "key"), place="entries", screen=screen)
