"""Which passwords are taken: long ones that nobody guesses early (NIST SP 800-63B-4, 3.1.1).

That asks for 15 characters where the password is the only factor, for a look at what is common or expected, and for no
rules about kinds of characters.
"""

import secrets
from collections.abc import Iterable

from mes_core.domain.errors import Invalid

SHORTEST = 15
_LEAST_SCORE = 3
"""Of zxcvbn's 0 to 4: more than 10^8 guesses, which lanes of 15 minutes' waits never come to."""
_FEWEST_DIFFERENT = 5
_LOOKED_AT = 72


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
    if score(password, (user, *known)) < _LEAST_SCORE:
        raise Invalid(f"The password for {user!r} is one that is guessed early: choose several unrelated words.")


def score(password: str, known: tuple[str, ...]) -> int:
    """How hard a password is to guess, 0 to 4; names of its owner and of this program help the guesser."""
    from zxcvbn import zxcvbn  # its lists of common words take a moment to read

    words = [word for one in (*known, "batchwright") for word in (one, *one.replace(".", " ").split())]
    return int(zxcvbn(password[:_LOOKED_AT], user_inputs=words)["score"])  # type: ignore[no-untyped-call]  # it has no types
