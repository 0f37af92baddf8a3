"""Tables of conditional release, of what is due, and the register of certifications."""

from sqlalchemy import Column, Index, Text

from mes_core.storage.columns import a_key, a_number, an_id, maybe, table

conditions = table(
    "conditions",
    a_key("batch_id"),
    a_key("test"),
    an_id("state"),
    Column("so_far", Text, nullable=False),
    an_id("expected_at"),
    an_id("opened_at"),
    an_id("disposition_id"),
    maybe("reported_at"),
    maybe("noted_at"),
    maybe("noted_by"),
    maybe("source"),
)
due_items = table(
    "due_items",
    a_key("due_id"),
    an_id("batch_id"),
    an_id("kind"),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    an_id("role"),
    Column("clause", Text, nullable=False),
    an_id("opened_at"),
    an_id("due_at"),
    an_id("state"),
    a_number("level"),
    maybe("done_at"),
    maybe("done_by"),
    maybe("note"),
    maybe("signature_id"),
    Index("due_items_by_time", "state", "due_at"),
    Index("due_items_by_batch", "batch_id", "due_at"),
)
due_notices = table(
    "due_notices",
    a_key("notice_id"),
    an_id("due_id"),
    an_id("batch_id"),
    a_number("level"),
    an_id("to_role"),
    Column("text", Text, nullable=False),
    an_id("planned_at"),
    an_id("told_at"),
    Index("due_notices_by_item", "due_id", "level"),
)
register = table(
    "register",
    a_number("number", primary_key=True),
    an_id("batch_id"),
    an_id("certification"),
    an_id("disposition_id"),
    an_id("record_hash"),
    maybe("signature_id"),
    an_id("certified_by"),
    an_id("printed_name"),
    an_id("entered_at"),
    Index("register_by_batch", "batch_id", "number"),
    Index("register_by_disposition", "disposition_id", unique=True),
)
