"""Donation numbers in the shape of ISBT 128: thirteen characters and a check character for the eye.

The arithmetic is ISO 7064 mod 37-2. Only a synthetic facility code is used (`A9999`).
"""

from twin.model.errors import TwinError

FACILITY = "A9999"
_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_VALUES = {symbol: value for value, symbol in enumerate(_SYMBOLS)}


def check_character(number: str) -> str:
    """The check character of a donation number of 13 characters 0-9 and A-Z.

    Raises `TwinError` when the number has another length or another character.
    """
    if len(number) != 13:
        raise TwinError(f"A donation number has 13 characters, {number!r} has {len(number)}: give all of them.")
    total = 0
    for symbol in number:
        value = _VALUES.get(symbol)
        if value is None or symbol == "*":
            raise TwinError(f"The donation number {number!r} holds {symbol!r}: only 0-9 and A-Z are allowed.")
        total = (total + value) * 2 % 37
    return _SYMBOLS[(38 - total) % 37]


def donation_number(year: int, sequence: int, facility: str = FACILITY) -> str:
    """Thirteen characters: facility (5), year (2 digits), sequence (6 digits); `year` may be given in full."""
    return f"{facility}{year % 100:02d}{sequence % 1_000_000:06d}"
