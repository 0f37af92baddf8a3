"""Names of people and accounts: which may be made, and when two are one to the eye.

Users' names are plain: what two people could read as one is never two accounts. Printed names keep their letters, in
normal form C; no character that can't be seen, turns the direction of writing, or is of a second script stands in one.
"""

import re
import unicodedata

from mes_core.domain.errors import Invalid

_USER = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_RESERVED = frozenset(
    {"tick", "system", "security", "batchwright", "administrator", "admin", "root", "nobody", "anonymous"}
)
_LONGEST_USER, _LONGEST_NAME = 64, 120
_IN_NAMES = frozenset(" .'’-,()")
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
"""Letters and marks that draw nothing (Unicode's Default_Ignorable_Code_Point, as far as they are no format marks)."""
_LOOK_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s"})


def check_user(user: str) -> None:
    """See that a user name can be made.

    Raises:
        Invalid: it is not plain, too long, or the name of a part of the program.
    """
    if not _USER.fullmatch(user) or not 2 <= len(user) <= _LONGEST_USER:
        raise Invalid(
            f"{user!r} can't be a user name: give 2 to {_LONGEST_USER} small letters and digits (a to z, 0 to 9), with"
            " single dots, hyphens or underscores between them."
        )
    if user in _RESERVED:
        raise Invalid(f"{user!r} names a part of the program: choose another user name.")


def printed(name: str) -> str:
    """A printed name as it is kept: in normal form C, with single blanks.

    Raises:
        Invalid: it is empty or too long, or holds a character that is no part of a name or of a second script.
    """
    kept = " ".join(unicodedata.normalize("NFC", name).replace("\N{NO-BREAK SPACE}", " ").split(" ")).strip()
    kept = re.sub(" +", " ", kept)
    if not kept or len(kept) > _LONGEST_NAME or not any(one.isalpha() for one in kept):
        raise Invalid(f"{name!r} can't be a printed name: give a person's name of at most {_LONGEST_NAME} characters.")
    for one in kept:
        if not (one in _IN_NAMES or unicodedata.category(one)[0] in "LM" or one.isdecimal()):
            raise Invalid(f"{name!r} can't be a printed name: it holds {_called(one)}, which is no part of a name.")
    scripts = _scripts(kept)
    if len(scripts) > 1:
        raise Invalid(f"{name!r} can't be a printed name: it mixes letters of {' and '.join(sorted(scripts))} script.")
    return kept


def key(name: str) -> str:
    """What all spellings of one name have in common: case, accents' form, blanks and unseen characters are left out."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = (one for one in plain if unicodedata.category(one) not in ("Cf", "Cc", "Co", "Cn", "Cs"))
    return " ".join(_UNSEEN.sub("", "".join(seen)).split())


def skeleton(name: str) -> str:
    """What two names share that a person could take for one another: accents and look-alikes are left out too."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", key(name)) if not unicodedata.combining(one))
    return "".join(one for one in bare if one.isalnum()).translate(_LOOK_ALIKE).replace("rn", "m").replace("vv", "w")


def turned(name: str) -> str:
    """What a name shares with itself in another order of its words and with titles: `Person, Dr. Ann` is `Ann Person`.

    A remark in brackets is no part of it either.
    """
    return " ".join(_words(name))


def shortened(one: str, other: str) -> bool:
    """Whether two names could be one with first names as initials: `P. Ann` and `Person, Ann`; `Ann B. Person` too."""
    short, long = sorted((_words(one), _words(other)), key=len)
    left = [word for word in long if word not in short]
    initials = [word for word in short if word not in long]
    if len(initials) == len(short) or not any(len(word) > 1 for word in short if word in long):
        return False
    for word in initials:
        meant = next((full for full in left if full[0] == word[0] and 1 in (len(full), len(word))), None)
        if meant is None:
            return False
        left.remove(meant)
    return all(len(word) == 1 for word in left)


def _words(name: str) -> list[str]:
    """The words of a name in one order, without titles and remarks in brackets; `A.B. Person` has three."""
    words = re.split(r"[\s,]+", re.sub(r"\([^)]*\)", " ", name))
    named = [one for one in words if skeleton(one) not in _TITLES] or words
    return sorted(filter(None, (skeleton(part) for one in named for part in one.split("."))))


_TITLES = frozenset(
    map(
        skeleton,
        ("Dr", "Prof", "Mr", "Mrs", "Ms", "Miss", "Jr", "Sr", "PhD", "MD", "MSc", "BSc", "PharmD", "Dipl", "Ing"),
    )
)


def could_hold(text: str, name: str) -> bool:
    """Whether a name stands in a text for a person's eyes: as `skeleton` has it, or with letters of another script.

    A letter of another script counts as any letter, so long as some letters are the name's own: which letters look
    alike depends on the typeface.
    """
    return _holds(skeleton(text), skeleton(name))


def alike(text: str, name: str) -> bool:
    """Whether a text as a whole could be taken for a name."""
    said, wanted = skeleton(text), skeleton(name)
    return len(said) == len(wanted) and _holds(said, wanted)


def _holds(said: str, wanted: str) -> bool:
    windows = (said[start : start + len(wanted)] for start in range(len(said) - len(wanted) + 1))
    return any(_reads_as(one, wanted) for one in windows)


def _reads_as(said: str, wanted: str) -> bool:
    pairs = list(zip(said, wanted, strict=True))
    return all(one == own or _foreign(one, own) for one, own in pairs) and any(one == own for one, own in pairs)


def _foreign(letter: str, to: str) -> bool:
    return letter.isalpha() and _script(letter) != _script(to)


def _scripts(text: str) -> set[str]:
    return {_script(one) for one in text if one.isalpha()}


def _script(letter: str) -> str:
    return unicodedata.name(letter, "unknown").split()[0].title()


def _called(one: str) -> str:
    return unicodedata.name(one, f"U+{ord(one):04X}").lower()
