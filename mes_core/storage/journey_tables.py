"""The table of a product's journey: logistics data, packing, assessments of ways, decisions, custody."""

from sqlalchemy import Column, Index, Text

from mes_core.storage.columns import a_key, a_number, an_id, maybe, table

journey_records = table(
    "journey_records",
    a_key("record_id"),
    an_id("batch_id"),
    an_id("kind"),
    an_id("name"),
    a_number("number"),
    Column("document", Text, nullable=False),
    an_id("content_hash"),
    an_id("made_by"),
    an_id("printed_name"),
    an_id("made_at"),
    maybe("signature_id"),
    Index("journey_records_by_kind", "batch_id", "kind", "name", "number", unique=True),
)
