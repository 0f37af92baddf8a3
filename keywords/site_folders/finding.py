"""What a check of a site folder finds: words that moved, words that could not be looked at."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from keywords.failures import ItemError
from keywords.site_folders.likely import likely_word
from keywords.site_folders.proposal import Place
from keywords.site_folders.visit import VisitedPage


@dataclass(frozen=True)
class Moved:
    """A word of the folder that the pages do not show, or something new on them that the folder does not name.

    Attributes:
        place: where the word stands in the folder.
        word: the folder's word; empty for something new.
        likely: the word that most likely took its place; empty where none is likely.
        sentence: what the page shows, for a person.
        picture: file of the page's picture.
        proposed: whether the proposal replaces it.
    """

    place: Place
    word: str
    likely: str
    sentence: str
    picture: str = ""
    proposed: bool = False

    def in_proposal(self, proposed: bool) -> "Moved":
        """Itself, with whether the proposal replaces it."""
        return replace(self, proposed=proposed)


@dataclass(frozen=True)
class Unseen:
    """A word of the folder that no page showed the place of, and why."""

    place: Place
    word: str
    why: str


@dataclass
class Checks:
    """Everything found up to now.

    Attributes:
        moved: words that moved, in the order in which they were missed.
        unseen: words that could not be looked at.
        compared: how many words were looked for.
        stopped: why nothing more can be looked at; empty while it can.
    """

    moved: list[Moved] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)
    compared: int = 0
    stopped: str = ""

    def word(
        self, place: Place, word: str, shown: Sequence[str], named: Sequence[str], what: str, *, there: bool
    ) -> str:
        """Look at a word that the driver finds or does not find on a page; the word to go on with.

        Args:
            place: Where it stands in the folder.
            word: Itself.
            shown: What the page shows of that kind, in its order.
            named: What the folder names of that kind, in its order.
            what: What kind of word it is, to follow "no".
            there: Whether the driver finds it.
        """
        self.compared += 1
        if there:
            return word
        likely = likely_word(word, shown, named)
        self.missing(place, word, likely, what, shown)
        return likely or word

    def missing(self, place: Place, word: str, likely: str, what: str, shown: Sequence[str]) -> None:
        """Note a word that the page does not show."""
        there = ", ".join(f"'{one}'" for one in [*dict.fromkeys(shown)][:20] if one) or "none"
        said = f"most likely it is '{likely}' now" if likely else "no other word is likely"
        self.moved.append(
            Moved(
                place, word, likely, f"{dotted(place)}: the page shows no {what} '{word}'; {said} (it shows {there})."
            )
        )

    def new(self, place: Place, sentence: str) -> None:
        """Note something that the folder does not name."""
        if all(one.sentence != sentence for one in self.moved):
            self.moved.append(Moved(place, "", "", sentence))

    def skip(self, place: Place, word: str, why: str) -> None:
        """Note a word that can't be looked at."""
        self.unseen.append(Unseen(place, word, why))

    @contextmanager
    def part(self, page: VisitedPage, name: str, place: Place) -> Iterator[None]:
        """One list or form: a failure is noted and the next is looked at; a picture is taken where something moved."""
        before = len(self.moved)
        try:
            yield
        except ItemError as refusal:
            self.moved.append(Moved(place, "", "", f"{dotted(place[:-1])}: {refusal.sentence}"))
        if len(self.moved) > before:
            picture = page.picture(f"moved {name}")
            self.moved[before:] = [replace(one, picture=picture) for one in self.moved[before:]]


def dotted(place: Place) -> str:
    """A place in words."""
    return ".".join(map(str, place))
