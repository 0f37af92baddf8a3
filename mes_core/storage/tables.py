"""The tables. Times are ISO texts in UTC, so that their order is the order of time; documents are JSON texts."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _id(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, String(200), nullable=False, primary_key=primary_key)


def _key(name: str) -> Column[str]:
    return _id(name, primary_key=True)


def _maybe(name: str) -> Column[str | None]:
    return Column(name, Text, nullable=True)


def _number(name: str, *, primary_key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=primary_key, autoincrement=False)


batches = Table(
    "batches",
    metadata,
    _key("batch_id"),
    _id("kind"),
    _id("state"),
    _number("record_version"),
    _id("record_hash"),
    _id("changed_at"),
    Column("record", Text, nullable=False),
    _maybe("verdict_id"),
    _maybe("verdict"),
    Index("batches_by_state", "state", "changed_at"),
)
record_versions = Table(
    "record_versions",
    metadata,
    _key("batch_id"),
    _number("version", primary_key=True),
    _id("record_hash"),
    Column("record", Text, nullable=False),
    _id("stored_at"),
    _id("stored_by"),
)
identities = Table(
    "identities",
    metadata,
    _key("batch_id"),
    _key("kind"),
    _key("number"),
    Column("about", Text, nullable=False),
    Index("identities_by_number", "kind", "number"),
)
observations = Table(
    "observations",
    metadata,
    _key("batch_id"),
    _key("system"),
    _key("name"),
    _id("content_hash"),
    Column("document", Text, nullable=False),
)
verdicts = Table(
    "verdicts",
    metadata,
    _key("verdict_id"),
    _id("batch_id"),
    _number("number"),
    _id("record_hash"),
    _number("record_version"),
    _id("observations_hash"),
    _id("reviewed_at"),
    _id("reviewed_by"),
    _id("verdict"),
    Column("document", Text, nullable=False),
    UniqueConstraint("batch_id", "number"),
)
facts = Table(
    "facts",
    metadata,
    _key("facts_hash"),
    _id("batch_id"),
    Column("document", LargeBinary, nullable=False),
)
findings = Table(
    "findings",
    metadata,
    _key("finding_id"),
    _id("verdict_id"),
    _id("batch_id"),
    _number("place"),
    _id("severity"),
    _id("fingerprint"),
    _id("status"),
    Column("document", Text, nullable=False),
    _maybe("closure"),
    _maybe("reason"),
    _maybe("closed_by"),
    _maybe("printed_name"),
    _maybe("closed_at"),
    Index("findings_by_verdict", "verdict_id", "place"),
    Index("findings_by_batch", "batch_id", "fingerprint"),
)
holds = Table(
    "holds",
    metadata,
    _key("hold_id"),
    _id("batch_id"),
    _id("hold_key"),
    _id("kind"),
    Column("reason", Text, nullable=False),
    _id("opened_at"),
    _id("opened_by"),
    _maybe("lifted_at"),
    _maybe("lifted_by"),
    _maybe("lift_reason"),
    UniqueConstraint("batch_id", "hold_key"),
)
deviations = Table(
    "deviations",
    metadata,
    _key("batch_id"),
    _key("deviation_key"),
    Column("title", Text, nullable=False),
    _id("severity"),
    _id("opened_at"),
    _id("opened_by"),
    _maybe("finding_id"),
    _maybe("kind"),
    _maybe("parent_key"),
    _maybe("closed_at"),
    _maybe("closed_by"),
    _maybe("printed_name"),
    _maybe("outcome"),
    _maybe("conclusion"),
    _maybe("signature_id"),
)
dispositions = Table(
    "dispositions",
    metadata,
    _key("disposition_id"),
    _id("batch_id"),
    _number("number"),
    Column("document", Text, nullable=False),
    UniqueConstraint("batch_id", "number"),
)
shipments = Table("shipments", metadata, _key("batch_id"), Column("document", Text, nullable=False))
filings = Table(
    "filings",
    metadata,
    _key("filing_id"),
    _id("batch_id"),
    _number("place"),
    _id("form"),
    _id("clause"),
    Column("applies", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    _maybe("due_at"),
    _id("status"),
    _maybe("acknowledgement"),
    _maybe("submitted_at"),
    _maybe("document_sha256"),
    Index("filings_by_batch", "batch_id", "place"),
)
work_items = Table(
    "work_items",
    metadata,
    _key("item_id"),
    _number("place"),
    _id("job"),
    Column("business_key", String(300), nullable=False, unique=True),
    _id("batch_id"),
    Column("payload", Text, nullable=False),
    _id("state"),
    _number("attempts"),
    _number("epoch"),
    _maybe("worker"),
    _maybe("lease_until"),
    _id("created_at"),
    _maybe("finished_at"),
    _maybe("output"),
    _maybe("family"),
    _maybe("code"),
    _maybe("message"),
    _maybe("evidence"),
    Column("due_at", String(200), nullable=False, server_default="9999-12-31"),
    _maybe("not_before"),
    Index("work_items_by_state", "state", "place"),
    Index("work_items_by_place", "place"),
    Index("work_items_by_urgency", "state", "due_at", "place"),
    Index("work_items_by_batch", "batch_id", "place"),
)
effects = Table(
    "effects",
    metadata,
    _key("effect_id"),
    _id("site"),
    _id("kind"),
    _id("business_key"),
    _number("revision"),
    _id("batch_id"),
    _id("item_id"),
    _id("state"),
    _id("created_at"),
    _maybe("reference"),
    Column("details", Text, nullable=False),
    Column("epoch", Integer, nullable=True),
    _maybe("acted_at"),
    UniqueConstraint("site", "kind", "business_key", "revision"),
    Index("effects_by_batch", "batch_id", "created_at"),
)
audit = Table(
    "audit",
    metadata,
    _key("batch_id"),
    _number("number", primary_key=True),
    _id("at"),
    _id("user"),
    _id("action"),
    Column("subject", Text, nullable=False),
    _maybe("old"),
    _maybe("new"),
    _maybe("why"),
    _maybe("seals"),
    _id("previous_hash"),
    _id("entry_hash"),
    # With a rowid, INSERT OR REPLACE could remove an entry by its rowid, past the guard on the key below.
    sqlite_with_rowid=False,
)
accounts = Table(
    "accounts",
    metadata,
    _key("user"),
    _id("kind"),
    _id("printed_name"),
    Column("roles", Text, nullable=False),
    _id("password_hash"),
    _number("failures"),
    _maybe("locked_until"),
    _maybe("password_set_at"),
)
signatures = Table(
    "signatures",
    metadata,
    _key("signature_id"),
    _id("batch_id"),
    _id("act"),
    Column("subject", Text, nullable=False),
    _id("content_hash"),
    Column("meaning", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _id("user"),
    _id("printed_name"),
    _id("at"),
    _id("binding"),
    Index("signatures_by_chain", "batch_id", "at"),
)
checkpoints = Table(
    "checkpoints",
    metadata,
    _number("number", primary_key=True),
    _id("made_at"),
    Column("document", Text, nullable=False),
)
approvals = Table(
    "approvals",
    metadata,
    _key("approval_id"),
    _id("batch_id"),
    _id("kind"),
    _id("name"),
    _number("number"),
    Column("version", Text, nullable=False),
    _id("content_hash"),
    Column("prepared_by", Text, nullable=False),
    _id("approved_by"),
    _id("printed_name"),
    _id("approved_at"),
    Column("reason", Text, nullable=False),
    Column("meaning", Text, nullable=False),
    _id("signature_id"),
    UniqueConstraint("kind", "name", "number"),
)
predictions = Table(
    "predictions",
    metadata,
    _key("prediction_id"),
    _id("batch_id"),
    _number("number"),
    Column("document", Text, nullable=False),
    _id("made_at"),
    _id("made_by"),
    _maybe("response"),
    _maybe("decided_by"),
    _maybe("decided_at"),
    _maybe("reason"),
    Index("predictions_by_batch", "batch_id", "number"),
)
models = Table(
    "models",
    metadata,
    _key("model_id"),
    _id("batch_id"),
    _id("name"),
    _number("number"),
    _id("content_hash"),
    _id("state"),
    Column("card", Text, nullable=False),
    Column("least_recall", Float, nullable=False),
    _id("prepared_by"),
    _id("registered_at"),
    _id("changed_at"),
    Column("signed_by", Text, nullable=False),
    UniqueConstraint("content_hash"),
)
requests = Table(
    "requests",
    metadata,
    _key("user"),
    _key("request_key"),
    _id("request_hash"),
    _id("at"),
    Column("status", Integer, nullable=True),
    _maybe("answer"),
)
sessions = Table("sessions", metadata, _key("token_hash"), _id("user"), _id("expires_at"))
