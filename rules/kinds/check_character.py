"""Kind `check_character`: a donation number carries the check character of ISO 7064 mod 37-2 (ISBT 128)."""

from collections.abc import Iterator
from typing import Literal

from rules import isbt128
from rules.base import Name, Reads, RuleBase
from rules.facts import Fact, Facts, look_up
from rules.family import Kind
from rules.hits import Hit
from rules.memo import Memo
from rules.screens import Names, Part, at


class CheckCharacter(RuleBase):
    """A donation number carries the check character of ISO 7064 mod 37-2 (ISBT 128)."""

    kind: Literal["check_character"]
    number: Name
    character: Name

    def reads(self) -> Reads:
        return Reads(paths=(self.number, self.character))


_CHARACTERS = Memo(isbt128.check_character)
"""Check characters of the numbers seen so far."""


def check(rule: CheckCharacter, facts: Facts) -> Iterator[Hit]:
    """A donation number that is malformed, or does not carry the character that it should."""
    written, character = look_up(facts, rule.number), look_up(facts, rule.character)
    wanted = isbt128.check_character(str(written))
    if wanted is None or wanted != str(character):
        shown = (Fact(rule.number, written), Fact(rule.character, character))
        words = {"number": written, "character": character, "wanted": wanted or "none (it is malformed)"}
        yield Hit((rule.number, rule.character), (written, character), shown, words)


def screen(rule: CheckCharacter, names: Names, tag: str) -> Part:
    number, character = at(rule.number), at(rule.character)
    given = f"({tag}n := {number}).__class__ is str and ({tag}c := {character}) is not None"
    return Part(f"{given} and {names.give(_CHARACTERS)}[{tag}n] == {tag}c")


KIND = Kind(CheckCharacter, check, words=("number", "character", "wanted"), place="facts", screen=screen)
