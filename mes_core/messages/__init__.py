"""Message shapes: the published language of the MES.

Everything that crosses the MES boundary (API bodies, imports, exports, the client) is one of these frozen models.
They hold no behaviour beyond validation, and import nothing of ours but how texts are spelt.
"""

from mes_core.messages.record import (
    BatchRecord,
    Deviation,
    Equipment,
    MaterialUse,
    Parameter,
    RecordKind,
    Sample,
    Step,
)
from mes_core.messages.review import (
    Closure,
    Finding,
    FindingFact,
    Observation,
    Severity,
    SourceRef,
    Verdict,
    VerdictKind,
)

__all__ = [
    "BatchRecord",
    "Closure",
    "Deviation",
    "Equipment",
    "Finding",
    "FindingFact",
    "MaterialUse",
    "Observation",
    "Parameter",
    "RecordKind",
    "Sample",
    "Severity",
    "SourceRef",
    "Step",
    "Verdict",
    "VerdictKind",
]
