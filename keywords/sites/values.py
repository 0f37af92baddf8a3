"""Values as pages show them, read strictly: what could be read in two ways is refused."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from keywords.failures import ApplicationError
from keywords.sites.words.cells import NumberWords

_GROUPS = " '’\u00a0\u202f"
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")
_COMPARED = re.compile(r"^(<=|>=|≤|≥|<|>)\s*(?=\S)")
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u061c]")
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}


def as_shown(text: str, what: str) -> str:
    """A text as a person reads it: full-width signs are ordinary ones, what has no width is not there.

    Raises:
        ApplicationError: Signs in it turn the direction of what is shown, so that it reads otherwise than it stands.
    """
    if text.isascii():
        return " ".join(text.split())
    if _TURNS.search(text):
        raise ApplicationError(
            "CELL_TURNED", f"'{text}' ({what}) holds signs that turn its direction: it reads otherwise than it stands."
        )
    return " ".join(unicodedata.normalize("NFC", text.translate(_UNSEEN).translate(_WIDE)).split())


def parse_time(text: str, what: str) -> datetime:
    """Read an ISO time with a zone from a page; the value in UTC.

    Raises:
        ApplicationError: The text is no time with a zone.
    """
    cleaned = text.replace(" UTC", "+00:00")
    try:
        value = datetime.fromisoformat(cleaned)
    except ValueError as error:
        raise ApplicationError("TIME_NOT_READ", f"'{text}' ({what}) is not a time that can be read.") from error
    if value.tzinfo is None:
        raise ApplicationError("TIME_WITHOUT_ZONE", f"'{text}' ({what}) has no time zone, so it cannot be trusted.")
    return value.astimezone(UTC)


def parse_local_time(text: str, what: str, form: str, zone: str) -> datetime:
    """Read a time as a product writes it (`form` as for strptime); the value in UTC.

    Raises:
        ApplicationError: It is none, or its clock shows it twice or never (summer time).
    """
    try:
        value = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is put in below
    except ValueError as error:
        raise ApplicationError("TIME_NOT_READ", f"'{text}' ({what}) is not a time written as {form}.") from error
    if value.tzinfo is None:
        here = ZoneInfo(zone)
        early, late = (value.replace(tzinfo=here, fold=fold) for fold in (0, 1))
        if early.utcoffset() != late.utcoffset():
            raise ApplicationError(
                "TIME_TWICE", f"'{text}' ({what}) is shown twice or never by clocks of {zone}, so it cannot be trusted."
            )
        value = early
    return value.astimezone(UTC)


def parse_date(text: str, what: str, form: str) -> date:
    """Read a day as a product writes it (`form` as for strptime).

    Raises:
        ApplicationError: It is none.
    """
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise ApplicationError("DATE_NOT_READ", f"'{text}' ({what}) is not a day written as {form}.") from error


def parse_number(text: str, what: str, words: NumberWords | None = None) -> float:
    """Read a number from a page.

    Args:
        text: As shown.
        what: What it is, for the sentence.
        words: How the product writes numbers; without, only what can be read in one way is.

    Raises:
        ApplicationError: The text is no number, or could be two.
    """
    return float(plain_number(text, what, words))


def plain_number(text: str, what: str, words: NumberWords | None = None) -> str:
    """A number from a page with a decimal point and without groups, with exactly the digits that were shown.

    Raises:
        ApplicationError: The text is no number, or could be two.
    """
    cleaned = as_shown(text, what).replace("\u2212", "-")
    ways = [words] if words is not None else _ways(cleaned)
    found = sorted({read for one in ways if (read := _read(cleaned, one)) is not None})
    if len(found) == 1:
        return found[0]
    if not found:
        how = f" written with '{words.decimal}'" if words else ""
        raise ApplicationError("NUMBER_NOT_READ", f"'{text}' ({what}) is not a number{how} that can be read.")
    raise ApplicationError(
        "NUMBER_TWO_WAYS",
        f"'{text}' ({what}) could be {' or '.join(found)}; say in the locators how numbers are written, such as"
        " numbers: {decimal: '.', thousands: ','}.",
    )


def plain_value(text: str, what: str, words: NumberWords | None = None) -> str:
    """A laboratory's result: a number as `plain_number` gives it, with < or > before it where it is a limit; else text.

    Raises:
        ApplicationError: It looks like a number and can't be read as one.
    """
    shown = as_shown(text, what)
    sign = _COMPARED.match(shown)
    rest = shown[sign.end() :] if sign else shown
    if not re.fullmatch(rf"[-+\u2212]?\d[\d.,{_GROUPS}]*", rest):
        return shown
    return f"{sign[1] if sign else ''}{plain_number(rest, what, words)}"


def _ways(text: str) -> list[NumberWords]:
    """Every way in which numbers are written anywhere."""
    groups = {one for one in text if one in _GROUPS} or {""}
    some = [NumberWords(decimal=decimal, thousands=one) for decimal in (".", ",") for one in groups]
    return [*some, NumberWords(decimal=".", thousands=","), NumberWords(decimal=",", thousands=".")]


def _read(text: str, words: NumberWords) -> str | None:
    """The number in one way of writing; None where it isn't written so."""
    whole, mark, part = text.partition(words.decimal)
    if words.thousands and words.thousands in whole:
        sign = "[+-]?"
        if not re.fullmatch(rf"{sign}[1-9]\d{{0,2}}(?:{re.escape(words.thousands)}\d{{3}})+", whole):
            return None
        whole = whole.replace(words.thousands, "")
    plain = f"{whole}.{part}" if mark else whole
    if not plain.isascii() or not _PLAIN.fullmatch(plain) or (mark and not part):
        return None
    try:
        Decimal(plain)
    except InvalidOperation:
        return None
    return plain.lstrip("+")
