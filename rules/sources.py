"""What a clause may rest on: drafts are no law yet, and of EU GMP only Part IV speaks of advanced therapies.

A clause lists its sources with `;` between them. A rule that rests on a draft, be it one source of several, has to say
so by its status, or it would hold batches by what nobody has adopted.
"""

import re
from collections.abc import Iterator

_DRAFT = re.compile(r"\bdrafts?\b|\bconsultation\b|\bproposed rule\b|\bEU GMP Annex 22\b", re.IGNORECASE)
"""Words that mark a draft; of Annex 22 there is no other text (late 2026)."""
_OTHER_VOLUME_4 = re.compile(r"\bEU GMP (?:ch\.|chapter|Annex|Part I{1,3}\b)|(?<!GMP )\bAnnex \d{1,2}\b", re.IGNORECASE)
_PLANT = "plant procedure"


def sources(clause: str) -> tuple[str, ...]:
    """The single sources that a clause lists."""
    return tuple(part.strip() for part in clause.split(";") if part.strip())


def drafts(clause: str) -> tuple[str, ...]:
    """Those of its sources that are drafts."""
    return tuple(one for one in sources(clause) if _DRAFT.search(one))


def no_authority(clause: str) -> tuple[str, ...]:
    """Sources that have no authority over advanced therapies in the EU.

    The guidelines of Part IV say of themselves that no other document of Volume 4 applies to these products unless they
    refer to it (source: EudraLex Volume 4, Part IV, C(2017) 7694, document history). A plant may take such a document
    for its own procedure and then says "plant procedure, after ...".
    """
    return tuple(one for one in sources(clause) if _OTHER_VOLUME_4.search(one) and _PLANT not in one.lower())


def complaints(clause: str, status: str, *, advanced_therapy: bool) -> Iterator[str]:
    """What is wrong with the sources of a rule, as the rest of a sentence."""
    for one in drafts(clause) if status != "draft" else ():
        yield f"rests on a draft ({one}) and its status is {status}: give it the status draft, or leave that source out"
    for one in no_authority(clause) if advanced_therapy else ():
        yield (
            f"cites {one} for an advanced therapy, to which only EU GMP Part IV applies: cite Part IV, or write"
            " 'plant procedure, after ...'"
        )
