"""The facts that rules may ask for: names of lists and tables with their fields, and of the head.

A rule file about other facts declares them itself, in its block `shape`.
"""

HEAD = (
    *("batch_id", "kind", "product", "product_code", "master_record", "master_record_version", "procedure"),
    *("patient_code", "donation_number", "donation_check", "apheresis_at", "manufactured_at", "expires_at"),
    *("treatment_centre", "treatment_zone", "indication", "infusion_planned_on", "made_in", "markets"),
    "source",
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
    "labels": (
        *("label_id", "container", "step_id", "patient_code", "donation_number", "batch_id", "product_code"),
        *("expires_at", "statements", "read_at", "read_by", "checked_by"),
    ),
    "handovers": (
        *("handover_id", "occasion", "step_id", "at", "given_by", "received_by"),
        *("patient_code", "donation_number", "result"),
    ),
    "orders": (
        *("order_id", "patient_code", "product_code", "indication", "weight_kg", "weighed_on"),
        *("ordered_by", "ordered_at", "fit", "fit_confirmed_by", "fit_confirmed_at"),
    ),
    "donor_tests": ("test_id", "test", "result", "sampled_at", "laboratory"),
    "transports": (
        *("transport_id", "leg", "shipper_id", "shipper_qualified_until", "logger_id", "logger_calibration_due"),
        *("seal_sent", "seal_received", "packed_at", "received_at", "received_by", "minutes_outside", "assessment"),
    ),
    "certificates": (
        *("certificate_id", "material_id", "lot", "released_on", "released_by", "replication_competent_virus"),
    ),
    "methods": ("method_id", "test", "kind", "validated_on", "valid_until", "qualification"),
    "investigations": (
        *("investigation_id", "test", "original_result", "reported_result", "cause", "opened_at"),
        *("concluded_at", "concluded_by", "conclusion"),
    ),
    "qualifications": ("qualification_id", "account", "kind", "scope", "valid_from", "valid_until"),
    "equipment_log": (
        *("entry_id", "equipment_id", "activity", "batch_id", "started_at", "ended_at", "clean_until"),
        *("done_by", "checked_by"),
    ),
    "clearances": ("clearance_id", "step_id", "cleared_at", "cleared_by", "checked_by", "result"),
    "storage_moves": ("move_id", "container", "left_at", "returned_at", "reason", "done_by"),
    "storage_alarms": (
        *("alarm_id", "equipment_id", "started_at", "ended_at", "peak", "acknowledged_by", "assessment"),
    ),
    "importers": (
        *("market", "name", "licence", "licence_valid_until", "responsible_person", "role"),
        *("confirmed_at", "import_tests"),
    ),
    "lims.results": (
        *("result_id", "sample_id", "batch", "test", "result", "unit", "lower", "upper"),
        *("tested_at", "analyst", "reviewed_by", "status", "method", "occasion", "investigation", "reported", "row"),
    ),
    "instrument.results": (
        *("row", "batch", "sample_id", "test", "result", "unit", "measured_at", "analyst", "device", "about"),
        *("error", "file", "file_sha256", "place"),
    ),
    "lims.samples": ("sample_id", "batch", "patient_code", "donation_number", "type", "received_at", "status", "row"),
    "erp.consumption": ("posting", "batch", "material", "description", "lot", "quantity", "unit", "posted_at", "row"),
    "erp.stock": ("material", "lot", "expires_on", "status", "quantity", "unit", "row"),
}
PLACES = ("now", "record_hash")
"""Single facts that stand for themselves."""
