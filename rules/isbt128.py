"""The check character of an ISBT 128 donation identification number: ISO 7064 mod 37-2."""

_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


def check_character(number: str) -> str | None:
    """Check character of the 13 characters of a donation number; None when they can't be one.

    Source: ISBT 128 standard technical specification, method of ISO/IEC 7064 MOD 37-2.
    """
    if len(number) != 13 or any(one not in _SYMBOLS[:-1] for one in number):
        return None
    total = sum(_SYMBOLS.index(one) * 2**place for place, one in enumerate(reversed(number), start=1))
    return _SYMBOLS[(38 - total % 37) % 37]
