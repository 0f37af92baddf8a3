"""The facts that rules may ask for: names of lists and tables with their fields, and of the head.

A rule file about other facts declares them itself, in its block `shape`.
"""

HEAD = (
    *("batch_id", "kind", "product", "product_code", "master_record", "master_record_version", "procedure"),
    *("patient_code", "donation_number", "donation_check", "apheresis_at", "manufactured_at", "expires_at"),
    *("treatment_centre", "infusion_planned_on", "markets", "source"),
)
LISTS: dict[str, tuple[str, ...]] = {
    "steps": (
        *("step_id", "unit_procedure", "operation", "name", "started_at", "ended_at"),
        *("performer", "performed_at", "checker", "checked_at", "equipment_ids"),
    ),
    "parameters": ("name", "step_id", "text", "value", "unit", "low", "high", "recorded_at", "recorded_by"),
    "materials": ("material_id", "name", "lot", "expires_on", "quantity", "unit", "step_id", "used_at"),
    "equipment": ("equipment_id", "name", "calibrated_on", "calibration_due", "used_from", "used_to"),
    "samples": ("sample_id", "purpose", "step_id", "taken_at", "patient_code", "donation_number"),
    "deviations": ("deviation_id", "title", "severity", "opened_at", "closed_at", "assessment"),
    "signatories": ("account", "printed_name", "role"),
    "lims.results": (
        *("result_id", "sample_id", "batch", "test", "result", "unit", "lower", "upper"),
        *("tested_at", "analyst", "reviewed_by", "status", "row"),
    ),
    "instrument.results": (
        *("row", "batch", "sample_id", "test", "result", "unit", "measured_at", "analyst", "device", "about"),
        *("error", "file", "file_sha256", "place"),
    ),
    "lims.samples": ("sample_id", "batch", "patient_code", "donation_number", "type", "received_at", "status", "row"),
    "erp.consumption": ("posting", "batch", "material", "description", "lot", "quantity", "unit", "posted_at", "row"),
    "erp.stock": ("material", "lot", "expires_on", "status", "quantity", "unit", "row"),
}
PARAMETER = ("text", "value", "unit", "low", "high")
PLACES = ("now", "record_hash")
"""Single facts that stand for themselves."""
