"""What a bot may state on a courier's form: facts of the signed packing record, and nothing else."""

from collections.abc import Mapping
from datetime import date

from keywords.failures import BusinessError
from mes_core.messages.logistics import PackingView


def facts_of(record: PackingView, coldest_c: float, until: date) -> frozenset[str]:
    """Facts that signed records support, by the names that site products use.

    Args:
        record: what two persons signed, with what the signed logistics data say of the shipper.
        coldest_c: temperature in Celsius below which a container counts as cold (plant's setting).
        until: the day of the delivery at the plant; what is qualified until then is qualified.
    """
    packing, facts = record.packing, set()
    charged = packing.charged_kg > packing.dry_kg
    if charged and record.shipper_qualified_until is not None and until <= record.shipper_qualified_until:
        facts.add("shipper_charged_and_qualified")
    if packing.inside_c <= coldest_c:
        facts.add("container_cold")
    if not packing.free_liquid:
        facts.add("no_free_liquid")
    return frozenset(facts)


def check_declarations(
    site: str, declarations: Mapping[str, str], record: PackingView, coldest_c: float, until: date
) -> None:
    """See that everything which a form makes us declare stands in signed records.

    Args:
        site: the courier's product, for the sentence.
        declarations: text on the form, and the fact that has to be recorded for it; empty where nobody knows one.
        record: the packing in force.
        coldest_c: temperature in Celsius below which a container counts as cold.
        until: the day of the delivery.

    Raises:
        BusinessError: a declaration that no record supports; a person makes it, or does not.
    """
    facts = facts_of(record, coldest_c, until)
    for text, fact in declarations.items():
        if fact not in facts:
            ours = f"packing {record.number} with the data of shipper {record.packing.shipper} does not say so"
            why = ours if fact else "no record of ours is known to say so"
            raise BusinessError(
                "NOT_STATED",
                f"{site} asks to declare '{text}', and {why}: a person looks at the shipper and books by hand, or packs"
                " again.",
            )
