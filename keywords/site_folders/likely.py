"""Which word of a page most likely took the place of one that is gone: by how alike they are, and where it stands."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_ENOUGH = 0.5
_IN_ITS_PLACE = 0.4
_ONLY_ONE = 0.3
LEAVING = frozenset(
    {"log out", "sign out", "logout", "cancel", "close", "back", "abmelden", "abbrechen", "schließen", "zurück"}
)
"""Buttons that lead away: they take the place of no other."""
_OF_A_PAGE = re.compile(
    r"\b(per|pro|par|por|je|each)\s+(page|seite|p[aá]gina)\b|\b(show|anzeigen|afficher|mostrar)\b", re.IGNORECASE
)
_NO_ENTRIES = re.compile(
    r"of|von|utc|per|pro|par|por|pages?|seiten?|"
    r"(sec|min|hour|day|week|month|year|stunde|tag|woche|monat|jahr|minute|sekunde)\w*|"
    r"(jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)\w*|ago|kg|mb|gb",
    re.IGNORECASE,
)
"""What stands behind a number that counts no entries."""
_PLURALS = (("y", "ies"), ("", "s"))


def likely_word(word: str, shown: Sequence[str], named: Sequence[str]) -> str:
    """The word of the page that most likely replaces one of the folder; empty where none is likely.

    Args:
        word: The folder's word, which the page does not show.
        shown: The page's words of that kind, in their order.
        named: The folder's words of that kind, in their order, with `word` among them.
    """
    shown = [one for one in dict.fromkeys(shown) if one.casefold() not in LEAVING]
    free = [one for one in shown if one and one not in named]
    if not free:
        return ""
    gone = [one for one in named if one not in shown]
    between = _between(word, shown, named)
    scores = {one: _alike(word, one) for one in free}
    for one in free:
        scores[one] += _IN_ITS_PLACE if between == [one] else 0.0
        scores[one] += _ONLY_ONE if len(free) == 1 and gone == [word] else 0.0
    best = max(free, key=lambda one: scores[one])
    return best if scores[best] >= _ENOUGH else ""


def likely_address(caption: str, path: str, links: Sequence[tuple[str, str]]) -> str:
    """The path that most likely replaces one that is gone: that of the link that bears the caption, or the most alike.

    Args:
        caption: What the page is called in the folder.
        path: The folder's path.
        links: Text and path of the site's links.
    """
    same = [where for text, where in links if text == caption]
    if len(set(same)) == 1:
        return same[0]
    alike = {where: SequenceMatcher(None, path, where).ratio() for _, where in links}
    best = max(alike, key=lambda one: alike[one], default="")
    return best if best and alike[best] >= 0.6 and best != path else ""


def likely_total(rows: int, lines: Sequence[str]) -> str:
    """A pattern for the number of entries, from a line of the page that says it; empty where none does, or several do.

    What is said of a page, such as how many rows it shows, and what is a time or a day, is no number of entries: a list
    whose first page was taken for all of it would let a bot miss what stands on the second.

    Args:
        rows: How many rows can be read; the number stated is no lower.
        lines: The page's lines with a number.
    """
    found: dict[str, str] = {}
    for line in lines:
        if _OF_A_PAGE.search(line):
            continue
        for match in re.finditer(r"(?<![\d.,/:-])(\d[\d.,]*)\s+([^\W\d_]{3,})", line):
            number, noun = re.sub(r"[.,]", "", match[1]), match[2].lower()
            if number.isdecimal() and int(number) >= max(rows, 1) and not _NO_ENTRIES.fullmatch(noun):
                found.setdefault(noun, rf"(\d[\d,]*) {either_number(match[2])}")
    return next(iter(found.values())) if len(found) == 1 else ""


def either_number(noun: str) -> str:
    """A noun as an expression that also meets its singular or plural, as far as English goes; else its beginning."""
    for one, many in reversed(_PLURALS):
        if noun.endswith(many) and not noun.endswith("ies"):
            return f"{re.escape(noun.removesuffix(many))}(?:{many})?"
        if noun.endswith("ies"):
            return f"{re.escape(noun.removesuffix('ies'))}(?:ies|y)"
        if one and noun.endswith(one):
            return f"{re.escape(noun.removesuffix(one))}(?:ies|y)"
    return rf"{re.escape(noun[:4])}\w*"


def _alike(word: str, other: str) -> float:
    """From 0 to 1: by letters, or more where one holds the other as whole words."""
    one, two = word.casefold(), other.casefold()
    words, others = set(re.findall(r"\w+", one)), set(re.findall(r"\w+", two))
    inside = 0.7 if words and others and (words <= others or others <= words) else 0.0
    return max(SequenceMatcher(None, one, two).ratio(), inside)


def _between(word: str, shown: Sequence[str], named: Sequence[str]) -> list[str]:
    """The page's words that nobody claims between the neighbours that are still there."""
    at = list(named).index(word)
    before = next((one for one in reversed(named[:at]) if one in shown), None)
    after = next((one for one in named[at + 1 :] if one in shown), None)
    start = list(shown).index(before) + 1 if before is not None else 0
    end = list(shown).index(after) if after is not None else len(shown)
    return [one for one in shown[start:end] if one and one not in named]
