"""What a bot may state on a courier's form: facts of the signed packing record, and nothing else."""

from collections.abc import Mapping

from keywords.failures import BusinessError
from mes_core.messages.logistics import Packing, PackingView


def facts_of(packing: Packing, coldest_c: float) -> frozenset[str]:
    """Facts that a packing record supports, by the names that site products use.

    Args:
        packing: what two persons signed.
        coldest_c: temperature in Celsius below which a container counts as cold (plant's setting).
    """
    facts = set()
    if packing.charged_kg > packing.dry_kg:
        # That the unit is qualified is looked at by the MES, which offers no way in one that is not.
        facts.add("shipper_charged_and_qualified")
    if packing.inside_c <= coldest_c:
        facts.add("container_cold")
    if not packing.free_liquid:
        facts.add("no_free_liquid")
    return frozenset(facts)


def check_declarations(site: str, declarations: Mapping[str, str], record: PackingView, coldest_c: float) -> None:
    """See that everything which a form makes us declare stands in the signed packing record.

    Args:
        site: the courier's product, for the sentence.
        declarations: text on the form, and the fact that has to be recorded for it; empty where nobody knows one.

    Raises:
        BusinessError: a declaration that the record does not support; a person makes it, or does not.
    """
    facts = facts_of(record.packing, coldest_c)
    for text, fact in declarations.items():
        if fact not in facts:
            why = f"packing {record.number} does not say so" if fact else "no record of ours is known to say so"
            raise BusinessError(
                "NOT_STATED",
                f"{site} asks to declare '{text}', and {why}: a person looks at the shipper and books by hand, or packs"
                " again.",
            )
