"""Which passwords are taken: long ones that nobody guesses early (NIST SP 800-63B-4, 3.1.1).

That asks for 15 characters where the password is the only factor, for a look at what is common or expected, and for no
rules about kinds of characters.
"""

import re
import secrets
from collections.abc import Iterable

from mes_core.domain.errors import Invalid

SHORTEST = 15
_FEWEST_GUESSES = 10.0
"""As a power of ten, zxcvbn's best class: more than lanes of 15 minutes' waits, or who has stolen hashes, come to."""
_FEWEST_DIFFERENT = 5
_LOOKED_AT = 72
_AGAIN = re.compile(r"(.+?)\1+")
_KINDS = (re.compile(r"[^\W\d_]"), re.compile(r"\d"), re.compile(r"[\W_]"))


def made() -> str:
    """A password that nobody guesses, for an account that somebody else makes or resets."""
    return f"{secrets.token_urlsafe(12)}-Aa1"


def check(user: str, password: str, known: Iterable[str] = ()) -> None:
    """See that a password can be one.

    Args:
        user: name of the account, for the refusal.
        password: what was chosen.
        known: what others know of its owner: names.

    Raises:
        Invalid: it is too short, one character again and again, or guessed early.
    """
    if len(password) < SHORTEST:
        raise Invalid(f"The password for {user!r} is too short: give at least {SHORTEST} characters.")
    if len(set(password.strip())) < _FEWEST_DIFFERENT:
        raise Invalid(f"The password for {user!r} is made of too few different characters: choose several words.")
    if guesses(password, (user, *known)) < _FEWEST_GUESSES:
        raise Invalid(f"The password for {user!r} is one that is guessed early: choose several unrelated words.")


def guesses(password: str, known: tuple[str, ...]) -> float:
    """How many guesses find a password, as a power of ten; names of its owner and of this program help the guesser.

    The fewest by the ways in which a simple one is dressed up: as it stands; without what is only said again
    (`111222333`, `1q1q2w2w`) or in capitals; and with its letters, digits and other signs each read alone (`a1b2c3`).
    """
    words = [word for one in (*known, "batchwright") for word in (one, *one.replace(".", " ").split())]
    looked_at = password[:_LOOKED_AT]
    small = looked_at.lower()
    alone = ["".join(kind.findall(small)) for kind in _KINDS]
    readings = ([looked_at], [_once(small)], [_once(one) for one in alone])
    return min(sum(_guesses(part, words) for part in parts) for parts in readings)


def _once(text: str) -> str:
    """A text in which nothing follows itself: `aaabbb` is `ab`, `abcabc` is `abc`."""
    while (shorter := _AGAIN.sub(r"\1", text)) != text:
        text = shorter
    return text


def _guesses(text: str, words: list[str]) -> float:
    from zxcvbn import zxcvbn  # its lists of common words take a moment to read

    if not text:
        return 0.0
    return float(zxcvbn(text, user_inputs=words)["guesses_log10"])  # type: ignore[no-untyped-call]  # it has no types
