"""One donation number in its forms: as stored, as printed for the eye, as a scanner gives it, with its check character.

Source: ISBT 128 Standard Technical Specification (ST-001), data structure 001: `=`, 13 characters (facility 5, year 2,
sequence 6), two flag characters; check character by ISO/IEC 7064 MOD 37-2, as flag 60 to 96. Every structure begins
with `=` or `&`, so that a code in which several follow each other (number, product, expiry) is parted there.
"""

import re
import unicodedata

_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_NUMBER = r"[A-NP-Z1-9][A-NP-Z0-9]{4}[0-9]{8}"
_FORM = re.compile(rf"=?(?P<number>{_NUMBER})(?P<rest>[0-9A-Z*]{{0,3}})")
_SYMBOLOGY = re.compile(r"\](?:C[0-4]|d[1-6])(?=[=&])")
"""What a scanner may put before a code to say which kind it read (ISO/IEC 15424: Code 128, Data Matrix)."""
_STRUCTURE = re.compile(r"[=&][^=&]*")
_IGNORED = re.compile(r"[\s\u200b-\u200f\u2060\ufeff-]+")
_CHECKED_FLAGS = range(60, 97)


def check_character(number: str) -> str:
    """The check character of a donation number of 13 characters 0-9 and A-Z."""
    total = sum(_SYMBOLS.index(one) * 2**place for place, one in enumerate(reversed(number), start=1))
    return _SYMBOLS[(38 - total % 37) % 37]


def stored_form(text: str) -> str | None:
    """The 13 characters of a donation number in whatever form it comes; None for a number of another kind.

    Raises:
        ValueError: it has the form, but its check character is that of another number: it was mistyped; or it holds
            the numbers of two donations.
    """
    compact = _IGNORED.sub("", unicodedata.normalize("NFKC", text))
    compact = _SYMBOLOGY.sub("", compact, count=1).upper() if compact.startswith("]") else compact.upper()
    parts = _STRUCTURE.findall(compact) if compact.startswith(("=", "&")) else [compact]
    numbers = {number for part in parts if (number := _number(part, text))}
    if len(numbers) > 1:
        raise ValueError(f"{text!r} holds the numbers of {len(numbers)} donations: scan the one that is meant")
    return next(iter(numbers), None)


def _number(part: str, text: str) -> str | None:
    found = _FORM.fullmatch(part)
    if not found:
        return None
    number, rest = found["number"], found["rest"]
    # One character alone is the check, two are flags, three are both.
    flags, check = ("", rest) if len(rest) == 1 else (rest[:2], rest[2:])
    right = check_character(number)
    if flags.isdecimal() and int(flags) in _CHECKED_FLAGS:
        check = check or _SYMBOLS[int(flags) - 60]
    if check and check != right:
        raise ValueError(f"the donation number {text!r} does not fit its check character {check!r}: look at the label")
    return number
